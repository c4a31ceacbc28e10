"""Counts what stood before each state, by its place among the settled entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from destination_hubspot_calls.messages import Call, Checkpoint, Rejection, Stream
from destination_hubspot_calls.results import BatchResult, Count, SettledState, counted_as


@dataclass(slots=True)
class Counts:
    """Records since a stream's last state; `tally` says what the written ones became."""

    written: int = 0
    rejected: int = 0
    tally: dict[str, int] = field(default_factory=dict)

    def note(self, position: int, result: BatchResult) -> None:
        """Count what became of a call that was written."""
        self.written += 1
        tally = self.tally
        what = result.became.get(position)
        if what is not None:
            tally[what] = tally.get(what, 0) + 1
        links = result.links.get(position)
        if links:
            tally[Count.LINKED] = tally.get(Count.LINKED, 0) + links
        if result.misses:
            for miss in result.misses.get(position, ()):
                if counted := counted_as(miss):
                    tally[counted] = tally.get(counted, 0) + 1

    def merge(self, other: Counts) -> None:
        """Take over the counts of `other`."""
        self.written += other.written
        self.rejected += other.rejected
        for what, number in other.tally.items():
            self.tally[what] = self.tally.get(what, 0) + number


class Checkpointer:
    """Tells each state's counts. A stream's state takes its stream's; any other takes those of all streams."""

    def __init__(self) -> None:
        self._counts: dict[Stream, Counts] = {}

    def settle(self, result: BatchResult) -> Iterator[SettledState]:
        """The states of a settled batch, in order."""
        position = 0
        refused = result.rejections
        name: Stream | None = None
        counts = Counts()
        for entry in result.batch.entries:
            if isinstance(entry, Checkpoint):
                yield self._take(entry)
                name = None
                continue
            if entry.stream is not name:  # mostly it is: then nothing has to be looked up
                name = entry.stream
                counts = self._of(name)
            if isinstance(entry, Call):
                if position in refused:
                    counts.rejected += 1
                else:
                    counts.note(position, result)
                position += 1
            elif isinstance(entry, Rejection):
                counts.rejected += 1
            else:
                counts.written += 1

    def _of(self, stream: Stream) -> Counts:
        counts = self._counts.get(stream)
        if counts is None:
            counts = self._counts[stream] = Counts()
        return counts

    def _take(self, checkpoint: Checkpoint) -> SettledState:
        if checkpoint.stream is not None:
            counts = self._counts.pop(checkpoint.stream, None) or Counts()
        else:
            counts = Counts()
            for other in self._counts.values():
                counts.merge(other)
            self._counts.clear()
        return SettledState(checkpoint, counts.written, counts.rejected, counts.tally)
