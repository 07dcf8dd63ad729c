"""One self-contained page, for a CI artifact or a browser: what all pages have in common.

The page's own files lie beside this module: ``page.html``, ``page.css`` and ``page.js``.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from reconciler import __version__
from reconciler.core.checkup import Checkup
from reconciler.core.messages import say
from reconciler.core.plan import Origin
from reconciler.core.translation import language
from reconciler.render import origin_wording
from reconciler.render.markup import NOTHING, Markup, element, empty_element, escape, lines


@dataclass(frozen=True, slots=True)
class Page:
    """What is on a page: santrals in sections, which the reader can filter."""

    title: str
    heading: str
    origin: Markup
    """What it is of."""
    remarks: Iterable[Markup]
    """What is to be known of it as a whole."""
    statuses: Iterable[Markup]
    """Choices of how a santral may stand."""
    sections: Iterable[Markup]
    santrals: int
    causes: Markup = NOTHING
    """Choices of whose change a change is."""
    labels: Markup = NOTHING
    """Choices of labels."""
    hosts: Markup = NOTHING
    """Where calls go."""


def render(page: Page) -> str:
    """Return the page."""
    style, script = _file("page.css"), _file("page.js")
    return Template(_file("page.html")).substitute(
        language=language(),
        policy=_policy(style, script),
        style=style,
        script=script,
        title=escape(page.title),
        heading=escape(page.heading),
        origin=page.origin.html,
        remarks=lines(*page.remarks).html,
        statuses=lines(*page.statuses).html,
        causes=page.causes.html,
        labels=page.labels.html,
        hosts=page.hosts.html,
        **{name: escape(said) for name, said in _labels().items()},
        shown=_shown(page.santrals),
        sections=lines(*page.sections).html,
        tool=escape(f"santral {__version__}"),
    )


def origin(asked: Origin | Checkup, source: str) -> Markup:
    """Return what a page is of, which nobody shall overlook where that is the sandbox."""
    target = element("b", origin_wording.target(asked))
    kind = "sandbox" if origin_wording.is_of_sandbox(asked) else None
    return element("p", target, f" {source}", class_=kind)


def _labels() -> dict[str, str]:
    return {
        "filter": say("Filter"),
        "status": say("Status"),
        "find": say("Find"),
        "hint": say("name, label, field, host …"),
        "clear": say("Clear"),
        "nothing": say("No santral matches."),
    }


def _shown(total: int) -> str:
    """Return how many santrals are shown, the number in an element that the script keeps true."""
    said = say("Shown: {shown} of {total}", shown="\0", total=total)
    return escape(said).replace("\0", f'<b id="shown">{total}</b>')


@cache
def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy: this style, this script, and nothing from anywhere."""
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def choice(name: str, value: str, words: str, count: int) -> Markup:
    """Return a card with a number; the one of no value is chosen at first."""
    chosen = None if value else ""
    radio = empty_element("input", type="radio", name=name, value=value, checked=chosen)
    number, shown = element("b", str(count)), {f"data_{name}": value, "data_count": str(count)}
    return element("label", radio, number, f" {words}", **shown)
