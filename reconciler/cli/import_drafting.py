"""From what was read to what is to be written, before anything is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.cli.import_wish import ImportFailedError, Wish
from reconciler.cli.import_writing import Draft
from reconciler.cli.reading import ReadFleet
from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.core.settings import Settings
from reconciler.onboarding.addition import add_missing
from reconciler.onboarding.csv_file import Listed
from reconciler.onboarding.imported import Imported, Remark
from reconciler.onboarding.new_file import new_file


@dataclass(frozen=True, slots=True)
class Drafted:
    """What is to be written, and what is to be said of it."""

    draft: Draft
    remarks: tuple[Remark, ...]
    moved: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def imported_of(fleet: ReadFleet, rows: Mapping[str, Listed]) -> list[Imported]:
    """Return the santrals that were read, with what a list says of them."""
    read = ((one.santral.name, one.live) for one in fleet.readings)
    return [
        Imported(
            name,
            fleet.candidates.key_names.get(name, name),
            live,
            rows[name].description if name in rows else "",
            rows[name].labels if name in rows else (),
        )
        for name, live in read
        if isinstance(live, Settings)
    ]


def keys_of(imported: Sequence[Imported], fleet: ReadFleet) -> dict[str, Key]:
    """Return the keys of the santrals that were read, under the names that a file has for them."""
    keys = {one.key_name: fleet.candidates.keys[one.name] for one in imported}
    return {name: key for name, key in keys.items() if isinstance(key, Key)}


def drafted(
    wish: Wish, existing: bytes | None, imported: Sequence[Imported], fleet: ReadFleet
) -> Drafted:
    """Return what is to be written; raises ImportFailedError where a key would be in the file."""
    made = _drafted(wish, existing, imported)
    if fleet.finder.finds((made.draft.content or b"").decode()):
        raise ImportFailedError(Message("import-key"))
    return made


def _drafted(wish: Wish, existing: bytes | None, imported: Sequence[Imported]) -> Drafted:
    if existing is None:
        made = new_file(imported, wish.tokens)
        return Drafted(Draft(made.content, made.secrets), made.remarks)
    found = add_missing(existing, wish.output or "", imported, wish.tokens)
    draft = Draft(
        found.content if found.added else None,
        found.secrets,
        existing,
        len(found.added),
        found.diff,
        found.snippet,
        found.refusal,
    )
    return Drafted(draft, found.remarks, found.moved, found.left_out)
