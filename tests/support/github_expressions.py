"""GitHub's expressions, as far as this project's workflows use them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<name>[A-Za-z_][\w.-]*)"
    r"|(?P<operator>==|!=|&&|\|\||!|\(|\)))"
)
_INSERTED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_LITERALS = {"true": True, "false": False, "null": None}
STATUS_FUNCTIONS = ("success", "failure", "cancelled", "always")


@dataclass(frozen=True)
class Scope:
    """What an expression may refer to: contexts by name, and how things went before it."""

    contexts: Mapping[str, Any]
    has_succeeded: bool = True

    def holds(self, condition: str | None) -> bool:
        """Tell whether an ``if`` lets something run; without a status function it wants success."""
        text = _INSERTED.sub(lambda found: found[1], condition or "").strip()
        asks = any(f"{name}(" in text for name in STATUS_FUNCTIONS)
        return (asks or self.has_succeeded) and (not text or bool(self.value(text)))

    def filled(self, text: Any) -> str:
        """Return a text with each ``${{ }}`` replaced by its value."""
        return _INSERTED.sub(lambda found: _shown(self.value(found[1])), _shown(text))

    def value(self, expression: str) -> Any:
        """Return what an expression comes to."""
        parser = _Parser(list(_tokens(expression)), self)
        value = parser.either()
        assert not parser.tokens, f"not understood: {expression}"
        return value

    def named(self, name: str) -> Any:
        """Return what a dotted name stands for; None where there is no such thing."""
        value: Any = self.contexts
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def status(self, function: str) -> bool:
        """Return what a status function says; no run here is cancelled."""
        return {
            "success": self.has_succeeded,
            "failure": not self.has_succeeded,
            "cancelled": False,
            "always": True,
        }[function]


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    place, text = 0, expression.strip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        assert found, f"not understood: {text[place:]}"
        yield str(found.lastgroup), found[str(found.lastgroup)]
        place = found.end()


@dataclass
class _Parser:
    tokens: list[tuple[str, str]]
    scope: Scope

    def either(self) -> Any:
        return self._chain("||", self._both, lambda left, right: left or right)

    def _both(self) -> Any:
        return self._chain("&&", self._compared, lambda left, right: left and right)

    def _chain(
        self, operator: str, part: Callable[[], Any], joined: Callable[[Any, Any], Any]
    ) -> Any:
        value = part()
        while self._takes(operator):
            value = joined(value, part())
        return value

    def _compared(self) -> Any:
        left = self._single()
        for operator in ("==", "!="):
            if self._takes(operator):
                return (_loose(left) == _loose(self._single())) is (operator == "==")
        return left

    def _single(self) -> Any:
        if self._takes("!"):
            return not self._single()
        if self._takes("("):
            value = self.either()
            assert self._takes(")")
            return value
        kind, text = self.tokens.pop(0)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return int(text)
        return self._named(text)

    def _named(self, name: str) -> Any:
        if self._takes("("):
            assert self._takes(")")
            return self.scope.status(name)
        return _LITERALS[name] if name in _LITERALS else self.scope.named(name)

    def _takes(self, operator: str) -> bool:
        is_next = bool(self.tokens) and self.tokens[0] == ("operator", operator)
        if is_next:
            self.tokens.pop(0)
        return is_next


def _loose(value: Any) -> Any:
    """Return a value as GitHub compares it: nothing equals the empty text."""
    return "" if value is None else value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
