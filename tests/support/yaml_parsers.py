"""The two parsers that PyYAML may have: tests read with each, and expect the same answers."""

import pytest
import yaml

HAS_C_PARSER = hasattr(yaml, "CSafeLoader")
PARSERS = ("C", "Python") if HAS_C_PARSER else ("Python",)


def use_parser(parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the program use this parser: without the one in C, the one in Python is all there is."""
    if parser == "Python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
