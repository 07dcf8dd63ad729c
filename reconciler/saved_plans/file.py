"""The file of a saved plan: the JSON plan, and what it takes to compare it with another."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from reconciler import output_files
from reconciler.core.errors import SantralError, explaining
from reconciler.core.messages import Message
from reconciler.core.text import printable
from reconciler.documents import parse_json
from reconciler.files import MOST_KEPT, is_settings_file
from reconciler.render import as_json
from reconciler.render.view import ShownPlan, ShownSantral
from reconciler.saved_plans import digests
from reconciler.saved_plans.digests import Sealer, Seals, Witness
from reconciler.saved_plans.document import content_of, unknown_fields, with_checksum

MOST_BYTES = MOST_KEPT
_TOO_LARGE = Message("saved-too-large", most=MOST_BYTES // 1024**2)


class SavedPlanError(SantralError):
    """A saved plan cannot be read or written, or is not as it was written."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan as it was shown, and the digests to compare it by."""

    document: Mapping[str, Any]
    """As it stands in the file, with what this version does not know: all of it is sealed."""
    shown: ShownPlan
    seals: Mapping[str, Seals]
    """By santral name."""
    created: str
    """When, in UTC."""
    api: str
    """The API's address, or "sandbox"."""
    configuration: str
    """The digest of what the files ask for."""
    seal_version: int
    witness: Witness | None
    """What seals a plan of no santral."""
    unknown: tuple[str, ...]
    """The fields that this version does not know, such as ``santrals.colour``."""

    @property
    def entries(self) -> dict[str, ShownSantral]:
        """What it shows, by santral name."""
        return {santral.name: santral for santral in self.shown.santrals}


def text_of(
    shown: ShownPlan, api: str, configuration: str, seals: Mapping[str, Seals], sealer: Sealer
) -> str:
    """Return the text of the file, all that it shows sealed with each santral's key."""
    document = _document(shown, api, configuration, sealer.created, seals)
    content = content_of(document)
    witness = None if seals else sealer.witness(content)
    if witness:
        document["saved"]["witness"] = asdict(witness)
    for santral in document["santrals"]:
        santral["seals"]["document"] = sealer.document(santral["name"], content)
    return as_json.text_of(with_checksum(document))


def unsealed_text_of(shown: ShownPlan, configuration: str) -> str:
    """Return the text of a file to show and not to apply, of a plan whose origin is known."""
    if not shown.origin:
        raise ValueError
    unsealed = {santral.name: Seals() for santral in shown.santrals}
    origin = shown.origin
    document = _document(shown, origin.api, configuration, origin.made, unsealed)
    return as_json.text_of(with_checksum(document))


def _document(
    shown: ShownPlan, api: str, configuration: str, created: str, seals: Mapping[str, Seals]
) -> dict[str, Any]:
    document = as_json.document_of(shown, as_json.Texts.MESSAGES)
    for santral in document["santrals"]:
        santral["seals"] = asdict(seals[santral["name"]])
    document["saved"] = {
        "created": created,
        "api": api,
        "configuration": configuration,
        "seal_version": digests.VERSION,
    }
    return document


def _mistaken(unknown: Message, name: str) -> Message:
    """Return why a file is not a saved plan; one that is named like settings may be those."""
    if unknown.code != "saved-foreign" or not is_settings_file(Path(name).name):
        return unknown
    return Message("saved-file-of-settings", file=printable(name))


def write(text: str, path: str) -> None:
    """Write the file, readable only by its owner; raises SavedPlanError."""
    with explaining(
        lambda reason: SavedPlanError(Message("saved-unwritten", path=printable(path)), reason)
    ):
        output_files.write(path, text, is_private=True)


def read(content: bytes, name: str) -> SavedPlan:
    """Return the plan that a file's bytes hold; raises SavedPlanError.

    It is read as a stranger's text: whatever this program would not have written is refused. Fields
    that it does not know, as a newer one may have added, are kept, so long as they can do no harm.
    """
    return _saved_plan_of(*_read(content, name))


def read_shown(content: bytes, name: str) -> ShownPlan:
    """Return what a saved plan shows, or a plan or a report as ``--format json`` has it.

    It is read as ``read`` does; raises SavedPlanError.
    """
    document, _ = _read(content, name, may_be_unsaved=True)
    return as_json.plan_of(document)


def _read(
    content: bytes, name: str, *, may_be_unsaved: bool = False
) -> tuple[dict[str, Any], frozenset[str]]:
    """Return a document that can be trusted to read, and the fields that are not known of it."""
    is_too_large = len(content) > MOST_BYTES
    document: Any = None if is_too_large else _json(content)
    unknown = (
        _TOO_LARGE if is_too_large else unknown_fields(document, may_be_unsaved=may_be_unsaved)
    )
    if isinstance(unknown, Message):
        raise SavedPlanError(_mistaken(unknown, name), place=printable(name))
    return document, unknown


def _json(content: bytes) -> Any:
    """Return the value, or None for what is not JSON."""
    try:
        return parse_json(content.decode())
    except ValueError:
        return None


def _saved_plan_of(document: Mapping[str, Any], unknown: Collection[str]) -> SavedPlan:
    saved = document["saved"]
    return SavedPlan(
        document=document,
        shown=as_json.plan_of(document),
        seals={santral["name"]: _seals_of(santral) for santral in document["santrals"]},
        created=saved["created"],
        api=saved["api"],
        configuration=saved["configuration"],
        seal_version=saved.get("seal_version", 1),
        witness=Witness(**saved["witness"]) if "witness" in saved else None,
        unknown=tuple(sorted(unknown)),
    )


def _seals_of(santral: Mapping[str, Any]) -> Seals:
    return Seals(**{field.name: santral["seals"][field.name] for field in fields(Seals)})
