"""A run against an API that misbehaves, with all that must hold in every such run."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from support.fault_server import LIVE, FaultServer
from support.fleet import KEYS
from support.key_search import files_with_key, holds_key
from support.program import Program, Result

from reconciler.core.secret import Key
from reconciler.core.settings import Switch

FILE = """\
version: 1
defaults:
  crm_integration: {ringing: off}
santrals:
  ankara:
    crm_integration: {}
  bursa:
    crm_integration: {}
"""

WANTED = replace(LIVE, ringing=Switch.OFF)

FLEET = {"ankara": Key("an-invented-key-of-no-known-shape"), "bursa": KEYS["bursa"]}
"""Ankara is what the faults befall; its key does not give itself away by its shape."""


@dataclass(frozen=True)
class Scene:
    """A program, the server it talks to, a server it must never talk to, and all that is logged."""

    program: Program
    server: FaultServer
    elsewhere: FaultServer
    log: io.StringIO

    def run(self, command: str, *options: str) -> Result:
        result = self.program.run(command, *options)
        self.log.write(result.stdout + result.stderr)
        return result


@contextmanager
def set_scene(program: Program, log: io.StringIO) -> Iterator[Scene]:
    """Set the scene, and hold after it what must hold in every one.

    Nobody else was asked, nothing was sent more than twice or twice without a look between, and
    no key came out: not on stdout or stderr, in what is logged at level DEBUG, or in any file.
    """
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_TIMEOUT", "10")
    for name, key in FLEET.items():
        program.monkeypatch.setenv(f"SANTRAL_KEY_{name.upper()}", key.reveal())
    with FaultServer(FLEET) as server, FaultServer(FLEET) as elsewhere:
        program.monkeypatch.setenv("SANTRAL_API_URL", server.origin)
        yield Scene(program, server, elsewhere, log)
    assert elsewhere.connections == 0
    for name in FLEET:
        assert server.steps(name).count("P") <= 2
        assert "PP" not in server.steps(name)
    for key in FLEET.values():
        assert not holds_key(log.getvalue(), key)
        assert files_with_key(program.folder, key) == []


def failed_plan(reason: str) -> str:
    """Return the plan in which ankara could not be read and bursa is in sync."""
    return (
        f"! ankara  (santral.yaml:5:3)\n    {reason}\n\nPlan: 0 to change, 1 in sync, 1 failed.\n"
    )


def assert_between(waits: list[float], *bounds: tuple[float, float]) -> None:
    """Hold waits against bounds; a moment may pass between asking for a wait and waiting."""
    assert len(waits) == len(bounds)
    for wait, (least, most) in zip(waits, bounds, strict=True):
        assert least - 0.5 <= wait <= most
