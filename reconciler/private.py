"""What is the user's alone: the directory ``.santral``, and files that nobody else may read."""

from pathlib import Path

from reconciler.files import unfinished

DIRECTORY = Path(".santral")


def make_private_directory(directory: Path) -> None:
    """Make a directory that only its owner may read, with a .gitignore that covers it whole.

    One that was there before is left as it is, but for .santral: that is never to be committed.
    """
    is_new = not directory.exists()
    if is_new:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    ignore = directory / ".gitignore"
    if (is_new or directory.name == DIRECTORY.name) and not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")


def write_private_file(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all; raises OSError."""
    with unfinished(path, text.encode(), mode=0o600) as file:
        file.replace(path)
