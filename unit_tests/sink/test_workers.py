"""Threads for what waits."""

from __future__ import annotations

import threading
import time
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


def test_jobs_that_take_long_are_remembered() -> None:
    """Else each batch after a pause would wait again until it shows how long answers take."""
    now = 0.0
    workers: Workers[None] = Workers(64, lambda: now)
    gate = threading.Event()

    def slow() -> None:
        nonlocal now
        now += 10.0

    workers.submit(slow).result(PATIENCE)
    running = threading.Semaphore(0)

    def job() -> None:
        running.release()
        gate.wait(PATIENCE)

    futures = [workers.submit(job) for _ in range(MIN_WORKERS + 20)]
    for _ in futures:
        assert running.acquire(timeout=PATIENCE)
    gate.set()
    for future in futures:
        future.result(PATIENCE)
    workers.close()


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
