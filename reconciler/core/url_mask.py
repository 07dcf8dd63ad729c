"""What may be seen and written down of a santral's notification URLs, whoever set them."""

from dataclasses import dataclass, field

from reconciler.core.messages import Message
from reconciler.core.notification_url import host
from reconciler.core.secret_finder import NO_SECRETS, SecretFinder
from reconciler.core.text import HIDDEN
from reconciler.core.url_hiding import has_nothing_to_hide, masked_and_hidden
from reconciler.core.url_template import UrlTemplate


@dataclass(frozen=True, slots=True)
class SeenUrl:
    """A URL as it may be shown."""

    text: str
    hidden: tuple[str, ...] = field(repr=False)
    """What the stars stand for, to be compared with that of another, and never shown."""
    host: str | None
    """The host; None where there is none that all programs agree on, stars where it is hidden."""


@dataclass(frozen=True, slots=True)
class UrlMask:
    """Hides the secrets of one santral's URLs, and what else may be a token.

    Where the file's URL has a secret, a live one may hold the secret of another day anywhere: of it
    only what equals the file's is seen.
    """

    templates: tuple[UrlTemplate, ...] = ()
    """What the files ask for, where that has secrets, or did."""
    secrets: SecretFinder = NO_SECRETS
    """All secrets at hand."""
    asked: str | None = field(default=None, repr=False)
    """What a file or the journal asks for, where that has no secret: to be seen as it is there."""

    def seen(self, url: str, *, in_full: bool = False) -> SeenUrl:
        """Return a URL as it may be shown; ``in_full`` shows what only may be a token."""
        if self.shows_all_of(url):
            return SeenUrl(url, (), host(url))
        text, values = self._without_secrets(url)
        shown, tokens = (text, ()) if in_full else masked_and_hidden(text)
        is_written = text != url or url == self.asked
        redacted = (self.secrets.without_whole if is_written else self.secrets.redact)(shown)
        found = (url,) if redacted != shown else ()
        return SeenUrl(redacted, (*values, *tokens, *found), self._host(url, redacted))

    def shows_all_of(self, url: str) -> bool:
        """Return whether a URL certainly is shown as it is, which takes little to find out."""
        return not self.templates and self.secrets.is_empty and has_nothing_to_hide(url)

    def _without_secrets(self, url: str) -> tuple[str, tuple[str, ...]]:
        """Return a URL with stars in the place of secrets, and what the stars hide."""
        if url == self.asked:
            return url, ()
        for template in (template.by_parts for template in self.templates):
            values = template.values_in(url)
            if values is not None:
                return template.shown, values
        if not self.templates:
            return url, ()
        return max((template.common(url) for template in self.templates), key=len), (url,)

    def _host(self, url: str, shown: str) -> str | None:
        real = host(url)
        return real if real is None or shown == url or host(shown) == real else HIDDEN

    def hides_host(self, url: str) -> bool:
        """Return whether nothing may be told of where a URL leads."""
        shown = self.seen(url).host
        return shown == HIDDEN or (shown is None and bool(self.templates))

    def kept_otherwise(self, wanted: str, live: str, code: str) -> Message:
        """Say under a code how a wanted URL is spelled live; what may be a token is not shown."""
        shown = self.seen(live).text
        is_hidden = self.templates or shown == self.seen(wanted).text
        return Message("url-spelled-hidden") if is_hidden else Message(code, url=shown)

    def sealed(self, url: str) -> str | None:
        """Return what may be written down of a URL with a secret; None for one without.

        It has the placeholders of the secrets, and stars for what nobody can fill in any more.
        """
        for template in self.templates:
            if template.values_in(url) is not None:
                return template.text
        if self.templates and url != self.asked:
            return max((template.common(url) for template in self.templates), key=len)
        filled = self.secrets.with_placeholders(url) if "{" not in url else url
        redacted = filled if url == self.asked else self.secrets.redact(filled)
        return None if redacted == url else redacted
