"""The kinds of values that options take, beyond click's own."""

import re
from datetime import datetime, timedelta
from typing import Any

import click

from reconciler.cli.speaking import Ranged
from reconciler.cli.yes_or_no import answer_of
from reconciler.core.canary import Canary
from reconciler.core.change_limit import Limit
from reconciler.core.forms import number
from reconciler.core.label_selector import LabelSelector
from reconciler.core.messages import say
from reconciler.core.shard import MOST_SHARDS, Shard
from reconciler.documents import duration_of, utc_now

_DECIMAL_COMMA = re.compile("([0-9]+),([0-9]{1,2})|(0),([0-9]+)")
"""Not 1,000, which may be a thousand."""


def with_point(typed: str) -> str:
    """Return a number with a decimal comma with a point instead; any other text as it is."""
    return typed.replace(",", ".") if _DECIMAL_COMMA.fullmatch(typed) else typed


def _with_sign_behind(typed: str) -> str:
    """Return %30, as Turkish has it and shows it, as 30%; any other text as it is."""
    return re.sub(r"\A%([0-9]+)\Z", r"\1%", typed)


class Seconds(Ranged[float]):
    """A number of seconds."""

    name = "SECONDS"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Return the value, or raise a usage error."""
        try:
            seconds = float(with_point(value))
        except ValueError:
            return self.fail(say("It must be a number of seconds."), param, ctx)
        return self.within(seconds, value, param, ctx)


class WholeNumber(Ranged[int]):
    """A whole number."""

    name = "N"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Return the value, or raise a usage error."""
        try:
            number = int(value)
        except ValueError:
            return self.fail(say("It must be a whole number."), param, ctx)
        return self.within(number, value, param, ctx)


class YesOrNo(click.types.BoolParamType):
    """What the variable of an option without a value says: in words of both languages, too."""

    def convert(self, value: Any, param: Any, ctx: Any) -> bool:
        """Return the value, or raise a usage error."""
        said = self.str_to_bool(value)
        answer = answer_of(value.strip()) if said is None else said
        if answer is None:
            self.fail(say("It must be yes or no, true or false, on or off, 1 or 0."), param, ctx)
        return answer


class FilePath(click.Path):
    """The name of a file or folder, which errors call so in the reader's language."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value, or raise a usage error."""
        self.name = say("path") if self.dir_okay else say("file")
        return super().convert(value, param, ctx)


class OneFile(FilePath):
    """The name of a file; a variable names one, whatever characters the name has."""

    def split_envvar_value(self, rv: str) -> list[str]:
        """Return the variable's value as the only name."""
        return [rv]

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value, or raise a usage error where it is empty."""
        if not value:
            self.fail(say("It is empty. Is a variable not set?"), param, ctx)
        return super().convert(value, param, ctx)


class FleetName(click.ParamType[str]):
    """What tells the fleets of one repository apart."""

    name = "NAME"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return the name, or raise a usage error."""
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", value):
            self.fail(
                say("It must be lowercase letters, digits and hyphens, at most 40, like bayi-2."),
                param,
                ctx,
            )
        return str(value)


class RateType(click.ParamType[float]):
    """A rate of requests, such as 5/s."""

    name = "N/s|N/m"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Return the requests a second."""
        match = re.fullmatch(r"([1-9][0-9]{0,5})/([sm])", value)
        if not match:
            self.fail(
                say("It must be like 5/s or 10/m: requests per second or per minute."), param, ctx
            )
        return int(match[1]) / (1 if match[2] == "s" else 60)


class LimitType(click.ParamType[Limit]):
    """A number of changes, or a share of a fleet."""

    name = "N|P%"

    def convert(self, value: Any, param: Any, ctx: Any) -> Limit:
        """Return the value, or raise a usage error."""
        if isinstance(value, Limit):
            return value
        typed = _with_sign_behind(value)
        limit = Limit.of(typed) if re.fullmatch("[0-9]{1,9}%?", typed) else None
        if not limit or (limit.is_percent and limit.amount > 100):  # noqa: PLR2004
            return self.fail(
                say("It must be a number of changes, or a percentage up to 100%."), param, ctx
            )
        return limit


class CanaryType(click.ParamType[Canary]):
    """A number of changes, a share of them, or what a label of their santrals must be."""

    name = "N|P%|LABEL=VALUE"

    def convert(self, value: Any, param: Any, ctx: Any) -> Canary:
        """Return the value, or raise a usage error."""
        return Canary.of(_with_sign_behind(value)) or self.fail(
            say(
                "It must be a number of changes from 1, a percentage from 1% to 100%, or a label "
                "such as pilot=yes."
            ),
            param,
            ctx,
        )


class SelectorType(click.ParamType[LabelSelector]):
    """What a label of a santral must be, such as city=ankara."""

    name = "KEY[=VALUE]"

    def convert(self, value: Any, param: Any, ctx: Any) -> LabelSelector:
        """Return the selector, or raise a usage error."""
        return LabelSelector.of(value) or self.fail(
            say(
                "It must be KEY, KEY=VALUE or KEY!=VALUE, such as city=ankara. Give the option "
                "once for each; in a variable, spaces separate them."
            ),
            param,
            ctx,
        )


class ShardType(click.ParamType[Shard]):
    """One machine's part of the fleet, such as 2/5."""

    name = "I/N"

    def convert(self, value: Any, param: Any, ctx: Any) -> Shard:
        """Return the shard, or raise a usage error."""
        if isinstance(value, Shard):
            return value
        return Shard.of(value) or self.fail(
            say(
                "It must be I/N, such as 2/5: part I of N, with at most {most} parts. I counts "
                "from 1 to N.",
                most=number(MOST_SHARDS),
            ),
            param,
            ctx,
        )


class DurationType(click.ParamType[timedelta]):
    """How long something may take or be apart, such as 30m."""

    name = "DURATION"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        """Return the duration, or raise a usage error."""
        found = value if isinstance(value, timedelta) else duration_of(value)
        if found is None:
            return self.fail(say("It must be a duration such as 30m, 2h or 3d."), param, ctx)
        return found


_MOMENT = re.compile(
    "([0-9]{4}-[0-9]{2}-[0-9]{2})"
    "(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?: ?(Z|[+-][0-9]{2}:[0-9]{2}))?)?"
)


_TURKISH_MOMENT = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})(.*?)( UTC)?")
"""As one is shown in Turkish, to be given back as it was shown."""


class MomentType(click.ParamType[datetime]):
    """A moment: a date, with or without a time and its offset, or how long ago it was."""

    name = "TIME"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """Return the moment with its offset; one without an offset is of the local time zone."""
        if isinstance(value, datetime):
            return value
        try:
            moment = _moment(value)
        except (ValueError, OverflowError, OSError):
            moment = None
        return moment or self.fail(
            say(
                "It must be a time such as 2026-11-25, 2026-11-25T11:00, "
                "2026-11-25T11:00:00+03:00, or an age such as 30m, 2h, 3d."
            ),
            param,
            ctx,
        )


def _moment(text: str) -> datetime | None:
    """Return the moment; raises ValueError, OverflowError or OSError where there is no such one."""
    shown = _TURKISH_MOMENT.fullmatch(text)
    if shown:
        text = f"{shown[3]}-{shown[2]}-{shown[1]}{shown[4]}{'Z' if shown[5] else ''}"
    age, written = duration_of(text), _MOMENT.fullmatch(text)
    if age is not None:
        return utc_now() - age
    if not written:
        return None
    day, time, offset = written.groups()
    moment = datetime.fromisoformat(f"{day}T{time or '00:00'}{offset or ''}")
    return moment if offset else moment.astimezone()
