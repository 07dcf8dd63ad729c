"""What .github/PIPELINES.md says of the image: its commands, with a stand-in of the engine.

tests/installed/test_image.py makes the image's folder and runs the program there.
"""

import os
import sys

import pytest
from support import warm
from support.fleet import FILE, KEYS
from support.forge import load
from support.program import Program
from support.readme import PIPELINES, blocks, section, type_in
from support.stand_in import StandIn

from reconciler import __version__

IMAGE = section("The image", PIPELINES)
(COMMAND,) = blocks("sh", IMAGE)
(JOB,) = blocks("yaml", IMAGE)
NAME = f"ghcr.io/OWNER/REPOSITORY:{__version__}"
ENGINE = f"""\
#!{sys.executable}
import argparse, os, sys
parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("command", choices=["run"])
parser.add_argument("--rm", action="store_true", required=True)
parser.add_argument("--read-only", action="store_true", required=True)
parser.add_argument("--user", choices=[f"{{os.getuid()}}:{{os.getgid()}}"], required=True)
parser.add_argument("--volume", action="append")
parser.add_argument("--env", action="append")
parser.add_argument("image", choices=["{NAME}"])
parser.add_argument("arguments", nargs="+")
told = parser.parse_args()
mounted = {{one.split(":")[1]: one.split(":")[0] for one in told.volume}}
given = dict(one.split("=") for one in told.env)
os.chdir(mounted["/work"])
os.environ |= {{name: mounted[value] for name, value in given.items()}}
os.execvp("santral", ["santral", *told.arguments])
"""
"""Starts the program where its folder would be mounted, with the files that would be."""


@pytest.fixture
def machine(program: Program, stand_in: StandIn) -> dict[str, str]:
    """Give the environment of a machine with the engine, and a folder with two santrals."""
    program.write("santral.yaml", FILE)
    lines = (f"{name}={key.reveal()}\n" for name, key in KEYS.items())
    program.write("keys", "".join(lines)).chmod(0o600)
    for name, text in (("docker", ENGINE), ("santral", f"#!/bin/sh\n{warm.start()}\n")):
        program.write(f"bin/{name}", text).chmod(0o755)
    return {
        "PATH": f"{program.folder}/bin{os.pathsep}{os.environ['PATH']}",
        "PWD": str(program.folder),
        "SANTRAL_API_URL": stand_in.origin,
    }


def test_a_plan_is_made_in_the_image(program: Program, machine: dict[str, str]) -> None:
    """With the files that are mounted, by whoever runs it."""
    assert "Plan: 2 to change, 0 in sync, 0 failed." in type_in(program.folder, COMMAND, machine)


def test_a_job_of_gitlab_runs_in_the_image(program: Program, machine: dict[str, str]) -> None:
    """Its lines go to a shell, and what differs ends it with 2."""
    job = load(JOB)["drift"]
    keys = (program.folder / "keys").read_text()

    (line,) = job["script"]
    shown = type_in(program.folder, f"{line} || test $? = 2", machine | {"SANTRAL_KEYS": keys})

    assert job["image"] == {"name": NAME, "entrypoint": [""]}
    assert "Drift: 2 drifted, 0 in sync, 0 failed." in shown
    assert [(program.folder / path).is_file() for path in job["artifacts"]["paths"]] == [True]
