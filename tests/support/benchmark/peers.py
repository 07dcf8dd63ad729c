"""The same fleet planned by this program and by others, in turn, on one server.

Each reads the live settings of every santral, or of as many zones or lines, and says what differs;
every one of them does. What is the same for all: the server, its latency, the number of requests
at a time. octoDNS has a zone with four records for each santral, since it knows no such API.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.benchmark.processes import command, key_of, write_fleet

SIZES = (100, 1_000)
PARALLELISM = {0.0: 10, 0.1: 32}
"""How many requests are made at a time, by the latency in seconds."""
_PACKAGES = {
    "octoDNS": ("octodns", "octodns-powerdns"),
    "Ansible": ("ansible-core",),
    "uvloop": ("uvloop",),
}
"""By what needs them; uvloop is for the server."""
WANTED_URL = "https://crm.example.com/{name}"


@dataclass(frozen=True)
class Task:
    """A fleet to be planned."""

    folder: Path
    origin: str
    size: int
    parallelism: int

    @property
    def names(self) -> list[str]:
        return [f"santral-{number:05d}" for number in range(self.size)]


@dataclass(frozen=True)
class Peer:
    """A program that plans, how it is told what, and what it prints of each difference."""

    name: str
    prepare: Callable[[Task], Sequence[str]]
    """Writes what it needs into the task's folder; returns the command."""
    told: str
    """Stands once in what it prints of each santral that differs."""
    environment: Mapping[str, str] = field(default_factory=dict)
    is_slow: bool = False
    """Whether it makes one request after the other, so that it is run only once."""


@dataclass(frozen=True)
class Scratch:
    """Where the others are installed."""

    folder: Path
    missing: Mapping[str, str]
    """Those that could not be had, with the reason."""

    @property
    def programs(self) -> Path:
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin")

    @property
    def python(self) -> str:
        return str(self.programs / "python")

    def version(self, package: str) -> str:
        asked = ("-c", f"import importlib.metadata as m; print(m.version({package!r}))")
        return subprocess.run(
            (self.python, *asked), capture_output=True, text=True, check=False
        ).stdout.strip()


def installed(folder: Path) -> Scratch:
    """Install the others into a folder, from wherever pip is set up to look."""
    venv.create(folder, with_pip=True)
    scratch, missing = Scratch(folder, {}), {}
    for name, packages in _PACKAGES.items():
        install = (scratch.python, "-m", "pip", "install", "-q", *packages)
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            missing[name] = f"pip could not install {' and '.join(packages)}"
    for program in ("curl", "jq"):
        if not shutil.which(program):
            missing["curl and jq"] = f"{program} is not there"
    return Scratch(folder, missing)


def peers_of(scratch: Scratch) -> list[Peer]:
    """Return this program, and the others that are there."""
    programs = str(scratch.programs)
    all_peers = (
        Peer("santral plan", _santral, "\n~ "),
        Peer("curl and jq", _curl_and_jq, "notification_url: "),
        Peer(
            "octoDNS",
            lambda task: _octodns(task, programs),
            "*   Update\n",
            {"POWERDNS_KEY": "made-up"},
        ),
        Peer(
            "Ansible",
            lambda task: _ansible(task, programs),
            '"msg": "santral-',
            {"ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_NOCOLOR": "1"},
            is_slow=True,
        ),
    )
    return [peer for peer in all_peers if peer.name not in scratch.missing]


def checked(peer: Peer, task: Task, started: Sequence[str]) -> None:
    """Run it once for what it prints; raises AssertionError unless it found every difference."""
    run = subprocess.run(
        started,
        cwd=task.folder,
        env={**os.environ, **peer.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    found = f"\n{run.stdout}".count(peer.told)
    if found != task.size:
        raise AssertionError(f"{peer.name} found {found} of {task.size}:\n{run.stdout[-2000:]}")


def _santral(task: Task) -> Sequence[str]:
    write_fleet(task.folder, task.size)
    return command("plan", task.origin, "--parallelism", str(task.parallelism))


def _curl_and_jq(task: Task) -> Sequence[str]:
    """Prepare one curl for all requests, and one jq that compares all answers."""
    (task.folder / "live").mkdir(exist_ok=True)
    asked = (
        f'url = "{url}"\noutput = "live/{name}"\n'
        for name, url in zip(task.names, _urls(task), strict=True)
    )
    (task.folder / "curl.cfg").write_text("".join(asked))
    wanted = {name: _wanted(name) for name in task.names}
    (task.folder / "wanted.json").write_text(json.dumps(wanted))
    (task.folder / "compare.jq").write_text(_COMPARISON)
    fetch = f"curl -sZ --parallel-immediate --parallel-max {task.parallelism} -K curl.cfg"
    return ("sh", "-c", f"{fetch} && jq -r --slurpfile wanted wanted.json -f compare.jq live/*")


_COMPARISON = """
(input_filename | split("/")[-1]) as $name | . as $live
| $wanted[0][$name] | to_entries[] | select(.value != $live[.key])
| "\\($name) \\(.key): \\($live[.key]) → \\(.value)"
"""


def _octodns(task: Task, programs: str) -> Sequence[str]:
    """Prepare a zone for each santral, of which one record of four differs."""
    (task.folder / "zones").mkdir(exist_ok=True)
    zones = [f"{name}.example.com." for name in task.names]
    for zone in zones:
        values = ("on", "on", "on", "other")
        records = {
            f"r{number}": {"ttl": 300, "type": "TXT", "value": value}
            for number, value in enumerate(values)
        }
        (task.folder / "zones" / f"{zone}yaml").write_text(json.dumps(records))
    host, port = task.origin.removeprefix("http://").split(":")
    yaml = {"class": "octodns.provider.yaml.YamlProvider", "directory": "zones"}
    powerdns = {
        "class": "octodns_powerdns.PowerDnsProvider",
        "host": host,
        "port": int(port),
        "api_key": "env/POWERDNS_KEY",
    }
    settings = {
        "manager": {"max_workers": task.parallelism},
        "providers": {"config": yaml, "powerdns": powerdns},
        "zones": {zone: {"sources": ["config"], "targets": ["powerdns"]} for zone in zones},
    }
    (task.folder / "octodns.yaml").write_text(json.dumps(settings))
    return (f"{programs}/octodns-sync", "--config-file", "octodns.yaml")


def _ansible(task: Task, programs: str) -> Sequence[str]:
    """Prepare one task that looks each URL up: a process for each would take ten times as long."""
    wanted = [
        {"name": name, "url": url, "settings": _wanted(name)}
        for name, url in zip(task.names, _urls(task), strict=True)
    ]
    (task.folder / "wanted.yaml").write_text(json.dumps({"wanted": wanted}))
    (task.folder / "playbook.yaml").write_text(_PLAYBOOK)
    return (f"{programs}/ansible-playbook", "-i", "localhost,", "-c", "local", "playbook.yaml")


_PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  vars_files: [wanted.yaml]
  tasks:
    - ansible.builtin.debug:
        msg: "{{ item.name }} differs"
      loop: "{{ wanted }}"
      loop_control: {label: "{{ item.name }}"}
      when: (lookup('ansible.builtin.url', item.url) | from_json) != item.settings
"""


def _urls(task: Task) -> Iterator[str]:
    for number in range(task.size):
        yield f"{task.origin}/crm_integrations?key={key_of(number)}"


def _wanted(name: str) -> dict[str, str]:
    switches = dict.fromkeys(("ringing", "answered", "hangup"), "on")
    return {**switches, "notification_url": WANTED_URL.replace("{name}", name)}
