"""Texts for people: whole sentences with named fields, made where they are shown.

Every text goes through ``say``. What names a problem or a failure is a ``Message``, which is a code
and fields until somebody reads it: so it is the same in every language, and in a file.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.forms import decimal, shown
from reconciler.core.message_catalogue import TEMPLATES
from reconciler.core.translation import translated, translated_number

Field = str | int | float
"""What stands in a template; a text by others must be printable."""


def say(template: str, /, **fields: Field) -> str:
    """Return whole sentences in the reader's language, with their fields filled in.

    The template is English, and what is translated. Braces that are meant are doubled.
    """
    return _filled(translated(template), fields)


def say_number(one: str, many: str, /, *, count: int, **fields: Field) -> str:
    """Return what is said of one, or of many; the field ``count`` is the number."""
    return _filled(translated_number(one, many, count), {"count": count, **fields})


def template(text: str) -> str:
    """Mark a text that is translated later, when ``say`` gets it under a name."""
    return text


def _filled(template: str, fields: Mapping[str, Field]) -> str:
    return template.format_map({name: _shown(name, value) for name, value in fields.items()})


def _shown(name: str, value: Field) -> str:
    if isinstance(value, float):
        return decimal(value)
    return shown(name, value) if isinstance(value, str) else str(value)


@dataclass(frozen=True, slots=True, order=True, init=False)
class Message:
    """What a problem, a failure or a warning is: a code of the catalogue, and its fields."""

    code: str
    fields: tuple[tuple[str, Field], ...]
    """By name, in the order of the names."""

    def __init__(self, code: str, /, **fields: Field) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "fields", tuple(sorted(fields.items())))

    @property
    def values(self) -> dict[str, Field]:
        """The fields by name."""
        return dict(self.fields)

    def rewritten(self, rewrite: Callable[[str], str]) -> "Message":
        """Return the same with each field that is a text rewritten."""
        fields = {name: rewrite(v) if isinstance(v, str) else v for name, v in self.fields}
        return Message(self.code, **fields)

    def __str__(self) -> str:
        """Return its sentences; only its code where that is unknown, or has other fields here."""
        known, fields = TEMPLATES.get(self.code, self.code), self.values
        try:
            return say(known, **fields) if isinstance(known, str) else _say_plural(known, fields)
        except (KeyError, ValueError, OverflowError):
            return self.code


def _say_plural(forms: tuple[str, str], fields: dict[str, Field]) -> str:
    return say_number(*forms, count=int(fields.pop("count")), **fields)


_MOST_NAMED = 10


def naming(code: str, code_of_more: str, names: Sequence[str], **fields: Field) -> Message:
    """Return a message with names; where they are more than ten, with the first ten of them.

    That one has a code of its own, and the field ``more``, which is how many are left out.
    """
    shown, more = ", ".join(names[:_MOST_NAMED]), len(names) - _MOST_NAMED
    if more > 0:
        return Message(code_of_more, names=shown, more=more, **fields)
    return Message(code, names=shown, **fields)


def text_of(messages: Iterable[Message]) -> str:
    """Return messages as one text, a sentence beside the other."""
    return " ".join(map(str, messages))


def located(place: str, *messages: Message) -> str:
    """Return messages behind the place that they are about."""
    return f"{place}: {text_of(messages)}"


def codes_of(messages: Iterable[Message]) -> str:
    """Return the codes of messages, each once, for people to search for."""
    return ", ".join(dict.fromkeys(message.code for message in messages))
