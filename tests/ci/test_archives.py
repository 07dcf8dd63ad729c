"""The archive that a plan comes in: one member by its exact name, or an error and nothing else."""

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.github_api import zipped

from reconciler.ci import archive
from reconciler.ci.forge import ForgeError

NAME, PLAN = "plan.json", b'{"plan": "reviewed"}' * 40
MOST = 4_096
GOOD = zipped({"plan.html": b"<p>", NAME: PLAN})


def read(content: bytes, most: int = MOST) -> bytes | str:
    """Return the plan, or the code of what is wrong with the archive."""
    try:
        return archive.member(content, NAME, most)
    except ForgeError as error:
        return error.messages[0].code


def with_members(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive of members in this order, which may have one name."""
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", method) as file:
        warnings.simplefilter("ignore")  # that a name is there twice
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            file.writestr(info, content)
    return made.getvalue()


def with_nul() -> bytes:
    """Return an archive whose member is called otherwise behind a NUL."""
    return with_members(("plan.jsonXevil", PLAN)).replace(b"plan.jsonXevil", b"plan.json\0evil")


def encrypted() -> bytes:
    """Return an archive whose flags say that its member is encrypted."""
    made = bytearray(with_members((NAME, PLAN)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(mark) + offset] |= 1
    return bytes(made)


def declaring(size: int, content: bytes) -> bytes:
    """Return an archive whose member says that it has another size."""
    made = bytearray(with_members((NAME, content)))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = made.index(mark) + offset
        made[at : at + 4] = struct.pack("<I", size)
    return bytes(made)


def with_wrong_checksum() -> bytes:
    """Return an archive whose member is not what its checksum is of."""
    crc = struct.pack("<I", zlib.crc32(PLAN))
    return with_members((NAME, PLAN)).replace(crc, b"\0\0\0\0")


WITHOUT_PLAN = {
    "no member of that name": ("archive-member-missing", zipped({"plan.htm": b"x"})),
    "in a folder": ("archive-member-missing", zipped({"a/plan.json": PLAN})),
    "in the folder above": ("archive-member-missing", zipped({"../plan.json": PLAN})),
    "with a dot before": ("archive-member-missing", zipped({"./plan.json": PLAN})),
    "in capitals": ("archive-member-missing", zipped({"Plan.json": PLAN})),
    "as a folder": ("archive-member-missing", zipped({"plan.json/": b""})),
    "with a NUL behind": ("archive-member-missing", with_nul()),
    "twice": ("archive-member-repeated", with_members((NAME, PLAN), (NAME, b"evil"))),
    "encrypted": ("archive-member-unreadable", encrypted()),
    "compressed in another way": (
        "archive-member-unreadable",
        with_members((NAME, PLAN), method=zipfile.ZIP_LZMA),
    ),
    "a bomb": ("archive-member-long", with_members((NAME, b"0" * (1024 * 1024)))),
    "a bomb that says it is small": ("archive-broken", declaring(100, b"0" * 1024 * 1024)),
    "a plan that says it is large": ("archive-member-long", declaring(2**31, PLAN)),
    "a wrong checksum": ("archive-broken", with_wrong_checksum()),
    "no archive": ("archive-broken", b"<html>"),
    "nothing": ("archive-broken", b""),
    "too many members": ("archive-crowded", zipped({f"{n}": b"" for n in range(1_001)})),
}


@pytest.mark.parametrize(("code", "content"), WITHOUT_PLAN.values(), ids=WITHOUT_PLAN)
def test_an_archive_without_the_plan_is_an_error(code: str, content: bytes) -> None:
    """Each has words of its own."""
    assert read(content) == code


def test_the_plan_is_read_among_other_files() -> None:
    """As it is, up to the very last byte that it may have."""
    assert read(GOOD) == PLAN
    assert read(GOOD, len(PLAN)) == PLAN
    assert read(GOOD, len(PLAN) - 1) == "archive-member-long"
    assert read(with_members((NAME, PLAN), method=zipfile.ZIP_STORED)) == PLAN


@pytest.mark.parametrize("end", range(0, len(GOOD), 7))
def test_a_truncated_archive_is_broken(end: int) -> None:
    """Wherever it ends."""
    assert read(GOOD[:end]) == "archive-broken"


EDITS: tuple[Callable[[bytes, int, bytes], bytes], ...] = (
    lambda content, at, new: content[:at] + new + content[at + len(new) :],
    lambda content, at, new: content[:at] + new + content[at:],
    lambda content, at, new: content[:at] + content[at + len(new) :],
)


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=4), st.sampled_from(EDITS))
def test_whatever_an_archive_holds_it_is_the_plan_or_an_error(
    at: int, new: bytes, edit: Callable[[bytes, int, bytes], bytes]
) -> None:
    """Never another content, a traceback, or more than what is allowed."""
    assert read(edit(GOOD, at, new)) in {
        PLAN,
        "archive-broken",
        "archive-crowded",
        "archive-member-long",
        "archive-member-missing",
        "archive-member-repeated",
        "archive-member-unreadable",
    }


@given(st.binary(max_size=200))
def test_any_bytes_are_an_error(content: bytes) -> None:
    """As an archive they are broken."""
    assert read(content) == "archive-broken"
