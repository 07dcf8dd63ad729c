"""The document that a saved plan is: what in it is sealed, and whether it can be trusted to read.

A document is kept as it was read. What a newer santral has added to it is sealed like all else, and
passed over by what does not know it.
"""

import re
from collections.abc import Container, Mapping
from functools import cache
from typing import Any

from reconciler.core.messages import Message
from reconciler.core.scope import Scope
from reconciler.core.text import is_printable
from reconciler.documents import is_moment
from reconciler.render import as_json
from reconciler.render.hosts import summed
from reconciler.render.view import ShownPlan
from reconciler.saved_plans.digests import digest_of
from reconciler.schemas import Schema, inlined

TOUCHED = Message("saved-edited")
_NOT_SAVED = Message("saved-not")


def content_of(document: Mapping[str, Any]) -> str:
    """Return a digest of the document, except the digests that are made of it."""
    unsealed = {"santrals": [_without_seal(santral) for santral in document["santrals"]]}
    saved = _without(document["saved"], "checksum", "witness")
    return digest_of({**document, "saved": saved, **unsealed})


def _without_seal(santral: Mapping[str, Any]) -> dict[str, Any]:
    return {**santral, "seals": _without(santral["seals"], "document")}


def _without_checksum(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "saved": _without(document["saved"], "checksum")}


