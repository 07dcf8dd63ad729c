"""A git repository in the program's folder."""

import subprocess


def git(*arguments: str) -> None:
    """Run git in the program's folder, as somebody."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


def commit(message: str) -> None:
    """Commit all there is."""
    git("add", "-A")
    git("commit", "-q", "-m", message)
