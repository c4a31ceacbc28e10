"""Several processes on one token, in virtual time: they share the window, use it up, and are rarely refused."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import pytest

from destination_hubspot_calls.hubspot.lanes import Lane, Lanes, Turn
from destination_hubspot_calls.hubspot.rate_limit import FIRST_LIMIT, WINDOW, RateLimiter

LIMIT = 190
SEARCHES = 5
IN_FLIGHT = 64


@dataclass(slots=True)
class Process:
    """A sync that always has something to send."""

    limiter: RateLimiter
    in_flight: int = 0
    waits: bool = False
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)


class Token:
    """HubSpot's rolling window of one token, and the processes that send with it; an event after the other."""

    def __init__(self, starts: Sequence[float], *, latency: float, seed: int, searches: bool = False) -> None:
        self.now = 0.0
        self.limit, self.seconds = (SEARCHES, 1.0) if searches else (LIMIT, WINDOW)
        self._searches = searches
        self.processes = [Process(self._limiter()) for _ in starts]
        self._latency = latency
        self._random = random.Random(seed)
        self._window: deque[float] = deque()
        self._events: list[tuple[float, int, object]] = []
        self._numbers = count()
        for process, start in zip(self.processes, starts, strict=True):
            self._at(start, lambda process=process: self._try(process))

    def _limiter(self) -> RateLimiter:
        first = self.limit if self._searches else FIRST_LIMIT
        return RateLimiter(lambda _: False, limit=first, window=self.seconds, clock=lambda: self.now)

    def run(self, seconds: float) -> None:
        """Let so much time pass."""
        while self._events[0][0] < seconds:
            self.now, _, event = heapq.heappop(self._events)
            assert callable(event)
            event()

    def disturb(self, every: float) -> None:
        """Let something else send with the token, in this rhythm, whatever it is told."""
        if len(self._window) < LIMIT:
            self._window.append(self.now)
        self._at(self.now + every, lambda: self.disturb(every))

    def _at(self, when: float, event: object) -> None:
        heapq.heappush(self._events, (when, next(self._numbers), event))

    def _try(self, process: Process) -> None:
        process.waits = False
        if process.in_flight == IN_FLIGHT:
            return
        seconds = process.limiter._until_next()
        if seconds <= 0:
            started = process.limiter.note()
            process.in_flight += 1
            # Requests take their time to arrive, and overtake each other.
            self._at(self.now + 0.02 + 0.05 * self._random.random(), lambda: self._arrive(process, started))
        process.waits = True
        self._at(self.now + max(seconds, 0.0) + 1e-6, lambda: self._try(process))

    def _arrive(self, process: Process, started: float) -> None:
        while self._window and self._window[0] <= self.now - self.seconds:
            self._window.popleft()
        accepted = len(self._window) < self.limit
        (process.accepted if accepted else process.refused).append(self.now)
        if accepted:
            self._window.append(self.now)
        left = self.limit - len(self._window)
        delay = self._latency * (0.7 + 0.6 * self._random.random())
        self._at(self.now + delay, lambda: self._answer(process, started, left if accepted else None))

    def _answer(self, process: Process, started: float, left: int | None) -> None:
        process.in_flight -= 1
        if self._searches:
            lane = Turn(Lane.SEARCH, process.limiter, started)
            lanes = Lanes(process.limiter, process.limiter, process.limiter)
            lanes.learn(lane, {}) if left is not None else lanes.pause(lane, None)
        elif left is None:
            process.limiter.pause(started=started)
        else:
            told = {"X-HubSpot-RateLimit-Max": str(LIMIT), "X-HubSpot-RateLimit-Remaining": str(left)}
            process.limiter.learn(told, started)
        if not process.waits:
            self._try(process)


def used(token: Token, since: float, until: float) -> float:
    """How much of the limit was used in a time, 0 to 1."""
    sent = sum(since <= at < until for process in token.processes for at in process.accepted)
    return sent / (token.limit * (until - since) / token.seconds)


