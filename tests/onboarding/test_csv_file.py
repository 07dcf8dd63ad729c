"""A list from Excel is read as it is meant, and all that is wrong with it is told at once."""

import csv
import io
import string
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.fleet import KEYS, OTHER_SHAPE, key_number

from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.onboarding import csv_text
from reconciler.onboarding.csv_file import CsvError, Listed, RowRemark, SantralList, read_list

ANKARA, BURSA, CANAKKALE, DENIZLI = (key.reveal() for key in KEYS.values())
BOM = "\ufeff"
ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with its mark": lambda text: f"{BOM}{text}".encode(),
    "UTF-16 LE": lambda text: f"{BOM}{text}".encode("utf-16-le"),
    "UTF-16 BE": lambda text: f"{BOM}{text}".encode("utf-16-be"),
    "UTF-16 LE without its mark": lambda text: text.encode("utf-16-le"),
    "UTF-16 BE without its mark": lambda text: text.encode("utf-16-be"),
    "cp1254": lambda text: text.encode("cp1254"),
}


def listed(text: str, *labels: str) -> SantralList:
    """Return what a list holds that can be read."""
    result = read_list(text.encode(), "list.csv", labels)
    assert isinstance(result, SantralList)
    return result


def error_of(content: bytes, *labels: str) -> str:
    """Return why a list cannot be used."""
    result = read_list(content, "list.csv", labels)
    assert isinstance(result, CsvError)
    return str(result)


def told(remarks: tuple[RowRemark, ...]) -> list[tuple[int, str]]:
    """Return lines, and the codes of what is said of them."""
    return [(remark.line, remark.message.code) for remark in remarks]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_list_is_read_however_it_was_saved(encoding: str, delimiter: str, end: str) -> None:
    """The delimiter and the encoding are found; lines are those that an editor shows."""
    rows = [
        ["Bölge", "  AD ", "ANAHTAR", "Açıklama", "Müdür", "", ""],
        ["Marmara", "İstanbul Şube 2", ANKARA, "", "x"],
        ["", "", "", ""],
        ["—", "ankara", f"\u00a0{BURSA} ", 'Genel "merkez"' + end + "; , \t", "y", ""],
        [],
        ["İç Anadolu", "Ankara", CANAKKALE],
    ]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=end).writerows(rows)

    assert read_list(ENCODINGS[encoding](written.getvalue()), "list.csv", ["bölge"]) == SantralList(
        (
            Listed(
                "istanbul-sube-2",
                "İstanbul Şube 2",
                KEYS["ankara"],
                (("bolge", "marmara"),),
            ),
            Listed("ankara", 'Genel "merkez" ; ,', KEYS["bursa"]),
            Listed("ankara-2", "Ankara", KEYS["canakkale"], (("bolge", "ic-anadolu"),)),
        ),
        (),
        (
            RowRemark(4, Message("list-label-left-out", column=1)),
            RowRemark(7, Message("list-name-numbered", name="ankara-2")),
        ),
    )


@pytest.mark.parametrize("heading", ["name", "NAME", "ad", "Ad", "isim", "İSİM", "ISIM", "ısım"])
@pytest.mark.parametrize("key", ["key", "Key", "anahtar", "ANAHTAR", '"Anahtar:"'])
def test_columns_are_found_in_any_case(heading: str, key: str) -> None:
    """Also in that of Turkish, typed on any keyboard."""
    santrals = listed(f"{key};{heading}\n{ANKARA};x\n").santrals

    assert santrals == (Listed("x", "", KEYS["ankara"]),)


@pytest.mark.parametrize("heading", ["description", "açıklama", "AÇIKLAMA", "aciklama", "Aciklama"])
def test_a_description_of_the_list_goes_before_the_title(heading: str) -> None:
    """The title is one only where the name had to be another."""
    santrals = listed(f"santral,key,{heading}\nŞube,{ANKARA},Bizim\nŞube 2,{BURSA},\n").santrals

    assert [santral.description for santral in santrals] == ["Bizim", "Şube 2"]


@pytest.mark.parametrize("line", ["sep=,", '"SEP=,"', f"{BOM}sep=,"])
def test_a_list_may_say_its_delimiter(line: str) -> None:
    """As Excel has it: in a line of its own, which counts as one."""
    assert told(listed(f"{line}\r\nad,anahtar,;;;;\r\nx,\r\n").problems) == [(3, "list-key-empty")]


@pytest.mark.parametrize("above", ["\r\n \r\n", ",,\r\n", ""])
def test_what_is_blank_counts_as_lines_and_no_more(above: str) -> None:
    """Above the headings, as an empty cell of a label, and as columns without headings."""
    rows = f",,,,\r\nx,{ANKARA},,,,\r\ny,,,,\r\n"
    result = listed(f"{above}ad,anahtar,city,,\r\n{rows}", "city")

    no_key = RowRemark(above.count("\n") + 4, Message("list-key-empty"))
    assert result == SantralList((Listed("x", "", KEYS["ankara"]),), (no_key,), ())


