"""The HTML page: what it says, that nothing in it becomes markup, and how a browser takes it."""

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from support import browser
from support.browser import Page
from support.fleet import FILE, settings
from support.hostile import as_written
from support.program import NOW, Program
from support.stand_in import StandIn

from reconciler.core.change_limit import Guard, Limit
from reconciler.core.messages import Message
from reconciler.core.outcome import Result
from reconciler.core.plan import Cause, Dropped, Origin, Purpose
from reconciler.render import as_html
from reconciler.render.view import ShownChange, ShownOutcome, ShownPlan, ShownSantral, Status
from reconciler.sandbox.service import Reply

IS_CI = bool(os.environ.get("CI"))
SCREENSHOTS = os.environ.get("SCREENSHOTS_FOLDER")
"""Where to keep what the page looks like; if not given, nowhere."""

LINE_ENDING = {
    *("h1", "h2", "h3", "p", "label", "dt", "dd", "summary", "li", "legend", "button"),
    *("caption", "tr"),
}
VOID = {"meta", "input"}


class Outline(HTMLParser):
    """What a browser makes of a page: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.open: list[str] = []
        self.text = ""
        self.code: dict[str, str] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.text += "\n" if tag in LINE_ENDING else " " if tag in {"th", "td"} else ""

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"style", "script"}:
            self.code[self.open[-1]] = data
        elif self.open and self.open[-1] not in {"head", "html", "title"}:
            self.text += data

    @property
    def lines(self) -> list[str]:
        """The text as it is read, line by line."""
        return [line.strip() for line in self.text.split("\n") if line.strip()]


def said_in(page: str) -> list[str]:
    """Return the lines of the page, without those that stand in every page."""
    lines = Outline(page).lines
    return [*lines[: lines.index("Find")], *lines[lines.index("Clear") + 2 : -2]]


# What it says.


def test_a_plan_shows_counts_places_fields_hosts_and_warnings(
    program: Program, stand_in: StandIn
) -> None:
    """It says what the text says, and what goes to stderr beside the text."""
    insecure = "{ringing: off, notification_url: 'http://192.0.2.1/bursa'}"
    file = FILE.replace("{ringing: off}", f"{insecure}\n    allow_insecure_url: true")
    program.write("santral.yaml", file)
    stand_in.hold("ankara", settings("on", "on", "on", "https://crm.example.com/ankara?token=abc"))
    stand_in.hold("bursa", settings("on", "on", "on", "https://crm.exarnple.com/bursa"))

    result = program.run("plan", "--format", "html", "--max-changes", "1")

    assert (result.exit_code, said_in(result.stdout)) == (
        0,
        [
            f"For {stand_in.origin}. Made {NOW} from santral.yaml.",
            "Plan of 2 santrals",
            "Guard: 2 of 2 santrals with a usable key would change; --max-changes allows 1. "
            "apply refuses this plan (exit code 3). If it is intended, give --max-changes 2.",
            "Where calls go (3)",
            "The number of santrals whose calls go to each host.",
            "Host Live Wanted",
            "192.0.2.1 0 1",
            "crm.example.com 1 1",
            "crm.exarnple.com 1 0",
            "Status",
            "2 all",
            "0 failed",
            "2 to change",
            "0 in sync",
            "To change",
            "bursa santral.yaml:11:3",
            "Warning: The notification_url uses http, so call data are sent unencrypted.",
            "Warning: The host of the notification_url is an IP address, which no certificate "
            "vouches for.",
            "ringing",
            "on → off",
            "notification_url",
            "https://crm.exarnple.com/bursa → http://192.0.2.1/bursa "
            "other host: crm.exarnple.com → 192.0.2.1",
            "ankara santral.yaml:9:3",
            "notification_url",
            "https://crm.example.com/ankara?token=*** → https://crm.example.com/ankara "
            "the part shown as *** changes",
        ],
    )


def test_a_report_shows_what_became_of_each_santral_and_what_moved(
    program: Program, stand_in: StandIn
) -> None:
    """What needs somebody comes first."""
    more = "  {}:\n    crm_integration: {{ringing: off}}\n"
    program.write("santral.yaml", FILE + more.format("canakkale") + more.format("denizli"))
    stand_in.hold("canakkale", settings("off", "on", "on", "https://crm.example.com/canakkale"))
    stand_in.hold("bursa", settings("on", "on", "on", "https://crm.example.com/bursa"))

    moved = settings("on", "off", "on", "https://crm.example.com/bursa")
    stand_in.move("bursa", moved, before=("GET", 2))
    stand_in.answer("POST", "ankara", with_=Reply(400, "no"))
    stand_in.answer("GET", "denizli", with_=Reply(400, "no"))

    result = program.run("apply", "--format", "html")

    assert (result.exit_code, said_in(result.stdout)) == (
        3,
        [
            f"For {stand_in.origin}. Made {NOW} from santral.yaml.",
            "Report of apply for 4 santrals",
            "Where calls go (1)",
            "The number of santrals whose calls go to each host.",
            "Host Before the run Wanted",
            "crm.example.com 2 4",
            "2 other santrals have no notification_url, or could not be read.",
            "Status",
            "4 all",
            "0 not verified",
            "1 failed",
            "1 refused",
            "1 stale",
            "0 not tried",
            "0 applied",
            "1 in sync",
            "Failed",
            "denizli santral.yaml:15:3",
            'The API answered 400: "no".',
            "Refused",
            "ankara santral.yaml:9:3",
            'The API answered 400: "no". It tests a new notification_url with a POST and expects a '
            "success answer. Is that server up? santral doctor --desired shows what it answers.",
            "ringing",
            "off → on",
            "answered",
            "off → on",
            "hangup",
            "off → on",
            "notification_url",
            "(not set) → https://crm.example.com/ankara new host: crm.example.com",
            "Stale",
            "bursa santral.yaml:11:3",
            "The live settings changed after the plan was made. Nothing was sent. Plan again.",
            "ringing",
            "on → off",
            "Expected, and what is live instead:",
            "answered",
            "on → off",
            "In sync",
            "canakkale santral.yaml:13:3",
        ],
    )


def test_causes_are_cards_that_count_santrals_and_this_change_comes_first() -> None:
    """A plan that tells no causes has no such cards; drift comes last, unless a host changes."""
    drift = replace(HANGUP, cause=Cause.DRIFT)
    both = (drift, replace(MOVED, field="ringing", cause=Cause.THIS_CHANGE))
    plan = ShownPlan(
        santrals=(
            santral("adana", Status.CHANGE, drift),
            santral("ankara", Status.CHANGE, *both),
            santral("bursa", Status.CHANGE, HANGUP),
            santral("van", Status.IN_SYNC),
        ),
        purpose=Purpose.CAUSES,
    )

    lines = said_in(as_html.render(plan))
    plain = said_in(as_html.render(replace(plan, purpose=Purpose.CHANGES)))

    cards = ["Cause", "4 any cause", "2 this change", "2 drift", "0 this change, and drift"]
    assert lines[6 : 6 + len(cards)] == cards
    assert [line for line in lines if "santral.yaml" in line] == [
        f"{name} santral.yaml:9:3" for name in ("ankara", "bursa", "adana", "van")
    ]
    assert not {*cards} & {*plain}


def test_a_warning_of_several_santrals_is_said_once_with_their_names() -> None:
    """And one that only one santral has is said of that one."""
    insecure, address = Message("insecure-url-http"), Message("insecure-url-ip")
    plan = ShownPlan(
        (
            replace(santral("ankara", Status.CHANGE, HANGUP), warnings=(insecure, address)),
            replace(santral("bursa", Status.IN_SYNC), warnings=(insecure,)),
        )
    )

    lines = said_in(as_html.render(plan))

    assert lines[1:5] == [f"Warning: {insecure}", "Names (2)", "ankara", "bursa"]
    assert [line for line in lines if line.startswith("Warning:")] == [
        f"Warning: {insecure}",
        f"Warning: {address}",
    ]


def test_a_description_stands_beside_its_name() -> None:
    """Also where the names of several stand together, and as a text."""
    named = replace(santral("ankara", Status.CHANGE, HANGUP), description="Genel <b> merkez")
    alone = said_in(as_html.render(ShownPlan((named,))))
    both = said_in(as_html.render(ShownPlan((named, santral("bursa", Status.CHANGE, HANGUP)))))

    assert [line for line in alone if "ankara" in line] == [
        "ankara Genel <b> merkez santral.yaml:9:3"
    ]
    assert both[-2:] == ["ankara Genel <b> merkez santral.yaml:9:3", "bursa santral.yaml:9:3"]


def test_the_host_that_changes_is_marked_as_it_is_spelled() -> None:
    """Only where it changes, and in upper case too."""
    moved = ShownChange(
        *("notification_url", "https://CRM.exarnple.com/x", "https://crm.example.com/x"),
        before_host="crm.exarnple.com",
        after_host="crm.example.com",
    )
    kept = replace(moved, before="https://crm.example.com/y", before_host="crm.example.com")

    def marked(change: ShownChange) -> list[str]:
        santral = ShownSantral("ankara", "santral.yaml", 9, 3, Status.CHANGE, (change,))
        return re.findall("<mark>(.*?)</mark>", as_html.render(ShownPlan((santral,))))

    assert (marked(moved), marked(kept)) == (["CRM.exarnple.com", "crm.example.com"], [])


def test_a_saved_plan_makes_the_page_that_the_plan_made(
    program: Program, stand_in: StandIn
) -> None:
    """Byte for byte, in a job without keys."""
    program.write("santral.yaml", FILE)

    planned = program.run("plan", "--format", "html", "--out", "plan.json").stdout

    assert planned == program.run("show", "plan.json", "--format", "html").stdout


# Nothing in it becomes markup.


def filled_with(*texts: str) -> ShownPlan:
    """Return a report that has texts wherever others may have written something."""
    name, source, before, after, error, warning, reason, dropped, description, label = texts
    change = ShownChange(
        *("notification_url", f"https://a.example.com/{before}", f"https://b.example.com/{after}"),
        is_hidden_part_changed=True,
        before_host="a.example.com",
        after_host="b.example.com",
        cause=Cause.BOTH,
    )
    outcome = ShownOutcome(Result.STALE, (as_written(reason),), (change,))
    return ShownPlan(
        santrals=(
            ShownSantral(f"{name}1", source, 1, 2, Status.FAILED, error=(as_written(error),)),
            ShownSantral(
                *(f"{name}2", source, 3, 4, Status.CHANGE, (change,)),
                warnings=(as_written(warning),),
                outcome=outcome,
                description=description,
                labels=((label, f"1{label}"),),
            ),
        ),
        guard=Guard(Limit.of("30%"), 5, 10),
        purpose=Purpose.CAUSES,
        dropped=(Dropped(dropped, dropped, dropped),),
        origin=Origin(source, (source,), None, is_committed=False, made=NOW),
    )


HOSTILE = (
    *("</style><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"' onload='a' x=\""),
    *("-->", "]]>", "&lt;b&gt;&amp;&#60;", "$script ${policy} $$", "{name}", "</h3>"),
    "</option></select>",
)


@given(st.lists(st.text(min_size=1), min_size=10, max_size=10))
@example([*HOSTILE])
@example([*reversed(HOSTILE)])
@example(
    [
        "\r\n ::error::x",
        "##[error]x",
        "\n::add-mask::x",
        "#",
        "#[",
        "##[",
        "\r",
        "a\n\n::b",
        "\n",
        "\n::a",
    ]
)
@example_settings(max_examples=60, deadline=None, derandomize=True)
def test_a_text_is_a_text_whatever_stands_in_it(texts: list[str]) -> None:
    """The elements are those of a page of harmless texts, and each text reads as it was."""
    harmless = tuple(f"harmless-{number}" for number in range(10))

    page, model = as_html.render(filled_with(*texts)), as_html.render(filled_with(*harmless))

    def filled(said: str) -> str:
        for plain, text in zip(harmless, texts, strict=True):
            said = said.replace(plain, text)
        return said

    assert Outline(page).elements == [
        (tag, tuple((name, value and filled(value)) for name, value in attributes))
        for tag, attributes in Outline(model).elements
    ]
    assert Outline(page).text == filled(Outline(model).text)
    assert re.findall(r"^\s*::|##\[|\r", page, re.MULTILINE) == []


def test_the_page_asks_for_nothing_and_runs_nothing_but_its_own() -> None:
    """The policy names its one style and its one script by their digests."""
    outline = Outline(as_html.render(filled_with(*HOSTILE)))
    digests = {
        name: base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        for name, code in outline.code.items()
    }
    attributes = [dict(attrs) for _, attrs in outline.elements]

    assert [found["content"] for found in attributes if "http-equiv" in found] == [
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; "
        f"script-src 'sha256-{digests['script']}'; base-uri 'none'; form-action 'none'"
    ]
    assert [tag for tag, _ in outline.elements if tag in {"style", "script", "link"}] == [
        *("style", "script"),
    ]
    assert {name for found in attributes for name in found} & {"src", "href", "style"} == set()


# In a browser.


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Run a browser with one tab, for all tests of this file."""
    executable = browser.find()
    if not executable and not IS_CI:
        pytest.skip(f"There is no browser: none of {', '.join(browser.NAMES)}.")
    assert executable, "CI must look at the page in a browser, and has none."
    with browser.running(executable, tmp_path_factory.mktemp("browser")) as running:
        yield running.new_page()


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> "Opener":
    """Give what opens a plan's page, at a desk and by daylight unless told otherwise."""
    page.resize(1200, 900)
    page.prefer("light")
    return Opener(page, tmp_path / "plan.html")


