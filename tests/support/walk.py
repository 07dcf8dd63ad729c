"""The whole way through the program, from the first question to the pipelines, in one language.

Each step is an output by the name of what gave it. The way is the same in every language: so two of
them can be laid side by side.
"""

import itertools
import os
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest
from support.fleet import ANKARA, FILE, KEYS, QUIETER, key_number, settings
from support.pipelines import MERGED, RUN, OnGitHub, Pipeline, on_github, on_gitlab
from support.program import Program, Result
from support.repository import commit, git
from support.stand_in import SpyService, StandIn

from reconciler.cli.main import santral
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Reply, by_name
from reconciler.sandbox.store import Store

TWELVE_ERRORS = (
    """\
version: 2
sahip: biri
defaults:
  crm_integration: {ringing: belki}
santrals:
  Ankara: {}
  bursa:
    crm_integration: {ringing: , hangup: 1, notification_url: http://crm.example.com/a}
    crm: on
  canakkale:
    labels: {Il: x, city: [1]}
    crm_integration: {notification_url: "https://crm/{nmae}"}
  denizli:
    description: ""
    crm_integration: {notifcation_url: https://crm.example.com/b}
  edirne:
    crm_integration: {notification_url: https://10.0.0.1/a}
  edirne: {crm_integration: {notification_url: "https://a:b@crm.example.com/"}}
"""
    f"  {key_number(1).reveal()}: {{crm_integration: {{}}}}\n"
)
LARGER = FILE + "  canakkale: {labels: {city: canakkale}, crm_integration: {}}\n"
TO_FILES = ("json", "markdown", "html", "junit", "github", "gitlab")
PLAN_FORMATS = tuple(f"--format={name}=out.{name}" for name in TO_FILES if name != "github")
CHECKUP_FORMATS = tuple(f"--format={name}=out.{name}" for name in ("json", "html", "junit"))


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield name
        if isinstance(command, click.Group):
            yield from (f"{name} {below}" for below in _commands(command, context))


COMMANDS = tuple(_commands(santral, click.Context(santral, info_name="santral")))
"""All of them, those below another behind its name."""

USAGE = (
    *("", "hicbiri", "plan --hicbiri", "plan --form=x", "show", "ring", "completion csh"),
    *("plan --parallelism x", "plan --parallelism 0", "plan --rate hizli", "plan --timeout=0"),
    *("plan --out .", "plan -c zzz.yaml", "plan --format pdf", "plan --format html --format text"),
    *("plan --base HEAD --drift", "plan --select =", "plan --shard 3/2", "plan --quiet --verbose"),
    *("plan city=ankara", "plan --target kimse-*", "plan --changed zzz", "plan --lang"),
    *("apply --canary 0", "apply --canary il --yes", "apply --max-changes x", "apply zzz.json"),
    *(
        "history --since simdi",
        "history --target kimse-*",
        "rollback --run zzz",
        "rollback --to 1d",
    ),
    *("import --skip-bad", "import --sandbox --csv list.csv", "import -o santral.yaml"),
    *("init --shards 1", "init --ci svn", "init --ci kubernetes --gate manual", "schema x"),
    *("show santral.yaml", "merge santral.yaml", "merge zzz.json", "ring zonguldak"),
    *("ring https://crm.example.com/ --desired", "doctor --offline --no-post", "ci hicbiri"),
    *("ci comment", "ci journal --out x", "sandbox --port x", "plan --proxy x", "plan --api-url x"),
    *("plan --allow-hosts *", "plan --keys-file zzz", "plan --ca-file zzz", "ci comment x"),
)
PIPELINES = (
    *("github --gate reviewers", "github --gate manual --shards 3", "gitlab --gate reviewers"),
    *("gitlab --gate manual --shards 3", "kubernetes", "kubernetes --shards 3"),
)


