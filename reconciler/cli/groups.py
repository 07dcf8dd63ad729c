"""A command that has commands below it, as those here are declared."""

from collections.abc import Mapping

import click

from reconciler.cli.help import write_help_text
from reconciler.cli.speaking import Spoken
from reconciler.core.language import asks_for_a_language_only
from reconciler.core.messages import say


class HeadedGroup(Spoken, click.Group):
    """A group whose help is looked up when it is shown, and that knows what was meant."""

    def described(self) -> Mapping[str, str]:
        """Return what each command does, as a template, by its name."""
        return {name: one.help or "" for name, one in self.commands.items()}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; where no command is asked for, raise what shows the help."""
        is_bare = asks_for_a_language_only(args)
        rest = super().parse_args(ctx, args)
        if is_bare and not ctx.resilient_parsing:
            raise click.exceptions.NoArgsIsHelpError(ctx)
        return rest

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command; raises a usage error with what else to type, where that is known."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from reconciler.cli.near_misses import command_hint  # noqa: PLC0415 - rarely needed

            above = str(self.name) if ctx.parent else ""
            error.add_note(command_hint(args[0], self.described(), above))
            raise

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what the commands are for."""
        write_help_text(formatter, say(self.help or ""))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what each command does."""
        with formatter.section(say("Commands")):
            formatter.write_dl([(name, say(text)) for name, text in self.described().items()])
