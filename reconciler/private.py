"""The directory ``.santral``, which is the user's alone and belongs in no commit."""

from pathlib import Path

DIRECTORY = Path(".santral")


def make_private_directory(directory: Path) -> None:
    """Make a directory that only its owner may read, with a .gitignore that covers it whole."""
    if not directory.exists():
        directory.mkdir(parents=True, mode=0o700)
        (directory / ".gitignore").write_text("*\n", encoding="ascii")
