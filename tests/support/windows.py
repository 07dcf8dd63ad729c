"""Makes this process lack what Windows lacks, and gives it what Windows has in its place.

``python windows.py ARGUMENT...`` then runs the program; ``python windows.py -m MODULE ARGUMENT...``
a module. What cannot be had elsewhere: drive letters, backslashes, and locks that hinder reading;
of those it is only seen to that no byte of a file is locked.
"""

import builtins
import contextlib
import ctypes
import errno
import fcntl
import io
import os
import runpy
import select
import signal
import socket
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

LOCKED_BYTES = "LOCKED_BYTES"
"""The variable that names the folder in which processes see each other's locks."""
SIGBREAK = 21
"""Its number on Windows."""

_MODULES = "fcntl grp posix pty pwd readline resource syslog termios tty"
_OF_OS = """
O_ASYNC O_CLOEXEC O_DIRECT O_DIRECTORY O_DSYNC O_LARGEFILE O_NDELAY O_NOATIME O_NOCTTY O_NOFOLLOW
O_NONBLOCK O_PATH O_RSYNC O_SYNC O_TMPFILE WNOHANG chown chroot confstr ctermid fchdir fchmod fchown
fork forkpty fpathconf fstatvfs getegid geteuid getgid getgroups getloadavg getpgid getpgrp
getpriority getresuid getsid getuid getxattr initgroups killpg lchown lockf mkfifo mknod nice
openpty pathconf posix_fallocate pread pwrite readv sched_yield sendfile setegid seteuid setgid
setpgid setsid setuid statvfs sync sysconf tcgetpgrp ttyname uname wait wait3 wait4 writev
"""
_OF_SIGNAL = """
SIGALRM SIGCHLD SIGCONT SIGHUP SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGUSR1 SIGUSR2
SIGWINCH alarm pthread_kill pthread_sigmask setitimer sigwait
"""
_OF_SOCKET = "AF_UNIX EAI_ADDRFAMILY MSG_DONTWAIT SO_REUSEPORT recv_fds send_fds"
_LIBRARIES = """
click._termui_impl concurrent.futures.thread getpass http.server multiprocessing pathlib
platformdirs random selectors shutil ssl subprocess tempfile traceback trustme urllib3
"""
"""They ask for the system when they are imported, and would take this one for a broken Windows."""
_KEPT = (
    *(("subprocess", "os", os), ("subprocess", "signal", signal)),
    *(("tempfile", "_os", os), ("shutil", "os", os)),
    *(("_pytest.compat", "os", os), ("_pytest.pathlib", "os", os), ("_pytest.tmpdir", "os", os)),
)
"""Who goes on as on this system: a module, its name for another, and that other."""
_BINARY = 0x8000
"""As in Microsoft's fcntl.h; no flag of this system's that is used here."""


def become_windows() -> None:
    """Change this process, and keep it so."""
    for name in _LIBRARIES.split():
        with contextlib.suppress(ModuleNotFoundError):  # Some come with tools that may not be here.
            import_module(name)
    for user, name, module in _KEPT:
        if user in sys.modules:
            setattr(sys.modules[user], name, _copy_of(module))
    vars(sys.modules["click.core"])["os"] = _copy_of(os, name="nt")
    sys.modules["msvcrt"] = msvcrt(Path(os.environ[LOCKED_BYTES]))
    _Files().replace_those_of(os)
    for module, names in ((os, _OF_OS), (signal, _OF_SIGNAL), (socket, _OF_SOCKET)):
        for name in names.split():
            vars(module).pop(name, None)
    sys.modules.update(dict.fromkeys(_MODULES.split()))  # type: ignore[arg-type]
    vars(ctypes)["windll"] = SimpleNamespace(kernel32=Console())
    vars(signal)["SIGBREAK"] = SIGBREAK
    select.select = _of_sockets_only
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="cp1254", newline="\r\n")  # type: ignore[union-attr]


def _copy_of(module: ModuleType, **others: str) -> ModuleType:
    copy = ModuleType(module.__name__)
    vars(copy).update(vars(module), **others)
    return copy


def _of_sockets_only(*_: Any) -> Any:
    raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK))


def _denied(*names: Any) -> PermissionError:
    return PermissionError(errno.EACCES, os.strerror(errno.EACCES), *names)


