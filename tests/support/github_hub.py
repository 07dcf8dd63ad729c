"""A stand-in of GitHub for one repository: git, and what the API keeps, in files."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.forge import Repository, git

REPOSITORY = "ornek/santral-ayarlari"
BOT = "github-actions[bot]"
_OURS, _FORK = 1, 2
"""The numbers of the repository, and of somebody's fork of it."""


@dataclass(frozen=True)
class Hub(Repository):
    """The repository, and beside it what the API keeps."""

    @property
    def state(self) -> dict[str, Any]:
        """Pull requests and all else that the API keeps, in its own words."""
        path = self.folder / "state.json"
        kinds = ("pulls", "comments", "issues", "artifacts", "environments", "secrets")
        empty: dict[str, Any] = {kind: [] for kind in kinds}
        return json.loads(path.read_text("utf-8")) if path.exists() else empty

    def save(self, state: dict[str, Any]) -> None:
        (self.folder / "state.json").write_text(json.dumps(state), "utf-8")

    def add(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Add an entry, and give it the next number."""
        state = self.state
        number = len(state[kind]) + 1
        entry = {"id": 100 + number, "number": number, **fields}
        state[kind].append(entry)
        self.save(state)
        return entry

    def change(self, kind: str, number: int, **fields: Any) -> None:
        state = self.state
        state[kind][number - 1].update(fields)
        self.save(state)

    # Pull requests

    @property
    def _merges(self) -> Path:
        """Where GitHub merges."""
        return self.folder / "merges"

    def create(self) -> None:
        """Make it, empty."""
        super().create()
        self.clone(self._merges)

    def open_pull(self, branch: str, *, is_fork: bool = False) -> dict[str, Any]:
        """Open a pull request of a branch; GitHub merges it on trial."""
        owner = "baskasi/santral-ayarlari" if is_fork else REPOSITORY
        head = {"ref": branch, "repo": {"full_name": owner, "id": _FORK if is_fork else _OURS}}
        pull = self.add("pulls", head=head, merged_at=None, merge_commit_sha=None)
        return self.update_pull(pull["number"])

    def update_pull(self, number: int) -> dict[str, Any]:
        """Take over the branch's newest commit."""
        head: dict[str, Any] = self.state["pulls"][number - 1]["head"]
        head["sha"] = git(self.origin, "rev-parse", head["ref"])
        trial = self._merge_into(f"refs/pull/{number}/merge", head["ref"])
        self.change("pulls", number, head=head, merge_commit_sha=trial)
        pull: dict[str, Any] = self.state["pulls"][number - 1]
        return pull

    def merge_pull(self, number: int) -> str:
        """Merge it, and return the commit that main then is at."""
        merged = self._merge_into("main", self.state["pulls"][number - 1]["head"]["ref"])
        self.change("pulls", number, merged_at="2026-11-25T09:00:00Z", merge_commit_sha=merged)
        return merged

    def _merge_into(self, ref: str, branch: str) -> str:
        """Merge main and a branch, and let the ref be that."""
        git(self._merges, "fetch", "-q", "origin")
        git(self._merges, "checkout", "-q", "--detach", "origin/main")
        git(self._merges, "merge", "-q", "--no-ff", "-m", f"Merge {branch}", f"origin/{branch}")
        git(self._merges, "push", "-qf", "origin", f"HEAD:{ref}")
        return git(self._merges, "rev-parse", "HEAD")

    # Artifacts

    def keep_artifact(self, name: str, files: list[Path], run: dict[str, Any]) -> int:
        """Keep files under a name, as of a run; return the artifact's number."""
        artifact = self.add("artifacts", name=name, expired=False, workflow_run=run)
        number: int = artifact["number"]
        self.change("artifacts", number, created_at=f"2026-11-25T08:{number:02d}:00Z")
        for file in files:
            kept = self.folder / "artifacts" / str(number) / file.name
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(file.read_bytes())
        return number

    def fetch_artifact(self, name: str, run: int, into: Path) -> bool:
        """Put a run's newest artifact of a name into a folder; return whether there is one."""
        for artifact in reversed(self.state["artifacts"]):
            if (artifact["name"], artifact["workflow_run"]["id"]) == (name, run):
                for file in (self.folder / "artifacts" / str(artifact["number"])).iterdir():
                    (into / file.name).write_bytes(file.read_bytes())
                return True
        return False


def run_of(number: int, head: str, *, is_fork: bool) -> dict[str, Any]:
    """Return a run as an artifact of it shows it."""
    return {
        "id": number,
        "head_sha": head,
        "repository_id": _OURS,
        "head_repository_id": _FORK if is_fork else _OURS,
    }
