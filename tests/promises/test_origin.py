"""Where was this plan made? Each format says it, and nothing of the sandbox looks real."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fleet import FILE
from support.program import NOW, Program
from support.stand_in import StandIn

from reconciler.saved_plans.digests import digest_of

SANDBOX = "For the sandbox, not for real santrals"


def git(*arguments: str) -> str:
    """Run git in the program's folder, as somebody."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    run = subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True)
    return run.stdout.strip()


def committed(*options: str) -> str:
    """Make a repository of the program's folder, and return its one commit."""
    git("init", "-q", "-b", "main", *options)
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    return git("rev-parse", "HEAD")


@pytest.fixture
def commit(program: Program, stand_in: StandIn) -> str:
    """Commit the file that is planned."""
    program.write("santral.yaml", FILE)
    return committed()


def said(program: Program, *options: str, stdin: bytes = b"") -> str:
    """Return how a plan's text says from what it was made."""
    top = program.run("plan", *options, stdin=stdin).origin
    found = re.fullmatch(r"For \S+\. Made (.*)\.\n\n", top)
    assert found, top
    return found[1]


# Each format.


def test_the_text_says_which_api_files_commit_and_time(
    program: Program, stand_in: StandIn, commit: str
) -> None:
    """In its first line."""
    line = (
        f"For {stand_in.origin}. Made {NOW} from santral.yaml. All of it is as in commit "
        f"{commit[:12]}.\n\n"
    )

    assert program.run("plan").origin == line
    assert program.run("plan", "-q").origin == line
    assert program.run("plan", "--format", "github").origin == line
    assert program.run("apply").origin == line


def test_json_says_it_with_the_full_hash(program: Program, stand_in: StandIn, commit: str) -> None:
    """Right behind the versions."""
    document = json.loads(program.run("plan", "--format", "json").stdout)

    assert [*document][:3] == ["format_version", "tool_version", "origin"]
    assert document["origin"] == {
        "api": stand_in.origin,
        "files": ["santral.yaml"],
        "commit": commit,
        "committed": True,
        "made": NOW,
    }


def test_markdown_says_it_under_the_marker(
    program: Program, stand_in: StandIn, commit: str
) -> None:
    """What others named is code."""
    comment = program.run("plan", "--format", "markdown").stdout

    assert comment.splitlines()[:3] == [
        "<!-- santral:plan -->",
        "",
        f"For `{stand_in.origin}`. Made {NOW} from `santral.yaml`. All of it is as in commit "
        f"`{commit[:12]}`.",
    ]


def test_html_says_it_above_the_heading(program: Program, stand_in: StandIn, commit: str) -> None:
    """As text."""
    page = program.run("plan", "--format", "html").stdout

    assert (
        f"<header>\n<p><b>For {stand_in.origin}.</b> Made {NOW} from santral.yaml. All of it is as "
        f"in commit {commit[:12]}.</p>\n<h1>"
    ) in page


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_nothing_of_the_sandbox_looks_real(program: Program, command: str) -> None:
    """Neither a plan nor a report, in no format; nor does it where stderr is silent."""
    program.write("santral.yaml", FILE)
    files = ("json=out.json", "markdown=out.md", "html=out.html", "text=out.txt", "junit=out.xml")
    result = program.run(command, "--sandbox", "-q", *(f"--format={file}" for file in files))

    text, comment, page = (Path(f"out.{name}").read_text("utf-8") for name in ("txt", "md", "html"))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.origin == f"{SANDBOX}. Made {NOW} from santral.yaml.\n\n"
    assert text == result.whole_stdout
    assert comment.startswith(
        f"<!-- santral:plan -->\n\n**{SANDBOX}.** Made {NOW} from `santral.yaml`.\n"
    )
    assert f'<header>\n<p class="sandbox"><b>{SANDBOX}.</b> Made ' in page
    assert json.loads(Path("out.json").read_text("utf-8"))["origin"]["api"] == "sandbox"
    cases = Path("out.xml").read_text("utf-8")
    assert f"<system-out>{SANDBOX}. Made {NOW} from santral.yaml.&#10;" in cases
    assert {*re.findall('classname="(.*?)"', cases)} == {f"santral.sandbox.{command}"}


def test_a_rollback_in_the_sandbox_says_so_too(program: Program) -> None:
    """It is a run as any other."""
    program.write("santral.yaml", FILE)
    program.run("apply", "--sandbox")
    program.write("santral.yaml", FILE.replace("hangup: on", "hangup: off"))
    program.run("apply", "--sandbox")

    result = program.run("rollback", "--sandbox", "-q")

    assert (result.exit_code, result.origin[: len(SANDBOX)]) == (0, SANDBOX)


