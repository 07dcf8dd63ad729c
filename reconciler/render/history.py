"""The history of a journal, as text for people and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

from reconciler import __version__
from reconciler.core.forms import moment
from reconciler.core.messages import say, say_number, template
from reconciler.core.plan import Change, differences
from reconciler.core.settings import URL_FIELD
from reconciler.core.stop import Stop
from reconciler.core.text import HIDDEN, is_printable, printable
from reconciler.core.url_mask import UrlMask
from reconciler.documents import local_text, utc_text
from reconciler.journal.history import PastChange, PastEnd, PastRun
from reconciler.journal.records import CRM_INTEGRATION, SANDBOX, Author, Finding, RunEnded
from reconciler.render.as_json import changes_document, text_of
from reconciler.render.as_text import COLOURS, TextStyle, change_lines
from reconciler.render.view import ShownChange, show_changes
from reconciler.render.wording import listed, result_words

FORMAT_VERSION = "1.0"
"""It stays while fields are only added."""
_MOST_DETAILED = 10
"""Santrals of a run whose changes are shown in a list of runs."""
_FOUND = {
    Finding.APPLIED: template("applied, as a later run found"),
    Finding.NOT_APPLIED: template("not applied, as a later run found"),
    Finding.OTHERS_LIVE: template("unknown; a later run found other settings live"),
    Finding.UNKNOWN: template("unknown; no later run could find out"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How to show runs."""

    style: TextStyle
    usual_api: str
    """Where a run changed something is shown unless it was there."""
    show_urls: bool
    is_brief: bool
    """Whether a run that changed many santrals only names them."""
    under_way: str | None = None
    """The ID of the run that may not have ended yet; another without an end was killed."""


def render_text(runs: Sequence[PastRun], look: Look) -> str:
    """Return each run, newest first, with who started it, what it changed, and how that ended.

    Runs that follow one another at one API and had nothing to change share a line.
    """
    blocks = []
    for (is_uneventful, api), group in groupby(runs, lambda run: (_is_uneventful(run), run.api)):
        alike = list(group)
        if is_uneventful and len(alike) > 1:
            blocks.append(f"{_together(alike, _elsewhere(api, look.usual_api))}\n")
        else:
            blocks.extend(_block(run, look) for run in alike)
    return "\n".join(blocks)


def _is_uneventful(run: PastRun) -> bool:
    """Return whether it was about to change nothing, and ended well."""
    return bool(run.end and not run.touched and run.end.exit_code == 0)


def _together(runs: Sequence[PastRun], where: str) -> str:
    first, last = local_text(runs[-1].started), local_text(runs[0].started)
    return say_number(
        "1 run of {first} changed nothing{where}.",
        "{count} runs from {first} to {last} changed nothing{where}.",
        count=len(runs),
        first=first,
        last=last,
        where=where,
    )


def _block(run: PastRun, look: Look) -> str:
    where, marked = _elsewhere(run.api, look.usual_api), _mark(run, look)
    head = f"{look.style.paint(run.id, bold=True)}  {head_of(run)}{where}{marked}"
    is_brief = look.is_brief and len(run.touched) > _MOST_DETAILED
    changes = _names(run, look.style) if is_brief else _change_lines(run, look)
    return f"{head}\n{''.join(changes)}{_end_line(run, look)}"


def _mark(run: PastRun, look: Look) -> str:
    if not run.is_cut_short:
        return ""
    words = say("IN PROGRESS") if run.id == look.under_way else say("DID NOT END")
    return f"  {look.style.paint(words, fg='yellow')}"


def _names(run: PastRun, style: TextStyle) -> Iterator[str]:
    """Yield the santrals that a run was about to change, by how that ended."""
    by_end: dict[str, list[str]] = {}
    for end in run.touched:
        by_end.setdefault(_ended(end, style), []).append(end.santral)
    for words, names in by_end.items():
        yield f"{words}: {listed(sorted(names))}\n"
    yield say("santral history --run {run} shows each change.", run=run.id) + "\n"


def head_of(run: PastRun) -> str:
    """Return in one line when a run began, what it was, and who started it."""
    command, author = _safe(run.command or say("unknown command")), _author(run.author)
    what = say("{command} by {author}", command=command, author=author)
    return f"{moment(local_text(run.started))}  {what}"


def _elsewhere(api: str | None, usual_api: str) -> str:
    return "" if api == usual_api else f" {_where(api)}"


def _end_line(run: PastRun, look: Look) -> str:
    """Return how the run ended; nothing in format 1.0, where no run says."""
    if run.is_unkeyed:
        return ""
    if not run.end:
        words = (
            say("This run is still in progress.")
            if run.id == look.under_way
            else say("This run did not end: it was killed, or the machine went down.")
        )
        return f"{look.style.paint(words, fg='yellow')}\n"
    end = run.end
    said = _how_it_ended(end), _planned_words(end), _result_words(end), *_stage_words(end)
    return " ".join(filter(None, said)) + "\n"


