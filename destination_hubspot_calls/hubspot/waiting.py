"""What requests wait for at a moment, for those who tell a person."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """Requests of one kind that are tried again. `cause` is for instance "HubSpot answers 503".

    `since` is how many seconds ago the first of them failed, `attempt` the number of the next try of the one that was
    tried most, and `next_in` the seconds until it.
    """

    what: str
    cause: str
    since: float
    attempt: int
    next_in: float

    def __str__(self) -> str:
        return f"{self.cause} to {self.what}, since {self.since:.0f} s; try {self.attempt} in {self.next_in:.0f} s"


@dataclass(frozen=True, slots=True)
class Limit:
    """One of HubSpot's limits: `most` requests in `window` seconds; `share` of it was used in the last window.

    `queue` threads wait for their turn, the first of them for `since` seconds; all of them for another `paused`
    seconds at least, after a 429.
    """

    name: str
    most: int
    window: float
    share: float
    queue: int = 0
    since: float = 0.0
    paused: float = 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a sync waits for, the longest trouble first; of `daily` requests `daily_left` are left, if that is known."""

    limits: tuple[Limit, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    daily: int | None = None
    daily_left: int | None = None


@dataclass(slots=True)
class _Open:
    what: str
    cause: str
    began: float
    attempt: int
    next_at: float


class Troubles:
    """The requests that are being tried again, of all threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Guards what is open: the threads write, and whoever tells a person reads.
        self._lock = threading.Lock()
        self._open: dict[int, _Open] = {}

    def note(self, request: int, what: str, cause: str, attempt: int, seconds: float) -> None:
        """A request, by any number of its own, failed and is tried again in so many seconds."""
        now = self._clock()
        with self._lock:
            known = self._open.get(request)
            began = known.began if known else now
            self._open[request] = _Open(what, cause, began, attempt, now + seconds)

    def end(self, request: int) -> None:
        """It was answered, or given up."""
        with self._lock:
            self._open.pop(request, None)

    def now(self) -> tuple[Trouble, ...]:
        """One for each kind of request and cause."""
        now = self._clock()
        with self._lock:
            held = list(self._open.values())
        kinds: dict[tuple[str, str], list[_Open]] = {}
        for item in held:
            kinds.setdefault((item.what, item.cause), []).append(item)
        troubles = [
            Trouble(what, cause, now - min(item.began for item in items), worst.attempt, max(0.0, worst.next_at - now))
            for (what, cause), items in kinds.items()
            for worst in [max(items, key=lambda item: item.attempt)]
        ]
        return tuple(sorted(troubles, key=lambda trouble: -trouble.since))
