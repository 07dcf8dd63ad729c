"""Which values stand in the defaults of a new file, and how each URL is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from reconciler.core.settings import FIELDS
from reconciler.onboarding.entries import Entry
from reconciler.onboarding.templates import common, templates


def with_templates(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return entries with ``{name}`` in the URLs that are one template."""
    written = templates({entry.name: entry.url for entry in entries if entry.url})
    return tuple(
        replace(entry, settings={**entry.settings, "notification_url": written[entry.name]})
        if entry.url
        else entry
        for entry in entries
    )


def defaults_of(entries: Sequence[Entry]) -> dict[str, str]:
    """Return the values that go into ``defaults``: of each field the one that most share."""
    shared = {name: common(Counter(one.settings.get(name) for one in entries)) for name in FIELDS}
    return {name: value for name, value in shared.items() if value}
