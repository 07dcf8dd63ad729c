"""Putting what ``init`` writes into this folder, and saying what became of each file."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.cli.console import Console
from reconciler.core.ci_systems import SYSTEMS
from reconciler.core.messages import Message, say, say_number
from reconciler.core.text import printable
from reconciler.scaffold.pipelines import Pipeline, is_ours
from reconciler.scaffold.placement import add_lines, place_new, text_at, text_of_lines
from reconciler.scaffold.starters import BRANCH, IGNORE_FILE, IGNORED, Starter

_TOP = Path()


@dataclass(frozen=True, slots=True)
class Scaffolding:
    """Writes files that are not there yet; raises PlacingError."""

    console: Console

    def place(self, starter: Starter) -> None:
        """Write a file, if it is not there."""
        is_new = place_new(_TOP, starter.place, starter.text)
        self.console.write(written(starter.place) if is_new else kept(starter.place))

    def ignore(self, *others: str) -> None:
        """Have git ignore keys and what runs leave behind, and these others."""
        lines = (*IGNORED, *others)
        if place_new(_TOP, IGNORE_FILE, text_of_lines(lines)):
            self.console.write(written(IGNORE_FILE))
            return
        missing = add_lines(_TOP, IGNORE_FILE, lines)
        self.console.write(_added(IGNORE_FILE, missing) if missing else kept(IGNORE_FILE))

    def place_pipeline(self, pipeline: Pipeline) -> None:
        """Write a pipeline and the lock of what it installs; say where to read on."""
        starter = starter_of(pipeline)
        self.place(starter)
        self.place(pipeline.lock)
        self.console.info(_to_set_up(starter, pipeline))
        if pipeline.ci:
            self.console.info(say(BRANCH[pipeline.ci]))
            self._warn_below_the_top(starter, pipeline.lock.place)

    def _warn_below_the_top(self, starter: Starter, lock: str) -> None:
        """Say so where a folder above this one is the repository's: there pipelines are read."""
        here, top = Path.cwd(), top_of_repository()
        if top != here:
            settings = printable(str(here.relative_to(top) / "santral.yaml"))
            self.console.warning(
                Message(
                    "pipeline-below-top",
                    top=printable(str(top)),
                    place=starter.place,
                    lock=lock,
                    settings=settings,
                )
            )


def top_of_repository() -> Path:
    """Return the folder at or above this one that is a repository's top; else this one."""
    here = Path.cwd()
    folders = (here, *here.parents)
    return next((folder for folder in folders if os.path.lexists(folder / ".git")), here)


def starter_of(pipeline: Pipeline) -> Starter:
    """Return the file of a pipeline that would be written here; raises PlacingError."""
    shared = pipeline.shared_place
    return pipeline.starter(text_at(_TOP, shared) if shared else None)


def pipeline_there() -> str | None:
    """Return where a pipeline of ours is in this folder, if there is one."""
    for system in SYSTEMS.values():
        own = system.included or system.pipeline
        if text_at(_TOP, own) is not None:
            return own
        if is_ours(text_at(_TOP, system.pipeline)):
            return system.pipeline
    return None


def _added(place: str, lines: Sequence[str]) -> str:
    said = say_number(
        "{place}: added the line {lines}",
        "{place}: added {count} lines: {lines}",
        count=len(lines),
        place=place,
        lines=printable(", ".join(lines)),
    )
    return f"{said}\n"


def written(place: str) -> str:
    """Say that a file is new."""
    return say("{place}: written", place=printable(place)) + "\n"


def kept(place: str) -> str:
    """Say that a file was there."""
    return say("{place}: kept as it was", place=printable(place)) + "\n"


def _to_set_up(starter: Starter, pipeline: Pipeline) -> str:
    if not pipeline.ci:
        return say("The top of {place} says how to set it up and run it.", place=starter.place)
    place = SYSTEMS[pipeline.ci].pipeline
    is_alone = starter.place == place
    if is_alone or starter.place in (text_at(_TOP, place) or ""):
        return say(
            "The top of {place} says what to set up once for the pipeline.", place=starter.place
        )
    return say(
        "{pipeline} was there before, with another pipeline. Add these lines to it:\n\n"
        "include:\n  - local: {place}\n\n"
        'If it has a list of stages, "test" and "deploy" must be among them. The top of {place} '
        "says what to set up once.",
        pipeline=place,
        place=starter.place,
    )
