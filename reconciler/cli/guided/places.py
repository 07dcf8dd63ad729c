"""Where keys shall lie: in a file that only its owner can read, and that git ignores."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import click

from reconciler.cli.guided.santrals import Found, path_of
from reconciler.cli.guided.talk import Talk
from reconciler.cli.import_wish import Wish
from reconciler.cli.scaffolding import top_of_repository
from reconciler.core.ci_systems import SYSTEMS
from reconciler.core.messages import say
from reconciler.core.secret import Key
from reconciler.core.text import is_printable, printable
from reconciler.keys.reading import read_text
from reconciler.keys.ring import USUAL_FILE
from reconciler.onboarding.private_lines import obstacle
from reconciler.scaffold.starters import IGNORE_FILE, IGNORED, schema

_SPECIAL = re.compile(r"([\\*?\[\]])|( )$")
"""What means something else in a .gitignore: wildcards, and a space at the end."""


@dataclass(frozen=True, slots=True)
class PlaceQuestion:
    """Asks for a file for keys."""

    talk: Talk
    wish: Wish
    """Where all else goes."""
    found: Found

    def ask(self, keys: Mapping[str, Key]) -> str:
        """Ask until these keys can be written there."""
        asking = self.talk.asking
        asking.begin(
            say(
                "In which file shall the keys be kept? Nobody but you will be able to read it, and "
                "git ignores it in this folder."
            )
        )
        while True:
            answer = asking.line(say("File for the keys"), self._default())
            path = path_of(answer)
            fault = self._fault_of(path, keys)
            if not fault:
                return path
            asking.tell(fault)

    def _default(self) -> str:
        """Return the file that keys came from, if it is one only."""
        files = self.talk.access.keys_file
        is_file = len(files) == 1 and Path(files[0]).is_file()
        return files[0] if is_file else USUAL_FILE

    def _fault_of(self, path: str, keys: Mapping[str, Key]) -> str:
        return self._fault_of_name(path) or self._fault_of_place(path, keys)

    def _fault_of_name(self, path: str) -> str:
        if self.talk.seems_key(path, self.found.santrals):
            return say("That looks like a key. Type the name of a file for the keys.")
        if not is_printable(path):
            return say("There is an odd character in that name. Type a plainer one.")
        if Path(path).is_dir():
            return say("{path} is a folder. Type the name of a file.", path=printable(path))
        if not Path(path).parent.is_dir():
            return say("The folder of {path} is not there.", path=printable(path))
        return ""

    def _fault_of_place(self, path: str, keys: Mapping[str, Key]) -> str:
        if not ignored_line(path) and _is_below(path, top_of_repository()):
            return say(
                "{path} is in this repository, but outside this folder, so git would not ignore "
                "it. Type a name in this folder, or a place outside the repository.",
                path=printable(path),
            )
        if _same(path, self._taken()):
            return say("{path} is for something else. Type another name.", path=printable(path))
        try:
            replace(self.wish, keys_out=path).forbid_overwriting(self.talk.access)
        except click.UsageError as error:
            return error.format_message()
        found = obstacle(path, keys, read_text)
        return str(found) if found else ""

    def _taken(self) -> set[str]:
        """Return the other files that are written."""
        pipelines = [(one.pipeline, one.included or "", one.lock) for one in SYSTEMS.values()]
        others = {place for places in pipelines for place in places if place}
        secrets = self.wish.secrets_out or ""
        return {IGNORE_FILE, schema().place, secrets, *others, *self.found.lists}


def _same(path: str, places: set[str]) -> bool:
    return os.path.realpath(path) in {*map(os.path.realpath, places)}


def _is_below(path: str, folder: str | Path) -> bool:
    return PurePath(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def ignored_line(path: str) -> str | None:
    """Return the line with which git ignores a file of this folder; None for one elsewhere."""
    here = os.path.realpath(".")
    if not _is_below(path, here):
        return None
    inside = PurePath(os.path.realpath(path)).relative_to(here).as_posix()
    return "/" + _SPECIAL.sub(lambda found: f"\\{found.group()}", inside)


def lines_to_ignore(*paths: str | None) -> tuple[str, ...]:
    """Return the lines for these files that no .gitignore of ours has anyway."""
    lines = map(ignored_line, filter(None, paths))
    return tuple(dict.fromkeys(line for line in lines if line and line not in IGNORED))
