"""One limiter for all threads: HubSpot's rolling window, paced, and fed by what its headers say."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from destination_hubspot_calls.hubspot.errors import Stopped
from destination_hubspot_calls.hubspot.waiting import Limit

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
FIRST_PAUSE = 0.5
"""Seconds that the first refusal in a row stops all threads for: others used a little more than was seen."""
KEPT = 5.0
"""Seconds that starts are remembered beyond a window."""

# How two processes come to share one window, tried with two and three of them against a modelled one
# (unit_tests/hubspot/test_sharing.py): together above 95 %, under 3 % refused, the smaller near the larger in 15 s.
SMOOTHING = 0.3
"""The weight of one answer in what is seen of others: requests overtake each other."""
NOISE = 0.03
"""The share of the limit below which what others seem to use may be requests of our own that overtook each other."""
SLACK = 0.02
"""The share of the limit that stays free where others are seen, so that what both see wrong is no refusal."""
GIVE_WAY = 0.2
"""The share of what it has more than others that a limiter leaves to them on top, while they grow."""
SLOWED = 0.7
"""What is left of the pace after a refusal where no answer tells what others use, as with searches."""
SPED = 0.03
"""Requests a window that each accepted one adds to it again."""
SMALL = 2
"""How many times our own share others must have before one request looks again, and again, what they leave."""
LOOK_AGAIN = 1.0
"""Seconds after which it does."""

MAX_NUMBER = 9
"""Digits of a header's number: an account's requests of a day have seven."""
DAILY_WARNING = 0.05
"""The share of the day's requests that is left when a warning is due."""


