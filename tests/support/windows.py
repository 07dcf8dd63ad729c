"""Makes this process lack what Windows lacks, and gives it what Windows has in its place.

``python windows.py ARGUMENT...`` then runs the program; ``python windows.py -m MODULE ARGUMENT...``
a module. What cannot be had elsewhere: drive letters, backslashes, and locks that hinder reading;
of those it is only seen to that no byte of a file is locked.
"""

import builtins
import errno
import fcntl
import io
import os
import runpy
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

MODULES = (
    *("fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"),
)
_OF_OS = """
O_ASYNC O_CLOEXEC O_DIRECT O_DIRECTORY O_DSYNC O_LARGEFILE O_NDELAY O_NOATIME O_NOCTTY O_NOFOLLOW
O_NONBLOCK O_PATH O_RSYNC O_SYNC O_TMPFILE WNOHANG chown chroot confstr ctermid fchdir fchmod fchown
fork forkpty fpathconf fstatvfs getegid geteuid getgid getgroups getloadavg getpgid getpgrp
getpriority getresuid getsid getuid getxattr initgroups killpg lchown lockf mkfifo mknod nice
openpty pathconf posix_fallocate pread pwrite readv sched_yield sendfile setegid seteuid setgid setpgid
setsid setuid statvfs sync sysconf tcgetpgrp ttyname uname wait wait3 wait4 writev
"""
_OF_SIGNAL = """
SIGALRM SIGCHLD SIGCONT SIGHUP SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGUSR1 SIGUSR2
SIGWINCH alarm pthread_kill pthread_sigmask setitimer sigwait
"""
_OF_SOCKET = "AF_UNIX EAI_ADDRFAMILY MSG_DONTWAIT SO_REUSEPORT recv_fds send_fds"
_LIBRARIES = (
    *("click._termui_impl", "concurrent.futures.thread", "getpass", "http.server"),
    *("multiprocessing", "pathlib", "platformdirs", "random", "selectors", "shutil", "ssl"),
    *("subprocess", "tempfile", "traceback", "trustme", "urllib3"),
)
"""They ask for the system when they are imported, and would take this one for a broken Windows."""
_KEPT = (
    *(("subprocess", "os", os), ("subprocess", "signal", signal)),
    *(("tempfile", "_os", os), ("shutil", "os", os)),
    *(("_pytest.compat", "os", os), ("_pytest.pathlib", "os", os), ("_pytest.tmpdir", "os", os)),
)
"""Who goes on as on this system: a module, its name for another, and that other."""
_BINARY = 0x8000
"""As in Microsoft's fcntl.h; no flag of this system's that is used here."""
_STANDARD = 3
"""The first number of a file that is no stream of the process."""


def become_windows() -> None:
    """Change this process, and keep it so."""
    for name in _LIBRARIES:
        import_module(name)
    for user, name, module in _KEPT:
        if user in sys.modules:
            setattr(sys.modules[user], name, _copy_of(module))
    sys.modules["msvcrt"] = _msvcrt()
    _Files().replace_those_of_os()
    for module, names in ((os, _OF_OS), (signal, _OF_SIGNAL), (socket, _OF_SOCKET)):
        for name in names.split():
            vars(module).pop(name, None)
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    signal.SIGBREAK = signal._int_to_enum(21, signal.Signals)  # type: ignore[attr-defined]
    select.select = _of_sockets_only


def _copy_of(module: ModuleType) -> ModuleType:
    copy = ModuleType(module.__name__)
    vars(copy).update(vars(module))
    return copy


def _of_sockets_only(reading: Any, *_: Any) -> Any:
    raise OSError(errno.ENOTSOCK, f"not sockets: {reading}")


class _Files:
    """Opens, replaces and removes files as Windows does."""

    def __init__(self) -> None:
        self._translated = set[int]()
        """Files whose line ends are CRLF for who reads and writes them by number."""
        self._open, self._close, self._dup = os.open, os.close, os.dup

    def replace_those_of_os(self) -> None:
        write, read = os.write, os.read
        os.O_BINARY = _BINARY  # type: ignore[attr-defined]
        os.open, os.close = self.open, self.close
        os.write = lambda file, content: (
            len(content) if write(file, self._out(file, content)) else 0
        )
        os.read = lambda file, most: (
            read(file, most).replace(b"\r\n", b"\n")
            if file in self._translated
            else read(file, most)
        )
        for name in ("replace", "rename", "unlink", "remove"):
            setattr(os, name, self._unless_open(getattr(os, name)))
        for module in (builtins, io):
            setattr(module, "open", self._in_binary(module.open))

    def open(self, path: Any, flags: int, mode: int = 0o777, **_: Any) -> int:
        if os.path.isdir(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        file = self._open(path, flags & ~_BINARY, mode)
        if not flags & _BINARY:
            self._translated.add(file)
        return file

    def close(self, file: int) -> None:
        self._translated.discard(file)
        self._close(file)

    def _out(self, file: int, content: bytes) -> bytes:
        return content.replace(b"\n", b"\r\n") if file in self._translated else content

    def _in_binary(self, opening: Callable[..., Any]) -> Callable[..., Any]:
        """As FileIO does with a number, whoever opened it before (Modules/_io/fileio.c)."""

        def opened(file: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(file, int):
                self._translated.discard(file)
            return opening(file, *args, **kwargs)

        return opened

    @staticmethod
    def _unless_open(changing: Callable[..., Any]) -> Callable[..., Any]:
        """A file that is open has its name until it is closed, and so has one to be replaced."""

        def change(*paths: Any, **kwargs: Any) -> Any:
            for path in paths:
                if any(_is_open_as(os.path.realpath(path), link) for link in _links()):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
            return changing(*paths, **kwargs)

        return change


def _links() -> list[Path]:
    return [*Path("/proc/self/fd").iterdir()]


def _is_open_as(path: str, link: Path) -> bool:
    try:
        return os.readlink(link) == path
    except OSError:  # It was of the folder's own list.
        return False


def _msvcrt() -> ModuleType:
    """Return a stand-in: a file in a folder that all share is locked for each byte of a file."""
    module: Any = ModuleType("msvcrt")
    module.LK_UNLCK, module.LK_LOCK, module.LK_NBLCK = 0, 1, 2
    folder = Path(os.environ.get("LOCKED_BYTES", tempfile.gettempdir()))
    held = dict[tuple[int, int], int]()
    flock, opened, closed = fcntl.flock, os.open, os.close

    def locking(file: int, mode: int, count: int) -> None:
        status, position = os.fstat(file), os.lseek(file, 0, os.SEEK_CUR)
        assert (count, position > status.st_size) == (1, True), "others could not read that"
        if mode == module.LK_UNLCK:
            _require((file, position) in held)
            closed(held.pop((file, position)))
            return
        byte = folder / f"{status.st_dev}-{status.st_ino}-{position}"
        lock = opened(byte, os.O_RDWR | os.O_CREAT)
        try:
            flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            closed(lock)
            _require(False)
        held[file, position] = lock

    module.locking = locking
    module.getwch = module.putwch = None
    return module


def _require(is_so: bool) -> None:
    """Refuse as documented: for a lock that another has, and for none that could be let go of."""
    if not is_so:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _main() -> None:
    sys.argv = sys.argv[2:] if sys.argv[1] == "-m" else ["reconciler", *sys.argv[1:]]
    import_module(sys.argv[0].partition(".")[0])
    become_windows()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
