"""The README: each of its code blocks is run, and what it says of the program is so."""

import errno
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
import pytest
from support import warm
from support.commands import RUNNABLE
from support.fleet import settings
from support.journals import ASKED_AGAIN
from support.places import ROOT
from support.program import IN_SANDBOX, NOW, Program, without_names
from support.readme import DOCUMENTS, EXAMPLE, README, README_TR, anchors, blocks
from support.reports import TO_APPLY, TO_APPLY_IN_SANDBOX

from reconciler import __version__
from reconciler.cli.connecting import made_up_key
from reconciler.cli.main import santral
from reconciler.client.api import PRODUCTION
from reconciler.core.checkup import Checked, Checkup, Finding, Level, Measured, Reach, Source
from reconciler.core.fleet import Place
from reconciler.core.message_catalogue import TEMPLATES
from reconciler.core.messages import Message
from reconciler.core.translation import speak, translated
from reconciler.render.as_text import TextStyle
from reconciler.render.checkup import as_text
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Service, by_fingerprint, by_name
from reconciler.sandbox.store import Store
from reconciler.scaffold import starters

COMMANDS = santral.list_commands(click.Context(santral))
RUN = ("sh", "text", "yaml", "ini", "groovy", "powershell")
"""The languages of blocks that a test runs, or holds against what the program prints."""
FIRST_TWO = [
    "python3 -m venv .venv && .venv/bin/pip install -q . && "
    ".venv/bin/santral plan -c santral.yaml.example --sandbox\n",
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest\n",
]
"""What a newcomer tries first; scripts elsewhere run them too."""
MOST_LINES = 404
MOST_LINES_TR = 440
"""The same takes more letters in Turkish."""


@pytest.mark.parametrize(
    ("text", "most"), [(README, MOST_LINES), (README_TR, MOST_LINES_TR)], ids=["en", "tr"]
)
def test_the_readme_is_short(text: str, most: int) -> None:
    """What is longer has a page of its own, or stands in --help."""
    assert len(text.splitlines()) <= most


def test_the_first_two_commands_are_these() -> None:
    """In blocks of their own, to be copied."""
    assert blocks("sh")[:2] == FIRST_TWO


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_block_is_of_a_kind_that_is_run(name: str) -> None:
    """A block of another language would be run by nobody."""
    text = DOCUMENTS[name]
    languages = re.findall(r"^ *```(\w*)$", text, re.MULTILINE)

    assert {*languages} <= {"", *RUN}
    assert len(languages) == 2 * sum(len(blocks(kind, text)) for kind in RUN)
    assert not name.startswith("SECURITY") or not languages


