"""What ``santral init`` gives a repository to start from, and where it belongs."""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.schemas import Schema, resource
from reconciler.schemas import text_of as schema_text

IGNORE_FILE, IGNORED = ".gitignore", ".santral/"
GITLAB_FILE, GITLAB_INCLUDED = ".gitlab-ci.yml", ".gitlab/santral.yml"
_A_JOB_OF_OURS = "\nsantral:validate:\n"


class Ci(StrEnum):
    """Whose pipelines a repository has."""

    GITHUB = "github"
    GITLAB = "gitlab"


BRANCH = {
    Ci.GITHUB: "The pipeline is for the branch main: for another, change both lines "
    '"branches: [main]" in it.',
    Ci.GITLAB: "The pipeline is for the project's default branch, main or another, which is set in "
    "GitLab (Settings -> Repository).",
}
"""Which branch the pipeline's merges and checks are for, and where to change that."""


@dataclass(frozen=True, slots=True)
class Starter:
    """A file to start from: its place below the repository's top, and its text."""

    place: str
    text: str


def for_every_repository() -> tuple[Starter, ...]:
    """Return the file of settings, and what lets an editor complete and explain it."""
    return (
        Starter("santral.yaml", resource("santral.yaml.example")),
        Starter("schemas/santral.schema.json", schema_text(Schema.SANTRAL)),
    )


def for_ci(ci: Ci, gitlab_file: str | None) -> Starter:
    """Return the pipeline; ``gitlab_file`` is what the repository's .gitlab-ci.yml holds, if any.

    GitLab has one place for pipelines. Where another pipeline has it, ours is for including.
    """
    place = {Ci.GITHUB: ".github/workflows/santral.yml", Ci.GITLAB: GITLAB_FILE}[ci]
    if ci is Ci.GITLAB and gitlab_file is not None and _A_JOB_OF_OURS not in gitlab_file:
        place = GITLAB_INCLUDED
    return Starter(place, resource(f"scaffold/templates/{ci}.yml"))
