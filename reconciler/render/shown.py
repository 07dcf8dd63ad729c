"""How a changed field is shown, in any format."""

from dataclasses import dataclass

from reconciler.plan import Change
from reconciler.text import printable
from reconciler.url import host, masked, secrets_in

URL_FIELD = "notification_url"


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change made safe to show; None stands for a notification URL that is not set."""

    field: str
    before: str | None
    after: str | None
    is_masked: bool = False
    """Whether a part of a URL that may be a token was replaced by ``***``."""
    is_hidden_part_changed: bool = False
    """Whether what was replaced differs before and after."""
    before_host: str | None = None
    after_host: str | None = None


def shown(change: Change, *, show_urls: bool) -> ShownChange:
    """Return the change as it may be shown; ``show_urls`` leaves URLs unmasked."""
    if change.field != URL_FIELD:
        return ShownChange(change.field, change.before, change.after)
    hidden_before = () if show_urls else secrets_in(change.before or "")
    hidden_after = () if show_urls else secrets_in(change.after or "")
    return ShownChange(
        field=change.field,
        before=_shown_url(change.before, show_urls=show_urls),
        after=_shown_url(change.after, show_urls=show_urls),
        is_masked=bool(hidden_before or hidden_after),
        is_hidden_part_changed=hidden_before != hidden_after,
        before_host=host(change.before),
        after_host=host(change.after),
    )


def _shown_url(url: str | None, *, show_urls: bool) -> str | None:
    if url is None:
        return None
    return printable(url if show_urls else masked(url))
