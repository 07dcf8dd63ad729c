"""The Retry-After header: a wait in seconds, or none."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from support.fuzzed.target import Target, encoded

from reconciler.client.decoding import Wait, wait_asked

_NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


def check(content: bytes) -> None:
    """Expect a wait of no negative length to a moment, if any, and of a plain number just that."""
    text = content.decode("latin-1")
    wait = wait_asked(text, _NOW)
    if wait:
        assert math.isfinite(wait.seconds)
        assert wait.seconds >= 0
        assert wait.until is None or (wait.until - _NOW).total_seconds() == wait.seconds
    if text in map(str, range(100)):
        assert wait == Wait(int(text), _NOW + timedelta(seconds=int(text)))


_NUMBERS = st.integers(-99, 99) | st.integers()
_DATES = st.builds(
    "{}, {} {} {} {}:{}:{} {}".format,
    st.sampled_from(["Wed", "Xyz", ""]),
    _NUMBERS,
    st.sampled_from(["Nov", "Feb", "13", ""]),
    st.integers(-1, 10_000),
    *[_NUMBERS] * 3,
    st.sampled_from(["GMT", "+0300", "-9999", "+2400", "EST", "Z", ""]) | _NUMBERS.map(str),
)

_WORDS = [
    "Wed, ", "25 ", "Nov ", "2026 ", "08:01:00 ", "GMT", "+0300", "-9999", "9999 ", "0000", "-",
    ":", ".", ",", "(", ")", "<", ">", ";", '"', "\\", "@", "\xb2", "\xa0", "9" * 400, "\x00",
]  # fmt: skip
_ODD = [
    "0", "30", " 120 ", "soon", "-5", "1.5", "9" * 5000, "0" * 20 + "91", "9" * 11, "9" * 13, "",
    "Wed, 25 Nov 2026 08:01:00 GMT",
    "Wednesday, 25-Nov-26 08:01:00 GMT", "Wed Nov 25 08:01:00 2026",
    "Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359",
]  # fmt: skip

TARGET = Target(
    check=check,
    seeds=encoded(_ODD),
    words=encoded(_WORDS),
    grown=_DATES.map(str.encode),
)
