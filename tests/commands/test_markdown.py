"""The comment on a pull request: what it says, how it is cut, and that nothing breaks out of it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.fleet import FILE, settings
from support.hostile import MARKUP, TEXTS_OF_A_PLAN, as_written, plan_of, texts
from support.program import NOW, Program
from support.stand_in import StandIn

from reconciler.core.change_limit import Guard, Limit
from reconciler.core.notification_url import host
from reconciler.core.outcome import Result
from reconciler.core.plan import Cause, Dropped, Purpose
from reconciler.core.text import printable
from reconciler.render import as_markdown
from reconciler.render.view import ShownChange, ShownOutcome, ShownPlan, ShownSantral, Status

LIMIT = 60_000
GITHUB_TAKES = 65_536

each = hypothesis_settings(max_examples=75, deadline=None, derandomize=True)


# What it says.


def head(api: StandIn) -> str:
    """Return how each comment on santral.yaml begins."""
    return f"<!-- santral:plan -->\n\nFor `{api.origin}`. Made {NOW} from `santral.yaml`.\n"


def test_a_fleet_in_sync_is_one_line(program: Program, in_sync: StandIn) -> None:
    """Below the marker by which a pipeline finds the comment to replace."""
    assert program.run("plan", "--format", "markdown").stdout == (
        f"{head(in_sync)}\n**Plan: 0 to change, 2 in sync, 0 failed.**\n"
    )


def test_each_change_has_its_place_its_values_and_another_host(
    program: Program, in_sync: StandIn
) -> None:
    """A table of the santrals that change in a way of their own."""
    in_sync.hold("bursa", settings("on", "on", "off", "https://crm.exarnple.com/bursa?token=abc"))

    assert program.run("plan", "--format", "markdown").stdout == (
        f"{head(in_sync)}"
        "\n"
        "**Plan: 1 to change, 1 in sync, 0 failed.**\n"
        "\n"
        "#### Single changes\n"
        "\n"
        "| Santral | Change |\n"
        "| --- | --- |\n"
        "| `bursa`<br>`santral.yaml:11:3` "
        "| `ringing` `on` → `off`"
        "<br>`hangup` `off` → `on`"
        "<br>`notification_url` `https://crm.exarnple.com/bursa?token=***` → "
        "`https://crm.example.com/bursa` (the part shown as *** changes)"
        "<br>**`other host: crm.exarnple.com → crm.example.com`** |\n"
    )


def test_failures_come_before_changes_and_warnings_behind_them(
    program: Program, stand_in: StandIn
) -> None:
    """What cannot be planned for is what a reviewer has to know first."""
    program.write(
        "santral.yaml",
        "version: 1\n"
        "santrals:\n"
        "  ankara:\n"
        "    crm_integration: {hangup: on}\n"
        "  bursa:\n"
        "    allow_insecure_url: true\n"
        "    crm_integration: {notification_url: http://bursa.example.com/}\n",
    )

    assert program.run("plan", "--format", "markdown").stdout == (
        f"{head(stand_in)}"
        "\n"
        "**Plan: 1 to change, 0 in sync, 1 failed.**\n"
        "\n"
        "#### Failed\n"
        "\n"
        "| Santral | Error |\n"
        "| --- | --- |\n"
        "| `ankara`<br>`santral.yaml:3:3` | `No notification_url is set, neither live nor in "
        "the file, and the API accepts no change without one. Write one in the file.` |\n"
        "\n"
        "#### Single changes\n"
        "\n"
        "| Santral | Change |\n"
        "| --- | --- |\n"
        "| `bursa`<br>`santral.yaml:5:3` | `notification_url` (not set) → "
        "`http://bursa.example.com/`<br>**`new host: bursa.example.com`** |\n"
        "\n"
        "#### Warnings\n"
        "\n"
        "| Santral | Warning |\n"
        "| --- | --- |\n"
        "| `bursa`<br>`santral.yaml:5:3` | `The notification_url uses http, so call data are "
        "sent unencrypted.` |\n"
    )


def test_a_plan_with_a_base_says_whose_change_each_is(program: Program, in_sync: StandIn) -> None:
    """And which santrals the files have no more."""
    program.write("old.yaml", FILE + "  old-one:\n    crm_integration: {}\n")
    program.write("santral.yaml", FILE.replace("ringing: on", "ringing: off"))
    in_sync.hold("ankara", settings("on", "off", "on", "https://crm.example.com/ankara"))

    assert program.run("plan", "--base", "old.yaml", "--format", "markdown").stdout == (
        f"{head(in_sync)}"
        "\n"
        "**Plan: 1 to change, 1 in sync, 0 failed.**\n"
        "\n"
        "Fields: 1 by this change, 1 by drift, 0 by both.\n"
        "\n"
        "#### Single changes\n"
        "\n"
        "| Santral | Change |\n"
        "| --- | --- |\n"
        "| `ankara`<br>`santral.yaml:9:3` | `ringing` `on` → `off` (this change)"
        "<br>`answered` `off` → `on` (drift) |\n"
        "\n"
        "#### No longer in the files\n"
        "\n"
        "| Santral | Live settings |\n"
        "| --- | --- |\n"
        "| `old-one` | stay as they are |\n"
    )


def test_a_report_begins_with_what_became_of_the_plan(program: Program, in_sync: StandIn) -> None:
    """What was not applied comes before what was, with what moved."""
    for name in ("ankara", "bursa"):
        in_sync.hold(name, settings("off", "off", "off", f"https://crm.example.com/{name}"))
    program.run("plan", "--out", "plan.json")
    in_sync.hold("bursa", settings("off", "on", "off", "https://crm.example.com/bursa"))

    assert program.run("apply", "plan.json", "--format", "markdown").stdout == (
        f"{head(in_sync)}"
        "\n"
        "**Apply: 1 applied, 0 in sync, 1 stale, 0 refused, 0 failed, 0 not verified, "
        "0 not tried.**\n"
        "\n"
        "**Plan: 2 to change, 0 in sync, 0 failed.**\n"
        "\n"
        "#### Not applied\n"
        "\n"
        "| Santral | Change and outcome |\n"
        "| --- | --- |\n"
        "| `bursa`<br>`santral.yaml:11:3` | `hangup` `off` → `on`<br>**stale** `This is not the "
        "change of the saved plan. Nothing was sent. Plan again.`"
        "<br>Expected, and what is live instead:<br>`answered` `off` → `on` |\n"
        "\n"
        "#### Single changes\n"
        "\n"
        "| Santral | Change |\n"
        "| --- | --- |\n"
        "| `ankara`<br>`santral.yaml:9:3` | `ringing` `off` → `on`<br>`answered` `off` → `on`"
        "<br>`hangup` `off` → `on`<br>**applied** |\n"
    )


def test_a_tripped_guard_stands_in_the_summary(program: Program, in_sync: StandIn) -> None:
    """Before anything that the reviewer may not scroll to."""
    in_sync.hold("ankara", settings("off", "on", "on", "https://crm.example.com/ankara"))

    text = program.run("plan", "--max-changes", "0", "--format", "markdown").stdout

    assert text.split("\n#### ")[0] == (
        f"{head(in_sync)}"
        "\n"
        "**Plan: 1 to change, 1 in sync, 0 failed.**\n"
        "\n"
        "**Guard: 1 of 2 santrals with a usable key would change; --max-changes allows 0. "
        "apply refuses this plan (exit code 3). If it is intended, give --max-changes 1.**\n"
    )


# Equal changes in one row.


def santral(name: str, *changes: ShownChange, **others: object) -> ShownSantral:
    """Return a santral with these changes."""
    known = ShownSantral(name, "santral.yaml", 3, 3, Status.CHANGE, changes)
    return replace(known, **others)  # type: ignore[arg-type]


def url(before: str | None, after: str) -> ShownChange:
    """Return a change of the URL."""
    change = ShownChange("notification_url", before, after)
    return replace(change, before_host=host(before), after_host=host(after))


def tables(*santrals: ShownSantral) -> str:
    """Return what stands below the summary of a plan for these santrals."""
    text = as_markdown.render(ShownPlan(santrals))
    return text[text.index("#### ") :]


OFF = ShownChange("hangup", "on", "off")
SHARED = "#### Shared changes\n\n| Santral | Change |\n| --- | --- |\n"
LEGEND = "\n`{name}` stands for the name of each santral.\n"


def test_equal_changes_of_many_are_one_row() -> None:
    """With the names folded away."""
    assert tables(*(santral(name, OFF) for name in ("ankara", "bursa", "denizli"))) == (
        f"{SHARED}| 3 santrals | `hangup` `on` → `off`"
        "<details><summary>names</summary>`ankara` `bursa` `denizli`</details> |\n"
    )


def test_urls_that_differ_in_the_santral_s_own_name_are_equal() -> None:
    """The template of the file shows again, on both sides and in hosts."""
    names = ("ankara", "ankara-2", "a")

    assert tables(
        *(
            santral(name, url(f"https://{name}.example.com/", f"https://b.example.com/x_{name}?a"))
            for name in names
        )
    ).startswith(
        f"{SHARED}| 2 santrals | `notification_url` `https://{{name}}.example.com/` → "
        "`https://b.example.com/x_{name}?a`<br>"
        "**`other host: {name}.example.com → b.example.com`**"
        "<details><summary>names</summary>`ankara` `ankara-2`</details> |\n"
        f"{LEGEND}"
    )


def test_a_single_santral_shows_its_real_url() -> None:
    """There is no need to put the name back in one's head."""
    assert "`https://a.example.com/ankara` → `https://a.example.com/ankara/2`" in tables(
        santral("ankara", url("https://a.example.com/ankara", "https://a.example.com/ankara/2"))
    )


