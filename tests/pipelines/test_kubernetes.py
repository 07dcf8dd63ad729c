"""``init --ci kubernetes``: the schemas of Kubernetes, what pods may do, and what they run."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from support import crew
from support.program import SOON, Program
from support.readme import FLEETS, blocks, section, type_in

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


WRITING, SETTING_UP, CHANGING, APPLYING = blocks("sh", section("On Kubernetes", FLEETS))


def test_all_that_pods_mount_is_set_up_once(program: Program) -> None:
    """By the guide and by the top of the file; otherwise the first night has nothing to read."""
    objects = written(program)
    top = (program.folder / PLACE).read_text("utf-8").partition("\n---\n")[0]
    mounted = {
        (kind, name)
        for _, pod in pods(objects)
        for kind, name in re.findall(
            r"'(configMap|secret)': {'(?:secretN|n)ame': '([\w-]+)'", str(pod)
        )
    }

    assert mounted == {
        ("configMap", "santral-lock"),
        ("configMap", "santral-files"),
        ("secret", "santral-keys"),
    }
    for text in (SETTING_UP, top.partition("# For each change:")[0]):
        for kind, name in mounted:
            what = "secret generic" if kind == "secret" else kind.lower()
            assert f"kubectl create {what} {name} --from-file=" in text


OFFERED = {
    "SANTRAL_SECRETS_FILE": "/keys/secrets",
    "SANTRAL_ALLOW_HOSTS": "crm.example.com,*.example.org",
    "SANTRAL_CANARY": "5%",
    "SANTRAL_MAX_FAILURES": "3",
    "SANTRAL_MAX_CHANGES": "100%",
}
"""What stands behind a # among the settings."""


def test_what_else_may_be_set_has_its_place(program: Program) -> None:
    """Without the #, it is a setting, as text."""
    usual = written(program)["santral-settings"]["data"]
    file = program.folder / PLACE
    text = re.sub(r"^  # (SANTRAL_\w+: )", r"  \1", file.read_text("utf-8"), flags=re.MULTILINE)
    settings = next(yaml.safe_load_all(text))

    assert settings["data"] == usual | OFFERED
    assert not {*usual} & {*OFFERED}


KUBECTL = """\
#!/bin/sh
echo "$@" >> ran
test "$(wc -l < ran)" -lt 30 || exit 1 # whoever asks for ever gets no answer
case "$*" in
  "get job santral-plan "*)
    echo x >> asked
    printf 'Suspended'
    test "$(wc -l < asked)" -lt 2 || printf ' FailureTarget'
    test "$(wc -l < asked)" -lt 3 || printf ' %s' "$ENDS"
    ;;
  "get job "*) printf 'Suspended %s' "$ENDS" ;;
  "create "*) echo made ;;
  "replace "*) cat > replaced ;;
  "logs "*) echo shown ;;
esac
"""


@pytest.mark.parametrize("ends", ["Complete", "Failed"])
def test_the_guide_goes_on_where_a_job_failed(program: Program, ends: str) -> None:
    """Its commands wait until a Job ended, whatever it ended as, and say which."""
    for name, text in (("kubectl", KUBECTL), ("sleep", "#!/bin/sh\n")):
        program.write(f"bin/{name}", text).chmod(0o755)
    path = f"{program.folder}/bin{os.pathsep}{os.environ['PATH']}"

    shown = type_in(program.folder, CHANGING + APPLYING, {"PATH": path, "ENDS": ends})

    assert [line.split()[-1] for line in shown.splitlines()] == [ends, ends, "shown", ends, "shown"]
    assert (program.folder / "replaced").read_text() == "made\n"
    assert (program.folder / "asked").read_text() == "x\n" * 3
    ran = (program.folder / "ran").read_text().splitlines()
    assert [line.split()[2] for line in ran if line.startswith("patch job ")] == [
        *("santral-plan", "santral-review", "santral-apply")
    ]


