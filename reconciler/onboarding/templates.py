"""Which URLs are one template, with ``{name}`` where each has the name of its santral."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations

from reconciler.core.notification_url import LONGEST

_PLACEHOLDER = "{name}"
_BEFORE_PATH = re.compile("[^/]*//[^/?]*")
_PLACEHOLDERS = re.compile(r"\{[^{}]*\}")
_MOST_PLACES = 4
"""With more of them, the name is taken to be meant in each: the choices double with every one."""
_FEWEST_ALIKE = 2


@cache
def own_name(name: str) -> re.Pattern[str]:
    """Return what finds a santral's name where it stands as a word of its own.

    What is percent-encoded is no part of a word, and the name is not looked for within it. Behind
    a dollar sign no placeholder may stand.
    """
    return re.compile(
        rf"(?:(?<=%[0-9A-Fa-f]{{2}})|(?<![0-9A-Za-z$%])){re.escape(name)}(?![0-9A-Za-z])"
    )


def templates(urls: Mapping[str, str]) -> dict[str, str]:
    """Return how each santral's URL is written, by the santral's name.

    With ``{name}`` in it where at least one other santral's URL is the same template, in full
    otherwise; filled in again, each is the URL that was given. In the host no name is looked for.
    """
    choices = {name: tuple(_choices(url, name)) for name, url in urls.items()}
    alike = Counter(choice for each in choices.values() for choice in each)
    return {name: max(each, key=lambda choice: alike[choice]) for name, each in choices.items()}


def _choices(url: str, name: str) -> Iterator[str]:
    """Yield the URL as it is, and with its santral's name replaced in some places or in all."""
    yield url
    places = tuple(_places(url, name))
    fewest = 1 if len(places) <= _MOST_PLACES else len(places)
    for count in range(len(places), fewest - 1, -1):
        for chosen in combinations(places, count):
            template = _replaced(url, chosen)
            if count and len(template) <= LONGEST:
                yield template


def _places(url: str, name: str) -> Iterator[tuple[int, int]]:
    before = _BEFORE_PATH.match(url)
    taken = [found.span() for found in _PLACEHOLDERS.finditer(url)]
    for found in own_name(name).finditer(url, before.end() if before else len(url)):
        if not any(start < found.start() < end for start, end in taken):
            yield found.span()


def _replaced(url: str, places: tuple[tuple[int, int], ...]) -> str:
    for start, end in reversed(places):
        url = f"{url[:start]}{_PLACEHOLDER}{url[end:]}"
    return url


def common(values: Counter[str | None]) -> str | None:
    """Return the value that most santrals share, and that may thus stand in ``defaults``.

    None where no two share one, and where more santrals have no value, each of which would have to
    say so.
    """
    unmanaged = values[None]
    shared = ((value, count) for value, count in values.most_common(2) if value is not None)
    value, count = next(shared, (None, 0))
    return value if count >= max(_FEWEST_ALIKE, unmanaged) else None
