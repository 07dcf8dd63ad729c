"""What is said of a checkup in every format for people, in one place."""

from collections.abc import Iterator

from reconciler.core.checkup import Checkup, Level, Measured, Reach, Source
from reconciler.core.messages import say, say_number, template
from reconciler.core.request_wording import ended
from reconciler.render.origin_wording import made

_LEVELS = {
    Level.GREEN: template("green"),
    Level.YELLOW: template("yellow"),
    Level.RED: template("red"),
}
_HEADINGS = {
    Level.GREEN: template("Green: in order"),
    Level.YELLOW: template("Yellow: needs a look"),
    Level.RED: template("Red: does not work"),
}
_LOOKED_AT = {
    (Source.LIVE, Reach.POST): template(
        "Looked at: the live URLs, with the vendor's test, a POST with {{}}."
    ),
    (Source.LIVE, Reach.TLS): template("Looked at: the live URLs, up to the connection."),
    (Source.LIVE, Reach.NOWHERE): template("Looked at: the live URLs, without asking them."),
    (Source.DESIRED, Reach.POST): template(
        "Looked at: the URLs of the files, with the vendor's test, a POST with {{}}."
    ),
    (Source.DESIRED, Reach.TLS): template(
        "Looked at: the URLs of the files, up to the connection."
    ),
    (Source.DESIRED, Reach.NOWHERE): template(
        "Looked at: the URLs of the files, without asking them."
    ),
}


def level(of: Level) -> str:
    """Return a level as people say it."""
    return say(_LEVELS[of])


def level_heading(of: Level) -> str:
    """Return the heading of the santrals of a level."""
    return say(_HEADINGS[of])


def heading(checkup: Checkup) -> str:
    """Say what this is, and of how many santrals."""
    count = len(checkup.santrals)
    return say_number("Checkup of 1 santral", "Checkup of {count} santrals", count=count)


def source(checkup: Checkup) -> str:
    """Say when it was made, and what was done at the URLs."""
    looked_at = say(_LOOKED_AT[checkup.source, checkup.reach])
    return " ".join([made(checkup.made), looked_at])


def counts(checkup: Checkup) -> str:
    """Say how many santrals are of each level."""
    counted = {str(of): number for of, number in checkup.count().items()}
    return say("Doctor: {green} green, {yellow} yellow, {red} red.", **counted)


def measured(shown: Measured) -> str:
    """Say what a request to a URL showed in numbers."""
    return " ".join([ended(shown.status, shown.seconds), *_days(shown.certificate_days)])


def _days(count: int | None) -> Iterator[str]:
    if count is not None:
        yield say_number(
            "Its certificate is valid for 1 more day.",
            "Its certificate is valid for {count} more days.",
            count=count,
        )
