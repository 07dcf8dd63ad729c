"""Lines are added to a private file, and nothing that is there changes."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.fleet import KEYS

from reconciler.core.errors import SantralError
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.keys import secret_lines
from reconciler.keys.reading import Given, read_text
from reconciler.onboarding.private_lines import add_lines

ANKARA, BURSA = KEYS["ankara"], KEYS["bursa"]
A, B = ANKARA.reveal(), BURSA.reveal()
TWO = {"ankara": ANKARA, "bursa": BURSA}


@pytest.fixture
def keys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where no file is yet, in the working folder."""
    monkeypatch.chdir(tmp_path)
    return Path("keys.txt")


def private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    path.write_bytes(content)
    path.chmod(0o600)


def add(path: Path, lines: dict[str, Key]) -> Sequence[str] | str:
    """Return the names that were added, or why none was; no value is in that."""
    result = add_lines(str(path), lines, read_text)
    assert not isinstance(result, SantralError) or not (A in str(result) or B in str(result))
    return str(result) if isinstance(result, SantralError) else result


def test_a_new_file_is_its_owners_alone(keys_file: Path) -> None:
    """Whatever the umask allows; one that has nothing to hold is empty, for later runs to read."""
    before = os.umask(0)
    try:
        assert add(keys_file, {}) == []
        assert (keys_file.read_bytes(), keys_file.stat().st_mode & 0o777) == (b"", 0o600)
        assert add(keys_file, TWO) == ["ankara", "bursa"]
    finally:
        os.umask(before)

    assert keys_file.read_bytes() == f"ankara={A}\nbursa={B}\n".encode()
    assert keys_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("before", "added"),
    [
        ("", "bursa=B\nankara=A\n"),
        ("x=12345678\n", "bursa=B\nankara=A\n"),
        ("# mine\n\nx = 12345678", "\nbursa=B\nankara=A\n"),
        ("x=12345678\r\n", "bursa=B\r\nankara=A\r\n"),
        ("\ufeffx=12345678\r\ny=12345678", "\r\nbursa=B\r\nankara=A\r\n"),
        (f"  ankara = {A}", "\nbursa=B\n"),
        (f"bursa={B}\nankara={A}", ""),
    ],
)
def test_lines_are_added_at_the_end_in_its_style(keys_file: Path, before: str, added: str) -> None:
    """What is there stays byte for byte; a name with the same value is not written again."""
    private(keys_file, before.encode())
    names = [name for name in ("bursa", "ankara") if name in added]

    assert add(keys_file, {"bursa": BURSA, "ankara": ANKARA}) == names
    assert (
        keys_file.read_bytes()
        == (before + added.replace("=A", f"={A}").replace("=B", f"={B}")).encode()
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            f"# \nankara={B}\nbursa={A}\n",
            "Nothing was added to keys.txt. Something else stands there already for ankara "
            "(keys.txt:2), bursa (keys.txt:3). Remove what is not right, or name another file.",
        ),
        (
            f' {{"x": "{A}"}}',
            "Nothing was added to keys.txt. It holds a JSON object, to which no lines can be "
            "added. Name another file.",
        ),
        (A, 'keys.txt: Line 1 is not of the form "name=key".'),
        ("x=\xff", "Nothing was added to keys.txt. It is not UTF-8 text."),
        (
            "x=12345678\n".encode("utf-16-le").decode("latin-1"),
            "Nothing was added to keys.txt. It is UTF-16, not UTF-8. Save it again: in Notepad "
            "with Save As and the encoding UTF-8, in PowerShell with -Encoding utf8.",
        ),
        ("#" * (16 * 1024 * 1024 + 1), "Nothing was added to keys.txt. It is larger than 16 MiB."),
    ],
)
def test_a_file_that_cannot_be_added_to_is_left(keys_file: Path, content: str, text: str) -> None:
    """The error names the line, and never a value."""
    private(keys_file, content.encode("latin-1"))

    assert add(keys_file, TWO) == text
    assert keys_file.read_bytes() == content.encode("latin-1")


def read_secrets(text: str, source: str) -> Sequence[Given] | SantralError:
    """Read a secrets file, each under its name and host."""
    found = secret_lines.read_lines(text, source)
    if isinstance(found, SantralError):
        return found
    return [Given(f"{one.name}@{one.binding}", one.value, one.place) for one in found]


