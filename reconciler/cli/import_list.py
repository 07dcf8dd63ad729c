"""The santrals of a list that somebody named, and what is to be said of its rows."""

from collections.abc import Sequence

from reconciler.cli.console import Console
from reconciler.cli.import_wish import content_of
from reconciler.core.messages import located
from reconciler.core.text import printable
from reconciler.keys.text_file import exposed
from reconciler.onboarding.csv_file import SantralList, read_list


def list_in(path: str, labels: Sequence[str], console: Console) -> SantralList:
    """Return what a list holds, and say what is wrong with its rows and what became of them.

    Raises ImportFailedError, and CsvError where nothing of it can be used.
    """
    warning = exposed(path)
    if warning:
        console.warning(warning)
    found = read_list(content_of(path), printable(path), labels)
    if not isinstance(found, SantralList):
        raise found
    for remark in found.problems:
        console.error(located(f"{printable(path)}:{remark.line}", remark.message))
    for remark in found.notes:
        console.info(located(f"{printable(path)}:{remark.line}", remark.message))
    return found
