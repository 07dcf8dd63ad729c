"""The program's entry, as ``santral`` and as ``python -P -m reconciler``.

Its first lines see to it that a signal, or a lack of memory or files, ends the program with a word
and the documented code, and with no traceback, whatever is being imported by then.
"""

# ``signal`` would have to be read from the disk, and ``enum`` with it; these two are there already.
import _signal  # type: ignore[import-not-found]
import gc
import os


def _leave_at_once(number: int, _: object) -> None:
    try:
        os.write(2, b"\nInterrupted.\n")
    finally:
        os._exit(128 + number)


for _name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
    _number = getattr(_signal, _name, None)
    if _number and _signal.getsignal(_number) != _signal.SIG_IGN:
        _signal.signal(_number, _leave_at_once)

from reconciler.core.shortages import TEMPLATES, shortage  # noqa: E402 - it is small, and there from now on


def run() -> None:
    """Run the program and leave with its exit code."""
    gc.disable()  # Nothing that is being imported is garbage; main enables it.
    try:
        from reconciler.cli import main  # noqa: PLC0415 - nothing before the lines above

        main.run()
    except Exception as error:
        short = shortage(error)
        if not short:
            raise
        os.write(2, f"{TEMPLATES[short]}\n".encode())
        os._exit(1)


if __name__ == "__main__":
    run()
