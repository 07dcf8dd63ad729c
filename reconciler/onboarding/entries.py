"""From what is live to what is to stand in the file of each santral, and why something is not.

Whatever cannot be written as it is live is left unmanaged, which keeps what is live.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from reconciler.config.characters import shown_name
from reconciler.core.messages import Message
from reconciler.core.notification_url import LONGEST, url_warnings
from reconciler.core.settings import SWITCHES
from reconciler.core.url_template import may_be_in_path, may_be_in_query
from reconciler.onboarding.imported import Imported, Remark, Tokens
from reconciler.onboarding.probing import (
    description_problem,
    label_problem,
    name_problem,
    url_problem,
)
from reconciler.onboarding.secret_names import (
    LONGEST_PLACEHOLDER,
    Found,
    Named,
    host_of,
    named,
)
from reconciler.onboarding.tokens import Piece, Sightings, sightings_of, tokens_of

_TOKEN = Message("import-url-token")
_UNUSABLE_TOKEN = Message("import-url-token-unusable")


@dataclass(frozen=True, slots=True)
class Entry:
    """One santral as it is to stand in a file, apart from what the defaults say already."""

    name: str
    key_name: str
    imported: Imported
    settings: Mapping[str, str]
    """What is managed, by field; a URL with ``{secret.NAME}`` where it has tokens."""
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    insecure: tuple[Message, ...] = ()
    """Why the entry must allow an insecure URL; empty where it need not."""
    unmanaged: tuple[Message, ...] = ()
    """Why the URL is unmanaged; empty where it is not."""
    comments: tuple[Message, ...] = ()
    """What of the description and the labels is left out, and why."""

    @property
    def url(self) -> str | None:
        """The notification URL; None where it is unmanaged."""
        return self.settings.get("notification_url")

    @property
    def decisions(self) -> tuple[Message, ...]:
        """All that somebody has to decide on; empty where it stands as it is live."""
        return (*self.insecure, *self.unmanaged, *self.comments)


@dataclass(frozen=True, slots=True)
class Entries:
    """What an import makes of the santrals that it read."""

    entries: tuple[Entry, ...]
    """In the order in which the santrals were given."""
    secrets: tuple[Named, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of all santrals before the entry of one is made."""

    tokens: Tokens
    pieces: Mapping[str, Sequence[Piece]]
    """The tokens in each URL, by santral."""
    sightings: Sightings
    """All of them, to be found elsewhere."""
    written: Mapping[str, str]


def entries_of(
    fleet: Sequence[Imported],
    tokens: Tokens,
    taken: frozenset[str] = frozenset(),
    written: Mapping[str, str] = MappingProxyType({}),
) -> Entries:
    """Return what is to stand in a file.

    No new secret gets a name that is ``taken``. A URL for which there is a template already is
    ``written`` so; these are by santral, and each stands for the live URL of its own.
    """
    refused = {one.name: problem for one in fleet if (problem := name_problem(one))}
    kept = [one for one in fleet if one.name not in refused]
    found = {} if tokens is Tokens.PLAIN else tokens_of(kept)
    sightings = sightings_of(found)
    pieces = {name: each for name, each in found.items() if name not in written}
    judged = [_judged(one, _Known(tokens, pieces, sightings, written)) for one in kept]
    secrets = named(_found(judged, pieces), taken)
    entries = tuple(_with_secrets(entry, pieces.get(entry.name, ()), secrets) for entry in judged)
    left = (Remark(shown_name(name), (problem,)) for name, problem in refused.items())
    return Entries(entries, tuple(secrets.values()), (*_remarks(entries), *left))


def _remarks(entries: Iterable[Entry]) -> Iterator[Remark]:
    for entry in entries:
        if entry.decisions:
            yield Remark(shown_name(entry.name), entry.decisions)


