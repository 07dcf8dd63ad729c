"""Collecting the answers: all questions but the last, and all that is read for them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import click

from reconciler.cli.guided.answers import Answers
from reconciler.cli.guided.pipeline import PipelineQuestion
from reconciler.cli.guided.places import PlaceQuestion, lines_to_ignore
from reconciler.cli.guided.santrals import Found, SantralQuestions
from reconciler.cli.guided.talk import Talk
from reconciler.cli.import_drafting import Drafted, drafted, imported_of, keys_of
from reconciler.cli.import_report import ImportReport
from reconciler.cli.import_wish import ImportFailedError, Wish
from reconciler.cli.reading import ReadFleet, read_fleet
from reconciler.core.ci_systems import Gate
from reconciler.core.messages import Message, say
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.keys.secret_lines import lines_in
from reconciler.onboarding.private_lines import obstacle
from reconciler.scaffold.pipelines import Pipeline
from reconciler.scaffold.starters import SETTINGS_FILE


@dataclass(frozen=True, slots=True)
class Collecting:
    """Asks and reads; writes nothing."""

    talk: Talk
    wanted: Pipeline | None
    """What the command line says of a pipeline, perhaps without its gate."""
    gate: Gate | None

    def collect(self, wish: Wish, existing: bytes | None) -> Answers:
        """Return all that is to be written; raises SantralError, and click.Abort."""
        found = SantralQuestions(self.talk).ask()
        wish = self._with_keys_out(wish, found)
        fleet = self._read(found)
        report = ImportReport(fleet, SETTINGS_FILE, self.talk.console)
        imported = tuple(imported_of(fleet, {one.name: one for one in found.santrals}))
        if not imported:
            report.tell_failures()
            raise ImportFailedError(Message("import-nothing-read"))
        made = drafted(wish, existing, imported, fleet)
        self._show(made)
        report.tell(made, len(imported))
        keys = self._new(keys_of(imported, fleet))
        wish = self._with_secrets_out(wish if keys else replace(wish, keys_out=None), made)
        return Answers(
            wish,
            imported,
            made,
            keys,
            lines_to_ignore(wish.keys_out, wish.secrets_out, *found.lists),
            PipelineQuestion(self.talk.asking, self.wanted, self.gate).ask(),
            fleet.is_whole and not made.left_out,
        )

    def _with_keys_out(self, wish: Wish, found: Found) -> Wish:
        """Ask where keys shall lie, if there are any that lie nowhere yet."""
        new = self._new({one.name: one.key for one in found.santrals})
        if self.talk.access.sandbox or not new:
            return wish
        return replace(wish, keys_out=PlaceQuestion(self.talk, wish, found).ask(new))

    def _new(self, keys: Mapping[str, Key]) -> dict[str, Key]:
        there = {*self.talk.keys_at_hand.values()}
        return {name: key for name, key in keys.items() if key not in there}

    def _read(self, found: Found) -> ReadFleet:
        keys = {one.name: one.key for one in found.santrals}
        fleet = read_fleet(self.talk.access, keys, self.talk.console, self.talk.given)
        if fleet.interrupted:
            raise click.Abort
        return fleet

    def _show(self, made: Drafted) -> None:
        """Show what is written, or why that cannot be; raises ImportFailedError."""
        draft, asking = made.draft, self.talk.asking
        if draft.refusal:
            self.talk.console.write(draft.snippet)
            raise ImportFailedError(draft.refusal, place=SETTINGS_FILE)
        if draft.before is not None and draft.content:
            asking.begin(say("This is what {file} gets:", file=SETTINGS_FILE))
            self.talk.console.write(f"\n{draft.diff}\n")
        elif draft.content:
            asking.begin(say("This is {file}:", file=SETTINGS_FILE))
            self.talk.console.write(f"\n{draft.content.decode()}\n")
        elif draft.before is None:
            raise ImportFailedError(Message("import-nothing-read"))

    def _with_secrets_out(self, wish: Wish, made: Drafted) -> Wish:
        """Return it with the file of secrets only where there are any; raises SantralError."""
        secrets = made.draft.secret_lines
        if not (wish.secrets_out and secrets):
            return replace(wish, secrets_out=None)
        told = say(
            "What looks like a token in a URL goes to {path}, which nobody but you may read. The "
            "file has {{secret.NAME}} in its place.",
            path=printable(wish.secrets_out),
        )
        self.talk.asking.tell(told)
        wish.forbid_overwriting(self.talk.access)
        in_the_way = obstacle(wish.secrets_out, secrets, lines_in)
        if in_the_way:
            raise in_the_way
        return wish