def test_a_step_at_github_can_ask_whether_it_was_the_sandbox(
    program: Program, stand_in: StandIn
) -> None:
    """By an output; no address is one, since a script may take it for its own text."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("GITHUB_OUTPUT", "output")
    program.run("plan", "--format", "github")
    program.run("plan", "--format", "github", "--sandbox")

    counts = "change=2\nin_sync=0\nfailed=0\n"
    assert Path("output").read_text() == f"{counts}sandbox=false\n{counts}sandbox=true\n"


def test_the_question_of_apply_is_about_what_stands_above_it(program: Program) -> None:
    """Where stdout is no text, who is asked reads on stderr of which API the plan is."""
    program.write("santral.yaml", FILE)

    asked = program.run(
        *("apply", "--sandbox", "-q", "--no-color", "--format=json"), stdin=b"n\n", terminal=True
    ).stderr

    assert asked.startswith(f"{SANDBOX}. Made {NOW} from santral.yaml.\n")


# Saved plans.


def test_a_saved_plan_shows_where_it_was_made_not_where_it_is_shown(
    program: Program, stand_in: StandIn, commit: str
) -> None:
    """To the byte, in each format."""
    names = ("text", "json", "markdown", "html")
    made = [program.run("plan", "--out=p.json", f"--format={name}") for name in names]
    saved = json.loads(Path("p.json").read_bytes())
    git("mv", "santral.yaml", "moved.yaml")
    git("commit", "-q", "-m", "second")

    shown = [program.run("show", "p.json", f"--format={name}") for name in names]

    assert [run.whole_stdout for run in shown] == [run.whole_stdout for run in made]
    assert saved["saved"]["created"] == saved["origin"]["made"] == NOW
    assert (saved["saved"]["api"], saved["origin"]["commit"]) == (stand_in.origin, commit)


def test_a_saved_plan_of_an_earlier_version_shows_what_is_known(program: Program) -> None:
    """It names API and time beside its digests, so that the sandbox is known from it too."""
    program.write("santral.yaml", FILE)
    now = program.run("plan", "--sandbox", "--out=p.json").stdout
    document = json.loads(Path("p.json").read_bytes())
    del document["origin"], document["keys_of_dropped"], document["saved"]["checksum"]
    for santral in document["santrals"]:
        del santral["key"]
    document["saved"]["checksum"] = digest_of(document)
    Path("p.json").write_text(json.dumps(document))

    shown = program.run("show", "p.json")

    assert (shown.exit_code, shown.stderr, shown.stdout) == (0, "", now)
    assert shown.origin == f"{SANDBOX}. Made {NOW}.\n\n"


# Which files.


def test_files_are_named_as_they_were_given(program: Program, stand_in: StandIn) -> None:
    """A directory is one name; of many files, the text names a few, and JSON all."""
    for number in range(7):
        program.write(f"{number}.yaml", FILE.replace("ankara", f"a{number}").split("  bursa")[0])
    program.write("fleet/a.yaml", FILE)
    many = [f"--config={number}.yaml" for number in range(7)]

    document = json.loads(program.run("plan", *many, "--format=json").stdout)

    assert said(program, "-c", "fleet") == f"{NOW} from fleet"
    assert said(program, "-c", "-", stdin=FILE.encode()) == f"{NOW} from <stdin>"
    assert said(program, *many) == (f"{NOW} from 0.yaml, 1.yaml, 2.yaml, 3.yaml, 4.yaml and 2 more")
    assert document["origin"]["files"] == [f"{number}.yaml" for number in range(7)]


# Which commit.


def as_committed(_: Program) -> str:
    """Leave everything as it is."""
    return "santral.yaml"


def with_other_line_ends(program: Program) -> str:
    """Write the file as a checkout on Windows does."""
    program.write("santral.yaml", FILE.replace("\n", "\r\n"))
    return "santral.yaml"


def through_a_link(program: Program) -> str:
    """Name a file that leads to the committed one."""
    (program.folder / "link.yaml").symlink_to("santral.yaml")
    return "link.yaml"


def from_below(program: Program) -> str:
    """Run in a folder of the repository."""
    (program.folder / "below").mkdir()
    program.monkeypatch.chdir(program.folder / "below")
    return "../santral.yaml"


def of_an_odd_name(program: Program) -> str:
    """Commit a file whose name git could take for a pattern."""
    program.write(":(top)[a-z]*.yaml", FILE)
    git("add", "-A")
    git("commit", "-q", "--amend", "--no-edit")
    return ":(top)[a-z]*.yaml"


def beside_another_change(program: Program) -> str:
    """Change what is not read."""
    program.write("other.txt", "x")
    return "santral.yaml"


COMMITTED: list[Callable[[Program], str]] = [
    as_committed,
    with_other_line_ends,
    through_a_link,
    from_below,
    of_an_odd_name,
    beside_another_change,
]


@pytest.mark.parametrize("prepare", COMMITTED, ids=lambda prepare: prepare.__name__)
def test_files_as_committed_are_of_their_commit(
    program: Program, commit: str, prepare: Callable[[Program], str]
) -> None:
    """Whatever they are called here, and whatever else lies there."""
    name = prepare(program)

    head = git("rev-parse", "HEAD")[:12]
    expected = f"{NOW} from {name}. All of it is as in commit {head}"
    assert said(program, "-c", name) == expected


def changed(program: Program) -> tuple[str, ...]:
    """Edit the file."""
    program.write("santral.yaml", FILE.replace("hangup: on", "hangup: off"))
    return ("santral.yaml",)


def changed_and_staged(program: Program) -> tuple[str, ...]:
    """Edit the file, and add it to the index, which is no commit."""
    names = changed(program)
    git("add", "-A")
    return names


def added(program: Program) -> tuple[str, ...]:
    """Read one more file, which git does not know."""
    program.write("new.yaml", FILE.replace("ankara", "x").replace("bursa", "y"))
    return ("santral.yaml", "new.yaml")


def from_elsewhere(program: Program) -> tuple[str, ...]:
    """Read one more file, from outside the repository."""
    name = "../elsewhere.yaml"
    program.write(name, FILE.replace("ankara", "x").replace("bursa", "y"))
    return ("santral.yaml", name)


def ignored_by_a_filter(program: Program) -> tuple[str, ...]:
    """Edit the file, and have a filter of the repository's make the old one of it."""
    program.write("old", FILE)
    program.write(".git/info/attributes", "*.yaml filter=old\n")
    git("update-index", "--assume-unchanged", "santral.yaml")
    git("config", "filter.old.clean", "touch ran; cat old")
    return changed(program)