class RateLimiter:
    """Lets at most `limit` requests start in any `window` seconds, evenly spread, whatever thread they come from.

    `most` caps the limit below what HubSpot allows, for tokens that several connections share.
    `clock` counts seconds; `wait` sleeps that many and says whether the process is to stop.

    What HubSpot counts beyond our own requests was sent by others with the same token, and is left to them. Who has
    more than the others together gives way while they grow, until both have the same: else who came first would keep
    all, as each takes what the other leaves.
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
        self._told = False
        self._foreign, self._average, self._foreign_peak = 0, 0.0, 0
        self._seen_at = 0.0
        self._yields_until = 0.0
        self._sent: deque[float] = deque()
        self._queue: deque[float] = deque()
        self._paused_until, self._pauses = 0.0, 0
        self._slowed: float | None = None
        self._daily: tuple[int, int] | None = None
        # One thread at a time stands at the gate and waits; the others queue behind it on this lock.
        self._gate = threading.Lock()

    @property
    def limit(self) -> int:
        """Requests per window that may start now: HubSpot's limit, less what others use of it, within the cap."""
        foreign = self._foreign
        allowed = self._limit if self._most is None else min(self._limit, self._most)
        if foreign:
            if self._clock() < self._yields_until:
                foreign += max(0, int((self._limit - 2 * foreign) * GIVE_WAY))
            foreign += round(self._limit * SLACK)
        return max(1, min(allowed, self._limit - foreign))

    def acquire(self) -> float:
        """Wait for the turn of one request, and say when it was. Raises Stopped where the process is to stop."""
        self._queue.append(self._clock())
        try:
            with self._gate:
                while (seconds := self._until_next()) > 0:
                    if self._wait(seconds):
                        raise Stopped
                if self._wait(0):
                    raise Stopped
                return self.note()
        finally:
            self._queue.popleft()

    @property
    def now(self) -> float:
        """Seconds, as starts are told in."""
        return self._clock()

    def note(self) -> float:
        """Count a request that starts now."""
        now = self._clock()
        self._sent.append(now)
        return now

    def _until_next(self) -> float:
        now = self._clock()
        limit = self.limit  # other threads learn meanwhile
        while self._sent and self._sent[0] <= now - self._window - KEPT:
            self._sent.popleft()
        turns = [self._paused_until]
        if self._sent:
            # What others leave is taken as it comes: at the pace of a small share, that would not grow.
            pace = max(limit, min(self._limit, self._most or self._limit) // 2) if self._foreign else limit
            turns.append(self._sent[-1] + self._window / (self._slowed or pace * CATCH_UP))
        if len(self._sent) >= limit:
            turn = self._sent[-limit] + self._window + MARGIN
            # What was seen of others grows old: where they have nearly all, one request shows it anew.
            looks = self._foreign > SMALL * limit
            turns.append(min(turn, max(self._seen_at, self._sent[-1]) + LOOK_AGAIN) if looks else turn)
        return max(turns) - now

    def pause(self, seconds: float | None = None, started: float | None = None) -> None:
        """Stop all threads for `seconds`; without a number, for longer with each refusal in a row.

        `started`: what `acquire` said of the request that was refused: it does not count.
        """
        now = self._clock()
        if started is not None:
            with suppress(ValueError):
                self._sent.remove(started)
        if seconds is None:
            if now < self._paused_until:
                return
            self._pauses += 1
            seconds = min(MAX_PAUSE, FIRST_PAUSE * 2.0 ** (self._pauses - 1))
        self._paused_until = max(self._paused_until, now + seconds)

    def slow_down(self) -> None:
        """A request was refused, and no answer tells what others use: from now on fewer start, and evenly."""
        self._slowed = max(1.0, (self._slowed or self._limit) * SLOWED)

    def speed_up(self) -> None:
        """A request was accepted: where fewer start than may, a little more do."""
        if self._slowed is not None:
            faster = self._slowed + SPED
            self._slowed = faster if faster < self._limit else None

    def learn(self, headers: Mapping[str, str], started: float | None = None) -> None:
        """Take over the limits that an accepted request's answer tells; missing headers change nothing.

        `started`: what `acquire` said of that request.
        """
        self._pauses = 0
        counted = self.counted(headers)
        if counted is not None:
            self._limit, used = counted
            self._told = True
            now = self._clock()
            self._share_with(used - self._own(now if started is None else started))
        interval = _number(headers.get("X-HubSpot-RateLimit-Interval-Milliseconds"))
        if interval:
            self._window = interval / 1000
        daily = _number(headers.get("X-HubSpot-RateLimit-Daily"))
        left = _number(headers.get("X-HubSpot-RateLimit-Daily-Remaining"))
        if daily and left is not None:
            self._daily = (daily, left)

    def _share_with(self, foreign: int) -> None:
        """Others were seen to have so many requests in the window, give or take those that overtook each other."""
        self._seen_at = self._clock()
        self._average += (foreign - self._average) * SMOOTHING
        foreign = round(self._average)
        foreign = foreign if foreign > self._limit * NOISE else 0
        self._foreign = foreign
        if foreign > self._foreign_peak + 1:
            self._foreign_peak = foreign
            self._yields_until = self._clock() + self._window
        elif self._clock() >= self._yields_until:
            self._foreign_peak = foreign

    @staticmethod
    def counted(headers: Mapping[str, str]) -> tuple[int, int] | None:
        """The limit that an answer tells, and how much of it was used; None where it tells none."""
        limit = _number(headers.get("X-HubSpot-RateLimit-Max"))
        if not limit:
            return None
        remaining = _number(headers.get("X-HubSpot-RateLimit-Remaining"))
        return limit, 0 if remaining is None else max(0, limit - remaining)

    @property
    def told(self) -> int | None:
        """HubSpot's own limit, once it said so."""
        return self._limit if self._told else None

    @property
    def sent(self) -> int:
        """Requests of this process that started within the last window."""
        return self._own(self._clock())

    @property
    def is_used(self) -> bool:
        """Whether any request started in it of late, or waits for that."""
        return bool(self._sent or self._queue)

    @property
    def daily(self) -> tuple[int, int] | None:
        """The requests of a day, and those that are left; None where HubSpot does not tell."""
        return self._daily

    @property
    def daily_left(self) -> int | None:
        """Requests left of the day, once they are few; None while they are many or unknown."""
        if self._daily is None or self._daily[1] > self._daily[0] * DAILY_WARNING:
            return None
        return self._daily[1]

    @property
    def share(self) -> float:
        """How much of the limit the last window used, 0 to 1."""
        return min(1.0, self.sent / self.limit)

    def state(self, name: str) -> Limit:
        """What of the limit is in use, and who waits for it."""
        now = self._clock()
        queue = self._queue.copy()
        return Limit(
            name,
            most=self.limit,
            window=self._window,
            share=self.share,
            queue=len(queue),
            since=now - queue[0] if queue else 0.0,
            paused=max(0.0, self._paused_until - now),
        )

    def _own(self, now: float) -> int:
        """Own requests in the window that ends at a time."""
        sent = list(self._sent)  # in order: each is noted at the gate
        return bisect_right(sent, now) - bisect_right(sent, now - self._window)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) <= MAX_NUMBER else None
