"""Settings as the journal has them: without the secrets of their notification URL.

Where a secret was filled in stands its placeholder, beside a digest of the complete URL that is
keyed by the santral's key: so a later run can tell whether a URL is the one that was written down.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.secret import Key
from reconciler.core.settings import FIELDS, SWITCHES, URL_FIELD, Settings, is_same_value
from reconciler.core.text import HIDDEN
from reconciler.core.url_mask import UrlMask
from reconciler.core.url_template import UrlTemplate


@dataclass(frozen=True, slots=True)
class SealedUrl:
    """A notification URL that has a secret, which is not written down."""

    text: str
    """With placeholders where secrets were filled in, and stars for what nobody knows any more."""
    digest: str | None
    """Of the complete URL; None where there was no key to make it with."""

    @property
    def template(self) -> UrlTemplate | None:
        """What gives the URL back once secrets are filled in; None where stars stand in it."""
        return None if HIDDEN in self.text else UrlTemplate.of(self.text)


@dataclass(frozen=True, slots=True)
class Recorded(Settings):
    """Settings that were written down; the notification URL is None where it is sealed."""

    sealed_url: SealedUrl | None = None

    @staticmethod
    def of(
        settings: Settings, mask: UrlMask, key: object, earlier: Mapping[str, str]
    ) -> "Recorded":
        """Return settings as they may be written down; what is no Key makes no digest.

        Where the mask leaves only stars, or knows of no secret any more, ``earlier`` may know more
        of the same URL: what was written of those that this program had filled in, by digest.
        """
        values = {name: getattr(settings, name) for name in FIELDS}
        url = settings.notification_url
        if url is None:
            return Recorded(**values)
        text, digest = mask.sealed(url), digest_of(url, key)
        if text is None or HIDDEN in text:
            text = earlier.get(digest or "", text)
        if text is None:
            return Recorded(**values)
        return Recorded(**values | {URL_FIELD: None}, sealed_url=SealedUrl(text, digest))

    @property
    def has_url(self) -> bool:
        """Whether a notification URL was set."""
        return self.notification_url is not None or self.sealed_url is not None

    @property
    def shown(self) -> Settings:
        """The settings with stars for what is sealed."""
        url = UrlTemplate(self.sealed_url.text).shown if self.sealed_url else self.notification_url
        return Settings(**{name: getattr(self, name) for name in SWITCHES}, notification_url=url)

    def has(self, field: str, live: str | None, key: object) -> bool:
        """Return whether a live value means the one that was written down, with this key."""
        if field == URL_FIELD and self.sealed_url:
            return _is_sealed(live, self.sealed_url, key)
        return is_same_value(getattr(self, field), live)

    def is_same_as(self, live: Settings, key: object) -> bool:
        """Return whether live settings mean those that were written down, with this key."""
        return all(self.has(name, getattr(live, name), key) for name in FIELDS)

    def is_exactly(self, live: Settings, key: object) -> bool:
        """Return whether live settings are, to the letter, those that were written down."""
        url = live.notification_url
        is_url = (
            _is_sealed(url, self.sealed_url, key)
            if self.sealed_url
            else url == self.notification_url
        )
        return is_url and all(getattr(self, name) == getattr(live, name) for name in SWITCHES)

    def is_same_record(self, other: "Recorded") -> bool:
        """Return whether both were written down of the same settings, as far as that shows."""
        if self.sealed_url or other.sealed_url:
            return self == other
        return self.is_same(other)


def _is_sealed(live: str | None, sealed: SealedUrl, key: object) -> bool:
    digest = digest_of(live, key) if live is not None else None
    return digest is not None and digest == sealed.digest


def digest_of(url: str, key: object) -> str | None:
    """Return the digest of a URL with a secret; None where there is no key to make it with."""
    return key.digest(json.dumps([URL_FIELD, url])) if isinstance(key, Key) else None
