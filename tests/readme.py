"""The README in parts, for the tests that run its code."""

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def section(title: str) -> str:
    """Return a section, from its heading to the next one."""
    found = re.search(rf"^## {title}\n.*?(?=^## )", README, re.DOTALL | re.MULTILINE)
    assert found, title
    return found.group()


def blocks(language: str, text: str = README) -> list[str]:
    """Return the code blocks of a language, without the indentation of lists."""
    fenced = re.compile(rf"^ *```{language}\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for block in fenced.findall(text)]
