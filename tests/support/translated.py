"""A document and its Turkish in parts that can be held against each other."""

import re
from collections import Counter
from dataclasses import dataclass

import cmarkgfm
from cmarkgfm.cmark import Options
from support.readme import without_blocks

_FENCED = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(
    r"^ *# (?!/|export |[a-z-]+(?:\.yml|: \w+:)|yaml-language-server)(.*)$"
    r"|(?:(?<=\S) +| {2,})(?:#|(?<!:)//) (?!\"|\(\[)(.*)$",
    re.MULTILINE,
)
"""Not the name of the file that a block is, a line to turn on, and a word to a program."""
_TEXTS = (
    r"(?<=echo \")[A-Z][^\"]*(?=\")",
    r"(?<='# )[^'%]+(?=')",  # a comment that is written into a file
    r"(?<=description: \")[^\"]*",  # GitHub's form
    r"(?<=message ')[^']*",  # Jenkins' question
    r"(?<=^Description=)(?!santral-job %i$).*",  # systemd's
    r"(?<=santral-job %i: )[\w ]+(?= \$\$)",  # its mail's subject
    # jq's, of a message
    r"(?<=\"[12]\": \")[^\"]*|(?<=// \")[^\"]*|(?<=\) \()\w+ \w+(?= \\\()",
    r"(?<=\"\.\.\. )\w+(?= \\\()|(?<=- 30\) )[\w ]+(?=\")",
)
_TEXT = re.compile("|".join(_TEXTS), re.MULTILINE)
"""What a script prints, writes or sends, and what a system shows."""
_LANGUAGE = re.compile(r"^.*SANTRAL_LANG.*\n|\blang: tr, ", re.MULTILINE)
"""Where a block in Turkish has the program speak it."""
_STRUCTURE = re.compile(r"<(h[1-6]|p|ul|ol|li|pre lang=\"\w+\"|tr|th|td|strong)\b")
PARAGRAPHS = {"p", "strong"}
"""What may be more in the Turkish document where a sentence helps its reader."""
_FIRST_CELL = re.compile(r"<tr>\n<t[hd]>(.*?)</t[hd]>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A code block."""

    language: str
    code: str

    @property
    def commands(self) -> str:
        """The code, with the place of each comment and text, but not what it says."""
        code = _LANGUAGE.sub("", self.code)
        for words, place in ((_COMMENT, " #"), (_TEXT, "")):
            code = words.sub(place, code)
        return code

    @property
    def comments(self) -> list[str]:
        """What its comments say."""
        return ["".join(found) for found in _COMMENT.findall(self.code)]

    @property
    def texts(self) -> list[str]:
        """What it prints or sends, and what is shown of it."""
        return _TEXT.findall(self.code)


def code_blocks(text: str) -> list[Block]:
    """Return all code blocks, in their order."""
    return [Block(*found) for found in _FENCED.findall(text)]


def structure(text: str) -> list[str]:
    """Return what a document consists of: headings, paragraphs, lists, blocks, tables."""
    html = cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)
    return _STRUCTURE.findall(html)


def first_cells(text: str) -> list[str]:
    """Return the first cell of each row, in which Markdown may be HTML."""
    return _FIRST_CELL.findall(
        cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)
    )


def sections(text: str) -> list[str]:
    """Return what stands before the first heading, and each heading with what stands below it."""
    return re.split(r"^(?=#+ )", without_blocks(text), flags=re.MULTILINE)


def targets(section: str) -> list[str]:
    """Return where the links of a section lead to, without order: a sentence has its own."""
    return sorted(re.findall(r"\]\(([^)]+)\)", section))


_NAMES = re.compile(r"(?<![\w-])--[a-z-]+|\bSANTRAL_[A-Z_]+|`[a-z_./-]+\.(?:json|jsonl|yaml|md)`")


def names(section: str) -> set[str]:
    """Return the options, the variables and the files that a section names."""
    return {*_NAMES.findall(section)}


def numbers(section: str) -> Counter[str]:
    """Return the numbers of a section by their digits, since 1,000.5 is 1.000,5 in Turkish."""
    found = re.findall(r"\d+(?:[.,]\d+)*", re.sub(r"\]\([^)]+\)", "]", section))
    return Counter(re.sub("[.,]", "", number) for number in found)
