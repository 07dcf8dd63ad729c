"""The runner of the fuzzers finds what is planted, cuts it down, and keeps it."""

from pathlib import Path

import fuzz
import pytest

PLANTED = """
from hypothesis import strategies as st
from support.fuzzed.target import Target

def check(content):
    assert b"planted" not in content

TARGET = Target(check, seeds=(b"a seed",), words=(b"planted",), grown=st.binary())
"""


def test_a_planted_fault_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was tried is counted."""
    pytest.importorskip("atheris", reason="atheris is not installed: see the extra named fuzz")
    (tmp_path / "planted.py").write_text(PLANTED)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)

    run = fuzz.fuzz("planted", seconds=60)

    assert b"planted" in (run.finding or b"")
    assert (run.is_clean, run.count > 0) == (False, True)


def test_a_finding_is_cut_down_to_what_matters() -> None:
    """Nothing of it can be left out."""

    def check(content: bytes) -> None:
        assert not (b"a" in content and b"b" in content)

    assert fuzz.smallest(check, b"xxaxxxxxxbxx") == b"ab"


def test_a_finding_is_kept_where_the_suite_looks_for_it(tmp_path: Path) -> None:
    """Once, however often it is found."""
    kept = {fuzz.keep(tmp_path / "url", b"\x00") for _ in range(2)}

    assert [path.read_bytes() for path in tmp_path.glob("*/*")] == [b"\x00"]
    assert kept == {*tmp_path.glob("*/*")}
