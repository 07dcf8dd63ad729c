"""A repository in which whatever is imported, run or believed leaves a mark, and its checkouts."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from support.forge import git
from support.wheels import leaving, make_hostile, make_index, make_program

MODULES = (
    *("logging", "json", "venv", "ensurepip", "pip", "setuptools", "backend", "zipfile", "click"),
    *("santral", "reconciler", "sitecustomize", "usercustomize", "re", "os", "encodings"),
    *("subprocess", "shlex", "tempfile", "urllib", "typing", "site", "runpy", "types", "gitlab"),
    *("yaml", "requests", "babel", "hatchling", "standin_builder", "standin_library"),
)
"""Names of modules that one of the programs imports, or would."""
PROGRAMS = ("python", "python3", "pip", "santral", "git", "gh")
"""Names of programs that a job runs."""
OUTPUTS = (
    *("plan.json", "plan.html", "comment.md", "drift.md", "drift.json", "issue.md"),
    *("journal.jsonl", ".santral/journal.jsonl", ".santral/sandbox-journal.jsonl"),
)
"""Names that outputs of a job have, or had."""
HOOKS = ("post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman")
LOCKS = (".github/santral.lock", ".gitlab/santral.lock", "requirements.lock")
COMMITTED = "committed in advance"
"""What is said in a file that has the name of an output."""
_OUTPUT = f'{{"summary": {{"change": 0}}, "by": "{COMMITTED}"}}'
SETTINGS = """\
version: 1
santrals:
  ankara:
    crm_integration:
      ringing: {ringing}
      notification_url: https://crm.example.com/santral
"""
_PIP_CONFIG = "[global]\nindex-url = http://127.0.0.1:9/\ntarget = x\nfind-links = {place}\n"
_GIT_CONFIG = """\
[core]
\thooksPath = {top}/hooks
\tfsmonitor = {top}/hooks/fsmonitor-watchman
[filter "evil"]
\tsmudge = {top}/git
\tclean = {top}/git
[diff "evil"]
\ttextconv = {top}/git
"""


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is that a job has to do with."""

    top: Path

    @property
    def checkout(self) -> Path:
        return self.top / "checkout"

    @property
    def temp(self) -> Path:
        """The folder of a job's own."""
        return self.top / "temp"

    @property
    def program(self) -> Path:
        """What is to be installed: a stand-in of santral."""
        return self.top / "program"

    @property
    def index(self) -> Path:
        """Where pip finds packages."""
        return self.top / "index"

    @property
    def mark(self) -> Path:
        return self.top / "mark"

    @property
    def origin(self) -> Path:
        return self.top / "origin"

    @property
    def marks(self) -> str:
        """What has been imported, run or believed of the repository."""
        return self.mark.read_text() if self.mark.exists() else ""

    def prepare(self) -> None:
        """Make all of them.

        The branch main is as hostile as that of the pull request, as if it had been merged, but for
        the lock, which is what main is trusted for.
        """
        lock = make_index(self.index)
        make_program(self.program, lock)
        (self.top / "home").mkdir()
        self.temp.mkdir()
        self.origin.mkdir()
        git(self.origin, "init", "-q", "-b", "main")
        self._write_hostile()
        self._commit(lock, ringing="off")
        git(self.origin, "checkout", "-q", "-b", "evil")
        self._commit(self._hostile_lock(), ringing="on")
        git(self.origin, "tag", "origin/main")  # git prefers a tag to the remote's branch

    def check_out(self, branch: str, folder: str = ".") -> None:
        """Check a branch out, with every other one, where somebody has left hooks before."""
        place = self.checkout / folder
        shutil.rmtree(place, ignore_errors=True)
        git(self.top, "clone", "-q", "--branch", branch, self.origin.as_uri(), str(place))
        for hook in HOOKS:
            self._write_program(place / ".git" / "hooks" / hook)

    def commit_everywhere(self, place: str) -> None:
        """Commit a file that has the name of an output to every branch."""
        for branch in ("main", "evil"):
            git(self.origin, "checkout", "-q", branch)
            self._write(place, _OUTPUT)
            git(self.origin, "add", "--force", place)
            git(self.origin, "commit", "-q", "-m", f"Add {place}")

    def _commit(self, lock: str, *, ringing: str) -> None:
        for place in LOCKS:
            self._write(place, lock)
        self._write("santral.yaml", SETTINGS.format(ringing=ringing))
        git(self.origin, "add", "--all", "--force")
        git(self.origin, "commit", "-q", "-m", "Change it")

    def _hostile_lock(self) -> str:
        lock = make_hostile(self.origin / ".github", "3", self.mark)
        make_hostile(self.top / "elsewhere", "3", self.mark)
        return f"--find-links {self.top / 'elsewhere'}\n{lock}"

    def _write(self, place: str, text: str) -> Path:
        path = self.origin / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def _write_hostile(self) -> None:
        for place in (
            *(f"{name}.py" for name in (*MODULES, "setup")),
            *(f"{package}/{module}.py" for package in _PACKAGES for module in _OF_A_PACKAGE),
            "evil.pth",
        ):
            self._write(place, leaving(self.mark, place))
        for place in ("pip.conf", "pip.ini", ".config/pip/pip.conf", ".pip/pip.conf"):
            self._write(place, _PIP_CONFIG.format(place=self.top / "elsewhere"))
        for place in OUTPUTS:
            self._write(place, _OUTPUT)
        self._write("setup.cfg", "[install]\nprefix = /nowhere\n[global]\ntarget = x\n")
        self._write("pyvenv.cfg", f"home = {self.checkout}\n")
        self._write("pyproject.toml", _PROJECT)
        self._write(".gitconfig", _GIT_CONFIG.format(top=self.checkout))
        self._write(".gitattributes", "* filter=evil diff=evil\n")
        for place in (*PROGRAMS, *(f"hooks/{hook}" for hook in HOOKS)):
            if not (self.origin / place).exists():
                self._write_program(self.origin / place)

    def _write_program(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "$0" >> "{self.mark}"\n')
        path.chmod(0o755)


_PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
_PACKAGES = ("reconciler", "pip", "venv", "ensurepip")
_OF_A_PACKAGE = ("__init__", "__main__")
