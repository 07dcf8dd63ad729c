"""Many keys that nobody has, of whatever characters, to measure what looking for them takes."""

import random
import string

from reconciler.core.secret import Key

ALPHABETS = {
    "letters": string.ascii_letters,
    "letters and digits": string.ascii_letters + string.digits,
    "all that a key may have": "".join({*map(chr, range(33, 127))} - {*"\"'"}),
    "what HTML escapes": "<>&",
    "what looks percent-encoded": "%41",
    "what looks percent-encoded, seldom": "%4125" + string.ascii_letters,
    "what looks like HTML": "&#;l1",
    "what looks like JSON": "\\/u",
    "two letters": "ab",
}


def made_up_keys(number: int, length: int, alphabet: str = "letters") -> list[Key]:
    """Return random keys, the same ones each time."""
    chance = random.Random(length)  # noqa: S311 - nobody's keys
    return [Key("".join(chance.choices(ALPHABETS[alphabet], k=length))) for _ in range(number)]
