"""Threads for what waits on the network."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class Workers(Generic[T]):
    """Up to `most` threads that begin jobs in the order they came.

    Unlike a ThreadPoolExecutor's they hold up no process that ends: a request that hangs is left behind.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._jobs: SimpleQueue[tuple[Future[T], Callable[[], T]] | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started = 0

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Have a job done; the future holds what it returns or raises."""
        future: Future[T] = Future()
        self._jobs.put((future, job))
        if not self._idle.acquire(blocking=False) and self._started < self._most:
            self._started += 1
            threading.Thread(target=self._work, name=f"writer-{self._started}", daemon=True).start()
        return future

    def close(self) -> None:
        """No more jobs come: each thread ends with its last one. Waits for none."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _work(self) -> None:
        while item := self._jobs.get():
            future, job = item
            try:
                future.set_result(job())
            except BaseException as error:  # noqa: BLE001 - whoever reads the future hears of it
                future.set_exception(error)
            # What is done must not live on until the next job comes.
            del item, future, job
            self._idle.release()
