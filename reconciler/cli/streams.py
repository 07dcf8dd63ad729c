"""The standard streams, made fit for every text."""

import codecs
import os
import sys
from typing import TextIO

_PLAIN = str.maketrans(
    {
        "\u2192": "->",
        "\u00d7": "x",
        "\u2212": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00b7": "-",
        "\u2713": "+",
        **dict(zip("\u2018\u2019\u201c\u201d", "''\"\"", strict=True)),
        **dict(zip("çğıöşüÇĞİÖŞÜâîûÂÎÛ", "cgiosuCGIOSUaiuAIU", strict=True)),
    }
)
"""What a terminal gets that cannot show these."""
_HANDLER = "santral.plain"
_ASCII = "santral_ascii"
"""ASCII by a name of ours: past a stream that names it itself, click writes UTF-8."""


def open_closed_streams() -> None:
    """Put /dev/null where a standard stream is closed, before another file gets its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
            mode = "r" if number == 0 else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def use_utf8() -> None:
    """Write UTF-8 and line feeds on every system, so that no character can stop a run halfway.

    A terminal that shows something else gets that, with plain characters for those it lacks.
    """
    codecs.register_error(_HANDLER, _plainly)
    codecs.register(_our_codec)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            has_own = stream.isatty() and not is_utf8(stream)
            encoding, errors = (
                (_as_click_takes_it(stream.encoding), _HANDLER)
                if has_own
                else ("utf-8", "backslashreplace")
            )
            stream.reconfigure(encoding=encoding, errors=errors, newline="\n")


def _as_click_takes_it(encoding: str) -> str:
    return _ASCII if codecs.lookup(encoding).name == "ascii" else encoding


def _our_codec(name: str) -> codecs.CodecInfo | None:
    if name != _ASCII:
        return None  # Before any other is looked up, for which this function would be asked too.
    ascii_ = codecs.lookup("ascii")
    return codecs.CodecInfo(
        ascii_.encode,
        ascii_.decode,
        ascii_.streamreader,
        ascii_.streamwriter,
        ascii_.incrementalencoder,
        ascii_.incrementaldecoder,
        _ASCII,
    )


def is_utf8(stream: TextIO) -> bool:
    """Return whether a stream takes every character."""
    return codecs.lookup(stream.encoding).name == "utf-8"


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    """Give what stands for characters that cannot be encoded, as ``codecs`` asks for it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    plain = lacking.translate(_PLAIN)
    return plain.encode("ascii", "backslashreplace").decode("ascii"), error.end
