"""Requests that several batches share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from destination_hubspot_calls.hubspot.errors import Stopped

I = TypeVar("I")  # noqa: E741 - an item
O = TypeVar("O")  # noqa: E741 - what it came to

LINGER = 2.0
"""Seconds that a request which is not full waits for the items of other batches."""
STEP = 0.25
"""Seconds between two looks at whether it is time."""


@dataclass(slots=True, eq=False)
class _Wanted(Generic[I, O]):
    """An item, and by and by what it came to."""

    item: I
    outcome: O | None = None
    error: Exception | None = None

    @property
    def is_open(self) -> bool:
        return self.outcome is None and self.error is None


@dataclass(slots=True)
class _Queue(Generic[I, O]):
    """The items that wait for a request of one kind, and since when the first of them does."""

    wanted: list[_Wanted[I, O]] = field(default_factory=list)
    since: float = 0.0


class InFlight:
    """How many batches are being written, and how many of these wait for a request to fill. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches = 0
        self.waiting = 0

    def __enter__(self) -> None:
        with self._lock:
            self._batches += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._batches -= 1

    def wait(self, number: int) -> None:
        """Note that a batch begins to wait (1), or has ended to (-1)."""
        with self._lock:
            self.waiting += number

    @property
    def all_wait(self) -> bool:
        """Whether no batch is left that could add to a request."""
        return self.waiting >= self._batches


class Gatherer(Generic[I, O]):
    """Sends items of several batches in one request, up to `room` of them. Threads may use it at the same time.

    A request is sent, by one of the threads that wait, as soon as it is full, or nobody else could add to it, or it has
    waited for two seconds. So a lone batch never waits. `send(kind, items)` returns what each came to, in order;
    what it raises, all raise whose items it had.
    """

    def __init__(
        self,
        send: Callable[[str, Sequence[I]], Sequence[O]],
        room: int,
        in_flight: InFlight,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._room = room
        self._in_flight = in_flight
        self._clock = clock
        # Guards the queues; waited on until an item is settled. Never held during a request.
        self._turn = threading.Condition()
        self._queues: dict[str, _Queue[I, O]] = {}

    def ask(self, kind: str, items: Sequence[I]) -> list[O]:
        """What each item comes to, in order. Raises HubSpotError."""
        return self.ask_all({kind: items})[kind]

    def ask_all(self, asked: Mapping[str, Sequence[I]]) -> dict[str, list[O]]:
        """The same of items of several kinds, which wait for their requests at the same time."""
        with self._turn:
            wanted = {kind: self._enqueue(kind, items) for kind, items in asked.items()}
        while due := self._next_block(wanted):
            self._settle(*due)
        return {kind: [_outcome(item) for item in items] for kind, items in wanted.items()}

    def _enqueue(self, kind: str, items: Sequence[I]) -> list[_Wanted[I, O]]:
        queue = self._queues.setdefault(kind, _Queue())
        if not queue.wanted:
            queue.since = self._clock()
        wanted: list[_Wanted[I, O]] = [_Wanted(item) for item in items]
        queue.wanted += wanted
        return wanted

    def _next_block(self, wanted: Mapping[str, Sequence[_Wanted[I, O]]]) -> tuple[str, list[_Wanted[I, O]]] | None:
        """Wait until it is this thread's turn to send a request, or until all it wants is settled: then nothing."""
        self._in_flight.wait(1)
        try:
            with self._turn:
                while left := [kind for kind, items in wanted.items() if any(item.is_open for item in items)]:
                    for kind in left:
                        if block := self._take_due(self._queues[kind]):
                            return kind, block
                    self._turn.wait(STEP)
            return None
        finally:
            self._in_flight.wait(-1)

    def _take_due(self, queue: _Queue[I, O]) -> list[_Wanted[I, O]]:
        """The items of the next request, if it is time for it."""
        if not queue.wanted or not self._is_due(queue):
            return []
        block = queue.wanted[: self._room]
        del queue.wanted[: self._room]
        queue.since = self._clock()
        return block

    def _is_due(self, queue: _Queue[I, O]) -> bool:
        is_full = len(queue.wanted) >= self._room
        return is_full or self._in_flight.all_wait or self._clock() - queue.since >= LINGER

    def _settle(self, kind: str, block: Sequence[_Wanted[I, O]]) -> None:
        outcomes: Sequence[O] = ()
        error: Exception = Stopped()
        try:
            outcomes = self._send(kind, [item.item for item in block])
        except Exception as raised:  # noqa: BLE001 - those whose items these are raise it
            error = raised
        finally:
            with self._turn:
                for place, item in enumerate(block):
                    if place < len(outcomes):
                        item.outcome = outcomes[place]
                    else:
                        item.error = error
                self._turn.notify_all()


def _outcome(item: _Wanted[I, O]) -> O:
    if item.error is not None:
        raise item.error
    assert item.outcome is not None
    return item.outcome
