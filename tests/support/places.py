"""Where things are: the repository, its documents, and what tests keep."""

import os
from pathlib import Path

TESTS = Path(__file__).parent.parent
ROOT = TESTS.parent
EXAMPLE = ROOT / "santral.yaml.example"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"

SUPPORT = TESTS / "support"
CASES = SUPPORT / "cases"
CASSETTES = SUPPORT / "cassettes"


def importing_support() -> dict[str, str]:
    """Return the environment for a script among these modules, so that it can import the others."""
    path = filter(None, (str(TESTS), os.environ.get("PYTHONPATH")))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
