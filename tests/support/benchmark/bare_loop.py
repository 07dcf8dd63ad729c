"""What a plan is measured against: nothing but requests' adapter, over as many threads.

Run as a program with an origin, how many requests to make, and how many at a time.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import requests
import requests.adapters


def main(origin: str, count: str, parallelism: str) -> None:
    """Ask for the settings of so many santrals, and read each answer."""
    threads = int(parallelism)
    adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=threads)
    prepared = requests.Request("GET", origin, {"Accept": "*/*"}).prepare()

    def ask(number: int) -> int:
        request = prepared.copy()
        request.url = f"{origin}/crm_integrations?key=K{number:08d}-0000-0000-0000-000000000000"
        with adapter.send(request, timeout=15) as response:
            return len(response.content)

    with ThreadPoolExecutor(threads) as pool:
        if not all(pool.map(ask, range(int(count)))):
            raise SystemExit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