@pytest.mark.parametrize(
    "of",
    ["https://a.example.com/x{}", "https://a.example.com/{}x", "https://a.example.com/{}{}"],
    ids=["behind a letter", "before one", "twice"],
)
def test_letters_within_a_word_are_no_name(of: str) -> None:
    """Only a whole word can come from the template."""
    one, other = (
        santral(name, url("https://a.example.com/", of.format(name, name)))
        for name in ("zq1", "zq2")
    )

    assert "{name}" not in tables(one, other)
    assert "Shared" not in tables(one, other)


def test_a_placeholder_in_the_panel_is_not_taken_for_a_name() -> None:
    """Somebody pasted the template: such santrals are not said to be as wanted already."""
    text = tables(
        *(
            santral(name, url("https://a.example.com/{name}", f"https://a.example.com/{name}"))
            for name in ("ankara", "bursa")
        )
    )

    assert "`https://a.example.com/{name}` → `https://a.example.com/ankara` |" in text
    assert "`https://a.example.com/{name}` → `https://a.example.com/bursa` |" in text


def test_another_host_comes_first_and_then_the_larger_group() -> None:
    """What would send call data elsewhere is not below what is merely common."""
    text = tables(
        *(santral(f"a{number}", OFF) for number in range(3)),
        *(santral(f"b{number}", ShownChange("ringing", "on", "off")) for number in range(4)),
        *(
            santral(f"c{number}", url("https://a.example.com/", "https://b.example.com/"))
            for number in range(2)
        ),
    )

    assert re.findall(r"^\| (\d+) santrals", text, re.MULTILINE) == ["2", "4", "3"]


