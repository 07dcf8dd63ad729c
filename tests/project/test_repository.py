"""The repository itself holds no key: no file, no cassette, no document, no commit."""

import subprocess
import sys
from fnmatch import fnmatchcase

import pytest
from support import key_shapes
from support.key_shapes import HOLDERS, MADE_UP, may_hold, unknown_in
from support.places import ROOT

from reconciler.core.text import KEY_SHAPE

SOMEBODYS = f"K{7:08}-{7:04}-{7:04}-{7:04}-{7:012}"
"""Not made up as far as the search can know."""


def git(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run git on the repository."""
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, check=False)


def tracked() -> dict[str, str]:
    """Return what each tracked file holds, by path; any bytes make a text."""
    listed = git("ls-files", "-z")
    if listed.returncode:
        pytest.skip("this is no git repository")
    paths = [path for path in listed.stdout.decode().split("\0") if (ROOT / path).is_file()]
    return {path: (ROOT / path).read_bytes().decode("latin-1") for path in paths}


def test_no_tracked_file_holds_a_key() -> None:
    """Neither code nor tests, cases, cassettes, schemas or documents, however a key is cut."""
    files = tracked()
    assert len(files) > 100
    assert [path for path, text in files.items() if unknown_in(text)] == []


def test_made_up_keys_are_in_few_files_and_each_for_a_reason() -> None:
    """A key in another file, though made up, would be copied by somebody."""
    holders = {path for path, text in tracked().items() if KEY_SHAPE.search(text)}
    assert sorted(path for path in holders if not may_hold(path)) == []
    assert [p for p in HOLDERS if not any(fnmatchcase(path, p) for path in holders)] == []


@pytest.mark.parametrize("key", MADE_UP)
@pytest.mark.parametrize("length", [len(SOMEBODYS), 14, 15, 19])
def test_made_up_keys_are_known_whole_and_cut(key: str, length: int) -> None:
    """In small letters, too, and among other text."""
    assert not unknown_in(f"key={key[:length].lower()}&")


@pytest.mark.parametrize(
    "text",
    [
        SOMEBODYS,
        SOMEBODYS.lower(),
        f"?key={SOMEBODYS}&ringing=on",
        f"x{SOMEBODYS}x",
        SOMEBODYS.replace("-", "%2d"),
        SOMEBODYS[:14],
        f"{next(iter(MADE_UP))} {SOMEBODYS}",
    ],
)
def test_a_key_that_nobody_made_up_is_found(text: str) -> None:
    """Whole, cut, in any case and any surroundings, and beside one that is known."""
    assert unknown_in(f"before {text} after")


HISTORY = f"""\
commit 0123456789abcdef0123456789abcdef01234567
Author: Somebody <somebody@example.com>

    Try {SOMEBODYS}

diff --git a/keys b/keys
--- a/keys
+++ b/keys
@@ -0,0 +1 @@
+ankara={SOMEBODYS}
diff --git a/other b/other
--- a/other
+++ b/other
@@ -0,0 +1 @@
+ankara={next(iter(MADE_UP))}
"""


def search(history: str) -> "subprocess.CompletedProcess[str]":
    """Look through a history as .ci/run does."""
    return subprocess.run(
        [sys.executable, key_shapes.__file__],
        input=history,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_key_in_the_history_is_told_by_its_place_alone() -> None:
    """Whoever reads the log of CI must not read the key."""
    found = search(HISTORY)
    told = "This looks like an API key; renew it, and rewrite history.\n"
    expected = f"0123456789ab: keys: {told}0123456789ab: the message: {told}"
    assert (found.returncode, found.stdout, found.stderr) == (1, expected, "")


def test_a_history_without_keys_is_passed() -> None:
    """Made-up ones are no reason to stop."""
    found = search(HISTORY.replace(SOMEBODYS, "a key"))
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
