"""Limits: those of the API, which are waited out, and those that a user sets for a run."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from threading import Lock
from threading import enumerate as enumerate_threads

import pytest
from support import fault_server as fault
from support.clock import JumpingClock
from support.fault_server import FaultServer, Turn
from support.journals import JOURNAL, events
from support.key_places import private
from support.program import SOON, Program, Result
from support.stand_in import StandIn

from reconciler.cli.connecting import made_up_key
from reconciler.client.api import Api, Delivery, WriteResult
from reconciler.core.messages import Message
from reconciler.core.stop import Stop
from reconciler.engine import scheduler
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import RateLimit, Reply, Service, by_name
from reconciler.sandbox.store import Store

# The API's limit of requests of one key


class MeteredService(Service):
    """The stand-in with a limit, which remembers what was asked for each santral."""

    def __init__(self, size: int, limit: RateLimit, now: Callable[[], float]) -> None:
        keys = {f"santral-{number}": made_up_key(f"santral-{number}") for number in range(size)}
        super().__init__(Store(), by_name(keys), rate_limit=limit, now=now)
        self.keys = {key.reveal(): name for name, key in keys.items()}
        self.asked: dict[str, str] = dict.fromkeys(keys, "")
        """By name, in order: G and P for a GET and a POST, g and p for one over the limit."""
        self.lock = Lock()

    def answer(self, method: str, target: str, body: str) -> Reply:
        reply = super().answer(method, target, body)
        name = next(name for key, name in self.keys.items() if key in target + body)
        letter = method[0].lower() if reply.status == 429 else method[0]
        with self.lock:
            self.asked[name] += letter
        return reply


@pytest.fixture
def clock(program: Program) -> JumpingClock:
    """Give the clock that the run has, for the stand-in to have the same."""
    clock = _StandingClock()
    program.monkeypatch.setattr(scheduler, "Clock", lambda: clock)
    return clock


class _StandingClock(JumpingClock):
    """Counts the waits alone: a busy machine's own time would free places of the limit."""

    def now(self) -> float:
        return self._jumped


def apply_under_limit(program: Program, service: MeteredService) -> str:
    """Apply a change to each of its santrals; gives how they were asked, all in the same way."""
    names = "".join(f"  {name}: {{crm_integration: {{}}}}\n" for name in service.asked)
    url = "notification_url: 'https://crm.example.com/{name}'"
    program.write(
        "santral.yaml",
        f"version: 1\ndefaults: {{crm_integration: {{{url}}}}}\nsantrals:\n{names}",
    )
    private(program, "keys", "".join(f"{name}={key}\n" for key, name in service.keys.items()))
    with SandboxServer(service).running() as origin:
        options = ("--keys-file", "keys", "--api-url", origin, "--max-changes", "100%")
        result = program.run("apply", "--parallelism", "10", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1].startswith(f"Apply: {len(service.asked)} applied, 0 in")
    (asked,) = set(service.asked.values())
    return asked


def test_200_santrals_under_a_limit_wait_no_longer_than_one_does_alone(
    program: Program, clock: JumpingClock
) -> None:
    """A change costs four requests, so of two in five seconds it has to wait for two twice.

    Who waits holds none of the ten workers. The POST over the limit is the only one that is sent
    in vain, and a look goes before the other.
    """
    limit = RateLimit(2, 5.0)
    asked, seconds = [], []
    for size in (1, 200):
        clock.waits.clear()
        asked.append(apply_under_limit(program, MeteredService(size, limit, clock.now)))
        seconds.append(sum(clock.waits))

    assert asked == ["GGpGPgG", "GGpGPgG"]
    assert seconds[0] < 12
    assert seconds[1] <= 1.3 * seconds[0]


def test_a_plan_that_is_a_while_ago_still_counts_for_the_limit(
    program: Program, clock: JumpingClock
) -> None:
    """Three seconds on, the place of the plan's GET is free first, which is not enough for two."""

    class AtLeisure(MeteredService):
        def answer(self, method: str, target: str, body: str) -> Reply:
            reply = super().answer(method, target, body)
            if set(self.asked.values()) == {"G"}:
                clock.jump(3.0)
            return reply

    service = AtLeisure(1, RateLimit(2, 5.0), clock.now)

    assert apply_under_limit(program, service) == "GGpGPgG"


# What a run takes


