"""Whose notification URL is rung: that of a santral of the files, or any."""

from dataclasses import dataclass

from reconciler.cli.api_options import Access
from reconciler.cli.connecting import keys_and_secrets, owners_of
from reconciler.cli.console import Console
from reconciler.cli.interrupt import interruptible
from reconciler.cli.session import Session, open_session
from reconciler.client.decoding import Quoting
from reconciler.client.retries import Patience
from reconciler.core.checkup import Level
from reconciler.core.errors import SantralError
from reconciler.core.fleet import Fleet, Place, Santral, selected
from reconciler.core.key_finder import KeyFinder
from reconciler.core.messages import Message
from reconciler.core.settings import DesiredSettings
from reconciler.core.text import printable
from reconciler.core.url_mask import UrlMask
from reconciler.doctor.subjects import Rules, Subject, of_file, of_live
from reconciler.engine.reader import FleetReader
from reconciler.engine.scheduler import Scheduler


class RingError(SantralError):
    """Nothing can be sent."""


@dataclass(frozen=True, slots=True)
class Called:
    """What is rung, and what may be shown of the answer."""

    subject: Subject
    quoting: Quoting

    @property
    def url(self) -> str:
        """The URL; raises RingError where nothing may be sent there."""
        found = self.subject.findings
        reasons = [one for one in found if one.level is Level.RED] or [*found]
        if self.subject.may_ask and self.subject.url:
            return self.subject.url
        raise RingError(*(message for one in reasons for message in one.messages))

    @property
    def warnings(self) -> tuple[Message, ...]:
        """What is to be known before anything is sent there."""
        odd = (one for one in self.subject.findings if one.level is Level.YELLOW)
        return tuple(message for one in odd for message in one.messages)

    @property
    def may_quote(self) -> bool:
        """Whether the answer may be shown, which may repeat a URL with a secret."""
        return not self.subject.santral.mask.templates


@dataclass(frozen=True, slots=True)
class Choice:
    """Which URL of a santral it shall be."""

    desired: bool
    allow_private: bool


def of_url(url: str, access: Access, console: Console, choice: Choice) -> Called:
    """Return any URL, as it was given; no file and no key is needed for it."""
    ring, secrets = keys_and_secrets(access, console)
    keys = KeyFinder(owners_of(ring, {}))
    mask = UrlMask(secrets=secrets.finder)
    nobody = Santral("", "", DesiredSettings(), Place("", 1, 1), mask=mask)
    subject = Rules(keys, secrets, choice.allow_private).judged(nobody, url)
    return Called(subject, Quoting(keys, secrets.finder))


def named(name: str, fleet: Fleet) -> Santral:
    """Return the santral of this name; raises RingError, or NothingMatchesError with a near one."""
    santrals = {one.name: one for one in fleet.santrals}
    found = sorted(selected(santrals, (name,), (), _unknown))
    if found[1:]:
        raise RingError(Message("ring-several", name=printable(name), count=len(found)))
    return santrals[found[0]]


def _unknown(name: str) -> Message:
    return Message("ring-unknown", name=name)


def of_santral(
    santral: Santral, whole: Fleet, access: Access, console: Console, choice: Choice
) -> Called:
    """Return the URL of a santral: the one that is live, or its file's."""
    with open_session(access, whole, console) as session:
        rules = Rules(session.api.finder, session.secrets, choice.allow_private)
        filled, unfilled = session.secrets.fill(Fleet((santral,)))
        if choice.desired:
            reasons = [reason for _, reason in unfilled]
            subject = of_file(filled.santrals[0], reasons, (), rules)
        else:
            subject = _of_live(filled, session, rules)
        return Called(subject, session.api.quoting)


def _of_live(filled: Fleet, session: Session, rules: Rules) -> Subject:
    scheduler = Scheduler(1)
    with interruptible(scheduler):
        reader = FleetReader(session.api, session.keys, scheduler, Patience())
        (subject,) = reader.read(filled.santrals, lambda reading: of_live(reading, rules))
    return subject
