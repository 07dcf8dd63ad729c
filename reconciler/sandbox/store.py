"""What the stand-in holds: settings by label, in memory and in a file that people may edit."""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from reconciler import output_files
from reconciler.core.errors import SantralError, explaining, system_reason
from reconciler.core.messages import Message
from reconciler.core.settings import Settings, Switch
from reconciler.core.text import printable
from reconciler.files import make_private_directory, read_regular
from reconciler.locks import held

_MOST_BYTES = 64 * 1024 * 1024
NEVER_SET_UP = Settings(Switch.OFF, Switch.OFF, Switch.OFF, None)

PATIENCE = 30.0
"""Seconds to wait for another process that is saving, which takes far less."""


class StateError(SantralError):
    """The state file cannot be used."""

    options: tuple[str, ...] = ("state",)


class Store:
    """Settings of santrals; its methods may be called from any thread.

    Other processes may use the same file: what they write to it is seen, and kept.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Load the state, if the file is there; raises StateError."""
        self._path = path
        self._lock = threading.Lock()
        self._unsaved: dict[str, dict[str, Any]] = {}
        self._seen = _version(path)
        self._settings = _load(path) if path else {}

    def get(self, label: str) -> Settings:
        """Return a santral's settings; one that is not known was never set up."""
        with self._lock, contextlib.suppress(StateError):
            self._refresh()
        return self._settings.get(label, NEVER_SET_UP)

    @property
    def labels(self) -> tuple[str, ...]:
        """The santrals that were set up, sorted."""
        with self._lock:
            return tuple(sorted(self._settings))

    def update(self, label: str, fields: Mapping[str, Any]) -> None:
        """Change the fields given."""
        with self._lock:
            self._change(label, fields)
            self._unsaved.setdefault(label, {}).update(fields)

    def save(self, patience: float = PATIENCE) -> None:
        """Add what changed to the state file; raises StateError.

        ``patience`` is how many seconds to wait for another process that is saving.
        """
        with self._lock:
            if self._path and self._unsaved:
                with _writing(self._path, patience):
                    self._refresh()
                    _write(self._path, self._settings)
                    self._seen = _version(self._path)
                self._unsaved.clear()

    def _refresh(self) -> None:
        """Take over what others wrote to the file; raises StateError."""
        version = _version(self._path)
        if self._path and version != self._seen:
            self._settings = _load(self._path)
            self._seen = version
            for label, fields in self._unsaved.items():
                self._change(label, fields)

    def _change(self, label: str, fields: Mapping[str, Any]) -> None:
        self._settings[label] = replace(self._settings.get(label, NEVER_SET_UP), **fields)


def _version(path: Path | None) -> tuple[int, ...] | None:
    """Return what differs once the file was written to; None where it is not there."""
    try:
        status = path.stat() if path else None
    except OSError:
        return None
    return status and (status.st_ino, status.st_mtime_ns, status.st_size)


def _load(path: Path) -> dict[str, Settings]:
    try:
        state = json.loads(read_regular(path, _MOST_BYTES))
        if state.keys() != {"santrals"}:
            raise KeyError  # noqa: TRY301 - said below, with all else that it may be
        return {str(label): Settings.parse(fields) for label, fields in state["santrals"].items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        failed = _state_error("sandbox-unreadable", path, system_reason(error))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        failed = _state_error("sandbox-foreign", path)
    raise failed


def _state_error(code: str, path: Path, *reason: Message) -> StateError:
    return StateError(Message(code, path=printable(str(path))), *reason)


@contextlib.contextmanager
def _writing(path: Path, patience: float) -> Iterator[None]:
    """Hold the file's directory, and raise StateError for what goes wrong meanwhile."""
    with explaining(lambda reason: _state_error("sandbox-unwritten", path, reason)):
        make_private_directory(path.parent)
        with held(path.parent, patience):
            yield


def _write(path: Path, settings: Mapping[str, Settings]) -> None:
    """Replace the file in one step, so that a crash leaves the old one; raises OSError."""
    state = {"santrals": {label: asdict(settings[label]) for label in sorted(settings)}}
    output_files.write(str(path), json.dumps(state, indent=2) + "\n", is_private=True)
