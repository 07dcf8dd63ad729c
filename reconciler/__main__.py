"""The program's entry, as ``santral`` and as ``python -P -m reconciler``.

Its first lines see to it that a signal, or a lack of memory or files, ends the program with a word
and the documented code, and with no traceback, whatever is being imported by then.
"""

# ``signal`` would have to be read from the disk, and ``enum`` with it; these two are there already.
import _signal  # type: ignore[import-not-found]
import gc
import os
import sys

_reserve = bytearray(1 << 18)
"""Given back where memory is short, so that there is room to say so; malloc maps it by itself."""


def _encoded(text: str) -> bytes:
    """Return one of the first words as the reader's terminal shows it; in English if need be."""
    try:
        from reconciler.core import language  # noqa: PLC0415 - a signal may come while it is read

        spoken = language.chosen(sys.argv[1:], os.environ)
        return language.for_stderr(language.first_words(text, spoken))
    except Exception:  # noqa: BLE001 - nothing may be in the way of what is to be said
        return text.encode()


def _leave_at_once(number: int, _: object) -> None:
    try:
        os.write(2, b"\n" + _encoded("Interrupted.") + b"\n")
    finally:
        os._exit(128 + number)


for _name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
    _number = getattr(_signal, _name, None)
    if _number and _signal.getsignal(_number) != _signal.SIG_IGN:
        _signal.signal(_number, _leave_at_once)

import reconciler.core.language  # noqa: E402, F401 - it is small, and there from now on
from reconciler.core.shortages import TEMPLATES, shortage  # noqa: E402 - the same


def run() -> None:
    """Run the program and leave with its exit code."""
    gc.disable()  # Nothing that is being imported is garbage; main enables it.
    try:
        from reconciler.cli import main  # noqa: PLC0415 - nothing before the lines above

        main.run()
    except Exception as error:
        _reserve.clear()
        short = shortage(error)
        if not short:
            raise
        os.write(2, _encoded(TEMPLATES[short]) + b"\n")
        os._exit(1)


if __name__ == "__main__":
    run()
