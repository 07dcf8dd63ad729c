"""The guided start from its first question to its last."""

import os
from dataclasses import dataclass

import click

from reconciler.cli.api_options import Access
from reconciler.cli.asking import Asking
from reconciler.cli.connecting import at_hand
from reconciler.cli.console import Console
from reconciler.cli.guided.answers import Answers, first_wish
from reconciler.cli.guided.collecting import Collecting
from reconciler.cli.guided.next_steps import NextSteps
from reconciler.cli.guided.talk import Talk, with_keys_here
from reconciler.cli.guided.writing import Files
from reconciler.cli.import_wish import ImportFailedError
from reconciler.cli.interrupt import INTERRUPTED, SignalError
from reconciler.core.ci_systems import Gate
from reconciler.core.errors import ExitCode, SantralError
from reconciler.core.messages import Message, say, template
from reconciler.scaffold.pipelines import Pipeline
from reconciler.scaffold.starters import SETTINGS_FILE

_PURPOSE = template(
    "This sets up santral in this folder: it takes the keys of your santrals, reads their "
    "settings, and writes a file that says what they are, {file}. A change of that file can then "
    "be reviewed and applied."
)
_KEPT = template("{file} is there already. It is kept, and gets the santrals that it lacks.")
_HARMLESS = template(
    "Nothing is changed in your santrals: their settings are only read. No file is written before "
    "the last question. Ctrl-C leaves at any question."
)
_SANDBOX = template(
    "This is the sandbox, a stand-in for the API inside this program. Do not type a real key here: "
    "any word of at least 8 letters does."
)
_REAL = template(
    "The file that is there may be of real santrals, and would get entries that are made up."
)
_LEFT = (click.Abort, KeyboardInterrupt, SignalError)
"""What leaving raises: Ctrl-C, Ctrl-D, another signal."""


@dataclass(frozen=True, slots=True)
class GuidedStart:
    """One run of ``init`` on a terminal."""

    access: Access
    asking: Asking
    wanted: Pipeline | None
    """What the command line says of a pipeline, perhaps without its gate."""
    gate: Gate | None

    def run(self) -> int:
        """Ask, write, and return the exit code; raises SantralError."""
        console = Console(wraps=True)
        try:
            talk, answers = self._asked(console)
        except _LEFT:
            self.asking.tell(say("Nothing was written."))
            return INTERRUPTED
        code = Files(talk).write(answers)
        return code or self._go_on(NextSteps(talk, answers))

    def _asked(self, console: Console) -> tuple[Talk, Answers]:
        """Return what was answered; raises SantralError, and what leaving raises."""
        wish = first_wish(sandbox=self.access.sandbox)
        wish.forbid_overwriting(self.access)
        existing = wish.existing()
        self._welcome(is_there=existing is not None)
        if self.access.sandbox and existing is not None:
            self._require_rehearsal_here()
        # A plan that follows takes the keys out of the real environment.
        environment = dict(os.environ)
        access = with_keys_here(self.access, environment)
        given = None if access.sandbox else at_hand(access, console, environment)
        talk = Talk(access, self.asking, console, given)
        answers = Collecting(talk, self.wanted, self.gate).collect(wish, existing)
        self.asking.begin(
            say(
                "The last question. These files are written or added to: {files}.",
                files=", ".join(answers.files),
            )
        )
        if not self.asking.agrees(say("Write them?"), default=True):
            raise ImportFailedError(Message("import-declined"))
        return talk, answers

    def _welcome(self, *, is_there: bool) -> None:
        self.asking.tell(say(_PURPOSE, file=SETTINGS_FILE))
        if is_there:
            self.asking.tell(say(_KEPT, file=SETTINGS_FILE))
        self.asking.begin(say(_HARMLESS))
        if self.access.sandbox:
            self.asking.begin(say(_SANDBOX))

    def _require_rehearsal_here(self) -> None:
        """Ask whether a file that is there is for rehearsing; raises ImportFailedError if not."""
        self.asking.begin(say(_REAL))
        if not self.asking.agrees(say("Rehearse here all the same?")):
            raise ImportFailedError(Message("import-declined"))

    def _go_on(self, steps: NextSteps) -> int:
        """Offer a first plan, and say what comes next."""
        try:
            code = self._planned(steps)
        except _LEFT:
            code = INTERRUPTED
        steps.tell()
        return code or (ExitCode.OK if steps.answers.is_whole else ExitCode.ERROR)

    def _planned(self, steps: NextSteps) -> int:
        """Make a plan if one is wanted, and return its exit code."""
        self.asking.begin(say("A plan shows what the file would change. It only reads."))
        question = say("Make a first plan?")
        if not self.asking.agrees(question, default=True):
            return ExitCode.OK
        try:
            return steps.plan()
        except (SantralError, click.ClickException) as error:
            message = error.format_message() if isinstance(error, click.ClickException) else ""
            self.asking.tell(message or str(error))
        return ExitCode.ERROR
