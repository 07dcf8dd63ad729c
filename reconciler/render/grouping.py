"""Santrals of which the same can be said, so that a large fleet is shown in few rows."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from reconciler.core.messages import Message
from reconciler.core.plan import KeyUse
from reconciler.render import wording
from reconciler.render.view import ShownChange, ShownOutcome, ShownSantral

NAME = "{name}"
"""Stands for a santral's own name, as in the ``notification_url`` of a file."""
SANTRALS_KEY = re.compile(r"SANTRAL_KEY_(\w+)")
_KEY_OF_NAME = "SANTRAL_KEY_{NAME}"
_WITHIN_A_WORD = re.compile(r"(?<=[^\W_]|[{}])\{name\}|\{name\}(?=[^\W_]|[{}])")
"""Where the letters of a name are part of something longer."""


@dataclass(frozen=True, slots=True)
class Group:
    """Santrals of which the same can be said; or a single one."""

    names: tuple[str, ...]
    shown: ShownSantral
    """What is said: of one santral it is itself; of several it has ``{name}`` for their names."""


def grouped(santrals: Iterable[ShownSantral]) -> list[Group]:
    """Put together what differs only in name, place, description and labels; large groups first."""
    alike: dict[ShownSantral, list[ShownSantral]] = defaultdict(list)
    for santral in santrals:
        alike[_without_its_own(santral)].append(santral)
    groups = (
        Group(tuple(member.name for member in members), common if members[1:] else members[0])
        for common, members in alike.items()
    )
    return sorted(groups, key=lambda group: -len(group.names))


def nameless(text: str, name: str) -> str:
    """Return a text with ``{name}`` for a name, wherever that is not part of something longer."""
    return _WITHIN_A_WORD.sub(name, text.replace(name, NAME))


def _without_its_own(santral: ShownSantral) -> ShownSantral:
    """Return what may be said of other santrals too, with ``{name}`` for the name.

    Where ``{name}`` stands literally, the two could not be distinguished: such a santral is like
    no other.
    """
    is_ambiguous, own = False, santral.name.upper().replace("-", "_")

    def without_its_own(text: str) -> str:
        nonlocal is_ambiguous
        is_ambiguous = is_ambiguous or NAME in text
        named = nameless(text, santral.name)
        return SANTRALS_KEY.sub(lambda found: found[0] if found[1] != own else _KEY_OF_NAME, named)

    key = santral.key if wording.key(santral) else None
    common = replace(
        santral,
        name=NAME,
        source="",
        line=0,
        column=0,
        description="",
        labels=(),
        changes=_changes(santral.changes, without_its_own),
        error=_messages(santral.error, without_its_own),
        warnings=_messages(santral.warnings, without_its_own),
        outcome=santral.outcome and _outcome(santral.outcome, without_its_own),
        key=key and _key(key, without_its_own),
    )
    return santral if is_ambiguous else common


def _key(key: KeyUse, rewrite: Callable[[str], str]) -> KeyUse:
    before, taken_from = _optional(key.before, rewrite), _optional(key.taken_from, rewrite)
    return KeyUse(rewrite(key.name), before, taken_from)


def _outcome(outcome: ShownOutcome, rewrite: Callable[[str], str]) -> ShownOutcome:
    reason = _messages(outcome.reason, rewrite)
    return replace(outcome, reason=reason, moved=_changes(outcome.moved, rewrite))


def _changes(
    changes: Iterable[ShownChange], rewrite: Callable[[str], str]
) -> tuple[ShownChange, ...]:
    return tuple(
        replace(
            change,
            before=_optional(change.before, rewrite),
            after=_optional(change.after, rewrite),
            before_host=_optional(change.before_host, rewrite),
            after_host=_optional(change.after_host, rewrite),
        )
        for change in changes
    )


def _messages(messages: Iterable[Message], rewrite: Callable[[str], str]) -> tuple[Message, ...]:
    return tuple(message.rewritten(rewrite) for message in messages)


def _optional(text: str | None, rewrite: Callable[[str], str]) -> str | None:
    return rewrite(text) if text else text
