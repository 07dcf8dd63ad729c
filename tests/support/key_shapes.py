"""What has the shape of an API key in this repository: all of it made up, and known.

``git log -p | python tests/support/key_shapes.py`` looks through the history, and ends with 1 when
there is something that is not known. What was found is told by its place and never repeated.
"""

import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from reconciler.core.text import KEY_SHAPE

MADE_UP = {
    "K00000001-1111-2222-3333-444444444444": "counted up; the tests' keys are like it",
    "K00000002-1111-2222-3333-444444444444": "counted up",
    "K00000009-1111-2222-3333-444444444444": "counted up",
    "K12345678-1234-5678-4321-123456789012": "the sample on the vendor's own page",
    "K98765432-ABCD-EF01-ABCD-EF0123456789": "counted down, then through the letters",
    "K99999999-9999-9999-9999-999999999999": "one digit alone",
    "sk_made_up_0123456789abcdef": "says that it is made up, and counts up",
}
"""Each with the reason why it cannot be anybody's; what is shorter is the beginning of one."""

HOLDERS = {
    "tests/support/cases/bad/pasted-*.yaml": "files into which a key was pasted, as a case each",
    "tests/support/cases/fuzz/*": "what a fuzzer found, keys among it",
    "tests/support/fuzzed/*.py": "pieces that texts are made of, keys among them",
    "tests/support/key_shapes.py": "this list",
    "tests/support/fleet.py": "a key for tests, of the second shape",
    "tests/onboarding/test_any_fleet.py": "live URLs of any kind, with keys among them",
    "tests/onboarding/test_new_file.py": "a live URL that holds a key",
    "tests/promises/test_doors.py": "a live URL that holds what looks like a key",
    "tests/promises/test_imported.py": "a live URL that holds a key",
    "tests/promises/test_linear.py": "pieces that texts are made of, keys among them",
    "tests/commands/test_plan.py": "a live URL that holds a key, and a key that is nobody's",
    "tests/unit/test_reader.py": "files into which a key was pasted",
    "tests/unit/test_text.py": "texts in which a key is hidden, and one that is another's",
}
"""The files that may hold such keys, each with the reason why it has to."""


def unknown_in(text: str) -> bool:
    """Tell whether there is anything of the shape of a key that is not made up."""
    found = {match.group().upper() for match in KEY_SHAPE.finditer(text)}
    return any(not any(key.upper().startswith(part) for key in MADE_UP) for part in found)


def may_hold(path: str) -> bool:
    """Tell whether a file may hold keys that are made up."""
    return any(fnmatchcase(path, pattern) for pattern in HOLDERS)


def places_in_history(log: Iterable[str]) -> Iterator[str]:
    """Yield the commit and the file of each unknown key in what ``git log -p`` gives."""
    commit = file = "?"
    for line in log:
        if line.startswith("commit "):
            commit, file = line.split()[1][:12], "the message"
        elif line.startswith("+++ "):
            file = line[4:].strip().removeprefix("b/")
        if unknown_in(line):
            yield f"{commit}: {file}"


def main() -> int:
    """Look through a history on standard input."""
    sys.stdin.reconfigure(encoding="latin-1")  # type: ignore[union-attr]
    places = sorted(set(places_in_history(sys.stdin)))
    for place in places:
        sys.stdout.write(f"{place}: This looks like an API key; renew it, and rewrite history.\n")
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main())
