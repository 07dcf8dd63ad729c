"""Print the lowest version that ``pyproject.toml`` allows of each package, as pip's constraints.

.ci/run installs these and runs the main commands' tests on them, so that no floor is a mere claim.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
_FLOOR = re.compile(r"([\w-]+)>=([\w.]+)(?:,<\d+)?")


def floors(pyproject: str) -> Iterator[str]:
    """Yield ``NAME==FLOOR`` for what the program and its tests need; raises ValueError."""
    project = tomllib.loads(pyproject)["project"]
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        found = _FLOOR.fullmatch(requirement)
        if not found:
            raise ValueError(f"{requirement}: Say the lowest version, as in NAME>=1.2 or <2.")
        yield f"{found[1]}=={found[2]}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{floor}\n" for floor in floors(PYPROJECT.read_text("utf-8")))