def test_equal_failures_outcomes_and_warnings_are_one_row_each() -> None:
    """A fleet that cannot be reached is one line, too."""
    failed = [
        santral(name, status=Status.FAILED, error=(as_written(f"{name}: no."),))
        for name in ("ankara", "bursa")
    ]
    refused = ShownOutcome(Result.REFUSED, (as_written("No."),))
    missed = [santral(name, OFF, outcome=refused) for name in ("corum", "denizli")]
    warned = [
        santral("edirne", status=Status.IN_SYNC, warnings=(as_written("http."),)),
        santral("foca", OFF, warnings=(as_written("http."),)),
    ]

    assert [
        line for line in tables(*failed, *missed, *warned).splitlines() if "santrals" in line
    ] == [
        "| 2 santrals | `{name}: no.`<details><summary>names</summary>`ankara` `bursa`</details> |",
        "| 2 santrals | `hangup` `on` → `off`<br>**refused** `No.`"
        "<details><summary>names</summary>`corum` `denizli`</details> |",
        "| 2 santrals | `http.`<details><summary>names</summary>`edirne` `foca`</details> |",
    ]


# How it is cut.


def fleet(size: int, *, of_their_own: Iterable[int]) -> list[ShownSantral]:
    """Return a fleet with a shared change, but for some with a change of their own."""
    own = set(of_their_own)
    return [
        santral(
            f"istanbul-sube-{n:05}", url("https://old.example.com/", f"https://a.example.com/{n}")
        )
        if n in own
        else santral(f"istanbul-sube-{n:05}", OFF)
        for n in range(size)
    ]


CUT = "The plan does not fit into a comment."