def _without(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {field: value for field, value in fields.items() if field not in names}


def with_checksum(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document with a digest of all else in it, which shows damage, but no forgery."""
    return {**document, "saved": {**document["saved"], "checksum": digest_of(document)}}


def unknown_fields(document: Any, *, may_be_unsaved: bool = False) -> frozenset[str] | Message:
    """Return the fields that this version does not know, such as ``santrals.colour``.

    Where this is not a plan as it was saved, return why not; ``may_be_unsaved`` takes one as
    ``--format json`` has it too.
    """
    refusal = _refusal(document)
    if refusal and not (may_be_unsaved and refusal == _NOT_SAVED):
        return refusal
    unknown = _unknown_to_schema(document) if _is_harmless(document) else None
    if unknown is None and document["format_version"] != as_json.FORMAT_VERSION:
        return _foreign(document)
    if unknown is None or not (_is_sorted(document) and _is_as_written(document, unknown)):
        return TOUCHED
    return unknown


_VERSION = re.compile(r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})")
_MAJOR = as_json.FORMAT_VERSION.partition(".")[0]


def _refusal(document: Any) -> Message | None:
    """Return why this is not even the kind of document."""
    if not isinstance(document, dict) or "format_version" not in document:
        return Message("saved-foreign")
    version = _matched(_VERSION, document["format_version"])
    if not version:
        return TOUCHED
    if version[1] != _MAJOR:
        return _foreign(document)
    return None if "saved" in document else _NOT_SAVED


_TOOL_VERSION = re.compile("[0-9][0-9A-Za-z.+-]{0,30}")


def _foreign(document: Mapping[str, Any]) -> Message:
    """Say which santral reads a format that this one does not."""
    writer = _matched(_TOOL_VERSION, document.get("tool_version"))
    version = document["format_version"]
    if writer:
        return Message("saved-format-of", format=version, major=_MAJOR, writer=writer[0])
    return Message("saved-format", format=version, major=_MAJOR)


def _matched(pattern: re.Pattern[str], value: Any) -> re.Match[str] | None:
    return pattern.fullmatch(value) if isinstance(value, str) else None


_DEEPEST = 20
"""How deep a document is nested at most; what this program writes is at 7."""


def _is_harmless(document: Mapping[str, Any]) -> bool:
    """Return whether every text in it may be shown as it is, and looking through it ends."""
    texts: set[str] = set()
    return _is_shallow(document, texts, 0) and all(map(is_printable, texts))


def _is_shallow(node: Any, texts: set[str], depth: int) -> bool:
    """Return whether it is not nested too deep, and add its texts, names of fields among them."""
    if isinstance(node, str):
        texts.add(node)
    if isinstance(node, dict):
        texts.update(node)
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return depth < _DEEPEST and all(_is_shallow(inner, texts, depth + 1) for inner in below)


_FIELD_NAME = re.compile("[a-z][a-z0-9_]{0,39}")


def _unknown_to_schema(document: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the fields that the schema does not name; None where it is broken otherwise."""
    unknown: set[str] = set()
    for error in _validator().iter_errors(document):
        path = [step for step in error.absolute_path if isinstance(step, str)]
        if path == ["format_version"]:
            continue  # The schema has this program's own; others of its kind are read too.
        if error.validator != "additionalProperties":
            return None
        names = error.instance.keys() - error.schema.get("properties", {}).keys()
        if not all(map(_FIELD_NAME.fullmatch, names)):
            return None
        unknown.update(".".join([*path, name]) for name in names)
    return frozenset(unknown)


@cache
def _validator() -> Any:
    """Return what judges by the schema, but takes no 2.0 for a whole number."""
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415

    checker = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: type(value) is int
    )
    strict = validators.extend(Draft202012Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    return strict(inlined(Schema.PLAN))


def _is_sorted(document: Mapping[str, Any]) -> bool:
    """Return whether each santral stands once, in the order of names, with its seals."""
    names = [santral["name"] for santral in document["santrals"]]
    is_sealed = {"seals" in santral for santral in document["santrals"]} <= {"saved" in document}
    return names == sorted(set(names)) and is_sealed


def _is_as_written(document: Mapping[str, Any], unknown: frozenset[str]) -> bool:
    """Return whether a santral wrote it: nothing known is missing, moved or miscounted."""
    if "saved" in document and not _is_saved_as_written(document):
        return False
    versions = {name: document[name] for name in ("format_version", "tool_version")}
    kind = as_json.Texts.MESSAGES if "note_messages" in document else as_json.Texts.SENTENCES
    plan = as_json.plan_of(document)
    if not _is_possible(plan):
        return False
    shown = as_json.document_of(plan, kind) | versions
    passed_over = unknown if "saved" in document else unknown | _SENTENCES
    return _agree(shown, document, "", passed_over)


def _is_possible(plan: ShownPlan) -> bool:
    """Return whether it says nothing that cannot be, such as a day that no calendar has."""
    is_dated = not plan.origin or is_moment(plan.origin.made)
    is_scoped = not plan.scope or _is_possible_scope(plan.scope, len(plan.santrals))
    return is_dated and is_scoped and plan.hosts == summed(plan.hosts)


def _is_possible_scope(scope: Scope, santrals: int) -> bool:
    shard = scope.shard
    is_part = not shard or (shard.index <= shard.total and scope.merged is None)
    return is_part and santrals <= scope.fleet


def _is_saved_as_written(document: Mapping[str, Any]) -> bool:
    has_checksum = document == with_checksum(_without_checksum(document))
    return has_checksum and _is_of_one_origin(document)


def _is_of_one_origin(document: Mapping[str, Any]) -> bool:
    """Return whether what it shows of its API and time is what it is compared by."""
    saved, origin = document["saved"], document.get("origin")
    return not origin or (origin["api"], origin["made"]) == (saved["api"], saved["created"])


_SENTENCES = frozenset({"notes", "santrals.error", "santrals.warnings", "santrals.outcome.reason"})
"""What stands beside the messages that it is of, in the language of whoever wrote it."""
_NOT_SHOWN = frozenset({"saved", "santrals.seals"})


def _agree(shown: Any, found: Any, path: str, unknown: Container[str]) -> bool:
    """Return whether what was found would be written, except for fields not known or not there.

    A field of a later version of the format is not there in an earlier one; it then says nothing.
    """
    if isinstance(shown, dict) and isinstance(found, dict):
        return all(
            _agree_on(name, shown, found, f"{path}.{name}".removeprefix("."), unknown)
            for name in shown.keys() | found.keys()
        )
    if isinstance(shown, list) and isinstance(found, list):
        return len(shown) == len(found) and all(
            _agree(one, other, path, unknown) for one, other in zip(shown, found, strict=True)
        )
    return type(shown) is type(found) and bool(shown == found)


def _agree_on(
    name: str,
    shown: Mapping[str, Any],
    found: Mapping[str, Any],
    path: str,
    unknown: Container[str],
) -> bool:
    if name not in shown:
        return path in _NOT_SHOWN or path in unknown
    return _agree(shown[name], found[name], path, unknown) if name in found else not shown[name]
