"""The option that says where calls may go: with the job, and never in the files it judges."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from reconciler.cli.checkouts import require_outside_checkout
from reconciler.cli.help import Heading
from reconciler.cli.options import option
from reconciler.core.allowed_hosts import AllowedHosts, glob_of
from reconciler.core.errors import explaining
from reconciler.core.host_glob import HostGlob
from reconciler.core.messages import say, template
from reconciler.core.text import shortened
from reconciler.files import read_regular

_FILE_MARK = "@"
"""What stands before the name of a file with the list."""
_MOST_BYTES = 1024 * 1024
_BETWEEN = re.compile(r"[,\s]+")
_MEANT_BETWEEN = re.compile(r"[,;|\s]")
"""What stands between hosts, or was meant to."""
_LONGEST = 300
"""Characters of a file's name that are shown."""
_FORM = template(
    "A host is written like crm.example.com. In *.example.com, * stands for one part of a name; a "
    "domain of at least two parts follows it. Write no scheme, port or path."
)
_COMMAS = template("Commas separate hosts.")
_LINES = template("Each host has a line of its own.")


def _allowed(_: click.Context, __: click.Parameter, value: str | None) -> AllowedHosts | None:
    """Read the list, or the file that has it; a pull request must not bring that along."""
    if value is None:
        return None
    path = file_of(value)
    if path is not None:
        return _of_file(path)
    globs = [*filter(None, _BETWEEN.split(value))]
    if not globs:
        raise click.BadParameter(say("It is empty. Is a variable not set?"))
    return AllowedHosts.of(_known(number, text) for number, text in enumerate(globs, start=1))


def file_of(value: str) -> str | None:
    """Return the name of the file that a value of the option names; None where it has the list."""
    given = value.strip()
    return given.removeprefix(_FILE_MARK) if given.startswith(_FILE_MARK) else None


def _known(number: int, text: str) -> HostGlob:
    found = glob_of(text)
    if not found:
        said = say("Number {number} of the list is not a host.", number=number)
        hint = [say(_COMMAS)] if _MEANT_BETWEEN.search(text) else []
        raise click.BadParameter(" ".join([said, *hint, say(_FORM)]))
    return found


def _of_file(path: str) -> AllowedHosts:
    if not path:
        raise click.BadParameter(say("Write the name of a file after the @."))
    try:
        return _read(path)
    except click.BadParameter as error:  # It is made printable as a whole where it is shown.
        reason = f"{shortened(path, _LONGEST)}: {error.message}"
        raise click.BadParameter(reason) from None


def _read(path: str) -> AllowedHosts:
    """Read the file; raises BadParameter, which does not name it."""
    require_outside_checkout(path)
    found = AllowedHosts.of(_globs_in(_text_of(path)), path)
    if not (found.hosts or found.domains):
        raise click.BadParameter(say("The file names no host. Write one in each line."))
    return found


def _text_of(path: str) -> str:
    with explaining(lambda reason: click.BadParameter(str(reason))):
        content = read_regular(Path(path), _MOST_BYTES, follows=True)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.BadParameter(say("The file is not UTF-8.")) from None


def _globs_in(text: str) -> Iterator[HostGlob]:
    """Yield what stands in the lines of a file, but for empty ones and # comments."""
    for number, line in enumerate(text.splitlines(), start=1):
        written = line.partition("#")[0].strip()
        found = glob_of(written) if written else None
        if found:
            yield found
        elif written:
            said = say("Line {line} is not a host.", line=number)
            hint = [say(_LINES)] if _MEANT_BETWEEN.search(written) else []
            raise click.BadParameter(" ".join([said, *hint, say(_FORM)]))


allow_hosts_option = option(
    "--allow-hosts",
    heading=Heading.URLS,
    callback=_allowed,
    metavar="GLOB,...|@FILE",
    help=template(
        "The only hosts that notification URLs may have, such as "
        "crm.example.com,*.example.org (* stands for one part of a name), or @ and a file with one "
        "a line. A URL elsewhere is an error in the files, and a warning where it is live. Keep "
        "the list in the settings of the job, not in the files that it is to judge."
    ),
)