@dataclass
class Walk:
    """Somebody who goes it, and what was shown at each step."""

    program: Program
    stand_in: StandIn
    language: str
    said: dict[str, str] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)

    def run(
        self,
        line: str,
        *more: str,
        name: str = "",
        stdin: str = "",
        terminal: bool | Collection[str] = False,
    ) -> Result:
        """Run a command, in this language if need be, and keep what it says."""
        asked = (*line.split(), *more, *self.chosen)
        result = self.program.run(*asked, stdin=stdin.encode(), terminal=terminal)
        self.keep(name or " ".join((line, *more)), result)
        return result

    @property
    def chosen(self) -> Sequence[str]:
        """The option that chooses the language, where the variables choose another."""
        return ("--lang", "en") if self.language == "en" else ()

    def keep(self, name: str, result: Result) -> None:
        """Keep what a run has said."""
        assert name not in self.said, name
        shown = result.named, result.unused, result.stderr, result.whole_stdout
        self.said[name], self.codes[name] = "\n".join(shown), result.exit_code

    def keep_files(self, step: str, *patterns: str) -> None:
        """Keep what a step has written, and take it away."""
        for pattern in patterns:
            for path in sorted(self.program.folder.glob(pattern)):
                name = f"{step} > {path.relative_to(self.program.folder)}"
                self.said[name] = path.read_text("utf-8")
                path.unlink()

    @contextmanager
    def elsewhere(self, name: str) -> Iterator[None]:
        """Go into another folder for a while."""
        usual, self.program.folder = self.program.folder, self.program.folder / name
        self.program.folder.mkdir()
        os.chdir(self.program.folder)
        yield
        self.program.folder = usual
        os.chdir(usual)


LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "tr": {"SANTRAL_LANG": "tr", "LC_ALL": "en_US.UTF-8"},
    "en": {"SANTRAL_LANG": "tr", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
}
"""The variables; English is chosen by the option, on a machine that is Turkish throughout."""


def walked(language: str, folder: Path) -> Walk:
    """Go the whole way in a language, in a folder of its own."""
    service = SpyService(Store(), by_name(KEYS))
    service.requests, service.rules = [], []
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        folder.mkdir()
        patch.chdir(folder)
        for name, value in LANGUAGES[language].items():
            patch.setenv(name, value)
        origin = stack.enter_context(SandboxServer(service).running())
        patch.setenv("SANTRAL_API_URL", origin)
        _make_repeatable(patch)
        walk = Walk(Program(folder, patch), StandIn(service, origin), language)
        _guided_start(walk)
        for name, key in KEYS.items():
            patch.setenv(f"SANTRAL_KEY_{name.upper()}", key.reveal())
        for part in _PARTS:
            part(walk)
    return walk


def _make_repeatable(patch: pytest.MonkeyPatch) -> None:
    """Let requests and runs have the same order each time, however many fall into a second."""
    patch.setenv("SANTRAL_PARALLELISM", "1")
    numbers = itertools.count(1)
    patch.setattr(secrets, "token_hex", lambda size: f"{next(numbers):0{2 * size}x}")


def _guided_start(walk: Walk) -> None:
    walk.stand_in.hold("ankara", ANKARA)
    walk.stand_in.hold(
        "bursa", settings("on", "off", "on", "https://crm.example.com/b?token=Zx9Kq2Wv7Bn4Mt1R")
    )
    keys = [key.reveal() for key in KEYS.values()]
    with walk.elsewhere("guided"):
        walk.program.write("list.csv", "Ad;Anahtar\nÇanakkale;x\n")
        first = (
            "PUT-ITS-KEY-FROM-THE-PANEL-HERE",
            "short",
            f'"{keys[0]}"',
            key_number(9).reveal(),
            keys[0],
        )
        listed = ("2", "zzz.csv", "list.csv", "")
        places = ("9", "3", "zzz/xyz", "xyz", "1", "2", "belki", "e", "e")
        typed = (*first, "!", "Ankara", "1", keys[0], keys[1], "Bursa", *listed, *places)
        walk.run("init", stdin="".join(f"{one}\n" for one in typed), terminal=True)
        walk.keep_files("init", "santral.yaml", "schemas/*", ".github/*/*")
    with walk.elsewhere("left"):
        walk.run("init", name="init, left", stdin=f"{keys[0]}\nAnkara\n3\n\n3\nh\n", terminal=True)


def _helps(walk: Walk) -> None:
    for command in ("", *COMMANDS):
        walk.run(f"{command} --help".strip())
    walk.run("--version")
    for name in ("santral", "plan", "doctor", "history"):
        walk.run(f"schema {name}")