def test_a_secret_has_one_host_and_one_value(keys_file: Path) -> None:
    """In a secrets file, the same name with another host is something else, too."""
    private(keys_file, b"crm@CRM.example.com=t0k=n\nold@a.example.com:8443=x\n")
    path = str(keys_file)
    good = {"crm@crm.example.com": Key("t0k=n"), "new@a.example.com": Key("a+b%20")}
    bad = {"old@a.example.com": Key("x"), "crm@crm.example.com": Key("other")}

    assert add_lines(path, good, read_secrets) == ["new@a.example.com"]
    assert keys_file.read_text().splitlines()[2:] == ["new@a.example.com=a+b%20"]
    assert str(add_lines(path, bad, read_secrets)) == (
        "Nothing was added to keys.txt. Something else stands there already for "
        "crm@crm.example.com (keys.txt:1), old@a.example.com:8443 (keys.txt:2). Remove what is not "
        "right, or name another file."
    )


def test_many_conflicts_are_counted(keys_file: Path) -> None:
    """Ten are named."""
    private(keys_file, "".join(f"s-{number}=12345678\n" for number in range(12)).encode())

    assert add(keys_file, {f"s-{number}": ANKARA for number in range(12)}) == (
        "Nothing was added to keys.txt. Something else stands there already for "
        + ", ".join(f"s-{number} (keys.txt:{number + 1})" for number in range(10))
        + " and 2 more. Remove what is not right, or name another file."
    )


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_file_of_others_gets_no_key(keys_file: Path, mode: int) -> None:
    """Also where every line is there already."""
    keys_file.write_text(f"ankara={A}\n")
    keys_file.chmod(mode)

    assert add(keys_file, {"ankara": ANKARA}) == (
        "Nothing was added to keys.txt. Other users of this machine may read or change it. Take "
        'that permission away with "chmod 600 keys.txt".'
    )


def test_only_a_regular_file_is_added_to(keys_file: Path) -> None:
    """No link, which may lead anywhere, no folder and no pipe; nor is a folder made."""
    private(Path("other.txt"), b"")
    keys_file.symlink_to("other.txt")
    Path("folder").mkdir()
    Path("linked").symlink_to("folder")
    os.mkfifo("pipe")

    assert [
        add(Path(name), TWO) for name in ("keys.txt", "linked/k", "folder", "pipe", "no/k")
    ] == [
        "Nothing was added to keys.txt. keys.txt is a link, which may lead anywhere. Remove it, or "
        "name the place it leads to.",
        "Nothing was added to linked/k. linked is a link, which may lead anywhere. Remove it, or "
        "name the place it leads to.",
        "Nothing was added to folder. It is not a regular file.",
        "Nothing was added to pipe. It is not a regular file.",
        "Nothing was added to no/k. The system says: No such file or directory.",
    ]
    assert Path("other.txt").read_bytes() == b""
    assert [*Path("folder").iterdir()] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x", f"{A}\nbursa={B}"),
        ("x", f"{A}\rbursa={B}"),
        ("x", f"{A}\u2028bursa={B}"),
        ("x", f"{A}\\nbursa={B}"),
        ("x", f"{A}\x00"),
        ("x", f" {A}"),
        ("x", ""),
        ("x y", A),
        ("x\n", A),
        ("#x", A),
        ("x=y", A),
        ("", A),
        ("SANTRAL_KEY_X", A),
    ],
)
def test_a_value_never_becomes_a_second_line(keys_file: Path, name: str, value: str) -> None:
    """What would be read as anything else is not written, nor is what stands beside it."""
    private(keys_file, b"y=12345678\n")

    assert str(add(keys_file, {"ankara": ANKARA, name: Key(value)})) == (
        f"Nothing was added to keys.txt. The line of {printable(name)} has, or begins with, a "
        "character that such a file cannot hold."
    )
    assert keys_file.read_bytes() == b"y=12345678\n"


