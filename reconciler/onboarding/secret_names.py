"""What the secrets that an import finds are called: as a person would call them."""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from reconciler.core.secret import Key
from reconciler.core.url_template import placeholder_of
from reconciler.keys.secret_lines import Binding
from reconciler.onboarding.imported import ImportedSecret
from reconciler.onboarding.tokens import Piece, is_telling

_LONGEST_WORD = 24
_LONGEST_NAME = 100
LONGEST_PLACEHOLDER = _LONGEST_NAME + len("{secret.}")
_NO_WORD = re.compile("[^a-z0-9]+")
_UNTIL_LETTER = re.compile("^[^a-z]+")


@dataclass(frozen=True, slots=True)
class Found:
    """A token in a santral's URL."""

    santral: str
    url: str = field(repr=False)
    piece: Piece = field(repr=False)

    @property
    def host(self) -> str:
        """The host that gets it."""
        return host_of(self.url)


@dataclass(frozen=True, slots=True)
class Named:
    """A secret, however many URLs have it."""

    name: str
    host: str
    value: str = field(repr=False)

    @property
    def placeholder(self) -> str:
        """What stands for it in a URL."""
        return placeholder_of(self.name)


def host_of(url: str) -> str:
    """Return the host of a URL that may stand in a file; with its port where that is not 443."""
    return str(Binding.of(url))


def named(tokens: Iterable[Found], taken: Container[str]) -> dict[tuple[str, str], Named]:
    """Return the secrets by host and value: the same value at the same host is one secret.

    One that several santrals share, or the only one of its host, is called by its host
    (``crm_token``), others by their santral (``token_ankara_sube``). No two have one name, and none
    has one that is taken.
    """
    users: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for token in tokens:
        users[token.host, token.piece.text].append(token)
    secrets: dict[tuple[str, str], Named] = {}
    used: set[str] = set()
    names: dict[str, Iterator[str]] = {}
    of_host = Counter(host for host, _ in users)
    for (host, value), found in users.items():
        wanted = _name(found, is_only=of_host[host] == 1)
        free = names.setdefault(wanted, _numbered(wanted))
        name = next(one for one in free if one not in used and one not in taken)
        used.add(name)
        secrets[host, value] = Named(name, host, value)
    return secrets


def _name(found: list[Found], *, is_only: bool) -> str:
    first = found[0]
    what = (_word(first.piece.name) if is_telling(first.piece.name) else "") or "token"
    if is_only or len({token.santral for token in found}) > 1:
        return f"{_of_host(first.host)}_{what}"
    return f"{what}_{_NO_WORD.sub('_', first.santral)}"


def _of_host(host: str) -> str:
    """Return the first label of a host that says something: ``crm`` of www.crm.example.com."""
    labels = (label for label in host.split(".") if label != "www")
    return next(filter(None, map(_word, labels)), "url")


def _word(text: str) -> str:
    """Return a text as the name of a secret may begin; nothing where it has no letter."""
    spaced = re.sub("(?<=[a-z])(?=[A-Z])", "_", text)
    word = _UNTIL_LETTER.sub("", _NO_WORD.sub("_", spaced.lower()))
    return word[:_LONGEST_WORD].strip("_")


def _numbered(name: str) -> Iterator[str]:
    """Yield the name, then the same with a number behind it."""
    yield name
    yield from (f"{name}_{number}" for number in count(2))


def imported_secrets(secrets: Iterable[Named]) -> tuple[ImportedSecret, ...]:
    """Return secrets as they are handed out, their values wrapped."""
    return tuple(ImportedSecret(one.name, one.host, Key(one.value)) for one in secrets)
