"""Pieces of an HTML page; the one place where text becomes markup."""

import html
from dataclasses import dataclass

from reconciler.core.text import COMMAND_WITHIN

_LINE_ENDS = str.maketrans({"\r": "&#13;", "\n": "&#10;"})


@dataclass(frozen=True, slots=True)
class Markup:
    """A piece of a page, ready to be put into it; everything else is text that others wrote."""

    html: str


def element(tag: str, *content: Markup | str, **attributes: str | None) -> Markup:
    """Return an element; text within it, and within its attributes, can never become markup.

    Attributes are named as in Python: ``class_``, ``data_status``; one that is None is left out.
    """
    inside = "".join(_html(piece) for piece in content)
    return Markup(f"{empty_element(tag, **attributes).html}{inside}</{tag}>")


def empty_element(tag: str, **attributes: str | None) -> Markup:
    """Return an element that holds nothing and has no end, such as ``input``."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{given}>")


def lines(*pieces: Markup) -> Markup:
    """Put pieces one under the other, leaving empty ones out."""
    return Markup("\n".join(piece.html for piece in pieces if piece.html))


NOTHING = Markup("")


def escape(text: str) -> str:
    """Return text for a page, without line ends and without what a CI log takes for a command."""
    escaped = html.escape(text).translate(_LINE_ENDS)
    return COMMAND_WITHIN.sub(lambda found: f"{found.group()[:-1]}&#91;", escaped)


def _html(piece: Markup | str) -> str:
    return piece.html if isinstance(piece, Markup) else escape(piece)
