"""The runners that others wrote: where they are, and how to get them."""

import os
import shutil
import sys
from pathlib import Path

import pytest

_INSTALLED_BY = {
    "act": "pip install -e '.[runners]'",
    "gitlab-ci-local": "npm install, in a folder with tests/runners/package.json",
}


def tool(name: str) -> Path:
    """Return where a runner is; a test that cannot have it fails, and is never skipped."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    found = shutil.which(name, path=path)
    if not found:
        pytest.fail(f"{name} is not in PATH. Install it: {_INSTALLED_BY[name]}", pytrace=False)
    return Path(found)
