"""The recipes of .github/RECIPES.md for a server: cron, systemd, messages, keys from Vault.

What stands at fixed places of a server stands below a folder here; the rest is run as it is.
"""

import fcntl
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.fleet import BURSA, FILE, KEYS, QUIETER, settings
from support.forge import Repository, git
from support.installed import script_file, stand_ins
from support.readme import RECIPES, blocks, section, type_in, with_jq
from support.sandbox_served import Listener
from support.stand_in import StandIn
from support.vault import APPROLE, serving

from reconciler.sandbox.service import Reply

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a server with Linux")

SETTING_UP, JOB, APPLYING, BY_HAND = blocks("sh", section("A server of your own", RECIPES))
FIRST = "/usr/local/bin/santral-job first"
"""As somebody types it."""
(CRONTAB,) = blocks("text", section("A server of your own", RECIPES))
UNITS = {
    block.splitlines()[0].removeprefix("# /etc/systemd/system/"): block
    for block in blocks("ini", RECIPES)
}
(MESSAGE,) = blocks("sh", section("A message to Slack or Teams", RECIPES))
(VAULT,) = blocks("sh", section("Keys from Vault", RECIPES))

AS_ROOT = {"useradd": 'mkdir -p "$4"', "runuser": 'shift 3; exec "$@"'}
"""What only root may do."""