class Opener:
    """Shows plans in the browser."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.file = file

    def __call__(self, plan: ShownPlan, fragment: str = "") -> Page:
        self.file.write_text(as_html.render(plan), encoding="utf-8")
        self.page.open(self.file.as_uri() + fragment)
        return self.page


def santral(
    name: str, status: Status, *changes: ShownChange, error: tuple[Message, ...] = ()
) -> ShownSantral:
    """Return a santral of a plan."""
    return ShownSantral(name, "santral.yaml", 9, 3, status, changes, error)


def host_change(before: str, after: str) -> ShownChange:
    """Return drift of the URL from one host to another."""
    return ShownChange(
        *("notification_url", f"https://{before}/events", f"https://{after}/events"),
        before_host=before,
        after_host=after,
        cause=Cause.DRIFT,
    )


HANGUP = ShownChange("hangup", "on", "off", cause=Cause.THIS_CHANGE)
MOVED = replace(HANGUP, cause=None)
FLEET = ShownPlan(
    santrals=(
        santral("adana", Status.CHANGE, HANGUP),
        santral("ankara", Status.CHANGE, host_change("crm.exarnple.com", "crm.example.com")),
        santral("bursa", Status.FAILED, error=(as_written("The API answered İzmir'deki hata."),)),
        *(santral(f"sube-{number:02}", Status.CHANGE, HANGUP) for number in range(20)),
        santral("van", Status.IN_SYNC),
    ),
    purpose=Purpose.CAUSES,
)
SUBELER = [f"sube-{number:02}" for number in range(20)]

REASONS = {
    Result.STALE: (Message("live-changed"), Message("nothing-sent")),
    Result.REFUSED: (Message("api-answered", status=400),),
    Result.FAILED: (Message("change-not-sent"), Message("connection-none")),
    Result.NOT_VERIFIED: (
        Message("change-not-read-back"),
        Message("connection-timeout", seconds=30),
    ),
    Result.NOT_TRIED: (Message("change-interrupted"),),
}
REPORT = ShownPlan(
    santrals=(
        *(
            replace(
                santral(f"izmir-{result.replace('_', '-')}", Status.CHANGE, HANGUP),
                outcome=ShownOutcome(result, REASONS.get(result, ())),
                warnings=(Message("insecure-url-http"),),
                description="Depo, yalnız biten çağrılar",
            )
            for result in Result
        ),
        replace(
            santral("mus", Status.CHANGE, host_change(f"{'a' * 60}.example.com", "b.example.com")),
            warnings=(Message("insecure-url-http"),),
            outcome=ShownOutcome(
                Result.STALE, (as_written("x" * 300), *REASONS[Result.STALE]), (MOVED,)
            ),
        ),
    ),
    guard=Guard(Limit.of("30%"), 8, 8),
    dropped=(Dropped("rize"), Dropped("mardin", "mardin", "mus")),
    origin=Origin("sandbox", ("santral.yaml",), "0" * 40, is_committed=False, made=NOW),
)


LABELS = {
    "adana": (("city", "adana"), ("crm", "v1")),
    "ankara": (("city", "ankara"), ("crm", "v2.1")),
    "bursa": (("city", "ankara-2"),),
    "van": (),
}
LABELLED = replace(
    FLEET,
    santrals=tuple(
        replace(one, labels=LABELS.get(one.name, (("city", "izmir"),))) for one in FLEET.santrals
    ),
)
"""The same fleet, all santrals but the last in some city."""


def shown(page: Page) -> list[str]:
    """Return the names of the santrals that the filter lets through, as they stand there."""
    names: list[str] = page.evaluate(
        "[...document.querySelectorAll('.santral')].filter((one) => !one.closest('[hidden]'))"
        ".map((one) => one.querySelector('code').textContent)"
    )
    return names


def visible(page: Page, selector: str) -> list[str]:
    """Return the text of each element of these that can be seen."""
    texts: list[str] = page.evaluate(
        f"[...document.querySelectorAll('{selector}')].filter((one) => one.checkVisibility())"
        ".map((one) => one.textContent)"
    )
    return texts


def counted(page: Page) -> str:
    """Return what the filter says of how many it shows."""
    said: str = page.evaluate("document.querySelector('[aria-live]').textContent")
    return said


@pytest.mark.parametrize(
    ("fragment", "names"),
    [
        ("", ["bursa", "ankara", "adana", *SUBELER, "van"]),
        ("#status=failed", ["bursa"]),
        ("#status=change&q=sube-07", ["sube-07"]),
        ("#q=sube", SUBELER),
        ("#q=exarnple.com", ["ankara"]),
        ("#q=hangup+this+adana", ["adana"]),
        ("#q=IZMIR", ["bursa"]),
        ("#q=%C4%B0zmir", ["bursa"]),
        ("#q=drift", ["ankara"]),
        ("#cause=drift", ["ankara"]),
        ("#cause=this_change&q=sube-07", ["sube-07"]),
        ("#cause=both", []),
        ("#status=failed&cause=drift", []),
        ("#cause=nonsense&q=van", ["van"]),
        ("#status=in_sync&q=ankara", []),
        ("#status=nonsense&q=van&more", ["van"]),
        ("#q=%3Cscript%3E", []),
    ],
)
def test_an_address_says_what_is_shown(opened: Opener, fragment: str, names: list[str]) -> None:
    """So a view can be linked, and the count and the empty page say what there is."""
    page = opened(FLEET, fragment)

    assert shown(page) == names
    assert counted(page) == f"Shown: {len(names)} of 24"
    assert page.evaluate("document.getElementById('none').checkVisibility()") is (not names)
    assert page.complaints() == []


@pytest.mark.parametrize(
    ("fragment", "names"),
    [
        ("#label=city%3Dankara", ["ankara"]),
        ("#label=city=ankara", ["ankara"]),
        ("#label=city%3Dizmir", SUBELER),
        ("#label=city%3Dizmir&q=07", ["sube-07"]),
        ("#label=city%3Dadana&label=crm%3Dv1", ["adana"]),
        ("#label=city%3Dankara&label=crm%3Dv1", []),
        ("#label=city%3Dankara-2&status=change", []),
        ("#label=crm%3Dv1&label=crm%3Dv2.1", ["adana"]),
        ("#label=city%3Dank", ["bursa", "ankara", "adana", *SUBELER, "van"]),
        ("#label=town%3Dankara&q=van", ["van"]),
        ("#q=city%3Dankara", ["bursa", "ankara"]),
        ("#q=crm%3D+adana", ["adana"]),
    ],
)
def test_labels_say_what_is_shown(opened: Opener, fragment: str, names: list[str]) -> None:
    """Chosen from the lists they are whole; what is looked for may be a part of them."""
    page = opened(LABELLED, fragment)

    assert shown(page) == names
    assert counted(page) == f"Shown: {len(names)} of 24"
    assert page.complaints() == []


def test_each_label_has_a_list_of_its_values(opened: Opener) -> None:
    """With the number of its santrals, in the order of names; without labels there is no list."""
    page = opened(LABELLED)

    assert page.evaluate(
        "document.querySelector('[aria-label=Labels]').innerText.split('\\n')"
    ) == [
        *("city ", "all", "adana (1)", "ankara (1)", "ankara-2 (1)", "izmir (20)"),
        *("crm ", "all", "v1 (1)", "v2.1 (1)"),
    ]
    assert opened(FLEET).evaluate("document.querySelectorAll('select').length") == 0


def test_a_label_is_chosen_from_the_keyboard(opened: Opener) -> None:
    """The address follows, and says the same to the next reader; Clear takes it back."""
    page = opened(LABELLED)

    for _ in range(3):
        page.press("Tab")
    for letter in "ankara":
        page.press(letter)
    assert (shown(page), page.evaluate("location.hash")) == (["ankara"], "#label=city%3Dankara")
    page.press("Tab")
    page.press("v")
    assert page.evaluate("location.hash") == "#label=city%3Dankara&label=crm%3Dv1"
    assert shown(page) == []
    for _ in range(2):
        page.press("Tab")
    page.press("Enter")
    page.evaluate("new Promise((done) => setTimeout(done))")
    assert (len(shown(page)), page.evaluate("location.hash")) == (24, "")


def test_the_status_of_a_report_is_its_outcome(opened: Opener) -> None:
    """Each outcome can be had alone."""
    page = opened(REPORT, "#status=stale")

    assert shown(page) == ["mus", "izmir-stale"]
    page.evaluate("location.hash = '#status=not_verified'")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert (shown(page), counted(page)) == (["izmir-not-verified"], "Shown: 1 of 8")


def test_the_names_of_a_large_group_are_folded_until_one_is_looked_for(opened: Opener) -> None:
    """And a name is found in a URL that is told once for all of them, too."""
    calls = [
        replace(
            santral(name, Status.CHANGE),
            changes=(ShownChange("notification_url", None, f"https://crm.example.com/{name}"),),
        )
        for name in SUBELER
    ]
    page = opened(ShownPlan(tuple(calls)))
    names = "document.querySelector('details')"

    assert page.evaluate(f"[{names}.open, {names}.querySelector('summary').textContent]") == [
        *(False, "Names (20)"),
    ]
    page.evaluate("location.hash = '#q=example.com/sube-07'")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert shown(page) == ["sube-07"]
    assert page.evaluate(f"[{names}.open, {names}.querySelector('summary').textContent]") == [
        *(True, "Names (1)"),
    ]


def test_everything_can_be_done_from_the_keyboard(opened: Opener) -> None:
    """A status, a cause, a word, and back; the address follows."""
    page = opened(FLEET)

    page.press("Tab")
    page.press("ArrowRight")
    assert (shown(page), page.evaluate("location.hash")) == (["bursa"], "#status=failed")
    page.press("ArrowRight")
    page.press("Tab")
    page.press("ArrowRight")
    page.press("Tab")
    for letter in "07":
        page.press(letter)
    assert shown(page) == ["sube-07"]
    assert page.evaluate("location.hash") == "#status=change&cause=this_change&q=07"
    page.press("Tab")
    page.press("Enter")
    page.evaluate("new Promise((done) => setTimeout(done))")
    assert (len(shown(page)), page.evaluate("location.hash")) == (24, "")
    page.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_page_makes_no_request_and_breaks_no_rule(opened: Opener) -> None:
    """Whatever stands in it, and whatever is done with it."""
    page = opened(filled_with(*HOSTILE), "#q=script")
    page.press("Tab")
    page.press("ArrowRight")

    assert (page.requests(), page.complaints()) == ([opened.file.as_uri()], [])


def test_the_policy_is_in_force(opened: Opener) -> None:
    """A request, or a script that somebody slipped in, is stopped and told of."""
    page = opened(FLEET)
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=\"https://127.0.0.1:9/x\">')"
    )
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), "
        "{textContent: 'window.slipped = true'}))"
    )
    page.evaluate("new Promise(requestAnimationFrame)")

    assert page.evaluate("window.slipped") is None
    assert len(page.complaints()) == 2
    assert all("Content Security Policy" in complaint for complaint in page.complaints())


def test_without_scripts_all_is_shown_and_the_filter_is_not(opened: Opener) -> None:
    """A mail program or a strict CI server may forbid scripts."""
    opened.page.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page = opened(LABELLED, "#status=failed")

        assert visible(page, ".find") == []
        assert page.evaluate("document.querySelector('[type=radio]').checkVisibility()") is False
        assert len(shown(page)) == 24
    finally:
        opened.page.send("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize("width", [320, 390, 768, 1200])
@pytest.mark.parametrize("plan", [FLEET, LABELLED, REPORT], ids=["plan", "labels", "report"])
def test_the_page_fits_its_window(opened: Opener, plan: ShownPlan, width: int) -> None:
    """However long a URL, a name or a reason is, only its own lines break."""
    opened.page.resize(width, 800, is_phone=True)
    name, path = "m" * 63, "/long" * 400
    long = ShownChange("notification_url", None, f"https://crm.example.com{path}")
    longest = replace(santral(name, Status.CHANGE, long), labels=((name, name),))
    page = opened(replace(plan, santrals=(*plan.santrals, longest)))

    assert page.evaluate("document.documentElement.scrollWidth") == width
    overflowing = page.evaluate(
        "[...document.querySelectorAll('article')]"
        ".filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)"
    )
    assert overflowing == []


def test_print_shows_every_name_and_no_controls(opened: Opener) -> None:
    """In the colours of paper, whatever the screen has."""
    page = opened(LABELLED)
    page.prefer("dark", media="print")
    name = "[...document.querySelectorAll('li')].at(-1)"

    assert visible(page, ".find") == []
    assert page.evaluate(f"{name}.checkVisibility({{contentVisibilityAuto: true}})") is True
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_ten_thousand_different_changes_are_drawn_only_where_they_are_seen(
    opened: Opener,
) -> None:
    """So the page opens at once, and a name is found among them."""
    many = (
        santral(f"santral-{n:05}", Status.CHANGE, host_change("a.example.com", f"b{n}.example.com"))
        for n in range(10_000)
    )
    page = opened(ShownPlan(tuple(many)))
    last = "[...document.querySelectorAll('article')].at(-1)"

    assert page.evaluate(f"{last}.checkVisibility()") is True
    drawn = f"{last}.querySelector('dl').checkVisibility({{contentVisibilityAuto: true}})"
    assert page.evaluate(drawn) is False
    page.evaluate("location.hash = '#q=b9876.example'")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert shown(page) == ["santral-09876"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("plan", [FLEET, LABELLED, REPORT], ids=["plan", "labels", "report"])
def test_the_page_is_accessible(opened: Opener, plan: ShownPlan, scheme: str) -> None:
    """Landmarks, headings, names of controls and contrasts, as axe judges them."""
    opened.page.prefer(scheme)
    page = opened(plan)
    page.evaluate((files("axe_core_python") / "axe.min.js").read_text("utf-8"))

    found = page.evaluate("axe.run().then((all) => all.violations.map((one) => one.id))")

    assert found == []


@pytest.mark.parametrize(
    ("name", "width", "scheme", "background"),
    [
        ("desktop-light", 1200, "light", "rgb(251, 251, 250)"),
        ("desktop-dark", 1200, "dark", "rgb(20, 23, 26)"),
        ("phone", 390, "light", "rgb(251, 251, 250)"),
    ],
)
@pytest.mark.parametrize(
    ("what", "plan"), [("plan", FLEET), ("labels", LABELLED), ("report", REPORT)]
)
def test_the_page_has_the_colours_that_its_reader_prefers(
    *,
    opened: Opener,
    tmp_path: Path,
    name: str,
    width: int,
    scheme: str,
    background: str,
    what: str,
    plan: ShownPlan,
) -> None:
    """Pictures of it are kept by CI, for people to look at."""
    folder = Path(SCREENSHOTS or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    opened.page.resize(width, 1400, is_phone=name == "phone")
    opened.page.prefer(scheme)
    page = opened(plan)
    page.screenshot(folder / f"{what}-{name}.png")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == background
    assert (folder / f"{what}-{name}.png").read_bytes().startswith(b"\x89PNG")