def _completion(walk: Walk) -> None:
    before = " ".join(("santral", *walk.chosen))
    walk.program.monkeypatch.setenv("_SANTRAL_COMPLETE", "zsh_complete")
    for line in (
        "",
        "ci ",
        "plan --",
        "apply --",
        "doctor --",
        "history --",
        "import --",
        "init --",
    ):
        whole = f"{before} {line}"
        walk.program.monkeypatch.setenv("COMP_WORDS", whole)
        walk.program.monkeypatch.setenv("COMP_CWORD", str(len(whole.split(" ")) - 1))
        walk.keep(f"completion of {line}", walk.program.run())
    walk.program.monkeypatch.delenv("_SANTRAL_COMPLETE")


def _usage(walk: Walk) -> None:
    walk.program.write("list.csv", "name,key\nankara,x\nbursa,\n")
    walk.program.write("santral.yaml", FILE)
    for line in USAGE:
        walk.run(line, name=f"wrong: {line}")


def _starts(walk: Walk) -> None:
    for line in PIPELINES:
        with walk.elsewhere(line.replace(" ", "")):
            walk.run(f"init --ci {line}")
            walk.keep_files(f"init {line}", "*.yaml", "*/*.yaml", "*.yml", ".git*/*/*", ".git*.yml")
            walk.run(f"init --ci {line}", name=f"init {line} again")


def _imports(walk: Walk) -> None:
    walk.run("import")
    walk.run("import -o new.yaml --secrets-out xyz")
    walk.run("import -o plain.yaml --plain-urls")
    walk.run("import --csv list.csv")
    walk.run("import --csv list.csv --skip-bad")
    walk.keep_files("import", "new.yaml", "plain.yaml")


def _validations(walk: Walk) -> None:
    walk.program.write("bad.yaml", TWELVE_ERRORS)
    walk.program.write("good.yaml", FILE)
    for each in ("text", "github", "junit"):
        walk.run(f"validate -c bad.yaml --format {each}")
    walk.run("validate -c bad.yaml --format gitlab=out.gitlab")
    walk.keep_files("validate", "out.*")
    walk.run("validate -c good.yaml")
    walk.program.write("tabs.yaml", "santrals:\n\tankara: {}\n")
    walk.program.write("empty.yaml", "")
    walk.run("validate -c tabs.yaml")
    walk.run("validate -c empty.yaml")
    walk.run("validate -c good.yaml --allow-hosts=*.example.org")


def _plans(walk: Walk) -> None:
    walk.program.write("santral.yaml", LARGER)
    walk.stand_in.hold("ankara", settings("off", "on", "on", "https://crm.example.com/x?t=1"))
    walk.stand_in.answer("GET", "canakkale", with_=Reply(500, "hmpf"))
    for line in ("plan --out plan.json", "plan --drift --out drift.json"):
        walk.run(line, *PLAN_FORMATS)
        walk.keep_files(line, "out.*")
        _on_github(walk, f"{line.split(' --out', maxsplit=1)[0]} --format github")
    walk.run("plan -v", terminal=True)
    walk.run("plan --sandbox")
    walk.run("plan --detailed-exitcode --max-changes 0")
    for each in ("text", "json", "markdown", "html", "junit"):
        walk.run(f"show plan.json --format {each}")
    walk.run("show drift.json")


