"""The command line: options, help, questions, and what is written where.

click has no catalogue: it asks ``gettext`` for its texts, and that asks for ours.
"""

import gettext

from reconciler.core.translation import translated, translated_number


def _of_click(domain: str, message: str) -> str:  # noqa: ARG001
    return translated(message)


def _number_of_click(domain: str, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG001
    return translated_number(msgid1, msgid2, n)


gettext.dgettext, gettext.dngettext = _of_click, _number_of_click
