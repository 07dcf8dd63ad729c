"""The keys of ankara and bursa as texts, and the places where a run looks for keys."""

from pathlib import Path

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
        program.monkeypatch.setenv("SANTRAL_KEYS_FILE", str(private(program, "keys", content)))
    else:
        program.monkeypatch.setenv(place, content)


def private(program: Program, name: str, content: str | bytes) -> Path:
    """Write a file that only its owner may read, as a keys file should be."""
    path = program.write(name, content)
    path.chmod(0o600)
    return path


def failed(in_sync: int, **errors: str) -> str:
    """Return the plan in which these santrals could not be read and so many are in sync."""
    alike: dict[str, list[str]] = {}
    for name, error in errors.items():
        alike.setdefault(error, []).append(f"! {name}  ({PLACES[name]})\n")
    listed = "".join(f"{''.join(heads)}    {error}\n\n" for error, heads in alike.items())
    return f"{listed}Plan: 0 to change, {in_sync} in sync, {len(errors)} failed.\n"
