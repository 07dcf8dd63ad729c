"""Whether a file says what is live, without the values of its secrets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from reconciler.core.fleet import Santral
from reconciler.core.settings import SWITCHES, Settings, is_same_value
from reconciler.core.url_template import UrlTemplate, expanded
from reconciler.onboarding.imported import Imported


def is_moved(santral: Santral, live: Settings) -> bool:
    """Say whether something that a file manages is live with another value.

    Where a secret stands in the file, any value counts as equal.
    """
    wanted = santral.desired
    switches = [(getattr(wanted, name), getattr(live, name)) for name in SWITCHES]
    if any(value and value != now for value, now in switches):
        return True
    if santral.url:
        return santral.url.values_in(live.notification_url or "") is None
    url = wanted.notification_url
    return url is not None and not is_same_value(url, live.notification_url)


def learned(urls: Iterable[tuple[UrlTemplate | None, str | None]]) -> dict[str, str]:
    """Return what secrets of a file must be, by name, from URLs of it and what is live for each.

    A secret is missing for which nothing is live, or two values.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for template, live in urls:
        values = template.values_in(live or "") if template else None
        if template and values and len(values) == len(template.secrets):
            for name, value in zip(template.secrets, values, strict=True):
                found[name].add(value)
    return {name: values.pop() for name, values in found.items() if len(values) == 1}


def inheriting(
    fleet: Sequence[Imported], default_url: str | None, secrets: Mapping[str, str]
) -> dict[str, str]:
    """Return the default URL by the name of each santral whose live URL is what it stands for.

    A secret whose value is not known may stand for anything.
    """
    if not default_url:
        return {}
    return {one.name: default_url for one in fleet if _is_live(default_url, one, secrets)}


def _is_live(default_url: str, one: Imported, secrets: Mapping[str, str]) -> bool:
    live = one.live.notification_url or ""
    try:
        url = expanded(default_url, one.name, dict(one.labels))
    except KeyError:  # It has no such label.
        return False
    template = UrlTemplate.of(url)
    if not template:
        return url == live
    known = {name: secrets.get(name, f"{{secret.{name}}}") for name in template.secrets}
    rest = UrlTemplate.of(template.filled(known))
    return rest.values_in(live) is not None if rest else template.filled(known) == live
