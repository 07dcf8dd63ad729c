"""Reading secrets of notification URLs: ``NAME@HOST=VALUE``, each bound to its host."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from reconciler.core.host_glob import HostGlob, comparable
from reconciler.core.messages import Message
from reconciler.core.notification_url import HIGHEST_PORT, address
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.core.url_template import may_be_in_query
from reconciler.keys import text_file
from reconciler.keys.reading import Given, read_json
from reconciler.keys.text_file import KeyLookupError, SecretLookupError, content_lines

_NAME = re.compile("[a-z][a-z0-9_]*")
_PORT = re.compile(r"(?P<hosts>.*?)(?::(?P<port>[0-9]{1,5}))?")
_HTTPS_PORT = 443
_PLACEHOLDERS = {"VALUE", "..."}
"""What the documents have in a secret's place."""


@dataclass(frozen=True, slots=True)
class Binding:
    """The host, or the hosts, that one secret may go to, and no others."""

    hosts: HostGlob
    port: int

    @staticmethod
    def of(url: str) -> "Binding":
        """Return the binding to the host and the port of a URL that ``url_problem`` allows."""
        host, port = address(url)
        return Binding(HostGlob(comparable(host)), port)

    @staticmethod
    def parse(text: str) -> "Binding | None":
        """Return the binding to ``HOST[:PORT]`` or ``*.DOMAIN[:PORT]``; None where it is none."""
        found = _PORT.fullmatch(text)
        hosts = HostGlob.parse(found["hosts"]) if found else None
        port = int(found["port"] or _HTTPS_PORT) if found else 0
        return Binding(hosts, port) if hosts and 0 < port <= HIGHEST_PORT else None

    def allows(self, other: "Binding") -> bool:
        """Return whether the secret may go to another binding's one host, at its port."""
        return self.hosts.allows(other.hosts.host) and self.port == other.port

    def __str__(self) -> str:
        port = "" if self.port == _HTTPS_PORT else f":{self.port}"
        return f"{self.hosts}{port}"


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
        return SecretLookupError(Message("secrets-json"), place=source)
    values = ((one.name, one.key.reveal(), one.place) for one in given)
    return _all_of((place, _secret_of(head, value, place)) for head, value, place in values)


def _all_of(found: Iterable[tuple[str, Secret | Message]]) -> Read:
    """Return all secrets, or everything that is none."""
    every = [*found]
    wrong = [(place, it) for place, it in every if isinstance(it, Message)]
    if wrong:
        return _all_wrong([SecretLookupError(it, place=place) for place, it in wrong])
    return [it for _, it in every if isinstance(it, Secret)]


def _all_wrong(errors: Sequence[SecretLookupError]) -> SecretLookupError:
    first, *others = (one for error in errors for one in (error, *error.others))
    return SecretLookupError(*first.messages, place=first.place, others=others)


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


def read_file(path: str) -> Read:
    """Read such lines from a file, which may be a pipe."""
    text = text_file.read(path, text_file.SECRETS)
    if isinstance(text, str):
        return read_lines(text, printable(path))
    return SecretLookupError(*text.messages)


def settled(sources: Iterable[Read]) -> Mapping[str, Secret]:
    """Return the secrets of sources that are taken together, by name; raises SecretLookupError."""
    secrets = _together([*sources])
    if isinstance(secrets, SecretLookupError):
        raise secrets
    return secrets


def _together(sources: Sequence[Read]) -> Mapping[str, Secret] | SecretLookupError:
    wrong = [source for source in sources if isinstance(source, SecretLookupError)]
    given = (source for source in sources if not isinstance(source, SecretLookupError))
    found: dict[str, Secret] = {}
    for secret in chain.from_iterable(given):
        first = found.setdefault(secret.name, secret)
        if first is not secret:
            places = {"first": first.place, "second": secret.place}
            wrong.append(SecretLookupError(Message("secrets-repeated", **places)))
    return _all_wrong(wrong) if wrong else found
