"""What the stand-in holds: settings by label, in memory and in a file that people may edit."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from reconciler import outputs
from reconciler.errors import SantralError
from reconciler.files import read_regular
from reconciler.private import make_private_directory
from reconciler.settings import FIELDS, SWITCHES, Settings, Switch
from reconciler.text import printable

_MOST_BYTES = 64 * 1024 * 1024
NEVER_SET_UP = Settings(Switch.OFF, Switch.OFF, Switch.OFF, None)


class StateError(SantralError):
    """The state file cannot be used."""


class Store:
    """Settings of santrals; its methods may be called from any thread."""

    def __init__(self, path: Path | None = None) -> None:
        """Load the state, if the file is there; raises StateError."""
        self._path = path
        self._lock = threading.Lock()
        self._is_saved = True
        self._settings = _load(path) if path else {}

    def get(self, label: str) -> Settings:
        """Return a santral's settings; one that is not known was never set up."""
        return self._settings.get(label, NEVER_SET_UP)

    def update(self, label: str, fields: Mapping[str, Any]) -> None:
        """Change the fields given."""
        with self._lock:
            self._settings[label] = replace(self.get(label), **fields)
            self._is_saved = False

    def save(self) -> None:
        """Write the state file, if something changed; raises StateError."""
        with self._lock:
            if self._path and not self._is_saved:
                _save(self._path, self._settings)
                self._is_saved = True


def _load(path: Path) -> dict[str, Settings]:
    try:
        state = json.loads(read_regular(path, _MOST_BYTES))
        if state.keys() != {"santrals"}:
            raise KeyError  # noqa: TRY301 - told below, with all else that it may be
        return {str(label): _settings(fields) for label, fields in state["santrals"].items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        reason = "does not hold what the sandbox writes; delete it to start afresh"
    raise StateError(f"The sandbox's state file {printable(str(path))} {reason}.")


def _settings(fields: Mapping[str, Any]) -> Settings:
    if set(fields) != set(FIELDS):
        raise ValueError
    switches = {name: Switch(fields[name]) for name in SWITCHES}
    url = fields["notification_url"]
    if not (url is None or isinstance(url, str)):
        raise TypeError
    return Settings(**switches, notification_url=url or None)


def _save(path: Path, settings: Mapping[str, Settings]) -> None:
    """Replace the file as a whole, so that a crash leaves the old one."""
    state = {"santrals": {label: asdict(settings[label]) for label in sorted(settings)}}
    try:
        make_private_directory(path.parent)
        outputs.write(str(path), json.dumps(state, indent=2) + "\n", is_private=True)
    except OSError as error:
        reason = error.strerror
    else:
        return
    raise StateError(
        f"The sandbox's state file {printable(str(path))} cannot be written: {reason}."
    )
