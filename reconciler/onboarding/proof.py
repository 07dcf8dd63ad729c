"""Whether a file holds exactly what was meant: it is read again, as every later run will read it."""

from collections.abc import Iterable, Sequence

from reconciler.config.load import assemble
from reconciler.core.fleet import Santral
from reconciler.core.settings import SWITCHES, DesiredSettings
from reconciler.core.url_template import expanded
from reconciler.onboarding.entries import Entry
from reconciler.onboarding.secret_names import Named


class NotProvedError(Exception):
    """What would be written is not what was read: a bug, and nothing may be written."""


Meaning = tuple[str, str, DesiredSettings, str, tuple[tuple[str, str], ...]]


def meaning_of(santral: Santral) -> Meaning:
    """Return what an entry of a file says, wherever and however it is written."""
    return (
        santral.name,
        santral.key_name,
        santral.desired,
        santral.description,
        santral.labels,
    )


def require(content: bytes, entries: Iterable[Entry], secrets: Sequence[Named]) -> None:
    """Require that a file says what these entries do, and nothing else; raises NotProvedError.

    With its secrets filled in, each URL that is managed must be the live one, to the byte. Raises
    ConfigError for a file that may not be read at all.
    """
    values = {secret.name: secret.value for secret in secrets}
    written = [filled(santral, values) for santral in assemble([("", content)]).fleet.santrals]
    if written != sorted(map(wanted_of, entries)):
        raise NotProvedError
