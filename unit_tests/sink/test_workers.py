"""Threads for what waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial

import pytest

from destination_hubspot_calls.sink.workers import MIN_WORKERS, PER_SECOND, Workers

PATIENCE = 10.0


def test_jobs_begin_in_the_order_they_came() -> None:
    """A batch that waits for an earlier one of the same key would wait for ever for one that cannot begin."""
    workers: Workers[None] = Workers(3)
    began: list[int] = []
    gate = threading.Event()

    def job(number: int) -> None:
        began.append(number)
        gate.wait(PATIENCE)

    futures = [workers.submit(partial(job, number)) for number in range(9)]
    gate.set()
    for future in futures:
        future.result(PATIENCE)
    workers.close()
    assert set(began[:3]) == {0, 1, 2}
    assert sorted(began) == list(range(9))


def test_no_more_threads_than_are_allowed_or_needed() -> None:
    """Each thread is memory; each request in flight above the number counts against the limit."""
    workers: Workers[int] = Workers(2)
    running, most, lock = 0, 0, threading.Lock()

    def job() -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.002)
        with lock:
            running -= 1
        return 1

    assert sum(future.result(PATIENCE) for future in [workers.submit(job) for _ in range(20)]) == 20
    assert most == 2
    workers.close()


def _more_than(count: int, began: threading.Semaphore) -> int:
    """How many jobs begin beyond `count`, once those of them have."""
    for _ in range(count):
        assert began.acquire(timeout=PATIENCE)
    return int(began.acquire(timeout=0.05))


def test_there_are_as_many_threads_as_the_time_that_jobs_take_asks_for() -> None:
    """Where answers come at once, more of them only take turns; where they take seconds, the limit needs them all."""
    now = 0.0
    workers: Workers[bool] = Workers(40, lambda: now)
    began = threading.Semaphore(0)
    gate = threading.Event()

    def job() -> bool:
        began.release()
        return gate.wait(PATIENCE)

    futures = [workers.submit(job) for _ in range(60)]
    assert _more_than(MIN_WORKERS, began) == 0
    now = 0.25
    workers.grow()
    assert _more_than(int(0.25 * PER_SECOND), began) == 0
    now = 9.0
    workers.grow()
    assert _more_than(40 - MIN_WORKERS - int(0.25 * PER_SECOND), began) == 0
    gate.set()
    assert all(future.result(PATIENCE) for future in futures)
    workers.close()


class Jobs:
    """Jobs that run until they are let go, on threads of their own number, in time that passes where one says so."""

    def __init__(self, most: int = 64) -> None:
        self.now = 1000.0
        self.workers: Workers[None] = Workers(most, lambda: self.now)
        self._began = threading.Semaphore(0)
        self._gate = threading.Event()
        self._before = set(threading.enumerate())
        self._futures: list[Future[None]] = []

    @property
    def threads(self) -> int:
        return len(set(threading.enumerate()) - self._before)

    def run(self, seconds: float) -> None:
        """One job that takes so long."""

        def job() -> None:
            self.now += seconds

        self.workers.submit(job).result(PATIENCE)
        time.sleep(0.002)  # its thread is free soon after

    def submit(self, count: int, begin: int) -> None:
        """Jobs, of which so many are to begin."""

        def job() -> None:
            self._began.release()
            self._gate.wait(PATIENCE)

        self._gate.clear()
        self._futures = [self.workers.submit(job) for _ in range(count)]
        for _ in range(begin):
            assert self._begins()
        assert not self._began.acquire(timeout=0.05)

    def _begins(self) -> bool:
        """Whether one more job begins, as time goes by."""
        for _ in range(200):
            if self._began.acquire(timeout=0.05):
                return True
            self.workers.grow()
        return False

    def let_go(self) -> None:
        """Let all jobs end, and wait until they have."""
        self._gate.set()
        for future in self._futures:
            future.result(PATIENCE)


@contextmanager
def jobs(most: int = 64) -> Iterator[Jobs]:
    """Jobs whose threads end with the test."""
    made = Jobs(most)
    try:
        yield made
    finally:
        made.let_go()
        made.workers.close()


def test_jobs_that_take_long_are_remembered() -> None:
    """Else each batch after a pause would wait again until it shows how long answers take."""
    with jobs() as held:
        held.run(1.0)
        held.run(1.0)
        held.submit(64, MIN_WORKERS + int(PER_SECOND * 0.36))


def test_one_slow_job_of_long_ago_is_forgotten() -> None:
    """It would have all threads taking turns for the rest of the sync."""
    with jobs() as held:
        held.run(10.0)
        for _ in range(30):
            held.run(0.0)
        held.submit(20, MIN_WORKERS)


def test_threads_that_once_were_needed_are_used_and_not_added_to() -> None:
    """More jobs than those would each start one more, whatever time they take now."""
    with jobs() as held:
        held.run(1.0)
        once = MIN_WORKERS + int(PER_SECOND * 0.2)
        held.submit(once, once)
        held.let_go()
        for _ in range(30):
            held.run(0.0)
        held.submit(once + 4, once)


def test_there_is_no_thread_without_a_job() -> None:
    """Each is memory, and a connection where it gets a job that another one would have had."""
    with jobs() as held:
        held.submit(3, 3)
        held.now += 100.0
        held.workers.grow()
        assert held.threads == 3


def test_a_thread_that_was_waited_for_needs_no_other() -> None:
    """What waited has been served: a thread more would have nothing to do."""
    with jobs() as held:
        held.submit(MIN_WORKERS + 1, MIN_WORKERS)
        held.now += 100.0
        held.let_go()
        held.workers.grow()
        assert held.threads == MIN_WORKERS


def test_an_idle_thread_takes_the_next_job() -> None:
    """A thread for each job would be a connection for each job."""
    workers: Workers[int] = Workers(64)
    names = set()
    for _ in range(20):
        names.add(workers.submit(threading.get_ident).result(PATIENCE))
        time.sleep(0.002)
    workers.close()
    assert len(names) < 5


def test_an_error_is_in_the_future() -> None:
    """A job that raises must not look like one that is still at work, nor end its thread."""
    workers: Workers[int] = Workers(1)

    def job() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        workers.submit(job).result(PATIENCE)
    assert workers.submit(lambda: 7).result(PATIENCE) == 7
    workers.close()


def test_threads_end_when_no_more_jobs_come() -> None:
    """What was submitted is still done; then nothing is left of them."""
    workers: Workers[bool] = Workers(4)
    before = set(threading.enumerate())
    gate = threading.Event()
    futures = [workers.submit(lambda: gate.wait(PATIENCE)) for _ in range(6)]
    own = set(threading.enumerate()) - before
    workers.close()
    gate.set()
    assert [future.result(PATIENCE) for future in futures] == [True] * 6
    for thread in own:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in own)
