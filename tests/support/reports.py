"""What reports look like, whatever they tell."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from reconciler.schemas import Schema, text_of

TO_APPLY = " To make them, run santral apply for the same files and santrals.\n"
TO_APPLY_IN_SANDBOX = (
    " To make them, run santral apply --sandbox for the same files and santrals.\n"
)
"""How the text of a plan ends that has changes."""


def summary(**counts: int) -> str:
    """Return apply's last line for these counts."""
    words = ("applied", "in sync", "stale", "refused", "failed", "not verified", "not tried")
    told = (f"{counts.get(word.replace(' ', '_'), 0)} {word}" for word in words)
    return f"Apply: {', '.join(told)}.\n"


def unresolved(santral: str, run: str) -> str:
    """Return how a line begins that is about a change without an outcome."""
    return (
        f"{santral}: The change of run {run} is unresolved: the run ended before it could report "
        "what became of it. "
    )


def ended(journal: Path) -> list[str]:
    """Return the results that a journal tells of, in order."""
    records = map(json.loads, journal.read_text().splitlines())
    return [record["result"] for record in records if record["event"] == "outcome"]


def assert_follows_schema(document: Any) -> None:
    """Check a JSON plan against the schema that the program prints."""
    schema = json.loads(text_of(Schema.PLAN))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == []
