"""Compiles the translations while the wheel is built, also for an editable install."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_THEN = datetime(2026, 1, 1, tzinfo=UTC)
"""A .po without a date would otherwise get that of the day, and each wheel be another."""


class Catalogues(BuildHookInterface):
    """What hatchling calls."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Lay a .mo beside each .po, and have it taken along, though git ignores it."""
        compile_all(Path(self.root))
        build_data["artifacts"].append("/reconciler/locale/**/*.mo")


def compile_all(root: Path) -> None:
    """Compile what is not compiled yet, or was changed since."""
    for source in root.glob("reconciler/locale/*/LC_MESSAGES/*.po"):
        target, compiled = source.with_suffix(".mo"), compiled_from(source)
        if not target.exists() or target.read_bytes() != compiled:
            fresh = target.with_suffix(".mo.new")
            fresh.write_bytes(compiled)
            fresh.replace(target)


def compiled_from(source: Path) -> bytes:
    """Return a translation as programs read it."""
    with source.open("rb") as file:
        catalogue = read_po(file)
    catalogue.creation_date = catalogue.revision_date = _THEN
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()