def _on_github(walk: Walk, line: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("STEP_SUMMARY", "OUTPUT"):
            patch.setenv(f"GITHUB_{name}", str(walk.program.write(f"out.{name}", "")))
        patch.setenv("GITHUB_ACTIONS", "true")
        walk.run(line)
    walk.keep_files(line, "out.STEP_SUMMARY")
    (walk.program.folder / "out.OUTPUT").unlink()


def _whose_change(walk: Walk) -> None:
    with walk.elsewhere("repository"):
        git("init", "-q", "-b", "main")
        walk.program.write("santral.yaml", FILE)
        commit("first")
        walk.program.write("santral.yaml", QUIETER)
        for each in ("text", "markdown", "html"):
            walk.run(f"plan --base main --format {each}")
        walk.run("plan --changed main")
        walk.run("plan --base zzz")


def _applies(walk: Walk) -> None:
    """One change is stale, one is refused, one santral is read again, and one is applied."""
    walk.stand_in.answer_as_usual()
    walk.program.write("santral.yaml", LARGER + "  denizli: {crm_integration: {}}\n")
    walk.run("plan --out saved.json -q")
    walk.run("apply", stdin="h\n", terminal=True)
    walk.run("apply --yes --max-changes 1")
    walk.stand_in.hold("ankara", settings("off", "off", "on", "https://crm.example.com/x"))
    walk.stand_in.answer("POST", "bursa", with_=Reply(400, "pff"))
    walk.stand_in.answer("POST", "canakkale", with_=Reply(500, "pff"))
    walk.run("apply --yes saved.json", *PLAN_FORMATS)
    walk.keep_files("apply", "out.*")
    _on_github(walk, "apply --yes --canary city=canakkale --format github")
    walk.stand_in.answer_as_usual()
    walk.stand_in.answer("POST", "bursa", with_=Reply(400, "pff"))
    walk.run("apply --yes -v --max-failures 1")
    walk.run("apply --yes --sandbox")


def _afterwards(walk: Walk) -> None:
    walk.run("history")
    walk.run("history --format json")
    walk.run("history --sandbox")
    walk.run("rollback --yes", *PLAN_FORMATS)
    walk.keep_files("rollback", "out.*")
    walk.run("rollback --yes", name="rollback again")
    walk.run("rollback --to 1d", name="rollback to a time", stdin="h\n", terminal=True)
    walk.run("plan --drift", name="drift after all")


def _checkups(walk: Walk) -> None:
    walk.stand_in.answer("GET", "bursa", with_=Reply(401, "pff"))
    walk.run("doctor", *CHECKUP_FORMATS)
    walk.keep_files("doctor", "out.*")
    _on_github(walk, "doctor --format github --no-post")
    walk.run("doctor --offline")
    walk.run("doctor --sandbox -v")
    walk.run("ring ankara", stdin="e\n", terminal=True)
    walk.run("ring https://crm.example.com/ --event hangup", stdin="h\n", terminal=True)
    walk.stand_in.answer_as_usual()


def _shards(walk: Walk) -> None:
    for part in "12":
        walk.run(f"plan --shard {part}/2 --out part-{part}.json")
    walk.run("merge part-1.json part-2.json", *PLAN_FORMATS)
    walk.keep_files("merge", "out.*")
    walk.run("merge part-1.json")


def _forges(walk: Walk) -> None:
    walk.run("plan --sandbox --out plan.json", name="a plan for the forges")
    walk.run("plan --drift --out drift.json", name="drift for the forges")
    for forge in (on_github, on_gitlab):
        with forge(walk.program) as job:
            job.variables |= LANGUAGES[walk.language]
            _jobs(walk, job)


def _jobs(walk: Walk, job: Pipeline) -> None:
    forge = type(job).__name__

    def run(line: str, name: str = "", **variables: str | None) -> None:
        result = job.run(*line.split(), *walk.chosen, **variables)
        walk.keep(f"{forge}: {name or line}", result)

    run("comment plan.json")
    run("issue drift.json")
    run("reviewed-plan --out reviewed.json")
    run("journal --out journal.jsonl")
    run("comment plan.json", "no token", GITHUB_TOKEN=None, SANTRAL_GITLAB_TOKEN=None)
    run("comment plan.json", "elsewhere", GITHUB_ACTIONS=None, GITLAB_CI=None)
    if isinstance(job, OnGitHub):
        _merged(job)
        run("reviewed-plan --out reviewed.json", "a merge without a plan")
        run("journal --out journal.jsonl", "no journal")
    kinds = ("comments", "notes", "issues")
    texts = [one for kind in kinds for one in getattr(job.api, kind, ())]
    for number, one in enumerate(texts):
        shown = (one.get("title", ""), one.get("body", one.get("description", "")))
        walk.said[f"{forge}: text {number}"] = "\n".join(shown)


def _merged(job: OnGitHub) -> None:
    job.api.merge_pull(1, MERGED)
    job.api.begin_run(MERGED, id=RUN, event="push", branch="main")
    job.push(MERGED)


_PARTS = (
    *(_helps, _completion, _usage, _starts, _imports, _validations, _plans, _whose_change),
    *(_applies, _afterwards, _checkups, _shards, _forges),
)
