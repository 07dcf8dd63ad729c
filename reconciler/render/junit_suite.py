"""Test cases, and how they are written in JUnit's XML, which most CI systems can show."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.fleet import Place
from reconciler.core.messages import Message, codes_of, text_of
from reconciler.core.text import escaped
from reconciler.render import markup
from reconciler.render.markup import Markup

PathOf = Callable[[str], str]
"""Says what the code host calls a file, in a printable way."""

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


class Kind(StrEnum):
    """How a test case that does not pass ends; the name of the XML element that says so."""

    FAILURE = "failure"
    """It is known that what was asked for is not the case."""
    ERROR = "error"
    """That is not known, or the attempt did not get anywhere."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a test case did not pass."""

    kind: Kind
    code: str
    """The codes of its messages, or, if it has none, how the santral stands."""
    text: str

    @staticmethod
    def of(kind: Kind, messages: Iterable[Message]) -> "Trouble":
        """Return the trouble that messages tell of; there must be at least one."""
        said = [*messages]
        return Trouble(kind, codes_of(said), text_of(said))


@dataclass(frozen=True, slots=True)
class Case:
    """A test case."""

    name: str
    """The same in every run: a CI system recognizes a test by its name and its class."""
    at: Place | None = None
    trouble: Trouble | None = None
    said: tuple[str, ...] = ()
    """Further lines to show with it."""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """All test cases of a run."""

    command: str
    cases: Sequence[Case] = ()
    """One for each santral or file that there is something to say of."""
    trouble: Trouble | None = None
    """What went wrong with the run as a whole."""
    about: str = ""
    """Lines on the run as a whole."""
    is_of_sandbox: bool = False
    made: str | None = None
    """When the result was made, in UTC."""

    @property
    def name(self) -> str:
        """The command line in short."""
        return f"santral {self.command}{' --sandbox' if self.is_of_sandbox else ''}"

    @property
    def class_name(self) -> str:
        """Sets the tests of each command apart, and those of the sandbox from real ones."""
        return f"santral{'.sandbox' if self.is_of_sandbox else ''}.{self.command}"

    @property
    def all_cases(self) -> Sequence[Case]:
        """The cases, with one for the run itself if that has trouble or there is no other.

        Jenkins takes a report without a test case for a mistake.
        """
        if self.trouble or not self.cases:
            return [Case(self.name, trouble=self.trouble), *self.cases]
        return self.cases


def as_xml(suite: Suite, path_of: PathOf) -> str:
    """Return the suite as an XML document."""
    shown = [_case(case, suite.class_name, path_of) for case in suite.all_cases]
    about = [_element("system-out", suite.about)] if suite.about else []
    root = _element(
        "testsuite",
        Markup("\n"),
        markup.lines(*shown, *about),
        Markup("\n"),
        name=suite.name,
        **_counts(suite.all_cases),
        timestamp=suite.made,
    )
    document = markup.element("testsuites", Markup("\n"), root, Markup("\n"))
    return f"{_DECLARATION}\n{document.html}\n"


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    kinds = Counter(case.trouble.kind for case in cases if case.trouble)
    return {
        "tests": str(len(cases)),
        "failures": str(kinds[Kind.FAILURE]),
        "errors": str(kinds[Kind.ERROR]),
        "skipped": str(kinds[Kind.SKIPPED]),
    }


def _case(case: Case, class_name: str, path_of: PathOf) -> Markup:
    return _element(
        "testcase",
        *_inside(case, path_of),
        classname=class_name,
        name=case.name,
        file=path_of(case.at.source) if case.at else None,
        line=str(case.at.line) if case.at else None,
        time=None if case.seconds is None else f"{case.seconds:.3f}",
    )


def _inside(case: Case, path_of: PathOf) -> Iterator[Markup]:
    """Yield the elements in a test case.

    Of a test that did not pass, GitLab shows only what its trouble holds, so all lines go there.
    """
    trouble = case.trouble
    if trouble:
        first = f"{shown_place(case.at, path_of)}: {trouble.text}" if case.at else trouble.text
        text = "\n".join([first, *case.said])
        yield _element(trouble.kind, text, type=trouble.code, message=trouble.text)
    elif case.said:
        yield _element("system-out", "\n".join(case.said))


def shown_place(place: Place, path_of: PathOf) -> str:
    """Return a place as ``file:line:column``."""
    return f"{path_of(place.source)}:{place.line}:{place.column}"


_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that an XML 1.0 document cannot hold, not even escaped (its production ``Char``)."""
_ATTACHMENT = "[["
"""Begins ``[[ATTACHMENT|file]]``, by which GitLab and a plugin of Jenkins attach a file."""


def _element(tag: str, *content: Markup | str, **attributes: str | None) -> Markup:
    """Return an element; what would be harmful in a text is escaped, as it is on a terminal."""
    inside = (one if isinstance(one, Markup) else _harmless(one) for one in content)
    given = {name: value and _harmless(value) for name, value in attributes.items()}
    return markup.element(tag, *inside, **given)


def _harmless(text: str) -> str:
    legal = _NOT_IN_XML.sub(lambda found: escaped(found[0]), text)
    return legal.replace(_ATTACHMENT, r"[\x5b")
