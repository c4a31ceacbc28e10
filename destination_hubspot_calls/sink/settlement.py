"""Batches that were written: judged in the order they came, held while a stream is suspect, and released."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from destination_hubspot_calls.messages import Checkpoint, Rejection, Unlinked
from destination_hubspot_calls.results import BatchResult, SettledState, unlinked
from destination_hubspot_calls.sink.checkpoint import Checkpointer
from destination_hubspot_calls.sink.summary import Summary
from destination_hubspot_calls.sink.tolerance import TooManyRejected

SUSPENSE = 600.0
"""Seconds that states are held back for a stream whose records so far were all rejected."""


class Rejects(Protocol):
    """A store of rejected records."""

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Keep them durably."""

    def store_unlinked(self, unlinked: Sequence[Unlinked]) -> None:
        """Keep calls without a link that their records ask for."""


class Report(Protocol):
    """Tells of a sync's records."""

    def rejected(self, rejections: Sequence[Rejection]) -> None:
        """Records were rejected."""


class Judge(Protocol):
    """Says when rejected records stop a sync, and when states are better held back."""

    @property
    def is_suspicious(self) -> bool:
        """Whether states are better held back."""

    def stop_waiting(self) -> None:
        """States need not be held back for what is suspect now."""

    def judge(self, result: BatchResult) -> None:
        """Judge a batch. Raises what ends the sync."""


class Settlement:
    """Lets states go, each once, in order, when everything before it is in HubSpot, or rejected and stored.

    `emit` sends states to Airbyte.
    """

    def __init__(
        self,
        emit: Callable[[Sequence[SettledState]], None],
        *,
        rejects: Rejects,
        tolerance: Judge,
        summary: Summary,
        report: Report,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._emit = emit
        self._rejects = rejects
        self._tolerance = tolerance
        self._summary = summary
        self._report = report
        self._clock = clock
        self._checkpointer = Checkpointer()
        self._held: list[BatchResult] = []
        self._held_since = 0.0
        self._unstored: list[Rejection] = []
        self._unlinked: list[Unlinked] = []
        """What is to be stored of what is held."""
        # Bytes of entries that are held; whether no batch is settled any more: too many were rejected, or it is over.
        self.size, self.is_closed = 0, False

    def judge(self, result: BatchResult) -> None:
        """Take the next batch. Raises TooManyRejected: then it is not settled, nor is any after it."""
        rejections = self._summary.add(result)
        if rejections:
            self._report.rejected(rejections)
        try:
            self._tolerance.judge(result)
        except TooManyRejected:
            self.is_closed = True
            raise
        if not self._held:
            self._held_since = self._clock()
        self._held.append(result)
        self._unstored += rejections
        if result.misses:
            self._unlinked += unlinked(result)
        self.size += result.batch.size

    def join(self, checkpoint: Checkpoint) -> bool:
        """Let a state leave with the newest batch that is held; says whether there is one."""
        if not self._held:
            return False
        self._held[-1].batch.add(checkpoint)
        self.size += checkpoint.size
        return True

    def break_off(self, results: Sequence[BatchResult]) -> None:
        """The sync ends early: count batches that were not written to their end, or not begun; none is settled then."""
        if self._summary.broken_off:
            return
        self._summary.broken_off = self.is_closed = True
        for result in results:
            self._summary.add_broken_off(result)

    def stop_waiting(self) -> None:
        """Nothing more comes, or there is no more room: what is held need not be held for suspicion."""
        self._tolerance.stop_waiting()

    def release_if_due(self) -> None:
        """Release what is held, unless it is held for suspicion and not for long."""
        if not self._held or (self._tolerance.is_suspicious and self._clock() - self._held_since < SUSPENSE):
            return
        self._tolerance.stop_waiting()
        self.release()

    def release(self) -> None:
        """Store first, emit second. What settles together is stored together."""
        if self._unstored:
            self._rejects.store(self._unstored)
            self._unstored = []
        if self._unlinked:
            self._rejects.store_unlinked(self._unlinked)
            self._summary.unlinked += len(self._unlinked)
            self._unlinked = []
        # Not before: what could not be stored stays in the way of the states behind it. Nor later: what is stored
        # must not be stored again, nor a state sent twice, where sending fails half-way.
        held, self._held, self.size = self._held, [], 0
        states = [state for result in held for state in self._checkpointer.settle(result)]
        if states:
            self._emit(states)
            self._summary.add_states(states)