def test_a_run_takes_a_thread_and_a_connection_for_each_santral_at_a_time(
    program: Program,
) -> None:
    """And none more for each santral there is, or for one that waits.

    Each change has a connection of its own, for its look, its POST and its reading back.
    """
    keys = {f"santral-{number}": made_up_key(f"santral-{number}") for number in range(200)}
    entries = "".join(f"  {name}: {{crm_integration: {{hangup: off}}}}\n" for name in keys)
    program.write("santral.yaml", f"version: 1\nsantrals:\n{entries}")
    made_up = "".join(f"{name}={key.reveal()}\n" for name, key in keys.items())
    program.monkeypatch.setenv("SANTRAL_KEYS", made_up)
    workers: set[str] = set()

    def busy_at_first(turn: Turn) -> None:
        workers.update(t.name for t in enumerate_threads() if t.name.startswith("ThreadPool"))
        fault.answer(429)(turn)

    with FaultServer(keys) as server:
        for name in keys:
            server.rule(name, "GET", busy_at_first, turns=[1])
        options = ("--api-url", server.origin, "--parallelism", "3", "--max-changes", "100%")
        result = program.run("apply", *options)

    assert (result.exit_code, {server.steps(name) for name in keys}) == (0, {"GGGPG"})
    assert (len(workers), server.connections) == (3, 3 + 200)


# --rate


@pytest.mark.parametrize(
    ("rate", "apart"), [("1/s", 1.0), ("30/m", 2.0)], ids=["a second", "a minute"]
)
def test_a_rate_keeps_all_requests_apart(
    program: Program, two: StandIn, clock: JumpingClock, rate: str, apart: float
) -> None:
    """Those of the plan and those of the changes, of one santral and of the other."""
    moments = []
    two.meanwhile(do=lambda: moments.append(clock.now()))

    result = program.run("apply", "--rate", rate)

    assert (result.exit_code, result.stdout.splitlines()[-1][:22]) == (0, "Apply: 2 applied, 0 in")
    assert Counter(two.service.requests) == {
        **{("GET", name): 3 for name in ("ankara", "bursa")},
        **{("POST", name): 1 for name in ("ankara", "bursa")},
    }
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert len(gaps) == 7
    assert min(gaps) > 0.7 * apart
    assert sum(gaps) < 2 * 7 * apart


@pytest.mark.parametrize("rate", ["5", "0/s", "5/h", "1.5/s", "5/ s", "-1/s", "1000000/s"])
def test_a_rate_that_is_none_is_an_error(program: Program, rate: str) -> None:
    """It is told how one looks."""
    result = program.run("plan", f"--rate={rate}")

    assert (result.exit_code, result.stdout, result.stderr.splitlines()[-1]) == (
        1,
        "",
        "Error: Invalid value for '--rate': It must be like 5/s or 10/m: requests per second or "
        "per minute.",
    )


# --time-limit


NO_TIME = (
    "The time limit was reached before this santral was read. Run again, with a higher "
    "--time-limit or a --target."
)
BUSY = Reply(429, "Slow down", headers={"Retry-After": "60"})


