"""Hosts in letters beyond ASCII, which DNS writes as ``xn--`` labels, and what they look like."""

import codecs
import re
import unicodedata

from reconciler.core.messages import Message
from reconciler.core.text import escaped, printable, without_keys

_LONGEST_LABEL = 63
LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
"""A part of a host, between dots, as DNS writes it."""
codecs.lookup("punycode")  # From now on it is there, also where no file can be opened any more.


def label_problem(label: str) -> Message | None:
    """Return why a label of a host may not be written in a file.

    An ``xn--`` label must stand for Latin letters (Turkish ones among them): others can look just
    like them, as many Cyrillic ones do, and no reviewer reads that off the ``xn--`` form.
    """
    if not _is_international(label):
        return None
    letters = _letters(label)
    if letters is None:
        return Message("url-host-punycode")
    if printable(letters) == letters:
        return None
    return Message("url-host-letters", letters=_escaped(letters))


def encoded(host: str) -> str | None:
    """Return a host in letters beyond ASCII as DNS writes it; None where it may not be written so.

    The letters are Latin, and decode to themselves.
    """
    if host.isascii():
        return None
    labels = [_encoded_label(label) for label in host.replace("\u0130", "i").split(".")]
    known = [label for label in labels if label]
    return ".".join(known) if len(known) == len(labels) else None


def _encoded_label(label: str) -> str | None:
    letters = label.lower()
    written = letters if letters.isascii() else f"xn--{letters.encode('punycode').decode('ascii')}"
    is_plain = unicodedata.normalize("NFKC", letters) == letters
    is_allowed = is_plain and LABEL.fullmatch(written) and label_problem(written) is None
    return written if is_allowed else None


def written_out(host: str) -> str | None:
    r"""Return an international host in letters, and with escapes for them; None for another host.

    Such as ``şirket.example (\u015firket.example)``, since one letter may look like another.
    """
    labels = host.split(".")
    if not any(map(_is_international, labels)):
        return None
    letters = [_letters(label) or label for label in labels]
    shown = ".".join(printable(without_keys(label)) for label in letters)
    escaped = ".".join(map(_escaped, letters))
    return escaped if shown == escaped else f"{shown} ({escaped})"


def _is_international(label: str) -> bool:
    return label[:4].lower() == "xn--"


def _letters(label: str) -> str | None:
    """Return what an ``xn--`` label stands for (RFC 3492); None if it is not its one spelling."""
    if not _is_international(label) or len(label) > _LONGEST_LABEL:
        return None  # No longer one can be asked for, and decoding takes the square of its length.
    written = label[4:].lower()
    try:
        letters = written.encode("ascii").decode("punycode")
    except UnicodeError:
        return None
    is_folded = letters == unicodedata.normalize("NFKC", letters.lower())
    is_needed = not letters.isascii()
    is_only = letters.encode("punycode").decode("ascii") == written
    return letters if is_folded and is_needed and is_only else None


def _escaped(letters: str) -> str:
    """Return letters for a message, with stars for what may be a pasted key."""
    return escaped(without_keys(letters))