def _how_it_ended(end: RunEnded) -> str:
    if end.interrupted:
        return say("Interrupted with exit code {code}.", code=end.exit_code)
    return say("Ended with exit code {code}.", code=end.exit_code)


def _planned_words(end: RunEnded) -> str:
    if end.to_change is None:
        return say("It had no plan yet.")
    return say(
        "Planned: {changed} to change, {in_sync} in sync, {failed} failed.",
        changed=len(end.to_change),
        in_sync=end.in_sync,
        failed=end.failed,
    )


def _result_words(end: RunEnded) -> str:
    counted = (end.results or {}).items()
    words = ", ".join(f"{count} {result_words(result)}" for result, count in counted if count)
    return say("Result: {counts}.", counts=words) if words else ""


_STOPPED = {
    Stop.TIME_LIMIT: template("Stopped by --time-limit."),
    Stop.FAILURES: template("Stopped by --max-failures."),
    Stop.CANARY: template("Stopped after the canary, which did not end as applied."),
}


def _stage_words(end: RunEnded) -> Iterator[str]:
    """Yield what was tried first, if anything, and why something was not tried."""
    if end.canary:
        yield say("Canary: {names}.", names=listed(end.canary))
    if end.stopped_by in _STOPPED:
        yield say(_STOPPED[end.stopped_by])


def _where(api: str | None) -> str:
    if api is None:
        return say("(at an unknown API)")
    return say("(in the sandbox)") if api == SANDBOX else say("(at {api})", api=_safe(api))


def _change_lines(run: PastRun, look: Look) -> Iterator[str]:
    for change in run.changes:
        yield f"{change.santral}: {_ended(change, look.style)}\n"
        yield from change_lines(_fields(change, show_urls=look.show_urls), look.style)
    for end in run.ends:
        unreadable = say("The settings before and after cannot be read.")
        yield f"{end.santral}: {_ended(end, look.style)}. {unreadable}\n"
    if not (run.changes or run.ends):
        yield say("The journal has no changes by this run.") + "\n"


def _author(author: Author | None) -> str:
    if not author:
        return say("unknown")
    return f"{_safe(author.name)} ({_safe(author.link)})" if author.link else _safe(author.name)


def _ended(change: PastEnd, style: TextStyle) -> str:
    again = f" {say('(sent twice)')}" if change.was_sent_again else ""
    if change.ended:
        return style.paint(result_words(change.ended), fg=COLOURS[change.ended]) + again
    words = say(_FOUND[change.settled]) if change.settled else say("unresolved")
    return style.paint(words, fg="yellow") + again


def _fields(change: PastChange, *, show_urls: bool) -> tuple[ShownChange, ...]:
    before, after = change.before.shown, change.after.shown
    found = differences(before, after)
    url = after.notification_url
    if url == before.notification_url and change.before.sealed_url != change.after.sealed_url:
        found = (*found, Change(URL_FIELD, url, url))
    shown = show_changes(found, UrlMask(), show_urls=show_urls)
    return tuple(_sealed(one, change) if one.field == URL_FIELD else one for one in shown)


def _sealed(shown: ShownChange, change: PastChange) -> ShownChange:
    """Return the change of a URL, with what is known of what was hidden when it was written."""
    before, after = change.before, change.after
    if not (before.sealed_url or after.sealed_url):
        return shown
    return replace(
        shown,
        is_masked=True,
        is_hidden_part_changed=shown.is_hidden_part_changed or shown.before == shown.after,
        before_host=shown.before_host or (HIDDEN if before.sealed_url else None),
        after_host=shown.after_host or (HIDDEN if after.sealed_url else None),
    )


def _safe(text: str) -> str:
    """Return what the run wrote down safely; whoever has written it otherwise is escaped."""
    return text if is_printable(text) else printable(text)


def render_json(runs: Sequence[PastRun], *, show_urls: bool) -> str:
    """Return the runs as one JSON document, which history.schema.json describes."""
    return text_of(
        {
            "format_version": FORMAT_VERSION,
            "tool_version": __version__,
            "runs": [_run(run, show_urls=show_urls) for run in runs],
        }
    )


def _run(run: PastRun, *, show_urls: bool) -> dict[str, Any]:
    return {
        "run": run.id,
        "started": utc_text(run.started),
        "command": run.command and _safe(run.command),
        "author": run.author and _author_document(run.author),
        "api": run.api and _safe(run.api),
        "changes": [
            *(_change(change, _fields(change, show_urls=show_urls)) for change in run.changes),
            *(_change(end, None) for end in run.ends),
        ],
        "ended": None if run.is_unkeyed else run.end is not None,
        "end": run.end and asdict(run.end),
    }


def _author_document(author: Author) -> dict[str, Any]:
    return {"name": _safe(author.name), "link": author.link and _safe(author.link)}


def _change(change: PastEnd, fields: tuple[ShownChange, ...] | None) -> dict[str, Any]:
    return {
        "santral": change.santral,
        "record": CRM_INTEGRATION,
        "result": change.ended,
        "found_later": change.settled,
        "sent_again": change.was_sent_again,
        "changes": None if fields is None else changes_document(fields),
    }