def test_a_plan_that_is_out_of_time_shows_what_was_read(program: Program, two: StandIn) -> None:
    """The rest is listed as not read, and why."""
    two.answer(name="bursa", with_=BUSY)
    program.monkeypatch.setenv("SANTRAL_TIME_LIMIT", "30")

    result = program.run("plan")

    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.endswith(
        f"! bursa  (santral.yaml:11:3)\n    {NO_TIME}\n\n"
        "Plan: 1 to change, 0 in sync, 1 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


def test_an_apply_that_is_out_of_time_in_its_plan_asks_nothing_and_sends_nothing(
    program: Program, two: StandIn
) -> None:
    """What could be planned is listed as not tried."""
    two.answer(name="bursa", with_=BUSY)

    result = program.run("apply", "--time-limit", "30", "-q", "--no-color", terminal=True)

    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.endswith(
        "Plan: 1 to change, 0 in sync, 1 failed.\n"
        "ankara: not tried. The time limit was reached before this change was sent. Run "
        "again, with a higher --time-limit or a --target.\n"
        f"bursa: not tried. {NO_TIME}\n"
        "\n"
        "Apply: 0 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 2 not tried.\n"
    )
    assert (two.count("POST"), events(JOURNAL)) == (0, ["run_started", "run_ended"])


def test_an_apply_that_is_out_of_time_brings_to_an_end_what_it_has_sent(
    program: Program, two: StandIn
) -> None:
    """Ankara is read back after the limit and is applied; bursa, still to be looked at, is not."""
    soon = Reply(429, "Slow down", headers={"Retry-After": "50"})
    two.answer("GET", "ankara", 3, with_=soon)
    two.answer("GET", "bursa", 2, with_=BUSY)

    result = program.run("apply", "--time-limit", "30")

    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.endswith(
        "ankara: applied\n"
        "bursa: not tried. The time limit was reached before this change was sent. Run "
        "again, with a higher --time-limit or a --target.\n"
        "\n"
        "Apply: 1 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 1 not tried.\n"
    )
    assert events(JOURNAL) == ["run_started", "intent", "outcome", "run_ended"]


@pytest.mark.parametrize(
    ("answer", "limit", "least"),
    [
        pytest.param(Reply(502, ""), 3, 5, id="the POST may take effect yet"),
        pytest.param(Reply(429, "", headers={"Retry-After": "20"}), 10, 20, id="rate limit"),
    ],
)
def test_a_wait_before_reading_back_goes_on_when_the_time_limit_is_up(
    program: Program, two: StandIn, clock: JumpingClock, answer: Reply, limit: int, least: int
) -> None:
    """A look too early would take what is still on its way for lost."""
    two.answer("POST", with_=answer)

    result = program.run("apply", "--target", "ankara", "--time-limit", str(limit))

    assert (result.exit_code, two.count("POST")) == (1, 1)
    assert result.stdout.splitlines()[-3].startswith("ankara: failed. The old settings are still")
    assert sum(clock.waits) >= least - 0.5


@pytest.mark.parametrize(("limit", "posts"), [(90, 0), (270, 1)], ids=["first", "second"])
def test_a_post_that_waits_for_its_turn_is_given_up_when_the_time_limit_is_up(
    program: Program, two: StandIn, clock: JumpingClock, limit: int, posts: int
) -> None:
    """At a request a minute the first is due after two minutes, the second after five."""
    two.answer("POST", with_=Reply(502, ""))

    program.run("apply", "--target", "ankara", "--rate", "1/m", "--time-limit", str(limit))

    assert two.count("POST") == posts
    assert limit - 10 < sum(clock.waits) <= limit


def test_a_post_that_cannot_be_sent_is_tried_three_times(
    program: Program, two: StandIn, jumping_clock: type[JumpingClock]
) -> None:
    """As often as a GET, with the same waits, and each of them is told."""
    tries = []

    def unreachable(*_: object) -> WriteResult:
        tries.append(1)
        return UNSENT

    program.monkeypatch.setattr(Api, "write", unreachable)

    result = program.run("apply", "-v", "--target", "ankara")

    told = [re.sub(r"\d", "N", line) for line in result.stderr.splitlines() if "POST" in line]
    assert (len(tries), result.stdout.splitlines()[-3], told) == (
        3,
        "ankara: failed. The change was not sent. No connection to the server could be "
        "made. Check the network; behind a proxy, give --proxy.",
        ["POST ankara: Waiting N s before trying again."] * 2,
    )
    assert [round(wait) for wait in jumping_clock.waits] in ([1, 2], [1, 3], [2, 2], [2, 3])


UNSENT = WriteResult(Delivery.UNSENT, (Message("connection-none"),), may_retry=True)


def test_a_post_that_could_not_be_sent_is_not_tried_again_when_the_time_limit_is_up(
    program: Program, two: StandIn, clock: JumpingClock
) -> None:
    """The wait before the next try is cut short."""
    program.monkeypatch.setattr(Api, "write", lambda *_: UNSENT)

    result = program.run("apply", "--target", "ankara", "--time-limit", "2")

    assert result.stdout.splitlines()[-3] == (
        "ankara: not tried. The time limit was reached before this change was sent. Run "
        "again, with a higher --time-limit or a --target."
    )
    assert sum(clock.waits) <= 2


def test_an_apply_that_is_out_of_time_begins_no_further_santral(
    program: Program, two: StandIn, clock: JumpingClock
) -> None:
    """The look at ankara took all the time that there was."""
    has_stopped, stop = threading.Event(), scheduler.Scheduler.stop

    def stopped(run: scheduler.Scheduler, reason: Stop) -> None:
        stop(run, reason)
        has_stopped.set()

    program.monkeypatch.setattr(scheduler.Scheduler, "stop", stopped)

    def dawdle() -> None:
        clock.jump(31)
        has_stopped.wait(SOON)

    two.meanwhile("GET", "ankara", 2, do=dawdle)

    result = program.run("apply", "--time-limit", "30", "--parallelism", "1")

    assert result.exit_code == 1
    assert result.stdout.endswith(
        "ankara: not tried. The time limit was reached before this change was sent. Run "
        "again, with a higher --time-limit or a --target.\n"
        "bursa: not tried. The time limit was reached before this change was sent. Run "
        "again, with a higher --time-limit or a --target.\n"
        "\n"
        "Apply: 0 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 2 not tried.\n"
    )


def test_a_run_within_its_limits_is_like_any_other(program: Program, two: StandIn) -> None:
    """Limits that are not reached leave no trace."""
    limited = program.run("plan", "--time-limit", "3600", "--rate", "1000/s")

    assert limited == program.run("plan") == Result(0, limited.stdout, "")
