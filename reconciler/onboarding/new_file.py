"""A new file for santrals that were read: their settings, as a person would have written them."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.config.load import assemble
from reconciler.onboarding.defaults import defaults_of, with_templates
from reconciler.onboarding.entries import entries_of
from reconciler.onboarding.imported import Imported, ImportedSecret, Remark, Tokens
from reconciler.onboarding.names import natural_order
from reconciler.onboarding.proof import require
from reconciler.onboarding.secret_names import imported_secrets
from reconciler.onboarding.yaml_text import file_lines, in_bytes


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that asks for what is live."""

    content: bytes | None
    """None where not one santral can stand in a file."""
    secrets: tuple[ImportedSecret, ...]
    """What its placeholders stand for, in the order of the santrals."""
    remarks: tuple[Remark, ...]
    """What is unmanaged, left out or needs a decision, in the order of the santrals."""


def new_file(fleet: Sequence[Imported], tokens: Tokens) -> NewFile:
    """Return a file that asks for exactly what is live; names and names of keys are unique in it.

    Raises NotProvedError, or ConfigError, for a bug: a file that would not hold what was read.
    """
    found = entries_of(in_order(fleet), tokens)
    secrets = imported_secrets(found.secrets)
    if not found.entries:
        return NewFile(None, secrets, found.remarks)
    entries = with_templates(found.entries)
    content = in_bytes(file_lines(entries, defaults_of(entries)))
    require(assemble([("", content)]).fleet.santrals, entries, found.secrets)
    return NewFile(content, secrets, found.remarks)


def in_order(fleet: Sequence[Imported]) -> list[Imported]:
    """Return santrals by name, with digits as numbers: ``sube-2`` before ``sube-10``."""
    return sorted(fleet, key=lambda one: natural_order(one.name))