BAD_ROWS = f"""\
ad;anahtar;açıklama;Şehir
;{ANKARA};;
Москва;K 1
x
y;1,23457E+15
y;“{BURSA}”
y;PUT-ITS-KEY-FROM-THE-PANEL-HERE
y;ç234567890
y;short
y;"{BURSA}
z={BURSA}"
y;{BURSA[:10]}\u200b{BURSA[10:]}
good;{BURSA};fine;ok
y;{BURSA}
{BURSA};good
a;b;c;d;e
"a"b;c
{OTHER_SHAPE};{CANAKKALE};{OTHER_SHAPE};a1b2c3d4e5f6g7h8i9
a\u202eb;{DENIZLI};\x1b;{"x" * 64}
{"x" * 1001};abcdefgh;about ABCDEFGH;
;
a1b2ç3d4e5f6g7h8;abcdefg1
"open;{DENIZLI}
"""


def test_all_bad_rows_are_told_with_their_lines() -> None:
    """None hides another, nor another mistake of its own; what is good is there, too."""
    result = listed(BAD_ROWS, "şehir")

    assert [santral.name for santral in result.santrals] == ["good"]
    assert told(result.problems) == [
        (2, "list-name-empty"),
        (3, "list-name-unusable"),
        (3, "list-key-spaced"),
        (4, "list-key-empty"),
        (5, "list-key-rounded"),
        (6, "list-key-quoted"),
        (7, "list-key-placeholder"),
        (8, "list-key-malformed"),
        (9, "list-key-malformed"),
        (10, "list-key-spaced"),
        (12, "list-key-spaced"),
        (14, "list-key-repeated"),
        (15, "list-cell-key"),
        (15, "list-key-malformed"),
        (16, "list-row-long"),
        (17, "list-row-quotes"),
        (18, "list-cell-key"),
        (18, "list-cell-key"),
        (18, "list-cell-key"),
        (19, "list-cell-hidden"),
        (19, "list-cell-hidden"),
        (19, "list-cell-long"),
        (20, "list-cell-long"),
        (20, "list-cell-key"),
        (22, "list-cell-key"),
        (23, "list-row-quotes"),
    ]
    assert [str(remark.message) for remark in result.problems if remark.line in {14, 16, 19}] == [
        "The key in this row is also in the one that begins at line 13. Each santral has a key of "
        "its own.",
        "This row has 5 cells, but only 4 columns have headings. A comma, a semicolon or a tab "
        "within a cell needs quotes around the cell.",
        "Column 1 has a hidden character here (U+202E, RIGHT-TO-LEFT OVERRIDE). Delete it, or type "
        "the cell anew.",
        "Column 3 has a hidden character here (U+001B). Delete it, or type the cell anew.",
        "Column 4 has more than 63 characters here. Shorten it.",
    ]


def test_mending_a_row_gives_no_other_another_name() -> None:
    """A number counts rows that are bad, too."""
    bad = listed(f"ad;anahtar\nŞube;\nŞube;{ANKARA}\n")
    mended = listed(f"ad;anahtar\nŞube;{BURSA}\nŞube;{ANKARA}\n")

    assert [santral.name for santral in bad.santrals] == ["sube-2"]
    assert [santral.name for santral in mended.santrals] == ["sube", "sube-2"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            b"PK\x03\x04\x14\x00",
            "list.csv: This is an Excel workbook, not CSV. Open it in Excel and save it with Save "
            'As and the type "CSV UTF-8".',
        ),
        (
            f"ad;anahtar\r\n\r\nx;{ANKARA}\r\nŞ\x81".encode("latin-1", "replace"),
            "list.csv:4: There is a character here that cannot be read. Save the list anew, in "
            'Excel with Save As and the type "CSV UTF-8".',
        ),
        (
            b"\xef\xbb\xbfad;anahtar\rx\xfe",
            "list.csv:2: There is a character here that cannot be read. Save the list anew, in "
            'Excel with Save As and the type "CSV UTF-8".',
        ),
        (
            b"\xff\xfea\x00\n\x00b",
            "list.csv:2: There is a character here that cannot be read. Save the list anew, in "
            'Excel with Save As and the type "CSV UTF-8".',
        ),
        (b" " * (16 * 1024 * 1024 + 1), "list.csv: It is larger than 16 MiB."),
        (
            b"\n;;\n",
            "list.csv: There is no santral in this list. Write headings into its first row "
            "(name;key or ad;anahtar), and a santral into each row below.",
        ),
        (
            b"ad;anahtar\n",
            "list.csv: There is no santral in this list. Write headings into its first row "
            "(name;key or ad;anahtar), and a santral into each row below.",
        ),
        (
            f"\nankara;{ANKARA}\n".encode(),
            "list.csv:2: This row has no headings. The first row of a list says what its columns "
            "hold: write name (or ad, isim, santral) above the names, and key (or anahtar) above "
            "the keys.",
        ),
        (
            b"ad;x\n",
            "list.csv:1: No column has keys. Write key (or anahtar) above the one that has them.",
        ),
        (
            b"x;key;ANAHTAR\n",
            "list.csv:1: No column has names. Write name (or ad, isim, santral) above the one that "
            "has them. The headings of columns 2 and 3 mean the same. Change one of them.",
        ),
        (
            f'ad;key\n"x;{ANKARA}\ny;{BURSA}\n'.encode(),
            "list.csv:2: A quote in this row is not closed, or has something behind it, so it is "
            "not known where the row ends. Write each quote within a cell twice, and one at its "
            "beginning and at its end.",
        ),
        (
            b'"ad"x;key',
            "list.csv:1: A quote in this row is not closed, or has something behind it. Write each "
            "quote within a cell twice, and one at its beginning and at its end.",
        ),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(content: bytes, text: str) -> None:
    """The error says where, and what to do."""
    assert error_of(content) == text


