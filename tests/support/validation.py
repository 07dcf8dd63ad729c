"""A file validated with each parser that is there."""

from pathlib import Path

from support.program import Program, Result
from support.yaml_parsers import PARSERS, use_parser


def validated_with_each_parser(case: Path, program: Program) -> dict[str, Result]:
    """Run the program on a copy of the file, once with each of the parsers that are there."""
    program.write(case.name, case.read_bytes())
    results = {}
    for parser in PARSERS:
        with program.monkeypatch.context() as patch:
            use_parser(parser, patch)
            results[parser] = program.run("validate", "-c", case.name)
    return results
