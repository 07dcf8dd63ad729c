"""The secrets of notification URLs: read, each bound to its host, and filled in for a run.

The vendor signs nothing, so a token in the URL is how a CRM knows the caller.
"""

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import NamedTuple

from reconciler.core.fleet import Fleet, Santral
from reconciler.core.messages import Message
from reconciler.core.notification_url import LONGEST, url_problem
from reconciler.core.secret import spells_out
from reconciler.core.secret_finder import SecretFinder
from reconciler.core.url_template import (
    UrlTemplate,
    may_be_in_path,
    template_problem,
    with_stand_ins,
)
from reconciler.keys.secret_lines import Binding, Read, Secret, read_file, read_lines, settled
from reconciler.keys.text_file import exposed

_VARIABLES = ("SANTRAL_SECRETS", *(f"SANTRAL_SECRETS_{number}" for number in range(2, 10)))
"""Taken together, because a forge's secret ends at 48 KB."""
_OF_OPTIONS = {"SANTRAL_SECRETS_FILE", "SANTRAL_SECRETS_OUT"}
"""The variables of --secrets-file and --secrets-out, which hold no secret."""
LIKE_SECRETS = re.compile(r"SANTRAL_SECRETS?(?:_\w{1,63})?")
"""What people take for a variable of secrets: those that are, and their likes."""
_MOST_COMPARED = 1000
"""Names that are held against one that is missing."""


class Unfilled(NamedTuple):
    """A santral whose URL has a secret that cannot be filled in, and why."""

    santral: Santral
    reason: Message


@dataclass(frozen=True, slots=True)
class SecretRing:
    """The secrets at hand, by name."""

    secrets: Mapping[str, Secret]
    finder: SecretFinder
    warnings: tuple[Message, ...] = ()
    """What is odd about where they come from."""
    is_made_up: bool = False
    """Whether every name has a secret, for whatever host: for the sandbox."""

    @staticmethod
    def made_up() -> "SecretRing":
        """Return a ring for the sandbox, where no real secret is filled in."""
        return SecretRing({}, SecretFinder({}), is_made_up=True)

    def fill(self, fleet: Fleet) -> tuple[Fleet, tuple[Unfilled, ...]]:
        """Return the fleet with secrets filled in wherever they may be, and where they may not."""
        hiding = [self._hiding(santral) for santral in fleet.santrals]
        obstacles = [[*self._obstacles(santral.url)] if santral.url else [] for santral in hiding]
        pairs = [*zip(hiding, obstacles, strict=True)]
        unfilled = (Unfilled(santral, reason) for santral, reasons in pairs for reason in reasons)
        filled = (santral if reasons else self._filled(santral) for santral, reasons in pairs)
        return replace(fleet, santrals=tuple(filled)), tuple(unfilled)

    def _hiding(self, santral: Santral) -> Santral:
        """Return a santral whose URLs are shown without any of these secrets, if there are some."""
        if not self.secrets:
            return santral
        return replace(santral, mask=replace(santral.mask, secrets=self.finder))

    def may_send(self, url: str) -> bool:
        """Return whether every secret in a URL, however it is spelled, may go where that leads.

        It must be a URL that ``url_problem`` allows.
        """
        where = Binding.of(url) if url.startswith("https:") else None
        found = self.finder.names_in(url)
        allowed = {name for name in found if where and self._is_for(self.secrets[name], where)}
        rest = self.finder.without(url, allowed)
        if found - allowed or self.finder.redact(rest) == rest:
            return not found - allowed
        return not any(spells_out(rest, secret.value) for secret in self.secrets.values())

    def _is_for(self, secret: Secret, where: Binding) -> bool:
        """Return whether a secret, or another of the same value, may go to a host and port."""
        alike = (one for one in self.secrets.values() if one.value == secret.value)
        return any(one.binding.allows(where) for one in alike)

    def _filled(self, santral: Santral) -> Santral:
        if not santral.url:
            return santral
        url = self._url(santral.url)
        return replace(santral, desired=replace(santral.desired, notification_url=url))

    def _url(self, url: UrlTemplate) -> str:
        return url.filled({name: self._value(name) for name in url.secrets})

    def _value(self, name: str) -> str:
        return f"sandbox-{name}" if self.is_made_up else self.secrets[name].value.reveal()

    def _obstacles(self, url: UrlTemplate) -> Iterator[Message]:
        """Yield why a URL's secrets cannot be filled in; it may be one that a journal has."""
        if self.is_made_up:
            return
        known = with_stand_ins(url.text)
        problem = template_problem(url.text, "", {}) or url_problem(known, allow_insecure=True)
        if problem:
            yield problem
            return
        where = Binding.of(known)
        found = [self._obstacle_to(name, url, where) for name in url.secrets]
        yield from filter(None, found)
        if not any(found) and len(self._url(url)) > LONGEST:
            yield Message("secret-url-too-long", most=LONGEST)

    def _obstacle_to(self, name: str, url: UrlTemplate, where: Binding) -> Message | None:
        secret, host = self.secrets.get(name), str(where)
        if not secret:
            return self._missing(name, host)
        if not secret.binding.allows(where):
            return Message("secret-other-host", secret=name, bound=str(secret.binding), host=host)
        if url.is_in_path(name) and not may_be_in_path(secret.value.reveal()):
            return Message("secret-in-path", secret=name)
        return None

    def _missing(self, name: str, host: str) -> Message:
        if not self.secrets:
            return Message("secrets-none", secret=name, host=host)
        near = next(iter(get_close_matches(name, [*self.secrets][:_MOST_COMPARED], 1)), None)
        if near:
            return Message("secret-missing-near", secret=name, host=host, near=near)
        return Message("secret-missing", secret=name, host=host)


class Taken(NamedTuple):
    """What the environment had of secrets."""

    given: Sequence[Read]
    unread: tuple[str, ...]
    """Variables that look like those for secrets and are none."""

    def with_files(self, files: Sequence[str]) -> SecretRing:
        """Return these secrets and those of files, which take precedence; or SecretLookupError."""
        secrets = {**settled(self.given), **settled(map(read_file, files))}
        odd = (
            *filter(None, map(exposed, files)),
            *(Message("secrets-variable-unread", variable=name) for name in self.unread),
        )
        return SecretRing(secrets, SecretFinder({n: s.value for n, s in secrets.items()}), odd)


def take_secrets(environment: MutableMapping[str, str]) -> Taken:
    """Take the secrets out of the environment, so that nobody finds them there afterwards."""
    given = [read_lines(environment.pop(name, ""), name) for name in _VARIABLES]
    unread = [
        name
        for name in sorted(environment)
        if LIKE_SECRETS.fullmatch(name) and name not in _OF_OPTIONS and environment.pop(name)
    ]
    return Taken(given, tuple(unread))
