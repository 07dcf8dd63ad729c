"""Many jobs on few threads: order, waits that hold no thread, and an orderly stop."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from support.clock import JumpingClock

from reconciler.core.stop import Stop
from reconciler.engine.jobs import Job, Pause
from reconciler.engine.scheduler import Clock, Scheduler


def job(result: int, *waits: float, log: list[int] | None = None) -> Job[int]:
    """Return a job that waits so many times and then gives its result."""
    for wait in waits:
        yield Pause(wait)
    if log is not None:
        log.append(result)
    return result


def test_results_come_in_the_order_of_the_jobs() -> None:
    """Whatever order they end in."""
    jobs = [job(0, 5.0), job(1), job(2, 1.0, 1.0)]

    assert Scheduler(2).run(jobs) == [0, 1, 2]


def test_a_run_without_jobs_ends() -> None:
    """There is nothing to wait for."""
    assert Scheduler(3).run([]) == []


def test_a_job_that_waits_holds_no_worker(jumping_clock: type[JumpingClock]) -> None:
    """Fifty waits of a minute take one minute, on a single thread."""
    assert Scheduler(1).run([job(number, 60.0) for number in range(50)]) == [*range(50)]
    assert sum(jumping_clock.waits) < 61


def test_waits_are_kept(jumping_clock: type[JumpingClock]) -> None:
    """No job goes on before its time."""
    Scheduler(1).run([job(1, 7.0, 3.0)])

    assert sum(jumping_clock.waits) == pytest.approx(10.0, abs=0.5)


def test_a_real_wait_takes_its_time() -> None:
    """The clock that the program uses waits for real."""
    started = time.monotonic()
    Scheduler(1, Clock()).run([job(1, 0.1)])

    assert time.monotonic() - started >= 0.1


def test_no_more_jobs_work_at_once_than_there_are_workers() -> None:
    """The limit is what keeps an API from being flooded."""
    working, most, lock = [0], [0], threading.Lock()

    def busy() -> Job[None]:
        with lock:
            working[0] += 1
            most[0] = max(most[0], working[0])
        time.sleep(0.01)
        with lock:
            working[0] -= 1
        yield from ()

    Scheduler(3).run([busy() for _ in range(12)])

    assert most[0] <= 3


def test_each_end_is_told_once() -> None:
    """A progress bar counts on it."""
    told: list[int] = []
    Scheduler(2).run([job(1, 1.0), job(2), job(3, 1.0, 2.0)], lambda: told.append(1))

    assert len(told) == 3


def test_after_a_stop_no_job_is_begun_and_those_begun_end() -> None:
    """An interrupted run leaves nothing half done."""
    scheduler = Scheduler(1)
    log: list[int] = []

    def first() -> Job[int]:
        scheduler.stop()
        yield Pause(1.0)
        log.append(1)
        return 1

    assert scheduler.run([first(), job(2, log=log), job(3, log=log)]) == [1, None, None]
    assert log == [1]


def test_a_stop_ends_the_waits_that_may_end(jumping_clock: type[JumpingClock]) -> None:
    """What has not been sent need not be waited for; what was sent must be."""
    scheduler = Scheduler(2)

    def waits(*, ends_on_stop: bool) -> Job[bool]:
        yield Pause(100.0, ends_on_stop=ends_on_stop)
        return scheduler.is_stopping

    def stops() -> Job[None]:
        scheduler.stop()
        yield from ()

    jobs: list[Job[bool] | Job[None]] = [waits(ends_on_stop=True), stops()]
    assert scheduler.run(jobs) == [True, None]
    assert sum(jumping_clock.waits) < 1
    assert Scheduler(2).run([waits(ends_on_stop=False)]) == [True]
    assert sum(jumping_clock.waits) > 99


def test_a_bug_in_one_job_is_raised_after_the_others_have_ended() -> None:
    """Nothing that was begun is lost over it."""
    log: list[int] = []

    def buggy() -> Job[int]:
        yield Pause(1.0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Scheduler(1).run([buggy(), job(2, 5.0, log=log)])
    assert log == [2]


# A run's rate and its time limit, by a clock that stands still while anybody works


class StillClock(Clock):
    """Goes on only while the run waits, and by just that much."""

    time = 0.0

    def now(self) -> float:
        return self.time

    def receive(self, inbox: "SimpleQueue[Any]", seconds: float | None) -> Any:
        try:
            return inbox.get_nowait()
        except Empty:
            assert seconds is not None
            self.time += seconds
            return None


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    """Give such a clock, and do all work on one thread, so that its order is certain."""

    def no_thread_left(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(ThreadPoolExecutor, "submit", no_thread_left)
    return StillClock()


Requests = list[tuple[str, float]]


def asks(
    name: str, times: int, scheduler: Scheduler, log: Requests, *, ends_on_stop: bool = True
) -> Job[str]:
    """Return a job that makes so many requests, and gives up when the run is to stop."""
    for _ in range(times):
        yield from scheduler.turn(ends_on_stop=ends_on_stop)
        if scheduler.is_stopping and ends_on_stop:
            return f"{name} gave up"
        log.append((name, scheduler.clock.now()))
    return name


def test_at_a_rate_all_requests_are_as_far_apart_and_what_is_begun_goes_first(
    still_clock: StillClock,
) -> None:
    """Four a second, whoever makes them; a change comes right after the look before it."""
    scheduler = Scheduler(3, still_clock, rate=4.0)
    log: Requests = []

    assert scheduler.run([asks(name, 2, scheduler, log) for name in "abcd"]) == [*"abcd"]
    assert log == [
        *(("a", 0.0), ("a", 0.25), ("b", 0.5), ("b", 0.75)),
        *(("c", 1.0), ("c", 1.25), ("d", 1.5), ("d", 1.75)),
    ]


def test_a_rate_holds_from_one_batch_of_jobs_to_the_next(still_clock: StillClock) -> None:
    """The first request of apply keeps its distance from the last one of its plan."""
    scheduler = Scheduler(3, still_clock, rate=0.5)
    log: Requests = []
    for name in "ab":
        scheduler.run([asks(name, 1, scheduler, log)])

    assert log == [("a", 0.0), ("b", 2.0)]


def test_a_turn_that_is_not_used_at_once_is_not_saved_up(still_clock: StillClock) -> None:
    """After a minute without a request they are no closer than before."""
    scheduler = Scheduler(3, still_clock, rate=1.0)
    log: Requests = []

    def late(name: str) -> Job[str]:
        yield Pause(60.0)
        return (yield from asks(name, 1, scheduler, log))

    scheduler.run([late(name) for name in "abc"])

    assert log == [("a", 60.0), ("b", 61.0), ("c", 62.0)]


def test_a_job_whose_turn_it_is_waits_for_no_worker(still_clock: StillClock) -> None:
    """Else its request would be made late, and the next one too soon after it."""
    scheduler = Scheduler(1, still_clock, rate=1.0)
    log: Requests = []
    most_at_once = []

    class Counting(StillClock):
        def receive(self, inbox: "SimpleQueue[Any]", seconds: float | None) -> Any:
            most_at_once.append(inbox.qsize())
            return super().receive(inbox, seconds)

    scheduler.clock = Counting()
    scheduler.run([asks(name, 2, scheduler, log) for name in "abc"])

    assert max(most_at_once) == 1


def test_without_a_rate_no_job_waits_for_a_turn(still_clock: StillClock) -> None:
    """Nor does it give its worker away for one."""
    scheduler = Scheduler(1, still_clock)

    assert [*scheduler.turn(ends_on_stop=True)] == []


def test_a_time_limit_ends_what_may_end_and_begins_nothing_more(still_clock: StillClock) -> None:
    """A job in the middle of a change is done all the same, however long it takes."""
    scheduler = Scheduler(1, still_clock, time_limit=10.0)

    def waits(seconds: float, *, ends_on_stop: bool) -> Job[float]:
        yield Pause(seconds, ends_on_stop=ends_on_stop)
        yield Pause(1.0, ends_on_stop=ends_on_stop)
        return still_clock.now()

    jobs = [waits(100.0, ends_on_stop=True), waits(30.0, ends_on_stop=False)]

    assert scheduler.run(jobs) == [10.0, 31.0]
    assert scheduler.stopped_by is Stop.TIME_LIMIT
    assert scheduler.run([job(1)]) == [None]


def test_a_time_limit_ends_the_wait_for_a_turn_but_for_changes_under_way(
    still_clock: StillClock,
) -> None:
    """What those still ask, they ask at the rate; who waited is told, and who is not begun not."""
    scheduler = Scheduler(2, still_clock, time_limit=2.5, rate=1.0)
    log: Requests = []
    jobs = [
        asks("a", 5, scheduler, log, ends_on_stop=False),
        asks("b", 1, scheduler, log),
        asks("c", 1, scheduler, log),
    ]

    assert scheduler.run(jobs) == ["a", "b gave up", None]
    assert log == [("a", moment) for moment in (0.0, 1.0, 2.0, 3.0, 4.0)]


def test_the_first_reason_to_stop_stays(still_clock: StillClock) -> None:
    """A signal is what ended the run, also when its time is up before the last job is done."""
    scheduler = Scheduler(1, still_clock, time_limit=5.0)
    scheduler.stop()

    assert scheduler.run([job(1, 10.0)]) == [None]
    assert scheduler.stopped_by is Stop.SIGNAL
