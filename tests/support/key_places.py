"""The keys of ankara and bursa as texts, and the places where a run looks for keys."""

from support.fleet import KEYS
from support.program import Program

ANKARA, BURSA = KEYS["ankara"].reveal(), KEYS["bursa"].reveal()

PLACES = {
    "ankara": "santral.yaml:9:3",
    "bursa": "santral.yaml:11:3",
    "canakkale": "santral.yaml:13:3",
}


def put(program: Program, place: str, content: str) -> None:
    """Put keys into a place: "file" for the keys file, else the name of a variable."""
    if place == "file":
        program.monkeypatch.setenv("SANTRAL_KEYS_FILE", str(program.write("keys", content)))
    else:
        program.monkeypatch.setenv(place, content)


def failed(in_sync: int, **errors: str) -> str:
    """Return the plan in which these santrals could not be read and so many are in sync."""
    listed = "".join(f"! {n}  ({PLACES[n]})\n    {error}\n\n" for n, error in errors.items())
    return f"{listed}Plan: 0 to change, {in_sync} in sync, {len(errors)} failed.\n"
