"""The text files that come with the program."""

from pathlib import Path


def text_of(name: str) -> str:
    """Return a file as it is: from the installed package, or from the checkout around it."""
    package = Path(__file__).parent
    installed, checkout = package / name, package.parent / name
    return (installed if installed.exists() else checkout).read_bytes().decode("utf-8")
