"""Keys of many batches → records, each key asked for once."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from destination_hubspot_calls.associations.cache import Cache
from destination_hubspot_calls.associations.finder import Finder
from destination_hubspot_calls.associations.match import Match, NoMatch
from destination_hubspot_calls.hubspot.errors import Refusal, Stopped

MAX_REFUSED = 3
"""Keys that HubSpot refuses, one by one and without any answer, before it is asked for one that must be good."""
MIN_WHOLE = 20
"""Keys of a request from which on it is the property that HubSpot refuses, where it refuses each of them."""
MISS_LASTS = 300.0
"""Seconds after which a key that had no match, or several, is asked for again: people and syncs add contacts."""


class Unsearchable(Exception):
    """HubSpot refuses to look anything up in this way; the text is its code."""


@dataclass(slots=True)
class PendingKey:
    """A key that is asked for: who wants it holds on to this, until it is settled."""

    key: str
    size: int
    outcome: Match | None = None
    error: Exception | None = None

    @property
    def is_open(self) -> bool:
        """Whether the answer is still to come."""
        return self.outcome is None and self.error is None

    def result(self) -> Match:
        """What it came to. Raises what the request raised."""
        if self.error is not None:
            raise self.error
        assert self.outcome is not None
        return self.outcome


class _Missed:
    """No match that may be one later. Those of one time share one of these."""

    __slots__ = ("outcome", "until")

    def __init__(self, outcome: NoMatch, until: float) -> None:
        self.outcome = outcome
        self.until = until


class Lookup:
    """Finds records in one way for all threads, and remembers what it found, misses too.

    Keys wait in one queue. A request is sent, by one of the threads that wait, as soon as the queue fills it; one that
    is not full is sent only while no other is under way. So a lone batch never waits, and while requests take their
    time the keys of other batches gather for the next. A request that fails fails those who wait for its keys, and
    nothing of it is remembered.
    """

    def __init__(self, finder: Finder, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._finder = finder
        self._room = finder.room
        self._clock = clock
        self._known: Cache[Match | _Missed] = Cache(most)
        self._missed: dict[NoMatch, _Missed] = {}
        self._refused = 0
        self._answers = False
        # Guards all below; waited on until a key is settled. Never held during a request.
        self._turn = threading.Condition()
        self._pending: dict[str, PendingKey] = {}
        self._queue: deque[PendingKey] = deque()
        self._queued = 0
        self._under_way = 0

    @property
    def invalid_reason(self) -> str:
        """What is said of an unreadable value."""
        return self._finder.normalizer.invalid_reason

    def cause(self, value: str) -> str:
        """Why a value is unreadable, in few words that can be counted."""
        return self._finder.normalizer.cause(value)

    def find(self, values: Iterable[str]) -> dict[str, Match]:
        """What each value leads to. Raises HubSpotError, Unsearchable."""
        found: dict[str, Match] = {}
        unknown = []
        for value in values:
            outcome = self._recall(value)
            if outcome is None:
                unknown.append(value)
            else:
                found[value] = outcome
        if unknown:
            found |= self._find_unknown(unknown)
        return found

    def forget(self, values: Iterable[str]) -> None:
        """Ask for these again, whoever wants them next: what they led to is gone."""
        for value in values:
            self._known.forget(value)
            key = self._finder.normalizer.normalize(value)
            if key is not None:
                self._known.forget(key)

    def _recall(self, key: str) -> Match | None:
        known = self._known.get(key)
        if isinstance(known, _Missed):
            return known.outcome if self._clock() < known.until else None
        return known

    def _remember(self, key: str, outcome: Match) -> None:
        if outcome is NoMatch.NONE or outcome is NoMatch.SEVERAL:
            self._known.put(key, self._miss(outcome))
        else:
            self._known.put(key, outcome)

    def _miss(self, outcome: NoMatch) -> _Missed:
        """One for many keys, and less than a tenth older than it says."""
        until = self._clock() + MISS_LASTS
        missed = self._missed.get(outcome)
        if missed is None or missed.until < until - MISS_LASTS / 10:
            missed = self._missed[outcome] = _Missed(outcome, until)
        return missed

    def _find_unknown(self, values: Sequence[str]) -> dict[str, Match]:
        keys = {value: self._finder.normalizer.normalize(value) for value in values}
        pending = self._ask_all(dict.fromkeys(key for key in keys.values() if key is not None))
        found: dict[str, Match] = {}
        for value, key in keys.items():
            found[value] = NoMatch.UNREADABLE if key is None else pending[key].result()
            if key != value:
                self._remember(value, found[value])
        return found

    def _ask_all(self, keys: Iterable[str]) -> dict[str, PendingKey]:
        """Ask for keys, or join those who do, and come back when all are settled."""
        sizes = {key: self._finder.size(key) for key in keys}
        with self._turn:
            pending = {key: self._pending_key(key, size) for key, size in sizes.items()}
        while block := self._next_block(pending.values()):
            self._send(block)
        return pending

    def _pending_key(self, key: str, size: int) -> PendingKey:
        """Who asks for a key already, who did, or a new one in the queue."""
        item = self._pending.get(key)
        if item is not None:
            return item
        known = NoMatch.UNSEARCHABLE if size > self._room else self._recall(key)
        item = PendingKey(key, size, known)
        if item.is_open:
            self._pending[key] = item
            self._queue.append(item)
            self._queued += size
        return item

    def _next_block(self, wanted: Iterable[PendingKey]) -> list[PendingKey]:
        """Wait until it is this thread's turn to send a request, or until all it wants is settled: then nothing."""
        with self._turn:
            while any(item.is_open for item in wanted):
                if self._queue and (self._queued >= self._room or not self._under_way):
                    return self._take()
                self._turn.wait()
        return []

    def _take(self) -> list[PendingKey]:
        block: list[PendingKey] = []
        size = 0
        while self._queue and size + self._queue[0].size <= self._room:
            block.append(self._queue.popleft())
            size += block[-1].size
        self._queued -= size
        self._under_way += 1
        if self._queued >= self._room:
            self._turn.notify()  # there is another request to send at once
        return block

    def _send(self, block: Sequence[PendingKey]) -> None:
        outcomes: Mapping[str, Match] = {}
        error: Exception = Stopped()
        try:
            outcomes = self._ask([item.key for item in block])
        except Exception as raised:  # noqa: BLE001 - those who wait for these keys raise it
            error = raised
        finally:
            self._settle(block, outcomes, error)

    def _settle(self, block: Sequence[PendingKey], outcomes: Mapping[str, Match], error: Exception) -> None:
        with self._turn:
            for item in block:
                outcome = outcomes.get(item.key)
                if outcome is None:
                    item.error = error
                else:
                    item.outcome = outcome
                    self._remember(item.key, outcome)
                del self._pending[item.key]
            self._under_way -= 1
            self._turn.notify_all()

    def _ask(self, keys: Sequence[str]) -> Mapping[str, Match]:
        """One request, or those of its keys that HubSpot takes. Raises HubSpotError, Unsearchable."""
        refusals: list[Refusal] = []
        outcomes = self._narrow(keys, refusals)
        if len(keys) >= MIN_WHOLE and not self._answers:  # so that each of them was refused
            raise _unsearchable(refusals[0])
        return outcomes

    def _narrow(self, keys: Sequence[str], refusals: list[Refusal]) -> Mapping[str, Match]:
        """Where HubSpot refuses a request for the sake of some key, that is found by halving."""
        try:
            outcomes = self._finder.find(keys)
        except Refusal as refusal:
            if len(keys) == 1:
                refusals.append(refusal)
                self._note_refusal(refusal)
                return {keys[0]: NoMatch.UNSEARCHABLE}
            half = len(keys) // 2
            return {**self._narrow(keys[:half], refusals), **self._narrow(keys[half:], refusals)}
        self._answers = True
        return outcomes

    def _note_refusal(self, refusal: Refusal) -> None:
        """Odd values may come one after another; a good one tells them from a property that cannot be searched."""
        self._refused += 1
        sample = self._finder.normalizer.sample
        if self._answers or self._refused != MAX_REFUSED or sample is None:
            return
        try:
            self._finder.find([sample])
        except Refusal:
            raise _unsearchable(refusal) from None
        self._answers = True


def _unsearchable(refusal: Refusal) -> Unsearchable:
    return Unsearchable(refusal.problem.category or str(refusal.status))
