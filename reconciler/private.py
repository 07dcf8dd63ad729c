"""The directory ``.santral``, which is the user's alone and belongs in no commit."""

from pathlib import Path

DIRECTORY = Path(".santral")


def make_private_directory(directory: Path) -> None:
    """Make a directory that only its owner may read, with a .gitignore that covers it whole.

    One that was there before is left as it is, but for .santral: that is never to be committed.
    """
    is_new = not directory.exists()
    if is_new:
        directory.mkdir(parents=True, mode=0o700)
    ignore = directory / ".gitignore"
    if (is_new or directory.name == DIRECTORY.name) and not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")