def test_no_copy_of_the_files_is_kept(program: Program) -> None:
    """As "kubectl apply" does, in an annotation, which holds less than a ConfigMap."""
    written(program)
    for text in (CHANGING, (program.folder / PLACE).read_text("utf-8")):
        assert re.search(r"santral-files [^|]*\| kubectl replace -f -\n", text)
        assert "kubectl apply -f -" not in text


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
            f"{pip} --no-deps --no-build-isolation --only-binary=santral-reconciler "
            "santral-reconciler==1.2.3",
            "-I -m pip check",
        ],
    )
    assert unsaid.returncode != 0
    assert "SANTRAL_PACKAGE: is not set. Set it at the top of this file." in unsaid.stderr
    assert (program.folder / LOCK).read_text("utf-8").startswith("# All that santral-reconciler")


@dataclass(frozen=True)
class Cluster:
    """One node: what its pods mount are folders, laid out as kubelet does; pods are processes."""

    folder: Path
    objects: dict[str, Object]
    origin: str

    def make(self) -> None:
        """Make the folders, and the program in one of them."""
        for name in ("program/bin", "tmp", "state", "pods"):
            (self.folder / name).mkdir(parents=True)
        santral = self.folder / "program" / "bin" / "santral"
        santral.write_text(
            f'#!/bin/sh\necho $$ > "{self.folder}/pods/$POD"\n'
            f'exec {sys.executable} -P -m reconciler "$@"\n'
        )
        santral.chmod(0o755)

    def put(self, volume: str, name: str, content: str) -> None:
        """Lay out a ConfigMap or a Secret: links into a folder that is replaced as a whole."""
        place = self.folder / volume
        shutil.rmtree(place, ignore_errors=True)
        data = place / "..2026_11_25"
        data.mkdir(parents=True)
        (place / "..data").symlink_to(data.name)
        (data / name).write_text(content, "utf-8")
        (data / name).chmod(0o400)
        (place / name).symlink_to(f"..data/{name}")

    def run(self, name: str, *indices: int) -> dict[int, tuple[int, str]]:
        """Run pods of a Job at the same time; return how each ended, and its log, by its index."""
        pods = {index: self._start(name, index) for index in indices}
        logs = {index: pod.communicate(timeout=SOON * 4)[0] for index, pod in pods.items()}
        return {index: (pod.returncode, logs[index]) for index, pod in pods.items()}

    def number_of(self, name: str, index: int) -> Callable[[], int]:
        """Return what reads the number of a pod's process."""
        return lambda: int((self.folder / "pods" / f"{name}-{index}").read_text())

    def _start(self, name: str, index: int) -> "subprocess.Popen[str]":
        """Start a pod: its containers one after another, but for the one that installs."""
        pod = job_of(self.objects[name])["template"]["spec"]
        ran = (*pod["initContainers"][1:], *pod["containers"])
        script = "".join(f"(\n{self._here(one['args'][0])}\n)\n" for one in ran)
        settings = self.objects["santral-settings"]["data"].items()
        return subprocess.Popen(
            ["sh", "-ec", script],
            cwd=self.folder / "tmp",
            env={
                "PATH": os.environ["PATH"],
                "POD": f"{name}-{index}",
                "SANTRAL_API_URL": self.origin,
                "JOB_COMPLETION_INDEX": str(index),
                **{variable: self._here(value) for variable, value in settings},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _here(self, text: str) -> str:
        mounted = "program|tmp|state|files|keys"
        return re.sub(rf"(?<![\w.])/({mounted})/", rf"{self.folder}/\1/", text)


@pytest.fixture
def cluster(program: Program, tmp_path: Path) -> Iterator[tuple[Cluster, crew.Fleet]]:
    """Give a cluster with what was written for three shards, and the API of its fleet."""
    objects = written(program, "--shards", str(crew.TOTAL))
    settings = objects["santral-settings"]["data"]
    settings |= {"SANTRAL_MAX_CHANGES": str(len(crew.NAMES)), "SANTRAL_PARALLELISM": "1"}
    with crew.serving() as fleet:
        cluster = Cluster(tmp_path / "node", objects, fleet.origin)
        cluster.make()
        cluster.put("files", "santral.yaml", crew.QUIETER)
        cluster.put("keys", "keys", crew.lines())
        yield cluster, fleet


ALL = (0, 1, 2)
CHANGES = "Plan: {count} to change, 0 in sync, 0 failed."


def test_nothing_is_applied_where_a_shard_was_killed(cluster: tuple[Cluster, crew.Fleet]) -> None:
    """While it planned: it is named; run again, all is applied, and there is no drift.

    With a few first, and with hosts that are allowed, for which no other command ends otherwise.
    """
    here, fleet = cluster
    settings = here.objects["santral-settings"]["data"]
    settings |= {"SANTRAL_CANARY": "1", "SANTRAL_MAX_FAILURES": "1"}
    settings |= {"SANTRAL_ALLOW_HOSTS": OFFERED["SANTRAL_ALLOW_HOSTS"]}
    fleet.kill_once("GET", crew.of(2)[0], here.number_of("santral-plan", 1))

    planned = here.run("santral-plan", *ALL)
    shown = here.run("santral-review", 0)[0]
    applied = here.run("santral-apply", *ALL)

    assert [code for code, _ in planned.values()] == [0, 137, 0]
    missing = "The plan of 1 shard is missing: 2/3. Run that shard again.\n"
    assert (shown[0], missing in shown[1]) == (1, True)
    assert [(code, missing in log) for code, log in applied.values()] == [(1, True)] * 3
    assert fleet.count("POST") == 0

    planned |= here.run("santral-plan", 1)
    for index, (code, log) in planned.items():
        assert (code, CHANGES.format(count=len(crew.of(index + 1))) in log) == (0, True)
    assert [code for code, _ in here.run("santral-apply", *ALL).values()] == [0, 0, 0]
    assert fleet.answered() == fleet.lags()
    assert fleet.count("POST") == len(crew.NAMES)
    assert [code for code, _ in here.run("santral-drift", *ALL).values()] == [0, 0, 0]
    journals = {path.name for path in (here.folder / "state").glob("journal-*")}
    assert journals >= {f"journal-{index}.jsonl" for index in (1, 2, 3)}


def test_a_shard_that_fails_or_is_killed_stops_no_other(
    cluster: tuple[Cluster, crew.Fleet],
) -> None:
    """One key is wrong, and one pod dies at its first change; run again, all is in place."""
    here, fleet = cluster
    wrong, died = crew.of(1)[0], crew.of(3)
    here.put("keys", "keys", crew.lines(**{wrong: crew.WRONG}))
    fleet.kill_once("POST", died[0], here.number_of("santral-apply", 2))

    planned = here.run("santral-plan", *ALL)
    shown = here.run("santral-review", 0)[0]
    applied = here.run("santral-apply", *ALL)

    assert [code for code, _ in planned.values()] == [1, 0, 0]
    assert (shown[0], "Plan: 11 to change, 0 in sync, 1 failed." in shown[1]) == (1, True)
    assert [code for code, _ in applied.values()] == [1, 0, 137]
    assert fleet.answered() == fleet.lags(wrong, *died[1:])

    here.put("keys", "keys", crew.lines())
    planned = here.run("santral-plan", 0, 2)
    assert [code for code, _ in planned.values()] == [0, 0]
    assert f"{died[0]}: The change of run " in planned[2][1]
    assert " is unresolved: " in planned[2][1]
    assert [code for code, _ in here.run("santral-apply", 0, 2).values()] == [0, 0]
    assert fleet.answered() == fleet.lags()


def test_nothing_is_applied_where_all_shards_together_change_too_much(
    cluster: tuple[Cluster, crew.Fleet],
) -> None:
    """Although no shard alone does; the files may be a folder, too."""
    here, fleet = cluster
    most = max(len(crew.of(index)) for index in (1, 2, 3))
    settings = here.objects["santral-settings"]["data"]
    settings |= {"SANTRAL_MAX_CHANGES": str(most), "SANTRAL_CONFIG": "/files/"}

    planned = here.run("santral-plan", *ALL)
    code, log = here.run("santral-apply", 0)[0]

    assert [code for code, _ in planned.values()] == [0, 0, 0]
    assert code == 1
    guard = f"Guard: 12 of 12 santrals with a usable key would change; --max-changes allows {most}."
    assert f"{guard} That is too much for all shards together (exit code 3)" in log
    assert fleet.count("POST") == 0
