"""Plans and reports as JSON: a versioned shape of its own, described by plan.schema.json."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from enum import Enum, auto
from typing import Any

from reconciler import __version__
from reconciler.core.change_limit import Guard, Limit
from reconciler.core.messages import Message
from reconciler.core.messages import text_of as paragraph
from reconciler.core.outcome import Result
from reconciler.core.plan import Cause, Dropped, KeyUse, Origin, Purpose
from reconciler.core.scope import Part, Scope
from reconciler.core.shard import Shard
from reconciler.render.hosts import ShownHost
from reconciler.render.view import ShownChange, ShownOutcome, ShownPlan, ShownSantral, Status

FORMAT_VERSION = "1.0"


class Texts(Enum):
    """What a document holds of what is said for people."""

    BOTH = auto()
    """Sentences in the reader's language, and beside them the messages that they are of."""
    MESSAGES = auto()
    """Codes and fields, for a file that others may read in another language."""
    SENTENCES = auto()
    """As an earlier version of the program wrote a saved plan."""


def render(plan: ShownPlan) -> str:
    """Return the plan, with the outcomes of a run if it has them, as one JSON document."""
    return text_of(document_of(plan))


def text_of(document: Mapping[str, Any]) -> str:
    """Return a document as text."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def document_of(plan: ShownPlan, texts: Texts = Texts.BOTH) -> dict[str, Any]:
    """Return the plan as the document that the schema describes.

    What an earlier version of the program did not write yet is left out where it is not known.
    """
    return {
        "format_version": FORMAT_VERSION,
        "tool_version": __version__,
        **({"origin": _origin(plan.origin)} if plan.origin else {}),
        **({"scope": _scope(plan.scope)} if plan.scope else {}),
        "purpose": str(plan.purpose),
        "santrals": [_santral(santral, texts) for santral in plan.santrals],
        "dropped": [entry.name for entry in plan.dropped],
        **({"keys_of_dropped": _keys_of(plan.dropped)} if plan.origin else {}),
        **_said("notes", "note_messages", plan.notes, texts),
        "hosts": [_host(host) for host in plan.hosts],
        "summary": _summary(plan),
        "guard": _guard(plan.guard) if plan.guard else None,
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "api": origin.api,
        "files": list(origin.files),
        "commit": origin.commit,
        "committed": origin.is_committed,
        "made": origin.made,
    }


def _scope(scope: Scope) -> dict[str, Any]:
    part = scope.part
    return {
        "fleet": scope.fleet,
        "target": list(scope.targets),
        "exclude": list(scope.excludes),
        "select": list(scope.selectors),
        "changed": scope.changed,
        "shard": part
        and {**asdict(part.shard), "configuration": part.configuration, "picked": part.picked},
        "merged": scope.merged,
    }


def _host(host: ShownHost) -> dict[str, Any]:
    return {"host": host.host, "live": host.live, "wanted": host.wanted, "allowed": host.allowed}


def _keys_of(dropped: Iterable[Dropped]) -> list[dict[str, Any]]:
    return [
        {"name": entry.name, "key": entry.key, "now_of": entry.heir}
        for entry in dropped
        if entry.heir
    ]


def _santral(santral: ShownSantral, texts: Texts) -> dict[str, Any]:
    document = {
        "name": santral.name,
        **({"key": _key(santral.key)} if santral.key else {}),
        **({"description": santral.description} if santral.description else {}),
        **({"labels": dict(santral.labels)} if santral.labels else {}),
        "source": {"file": santral.source, "line": santral.line, "column": santral.column},
        "status": str(santral.status),
        "changes": changes_document(santral.changes),
        **_why("error", santral.error, texts),
        **_said("warnings", "warning_messages", santral.warnings, texts),
    }
    if not santral.outcome:
        return document
    return document | {"outcome": _outcome(santral.outcome, texts)}


def _said(
    name: str, coded_name: str, messages: Iterable[Message], texts: Texts
) -> dict[str, list[Any]]:
    """Return several things to know: as sentences, as messages, or both."""
    said = [*messages]
    return _both(name, [*map(str, said)], coded_name, [*map(coded, said)], texts)


def _why(name: str, messages: Iterable[Message], texts: Texts) -> dict[str, Any]:
    """Return one reason, of one or more messages."""
    text = paragraph(messages) or None
    return _both(name, text, f"{name}_messages", [*map(coded, messages)], texts)


def _both(
    name: str, sentences: Any, coded_name: str, messages: list[Any], texts: Texts
) -> dict[str, Any]:
    document = {} if texts is Texts.MESSAGES else {name: sentences}
    return document if texts is Texts.SENTENCES else document | {coded_name: messages}


def coded(message: Message) -> dict[str, Any]:
    """Return a message as its code and its fields."""
    return {"code": message.code, "fields": message.values}


def _key(key: KeyUse) -> dict[str, Any]:
    return {"name": key.name, "before": key.before, "taken_from": key.taken_from}


def changes_document(changes: Iterable[ShownChange]) -> list[dict[str, Any]]:
    """Return changed fields as the schema describes them."""
    return [
        {
            "field": change.field,
            "before": change.before,
            "after": change.after,
            "masked": change.is_masked,
            "hidden_part_changed": change.is_hidden_part_changed,
            "before_host": change.before_host,
            "after_host": change.after_host,
            "cause": str(change.cause) if change.cause else None,
        }
        for change in changes
    ]


def _outcome(outcome: ShownOutcome, texts: Texts) -> dict[str, Any]:
    return {
        "result": str(outcome.result),
        **_why("reason", outcome.reason, texts),
        "moved": changes_document(outcome.moved),
    }


def _summary(plan: ShownPlan) -> dict[str, Any]:
    summary: dict[str, Any] = {str(status): count for status, count in plan.count().items()}
    causes = {str(cause): count for cause, count in plan.count_causes().items()}
    summary["causes"] = causes if plan.purpose.tells_causes else None
    outcomes = plan.count_outcomes()
    if outcomes:
        summary["outcomes"] = {str(result): count for result, count in outcomes.items()}
    return summary


def _guard(guard: Guard) -> dict[str, Any]:
    return {
        "limit": str(guard.limit),
        "changes": guard.changes,
        "fleet": guard.fleet,
        "tripped": guard.is_tripped,
    }


def plan_of(document: Mapping[str, Any]) -> ShownPlan:
    """Return the plan that a document, which must follow the schema, describes."""
    return ShownPlan(
        santrals=tuple(_santral_of(santral) for santral in document["santrals"]),
        guard=_guard_of(document["guard"]) if document["guard"] else None,
        purpose=Purpose(document["purpose"]),
        dropped=_dropped_of(document),
        notes=_messages_of(document, "note_messages", document.get("notes", ())),
        origin=_origin_of(document["origin"]) if "origin" in document else None,
        hosts=tuple(map(_host_of, document.get("hosts", ()))),
        scope=_scope_of(document["scope"]) if "scope" in document else None,
    )


def _scope_of(scope: Mapping[str, Any]) -> Scope:
    shard = scope["shard"]
    return Scope(
        fleet=scope["fleet"],
        targets=tuple(scope["target"]),
        excludes=tuple(scope["exclude"]),
        selectors=tuple(scope["select"]),
        changed=scope["changed"],
        part=_part_of(shard) if shard else None,
        merged=scope["merged"],
    )


def _part_of(part: Mapping[str, Any]) -> Part:
    return Part(Shard(part["index"], part["total"]), part["configuration"], part["picked"])


def _host_of(host: Mapping[str, Any]) -> ShownHost:
    return ShownHost(host["host"], host["live"], host["wanted"], host.get("allowed"))


def _origin_of(origin: Mapping[str, Any]) -> Origin:
    return Origin(
        api=origin["api"],
        files=tuple(origin["files"]),
        commit=origin["commit"],
        is_committed=origin["committed"],
        made=origin["made"],
    )


def _dropped_of(document: Mapping[str, Any]) -> tuple[Dropped, ...]:
    keys = {entry["name"]: entry for entry in document.get("keys_of_dropped", ())}
    return tuple(
        Dropped(name, keys[name]["key"], keys[name]["now_of"]) if name in keys else Dropped(name)
        for name in document["dropped"]
    )


def _santral_of(santral: Mapping[str, Any]) -> ShownSantral:
    source, outcome = santral["source"], santral.get("outcome")
    return ShownSantral(
        name=santral["name"],
        source=source["file"],
        line=source["line"],
        column=source["column"],
        status=Status(santral["status"]),
        changes=_changes_of(santral["changes"]),
        error=_messages_of(santral, "error_messages", [santral.get("error")]),
        warnings=_messages_of(santral, "warning_messages", santral.get("warnings", ())),
        outcome=_outcome_of(outcome) if outcome else None,
        key=_key_of(santral["key"]) if "key" in santral else None,
        description=santral.get("description", ""),
        labels=tuple(sorted(santral.get("labels", {}).items())),
    )


def _key_of(key: Mapping[str, Any]) -> KeyUse:
    return KeyUse(key["name"], key["before"], key["taken_from"])


def _changes_of(changes: Iterable[Mapping[str, Any]]) -> tuple[ShownChange, ...]:
    return tuple(
        ShownChange(
            field=change["field"],
            before=change["before"],
            after=change["after"],
            is_masked=change["masked"],
            is_hidden_part_changed=change["hidden_part_changed"],
            before_host=change["before_host"],
            after_host=change["after_host"],
            cause=Cause(change["cause"]) if change["cause"] else None,
        )
        for change in changes
    )


def _outcome_of(outcome: Mapping[str, Any]) -> ShownOutcome:
    reason = _messages_of(outcome, "reason_messages", [outcome.get("reason")])
    return ShownOutcome(Result(outcome["result"]), reason, _changes_of(outcome["moved"]))


def _messages_of(
    document: Mapping[str, Any], name: str, sentences: Iterable[str | None]
) -> tuple[Message, ...]:
    """Return what was said, or the sentences of an earlier version as they were written."""
    if name in document:
        return tuple(Message(message["code"], **message["fields"]) for message in document[name])
    return tuple(Message("as-written", text=sentence) for sentence in sentences if sentence)


def _guard_of(guard: Mapping[str, Any]) -> Guard:
    return Guard(Limit.of(guard["limit"]), guard["changes"], guard["fleet"])
