"""The image: what the Dockerfile's steps make, in an environment that has nothing else.

No engine is needed. .ci/run names this test, and the folder of the wheel in SANTRAL_DIST.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dockerfile import Image, context
from support.places import ROOT
from support.readme import EXAMPLE

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
IGNORED = (ROOT / ".dockerignore").read_text("utf-8")
ARGUMENTS = {"VERSION": "1.2.3", "REVISION": "0" * 40, "SOURCE": "https://example.com/o/r"}
ANYBODY = 65532
"""The user of the Dockerfile, which nobody on this machine is."""


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Give the image, in a folder that every user of this machine may enter."""
    with tempfile.TemporaryDirectory() as top:
        Path(top).chmod(0o755)
        given = Path(top, "context")
        given.joinpath("dist").mkdir(parents=True)
        shutil.copy(ROOT / "requirements.lock", given)
        for wheel in Path(os.environ["SANTRAL_DIST"]).glob("*.whl"):
            shutil.copy(wheel, given / "dist")
        image = Image(Path(top, "image"), given, {**ARGUMENTS})
        image.build(DOCKERFILE)
        yield image


def test_the_engine_is_given_nothing_but_what_is_copied(tmp_path: Path) -> None:
    """Neither keys nor a journal that lie in the checkout."""
    files = ("keys", ".santral/journal.jsonl", "dist/x.whl", "dist/x.tar.gz", "requirements.lock")
    for name in files:
        tmp_path.joinpath(name).parent.mkdir(exist_ok=True)
        tmp_path.joinpath(name).touch()

    assert {*context(tmp_path, IGNORED)} == {"dist/x.whl", "requirements.lock"}


def run(image: Image, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Start the image's program as its user, or as whoever runs the tests and is not root."""
    as_root = os.geteuid() == 0
    return subprocess.run(
        [*image.entrypoint, *arguments],
        cwd=image.place(image.folder),
        env=image.environment,
        user=ANYBODY if as_root else None,
        group=ANYBODY if as_root else None,
        extra_groups=[] if as_root else None,
        capture_output=True,
        text=True,
        check=False,
    )


def all_in(folder: Path) -> dict[str, int]:
    """Return every file below, and when it was written."""
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*")}


def test_it_has_the_program_and_says_what_it_is(image: Image) -> None:
    """By any user's number, compiled, and with nothing left of how it was made."""
    labels = {name.rpartition(".")[2]: value for name, value in image.labels.items()}

    assert (image.user, image.entrypoint) == (f"{ANYBODY}:{ANYBODY}", ("santral",))
    assert [*image.place("/work").iterdir()] == []
    assert not image.place("/build").exists()
    assert [*image.place("/opt/santral/bin").glob("pip*")] == []
    assert labels == {
        "title": "santral",
        "description": labels["description"],
        "licenses": "MIT",
        **{name.lower(): value for name, value in ARGUMENTS.items()},
    }


def test_it_plans_and_applies_where_only_the_mounted_folder_is_writable(image: Image) -> None:
    """As with "--read-only --user", without a home; and no start compiles anything anew."""
    mounted = image.place(image.folder)
    mounted.joinpath("santral.yaml").write_text(EXAMPLE, "utf-8")
    once_made = all_in(image.root)
    compiling = image.environment | {"PYTHONDONTWRITEBYTECODE": ""}
    subprocess.run([*image.entrypoint, "validate"], cwd=mounted, env=compiling, check=True)
    assert all_in(image.root) == once_made
    subprocess.run(["chmod", "-R", "a-w", image.root], check=True)
    mounted.chmod(0o777)

    results = [
        run(image, *command.split())
        for command in ("plan --sandbox", "apply --sandbox --yes", "plan --sandbox")
    ]

    ends = [
        (one.returncode, one.stdout.splitlines()[-1].partition(" 0 failed")[0]) for one in results
    ]
    assert ends == [
        (0, "Plan: 3 to change, 0 in sync,"),
        (0, "Apply: 3 applied, 0 in sync, 0 stale, 0 refused,"),
        (0, "Plan: 0 to change, 3 in sync,"),
    ]
    changed = {Path(path) for path, _ in all_in(image.root).items() ^ once_made.items()}
    assert {path for path in changed if mounted not in {path, *path.parents}} == set()