def _judged(one: Imported, known: _Known) -> Entry:
    url = known.written.get(one.name, one.live.notification_url)
    fault, insecure = _verdict(one.live.notification_url or "")
    why_not = () if one.name in known.written else _why_not(one, fault, known)
    settings = {name: str(getattr(one.live, name)) for name in SWITCHES}
    entry = Entry(one.name, one.key_name, one, settings, unmanaged=why_not)
    if url and not why_not:
        managed = {**settings, "notification_url": url}
        entry = replace(entry, settings=managed, insecure=insecure)
    return _with_labels(_with_description(entry, known.sightings), known.sightings)


def _verdict(url: str) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """Return why a URL may not stand in a file at all, and why only where its entry allows it."""
    fault = url_problem(url, allow_insecure=False)
    warnings = url_warnings(url) if fault else ()
    insecure = tuple(one for one in warnings if one.code.startswith("insecure-"))
    return (url_problem(url, allow_insecure=True) if insecure else fault), insecure


def _why_not(one: Imported, fault: tuple[Message, ...], known: _Known) -> tuple[Message, ...]:
    """Return why a URL cannot be managed, or nothing."""
    url, pieces = one.live.notification_url, known.pieces.get(one.name, ())
    if not url or not url.strip():
        return (Message("import-url-unset"),)
    if fault:
        return (Message("import-url-unmanaged"), *fault)
    if known.sightings.are_in(_without(url, pieces)):
        return (_UNUSABLE_TOKEN, Message("import-token-place"))
    unusable = _token_fault(url, pieces)
    if unusable:
        return (_UNUSABLE_TOKEN, unusable)
    return (_TOKEN,) if pieces and known.tokens is Tokens.UNMANAGED else ()


def _token_fault(url: str, pieces: Sequence[Piece]) -> Message | None:
    """Return why the tokens of a URL, if it has any, cannot be secrets."""
    if pieces and not url.startswith("https:"):
        return Message("import-token-unencrypted")
    if not all((may_be_in_query if one.is_value else may_be_in_path)(one.text) for one in pieces):
        return Message("import-token-characters")
    longest = len(url) + LONGEST_PLACEHOLDER * len(pieces)
    return Message("import-token-length", most=LONGEST) if longest > LONGEST else None


def _without(url: str, pieces: Sequence[Piece]) -> str:
    return _replaced(url, [(piece, "\n") for piece in pieces])


def _replaced(url: str, replacements: Sequence[tuple[Piece, str]]) -> str:
    for piece, text in reversed(replacements):
        url = f"{url[: piece.start]}{text}{url[piece.end :]}"
    return url


def _with_description(entry: Entry, known: Sightings) -> Entry:
    """Write a description in one line, as far as it may stand in a file."""
    text = " ".join(entry.imported.description.split())
    problem = description_problem(text) if text else None
    if text and not problem and known.are_in(text):
        problem = Message("import-token")
    if not problem:
        return replace(entry, description=text)
    return _with_comments(entry, Message("import-description-left"), problem)


def _with_labels(entry: Entry, known: Sightings) -> Entry:
    for name, value in entry.imported.labels:
        problem = label_problem(name, value)
        if not problem and (known.are_in(name) or known.are_in(value)):
            problem = Message("import-token")
        if problem:
            left = Message("import-label-left", label=shown_name(name))
            entry = _with_comments(entry, left, problem)
        else:
            entry = replace(entry, labels=(*entry.labels, (name, value)))
    return entry


def _with_comments(entry: Entry, *comments: Message) -> Entry:
    return replace(entry, comments=(*entry.comments, *comments))


def _found(entries: Iterable[Entry], pieces: Mapping[str, Sequence[Piece]]) -> Iterator[Found]:
    """Yield the tokens of URLs that are managed."""
    for entry in entries:
        for piece in pieces.get(entry.name, ()) if entry.url else ():
            yield Found(entry.name, entry.url or "", piece)


def _with_secrets(
    entry: Entry, pieces: Sequence[Piece], secrets: Mapping[tuple[str, str], Named]
) -> Entry:
    if not entry.url or not pieces:
        return entry
    host = host_of(entry.url)
    placeholders = [(piece, secrets[host, piece.text].placeholder) for piece in pieces]
    url = _replaced(entry.url, placeholders)
    return replace(entry, settings={**entry.settings, "notification_url": url})
