"""Counts what stood before each state, by its place among the settled entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from destination_hubspot_calls.messages import Checkpoint, CheckpointKind, Stream
from destination_hubspot_calls.results import BatchResult, SettledState


class Settled(NamedTuple):
    """A state that is true now, and the records since the one before it: written, and rejected."""

    checkpoint: Checkpoint
    written: int
    rejected: int


@dataclass(slots=True)
class Counts:
    """Records since a stream's last state."""

    written: int = 0
    rejected: int = 0


class Checkpointer:
    """Tells each state's counts. A stream's state takes its stream's; any other takes those of all streams."""

    def __init__(self) -> None:
        self._counts: defaultdict[Stream, Counts] = defaultdict(Counts)

    def settle(self, result: BatchResult) -> Iterator[SettledState]:
        """The states of a settled batch, in order."""
        for entry, rejection in result.outcomes():
            if isinstance(entry, Checkpoint):
                yield self._take(entry)
            elif rejection:
                self._counts[entry.stream].rejected += 1
            else:
                self._counts[entry.stream].written += 1

    def _take(self, checkpoint: Checkpoint) -> SettledState:
        if checkpoint.kind is CheckpointKind.STREAM and checkpoint.stream is not None:
            counts = self._counts.pop(checkpoint.stream, None) or Counts()
            return SettledState(checkpoint, counts.written, counts.rejected)
        taken = list(self._counts.values())
        self._counts.clear()
        return SettledState(
            checkpoint, sum(counts.written for counts in taken), sum(counts.rejected for counts in taken)
        )
