"""What comes after the guided start: a first plan, and the way to the first change."""

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.cli.guided.answers import Answers, first_wish
from reconciler.cli.guided.talk import Talk
from reconciler.client.address import Address
from reconciler.client.api import PRODUCTION
from reconciler.config.load import load
from reconciler.core.messages import say, say_number
from reconciler.core.text import printable
from reconciler.onboarding.new_file import in_order
from reconciler.render.wording import listed
from reconciler.scaffold.starters import SETTINGS_FILE

_KEYS, _SECRETS = "SANTRAL_KEYS_FILE", "SANTRAL_SECRETS_FILE"


@dataclass(frozen=True, slots=True)
class NextSteps:
    """Knows the commands that find what the guided start was told, and shows them."""

    talk: Talk
    answers: Answers

    def plan(self) -> int:
        """Run the first plan in this process, and return its exit code."""
        from reconciler.cli.commands.plan import command  # noqa: PLC0415 - takes long

        arguments = [*self._reaching(), *self._files()]
        return int(command.main(arguments, prog_name="plan", standalone_mode=False) or 0)

    @property
    def unset(self) -> list[str]:
        """The santrals for which no notification URL is set, in the file or live."""
        imported = in_order(self.answers.imported)
        unset = [one.name for one in imported if not one.live.notification_url]
        if not unset:
            return []
        wanted = {one.name: one.desired for one in load([SETTINGS_FILE]).fleet.santrals}
        return [name for name in unset if name in wanted and not wanted[name].notification_url]

    def tell(self) -> None:
        """Say what to do, up to the first change that was verified."""
        asking = self.talk.asking
        asking.begin(say("What to do next"))
        for number, (text, lines) in enumerate(self._steps(), start=1):
            asking.begin(f"{number}. {text}")
            if lines:
                asking.show("\n" + "\n".join(lines))

    def _steps(self) -> Iterator[tuple[str, list[str]]]:
        yield from self._editing()
        exports = [*self._exports()]
        if exports:
            said = say(
                "Tell santral where your keys are. A new terminal needs this again, before any "
                "other command."
            )
            yield said, exports
        yield say("See what would change."), [self._command("plan")]
        said = say(
            "Make the change. This shows the plan and asks; then it sends each change once and "
            "reads it back. What it calls applied is verified."
        )
        yield said, [self._command("apply")]
        if not self.talk.access.sandbox:
            said = say(
                "Find out whether your CRM gets the calls. This sends each live URL the test that "
                "the vendor sends, which is no call."
            )
            yield said, [self._command("doctor")]
        yield self._keeping(), []

    def _editing(self) -> Iterator[tuple[str, list[str]]]:
        unset = self.unset
        if not unset:
            said = say(
                'Open {file} in an editor and change what you want: "ringing: on" to "ringing: '
                'off", say.',
                file=SETTINGS_FILE,
            )
            yield said, []
            return
        said = say_number(
            "{names} has no notification URL yet, and cannot be changed without one. Open {file} "
            "in an editor. Below crm_integration, write the address of your CRM, and on for the "
            "calls that it shall be told of (ringing, answered, hangup). The entry may then look "
            "like this:",
            "{count} santrals have no notification URL yet, and cannot be changed without one: "
            "{names}. Open {file} in an editor. Below crm_integration, write the address of your "
            "CRM, and on for the calls that it shall be told of (ringing, answered, hangup). An "
            "entry may then look like this:",
            count=len(unset),
            names=listed(unset),
            file=SETTINGS_FILE,
        )
        yield said, _entry(unset[0])

    def _keeping(self) -> str:
        if self.talk.access.sandbox:
            return say(
                "That was the rehearsal. For your real santrals, run santral init in another, "
                "empty folder."
            )
        if not self.answers.pipeline:
            return say(
                "Keep {file} in a repository of git. santral --help lists all commands.",
                file=SETTINGS_FILE,
            )
        if not self.answers.pipeline.ci:
            return say(
                "Set up what runs on Kubernetes as the top of its file says, with whoever looks "
                "after your cluster."
            )
        return say(
            "Set the pipeline up as the top of its file says, with whoever looks after your "
            "repository, and push it."
        )

    def _command(self, name: str) -> str:
        files = [] if self._takes_exports() else self._files()
        return f"   {printable(shlex.join(['santral', name, *self._reaching(), *files]))}"

    def _reaching(self) -> list[str]:
        """Return the options with which file and API are reached, as no variable says already."""
        return [*self._config(), *(["--sandbox"] if self.talk.access.sandbox else self._api())]

    def _config(self) -> list[str]:
        is_other = os.environ.get("SANTRAL_CONFIG", SETTINGS_FILE) not in {"", SETTINGS_FILE}
        return ["-c", SETTINGS_FILE] if is_other else []

    def _api(self) -> list[str]:
        access = self.talk.access
        usual = Address.parse(os.environ.get("SANTRAL_API_URL") or PRODUCTION)
        words = [] if usual and usual.origin == access.api_url else ["--api-url", access.api_url]
        if access.proxy and not os.environ.get("SANTRAL_PROXY"):
            words += ["--proxy", access.proxy.origin]
        if access.ca_file and not os.environ.get("SANTRAL_CA_FILE"):
            words += ["--ca-file", access.ca_file.path]
        return words

    def _files(self) -> list[str]:
        """Return the options that name the files with keys and secrets."""
        keys = [word for file in self._keys_files() for word in ("--keys-file", file)]
        return keys + [word for file in self._secrets_files() for word in ("--secrets-file", file)]

    def _keys_files(self) -> list[str]:
        """Return the files with keys, each once; none in the sandbox."""
        if self.talk.access.sandbox:
            return []
        files = (*self.talk.access.keys_file, self.answers.wish.keys_out)
        return [*dict.fromkeys(filter(None, files))]

    def _secrets_files(self) -> list[str]:
        """Return the file with secrets, if there is one that the file of settings is in need of."""
        added, usual = self.answers.wish.secrets_out, first_wish(sandbox=False).secrets_out
        if self.talk.access.sandbox or not (added or self.answers.has_secrets):
            return []
        return [added] if added else [usual] if usual and Path(usual).is_file() else []

    def _takes_exports(self) -> bool:
        """Return whether variables can name all files; each names one."""
        return len(self._keys_files()) <= 1

    def _exports(self) -> Iterator[str]:
        if not self._takes_exports():
            return
        wanted = {_KEYS: self._keys_files(), _SECRETS: self._secrets_files()}
        for variable, files in wanted.items():
            for file in files:
                if os.environ.get(variable) != file:
                    yield f"   {_assignment(variable, file)}"


def _assignment(variable: str, file: str) -> str:
    """Return the line that sets a variable: for PowerShell on Windows, for a POSIX shell elsewhere.

    No variable names the shell on Windows, but every process there has PSModulePath.
    """
    if "PSModulePath" in os.environ and "SHELL" not in os.environ:
        path = os.path.abspath(file).replace("'", "''")  # noqa: PTH100 - as typed
        return f"$env:{variable} = '{path}'"
    return f"export {variable}={_quoted(file)}"


def _quoted(file: str) -> str:
    """Return a file as a shell in this folder has it, so that it is found from others too."""
    plain = file.replace("-", "").replace("_", "").replace(".", "").replace("/", "")
    if not os.path.isabs(file) and plain.isalnum():  # noqa: PTH117 - as typed
        return f'"$PWD/{file}"'
    return shlex.quote(os.path.abspath(file))  # noqa: PTH100 - as typed


def _entry(name: str) -> list[str]:
    """Return an entry of the file as it may look once it can be applied."""
    settings = {"ringing": "on", "notification_url": "https://crm.example.com/santral"}
    fields = [f"      {field}: {value}" for field, value in settings.items()]
    return [f"  {name}:", "    crm_integration:", *fields]