def test_two_thousand_with_one_shared_change_and_forty_of_their_own_fit() -> None:
    """Every single change and every name is there."""
    text = as_markdown.render(ShownPlan(tuple(fleet(2_000, of_their_own=range(0, 2_000, 50)))))

    assert text.count("| `istanbul-sube-") == 40
    assert "| 1960 santrals | `hangup` `on` → `off`" in text
    assert text.count("`istanbul-sube-") == 2_000
    assert (CUT in text, len(text) < LIMIT) == (False, True)


def test_the_mass_leaves_single_changes_their_room() -> None:
    """It is names that are cut, and the row tells how many."""
    text = as_markdown.render(ShownPlan(tuple(fleet(9_000, of_their_own=range(0, 9_000, 225)))))
    listed = text.count("`istanbul-sube-") - 40

    assert text.count("| `istanbul-sube-") == 40
    assert f"` and {8_960 - listed} more</details> |\n" in text
    assert (CUT in text, LIMIT - 100 < size(text) <= LIMIT) == (True, True)


def test_ten_thousand_single_changes_are_cut_at_a_whole_row() -> None:
    """With how many are left out, and where they can be found."""
    text = as_markdown.render(ShownPlan(tuple(fleet(10_000, of_their_own=range(10_000)))))
    rows = re.findall(r"^\| `.*\|$", text, re.MULTILINE)

    assert text.endswith(f" |\n\n{10_000 - len(rows)} santrals are left out here.\n")
    assert text.split("\n\n")[2] == (
        "The plan does not fit into a comment. All of it is in the log of the job, as text, and in "
        "the JSON and the HTML among its artifacts, where it keeps them."
    )
    assert {len(row.split(" | ")) for row in rows} == {2}
    assert LIMIT - 300 < size(text) <= LIMIT


def test_failures_groups_and_single_changes_share_the_room() -> None:
    """None of the three can crowd out the others."""
    failed = [
        santral(f"f{n}", status=Status.FAILED, error=(as_written(f"{'No. ' * 20}{n}"),))
        for n in range(5_000)
    ]
    pairs = [santral(f"p{n}", ShownChange("ringing", "on", f"off {n // 2}")) for n in range(5_000)]
    singles = fleet(5_000, of_their_own=range(5_000))
    text = as_markdown.render(ShownPlan((*failed, *pairs, *singles)))

    shares = [size(part) for part in text.split("\n#### ")[1:]]
    assert [line.split()[0] for line in text.split("\n#### ")[1:]] == ["Failed", "Shared", "Single"]
    assert max(shares) - min(shares) < 1_000
    assert LIMIT - 1_000 < size(text) <= LIMIT


def test_a_row_that_is_too_large_leaves_its_room_to_the_others() -> None:
    """Nobody can hide the rest of a plan behind one huge value."""
    huge = santral("a", ShownChange("notification_url", "x" * LIMIT, "y"))
    text = as_markdown.render(ShownPlan((huge, santral("b", OFF))))

    assert text.endswith("\n\n1 santral is left out here.\n")
    assert "| `b`<br>" in text


def size(text: str) -> int:
    """Return the most that anybody can count: bytes."""
    return len(text.encode())


@hypothesis_settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(texts, texts), max_size=8),
    st.integers(1, 60),
    st.sampled_from(Status),
    st.none() | st.sampled_from(Result),
)
def test_no_fleet_makes_it_longer(
    values: list[tuple[str, str]], times: int, status: Status, result: Result | None
) -> None:
    """However long and odd the values are."""
    santrals = [
        santral(
            f"s{number}",
            ShownChange("notification_url", before * times, after * (number + 1)),
            status=status,
            error=(as_written(before * times),),
            warnings=(as_written(after * times),),
            outcome=ShownOutcome(result, (as_written(after),)) if result else None,
        )
        for number, (before, after) in enumerate(values * 10)
    ]
    dropped = tuple(Dropped(f"d{number}") for number in range(times * 60))
    guard = Guard(Limit(0, is_percent=True), 10**9, 10**9)
    text = as_markdown.render(ShownPlan(tuple(santrals), guard, Purpose.CAUSES, dropped))

    assert size(text) <= LIMIT < GITHUB_TAKES
    assert {line.count(" | ") for line in text.splitlines() if line.startswith("| `s")} <= {1}


# Nothing breaks out of it.


