"""Counts what stood before each state, by its place among the settled entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from destination_hubspot_calls.messages import Call, Checkpoint, CheckpointKind, Rejection, Stream
from destination_hubspot_calls.results import BatchResult, Count, SettledState, Tally, counted_as


@dataclass(slots=True)
class Counts:
    """Records since a stream's last state."""

    written: int = 0
    rejected: int = 0
    tally: Tally = field(default_factory=Tally)

    def note(self, position: int, result: BatchResult) -> None:
        """Count what became of a call that was written."""
        self.written += 1
        counts = self.tally.counts
        what = result.became.get(position)
        if what is not None:
            counts[what] = counts.get(what, 0) + 1
        links = result.links.get(position)
        if links:
            counts[Count.LINKED] = counts.get(Count.LINKED, 0) + links
        if result.misses:
            for miss in result.misses.get(position, ()):
                if counted := counted_as(miss):
                    self.tally.add(counted)

    def merge(self, other: Counts) -> None:
        """Take over the counts of `other`."""
        self.written += other.written
        self.rejected += other.rejected
        self.tally.merge(other.tally)


class Checkpointer:
    """Tells each state's counts. A stream's state takes its stream's; any other takes those of all streams."""

    def __init__(self) -> None:
        self._counts: defaultdict[Stream, Counts] = defaultdict(Counts)

    def settle(self, result: BatchResult) -> Iterator[SettledState]:
        """The states of a settled batch, in order."""
        position = 0
        refused = result.rejections
        for entry in result.batch.entries:
            if isinstance(entry, Checkpoint):
                yield self._take(entry)
                continue
            counts = self._counts[entry.stream]
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

    def _take(self, checkpoint: Checkpoint) -> SettledState:
        if checkpoint.kind is CheckpointKind.STREAM and checkpoint.stream is not None:
            counts = self._counts.pop(checkpoint.stream, None) or Counts()
        else:
            counts = Counts()
            for other in self._counts.values():
                counts.merge(other)
            self._counts.clear()
        return SettledState(checkpoint, counts.written, counts.rejected, counts.tally.counts)
