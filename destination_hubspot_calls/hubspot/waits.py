"""What requests wait for, so that whoever watches a sync can say why it is slow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Wait:
    """One wait: what for, in words that follow "waiting for" ("HubSpot's burst limit", "HubSpot, which answers 503 to
    creating calls"), and since when (seconds on the clock of its Waits).

    `limits`: it is a limit that is waited for. `seconds`: how long it is to take, where that is known. `attempt`: which
    try comes after it.
    """

    what: str
    since: float
    limits: bool = False
    seconds: float | None = None
    attempt: int = 1


@dataclass(slots=True)
class Waits:
    """The waits of all threads that are under way, and what was waited for lately. Threads may use it at a time."""

    clock: Callable[[], float] = time.monotonic
    _open: list[Wait] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def waiting(
        self,
        what: str,
        *,
        limits: bool = False,
        seconds: float | None = None,
        attempt: int = 1,
        since: float | None = None,
    ) -> Iterator[None]:
        """Note a wait while the block runs. `since`: when it began, where one wait is made of several."""
        wait = Wait(what, self.clock() if since is None else since, limits, seconds, attempt)
        with self._lock:
            self._open.append(wait)
        try:
            yield
        finally:
            with self._lock:
                self._open.remove(wait)

    def current(self) -> tuple[Wait, ...]:
        """What is waited for now, the longest first."""
        with self._lock:
            return tuple(sorted(self._open, key=lambda wait: wait.since))