def refused(token: Token) -> float:
    """The share of requests that were refused."""
    no = sum(len(process.refused) for process in token.processes)
    return no / (no + sum(len(process.accepted) for process in token.processes))


@pytest.mark.parametrize("latency", [0.1, 0.3, 1.0])
def test_one_process_uses_the_limit_up(latency: float) -> None:
    """What it takes for others' use must not be its own."""
    token = Token([0.0], latency=latency, seed=1)
    token.run(90.0)
    assert used(token, 0.0, 90.0) > 0.985
    assert refused(token) < 0.003


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("latency", [0.3, 1.0])
@pytest.mark.parametrize("starts", [(0.0, 0.0), (0.0, 3.0), (0.0, 20.0)])
def test_two_processes_share_the_limit_and_use_it_up(starts: tuple[float, ...], latency: float, seed: int) -> None:
    """The second would get almost nothing for a minute, or both would be refused again and again."""
    token = Token(starts, latency=latency, seed=seed)
    token.run(110.0)
    assert used(token, 0.0, 110.0) >= 0.95
    assert refused(token) <= 0.03
    late = [sum(at >= starts[1] + 15.0 for at in process.accepted) for process in token.processes]
    assert min(late) > 0.8 * max(late)


def test_a_second_process_gets_its_share_within_seconds() -> None:
    """A check beside a sync that uses everything must not wait for minutes."""
    token = Token([0.0, 30.0], latency=0.3, seed=3)
    token.run(60.0)
    first = [at for at in token.processes[1].accepted if at < 40.0]
    assert len(first) >= 20
    assert first[0] < 33.0


def test_what_one_leaves_the_other_takes() -> None:
    """A sync that ends must not leave half of the window unused."""
    token = Token([0.0, 0.0], latency=0.3, seed=4)
    token.run(30.0)
    token.processes[1].in_flight = IN_FLIGHT + 1  # it sends no more
    token.run(80.0)
    assert used(token, 55.0, 80.0) > 0.97


@pytest.mark.parametrize("others", [10, 30])
def test_what_sends_a_little_all_the_time_costs_little_more(others: int) -> None:
    """It does not grow, so that no more need be left to it for good."""
    token = Token([0.0], latency=0.3, seed=5)
    token.disturb(WINDOW / others)
    token.run(90.0)
    assert used(token, 30.0, 90.0) > (LIMIT * 0.96 - others) / LIMIT
    assert refused(token) < 0.01


@pytest.mark.parametrize("seed", [1, 2])
def test_three_processes_are_not_refused_all_the_time(seed: int) -> None:
    """The share is reckoned for two; more must come to no harm."""
    token = Token([0.0, 10.0, 20.0], latency=0.3, seed=seed)
    token.run(110.0)
    assert used(token, 0.0, 110.0) >= 0.93
    assert refused(token) <= 0.1
    late = [sum(at >= 40.0 for at in process.accepted) for process in token.processes]
    assert min(late) > 0.4 * max(late)


@pytest.mark.parametrize("seed", [1, 2])
def test_searches_of_two_processes_are_rarely_refused_though_nothing_tells_of_the_other(seed: int) -> None:
    """Answers to searches have no headers: each would take all five of a second, and half of them be refused."""
    token = Token([0.0, 5.0], latency=0.25, seed=seed, searches=True)
    token.run(120.0)
    assert used(token, 10.0, 120.0) > 0.75
    assert refused(token) < 0.07
    late = [sum(at >= 20.0 for at in process.accepted) for process in token.processes]
    assert min(late) > 0.6 * max(late)


def test_searches_of_one_process_are_as_many_as_there_may_be() -> None:
    """After another one has ended, too."""
    token = Token([0.0, 0.0], latency=0.25, seed=1, searches=True)
    token.run(30.0)
    token.processes[1].in_flight = IN_FLIGHT + 1  # it sends no more
    token.run(100.0)
    assert used(token, 80.0, 100.0) > 0.88
