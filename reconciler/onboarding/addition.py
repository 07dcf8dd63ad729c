"""Adding the santrals that a file does not have yet, and naming those that live otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff

from reconciler.config.load import assemble
from reconciler.config.nodes import Document
from reconciler.config.problems import ConfigError
from reconciler.config.reader import read
from reconciler.config.rules import defaults_of
from reconciler.config.rules import entries_of as entries_in
from reconciler.core.fleet import Place, Santral
from reconciler.core.messages import Message
from reconciler.core.settings import URL_FIELD
from reconciler.core.text import printable
from reconciler.core.url_hiding import hide_in
from reconciler.core.url_template import UrlTemplate, only_placeholders
from reconciler.onboarding.comparison import inheriting, is_moved, learned
from reconciler.onboarding.defaults import with_templates
from reconciler.onboarding.entries import Entry, entries_of
from reconciler.onboarding.imported import Imported, ImportedSecret, Remark, Tokens, merged
from reconciler.onboarding.insertion import Spot, spot_in
from reconciler.onboarding.new_file import in_order
from reconciler.onboarding.proof import NotProvedError, require
from reconciler.onboarding.secret_names import Named, imported_secrets
from reconciler.onboarding.yaml_text import STEP, entry_lines, in_bytes, joined

_NOWHERE = Place("", 1, 1)


@dataclass(frozen=True, slots=True)
class Addition:
    """What becomes of a file to which the missing santrals are added."""

    content: bytes
    """The file with them: every byte that was there, in its order, and new lines between."""
    added: tuple[str, ...]
    """Their names, in the order in which they are added."""
    moved: tuple[str, ...]
    """The santrals of the file for which other values are live; they are left as they are."""
    secrets: tuple[ImportedSecret, ...]
    """What new placeholders stand for."""
    remarks: tuple[Remark, ...]
    diff: str
    """The change as a unified diff, safe to show; empty where nothing is added."""
    snippet: str = ""
    """The new entries, to be added by hand where the program cannot do it."""
    refusal: Message | None = None
    """Why it cannot; the content is as it was then."""
    left_out: tuple[str, ...] = ()
    """Those that cannot be added, since another santral of the file has their name."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is there."""

    content: bytes
    source: str
    document: Document
    santrals: tuple[Santral, ...]
    defaults: Mapping[str, str]

    @staticmethod
    def of(content: bytes, source: str) -> "_File":
        """Return what a file holds; raises ConfigError."""
        santrals = assemble([(source, content)]).fleet.santrals
        document = read(content, source)
        defaults = {name: value.text for name, value in defaults_of(document).items()}
        return _File(content, source, document, santrals, defaults)

    @property
    def names(self) -> list[str]:
        """The santrals in the order in which they are written."""
        return [entry.name.text for entry in entries_in(self.document)]


def add_missing(
    existing: bytes, source: str, imported: Sequence[Imported], tokens: Tokens
) -> Addition:
    """Return what a file becomes that is to have each santral that was read.

    One is there already where the file has its key, under whatever name. Raises ConfigError, with
    every problem of the file, which is called ``source``.
    """
    file = _File.of(existing, source)
    there = {santral.key_name: santral for santral in file.santrals}
    live = {one.key_name: one for one in imported}
    pairs = [(there[key], one) for key, one in live.items() if key in there]
    moved = {santral.name for santral, one in pairs if is_moved(santral, one.live)}
    missing = in_order([one for key, one in live.items() if key not in there])
    values = learned((santral.url, one.live.notification_url) for santral, one in pairs)
    addition = _added(file, missing, tokens, values)
    return replace(addition, moved=tuple(name for name in file.names if name in moved))


def _added(
    file: _File, missing: Sequence[Imported], tokens: Tokens, values: Mapping[str, str]
) -> Addition:
    names = {santral.name for santral in file.santrals}
    left_out = tuple(one.name for one in missing if one.name in names)
    written = inheriting(missing, file.defaults.get(URL_FIELD), values)
    taken = frozenset(UrlTemplate(file.document.text).secrets)
    found = entries_of([one for one in missing if one.name not in names], tokens, taken, written)
    entries = with_templates(found.entries)
    known = (*found.secrets, *(Named(name, "", value) for name, value in values.items()))
    remarks = (
        *found.remarks,
        *(Remark(name, (_TAKEN,)) for name in left_out),
        *(Remark(one.name, (_ASSUMED,)) for one in entries if _is_assumed(one, known)),
    )
    unchanged = Addition(file.content, (), (), (), merged(remarks), "", left_out=left_out)
    if not entries:
        return unchanged
    secrets = imported_secrets(found.secrets)
    return _inserted(file, entries, known, replace(unchanged, secrets=secrets))


_TAKEN = Message("import-name-taken")
_ASSUMED = Message("import-secret-assumed")


def _is_assumed(entry: Entry, known: Sequence[Named]) -> bool:
    return not {secret.name for secret in known} >= set(UrlTemplate(entry.url or "").secrets)


def _inserted(
    file: _File, entries: Sequence[Entry], known: Sequence[Named], addition: Addition
) -> Addition:
    snippet = in_bytes(joined([entry_lines(one, file.defaults, STEP, STEP) for one in entries]))
    spot = spot_in(file.content, file.document)
    refused = replace(addition, snippet=snippet.decode(), refusal=Message("import-in-braces"))
    if not spot:
        return refused
    content = _with(spot, entries, file.defaults)
    try:
        _prove(file, content, entries, known)
    except (ConfigError, NotProvedError):
        return replace(refused, refusal=Message("import-not-added"))
    added = tuple(entry.name for entry in entries)
    return replace(addition, content=content, added=added, diff=_diff(file, content))


def _with(spot: Spot, entries: Sequence[Entry], defaults: Mapping[str, str]) -> bytes:
    return spot.with_santrals(
        [entry_lines(entry, defaults, spot.indent, spot.step) for entry in entries]
    )


def _prove(file: _File, content: bytes, entries: Sequence[Entry], known: Sequence[Named]) -> None:
    """Require that the old santrals are as they were, and the new ones behind them as meant.

    Raises NotProvedError, or ConfigError where the new file has a problem.
    """
    after = _File.of(content, file.source)
    old = {santral.name for santral in file.santrals}
    are_as_before = after.names == [*file.names, *(entry.name for entry in entries)] and [
        _placeless(santral) for santral in after.santrals if santral.name in old
    ] == [_placeless(santral) for santral in file.santrals]
    if not are_as_before or after.defaults != file.defaults:
        raise NotProvedError
    require((one for one in after.santrals if one.name not in old), entries, known)


def _placeless(santral: Santral) -> Santral:
    return replace(santral, place=_NOWHERE, url_place=None)


def _diff(file: _File, content: bytes) -> str:
    """Return the change as it is written, but for what may be a token or may do harm."""
    name = printable(file.source)
    before, after = _shown(file.content), _shown(content)
    lines = unified_diff(before, after, name, name, lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _shown(content: bytes) -> list[str]:
    text = content.decode("utf-8-sig").replace("\r\n", "\n")
    return [
        printable(hide_in(line, hide=only_placeholders))
        for line in text.removesuffix("\n").split("\n")
    ]
