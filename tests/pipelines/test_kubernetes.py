"""What ``init --ci kubernetes`` writes: the schemas of Kubernetes, its locks, and its shell lines."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from support.fleet import FILE, KEYS
from support.program import Program
from support.stand_in import StandIn

PLACE, LOCK = "kubernetes/santral.yaml", "kubernetes/santral.lock"
KINDS = {
    "santral-settings": "ConfigMap",
    "santral-state": "PersistentVolumeClaim",
    "santral-plan": "Job",
    "santral-review": "Job",
    "santral-apply": "Job",
    "santral-drift": "CronJob",
}
INDEXED = {"santral-plan", "santral-apply", "santral-drift"}

Object = dict[str, Any]


def written(program: Program, *options: str) -> dict[str, Object]:
    """Return what init writes, by name."""
    assert program.run("init", "--ci", "kubernetes", *options).exit_code == 0
    objects = yaml.safe_load_all((program.folder / PLACE).read_text("utf-8"))
    return {one["metadata"]["name"]: one for one in objects}


def job_of(one: Object) -> Object:
    """Return the specification of a Job, or of those that a CronJob makes."""
    spec: Object = one["spec"]
    return spec["jobTemplate"]["spec"] if one["kind"] == "CronJob" else spec


def pods(objects: dict[str, Object]) -> Iterator[tuple[str, Object]]:
    """Yield the pods, by the name of what makes them."""
    for name, one in objects.items():
        if one["kind"] in {"Job", "CronJob"}:
            yield name, job_of(one)["template"]["spec"]


def containers(objects: dict[str, Object]) -> Iterator[tuple[str, Object]]:
    """Yield all containers, by the name of what makes their pods."""
    for name, pod in pods(objects):
        for container in (*pod["initContainers"], *pod["containers"]):
            yield name, container


@pytest.mark.parametrize("options", [(), ("--shards", "2"), ("--shards", "200")])
@pytest.mark.parametrize("version", ["1.29", "1.37"])
def test_the_schemas_of_kubernetes_know_all_of_it(
    program: Program, options: tuple[str, ...], version: str
) -> None:
    """Strictly: a field that is misspelt would be passed over in silence there."""
    objects = written(program, *options)

    assert {name: one["kind"] for name, one in objects.items()} == KINDS
    for one in objects.values():
        assert kubernetes_validate.validate(one, version, strict=True) == version


def test_a_misspelt_field_would_be_found(program: Program) -> None:
    """Deep inside a pod, too."""
    objects = written(program)
    container = job_of(objects["santral-drift"])["template"]["spec"]["containers"][0]
    container["securityContext"]["readOnlyRootFileSystem"] = True

    with pytest.raises(kubernetes_validate.ValidationError, match="readOnlyRootFileSystem"):
        kubernetes_validate.validate(objects["santral-drift"], "1.37", strict=True)


def test_no_pod_may_do_more_than_it_must(program: Program) -> None:
    """Not as root, nothing written but where it must be, no token of the cluster."""
    objects = written(program)

    for _, pod in pods(objects):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["restartPolicy"] == "Never"
        assert "hostPath" not in str(pod["volumes"])
    for _, container in containers(objects):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {*container["resources"]} == {"requests", "limits"}


def test_keys_are_where_they_are_needed_alone(program: Program) -> None:
    """From the Secret, as files, and in no container that installs or only shows."""
    objects = written(program)
    keyed = [
        (name, one["name"])
        for name, one in containers(objects)
        if "'/keys'" in str(one["volumeMounts"])
    ]

    assert keyed == [
        ("santral-plan", "santral"),
        ("santral-apply", "santral"),
        ("santral-drift", "santral"),
    ]
    for name, pod in pods(objects):
        secrets = [one["secret"] for one in pod["volumes"] if "secret" in one]
        assert [one["secretName"] for one in secrets] == (
            ["santral-keys"] if name in INDEXED else []
        )
        assert [one["defaultMode"] & 0o007 for one in secrets] == [0] * len(secrets)


@pytest.mark.parametrize(("options", "shards"), [((), 1), (("--shards", "3"), 3)])
def test_each_shard_is_one_pod_and_never_two(
    program: Program, options: tuple[str, ...], shards: int
) -> None:
    """One that failed stops no other, and nothing is tried again that nobody asked for."""
    objects = written(program, *options)
    time_limit = int(objects["santral-settings"]["data"]["SANTRAL_TIME_LIMIT"])

    for name in INDEXED:
        job = job_of(objects[name])
        assert job["completionMode"] == "Indexed"
        assert job["completions"] == job["parallelism"] == shards
        assert job["backoffLimitPerIndex"] == 0
        assert job["podReplacementPolicy"] == "Failed"
        assert job["activeDeadlineSeconds"] > time_limit
    for name in ("santral-plan", "santral-review", "santral-apply"):
        assert objects[name]["spec"]["suspend"] is True
    drift = objects["santral-drift"]["spec"]
    assert (drift["concurrencyPolicy"], drift["timeZone"]) == ("Forbid", "Europe/Istanbul")
    modes = objects["santral-state"]["spec"]["accessModes"]
    assert modes == ["ReadWriteOnce" if shards == 1 else "ReadWriteMany"]


def test_every_folder_that_is_mounted_is_a_volume(program: Program) -> None:
    """And each volume is mounted."""
    for _, pod in pods(written(program)):
        mounted = {
            mount["name"]
            for container in (*pod["initContainers"], *pod["containers"])
            for mount in container["volumeMounts"]
        }
        assert {volume["name"] for volume in pod["volumes"]} == mounted


def test_what_to_install_must_be_said(program: Program, tmp_path: Path) -> None:
    """The line that installs stops there, whatever the lock holds; and both use the same lock."""
    objects = written(program)
    _, install = next(containers(objects))
    folder = tmp_path / "pod"
    python = folder / "program" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$*"\n')
    python.chmod(0o755)
    script = install["args"][0].replace("/program", f"{folder}/program")
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"

    done, unsaid = (
        subprocess.run(
            [*install["command"], script],
            env={"PATH": path, "SANTRAL_PACKAGE": package},
            capture_output=True,
            text=True,
            check=False,
        )
        for package in ("santral-reconciler==1.2.3", "")
    )

    pip = "-I -m pip install --quiet"
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            f"-I -m venv {folder}/program",
            f"{pip} --require-hashes --only-binary=:all: --requirement=/lock/santral.lock",
            f"{pip} --no-deps --no-build-isolation santral-reconciler==1.2.3",
            "-I -m pip check",
        ],
    )
    assert unsaid.returncode != 0
    assert "SANTRAL_PACKAGE: is not set. Set it at the top of this file." in unsaid.stderr
    assert (program.folder / LOCK).read_text("utf-8").startswith("# All that santral-reconciler")


class Cluster:
    """One node: what pods mount lies in a folder, as kubelet lays it out, and pods are processes."""

    def __init__(self, folder: Path, objects: dict[str, Object]) -> None:
        """Make the folders that pods mount."""
        self.folder = folder
        self.objects = objects
        for name in ("program/bin", "tmp", "state"):
            (folder / name).mkdir(parents=True)
        santral = folder / "program" / "bin" / "santral"
        santral.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler "$@"\n')
        santral.chmod(0o755)

    def put(self, volume: str, **files: str) -> None:
        """Lay a ConfigMap or a Secret out: links to a folder that is replaced as a whole."""
        place = self.folder / volume
        data = place / "..2026_11_25"
        data.mkdir(parents=True)
        (place / "..data").symlink_to(data.name)
        for name, content in files.items():
            file = name.replace("_", ".")
            (data / file).write_text(content, "utf-8")
            (place / file).symlink_to(f"..data/{file}")

    def start(self, name: str, index: int, **more: str) -> "subprocess.Popen[str]":
        """Start the pod of an index: its containers one after another, without the one that installs."""
        pod = job_of(self.objects[name])["template"]["spec"]
        ran = (*pod["initContainers"][1:], *pod["containers"])
        lines = [self._here(one["args"][0]) for one in ran]
        script = "\n".join(f"({self._here('cd /tmp')}\n{line})" for line in lines)
        return subprocess.Popen(
            ["sh", "-ec", script],
            env={**self._variables(), "JOB_COMPLETION_INDEX": str(index), **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, name: str, *indices: int) -> list[tuple[int, str]]:
        """Run the pods of a Job at the same time; return how each ended, and its log."""
        started = [self.start(name, index) for index in indices]
        logs = [one.communicate(timeout=120)[0] for one in started]
        return [(one.returncode, log) for one, log in zip(started, logs, strict=True)]

    def _here(self, text: str) -> str:
        for mounted in ("program", "tmp", "state", "files", "keys"):
            text = text.replace(f"/{mounted}/", f"{self.folder}/{mounted}/")
        return text.replace("cd /tmp", f"cd {self.folder}/tmp")

    def _variables(self) -> dict[str, str]:
        settings = self.objects["santral-settings"]["data"]
        here = {name: self._here(value) for name, value in settings.items()}
        return {
            "PATH": os.environ["PATH"],
            "SANTRAL_API_URL": os.environ["SANTRAL_API_URL"],
            **here,
        }