class _Files:
    """Opens, reads, writes, replaces and removes files as Windows does."""

    def __init__(self) -> None:
        self._translated = set[int]()
        """Files that have CRLF where those who read and write them by number see LF."""

    def replace_those_of(self, module: Any) -> None:
        module.O_BINARY = _BINARY
        module.open = self._opening(module.open)
        module.close = self._closing(module.close)
        module.read, module.write = self._reading(module.read), self._writing(module.write)
        for name in ("replace", "rename", "unlink", "remove"):
            setattr(module, name, _unless_open(getattr(module, name)))
        for each in (builtins, io):
            vars(each)["open"] = self._opening_stream(vars(each)["open"])

    def _opening(self, opening: Callable[..., int]) -> Callable[..., int]:
        def opened(path: Any, flags: int, mode: int = 0o777) -> int:
            if Path(path).is_dir():
                raise _denied(path)
            file = opening(path, flags & ~_BINARY, mode)
            if not flags & _BINARY:
                self._translated.add(file)
            return file

        return opened

    def _closing(self, closing: Callable[[int], None]) -> Callable[[int], None]:
        def close(file: int) -> None:
            self._translated.discard(file)
            closing(file)

        return close

    def _reading(self, reading: Callable[[int, int], bytes]) -> Callable[[int, int], bytes]:
        def read(file: int, most: int) -> bytes:
            content = reading(file, most)
            return content.replace(b"\r\n", b"\n") if file in self._translated else content

        return read

    def _writing(self, writing: Callable[[int, bytes], int]) -> Callable[[int, bytes], int]:
        def write(file: int, content: bytes) -> int:
            if file not in self._translated:
                return writing(file, content)
            writing(file, content.replace(b"\n", b"\r\n"))
            return len(content)

        return write

    def _opening_stream(self, opening: Callable[..., Any]) -> Callable[..., Any]:
        """Translate nothing in what FileIO is given by number (CPython's Modules/_io/fileio.c)."""

        def opened(file: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(file, int):
                self._translated.discard(file)
            return opening(file, *args, **kwargs)

        return opened


def _unless_open(changing: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse to take its name from a file that is open, as it was opened here."""

    def change(*paths: Any, **kwargs: Any) -> Any:
        for path in paths:
            if os.path.realpath(path) in map(_target, Path("/proc/self/fd").iterdir()):
                raise _denied(path)
        return changing(*paths, **kwargs)

    return change


def _target(link: Path) -> str | None:
    try:
        return str(link.readlink())
    except OSError:  # It was that of the folder itself.
        return None


class Console:
    """A console, which ``most`` lets know what escape sequences mean, or not."""

    mode = 3

    def __init__(self, most: int = 7) -> None:
        self._most = most

    def GetStdHandle(self, stream: int) -> int:  # noqa: N802 - Windows' name
        return {-11: 1}[stream]

    def GetConsoleMode(self, _: Any, mode: Any) -> int:  # noqa: N802 - the same
        mode._obj.value = self.mode  # noqa: SLF001 - what it refers to
        return 1

    def SetConsoleMode(self, _: Any, mode: int) -> int:  # noqa: N802 - the same
        self.mode = min(mode, self._most)
        return int(mode <= self._most)


def msvcrt(folder: Path) -> ModuleType:
    """Return a stand-in for which a byte of a file is a file in this folder, to be locked."""
    module = ModuleType("msvcrt")
    locking = _Locks(folder).locking
    vars(module).update(LK_UNLCK=_UNLOCKING, LK_LOCK=1, LK_NBLCK=2, locking=locking)
    module.__spec__ = ModuleSpec(module.__name__, None)
    return module


_UNLOCKING = 0


class _Locks:
    """Locks as Microsoft documents ``_locking``: for one handle alone, from where the file is read.

    Who lets go of a byte that it does not have is refused too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = dict[tuple[int, int], int]()
        self._open, self._close, self._flock = os.open, os.close, fcntl.flock

    def locking(self, file: int, mode: int, count: int) -> None:
        status, position = os.fstat(file), os.lseek(file, 0, os.SEEK_CUR)
        assert (count, position > status.st_size) == (1, True), "others could not read that"
        if mode == _UNLOCKING:
            if (file, position) not in self._held:
                raise _denied()
            self._close(self._held.pop((file, position)))
        else:
            byte = self._folder / f"{status.st_dev}-{status.st_ino}-{position}"
            self._held[file, position] = self._locked(byte)

    def _locked(self, byte: Path) -> int:
        lock = self._open(byte, os.O_RDWR | os.O_CREAT)
        try:
            self._flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._close(lock)
            raise _denied() from None
        return lock


def _main() -> None:
    sys.argv = sys.argv[2:] if sys.argv[1] == "-m" else ["reconciler", *sys.argv[1:]]
    import_module(sys.argv[0].partition(".")[0])
    become_windows()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
