"""A run of a command that reads santrals: what was asked for, and what it takes."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from reconciler.cli.annotations import reported
from reconciler.cli.api_options import Access, access_options
from reconciler.cli.console import Console
from reconciler.cli.fleets import Fleets, load_fleets
from reconciler.cli.host_options import allow_hosts_option
from reconciler.cli.options import (
    Command,
    Selection,
    grouped,
    selection_options,
    selection_options_with_changed,
)
from reconciler.cli.output import Output, forbid_overwriting, output_options
from reconciler.cli.session import Session, journal_path, open_session
from reconciler.core.allowed_hosts import AllowedHosts
from reconciler.core.fleet import Fleet
from reconciler.core.scope import Scope
from reconciler.engine.scheduler import Scheduler
from reconciler.output_files import Kept


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asks of a run, whichever command it is."""

    selection: Selection
    access: Access
    output: Output
    allow_hosts: AllowedHosts | None = None
    """Where calls may go; None where nobody said that."""

    @property
    def journal(self) -> str:
        """The name of the run's journal."""
        return str(journal_path(self.access.journal, sandbox=self.access.sandbox))

    @property
    def _kept(self) -> Kept:
        return Kept(self.journal, journal_path(None, sandbox=self.access.sandbox))

    def forbid_overwriting(
        self,
        *,
        writes: Iterable[str | None] = (),
        reads: Iterable[str | None] = (),
        keeps_journal: bool,
    ) -> None:
        """Raise a usage error where an output would destroy something."""
        roots = self.access.ca_file.path if self.access.ca_file else None
        hosts = self.allow_hosts.path if self.allow_hosts else None
        given = (*self.access.keys_file, *self.access.secrets_file, roots, hosts)
        read = (*self.selection.config, *given, *reads)
        forbid_overwriting(
            (*self.output.files, *writes),
            read if keeps_journal else (*read, self.journal),
            kept=self._kept if keeps_journal else None,
            appended=self.output.appended,
        )

    def reported(self, command: str) -> AbstractContextManager[None]:
        """Have code hosts show why the command has no result, where it has none.

        To be called once nothing can be overwritten.
        """
        output, in_sandbox = self.output, self.access.sandbox
        return reported(command, output.formats, output.console, in_sandbox=in_sandbox)

    def load_fleets(self, console: Console, *, wants_files: bool = True) -> Fleets:
        """Load the files and pick the santrals asked for; raises what is wrong with either.

        A URL where no calls may go is wrong if santrals are wanted as the files have them.
        """
        allowed = self.allow_hosts if wants_files else None
        return load_fleets(self.selection, console, allowed)


def _options(selection: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Declare the options of a run, which picks santrals by these."""
    every = (selection, access_options, allow_hosts_option, output_options)
    return grouped("request", Request, *every)


run_options = _options(selection_options_with_changed)
rollback_options = _options(selection_options)


@dataclass(frozen=True, slots=True)
class Run:
    """A run under way: its santrals, its way to the API, its clock, and whom it speaks to."""

    fleets: Fleets
    session: Session
    scheduler: Scheduler
    console: Console
    allowed: AllowedHosts | None
    """Where calls may go; None where nobody said that."""

    def wanting(self, wanted: Fleet, scope: Scope | None = None) -> "Run":
        """Return the run for these santrals, whose secrets are filled in."""
        fleets = replace(self.fleets, wanted=wanted, scope=scope or self.fleets.scope)
        return replace(self, fleets=fleets)


@contextlib.contextmanager
def open_run(
    request: Request, fleets: Fleets, console: Console, *, wants_files: bool = True
) -> Iterator[Run]:
    """Look the keys up, open the connections, and start the clock; see ``open_session``.

    Secrets are filled in wherever they can be; that one cannot be is an error of a santral that is
    wanted as the files have it (``wants_files``).
    """
    access = request.access
    with open_session(access, fleets.whole, console) as session:
        scheduler = Scheduler(access.parallelism, time_limit=access.time_limit, rate=access.rate)
        whole, _ = session.secrets.fill(fleets.whole)
        whole_fleets = replace(fleets, whole=whole)
        run = Run(whole_fleets, session, scheduler, console, request.allow_hosts)
        yield run.wanting(session.filled(fleets.wanted)) if wants_files else run