@dataclass
class Page(HTMLParser):
    """What GitHub's renderer makes of a text: elements, cells, and what stands in code spans."""

    elements: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    """The text that is not in a code span."""
    cells: list[list[str]] = field(default_factory=list)
    """The code spans of each cell."""
    _is_code: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append(f"{tag} {attrs}" if attrs else tag)
        self._is_code = tag == "code"
        if tag == "td":
            self.cells.append([])
        if self._is_code and self.cells:
            self.cells[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._is_code = self._is_code and tag != "code"

    def handle_data(self, data: str) -> None:
        if self._is_code and self.cells:
            self.cells[-1][-1] += data
        elif not self._is_code:
            self.outside.append(data)


def page_of(markdown: str) -> Page:
    """Render as GitHub does, raw HTML included, and read the HTML."""
    page = Page()
    page.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
    page.close()
    return page


KNOWN = {"p", "strong", "h4", "table", "thead", "tbody", "tr", "th", "td", "code", "br"}
many_texts = st.lists(texts, min_size=TEXTS_OF_A_PLAN, max_size=TEXTS_OF_A_PLAN)


@each
@given(many_texts, st.sampled_from(Status), st.none() | st.sampled_from(Result))
@example([printable(markup) for markup in MARKUP[:TEXTS_OF_A_PLAN]], Status.CHANGE, Result.STALE)
def test_values_make_no_element_and_no_text_but_in_code(
    values: list[str], status: Status, result: Result | None
) -> None:
    """The page differs from one of plain values in what its code spans hold, and in that alone."""
    hostile = page_of(as_markdown.render(plan_of(values, status, result)))
    tame = page_of(as_markdown.render(plan_of(["x"] * TEXTS_OF_A_PLAN, status, result)))

    assert (hostile.elements, hostile.outside) == (tame.elements, tame.outside)
    assert set(hostile.elements) <= KNOWN


@each
@given(many_texts)
def test_each_value_comes_out_as_it_was_in_its_own_cell(values: list[str]) -> None:
    """Backticks, bars, backslashes and spaces included."""
    page = page_of(as_markdown.render(plan_of(values, Status.CHANGE, Result.STALE)))
    source, _, warning, other_warning, reason, before, after, old, new, *moved = values

    assert page.cells == [
        ["ankara", reason, f"{source}:9:3"],
        [
            *("notification_url", before, after, f"other host: old.{old} → new.{new}", reason),
            *("notification_url", *moved[:2], f"other host: old.{moved[2]} → new.{moved[3]}"),
        ],
        ["ankara", reason, f"{source}:9:3"],
        [warning, other_warning],
    ]


@each
@given(texts, texts)
def test_values_of_a_group_come_out_as_they_were(before: str, after: str) -> None:
    """In the cell of the group, before the folded names."""
    change = ShownChange("ringing", before, after)
    page = page_of(as_markdown.render(ShownPlan((santral("zq1", change), santral("zq2", change)))))

    if "{name}" in before + after:
        assert page.cells[1::2] == [["ringing", before, after]] * 2
    else:
        assert page.cells == [[], ["ringing", before, after, "zq1", "zq2"]]
        assert set(page.elements) == {*KNOWN, "details", "summary"} - {"br"}


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_by_others_is_shown_as_it_was_typed(markup: str) -> None:
    """Each kind by itself, alone in its span and among letters."""
    for text in (markup, f"a {markup} b", f"a{markup}b"):
        shown = printable(text)
        page = page_of(as_markdown.render(ShownPlan((santral("a", ShownChange("f", shown, "y")),))))
        assert page.cells[1] == ["f", shown, "y"]


@each
@given(many_texts, st.sampled_from(Status), st.none() | st.sampled_from(Result))
def test_no_line_is_a_command_to_a_bot(
    values: list[str], status: Status, result: Result | None
) -> None:
    """GitLab and many bots obey ``/close`` at the start of a comment's line."""
    text = as_markdown.render(plan_of(values, status, result))

    assert {line[:1] for line in text.splitlines()} <= {"", "<", "*", "#", "|", "F"}


def test_the_causes_are_said_in_words() -> None:
    """All three of them."""
    changes = [replace(OFF, cause=cause) for cause in Cause]

    assert re.findall(r"\(([^)]*)\)", tables(santral("ankara", *changes))) == [
        *("this change", "drift", "this change, and drift"),
    ]
