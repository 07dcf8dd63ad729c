"""The documents in parts, for the tests that run their code."""

import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

from support import places
from support.places import ROOT

EXAMPLE = places.EXAMPLE.read_text("utf-8")
DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for start in ("README", "SECURITY", ".github/PIPELINES", ".github/FLEETS", ".github/RECIPES")
    for path in sorted(ROOT.glob(f"{start}*.md"))
}
"""What users read, in both languages, by where it is."""
README, README_TR = DOCUMENTS["README.md"], DOCUMENTS["README.tr.md"]
PIPELINES, FLEETS = DOCUMENTS[".github/PIPELINES.md"], DOCUMENTS[".github/FLEETS.md"]
RECIPES = DOCUMENTS[".github/RECIPES.md"]


def section(title: str, text: str = README) -> str:
    """Return a section, from its heading to the next one."""
    found = re.search(rf"^## {title}\n.*?(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, title
    return found.group()


def blocks(language: str, text: str = README) -> list[str]:
    """Return the code blocks of a language, without the indentation of lists."""
    fenced = re.compile(rf"^ *```{language}\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for block in fenced.findall(text)]


def anchors(text: str) -> list[str]:
    """Return what a link may lead to in a document, as GitHub names its headings."""
    headings = re.findall(r"^#+ (.*)$", without_blocks(text), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]


def without_blocks(text: str) -> str:
    """Return a document without its code."""
    return re.sub(r"^ *```\w+\n.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)


_JQ = """\
import argparse, jq, json, sys
parser = argparse.ArgumentParser()
parser.add_argument("-r", action="store_true")
parser.add_argument("--arg", nargs=2, action="append", default=[])
parser.add_argument("program")
given = parser.parse_args()
for value in jq.compile(given.program, dict(given.arg)).input_text(sys.stdin.read()):
    print(value if given.r and isinstance(value, str) else json.dumps(value))
"""


def with_jq(folder: Path) -> Path:
    """Put a jq that is the library's into a folder, for machines that have none."""
    tool = folder / "jq"
    tool.parent.mkdir(exist_ok=True)
    tool.write_text(f"#!{sys.executable}\n{_JQ}")
    tool.chmod(0o755)
    return tool


def type_in(folder: Path, block: str, environment: Mapping[str, str]) -> str:
    """Run a block in a shell, which must not fail; return what it prints."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (block, done.stderr)
    return done.stdout
