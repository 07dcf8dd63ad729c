"""The file of a saved plan: the JSON plan, and what it takes to compare it with another."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from reconciler import outputs, strict_json
from reconciler.errors import SantralError
from reconciler.render import as_json
from reconciler.render.shown import ShownPlan
from reconciler.saved.seal import Sealer, Seals, digest_of
from reconciler.schemas import Schema, inlined
from reconciler.text import is_printable, printable

MOST_BYTES = 64 * 1024 * 1024


class SavedPlanError(SantralError):
    """A saved plan cannot be read or written, or is not as it was written."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan as it was shown, and the digests to compare it by."""

    shown: ShownPlan
    created: str
    """When, in UTC."""
    api: str
    """The API's address, or "sandbox"."""
    configuration: str
    """The digest of what the files ask for."""
    seals: Mapping[str, Seals]
    """By santral name."""


def sealed(saved: SavedPlan, sealer: Sealer) -> SavedPlan:
    """Return the plan with a digest, by each santral's key, of all that it shows."""
    content = _content_of(saved)
    seals = {
        name: replace(seals, document=sealer.document(name, content))
        for name, seals in saved.seals.items()
    }
    return replace(saved, seals=seals)


def is_sealed(saved: SavedPlan, sealer: Sealer) -> bool:
    """Tell whether what it shows is what was sealed, as far as the keys at hand can tell."""
    content = _content_of(saved)
    now = {name: sealer.document(name, content) for name in saved.seals}
    return all(
        seals.document == now[name]
        for name, seals in saved.seals.items()
        if seals.document and now[name]
    )


def _content_of(saved: SavedPlan) -> str:
    """Return a digest of what the plan shows, whichever version of the program wrote it."""
    return digest_of(as_json.document_of(saved.shown) | {"tool_version": None})


def write(saved: SavedPlan, path: str) -> None:
    """Write the file, for its owner alone to read; raises SavedPlanError."""
    try:
        text = as_json.text_of(_with_checksum(_document_of(saved)))
        outputs.write(path, text, is_private=True)
    except OSError as error:
        reason = error.strerror
    else:
        return
    raise SavedPlanError(f"The plan cannot be saved to {printable(path)}: {reason}.")


def _document_of(saved: SavedPlan) -> dict[str, Any]:
    document = as_json.document_of(saved.shown)
    for santral in document["santrals"]:
        santral["seals"] = asdict(saved.seals[santral["name"]])
    document["saved"] = {
        "created": saved.created,
        "api": saved.api,
        "configuration": saved.configuration,
    }
    return document


def _with_checksum(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "saved": {**document["saved"], "checksum": digest_of(document)}}


def read(content: bytes, name: str) -> SavedPlan:
    """Return the plan that a file's bytes hold; raises SavedPlanError.

    It is read as a stranger's text: whatever is not just as this program writes it is refused.
    """
    document, fault = _checked(content)
    if fault:
        raise SavedPlanError(f"{printable(name)}: {fault}")
    return _saved_plan_of(document)


def _checked(content: bytes) -> tuple[Any, str | None]:
    if len(content) > MOST_BYTES:
        return None, _TOO_LARGE
    document = _json(content)
    try:
        return document, _fault(document)
    except RecursionError:  # The checks go as deep as the document does.
        return None, TOUCHED


TOUCHED = "This plan was edited or damaged after it was saved; plan again."
_TOO_LARGE = f"This file is larger than {MOST_BYTES // 1024**2} MiB, and no saved plan."


def _saved_plan_of(document: Mapping[str, Any]) -> SavedPlan:
    saved = document["saved"]
    return SavedPlan(
        shown=as_json.plan_of(document),
        created=saved["created"],
        api=saved["api"],
        configuration=saved["configuration"],
        seals={santral["name"]: Seals(**santral["seals"]) for santral in document["santrals"]},
    )


def _json(content: bytes) -> Any:
    """Return the value, or None for what is not JSON."""
    try:
        return strict_json.loads(content.decode())
    except ValueError:
        return None


def _fault(document: Any) -> str | None:
    """Return why this is not a plan as it was saved, as a whole sentence."""
    if not isinstance(document, dict) or "format_version" not in document:
        return "This is not a saved plan; plan --out writes one."
    if document["format_version"] != as_json.FORMAT_VERSION:
        return (
            f"This plan has another format version than {as_json.FORMAT_VERSION}, which this "
            "santral reads; plan again."
        )
    if "saved" not in document:
        return "This is a plan, but not a saved one; plan --out writes one."
    if not (_follows_schema(document) and _is_sorted(document) and _is_as_written(document)):
        return TOUCHED
    return None


def _follows_schema(document: Mapping[str, Any]) -> bool:
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(inlined(Schema.PLAN)).is_valid(document) and all(
        map(is_printable, _texts(document))
    )


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _is_sorted(document: Mapping[str, Any]) -> bool:
    """Tell whether each santral stands once, in the order of names, with its seals."""
    names = [santral["name"] for santral in document["santrals"]]
    return names == sorted(set(names)) and all("seals" in s for s in document["santrals"])


def _is_as_written(document: Mapping[str, Any]) -> bool:
    """Tell whether a santral of its version wrote it: nothing is missing, moved, or miscounted."""
    written = _document_of(_saved_plan_of(document))
    whole = _with_checksum({**written, "tool_version": document["tool_version"]})
    return as_json.text_of(whole) == as_json.text_of(document)
