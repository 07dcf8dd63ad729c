"""What runs on GitHub and on GitLab share: a git repository, and how their files are read."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ENVIRONMENTS = ("santral-plan", "santral-apply", "santral-drift")
"""What keys are given to, on GitHub and on GitLab."""


@dataclass(frozen=True)
class Repository:
    """A git repository on a server, in a folder of its own, and a clone of it to work in."""

    folder: Path

    @property
    def origin(self) -> Path:
        return self.folder / "origin.git"

    @property
    def desk(self) -> Path:
        """Where somebody of the team works."""
        return self.folder / "desk"

    @property
    def main(self) -> str:
        """The commit that main is at."""
        return git(self.origin, "rev-parse", "main")

    def create(self) -> None:
        """Make it, empty."""
        git(self.folder, "init", "-q", "--bare", "-b", "main", self.origin.name)
        git(self.origin, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.clone(self.desk)

    def clone(self, folder: Path) -> None:
        """Make a clone that is still empty."""
        git(self.folder, "init", "-q", "-b", "main", folder.name)
        git(folder, "remote", "add", "origin", f"../{self.origin.name}")

    def commit(self, branch: str, more: Mapping[str, str] | None = None, **files: str) -> str:
        """Put YAML files, and more by their paths, into a branch; push it, return the commit."""
        if git(self.origin, "branch", "--list", "main"):
            known = git(self.origin, "branch", "--list", branch)
            git(self.desk, "fetch", "-q", "origin")
            git(self.desk, "checkout", "-q", "-B", branch, f"origin/{branch if known else 'main'}")
        for name, content in files.items():
            (self.desk / f"{name}.yaml").write_text(content, "utf-8")
        for path, content in (more or {}).items():
            (self.desk / path).parent.mkdir(parents=True, exist_ok=True)
            (self.desk / path).write_text(content, "utf-8")
        git(self.desk, "add", "--all", "--force")
        git(self.desk, "commit", "-q", "--allow-empty", "-m", f"Change {branch}")
        git(self.desk, "push", "-q", "origin", branch)
        return git(self.desk, "rev-parse", "HEAD")


_SETTINGS = (
    *("user.name=Ekip", "user.email=ekip@example.com"),
    *("maintenance.auto=false", "init.templateDir="),  # nothing to tidy up, no examples of hooks
)


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody without a configuration of their own; return what it prints."""
    settings = (option for setting in _SETTINGS for option in ("-c", setting))
    command = ["git", "-C", str(folder), *settings, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def load(text: str) -> dict[Any, Any]:
    """Read a workflow or a pipeline; by YAML 1.1, which PyYAML reads, the key ``on`` is True."""
    document: dict[Any, Any] = yaml.safe_load(text)
    return document