def test_labels_that_cannot_be_are_all_told() -> None:
    """No label is made of keys, nor of a column that is not there or there twice."""
    content = f"ad;anahtar;Şehir;şehir\nx;{ANKARA}\n".encode()

    assert error_of(content, "Anahtar", "isim", "bolge", "ŞEHİR", ANKARA) == (
        "list.csv:1: Anahtar cannot be a label: names, keys and descriptions of santrals have "
        "columns of this name. isim cannot be a label: names, keys and descriptions of santrals "
        "have columns of this name. There is no column bolge for a label of this name. Write its "
        "heading as it is in the list. The headings of columns 3 and 4 mean the same. Change one "
        "of them. There is no column *** for a label of this name. Write its heading as it is in "
        "the list."
    )


def test_a_list_has_a_most_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is refused, with its line."""
    monkeypatch.setattr(csv_text, "MOST_ROWS", 2)
    rows = [f"x;{key_number(number).reveal()}\n" for number in range(1, 4)]

    assert len(listed("ad;key\n" + "".join(rows[:2])).santrals) == 2
    assert error_of(("ad;key\n" + "".join(rows)).encode()) == (
        "list.csv:4: This list has more than 2 santrals. Split it."
    )


PIECES = [*';,\t"\r\n=éŞ\x00\x81 ', "ad", "key", "sep=;", ANKARA, "ad;key\n", "\ufeff", "a1b2c3d4"]


@given(st.binary() | st.lists(st.sampled_from(PIECES)).map(lambda parts: "".join(parts).encode()))
@example(b"\x00")
@example(b"\xff\xfe")
@example(b'ad;key\n"')
def test_any_bytes_are_a_list_or_refused(content: bytes) -> None:
    """No other error comes out, no key is in any text, and each santral can be read."""
    result = read_list(content, "list.csv", ["x"])

    if isinstance(result, SantralList):
        assert len({santral.name for santral in result.santrals}) == len(result.santrals)
        assert all(santral.key.is_well_formed for santral in result.santrals)
    assert ANKARA not in f"{result}{result!r}"


LETTERS = st.text(string.ascii_lowercase + 'şğıİçöü ;,\t"\n-', max_size=20)
ROWS = st.lists(st.tuples(LETTERS, LETTERS), min_size=1, max_size=5)


@given(
    ROWS, st.sampled_from(";,\t"), st.sampled_from([*ENCODINGS]), st.sampled_from(["\r\n", "\n"])
)
def test_what_is_written_is_read(
    rows: list[tuple[str, str]], delimiter: str, encoding: str, end: str
) -> None:
    """Whatever cells hold, each row gives its key back, and its description or else its title."""
    keys = [key_number(number) for number in range(1, len(rows) + 1)]
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator=end)
    writer.writerow(["Ad", "Anahtar", "Açıklama"])
    writer.writerows(
        (f"Şube {title}", key.reveal(), about)
        for (title, about), key in zip(rows, keys, strict=True)
    )
    result = read_list(ENCODINGS[encoding](written.getvalue()), "list.csv")

    assert isinstance(result, SantralList)
    assert result.problems == ()
    titles = [" ".join(f"Şube {title}".split()) for title, _ in rows]
    assert [(s.key, s.description) for s in result.santrals] == [
        (key, " ".join(about.split()) or title)
        for title, (_, about), key in zip(titles, rows, keys, strict=True)
    ]


def test_a_key_is_in_no_text_of_a_list() -> None:
    """Of no shape, and wherever it stands."""
    result = listed(BAD_ROWS, "şehir")
    texts = f"{result!r}" + " ".join(str(remark.message) for remark in result.problems)

    assert [k for k in (ANKARA, BURSA, CANAKKALE, DENIZLI, OTHER_SHAPE) if k[1:] in texts] == []
    assert Key(BURSA) == result.santrals[0].key
