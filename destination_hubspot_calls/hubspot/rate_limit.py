"""One limiter for all threads: HubSpot's rolling window, paced, and fed by what its headers say."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from destination_hubspot_calls.hubspot.errors import Stopped

FIRST_LIMIT = 100
"""Requests per window before HubSpot told its limit: the smallest plan's (usage guidelines)."""
WINDOW = 10.0
"""Seconds (X-HubSpot-RateLimit-Interval-Milliseconds: 10000)."""
MARGIN = 0.1
"""Seconds that a window is taken longer, for requests that travel at different speeds."""
CATCH_UP = 1.25
"""How much faster than the even pace requests may follow each other, to catch up after a wait."""
MAX_PAUSE = 10.0
"""Seconds: after one whole window without a request, nothing is left to wait for."""
MAX_NUMBER = 9
"""Digits of a header's number: an account's requests of a day have seven."""
DAILY_WARNING = 0.05
"""The share of the day's requests that is left when a warning is due."""


class RateLimiter:
    """Lets at most `limit` requests start in any `window` seconds, evenly spread, whatever thread they come from.

    `most` caps the limit below what HubSpot allows, for tokens that several connections share.
    `clock` counts seconds; `wait` sleeps that many and says whether the process is to stop.
    """

    def __init__(
        self,
        wait: Callable[[float], bool],
        *,
        most: int | None = None,
        limit: int = FIRST_LIMIT,
        window: float = WINDOW,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wait = wait
        self._clock = clock
        self._most = most
        self._limit = limit
        self._window = window
        self._foreign = 0
        self._sent: deque[float] = deque()
        self._paused_until = 0.0
        self._pauses = 0
        self._daily: tuple[int, int] | None = None
        # One thread at a time stands at the gate and waits; the others queue behind it on this lock.
        self._gate = threading.Lock()

    @property
    def limit(self) -> int:
        """Requests per window that may start now: HubSpot's limit, less what others use of it, within the cap."""
        allowed = self._limit if self._most is None else min(self._limit, self._most)
        return max(1, min(allowed, self._limit - self._foreign))

    @property
    def granted(self) -> int:
        """Requests per window that HubSpot grants the token, whoever uses them: as it told last."""
        return self._limit

    def acquire(self) -> None:
        """Wait for the turn of one request. Raises Stopped where the process is to stop."""
        with self._gate:
            while (seconds := self._until_next()) > 0:
                if self._wait(seconds):
                    raise Stopped
            if self._wait(0):
                raise Stopped
            self._sent.append(self._clock())

    def _until_next(self) -> float:
        now = self._clock()
        limit = self.limit  # other threads learn meanwhile
        while self._sent and self._sent[0] <= now - self._window - MARGIN:
            self._sent.popleft()
        turns = [self._paused_until]
        if self._sent:
            turns.append(self._sent[-1] + self._window / (limit * CATCH_UP))
        if len(self._sent) >= limit:
            turns.append(self._sent[-limit] + self._window + MARGIN)
        return max(turns) - now

    def pause(self, seconds: float | None = None) -> None:
        """Stop all threads for `seconds`; without a number, for longer with each refusal in a row."""
        now = self._clock()
        if seconds is None:
            if now < self._paused_until:
                return
            self._pauses += 1
            seconds = min(MAX_PAUSE, 2.0**self._pauses)
        self._paused_until = max(self._paused_until, now + seconds)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take over the limits that an accepted request's answer tells; missing headers change nothing."""
        self._pauses = 0
        limit = _number(headers.get("X-HubSpot-RateLimit-Max"))
        if limit:
            self._limit = limit
            remaining = _number(headers.get("X-HubSpot-RateLimit-Remaining"))
            # What HubSpot counted beyond our own requests was sent by others with the same token.
            self._foreign = 0 if remaining is None else max(0, limit - remaining - len(self._sent))
        interval = _number(headers.get("X-HubSpot-RateLimit-Interval-Milliseconds"))
        if interval:
            self._window = interval / 1000
        daily = _number(headers.get("X-HubSpot-RateLimit-Daily"))
        left = _number(headers.get("X-HubSpot-RateLimit-Daily-Remaining"))
        if daily and left is not None:
            self._daily = (daily, left)

    @property
    def daily_left(self) -> int | None:
        """Requests left of the day, once they are few; None while they are many or unknown."""
        if self._daily is None or self._daily[1] > self._daily[0] * DAILY_WARNING:
            return None
        return self._daily[1]

    @property
    def share(self) -> float:
        """How much of the limit the last window used, 0 to 1."""
        now = self._clock()
        return min(1.0, sum(sent > now - self._window for sent in self._sent.copy()) / self.limit)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) <= MAX_NUMBER else None
