"""A checkup: whose keys are good, and what the servers at their notification URLs answer."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.cli.interrupt import interruptible
from reconciler.cli.knocking import CheckupWish
from reconciler.cli.run import Run
from reconciler.client.api import Note
from reconciler.client.receiver import SECONDS, Receivers, Visit
from reconciler.client.retries import Patience
from reconciler.core.checkup import WORST_FIRST, Checked, Checkup, Finding, Level, Reach, Source
from reconciler.core.fleet import Santral
from reconciler.core.messages import Message, say
from reconciler.core.plan import Reading, Unreadable
from reconciler.core.request_wording import ended, failed
from reconciler.doctor import diagnosis
from reconciler.doctor.rounds import ask_all
from reconciler.doctor.subjects import Rules, Subject, of_file, of_key, of_live
from reconciler.documents import utc_now, utc_text
from reconciler.engine.reader import FleetReader
from reconciler.journal.records import SANDBOX
from reconciler.keys.text_file import KeyLookupError

_URL = "URL"
"""What stands where the method does of a request to the API, for who watches."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found out, and the exit code of a signal that cut it short."""

    checkup: Checkup
    interrupted: int | None


@dataclass(frozen=True, slots=True)
class Examination:
    """One run of ``doctor``."""

    run: Run
    wish: CheckupWish
    timeout: float | None
    """Of a request to a URL, in seconds."""
    show_urls: bool

    def carry_out(self) -> Examined:
        """Read what is live, ask the URLs, and say what was found."""
        with interruptible(self.run.scheduler) as interruption:
            subjects = self._subjects()
            visits = self._visits(subjects)
        now = utc_now()
        checkup = Checkup(
            santrals=tuple(self._checked(one, visits, now) for one in subjects),
            source=self.wish.source,
            reach=self._reach,
            api=self.run.session.name if self._asks_api else None,
            made=utc_text(now),
            notes=tuple(self._notes()),
            in_sandbox=self._is_in_sandbox,
        )
        return Examined(checkup, interruption.exit_code)

    @property
    def _asks_api(self) -> bool:
        return not self.wish.offline and self._looks_at_keys

    @property
    def _is_in_sandbox(self) -> bool:
        return self.run.session.name == SANDBOX

    @property
    def _looks_at_keys(self) -> bool:
        """Whether keys are part of it: not where only URLs of files can be looked at."""
        return not self.wish.desired or self.run.session.keys_at_hand > 0

    @property
    def _reach(self) -> Reach:
        if self.wish.offline or self._is_in_sandbox:
            return Reach.NOWHERE
        return Reach.TLS if self.wish.no_post else Reach.POST

    def _notes(self) -> Iterator[Message]:
        fleets = self.run.fleets
        if fleets.scope.shard or fleets.scope.changed:
            yield Message(
                "checkup-part",
                looked_at=f"{len(fleets.wanted.santrals):,}",
                fleet=f"{fleets.scope.fleet:,}",
                options=" ".join(fleets.scope.options),
            )
        if fleets.difference:
            yield from fleets.difference.notes
        if not self._looks_at_keys:
            yield Message("checkup-without-keys")
        if self._is_in_sandbox:
            yield Message("checkup-in-sandbox")
        elif self._reach is Reach.NOWHERE:
            yield Message("checkup-offline")
        if self._reach is not Reach.NOWHERE:
            yield Message("checkup-view")

    def _subjects(self) -> list[Subject]:
        session = self.run.session
        rules = Rules(
            session.api.finder, session.secrets, self.wish.allow_private, self.run.allowed
        )
        filled, unfilled = session.secrets.fill(self.run.fleets.wanted)
        readings = self._readings(filled.santrals) if self._asks_api else ()
        if self.wish.source is Source.LIVE:
            return [of_live(reading, rules) for reading in readings]
        found = {one.santral.name: of_key(one) for one in readings}
        lacking: dict[str, list[Message]] = defaultdict(list)
        for santral, reason in unfilled:
            lacking[santral.name].append(reason)
        return [
            of_file(one, lacking[one.name], found.get(one.name) or self._of_lookup(one), rules)
            for one in filled.santrals
        ]

    def _of_lookup(self, santral: Santral) -> tuple[Finding, ...]:
        """Return whether the key of a santral that is not read is there."""
        key = self.run.session.keys[santral.name]
        if isinstance(key, KeyLookupError) and self._looks_at_keys:
            return (Finding(Level.RED, key.messages),)
        return ()

    def _readings(self, santrals: Sequence[Santral]) -> Sequence[Reading]:
        session = self.run.session
        with self.run.console.progress(say("Reading"), len(santrals)) as step:
            reader = FleetReader(session.api, session.keys, self.run.scheduler, Patience())
            readings = reader.read(santrals, lambda reading: reading, step)
        failed = [one.live for one in readings if isinstance(one.live, Unreadable)]
        errors = (message for one in failed for message in one.error)
        for hint in session.ignored.missed_by(errors):
            self.run.console.warning(hint)
        return readings

    def _visits(self, subjects: Sequence[Subject]) -> Mapping[str, Visit]:
        """Ask each URL that may be asked, once."""
        may_ask = [one for one in subjects if one.may_ask]
        may_ask.sort(key=lambda one: one.hides_host)  # Of those with one URL, the last counts.
        asked = {one.url: one for one in may_ask if one.url}
        if self._reach is Reach.NOWHERE or not asked:
            return {}
        receivers = Receivers(self.timeout or SECONDS, allow_private=self.wish.allow_private)
        ask = receivers.test if self._reach is Reach.POST else receivers.knock

        def observed(url: str) -> Visit:
            visit = ask(url)
            name, event = asked[url].santral.name, _event_of(visit, asked[url])
            self.run.console.observe(Note(_URL, name, event))
            return visit

        with self.run.console.progress(say("Asking"), len(asked)) as step:
            return ask_all(asked, observed, self.run.scheduler, step)

    def _checked(self, subject: Subject, visits: Mapping[str, Visit], now: datetime) -> Checked:
        santral = subject.santral
        visit = visits.get(subject.url or "") if subject.may_ask else None
        findings = [*subject.findings, *self._findings(subject, visit, now)]
        return Checked(
            name=santral.name,
            place=santral.place,
            findings=tuple(sorted(findings, key=lambda one: WORST_FIRST.index(one.level))),
            url=subject.shown(in_full=self.show_urls),
            measured=diagnosis.measured(visit, now) if visit else None,
        )

    def _findings(
        self, subject: Subject, visit: Visit | None, now: datetime
    ) -> tuple[Finding, ...]:
        if not visit:
            is_lost = subject.may_ask and self._reach is not Reach.NOWHERE
            return (Finding.of(Level.RED, Message("receiver-not-tried")),) if is_lost else ()
        found = diagnosis.of_visit(
            visit,
            now,
            lambda place: subject.shown_place(place, in_full=self.show_urls),
            was_posted=self._reach is Reach.POST,
        )
        return subject.told(found)


def _event_of(visit: Visit, subject: Subject) -> str:
    """Say what became of a request to the URL of a santral."""
    if visit.problem:
        (told,) = subject.told([Finding.of(Level.RED, visit.problem)])
        return failed(told.messages[0], visit.seconds)
    return ended(visit.status, visit.seconds)
