"""A run with more keys than those of the santrals that are asked for."""

import hashlib

from support.fleet import KEYS
from support.key_search import keys_in, texts_under
from support.program import Program, Result

from reconciler.core.secret import Key

ALL = {"ankara": KEYS["ankara"]} | {
    name: Key(f"K{hashlib.sha256(name.encode()).hexdigest()[:36]}") for name in ("bursa", "denizli")
}
"""The key of one that is asked for, and two that have nothing in common with it."""

ALL_KEYS = "\n".join(f"{name}={key.reveal()}" for name, key in ALL.items())

OUTPUTS = [
    *("--format=text", "--format=json=plan.json", "--format=markdown=plan.md"),
    *("--format=html=plan.html", "--show-urls", "-v"),
]


def assert_nothing_got_out(program: Program, result: Result) -> None:
    """Search the streams and all files, the journal among them."""
    texts = [result.stdout, result.stderr, *texts_under(program.folder).values()]
    assert keys_in("\n".join(texts), ALL) == []
