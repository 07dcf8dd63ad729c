"""Whether a file holds exactly what was meant, when it is read as every later run will read it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.core.fleet import Santral
from reconciler.core.settings import SWITCHES
from reconciler.onboarding.entries import Entry
from reconciler.onboarding.secret_names import Named


class NotProvedError(Exception):
    """What would be written is not what was read: a bug, and nothing may be written."""


def require(
    santrals: Iterable[Santral], entries: Sequence[Entry], secrets: Iterable[Named]
) -> None:
    """Require that what was read from a file is what these entries mean; raises NotProvedError.

    Each URL that is managed must be the live one, to the byte, with its secrets filled in. One with
    a secret that was there before, whose value nobody knows here, must be so apart from that.
    """
    read = {santral.name: santral for santral in santrals}
    values = {secret.name: secret.value for secret in secrets}
    is_proved = read.keys() == {entry.name for entry in entries} and all(
        _is_meant(read[entry.name], entry, values) for entry in entries
    )
    if not is_proved:
        raise NotProvedError


def _is_meant(santral: Santral, entry: Entry, values: Mapping[str, str]) -> bool:
    imported, live = entry.imported, entry.imported.live
    wanted = replace(santral.desired, **{name: getattr(live, name) for name in SWITCHES})
    return (
        santral.key_name == imported.key_name
        and santral.desired == wanted
        and santral.description == entry.description
        and santral.labels == tuple(sorted(entry.labels))
        and _is_url_meant(santral, entry, values)
    )


def _is_url_meant(santral: Santral, entry: Entry, values: Mapping[str, str]) -> bool:
    live = entry.imported.live.notification_url if entry.url else None
    template = santral.url
    if live is None or template is None:
        return santral.desired.notification_url == live
    if values.keys() >= set(template.secrets):
        return template.filled(values) == live
    return template.values_in(live) is not None
