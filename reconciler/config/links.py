"""The links that a path leads over."""

from collections.abc import Iterator
from pathlib import Path

_MOST_LINKS = 40
"""That a path leads over; an operating system follows no more."""


def links_on(path: Path) -> Iterator[Path]:
    """Yield each link that leads to the end of a path, by a path to it without any other."""
    here, *steps = path.absolute().parts
    place, to_go, found = Path(here), steps[::-1], 0
    while to_go and found < _MOST_LINKS:
        step = to_go.pop()
        reached = place.parent if step == ".." else place / step
        if not reached.is_symlink():
            place = reached
            continue
        yield reached
        found += 1
        target = reached.readlink()
        place = Path(target.anchor) if target.is_absolute() else place
        to_go += reversed(target.relative_to(target.anchor).parts)
