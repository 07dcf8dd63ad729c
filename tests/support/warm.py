"""Programs from a process that has read them already: a start costs a fork, not all the imports.

What a run is given is its own: arguments, streams, folder, environment, and a process to end. It
waits until the run before has ended. How the program starts from nothing is tried where that is
the matter (``test_interrupt.py``, ``test_hostile_checkout.py``), and in every test while coverage
is measured.
"""

import atexit
import functools
import gc
import importlib
import os
import pkgutil
import runpy
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import traceback
from ast import literal_eval
from pathlib import Path
from typing import NoReturn

from support.places import SUPPORT, TESTS, importing_support

_ASKING = SUPPORT / "warm_asking.py"
_FROM_NOTHING = f'exec "{sys.executable}" -P -m reconciler "$@"'


_LATE = ("concurrent.futures.thread", "deepdiff", "jsonschema")
"""What the program imports only once it is needed."""


def start() -> str:
    """Return a line of shell that starts ``santral``; a signal to its process does not reach it."""
    if any(name.startswith("COVERAGE") for name in os.environ):
        return _FROM_NOTHING
    return f'exec "{sys.executable}" -S -I "{_ASKING}" "{_address()}" santral "$@"'


@functools.cache
def _address() -> str:
    """Start the process that has read them, which ends with this one; return where it listens."""
    address = str(Path(tempfile.mkdtemp(prefix="warm"), "socket"))
    # Nothing of whoever runs the tests is in its environment, as on the machines it stands for.
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": importing_support()["PYTHONPATH"]}
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, address],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    atexit.register(process.communicate)
    assert process.stdout
    assert process.stdout.readline() == b"listening\n"
    return address


def _serve(address: str) -> None:
    """Run what is asked for, one after the other, until nobody is left to ask."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        os.write(1, b"listening\n")
        while True:
            heard, _, _ = select.select([listener.fileno(), 0], [], [])
            if 0 in heard:
                break
            with listener.accept()[0] as asked:
                _answer(asked)


def import_program() -> None:
    """Import all of the program, so that a copy of this process has nothing to read."""
    reconciler = importlib.import_module("reconciler")
    for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)
    gc.freeze()


def _answer(asked: socket.socket) -> None:
    said, streams = _heard(asked)
    process = os.fork()
    if process == 0:
        _become(said, streams)
    for stream in streams:
        os.close(stream)
    _, status = os.waitpid(process, 0)
    asked.sendall(bytes([os.waitstatus_to_exitcode(status) % 256]))


def _heard(asked: socket.socket) -> tuple[str, list[int]]:
    """Return what is to be run, and the streams for it."""
    said, streams, _, _ = socket.recv_fds(asked, 65536, 3)
    parts = [said]
    while part := asked.recv(65536):
        parts.append(part)
    return b"".join(parts).decode(), [*streams]


def _become(said: str, streams: list[int]) -> NoReturn:
    """Be the process that was asked for, and end as it does."""
    code = 1
    try:
        _take(streams)
        (program, *arguments), folder, environment = literal_eval(said)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = [program, *arguments]
        runpy.run_module("reconciler", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as left:
        code = _code(left.code)
    except BaseException:  # noqa: BLE001 - Python ends so
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _take(streams: list[int]) -> None:
    """Have these for one's own, at the usual numbers and names."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - to be kept
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115


def _code(code: str | int | None) -> int:
    """Return the exit code of a ``sys.exit``, whose text is told."""
    if isinstance(code, str):
        print(code, file=sys.stderr)  # noqa: T201
        return 1
    return code or 0


if __name__ == "__main__":
    try:
        import_program()
        sys.path.remove(str(TESTS))  # A run finds no module of the tests' by name.
        _serve(sys.argv[1])
    finally:
        shutil.rmtree(Path(sys.argv[1]).parent)
