"""One file of the zip that a forge keeps a job's files in: read in memory, and with distrust.

Whoever may run a job of the repository may have made the archive. Nothing is unpacked: one member
is read, by its exact name, and no more of it than it may have.
"""

import io
import struct
import zipfile
import zlib

from reconciler.ci.forge import ForgeError
from reconciler.core.messages import Message

_MOST_MEMBERS = 1_000
_MEMBER = b"PK\x01\x02"
"""What each entry of an archive's table of contents begins with."""
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_PIECE = 1024 * 1024
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What reading an archive raises that is not as one should be."""


def member(archive: bytes, name: str, most: int) -> bytes:
    """Return the one member of that name, of at most so many bytes; raises ForgeError."""
    if archive.count(_MEMBER) > _MOST_MEMBERS:
        raise ForgeError(Message("archive-crowded", most=_MOST_MEMBERS))
    try:
        content = _read(archive, name, most)
    except _BROKEN:
        content = Message("archive-broken")
    if isinstance(content, Message):
        raise ForgeError(content)
    return content


def _read(archive: bytes, name: str, most: int) -> bytes | Message:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        found = [one for one in opened.infolist() if one.filename == name == one.orig_filename]
        if len(found) != 1:
            code = "archive-member-repeated" if found else "archive-member-missing"
            return Message(code, name=name)
        if found[0].flag_bits & _ENCRYPTED or found[0].compress_type not in _METHODS:
            return Message("archive-member-unreadable", name=name)
        content = _read_member(opened, found[0], most)
    if content is None:
        return Message("archive-member-long", name=name, most=most // _PIECE)
    return content


def _read_member(opened: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes | None:
    """Return what a member holds, to its end, where its checksum is compared; None for too much."""
    if info.file_size > most:
        return None
    content = bytearray()
    with opened.open(info) as stream:
        while piece := stream.read(_PIECE):
            content += piece
            if len(content) > most:
                return None
    return bytes(content)
