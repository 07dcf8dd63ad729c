"""Ringing: one made-up call event is shown, sent once it was agreed to, and answered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.cli.asking import require_agreement
from reconciler.cli.called import Called, RingError
from reconciler.cli.console import Console
from reconciler.cli.interrupt import SignalError
from reconciler.client.decoding import said_in
from reconciler.client.receiver import Receivers, Visit
from reconciler.core.errors import ExitCode
from reconciler.core.messages import Message, say, text_of
from reconciler.core.request_wording import ended
from reconciler.doctor import diagnosis
from reconciler.doctor.call_event import Event, as_form, fields_of
from reconciler.documents import utc_now


@dataclass(frozen=True, slots=True)
class Ring:
    """One call event to one URL."""

    called: Called
    event: Event
    console: Console
    show_urls: bool

    def carry_out(self, receivers: Receivers | None, *, yes: bool) -> ExitCode:
        """Show what is to be sent, ask, send it, and show what is answered; return the exit code.

        Without receivers nothing is sent. Raises RingError, OutputError, or click.Abort.
        """
        url, fields = self.called.url, fields_of(self.event, utc_now().astimezone())
        text = self._text(fields)
        self.console.write(text)
        for warning in self.called.warnings:
            self.console.warning(warning)
        if not receivers:
            self.console.info(say("The sandbox sends nothing to any URL."))
            return ExitCode.OK
        _require_agreement(text, yes=yes)
        visit = self._sent(receivers, url, as_form(fields))
        self.console.write("".join(f"{line}\n" for line in self._answered(visit, url)))
        return ExitCode.OK if visit.is_success else ExitCode.ERROR

    def _text(self, fields: Mapping[str, str]) -> str:
        """Return what is to be sent."""
        lines = (f"    {name}={value}\n" for name, value in fields.items())
        return f"POST {self.called.subject.shown(in_full=self.show_urls)}\n{''.join(lines)}\n"

    def _sent(self, receivers: Receivers, url: str, form: str) -> Visit:
        """Send it; who interrupts that is told that it may have arrived."""
        try:
            return receivers.post(url, form)
        except (KeyboardInterrupt, SignalError):
            self.console.error(say("The event may have been sent."))
            raise

    def _answered(self, visit: Visit, url: str) -> Iterator[str]:
        if visit.status is not None:
            yield ended(visit.status, visit.seconds)
        found = diagnosis.of_visit(visit, utc_now(), self._shown_place, was_posted=True)
        yield from (text_of(one.messages) for one in self.called.subject.told(found))
        if not visit.was_sent:
            yield str(Message("nothing-sent"))
        said = self._quoted(visit, url)
        if said:
            yield say('It said: "{said}"', said=said)

    def _shown_place(self, place: str) -> str:
        return self.called.subject.shown_place(place, in_full=self.show_urls)

    def _quoted(self, visit: Visit, url: str) -> str:
        text = said_in(visit.body, visit.content_type)
        if not self.called.may_quote:
            return ""
        return self.called.quoting.quoted(text, visit.body, url)


def _require_agreement(text: str, *, yes: bool) -> None:
    """Ask whether it shall be sent; raises RingError if not."""
    require_agreement(
        text,
        say("Send this made-up call event?"),
        yes=yes,
        impossible=RingError(Message("ring-cannot-ask")),
        declined=RingError(Message("declined"), Message("nothing-sent")),
    )
