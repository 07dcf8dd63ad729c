"""Which connection a request goes over, and which answers cannot be trusted for it.

Nothing in an answer says whose it is. Where a server answers once too often, or late, the next
request over the same connection gets an answer that is not its own. So a connection is given up as
soon as it holds bytes that nobody asked for, and what came over it is known not to be certain. A
new one is listened to before anything is asked over it (``deadline.Connection.connect``), and a
change is not made from a look that came with more than its answer.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from reconciler.client.deadline import Connection, DeadlinePool, DeadlineTlsPool, Pulse, pulse_of
from reconciler.client.round_trip import exchange

SETTLING = 0.1
"""In seconds; answers that come so late after the last request are still found."""


class Line:
    """The connections that some requests share, one request at a time over each."""

    def __init__(self, most: int, *, is_own: bool = False) -> None:
        """Keep at most so many connections for further requests; ``is_own``: of one santral."""
        self._most = most
        self._is_own = is_own
        self._idle: list[Connection] = []
        self._serials = count()
        self._known: WeakKeyDictionary[Connection, tuple[int, str]] = WeakKeyDictionary()
        """The number of each connection, and whose request it carried first."""
        self._over: dict[str, int] = {}
        """The number of the connection that carried each asker's last request."""
        self._distrusted: set[int] = set()
        self._is_shared = False
        """Whether one connection has carried requests of several askers."""
        self._last_use = 0.0

    @contextlib.contextmanager
    def used_by(self, asker: str, *, is_change: bool = False) -> Iterator[None]:
        """Let this thread's requests go over this line; a change only while all can be trusted."""
        _caller.line, _caller.asker, _caller.is_change = self, asker, is_change
        try:
            yield
        finally:
            self._last_use = time.monotonic()

    def take(self) -> Connection | None:
        """Return a connection on which all is quiet, if there is one."""
        while self._idle:
            with contextlib.suppress(IndexError):  # Another thread may have been faster.
                connection = self._idle.pop()
                if self._is_quiet(connection):
                    return connection
        return None

    def require_trust(self) -> None:
        """Raise ConnectionAbortedError where more came than the answer to the last look.

        That may have been another's then, and no change may be made from it.
        """
        if self._distrusted:
            self.close()
            exchange.is_answered_unasked = True
            raise ConnectionAbortedError

    def forget_doubts(self) -> None:
        """Look anew; a line that is shared does not forget, since others are in doubt too."""
        if self._is_own:
            self._distrusted.clear()

    def assign(self, connection: Connection, asker: str) -> None:
        """Note whose request the connection is to carry."""
        if connection not in self._known:
            self._known[connection] = (next(self._serials), asker)
        number, first = self._known[connection]
        self._is_shared |= first != asker
        self._over[asker] = number

    def give_back(self, connection: Connection) -> None:
        """Keep a connection that has brought its answer, unless it brought more than that."""
        if not connection.sock:
            return
        if exchange.reader and exchange.reader.has_more:
            self._distrust(connection)
        elif len(self._idle) < self._most:
            self._idle.append(connection)
        else:
            connection.close()

    def settle(self) -> frozenset[str]:
        """Close all connections, and return those whose last answer may have been another's.

        An answer that comes late is waited for where it can have been taken for another asker's.
        """
        if self._is_shared:
            time.sleep(max(0.0, self._last_use + SETTLING - time.monotonic()))
            for connection in self._idle:
                self._is_quiet(connection)
        self.close()
        doubtful = frozenset(
            asker for asker, over in self._over.items() if over in self._distrusted
        )
        self._over.clear()
        return doubtful

    def close(self) -> None:
        """Close the connections; a later request makes a new one."""
        while self._idle:
            self._idle.pop().close()

    def _is_quiet(self, connection: Connection) -> bool:
        """Return whether the connection may carry a request; it is given up where it may not."""
        pulse = pulse_of(connection)
        if pulse is Pulse.QUIET:
            return True
        if pulse is Pulse.OUT_OF_TURN:
            self._distrust(connection)
        connection.close()
        return False

    def _distrust(self, connection: Connection) -> None:
        self._distrusted.add(self._known[connection][0])
        connection.close()


class _Caller(threading.local):
    """Whose request this thread makes, and over which line."""

    line = Line(0)
    asker = ""
    is_change = False


_caller = _Caller()


class _Lined:
    """The part that takes connections from the caller's line; stands before the pool's class."""

    def _get_conn(self: Any, timeout: float | None = None) -> Connection:  # noqa: ARG002
        connection = _caller.line.take()
        if _caller.is_change:
            _caller.line.require_trust()
        _caller.line.forget_doubts()
        connection = connection or self._new_conn()
        _caller.line.assign(connection, _caller.asker)
        return connection

    def _put_conn(self, conn: Any) -> None:
        if conn:
            _caller.line.give_back(conn)


class LinedPool(_Lined, DeadlinePool):
    """Connections for plain HTTP, which is only for loopback."""


class LinedTlsPool(_Lined, DeadlineTlsPool):
    """Connections for HTTPS."""