OTHERS: list[Callable[[Program], tuple[str, ...]]] = [
    changed,
    changed_and_staged,
    added,
    from_elsewhere,
    ignored_by_a_filter,
]


@pytest.mark.parametrize("prepare", OTHERS, ids=lambda prepare: prepare.__name__)
def test_files_that_are_not_as_committed_say_so(
    program: Program, commit: str, prepare: Callable[[Program], tuple[str, ...]]
) -> None:
    """The bytes that were read are compared, so nothing in the repository can say otherwise."""
    names = prepare(program)

    shown = said(program, *(f"--config={name}" for name in names))

    assert shown == f"{NOW} from {', '.join(names)}. Not all of it is as in commit {commit[:12]}"
    assert not Path("ran").exists()


def test_a_repository_with_the_newer_hash_is_read_too(program: Program, stand_in: StandIn) -> None:
    """Its hashes are longer."""
    program.write("santral.yaml", FILE)
    name = committed("--object-format=sha256")

    document = json.loads(program.run("plan", "--format=json").stdout)

    assert len(name) == len(hashlib.sha256().hexdigest())
    assert (document["origin"]["commit"], document["origin"]["committed"]) == (name, True)


def no_repository(program: Program) -> None:
    """Leave git."""
    (program.folder / ".git").rename(program.folder / "no-git")


def no_git(program: Program) -> None:
    """Hide it."""
    program.monkeypatch.setenv("PATH", "")


def no_commit(program: Program) -> None:
    """Have nothing committed yet."""
    no_repository(program)
    git("init", "-q")


def no_object(program: Program) -> None:
    """Lose what was committed."""
    (program.folder / ".git/objects").rename(program.folder / "objects")


def a_git_that_babbles(program: Program) -> None:
    """Have something else called git."""
    script = "#!/bin/sh\nprintf '::error::x\\n##[group]\\n\\033[2J'\n"
    program.write("bin/git", script).chmod(0o755)
    program.monkeypatch.setenv("PATH", f"{program.folder}/bin{os.pathsep}{os.environ['PATH']}")


WITHOUT_GIT: list[Callable[[Program], None]] = [
    no_repository,
    no_git,
    no_commit,
    no_object,
    a_git_that_babbles,
]


@pytest.mark.parametrize("prepare", WITHOUT_GIT, ids=lambda prepare: prepare.__name__)
def test_a_plan_needs_no_git(
    program: Program, commit: str, prepare: Callable[[Program], None]
) -> None:
    """It is made all the same, and says of no commit."""
    prepare(program)

    result = program.run("plan")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.origin.endswith(f". Made {NOW} from santral.yaml.\n\n")


def test_so_many_states_of_a_folder_are_tried_as_contributing_says() -> None:
    """One that is lost is missed."""
    assert (len(COMMITTED), len(OTHERS), len(WITHOUT_GIT)) == (6, 5, 5)


def test_git_is_asked_twice_and_reads_objects_only(
    program: Program, commit: str, stand_in: StandIn
) -> None:
    """It gets no key, and runs nothing that the repository names."""
    real = subprocess.check_output(["/bin/sh", "-c", "command -v git"], text=True).strip()
    program.write(
        "bin/git", f'#!/bin/sh\necho "$@" >> calls\nenv >> environment\nexec {real} "$@"\n'
    ).chmod(0o755)
    git("config", "core.fsmonitor", "touch ran")
    program.monkeypatch.setenv("PATH", f"{program.folder}/bin{os.pathsep}{os.environ['PATH']}")

    assert program.run("plan").exit_code == 0

    calls = [
        re.search("rev-parse|ls-tree", call) for call in Path("calls").read_text().splitlines()
    ]
    assert [call and call.group() for call in calls] == ["rev-parse", "ls-tree"]
    assert "SANTRAL_" not in Path("environment").read_text()
    assert not Path("ran").exists()
