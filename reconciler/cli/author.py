"""Who starts a run: the person whom the CI names, or the operating system's user."""

import contextlib
import getpass
import os
from collections.abc import Mapping

from reconciler.core.ci_systems import SYSTEMS
from reconciler.core.text import printable
from reconciler.core.url_hiding import masked
from reconciler.journal.records import Author

_LONGEST = 200


def author_of(environment: Mapping[str, str]) -> Author:
    """Return who starts this run, by the variables that a CI system sets for each job."""
    for system in SYSTEMS.values():
        if name := environment.get(system.author):
            return _author(name, system.link_of(environment))
    return _author(_system_user(), None)


def _author(name: str, link: str | None) -> Author:
    """Take what the environment says for text that somebody else wrote."""
    return Author(printable(name, _LONGEST), printable(masked(link)) if link else None)


def _system_user() -> str:
    """Return the login name; a container's user may have none, and is a number then.

    Windows has no ``pwd``: there it is in a variable, and ``getpass`` fails if that is not set.
    """
    try:
        import pwd  # noqa: PLC0415 - POSIX only

        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid={os.getuid()}"
    except ImportError:
        with contextlib.suppress(ImportError, OSError):
            return getpass.getuser()
    return "unknown"
