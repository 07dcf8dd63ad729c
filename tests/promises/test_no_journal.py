"""A file that is somebody's is taken for no journal."""

import pytest
from support.fleet import FILE
from support.program import Program

TORN = ['{"format_version": "1.', '{"format_version": "1.0", "time": "2026-01-0', "{"]
FOREIGN = [
    "ankara=key",
    '{"format_version": "1.0", "tool_version": "0.1.0"}',
    '{"ankara": "key"}',
    "version: 1",
]


@pytest.mark.parametrize("content", [*TORN, *FOREIGN])
def test_only_a_line_that_begins_like_a_record_is_a_torn_one(
    program: Program, content: str
) -> None:
    """A file of one line without a line feed is somebody's, and no journal."""
    program.write("santral.yaml", FILE)
    notes = program.write("notes", content)

    result = program.run("apply", "--sandbox", "--yes", "--journal=notes")

    if content in TORN:
        assert (result.exit_code, notes.read_text()[: len(content) + 1]) == (0, f"{content}\n")
    else:
        assert (result.exit_code, result.stderr.splitlines()[-1], notes.read_text()) == (
            1,
            "The journal notes cannot be opened. It is not a journal that this santral "
            "knows. Name another file with --journal. "
            "Nothing was sent.",
            content,
        )
