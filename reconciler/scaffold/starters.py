"""What ``santral init`` gives a repository to start from, and where it belongs."""

from dataclasses import dataclass

from reconciler.core.ci_systems import Ci
from reconciler.core.messages import template
from reconciler.core.translation import translated
from reconciler.scaffold.wording import in_words, schema_in_words
from reconciler.schemas import Schema, resource, text_of

SETTINGS_FILE = "santral.yaml"
IGNORE_FILE = ".gitignore"
IGNORED = (
    ".santral/",
    *("/keys", "/secrets", "/list.csv"),
    *("/plan.json", "/plan.html", "/plan.xml", "/comment.md"),
    *("/plan-*.json", "/report-*.json", "/merged.json", "/checkup.html"),
    *("/drift.md", "/drift.html", "/drift.json", "/issue.md"),
    "/quality.json",
)
"""What no commit should hold, by the names that the documents and pipelines use: keys and
secrets, and what a run leaves behind."""

BRANCH = {
    Ci.GITHUB: template(
        'The pipeline is for the branch main. For another one, change each "branches: [main]" in '
        "it."
    ),
    Ci.GITLAB: template(
        "The pipeline is for the default branch of the project, main or another, which is set in "
        "GitLab (Settings -> Repository)."
    ),
}
"""Which branch the pipeline's merges and checks are for, and where to change that."""


@dataclass(frozen=True, slots=True)
class Starter:
    """A file to start from: its place below the repository's top, and its text."""

    place: str
    text: str


def example() -> Starter:
    """Return a file of settings to start from."""
    return Starter(SETTINGS_FILE, in_words(resource("santral.yaml.example"), translated))


def schema() -> Starter:
    """Return what lets an editor complete and explain the file of settings."""
    return Starter("schemas/santral.schema.json", explained(Schema.SANTRAL))


def explained(which: Schema) -> str:
    """Return a schema with its descriptions in the reader's language."""
    return schema_in_words(text_of(which), translated)
