"""Many jobs on few threads: order, waits that hold no thread, and an orderly stop."""

import threading
import time

import pytest
from support import JumpingClock

from reconciler.scheduler import Clock, Job, Pause, Scheduler


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