@pytest.fixture(params=["en", "tr"])
def readme(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the README in a language that the program speaks meanwhile."""
    monkeypatch.setenv("SANTRAL_LANG", request.param)
    speak(request.param)
    yield {"en": README, "tr": README_TR}[request.param]
    speak("en")


def test_the_picture_is_a_real_plan(program: Program, readme: str) -> None:
    """What the file that init writes shows against these live settings."""
    picture = blocks("text", readme)[0]
    program.write("santral.yaml", starters.example().text)
    store = Store()
    names = ("ankara-sube", "istanbul-merkez", "izmir-depo")
    live = (
        settings("on", "on", "on", "https://crm.example.com/ankara?token=abc"),
        settings("on", "on", "on", "https://crm.exarnple.com/"),
        settings("off", "off", "on", "https://crm.example.com/santral/izmir-depo"),
    )
    keys = {name: made_up_key(name) for name in names}
    with SandboxServer(Service(store, by_name(keys))).running() as origin:
        for name, held in zip(names, live, strict=True):
            store.update(name, {field: getattr(held, field) for field in held.__slots__})
            variable = name.upper().replace("-", "_").removesuffix("_SUBE")
            program.monkeypatch.setenv(f"SANTRAL_KEY_{variable}", keys[name].reveal())

        result = program.run("plan", "--api-url", origin)

    assert result.whole_stdout.replace(origin, PRODUCTION) == picture


def test_the_checkup_is_a_real_one(readme: str) -> None:
    """Of a fleet in which two are ill, at the places that the picture of the plan has."""
    lines = starters.example().text.splitlines()

    def place(name: str) -> Place:
        return Place("santral.yaml", lines.index(f"  {name}:") + 1, 3)

    others = ("antalya", "aydin", "balikesir", *(f"x{number:02}" for number in range(35)))
    wrong = Finding.of(Level.RED, Message("receiver-certificate-name"))
    url = "https://crm.example.com"
    moved = Finding.of(Level.YELLOW, Message("receiver-differs", wanted=f"{url}/istanbul"))
    checked = (
        Checked("ankara-sube", place("ankara-sube"), (wrong,), f"{url}/ankara"),
        Checked(
            "istanbul-merkez",
            place("istanbul-merkez"),
            (moved,),
            f"{url}/test",
            Measured(0.12, 200, 61),
        ),
        *(Checked(name, Place("santral.yaml", 1, 1), (), url) for name in others),
    )
    notes = (Message("checkup-view"),)
    checkup = Checkup(checked, Source.LIVE, Reach.POST, PRODUCTION, NOW, notes)

    text = as_text.render(checkup, TextStyle()).partition("\n\n")[2]

    assert blocks("text", readme)[1] == re.sub(r", x00.*x16(,?(?: \w+)?) 18 ", r"\1 35 ", text)


@pytest.mark.parametrize("block", [*blocks("yaml"), *blocks("yaml", README_TR)], ids=["en", "tr"])
def test_the_yaml_is_valid(program: Program, block: str) -> None:
    """A reader may copy it."""
    program.write("santral.yaml", block)

    assert program.run("validate").stdout == "santral.yaml: 3 santrals, valid\n"


ISTANBUL = settings("on", "on", "on", "https://crm.example.com/istanbul?token=Zx9Kq2Wv7Bn4Mt1R")
"""What somebody has clicked for the first of the newcomer's santrals."""


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Give a folder like a clone, and an environment where installing is done already.

    CI runs the two installing commands for real, and has the rest done by a program that was
    installed otherwise: by the command line in SANTRAL_INSTALLED. See .ci/run.
    """
    installed = os.environ.get("SANTRAL_INSTALLED")
    start = f'exec {installed} "$@"' if installed else warm.start()
    done, run = "#!/bin/sh\n", f"#!/bin/sh\n{start}\n"
    programs = {
        "bin/python3": done,
        "bin/santral": run,
        ".venv/bin/pip": done,
        ".venv/bin/pytest": done,
        ".venv/bin/santral": run,
    }
    for name, content in programs.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(0o755)
    (tmp_path / "santral.yaml.example").write_text(EXAMPLE, "utf-8")
    store = Store()
    store.update(str(by_fingerprint("a-newcomers-key-1")), asdict(ISTANBUL))
    with SandboxServer(Service(store, by_fingerprint)).running() as origin:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SANTRAL_")}
        path_variable = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
        variables = {
            "SANTRAL_API_URL": origin,
            "SANTRAL_OFFLINE": "true",  # for doctor, which would ask the example's URLs
        }
        yield {**inherited, **variables, "PATH": path_variable, "PWD": str(tmp_path)}


_NOT_SET = "notification_url was not set before the run"
"""What the rollback warns of, since two of the newcomer's santrals had never been set up."""
_UNSET = "notification_url is unmanaged: none is set. Set one below crm_integration."
EDITED = """\
sed -i 's|crm_integration: {}|crm_integration: {ringing: on, notification_url: https://a.b/c}|' \
  santral.yaml
"""
"""The change to the file that the newcomer makes before the first plan that has one."""
IN_SYNC = "Plan: 0 to change, {} in sync, 0 failed."
PLANNED_AND_APPLIED = "santral plan\nsantral apply\n"
IMPORTED = [
    f"ankara, izmir-depo: {_UNSET}\n",
    "2 santrals have a comment that says what to decide.\n",
    "secrets: added 1 line\n",
    "santral.yaml: written. To compare it with what is live: santral plan -c santral.yaml "
    "--secrets-file secrets\n",
    f"istanbul-sube-2: {_UNSET}\n",
    "keys: added 1 line\n",
    "secrets: nothing to add\n",
    "santral.yaml: written. To compare it with what is live: santral plan -c santral.yaml "
    "--keys-file keys --secrets-file secrets\n",
]


def test_the_commands_work_from_first_to_last(newcomer: dict[str, str]) -> None:
    """One shell, block after block, as a newcomer would type them, with keys of their own."""
    typed = "\n".join(blocks("sh")).replace("PUT-ITS-KEY-FROM-THE-PANEL-HERE", "a-newcomers-key")
    assert typed.count(PLANNED_AND_APPLIED) == 1
    run = subprocess.run(
        [
            *("bash", "-euo", "pipefail", "-c"),
            typed.replace(PLANNED_AND_APPLIED, EDITED + PLANNED_AND_APPLIED),
        ],
        cwd=newcomer["PWD"],
        env=newcomer,
        capture_output=True,
        text=True,
        check=False,
    )

    hint = 'Try it with "santral plan --sandbox", which needs no key.'
    said = [
        line for line in without_names(run.stderr).splitlines(keepends=True) if line.strip() != hint
    ]
    warned = [line.partition(": ")[0] for line in said if _NOT_SET in line]
    *others, undoing, asked_again = (line for line in said if _NOT_SET not in line)
    assert (run.returncode, warned, others) == (
        0,
        ["Warning for ankara, izmir-depo"],
        [*[IN_SANDBOX] * 3, *IMPORTED],
    )
    assert (undoing.split()[:3], asked_again) == (["This", "undoes", "run"], ASKED_AGAIN)
    ends = [
        line
        for line in run.stdout.splitlines()
        if re.match("(Plan|Drift|Apply|Rollback|santral.yaml):", line)
    ]
    assert ends == [
        f"Plan: 3 to change, 0 in sync, 0 failed.{TO_APPLY_IN_SANDBOX.rstrip()}",
        "Plan: 3 to change, 0 in sync, 0 failed.",
        _applied(3, 0),
        "Plan: 0 to change, 3 in sync, 0 failed.",
        "santral.yaml: kept as it was",
        "santral.yaml: 3 santrals, valid",
        f"Plan: 2 to change, 1 in sync, 0 failed.{TO_APPLY.rstrip()}",
        "Plan: 2 to change, 1 in sync, 0 failed.",
        _applied(2, 1),
        "Plan: 0 to change, 1 in sync, 0 failed.",
        "Plan: 0 to change, 4 in sync, 0 failed.",
        "Plan: 0 to change, 4 in sync, 0 failed.",
        "Plan: 0 to change, 4 in sync, 0 failed.",
        _applied(0, 4),
        "Drift: 0 drifted, 4 in sync, 0 failed.",
        IN_SYNC.format(4),
        f"{IN_SYNC.format(1)} Shard 1/2: 1 of 4 santrals looked at.",
        f"{IN_SYNC.format(3)} Shard 2/2: 3 of 4 santrals looked at.",
        f"{IN_SYNC.format(4)} Merged from 2 shards: 4 of 4 santrals looked at.",
        f"{IN_SYNC.format(1)} Shard 1/2: 1 of 4 santrals looked at.",
        _applied(0, 1),
        f"{IN_SYNC.format(3)} Shard 2/2: 3 of 4 santrals looked at.",
        _applied(0, 3),
        "Plan: 2 to change, 0 in sync, 0 failed.",
        _applied(2, 0).replace("Apply", "Rollback"),
        f"Plan: 2 to change, 2 in sync, 0 failed.{TO_APPLY.rstrip()}",
    ]


def _applied(applied: int, in_sync: int) -> str:
    rest = "0 stale, 0 refused, 0 failed, 0 not verified, 0 not tried."
    return f"Apply: {applied} applied, {in_sync} in sync, {rest}"


def test_ci_runs_the_two_installing_commands_to_the_letter() -> None:
    """They are what a newcomer tries first."""
    script = (ROOT / ".ci" / "run").read_text()
    install, test = (block.strip() for block in blocks("sh")[:2])

    assert (install in script, test in script) == (True, True)


def test_ci_installs_as_the_readme_says() -> None:
    """With the built wheel in the place of the name that is not published yet."""
    script = (ROOT / ".ci" / "run").read_text()

    assert "`pipx install santral-reconciler`" in README
    assert "`uvx --from santral-reconciler santral`" in README
    assert re.search(r'/pipx" install .* "\$wheel"$', script, re.MULTILINE)
    assert re.search(r'/uvx" .* --from "\$wheel" santral ', script)


def test_every_command_is_in_the_readme() -> None:
    """In the order of --help, but for the one that is looked for beside another."""
    documented = re.findall(r"^\| `santral (\w+)", README, re.MULTILINE)

    assert sorted(documented) == sorted(COMMANDS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_name_no_option_that_is_not_there(name: str) -> None:
    """test_help.py holds that --help explains all of them."""
    there = {o for one in RUNNABLE.values() for parameter in one.params for o in parameter.opts}
    named = set(re.findall(r"`(?:santral )?(?:[a-z]+ )?(--?[a-z-]+)[ `]", DOCUMENTS[name]))

    assert named - there <= {"--help", "--from"}  # The latter is an option of uvx.


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_name_this_version(name: str) -> None:
    """Where they say what is to be installed, or how to check it."""
    naming = r"(?:santral-reconciler==|REPOSITORY:|refs/tags/v)(\d+\.\d+\.\d+)"

    assert {*re.findall(naming, DOCUMENTS[name])} <= {__version__}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    """To a file of the repository, and to a heading in it."""
    for target in re.findall(r"\]\((?!https:)([^)]+)\)", DOCUMENTS[name]):
        path, _, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        assert file.is_file(), target
        assert not anchor or anchor in anchors(file.read_text("utf-8")), target


TROUBLES = (
    ("file-unreadable", "system-error"),
    ("keys-none",),
    ("key-missing",),
    ("key-refused",),
    ("tls-untrusted",),
    ("api-tests-url",),
    ("canary-not-applied",),
    ("guard-refused",),
)
"""The codes of what stands under the last heading but one, row for row."""


def test_the_messages_under_troubleshooting_are_the_programs(readme: str) -> None:
    """Whoever searches for a message finds how it begins."""
    table = readme.rpartition("\n## ")[0].rpartition("\n## ")[2]
    shown = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    messages = [
        " ".join(translated(str(TEMPLATES[code])) for code in codes).replace(
            "{reason}", translated(os.strerror(errno.ENOENT))
        )
        for codes in TROUBLES
    ]

    assert len(shown) == len(messages)
    assert [s for s, m in zip(shown, messages, strict=True) if not m.startswith(s)] == []


@pytest.mark.parametrize("words", ["DID NOT END", "this change", "drift"])
def test_the_words_that_are_quoted_are_the_programs(readme: str, words: str) -> None:
    """What a reader looks for in an output."""
    assert f"`{translated(words)}`" in readme


def test_every_exit_code_is_in_the_readme() -> None:
    """In the order of their numbers."""
    assert re.findall(r"^\| (\d[\d, ]*) \|", README, re.MULTILINE) == [
        *("0", "1", "2", "3", "4"),
        "129, 130, 143",
    ]
