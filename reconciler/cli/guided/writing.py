"""Carrying the answers out: each file in one step, those first that protect or explain others."""

from dataclasses import dataclass

from reconciler.cli.guided.answers import Answers
from reconciler.cli.guided.talk import Talk
from reconciler.cli.import_writing import Writing, put
from reconciler.cli.interrupt import interruptible
from reconciler.cli.scaffolding import Scaffolding, kept, written
from reconciler.core.errors import ExitCode
from reconciler.engine.scheduler import Scheduler
from reconciler.scaffold.starters import SETTINGS_FILE, schema


@dataclass(frozen=True, slots=True)
class Files:
    """Writes all files."""

    talk: Talk

    def write(self, answers: Answers) -> int:
        """Write them, even where a signal comes meanwhile, and return the exit code.

        Raises SantralError.
        """
        with interruptible(Scheduler(1)) as interruption:
            code = self._write(answers)
        return interruption.exit_code or code

    def _write(self, answers: Answers) -> ExitCode:
        scaffolding = Scaffolding(self.talk.console)
        scaffolding.ignore(*answers.ignored)
        writing = Writing(answers.wish, self.talk.access, self.talk.console)
        writing.write_private(answers.drafted.draft, answers.new_keys)
        code = self._write_settings(answers)
        if code is ExitCode.OK:
            scaffolding.place(schema())
            if answers.pipeline:
                scaffolding.place_pipeline(answers.pipeline)
        return code

    def _write_settings(self, answers: Answers) -> ExitCode:
        draft, console = answers.drafted.draft, self.talk.console
        content = draft.content
        if content is None:
            console.write(kept(SETTINGS_FILE))
            return ExitCode.OK
        code = console.tried(SETTINGS_FILE, lambda: put(SETTINGS_FILE, draft.before, content))
        if code is ExitCode.OK:
            console.write(written(SETTINGS_FILE))
        return code
