"""The secrets of a run's notification URLs, looked for in texts by others.

A live URL may hold one though the file does not ask for it, or no more.
"""

from collections.abc import Container, Iterator, Mapping
from functools import cached_property

from reconciler.core.key_finder import KeyFinder
from reconciler.core.secret import Key
from reconciler.core.text import HIDDEN
from reconciler.core.url_template import placeholder_of

_SHORTEST = 4
"""Characters; less may stand in a text by chance."""


class SecretFinder:
    """Knows all secrets at hand, by name, whoever they are for."""

    def __init__(self, secrets: Mapping[str, Key]) -> None:
        self._secrets = secrets

    @property
    def is_empty(self) -> bool:
        """Whether there is no secret to be found."""
        return not self._secrets

    @cached_property
    def _finder(self) -> KeyFinder:
        return KeyFinder(dict.fromkeys(self._secrets.values()))

    @cached_property
    def _names(self) -> dict[str, str]:
        """The names of the secrets that are long enough to be looked for, by their values."""
        names = {secret.reveal(): name for name, secret in self._secrets.items()}
        return {value: name for value, name in names.items() if len(value) >= _SHORTEST}

    @cached_property
    def _lengths(self) -> tuple[int, ...]:
        return tuple(sorted({*map(len, self._names)}, reverse=True))

    def redact(self, text: str) -> str:
        """Return a text with stars for each secret, also spelled otherwise or in part."""
        return self._finder.redact(self.without_whole(text)) if self._secrets else text

    def without_whole(self, text: str) -> str:
        """Return a text with stars for each secret that stands in it as it is, and entirely.

        For texts by somebody who may guess: parts that are hidden would confirm the beginning of a
        secret, and so all of it letter by letter, to whoever knows twelve characters (of a JWT all
        begin alike).
        """
        return "".join(HIDDEN if name else part for part, name in self._split(text))

    def with_placeholders(self, url: str) -> str:
        """Return a URL with the placeholder of each secret that stands in it as it is."""
        return "".join(placeholder_of(name) if name else part for part, name in self._split(url))

    def names_in(self, text: str) -> frozenset[str]:
        """Return the names of the secrets that stand in a text as they are."""
        return frozenset(name for _, name in self._split(text) if name)

    def without(self, text: str, names: Container[str]) -> str:
        """Return a text without the secrets of these names that stand in it as they are."""
        return "".join(part for part, name in self._split(text) if name not in names)

    def _split(self, text: str) -> Iterator[tuple[str, str | None]]:
        """Yield the parts of a text, each with its name where it is a secret; in linear time."""
        if not self._names:
            yield text, None
            return
        at, shown = 0, 0
        while at < len(text):
            parts = (text[at : at + length] for length in self._lengths)
            secret = next((part for part in parts if part in self._names), None)
            if secret:
                yield text[shown:at], None
                yield secret, self._names[secret]
                shown = at + len(secret)
            at = shown if secret else at + 1
        yield text[shown:], None


NO_SECRETS = SecretFinder({})
