"""No key or secret gets out: every command runs against every fault, and its outputs are searched.

Each fault at each step of a change has a santral, and so a key and secrets, of its own: what is
found names where it came from. The runs, and the leaking programs that prove the search, are in
canary.py.
"""

import itertools
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from support import canary, canary_doors, canary_secrets
from support.github_api import REPOSITORY
from support.key_search import keys_in, texts_under
from support.places import importing_support

from reconciler.cli.main import santral
from reconciler.core.secret import Key

SANTRALS = canary.fleet([*canary.FAULTS, *canary.OF_A_POST])
LEAKING = canary.fleet(canary.LEAKABLE)


@dataclass(frozen=True)
class Setting:
    """How talkative everything around a run is."""

    debug: bool = True
    verbose: bool = True
    development: bool = True
    leak: str | None = None

    def __str__(self) -> str:
        words = ("debug", self.debug), ("verbose", self.verbose), ("dev", self.development)
        return self.leak or " ".join(word for word, is_on in words if is_on) or "quiet"


@dataclass(frozen=True)
class Outcome:
    """What came out of a run: stdout, stderr and each file, by name."""

    texts: dict[str, str]

    def leaks(self, santrals: dict[str, Key]) -> dict[str, list[str]]:
        """Return where keys and secrets were found, and whose."""
        sought = {**santrals, **canary_secrets.sought(santrals)}
        found = {name: keys_in(text, sought) for name, text in self.texts.items()}
        return {name: owners for name, owners in found.items() if owners}


SETTINGS = [
    Setting(debug, verbose, development)
    for debug, verbose, development in itertools.product([True, False], repeat=3)
    if (debug + verbose + development) % 2
]
"""Each two of them in every combination, and all together; the others would show nothing else."""
LEAKS = [Setting(development=False, leak=leak) for leak in canary.LEAKS]
SECRET_LEAKS = [Setting(development=False, leak=leak) for leak in canary.SECRET_LEAKS]


def outcome_of(setting: Setting, folder: Path) -> Outcome:
    """Run in a process whose every folder is in ours: what it works in, its home, its temporary.

    It is not measured for coverage, which would make it far slower.
    """
    work = folder / "work"
    work.mkdir()
    ours = ("SANTRAL_", "COVERAGE")
    inherited = {k: v for k, v in importing_support().items() if not k.startswith(ours)}
    told = {"debug": setting.debug, "verbose": setting.verbose, "leak": setting.leak}
    run = subprocess.run(
        [sys.executable, Path(canary.__file__), json.dumps(told)],
        cwd=work,
        env={
            **inherited,
            **dict.fromkeys(("HOME", "TMPDIR", "TEMP"), str(work)),
            "PYTHONDEVMODE": "1" if setting.development else "",
        },
        capture_output=True,
        check=False,
        timeout=1_200,
    )
    streams = {"stdout": run.stdout.decode(), "stderr": run.stderr.decode()}
    return Outcome({**streams, **texts_under(work)})


@pytest.mark.parametrize("setting", LEAKS, ids=str)
def test_a_key_that_gets_out_is_found(setting: Setting, tmp_path: Path) -> None:
    """Each program that was made to leak is seen to, and whose keys."""
    owners = owners_of(outcome_of(setting, tmp_path))
    assert owners & LEAKING.keys() != set()


@pytest.mark.parametrize("setting", SECRET_LEAKS, ids=str)
def test_a_secret_that_gets_out_is_found(setting: Setting, tmp_path: Path) -> None:
    """Secrets are looked for as keys are."""
    owners = owners_of(outcome_of(setting, tmp_path))
    assert owners & canary_secrets.sought(LEAKING).keys() != set()


def owners_of(outcome: Outcome) -> set[str]:
    """Return whose keys and secrets a run of the leakable has put out."""
    return {owner for owners in outcome.leaks(LEAKING).values() for owner in owners}


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_no_key_or_secret_gets_out(setting: Setting, tmp_path: Path) -> None:
    """Not on stdout or stderr, in a log, in a file, with an error or to a process.

    All is one test, so that each setting is run once, on whichever of pytest's workers.
    """
    outcome = outcome_of(setting, tmp_path)

    assert_all_was_run(outcome, setting)
    assert {step: harmless_at(step, outcome) for step in canary.STEPS} == {
        **dict.fromkeys(canary.STEPS, frozenset()),
        "post": {"applied late", "applied, then no answer", "applied, then reset"},
    }
    assert outcome.leaks(SANTRALS) == {}


