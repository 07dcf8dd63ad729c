"""A saved plan that somebody edited, who knows how it is made but has no key: apply refuses it.

Each field is changed, emptied and dropped, one by one and in pairs; and whatever takes no key to
make is made anew: the counts, the checksum, the configuration's digest.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, count
from pathlib import Path
from typing import Any

import pytest
from support.fleet import FILE, KEYS, settings
from support.fuzzed.saved_plan import is_part, without_seals
from support.places import CASES, CONTRIBUTING
from support.program import Program
from support.stand_in import StandIn

from reconciler.config.load import load
from reconciler.core.errors import ExitCode, SantralError
from reconciler.core.fleet import Fleet
from reconciler.core.plan import Plan, Reading, compare
from reconciler.render import as_json
from reconciler.render.view import ShownPlan
from reconciler.sandbox.service import Reply
from reconciler.saved_plans.comparison import Comparison, require_appliable
from reconciler.saved_plans.digests import configuration_of, digest_of
from reconciler.saved_plans.file import read

EDITS, PAIRS = 300, 2_000
"""So many edits are tried, and pairs of them; CONTRIBUTING.md says so too."""
PLAN = Path("plan.json")
OLD = settings("on", "on", "off", "https://old.example.com/x?token=abc")
DESCRIBED = FILE.replace(
    "  bursa:\n", "  bursa:\n    description: Şube\n    labels: {city: bursa}\n"
)
FOUR = (
    DESCRIBED + "  canakkale: {crm_integration: {}}\n  denizli: {crm_integration: {}}\n"
).replace("{name}", "{name}?token=new")
IN_SYNC = settings("off", "on", "on", "https://crm.example.com/bursa?token=new")

Document = dict[str, Any]
Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Edit:
    """One field, and what is done to it: made another value, or dropped."""

    path: Path_
    value: Any = None
    drops: bool = False

    def __str__(self) -> str:
        done = "dropped" if self.drops else json.dumps(self.value)
        return f"{'.'.join(map(str, self.path))}: {done}"

    @property
    def part(self) -> Path_:
        """The part of the plan that it is in, where an edit is likeliest to make up for another."""
        return self.path[:2] if self.path[0] == "santrals" else self.path[:1]

    def on(self, document: Document) -> bool:
        """Make the edit, and return whether there was something to edit."""
        *above, last = self.path
        node: Any = document
        try:
            for step in above:
                node = node[step]
            if self.drops:
                del node[last]
            elif node[last] == self.value:
                return False
            else:
                node[last] = copy.deepcopy(self.value)
        except (KeyError, IndexError, TypeError):
            return False
        return True


VALUES: Mapping[str, tuple[Any, ...]] = {
    "format_version": ("1.1", "2.0"),
    "purpose": ("changes", "causes", "drift"),
    "status": ("change", "in_sync", "failed"),
    "name": ("ankara", "bursa", "denizli", "zonguldak"),
    "field": ("ringing", "hangup"),
    "before": ("off", "0" * 32),
    "after": ("off", "https://evil.example.com/"),
    "before_host": ("evil.example.com",),
    "after_host": ("evil.example.com",),
    "cause": ("this_change", "drift"),
    "error_messages": ([{"code": "nothing-sent", "fields": {}}],),
    "wanted": ("0" * 32,),
    "document": ("0" * 32,),
    "created": ("2020-01-01T00:00:00Z",),
    "seal_version": (1, 3),
    "limit": ("100%",),
    "dropped": (["zonguldak"],),
    "note_messages": ([{"code": "as-written", "fields": {"text": "All is well."}}],),
    "warning_messages": ([{"code": "as-written", "fields": {"text": "All is well."}}],),
    "code": ("nothing-sent",),
    "commit": ("0" * 40,),
    "taken_from": ("zonguldak",),
    "made": ("2020-01-01T00:00:00Z",),
}


NO_KEY = {"code": "key-missing", "fields": {"name": "x", "variable": "SANTRAL_KEY_X"}}


def edits_of(document: Document) -> Iterator[Edit]:
    """Yield every edit of every field, at whatever depth, and a field more at each place."""
    yield Edit(("more",), 1)
    for path in _paths(document, ()):
        if path == ("saved", "checksum"):
            continue
        value = _at(document, path)
        yield Edit(path, drops=True)
        yield from (Edit(path, other) for other in (None, *_others(path[-1], value)))


def _paths(node: Any, path: Path_) -> Iterator[Path_]:
    steps = node.items() if isinstance(node, dict) else enumerate(node)
    for step, value in steps:
        yield (*path, step)
        if isinstance(value, dict | list):
            yield from _paths(value, (*path, step))


def _at(document: Document, path: Path_) -> Any:
    node: Any = document
    for step in path:
        node = node[step]
    return node


def _others(name: str | int, value: Any) -> tuple[Any, ...]:
    if name in VALUES:
        return VALUES[str(name)]
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value + 1,)
    if isinstance(value, str):
        return (f"{value}x",)
    if value is None:
        return ("x", 1)
    return ([], value * 2) if isinstance(value, list) else ({}, {**value, "more": 1})


def _as_it_is(_: Document) -> None:
    pass


def _without_document_seals(document: Document) -> None:
    for santral in document["santrals"]:
        santral["seals"]["document"] = None


def _without_seals(document: Document) -> None:
    for santral in document["santrals"]:
        santral["seals"] = dict.fromkeys(santral["seals"])


def _all_failed(document: Document) -> None:
    """Claim that no key was at hand when it was saved."""
    _without_seals(document)
    for santral in document["santrals"]:
        santral.update(status="failed", changes=[], error_messages=[copy.deepcopy(NO_KEY)])


def _all_in_sync(document: Document) -> None:
    _without_seals(document)
    for santral in document["santrals"]:
        santral.update(status="in_sync", changes=[], error_messages=[])


def _all_in_sync_sealed(document: Document) -> None:
    for santral in document["santrals"]:
        santral.update(status="in_sync", changes=[], error_messages=[])


FORGERIES = (
    _as_it_is,
    _without_document_seals,
    _without_seals,
    _all_failed,
    _all_in_sync,
    _all_in_sync_sealed,
)


@dataclass(frozen=True)
class Scene:
    """A saved plan, and the run of apply that is given it: all santrals would change by then."""

    saved: bytes
    fleet: Fleet
    api: str
    plan: Plan

    @property
    def document(self) -> Document:
        document: Document = json.loads(self.saved)
        return document

    def forged(self, forgery: Callable[[Document], object], *edits: Edit) -> bytes:
        """Return the plan with edits, and made anew what takes no key; empty if it is as it was."""
        document = self.document
        try:
            forgery(document)
        except TypeError:
            return b""
        if not all(edit.on(document) for edit in edits):
            return b""
        self._recount(document, edits)
        return b"" if document == self.document else json.dumps(document).encode()

    @cached_property
    def _configuration(self) -> str:
        return configuration_of(self.fleet)

    def _recount(self, document: Document, edits: tuple[Edit, ...]) -> None:
        try:
            if not any(edit.path[0] == "summary" for edit in edits):
                document["summary"] = as_json.document_of(as_json.plan_of(document))["summary"]
            document["saved"]["configuration"] = self._configuration
            document["saved"].pop("checksum")
            document["saved"]["checksum"] = digest_of(document)
        except (KeyError, TypeError, ValueError, AttributeError):
            pass  # What cannot be counted is no plan at all.

    def sent(self, content: bytes) -> frozenset[str]:
        """Return whom apply would send something to; raises as it does for what it refuses."""
        saved = read(content, "plan.json")
        require_appliable(saved)
        wanted = {santral.name for santral in self.fleet.among(saved.seals).santrals}
        comparison = Comparison(saved, KEYS)
        comparison.require_same_origin(self.fleet, self.api)
        pending = tuple(p for p in self.plan.pending if p.santral.name in wanted)
        held_back = {outcome.name for outcome in comparison.disagreements(Plan(pending))}
        return frozenset(p.santral.name for p in pending) - held_back

    def is_refused(self, content: bytes) -> bool:
        """Tell whether apply refuses the whole plan, before it asks the API anything."""
        try:
            self.sent(content)
        except SantralError as error:
            return error.exit_code in {ExitCode.ERROR, ExitCode.REFUSED}
        return False


@pytest.fixture
def stage(program: Program, stand_in: StandIn) -> Callable[..., Scene]:
    """Save a plan of a change, one in sync, one that cannot be read, and one without a key."""
    program.write("santral.yaml", FOUR)
    program.write("base.yaml", FILE.replace("ankara", "zonguldak"))

    def save(*options: str) -> Scene:
        for name in KEYS:
            stand_in.hold(name, OLD)
        stand_in.hold("bursa", IN_SYNC)
        program.monkeypatch.delenv("SANTRAL_KEY_DENIZLI")
        stand_in.answer(name="canakkale", with_=Reply(403, "no"))
        program.run("plan", "--base", "base.yaml", "--max-changes", "9", *options, f"--out={PLAN}")
        stand_in.answer_as_usual()
        program.monkeypatch.setenv("SANTRAL_KEY_DENIZLI", KEYS["denizli"].reveal())
        stand_in.hold("bursa", OLD)
        stand_in.service.requests.clear()
        fleet = load(["santral.yaml"]).fleet
        plan = tuple(compare(Reading(santral, OLD)) for santral in fleet.santrals)
        return Scene(PLAN.read_bytes(), fleet, stand_in.origin, Plan(plan))

    return save


def test_as_it_was_saved_it_sends_the_change_that_it_shows_and_no_other(
    stage: Callable[..., Scene],
) -> None:
    """Who was in sync, unreadable or without a key is held back: nobody has seen the change."""
    scene = stage()

    assert scene.sent(scene.saved) == {"ankara"}


def test_an_edit_of_any_field_is_refused_whatever_is_made_anew(
    stage: Callable[..., Scene],
) -> None:
    """Changed, emptied or dropped, and the seals left, emptied, or said to have been none."""
    scene = stage()
    edits = [*edits_of(scene.document)]
    forged = {
        f"{forgery.__name__}, {edit}": scene.forged(forgery, edit)
        for forgery in FORGERIES
        for edit in edits
    }

    assert [name for name, plan in forged.items() if plan and not scene.is_refused(plan)] == []
    assert len(edits) >= EDITS


def test_a_pair_of_edits_is_refused_too(stage: Callable[..., Scene]) -> None:
    """One may make up for the other, of those that could be read at all."""
    scene = stage("--target", "ankara", "--target", "denizli")
    edits = [
        edit for edit in edits_of(scene.document) if _can_be_read(scene.forged(_as_it_is, edit))
    ]
    pairs = [*_pairs(edits)]
    forged = ((pair, scene.forged(_as_it_is, *pair)) for pair in pairs)
    passed = [f"{one}; {two}" for (one, two), plan in forged if plan and not scene.is_refused(plan)]

    assert passed == []
    assert len(pairs) >= PAIRS


def _pairs(edits: Sequence[Edit]) -> Iterator[tuple[Edit, Edit]]:
    """Yield all pairs of one part, such as a santral, and each eighth of those of two parts."""
    others = count()
    for one, two in combinations(edits, 2):
        if one.part == two.part or next(others) % 8 == 0:
            yield one, two


def _can_be_read(content: bytes) -> bool:
    try:
        read(content, "plan.json")
    except SantralError:
        return False
    return True


def test_the_record_says_how_many_edits_there_are() -> None:
    """CONTRIBUTING.md names these numbers."""
    counted = f"`tests/promises/test_forged_plan.py` | at least {EDITS} edits, {PAIRS:,} pairs |"

    assert counted in CONTRIBUTING.read_text("utf-8")


TOUCHED = "This plan was edited or damaged after it was saved. Plan again.\n"
NO_SEAL = (
    "The saved plan has no seal from any key at hand, so nobody could notice if it was edited. "
    "Nothing was sent. Plan again.\n"
)
OTHER = (
    "The saved plan was made from another configuration, or with other keys or secrets. "
    "Nothing was sent. Plan again.\n"
)
OTHER_SEALS = (
    "The saved plan was sealed by another version of santral. Plan and apply with the same "
    "version. Nothing was sent.\n"
)


def _made_at(document: Document, time: str) -> None:
    document["saved"]["created"] = document["origin"]["made"] = time


FORGED: dict[str, tuple[Callable[[Document], object], int, str]] = {
    "all in sync, and no seals": (_all_in_sync, 1, TOUCHED),
    "all in sync, sealed as before": (_all_in_sync_sealed, 1, TOUCHED),
    "no seals": (_without_seals, 1, TOUCHED),
    "no seals of the document": (_without_document_seals, 1, TOUCHED),
    "no key was there": (_all_failed, 3, NO_SEAL),
    "one santral's seals": (
        lambda d: d["santrals"][0].update(seals=dict.fromkeys(d["santrals"][0]["seals"])),
        *(1, TOUCHED),
    ),
    "one was left out": (lambda d: d["santrals"].pop(), 1, TOUCHED),
    "another time": (lambda d: _made_at(d, "2020-01-01T00:00:00Z"), 3, OTHER),
    "older seals": (lambda d: d["saved"].pop("seal_version"), 3, OTHER_SEALS),
    "newer seals": (lambda d: d["saved"].update(seal_version=3), 3, OTHER_SEALS),
}


@pytest.mark.parametrize(("forgery", "code", "message"), FORGED.values(), ids=FORGED)
def test_a_forged_plan_asks_and_sends_nothing(
    program: Program,
    stand_in: StandIn,
    stage: Callable[..., Scene],
    forgery: Callable[[Document], object],
    code: int,
    message: str,
) -> None:
    """Show takes it for a plan, since it has no key to know better; apply says what to do."""
    scene = stage()
    PLAN.write_bytes(scene.forged(forgery))
    assert program.run("show", "plan.json").exit_code == 0

    result = program.run("apply", "plan.json")

    assert (result.exit_code, result.stdout, result.stderr) == (code, "", message)
    assert stand_in.service.requests == []


def test_who_had_no_key_is_held_back_and_the_others_are_applied(
    program: Program, stand_in: StandIn, stage: Callable[..., Scene]
) -> None:
    """Its seal cannot be demanded, and nobody has seen its change."""
    stage()

    result = program.run("apply", "plan.json")

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        3,
        "Apply: 1 applied, 0 in sync, 3 stale, 0 refused, 0 failed, 0 not verified, 0 not tried.",
    )
    assert [asked for asked in stand_in.service.requests if asked[0] == "POST"] == [
        ("POST", "ankara")
    ]


def test_the_name_of_the_key_is_sealed_though_the_key_is_the_same(
    program: Program, stand_in: StandIn, stage: Callable[..., Scene]
) -> None:
    """The digest of the configuration, which takes no key, is made anew for the other file."""
    scene = stage("--target", "ankara")
    other = program.write("santral.yaml", FOUR.replace("ankara:\n", "ankara:\n    key: izmir\n"))
    program.monkeypatch.setenv("SANTRAL_KEY_IZMIR", KEYS["ankara"].reveal())
    PLAN.write_bytes(replace(scene, fleet=load([str(other)]).fleet).forged(_as_it_is))

    result = program.run("apply", "plan.json")

    assert (result.exit_code, result.stderr) == (3, OTHER)
    assert stand_in.service.requests == []


def test_without_any_key_nothing_is_judged_since_nothing_can_be_sent(
    program: Program, stand_in: StandIn, stage: Callable[..., Scene]
) -> None:
    """Instead of judging it, the program says that there is no key at all."""
    stage()
    for name in KEYS:
        program.monkeypatch.delenv(f"SANTRAL_KEY_{name.upper()}")

    result = program.run("apply", "plan.json")

    assert (result.exit_code, stand_in.service.requests) == (1, [])
    assert "No key at all was given: SANTRAL_KEYS is empty or not set." in result.stdout


# Plans of other versions.


KEPT = CASES / "saved"


@pytest.mark.parametrize("path", sorted((KEPT / "34e97b7").iterdir()), ids=lambda path: path.stem)
def test_a_plan_of_34e97b7_is_shown_for_ever_and_never_applied(
    program: Program, path: Path
) -> None:
    """Its seals do not cover whose key each santral goes by."""
    content = path.read_bytes()
    program.write("santral.yaml", (KEPT / "santral.yaml").read_bytes())
    program.write("plan.json", content)

    shown = program.run("show", "plan.json", "--format", "json")
    applied = program.run("apply", "plan.json", "--sandbox", "--yes")

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert is_part(without_seals(json.loads(content)), json.loads(shown.stdout))
    assert (applied.exit_code, applied.stdout) == (3, "")
    assert applied.stderr == OTHER_SEALS
    warnings = [one for each in json.loads(content)["santrals"] for one in each["warnings"]]
    text = program.run("show", "plan.json").stderr.splitlines()
    assert [line.partition(": santral ")[2].partition(": ")[2] for line in text] == warnings
    assert not Path(".santral/sandbox.json").exists()


def test_what_a_newer_santral_adds_is_named_once_and_sealed(
    program: Program, stand_in: StandIn, stage: Callable[..., Scene]
) -> None:
    """It is passed over by show, and by apply only where it was sealed."""
    scene, newer = stage("--target", "ankara"), as_json.document_of

    def added(shown: ShownPlan, texts: as_json.Texts = as_json.Texts.BOTH) -> Document:
        document = newer(shown, texts) | {"format_version": "1.3", "b_field": {"x": [1]}}
        for santral in document["santrals"]:
            santral["colour"] = "blue"
        return document

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(as_json, "document_of", added)
        program.run("plan", "--target", "ankara", "--out", "plan.json")
    warning = (
        "Warning: The saved plan has fields that this santral does not know, and does not show: "
        "b_field, santrals.colour. A newer santral shows them.\n"
    )

    shown, applied = program.run("show", "plan.json"), program.run("apply", "plan.json")

    assert (shown.exit_code, shown.stderr) == (0, warning)
    assert (applied.exit_code, applied.stderr) == (0, warning)
    assert stand_in.count("POST") == len(scene.document["santrals"])
    PLAN.write_bytes(PLAN.read_bytes().replace(b'"blue"', b'"gray"'))
    assert program.run("apply", "plan.json").stderr == f"plan.json: {TOUCHED}"