@dataclass(frozen=True)
class Server:
    """A server that was set up as the recipe says, and the repository that it follows."""

    folder: Path
    repository: Repository
    environment: Mapping[str, str]

    @property
    def state(self) -> Path:
        return self.folder / "var/lib/santral"

    def here(self, text: str) -> str:
        """Return a text with the places of a server below this one's folder."""
        places = "var/lib/santral|etc/santral|opt/santral|usr/local/bin"
        return re.sub(rf"(?<![\w.$])/({places})\b", rf"{self.folder}/\1", text)

    def put(self, script: str) -> Path:
        """Put a script where it says that it belongs."""
        first, second = script.splitlines()[:2]
        assert first == "#!/bin/sh"
        path = Path(self.here(second.removeprefix("# ")))
        path.write_text(self.here(script))
        path.chmod(0o755)
        return path

    def run(self, command: str, **environment: str) -> tuple[int, str]:
        """Run a command as cron does; return its exit code and what would be mailed."""
        usual = {"HOME": "/", "LOGNAME": "santral", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            ["/bin/sh", "-c", self.here(command)],
            cwd="/",
            env=usual | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def server(tmp_path: Path, stand_in: StandIn) -> Server:
    """Give a server on which the recipe was followed up to the first apply."""
    folder = tmp_path / "server"
    for place in ("root", "usr/local/bin", "var/lib", "etc", "opt"):
        (folder / place).mkdir(parents=True)
    bin_ = stand_ins(folder, stand_in.origin)
    for name, script in AS_ROOT.items():
        script_file(bin_ / name, script)
    with_jq(folder / "usr/local/bin")
    repository = Repository(folder / "root")
    repository.create()
    repository.commit("main", santral=FILE)
    keys = "".join(f"{name}={KEYS[name].reveal()}\n" for name in ("ankara", "bursa"))
    (folder / "root/keys").write_text(keys)
    environment = {
        "PATH": f"{bin_}:{folder}/usr/local/bin:{os.environ['PATH']}",
        "REPOSITORY": str(repository.origin),
        "SANTRAL_PACKAGE": "santral-reconciler==1.2.3",
    }
    server = Server(folder, repository, environment)
    for_us = SETTING_UP.replace(" -o santral -g santral ", " ")
    type_in(folder / "root", server.here(for_us), environment)
    server.put(JOB)
    return server


def jobs() -> dict[str, str]:
    """Return the commands of the crontab by what they do."""
    to, kind, *lines = CRONTAB.splitlines()
    assert (to.partition("=")[0], kind.partition("=")[0]) == ("MAILTO", "CONTENT_TYPE")
    found = [re.fullmatch(r"(?:[\d*/]+ ){5}santral (\S+ (\w+))", line) for line in lines]
    return {one[2]: one[1] for one in found if one}


def test_cron_can_read_the_lines() -> None:
    """Each ends, and none has a percent sign, which would end the command."""
    assert CRONTAB.endswith("\n")
    assert "%" not in CRONTAB
    assert jobs() == {
        "drift": "/usr/local/bin/santral-job drift",
        "apply": "/usr/local/bin/santral-job apply",
    }


def test_what_is_installed_is_pinned(server: Server) -> None:
    """As in the pipelines that init writes; and nobody else can read the keys."""
    pip = "-I -m pip install --quiet"
    assert (server.folder / "installed").read_text().splitlines() == [
        f"{pip} --require-hashes --only-binary=:all: --requirement=santral.lock",
        f"{pip} --no-deps --no-build-isolation --only-binary=santral-reconciler "
        "santral-reconciler==1.2.3",
    ]
    keys = server.folder / "etc/santral/keys"
    modes = [path.stat().st_mode & 0o777 for path in (keys, keys.parent, server.state)]
    assert modes == [0o600, 0o700, 0o700]


def test_mail_comes_when_there_is_something_to_tell(server: Server, stand_in: StandIn) -> None:
    """And an apply changes what was merged, not what somebody clicked elsewhere."""
    drift, apply = jobs()["drift"], jobs()["apply"]
    by_hand = type_in(server.folder, server.here(APPLYING), server.environment)
    assert "\nApply: 2 applied, 0 in sync, " in by_hand
    assert [server.run(drift), server.run(apply)] == [(0, "")] * 2

    clicked = settings("on", "on", "off", BURSA.notification_url)
    stand_in.hold("bursa", clicked)
    code, mail = server.run(drift)
    assert (code, "\nDrift: 1 drifted, 1 in sync, 0 failed. " in mail) == (2, True)
    assert server.run(apply) == (0, "")

    quieter = FILE.replace("crm_integration: {}", "crm_integration: {answered: off}")
    server.repository.commit("main", santral=quieter)
    code, mail = server.run(apply)
    assert (code, "\nApply: 1 applied, 0 in sync, " in mail) == (0, True)
    assert str(stand_in.live("ankara").answered) == "off"
    assert stand_in.live("bursa") == clicked
    ours = [server.state / name for name in ("journal.jsonl", "lock")]
    assert [path.stat().st_mode & 0o777 for path in ours] == [0o600] * 2


def test_what_was_clicked_is_undone_by_hand(server: Server, stand_in: StandIn) -> None:
    """With the job's keys and journal, and also while the repository cannot be reached."""
    server.run(FIRST)
    server.repository.origin.rename(server.folder / "away")
    asked_for, clicked = stand_in.live("ankara"), settings("off", "off", "off", "https://x.example")
    stand_in.hold("ankara", clicked)
    applying, listing, going_back = server.here(BY_HAND).splitlines()

    shown = [type_in(server.folder, applying, server.environment)]
    assert stand_in.live("ankara") == asked_for
    shown += [type_in(server.folder, one, server.environment) for one in (listing, going_back)]

    assert stand_in.live("ankara") == clicked
    said = ["\nApply: 1 applied, ", "ankara", "\nRollback: 1 applied, "]
    assert [text in one for text, one in zip(said, shown, strict=True)] == [True] * 3


def test_an_apply_that_failed_is_tried_again(server: Server, stand_in: StandIn) -> None:
    """Until it worked, and each time is told."""
    server.run(FIRST)
    server.repository.commit("main", santral=QUIETER)
    stand_in.answer("POST", "ankara", with_=Reply(400, "no"))
    codes = [server.run(jobs()["apply"])[0] for _ in range(2)]
    stand_in.answer_as_usual()

    code, mail = server.run(jobs()["apply"])

    assert (codes, code) == ([1, 1], 0)
    assert "\nApply: 1 applied, 1 in sync, " in mail
    assert server.run(jobs()["apply"]) == (0, "")


def test_the_check_is_of_what_was_merged_where_nothing_is_applied(server: Server) -> None:
    """Its timer may be the only one; the file that was there first is of no use for ever."""
    server.run(FIRST)
    server.repository.commit("main", santral=QUIETER)

    code, mail = server.run(jobs()["drift"])

    assert (code, "\nDrift: 2 drifted, 0 in sync, 0 failed. " in mail) == (2, True)


def test_nothing_is_applied_before_somebody_saw_it(server: Server, stand_in: StandIn) -> None:
    """Where a timer was started too early, or what was applied last is not known any more."""
    told = (1, "Do the first apply by hand: santral-job first.\n")

    assert (server.run(jobs()["apply"]), stand_in.count("POST")) == (told, 0)

    type_in(server.folder, server.here(APPLYING), server.environment)
    (server.state / "settings/.git/refs/santral/applied").write_text("")
    assert (server.run(jobs()["apply"])[0], stand_in.count("POST")) == (1, 2)


def unanswered(server: Server, stand_in: StandIn) -> int:
    """Merge a change of both santrals, of which the second one's fails; return its exit code."""
    server.repository.commit("main", santral=QUIETER)
    stand_in.answer("POST", "bursa", with_=Reply(400, "no"))
    code, _ = server.run(jobs()["apply"])
    stand_in.answer_as_usual()
    assert str(stand_in.live("ankara").answered) == "off"
    return code


def test_what_a_failed_apply_did_is_reverted_with_its_commit(
    server: Server, stand_in: StandIn
) -> None:
    """Though the file then asks for what it asked for when an apply last worked."""
    server.run(FIRST)
    failed = unanswered(server, stand_in)
    server.repository.commit("main", santral=FILE)

    code, mail = server.run(jobs()["apply"])

    assert (failed, code, "\nApply: 1 applied, " in mail) == (1, 0, True)
    assert str(stand_in.live("ankara").answered) == "on"
    assert server.run(jobs()["apply"]) == server.run(jobs()["drift"]) == (0, "")


def test_a_branch_that_was_set_back_is_told(server: Server, stand_in: StandIn) -> None:
    """The commit that is gone is not tried again; followed by hand, what it did is taken back."""
    server.run(FIRST)
    good = server.repository.main
    failed = unanswered(server, stand_in)
    git(server.repository.desk, "push", "-q", "--force", "origin", f"{good}:main")
    sent = stand_in.count("POST")

    code, mail = server.run(jobs()["apply"])

    told = "Somebody set the remote branch back. To follow it: git reset --hard @{upstream}\n"
    assert (failed, code, mail, stand_in.count("POST")) == (1, 1, told, sent)
    git(server.state / "settings", "reset", "-q", "--hard", "@{upstream}")
    assert server.run(jobs()["apply"])[0] == 0
    assert str(stand_in.live("ankara").answered) == "on"
    assert server.run(jobs()["apply"]) == server.run(jobs()["drift"]) == (0, "")


def test_there_is_never_more_than_one(server: Server, stand_in: StandIn) -> None:
    """One that waits for too long says so, and does nothing."""
    server.put(JOB.replace("flock -w 3600", "flock -w 0"))
    with (server.state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = server.run(jobs()["drift"])

    assert ended == (1, "Another santral-job has not ended for an hour.\n")
    assert stand_in.count("GET") == 0


def test_what_goes_wrong_is_told(server: Server) -> None:
    """No key, or a word that the script does not know."""
    (server.folder / "etc/santral/keys").write_text("# none\n")

    code, mail = server.run(jobs()["drift"])

    assert (code, "No key at all was given" in mail) == (1, True)
    code, mail = server.run("/usr/local/bin/santral-job")
    assert (code, mail[:37]) == (1, "Say what to do: santral-job drift, ap")


def test_systemd_takes_the_units(server: Server) -> None:
    """Each key is known, and each timer and each failure leads to a unit that is there."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    for name, unit in UNITS.items():
        (server.folder / name).write_text(server.here(unit))
    given = [
        server.folder / name.replace("@.", "@drift.") if "mail" in name else server.folder / name
        for name in UNITS
    ]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *given],
        capture_output=True,
        text=True,
        check=False,
    )

    # Of this machine's own units, which ours come after, it may tell something, too.
    about_ours = [line for line in done.stderr.splitlines() if "santral" in line]
    assert (done.returncode, about_ours) == (0, [])
    assert [*UNITS] == [
        *("santral@.service", "santral-mail@.service", "santral@drift.timer", "santral@apply.timer")
    ]


def command_of(unit: str, instance: str) -> list[str]:
    """Return the command that systemd starts for an instance of a unit."""
    (line,) = re.findall(r"^ExecStart=(.*)$", UNITS[unit], re.MULTILINE)
    assert not re.search(r"(?<!\$)\$(?!\$)", line), "systemd would fill this in itself"
    return [word.replace("%i", instance).replace("$$", "$") for word in shlex.split(line)]


def test_systemd_runs_what_cron_runs(server: Server) -> None:
    """And mails what a job said that failed, with no line that the program could carry out."""
    for job, command in jobs().items():
        assert command_of("santral@.service", job) == command.split()
    for name, script in (("journalctl", 'echo "$@"; echo "~! id"'), ("mail", 'echo "$@"; cat')):
        script_file(server.folder / "usr/local/bin" / name, script)

    mailed = subprocess.run(
        command_of("santral-mail@.service", "drift"),
        env={
            "PATH": server.environment["PATH"],
            "MONITOR_INVOCATION_ID": "0f00",
            "MONITOR_EXIT_STATUS": "2",
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert mailed.stdout.splitlines() == [
        "-s santral-job drift: exit code 2 santral@example.com",
        "--quiet --output=cat _SYSTEMD_INVOCATION_ID=0f00",
        " ~! id",
    ]


HOSTILE = '"}],"x":<!channel> <https://evil.example|here> & **b** [x](https://evil.example)'
"""A description that would like to be markup."""


def posted(server: Server, listener: Listener, kind: str) -> tuple[int, list[str]]:
    """Run the script; return its exit code, and the lines of what it posted, as they are shown."""
    script = server.put(MESSAGE.replace("kind=slack", f"kind={kind}"))
    server.put(re.sub(r"drift\)\n.*?;;", "drift) santral-message ;;", JOB, flags=re.DOTALL))
    webhook = server.folder / "etc/santral/webhook"
    webhook.write_text(f'url = "{listener.origin}/200"\n')
    code, printed = server.run("/usr/local/bin/santral-job drift")
    assert (script.is_file(), printed) == (True, "")
    if not listener.asked:
        return code, []
    method, path, content_type, body = listener.asked.pop()
    assert (method, path, content_type) == ("POST", "/200", "application/json")
    return code, SHOWN[kind](json.loads(body))


def shown_in_slack(message: dict[str, object]) -> list[str]:
    """Return the lines of a message in which nothing but the three characters has a meaning."""
    text = message.pop("text")
    assert message == {"mrkdwn": False}
    assert isinstance(text, str)
    assert not re.search(r"[<>]|&(?!(?:amp|lt|gt);)", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").split("\n")


def shown_in_teams(message: dict[str, object]) -> list[str]:
    """Return the lines of a card that has texts without Markdown alone."""
    assert isinstance(message["attachments"], list)
    (attachment,) = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (message["type"], card["type"], card["version"]) == ("message", "AdaptiveCard", "1.4")
    assert [block["type"] for block in card["body"]] == ["RichTextBlock"] * len(card["body"])
    runs = [run for block in card["body"] for run in block["inlines"]]
    assert [{**run, "text": ""} for run in runs] == [{"type": "TextRun", "text": ""}] * len(runs)
    return [run["text"] for run in runs]


SHOWN = {"slack": shown_in_slack, "teams": shown_in_teams}


@pytest.mark.parametrize("kind", SHOWN)
def test_a_message_is_posted_when_there_is_something_to_tell(
    server: Server, stand_in: StandIn, listener: Listener, kind: str
) -> None:
    """Text by others is shown as it is: it is neither markup nor another line."""
    described = FILE.replace("  ankara:\n", f"  ankara:\n    description: '{HOSTILE}'\n")
    server.repository.commit("main", santral=described)
    server.run(FIRST)
    assert posted(server, listener, kind) == (0, [])

    stand_in.hold("ankara", settings("on", "off", "off", BURSA.notification_url))
    stand_in.answer("GET", "bursa", with_=Reply(400, 'a "quote"\n<!here>'))
    code, lines = posted(server, listener, kind)

    assert (code, lines) == (
        1,
        [
            "santral plan --drift: something failed (exit code 1)",
            f"ankara ({HOSTILE}): answered, hangup, notification_url",
            'bursa: The API answered 400: "a "quote" <!here>".',
        ],
    )


def test_a_message_says_so_when_there_is_no_plan(server: Server, listener: Listener) -> None:
    """Because the file is wrong."""
    (server.state / "settings/santral.yaml").write_text("version: 2\n")

    code, lines = posted(server, listener, "slack")

    assert (code, lines[0]) == (1, "santral plan --drift: something failed (exit code 1)")
    assert lines[1].startswith("santral.yaml:1:")


def test_a_message_that_is_cut_off_leaves_no_plan_behind(server: Server, tmp_path: Path) -> None:
    """Whoever stops the job stops the script, which has put a plan into a folder of its own."""
    server.put(MESSAGE)
    script_file(tmp_path / "stopped/santral", "kill -TERM $PPID")
    places = {"PATH": f"{tmp_path}/stopped:/usr/bin:/bin", "TMPDIR": str(tmp_path / "own")}
    (tmp_path / "own").mkdir()

    code, _ = server.run("/usr/local/bin/santral-message", **places)

    assert (code, [*(tmp_path / "own").iterdir()]) == (143, [])


def test_keys_come_from_vault(server: Server, stand_in: StandIn, tmp_path: Path) -> None:
    """They are gone when the job ends, whether it worked or not, and it never prints one."""
    memory = tmp_path / "memory"
    memory.mkdir()
    (server.folder / "etc/santral/keys").unlink()
    approle = server.folder / "etc/santral/approle"
    one = FILE.partition("  bursa:")[0]
    server.repository.commit("main", santral=one)
    with serving() as vault:
        lines = VAULT.replace("https://vault.example.com", vault)
        server.put(JOB.replace("export SANTRAL_KEYS_FILE=/etc/santral/keys\n", lines))
        ended = []
        for known in (APPROLE, {**APPROLE, "secret_id": "another"}):
            approle.write_text(json.dumps(known))
            ended.append(server.run(FIRST, RUNTIME_DIRECTORY=str(memory)))
            assert [*memory.iterdir()] == []

    (code, worked), (refused, error) = ended
    assert (code, "\nApply: 1 applied, 0 in sync, " in worked) == (0, True)
    assert (refused, "curl: (22)" in error, stand_in.count("POST")) == (22, True, 1)
    secrets = [KEYS["ankara"].reveal(), *APPROLE.values()]
    assert not [one for one in secrets if one in worked + error]
    assert git(server.state / "settings", "status", "--porcelain") == ""
