"""Threads for what waits on the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

MIN_WORKERS = 4
"""Threads that are started without asking how long jobs take."""
PER_SECOND = 40.0
"""Threads more for each second that a job takes: HubSpot's highest limit lets 25 requests start in a second, and some
jobs need several. Where answers come at once, more threads would only take turns at the interpreter."""
SMOOTHING = 0.2
"""The weight of one job in how long jobs take."""


class Workers(Generic[T]):
    """Up to `most` threads that begin jobs in the order they came: as many as the time that jobs take asks for.

    Unlike a ThreadPoolExecutor's they hold up no process that ends: a request that hangs is left behind.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._jobs: SimpleQueue[tuple[Future[T], Callable[[], T]] | None] = SimpleQueue()
        # Guards all below.
        self._lock = threading.Lock()
        self._started = 0
        self._idle = 0
        """Threads that wait for a job."""
        self._unserved = 0
        """Jobs that wait for a thread."""
        self._running: dict[int, float] = {}
        """When the jobs that run began, by thread."""
        self._seconds = 0.0
        """How long jobs took of late."""

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Have a job done; the future holds what it returns or raises."""
        future: Future[T] = Future()
        with self._lock:
            if self._idle:
                self._idle -= 1
            else:
                self._unserved += 1
        self._jobs.put((future, job))
        self.grow()
        return future

    def grow(self) -> None:
        """Start threads for jobs that wait for one, where it shows by now that jobs take their time."""
        with self._lock:
            wanted = min(self._most, MIN_WORKERS + int(PER_SECOND * self._longest()))
            while self._unserved and self._started < wanted:
                self._unserved -= 1
                self._started += 1
                threading.Thread(target=self._work, name=f"writer-{self._started}", daemon=True).start()

    def close(self) -> None:
        """No more jobs come: each thread ends with its last one. Waits for none."""
        with self._lock:
            started = self._started
        for _ in range(started):
            self._jobs.put(None)

    def _longest(self) -> float:
        """Seconds that a job takes: of late, or up to now where that is longer."""
        # Threads begin without the lock; a copy in one step is not disturbed by that.
        began = min(tuple(self._running.values()), default=None)
        return self._seconds if began is None else max(self._seconds, self._clock() - began)

    def _work(self) -> None:
        number = threading.get_ident()
        while item := self._jobs.get():
            future, job = item
            began = self._running[number] = self._clock()
            try:
                future.set_result(job())
            except BaseException as error:  # noqa: BLE001 - whoever reads the future hears of it
                future.set_exception(error)
            # What is done must not live on until the next job comes.
            del item, future, job
            self._note(number, self._clock() - began)

    def _note(self, number: int, seconds: float) -> None:
        """A thread has done its job, and is free for one that waits."""
        with self._lock:
            del self._running[number]
            self._seconds += SMOOTHING * (seconds - self._seconds)
            if self._unserved:
                self._unserved -= 1
            else:
                self._idle += 1
