"""GitHub cancels a job: the step that applies is run as its runner does, and signalled so."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.fleet import KEYS, QUIETER
from support.forge import load
from support.places import ROOT
from support.program import Program
from support.stand_in import StandIn

TEMPLATES = ROOT / "reconciler" / "scaffold" / "templates"


@pytest.mark.parametrize("gate", ["reviewers", "manual"])
def test_a_cancelled_apply_ends_in_order(program: Program, in_sync: StandIn, gate: str) -> None:
    """Only the shell gets the signal; the program has its place, and so finishes what it began."""
    jobs = load((TEMPLATES / f"github-{gate}.yml").read_text("utf-8"))["jobs"]
    (line,) = (one["run"] for one in jobs["apply"]["steps"] if "santral apply" in str(one))
    script = program.write("script.sh", line)
    program.write("santral.yaml", QUIETER)
    assert program.run("plan", "--out", "plan.json").exit_code == 0
    is_sent, may_end = threading.Event(), threading.Event()

    def wait() -> None:
        is_sent.set()
        may_end.wait(120)

    in_sync.meanwhile("POST", do=wait)
    shell = subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=program.folder,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(program.folder),
            "SANTRAL_KEYS": json.dumps({name: KEYS[name].reveal() for name in ("ankara", "bursa")}),
            "SANTRAL_PARALLELISM": "1",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert is_sent.wait(120)
    os.kill(shell.pid, signal.SIGINT)
    threading.Timer(0.5, may_end.set).start()
    stdout, _ = shell.communicate(timeout=120)

    assert shell.returncode == 130
    assert (
        "Apply: 1 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 1 not tried."
    ) in stdout.splitlines()
    assert in_sync.count("POST") == 1
