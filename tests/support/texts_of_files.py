"""What the files that come with the program say to people, as their catalogue has it."""

from collections.abc import Callable, Iterator

from support.places import EXAMPLE, ROOT

from reconciler import __version__
from reconciler.scaffold.pipelines import LOCK, VERSION, template_text
from reconciler.scaffold.wording import Translate, in_words, schema_in_words
from reconciler.schemas import Schema, text_of

TEMPLATES = ROOT / "reconciler" / "scaffold" / "templates"
NAMES = sorted(path.name for path in TEMPLATES.glob("*.y*ml"))
"""Of the pipelines, and of what runs on Kubernetes."""
PIPELINES = {
    f"{name}{' --shards' if changes else ''}": template_text(name, changes)
    for name in NAMES
    for changes in (None, f"{name.partition('.')[0]}.shards")
}
"""Their texts in English, for one machine and for several."""
WITH_COMMENTS = {
    EXAMPLE.name: EXAMPLE.read_text("utf-8"),
    LOCK: (ROOT / LOCK).read_text("utf-8").replace(__version__, VERSION),
    **PIPELINES,
}
SCHEMAS = {f"{schema}.schema.json": text_of(schema) for schema in Schema}


def of_files() -> Iterator[tuple[str, str]]:
    """Yield each text with the file that has it. None is filled in: their braces are their own."""
    for files, in_these_words in ((WITH_COMMENTS, in_words), (SCHEMAS, schema_in_words)):
        for name, text in files.items():
            yield from ((found, name) for found in _translated_in(text, in_these_words))


def _translated_in(text: str, in_these_words: Callable[[str, Translate], str]) -> list[str]:
    found: list[str] = []

    def noted(one: str) -> str:
        found.append(one)
        return one

    in_these_words(text, noted)
    return found
