"""The secrets of notification URLs: read, each bound to its host, and filled in for a run.

The vendor signs nothing, so a token in the URL is how a CRM knows the caller.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import NamedTuple

from reconciler.core.fleet import Fleet, Santral
from reconciler.core.messages import Message
from reconciler.core.notification_url import LONGEST, address, url_problem
from reconciler.core.secret import Key
from reconciler.core.secret_finder import SecretFinder
from reconciler.core.text import printable
from reconciler.core.url_template import (
    UrlTemplate,
    may_be_in_path,
    may_be_in_query,
    template_problem,
    with_stand_ins,
)
from reconciler.keys import text_file
from reconciler.keys.reading import Given, read_json
from reconciler.keys.text_file import KeyLookupError, SecretLookupError, content_lines, exposed

_VARIABLES = ("SANTRAL_SECRETS", *(f"SANTRAL_SECRETS_{number}" for number in range(2, 10)))
"""Taken together, because a forge's secret ends at 48 KB."""
_FILE_VARIABLE = "SANTRAL_SECRETS_FILE"
_MISTAKEN = re.compile(r"SANTRAL_SECRETS?(?:_\w{1,63})?")
_NAME = re.compile("[a-z][a-z0-9_]*")
_HOST = re.compile(
    r"(?P<glob>\*\.)?(?P<host>[^*:/?\[\]]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
)
_PLACEHOLDERS = {"VALUE", "..."}
"""What the documents have in a secret's place."""
_HTTPS_PORT = 443
_MOST_COMPARED = 1000
"""Names that are held against one that is missing."""


@dataclass(frozen=True, slots=True)
class Binding:
    """The host, or the hosts, that one secret may go to, and no others."""

    host: str
    """In lowercase."""
    is_glob: bool
    """Whether one label stands before the host."""
    port: int

    @staticmethod
    def parse(text: str) -> "Binding | None":
        """Return the binding to ``HOST[:PORT]`` or ``*.DOMAIN[:PORT]``; None where it is none."""
        found = _HOST.fullmatch(text.lower())
        if not found:
            return None
        label, port = ("x." if found["glob"] else ""), int(found["port"] or _HTTPS_PORT)
        is_glob_of_one = found["glob"] and "." not in found["host"]
        example = f"https://{label}{found['host']}:{port}/"
        if is_glob_of_one or url_problem(example, allow_insecure=not found["glob"]):
            return None
        return Binding(found["host"], bool(found["glob"]), port)

    def allows(self, host: str, port: int) -> bool:
        """Return whether the secret may go to a host, in lowercase, and a port."""
        label, dot, rest = host.partition(".")
        is_host = bool(label and dot) and rest == self.host if self.is_glob else host == self.host
        return is_host and port == self.port

    def __str__(self) -> str:
        port = "" if self.port == _HTTPS_PORT else f":{self.port}"
        return f"{'*.' if self.is_glob else ''}{self.host}{port}"


class Secret(NamedTuple):
    """A secret, under its name, the host that it may go to, and where it was given."""

    name: str
    binding: Binding
    value: Key
    place: str


Read = Sequence[Secret] | SecretLookupError
"""An error is returned, and raised where no secret is among the variables (see keys.reading)."""


def read_lines(content: str, source: str) -> Read:
    """Read ``NAME@HOST=VALUE`` lines, blank ones and # comments aside, or a JSON object of them.

    The latter is one line, as GitLab wants what it is to hide: ``{"NAME@HOST": "VALUE"}``.
    """
    content = content.removeprefix("\ufeff")
    if content.lstrip().startswith("{"):
        return _read_object(content, source)
    lines = ((f"{source}:{number}", line) for number, line in content_lines(content))
    parted = ((place, *line.partition("=")) for place, line in lines)
    return _all_of(
        (place, _secret_of(head, value, place) if equals else Message("secret-line"))
        for place, head, equals, value in parted
    )


