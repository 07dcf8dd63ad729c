"""Files validated with each parser that is there, and what is expected of bad ones."""

from pathlib import Path

from support.places import CASES
from support.program import Program, Result
from support.yaml_parsers import PARSERS, use_parser

PASTED = sorted((CASES / "bad").glob("pasted-*.yaml"))
"""The cases of files into which a key was pasted."""


def expected_of(case: Path) -> dict[str, Result]:
    """Return what each parser gives of a bad file: the messages that are beside it."""
    expected = case.with_suffix(".expected").read_bytes().decode()
    return dict.fromkeys(PARSERS, Result(1, "", expected))


def validated_with_each_parser(case: Path, program: Program) -> dict[str, Result]:
    """Run the program on a copy of the file, once with each of the parsers that are there."""
    program.write(case.name, case.read_bytes())
    results = {}
    for parser in PARSERS:
        with program.monkeypatch.context() as patch:
            use_parser(parser, patch)
            results[parser] = program.run("validate", "-c", case.name)
    return results
