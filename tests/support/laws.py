"""What may never be otherwise, whatever the API does, and a run of the program to hold against it.

These laws know nothing of what befell a run: they compare what the program says with what the
server truly holds, has seen, and has made of it.
"""

import io
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from support.fault_server import FaultServer, Turn
from support.forecast import exit_code
from support.journals import JOURNAL
from support.key_search import files_with_key, holds_key
from support.program import Program, Result

from reconciler.core.secret import Key
from reconciler.core.settings import DesiredSettings

MOST_POSTS = 2
UNTOUCHED = ("change", "in_sync", "stale", "not_tried")
"""Results that say that nothing was sent."""
UNCHANGED = (*UNTOUCHED, "failed", "refused")
"""Results that say that nothing was changed by this run."""


@dataclass
class Scene:
    """A fleet, its server, and the last run of the program on it."""

    program: Program
    keys: Mapping[str, Key]
    server: FaultServer
    elsewhere: FaultServer
    """Another host, which nobody may ever ask."""
    desired: dict[str, DesiredSettings]
    log: io.StringIO
    """Everything that anybody logged."""
    result: Result = field(init=False)
    """Its exit code and output."""
    seconds: float = field(init=False)
    """How long it took."""
    unannounced: list[str] = field(default_factory=list)
    """Santrals that got a POST which the journal did not hold."""
    records: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """What the server has ever held for each santral."""
    _written_before: int = 0
    """Lines of the journal that are of earlier runs."""

    def __post_init__(self) -> None:
        self.server.witness = self._witness
        self.server.elsewhere = self.elsewhere.origin
        lines = (f"{name}={key.reveal()}" for name, key in self.keys.items())
        self.program.monkeypatch.setenv("SANTRAL_KEYS", "\n".join(lines))
        self.program.monkeypatch.setenv("SANTRAL_API_URL", self.server.origin)
        self.write()

    def write(self) -> None:
        """Write the file for what is desired."""
        entries = {name: _entry(desired) for name, desired in self.desired.items()}
        content = {"version": 1, "santrals": entries}
        self.program.write("santral.yaml", json.dumps(content))

    def begin(self) -> None:
        """Get ready for a run."""
        self.unannounced.clear()
        self.records.clear()
        self._take_down()
        self._written_before = len(_lines())

    def run(self, command: str, *options: str) -> None:
        """Run a command on the fleet."""
        self.begin()
        arguments = [command, "--format=json", "--verbose", *options]
        if command == "plan":
            arguments.append("--detailed-exitcode")
        started = time.monotonic()
        self.result = self.program.run(*arguments)
        self.seconds = time.monotonic() - started
        self._take_down()

    def ended(self) -> dict[str, tuple[str, str]]:
        """Return how it ended for each santral, in a word and in a sentence."""
        return {
            santral["name"]: _ended(santral)
            for santral in json.loads(self.result.stdout)["santrals"]
        }

    def asked(self, name: str) -> tuple[str, list[float]]:
        """Return the requests that the program says it made, as ``GGPG``, and their seconds."""
        told = re.findall(
            rf"^([GP])\w+ {name}: (?:Answered \d+ in (\S+) s\.$|Failed in (\S+) s: .*\.$)",
            self.result.stderr,
            re.MULTILINE,
        )
        return "".join(method for method, *_ in told), [
            float(one or other) for _, one, other in told
        ]

    def broken_laws(self) -> list[str]:
        """Return what must not be, as sentences; there should be none."""
        results = {name: result for name, (result, _) in self.ended().items()}
        return [
            *self._broken_by_code(results),
            *(
                law
                for name, result in results.items()
                for law in self._broken_by_word(name, result)
            ),
            *self.broken_by_requests(),
            *self._broken_by_records(),
            *(f"{name}: left open in the journal" for name in self._open_intents()),
            *self._broken_by_keys(),
        ]

    def _broken_by_code(self, results: Mapping[str, str]) -> Iterator[str]:
        if results.keys() != self.desired.keys():
            yield "not every santral is in the report"
        if self.result.exit_code != exit_code(*results.values()):
            yield f"exit code {self.result.exit_code} for {sorted(set(results.values()))}"

    def _broken_by_word(self, name: str, result: str) -> Iterator[str]:
        """Compare what is said of a santral with what is live, and with what was sent."""
        live, is_changed = self.server.live[name], name in self.server.taken
        if result == "applied" and not (is_changed and self.desired[name].over(live) == live):
            yield f"{name}: applied, but not live"
        if result in UNCHANGED and is_changed:
            yield f"{name}: {result}, but changed"
        if result in UNTOUCHED and "P" in self.server.steps(name):
            yield f"{name}: {result}, but sent"

    def _broken_by_records(self) -> Iterator[str]:
        """Look for values that a santral never had: they are another's."""
        for santral in json.loads(self.result.stdout)["santrals"]:
            name = santral["name"]
            for change in santral["changes"]:
                held = [record[change["field"]] for record in self.records[name]]
                if change["before"] not in held:
                    yield f"{name}: another's {change['field']} is shown: {change['before']}"
        for written in self._written():
            if written["event"] != "intent":
                continue
            name = written["santral"]
            if written["before"] not in self.records[name]:
                yield f"{name}: another's settings are in the journal: {written['before']}"
            if not self._is_wanted(written):
                yield f"{name}: what was to be sent is not its own: {written['after']}"

    def _is_wanted(self, intent: Mapping[str, Any]) -> bool:
        managed = {n: v for n, v in asdict(self.desired[intent["santral"]]).items() if v}
        return bool(intent["after"] == {**intent["before"], **managed})

    def _take_down(self) -> None:
        """Remember what the server holds now."""
        for name, live in self.server.live.items():
            if asdict(live) not in self.records[name]:
                self.records[name].append(asdict(live))

    def broken_by_requests(self) -> Iterator[str]:
        """Look at what was sent, which must hold for a run that was killed too."""
        if self.elsewhere.connections:
            yield "another host was asked"
        for name in self.desired:
            steps = self.server.steps(name)
            if steps.count("P") > MOST_POSTS or "PP" in steps or steps.startswith("P"):
                yield f"{name}: sent too often, or without a look: {steps}"
        yield from (f"{name}: sent, but not in the journal" for name in self.unannounced)

    def _broken_by_keys(self) -> Iterator[str]:
        """Search what came out for keys."""
        for name, key in self.keys.items():
            if holds_key(self.result.stdout + self.result.stderr + self.log.getvalue(), key):
                yield f"{name}: its key was printed"
            if files_with_key(self.program.folder, key):
                yield f"{name}: its key is in a file"

    def _witness(self, turn: Turn) -> None:
        name = turn.request.santral
        self._take_down()
        if turn.request.method == "POST" and self._open_intents().get(name) != asdict(turn.wanted):
            self.unannounced.append(name)

    def _open_intents(self) -> dict[str, Any]:
        """Return what this run was about to make of each santral whose outcome is not written."""
        intents: dict[str, Any] = {}
        for record in self._written():
            if record["event"] == "intent":
                intents[record["santral"]] = record["after"]
            elif record["event"] == "outcome":
                intents.pop(record["santral"], None)
        return intents

    def _written(self) -> Iterator[dict[str, Any]]:
        """Yield what this run has written to the journal."""
        return map(json.loads, _lines()[self._written_before :])


def _lines() -> list[str]:
    """Return the lines of the journal; while a run goes on, a last one may be in the making."""
    written = JOURNAL.read_bytes() if JOURNAL.exists() else b""
    return written[: written.rfind(b"\n") + 1].decode("utf-8").splitlines()


def _entry(desired: DesiredSettings) -> dict[str, Any]:
    managed = {name: value for name, value in asdict(desired).items() if value}
    return {"crm_integration": managed}


def _ended(santral: Mapping[str, Any]) -> tuple[str, str]:
    told = santral.get("outcome") or {"result": santral["status"], "reason": santral["error"]}
    return told["result"], told["reason"] or ""