def _read_object(content: str, source: str) -> Read:
    given = read_json(content, source)
    if isinstance(given, KeyLookupError):
        return SecretLookupError(*given.messages, place=source)
    values = ((one.name, one.key.reveal(), one.place) for one in given)
    return _all_of((place, _secret_of(head, value, place)) for head, value, place in values)


def _all_of(found: Iterable[tuple[str, Secret | Message]]) -> Read:
    """Return all secrets, or the first thing that is none."""
    secrets: list[Secret] = []
    for place, secret in found:
        if isinstance(secret, Message):
            return SecretLookupError(secret, place=place)
        secrets.append(secret)
    return secrets


def lines_in(content: str, source: str) -> Sequence[Given] | SecretLookupError:
    """Read the same lines, each as the value of ``NAME@HOST``."""
    secrets = read_lines(content, source)
    if isinstance(secrets, SecretLookupError):
        return secrets
    return [Given(f"{one.name}@{one.binding}", one.value, one.place) for one in secrets]


def _secret_of(head: str, value: str, place: str) -> Secret | Message:
    name, at, host = (part.strip() for part in head.partition("@"))
    value = value.strip()
    if not (at and _NAME.fullmatch(name)):
        return Message("secret-line")
    binding = Binding.parse(host)
    if not binding:
        return Message("secret-host")
    if not value:
        return Message("secret-empty")
    if value in _PLACEHOLDERS:
        return Message("secret-placeholder")
    if not may_be_in_query(value):
        return Message("secret-characters")
    return Secret(name, binding, Key(value), place)


def _read_file(path: str) -> Read:
    text = text_file.read(path, text_file.SECRETS)
    if isinstance(text, str):
        return read_lines(text, printable(path))
    return SecretLookupError(*text.messages)


def _together(sources: Iterable[Read]) -> Mapping[str, Secret] | SecretLookupError:
    found: dict[str, Secret] = {}
    for source in sources:
        if isinstance(source, SecretLookupError):
            return source
        for secret in source:
            first = found.setdefault(secret.name, secret)
            if first is not secret:
                places = {"first": first.place, "second": secret.place}
                return SecretLookupError(Message("secrets-repeated", **places))
    return found


def _settled(sources: Iterable[Read]) -> Mapping[str, Secret]:
    secrets = _together(sources)
    if isinstance(secrets, SecretLookupError):
        raise secrets
    return secrets


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
        hiding = [replace(s, mask=replace(s.mask, secrets=self.finder)) for s in fleet.santrals]
        obstacles = [[*self._obstacles(santral.url)] if santral.url else [] for santral in hiding]
        pairs = [*zip(hiding, obstacles, strict=True)]
        unfilled = (Unfilled(santral, reason) for santral, reasons in pairs for reason in reasons)
        filled = (santral if reasons else self._filled(santral) for santral, reasons in pairs)
        return replace(fleet, santrals=tuple(filled)), tuple(unfilled)

    def _filled(self, santral: Santral) -> Santral:
        url = self._url(santral.url) if santral.url else santral.desired.notification_url
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
        host, port = address(known)
        found = [self._obstacle_to(name, url, host, port) for name in url.secrets]
        yield from filter(None, found)
        if not any(found) and len(self._url(url)) > LONGEST:
            yield Message("secret-url-too-long", most=LONGEST)

    def _obstacle_to(self, name: str, url: UrlTemplate, host: str, port: int) -> Message | None:
        secret, where = self.secrets.get(name), str(Binding(host, is_glob=False, port=port))
        if not secret:
            return self._missing(name, where)
        if not secret.binding.allows(host, port):
            return Message("secret-other-host", secret=name, bound=str(secret.binding), host=where)
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
        secrets = {**_settled(self.given), **_settled(map(_read_file, files))}
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
        if _MISTAKEN.fullmatch(name) and name != _FILE_VARIABLE and environment.pop(name)
    ]
    return Taken(given, tuple(unread))