def test_lines_are_those_that_the_reader_reads(keys_file: Path) -> None:
    """A reader to which they mean something else behind what is there has the last word."""

    def read(text: str, source: str) -> Sequence[Given]:
        return [Given("y", ANKARA, source)] if "y=" in text else [Given("ankara", ANKARA, source)]

    private(keys_file, b"y=12345678\n")
    result = add_lines(str(keys_file), {"ankara": ANKARA}, read)

    assert str(result) == (
        "Nothing was added to keys.txt. With what is to be added, it would not be read as it is "
        "meant. Name another file."
    )
    assert keys_file.read_bytes() == b"y=12345678\n"


@pytest.mark.parametrize("before", [None, b"x=12345678"])
def test_a_write_that_fails_leaves_all_as_it_was(
    keys_file: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None
) -> None:
    """Also where some of it was written."""

    def full(file: int) -> None:
        raise OSError(28, os.strerror(28))

    if before is not None:
        private(keys_file, before)
    monkeypatch.setattr(os, "fsync", full)

    assert add(keys_file, TWO) == (
        "Nothing was added to keys.txt. The system says: No space left on device."
    )
    assert (keys_file.read_bytes() if keys_file.exists() else None) == before


def test_what_another_run_adds_meanwhile_is_kept(keys_file: Path) -> None:
    """A file that is longer than when it was read is left to the other run."""

    def read(text: str, source: str) -> Sequence[Given] | SantralError:
        keys_file.write_text("y=12345678\nz=12345678\n")
        return read_text(text, source)

    private(keys_file, b"y=12345678\n")
    result = add_lines(str(keys_file), {"ankara": ANKARA}, read)

    assert str(result) == (
        "Nothing was added to keys.txt. Another run is using it. Wait for it to end, then run "
        "again."
    )
    assert keys_file.read_text() == "y=12345678\nz=12345678\n"


def test_no_link_is_followed_that_came_meanwhile(keys_file: Path) -> None:
    """Not even to a file that holds the same."""

    def read(text: str, source: str) -> Sequence[Given] | SantralError:
        if not keys_file.is_symlink():
            keys_file.rename("other.txt")
            keys_file.symlink_to("other.txt")
        return read_text(text, source)

    private(keys_file, b"y=12345678\n")
    result = add_lines(str(keys_file), {"ankara": ANKARA}, read)

    assert str(result).startswith("Nothing was added to keys.txt. keys.txt is a link, ")
    assert Path("other.txt").read_bytes() == b"y=12345678\n"


def test_no_link_is_followed_that_comes_right_before_the_file_is_opened(
    keys_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it was looked for: the system refuses it."""
    opening = os.open

    def turn(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_APPEND:
            keys_file.rename("other.txt")
            keys_file.symlink_to("other.txt")
        return opening(path, flags, mode)

    private(keys_file, b"y=12345678\n")
    monkeypatch.setattr(os, "open", turn)
    result = add_lines(str(keys_file), {"ankara": ANKARA}, read_text)

    assert str(result).startswith("Nothing was added to keys.txt. The system says: ")
    assert Path("other.txt").read_bytes() == b"y=12345678\n"


LINES = st.dictionaries(st.text(min_size=1, max_size=6), st.text(max_size=12).map(Key), max_size=4)
THERE = st.text("ab=#\n\r\\{\u2028\x0b 1", max_size=30)


@given(THERE, LINES)
@example("a=1", {"b": Key("2")})
@example("a=1\u2028", {"b": Key("2")})
def test_whatever_is_there_stays_and_only_what_is_meant_comes(
    tmp_path_factory: pytest.TempPathFactory, there: str, lines: dict[str, Key]
) -> None:
    """The file holds what it held and then these lines, or is as it was."""
    path = tmp_path_factory.mktemp("work") / "keys.txt"
    before = there.encode()
    private(path, before)
    result = add_lines(str(path), lines, read_text)
    after = path.read_bytes()

    if isinstance(result, SantralError):
        assert after == before
        return
    was, now = read_text(there, ""), read_text(after.decode(), "")
    assert not isinstance(was, SantralError)
    assert not isinstance(now, SantralError)
    assert after.startswith(before)
    assert [one[:2] for one in now] == [
        *(one[:2] for one in was),
        *((name, lines[name]) for name in result),
    ]
    assert {name: {one.key for one in now if one.name == name} for name in lines} == {
        name: {value} for name, value in lines.items()
    }
