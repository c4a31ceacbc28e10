"""What became of what flowed: of a batch, of the records before a state, and how often what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from destination_hubspot_calls.messages import (
    Batch,
    Call,
    Checkpoint,
    Entry,
    LinkMiss,
    MissCause,
    Rejection,
    Stream,
)

Misses = dict[int, list[LinkMiss]]
"""Links that were not made, by the position of their call in its batch."""


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
    """A batch and what became of it, by position among its calls. Without a rejection a call is in HubSpot.

    It is filled while the batch is written, so that it tells what was done where that breaks off: a call is then in
    HubSpot if `became` has it. `became` is one of Count's; `links` the number of links of each call that was linked.
    `unconfirmed`: calls that were sent and whose answer was not read (yet).
    """

    batch: Batch = field(default_factory=Batch)
    rejections: dict[int, Rejection] = field(default_factory=dict)
    became: dict[int, str] = field(default_factory=dict)
    links: dict[int, int] = field(default_factory=dict)
    misses: Misses = field(default_factory=dict)
    unconfirmed: set[int] = field(default_factory=set)

    @property
    def tallies(self) -> Tallies:
        """How often what happened, by stream."""
        tallies = Tallies()
        calls = self.batch.calls
        for position, what in self.became.items():
            tallies.of(calls[position].stream).add(what)
        for position, links in self.links.items():
            tallies.of(calls[position].stream).add(Count.LINKED if links else Count.UNLINKED, links or 1)
        for position, misses in self.misses.items():
            for miss in misses:
                count = Count.AMBIGUOUS if miss.cause == MissCause.SEVERAL else Count.MISSED
                tallies.of(calls[position].stream).add(count)
        return tallies

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
