"""What became of what flowed: of a batch, of the records before a state, and how often what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from destination_hubspot_calls.messages import Batch, Call, Checkpoint, Entry, Rejection, Stream


class Count:
    """What a tally counts of calls and links."""

    CREATED = "created"
    UPDATED = "updated"
    THERE = "there already"
    REPEATED = "repeated in one batch"
    LINKED = "links made"
    MISSED = "links without a match"
    AMBIGUOUS = "links with several matches"
    UNLINKED = "calls without any link"
    SKIPPED = "records skipped by only_if"


@dataclass(slots=True)
class Tally:
    """What happened, by what it is called: counts that a summary shows."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, number: int = 1) -> None:
        """Count `what` `number` more times."""
        self.counts[what] = self.counts.get(what, 0) + number

    def merge(self, other: Tally) -> None:
        """Take over the counts of `other`."""
        for what, number in other.counts.items():
            self.add(what, number)


@dataclass(slots=True)
class Tallies:
    """What happened, by stream."""

    streams: dict[Stream, Tally] = field(default_factory=dict)

    def of(self, stream: Stream) -> Tally:
        """The tally of `stream`."""
        tally = self.streams.get(stream)
        if tally is None:
            tally = self.streams[stream] = Tally()
        return tally

    def merge(self, other: Tallies) -> None:
        """Take over the counts of `other`."""
        for stream, tally in other.streams.items():
            self.of(stream).merge(tally)


@dataclass(slots=True)
class BatchResult:
    """A batch and what became of it: the rejections by position among its calls; every other call is in HubSpot."""

    batch: Batch = field(default_factory=Batch)
    rejections: dict[int, Rejection] = field(default_factory=dict)
    tallies: Tallies = field(default_factory=Tallies)

    def outcomes(self) -> Iterator[tuple[Entry, Rejection | None]]:
        """Each entry with its rejection, in order: the mapping's own, or HubSpot's of a call."""
        position = 0
        for entry in self.batch.entries:
            if isinstance(entry, Call):
                yield entry, self.rejections.get(position)
                position += 1
            else:
                yield entry, entry if isinstance(entry, Rejection) else None


class SettledState(NamedTuple):
    """A state that is true now, and the records since the one before it: written, and rejected."""

    checkpoint: Checkpoint
    written: int
    rejected: int