def ends(outcome: Outcome) -> list[str]:
    """Return each command that was run and the code that it ended with."""
    return re.findall(r"^(\w+ ended with \d+)$", outcome.texts["stdout"], re.MULTILINE)


def assert_all_was_run(outcome: Outcome, setting: Setting) -> None:
    """Hold that every command ran to its end; nothing was searched in vain."""
    assert ends(outcome) == [
        "validate ended with 0",
        "schema ended with 0",
        "init ended with 0",
        "completion ended with 0",
        "plan ended with 1",
        "show ended with 0",
        "merge ended with 1",
        "apply ended with 4",
        "rollback ended with 4",
        *["import ended with 1"] * 2,
        *["doctor ended with 1"] * 2,
        *["ring ended with 1"] * 8,
        "init ended with 130",
        "history ended with 0",
        "history ended with 0",
        "plan ended with 1",
        "plan ended with 0",
        "apply ended with 0",
        "rollback ended with 0",
        "plan ended with 1",
        "plan ended with 1",
        *["plan ended with 1"] * 10,
        *["ci ended with 1"] * 6,
        "sandbox ended with 0",
    ]
    assert set(outcome.texts) >= {
        *("journal.jsonl", "sandbox-journal.jsonl", "sandbox.json", "problems.json", "plan.json"),
        *("imported.yaml", "checkup.json", "checkup.html", "merged.json", "merged.html"),
        *(
            "report.json",
            "plan.txt",
            "plan.md",
            "plan.html",
            "summary.md",
            "outputs",
            "sandbox-plan.json",
        ),
    }
    checked = json.loads(outcome.texts["checkup.json"])["santrals"]
    answered = {one["measured"]["status"] for one in checked if one["measured"]}
    assert answered == {*canary_doors.STATUSES}
    assert ("DEBUG:canary:this would be heard" in outcome.texts["stderr"]) is setting.debug
    assert outcome.texts["stderr"].count(f"GET /repos/{REPOSITORY}: Answered 4") == len(
        canary.STATUSES
    )
    typed = [name for name in SANTRALS if name.endswith(("/read", "/look"))]
    assert outcome.texts["stderr"].count("Trying it at the API.") == 1 + len(typed)
    assert ("GET s0: Answered 404" in outcome.texts["stderr"]) is setting.verbose
    started = re.findall(r"^PROCESS \('/[\w./-]*/(\w+)'", outcome.texts["stderr"], re.MULTILINE)
    assert {*started} == {"git", "bash"}  # click asks the latter for its version.
    assert outcome.texts["stderr"].count("PROCESS") == len(started)


def harmless_at(step: str, outcome: Outcome) -> frozenset[str]:
    """Return the faults that did not befall their santral at that step, by the report of apply."""
    report = json.loads(outcome.texts["report.json"])["santrals"]
    results = {santral["name"]: santral["outcome"]["result"] for santral in report}
    labels = canary.labels(SANTRALS)
    met = {name for name, label in labels.items() if results[label] not in {"applied", "in_sync"}}
    at_step = (name for name in labels if name.endswith(f"/{step}") and name not in met)
    return frozenset(name.partition("/")[0] for name in at_step)


def test_so_many_keys_and_secrets_are_searched_for_as_contributing_says() -> None:
    """A key and two secrets for each fault at each step, at each setting."""
    keys, secrets = len(SANTRALS), len(canary_secrets.sought(SANTRALS))
    assert (keys * len(SETTINGS), secrets * len(SETTINGS)) == (1_124, 2_248)


def test_every_command_is_run() -> None:
    """A new command fails here until canary.py runs it."""
    source = Path(canary.__file__).read_text("utf-8")
    run = set(re.findall(r'run\(\s*"(\w+)"', source))
    assert set(santral.list_commands(click.Context(santral))) == run
