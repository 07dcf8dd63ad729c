"""Plans whose every text was written by somebody who means harm."""

from collections.abc import Sequence

from hypothesis import strategies as st
from support.program import NOW

from reconciler.core.change_limit import Guard, Limit
from reconciler.core.messages import Message
from reconciler.core.outcome import Result
from reconciler.core.plan import Cause, Origin, Purpose
from reconciler.core.text import printable
from reconciler.render.view import ShownChange, ShownOutcome, ShownPlan, ShownSantral, Status

COMMANDS = [
    *("::error::x", "::stop-commands::x", "##[error]x", "##[", "\r", "\n", "\u00a0", "\u2028"),
    *("%0A", "%0D%0A::error::x", "%25", "%3A%3A", ",title=x", "a:b"),
]
MARKUP = [
    *("@octocat", "@org/team", "#1", "org/repo#1", "GH-1", "!1", "~bug", "%1.0", "&1", "$1"),
    *("https://evil.example/x", "www.evil.example", "mailto:a@evil.example", "a@evil.example"),
    *("![x](https://evil.example/x.png)", "[x](y)", "[x][y]", "[^1]", "[ ]", "<https://a.example>"),
    *("<img src=x>", "</code>", "</td></tr></table>", "<!--", "-->", "<script>", "</details>"),
    *("# x", "* x", "> x", "- x", "+ x", "1. x", "---", "===", "| --- |", "/close", "/assign @a"),
    *(
        "`",
        "``",
        "```",
        "~~~",
        "|",
        "\\|",
        "\\",
        "\\\\|",
        "`|`",
        "*",
        "_",
        "**x**",
        "~~x~~",
        "$`x`$",
    ),
    *(
        ":smile:",
        "&lt;",
        "&#64;octocat",
        "&",
        '"',
        "'",
        " ",
        "  ",
        "\t",
        "{name}",
        "deadbeefdeadbeef",
    ),
]

texts = (
    st.lists(st.sampled_from([*COMMANDS, *MARKUP]) | st.characters() | st.text(), max_size=6)
    .map("".join)
    .map(printable)
    .filter(bool)
)
"""What may stand in a ShownPlan: anything at all, after it was made printable."""

TEXTS_OF_A_PLAN = 13


def plan_of(texts: Sequence[str], status: Status, result: Result | None) -> ShownPlan:
    """Return a plan for one santral that shows these thirteen texts, each in a place of its own."""
    source, error, warning, other_warning, reason, *rest = texts
    change, moved = _change(rest[:4]), _change(rest[4:])
    santral = ShownSantral(
        name="ankara",
        source=source,
        line=9,
        column=3,
        status=status,
        changes=(change,) if status is Status.CHANGE else (),
        error=(as_written(error),) if status is Status.FAILED else (),
        warnings=(as_written(warning), as_written(other_warning)),
        outcome=ShownOutcome(result, (as_written(reason),), (moved,)) if result else None,
        description=reason,
    )
    return ShownPlan(
        (santral,),
        Guard(Limit(0, is_percent=False), 1, 1),
        Purpose.CAUSES,
        origin=Origin(reason, (source, error), None, is_committed=False, made=NOW),
    )


def as_written(text: str) -> Message:
    """Return a message that says just this, as one from an earlier version's plan does."""
    return Message("as-written", text=text)


def _change(texts: Sequence[str]) -> ShownChange:
    before, after, before_host, after_host = texts
    return ShownChange(
        field="notification_url",
        before=before,
        after=after,
        is_masked=True,
        is_hidden_part_changed=True,
        before_host=f"old.{before_host}",
        after_host=f"new.{after_host}",
        cause=Cause.BOTH,
    )


plans = st.builds(
    plan_of,
    st.lists(texts, min_size=TEXTS_OF_A_PLAN, max_size=TEXTS_OF_A_PLAN),
    st.sampled_from(Status),
    st.none() | st.sampled_from(Result),
)
