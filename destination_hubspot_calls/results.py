"""What became of what flowed: of a batch, of the records before a state, and how often what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, TypeVar

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

T = TypeVar("T")

Misses = dict[int, list[LinkMiss]]
"""Links that were not made, by the position of their call in its batch."""


class Count:
    """What a tally counts of calls and links."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    THERE = "already existing"
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
    HubSpot if `became` has it. `became` is one of Count's; `links` the number of links of each call that was linked;
    `changes` the properties that an update wrote.
    `unconfirmed`: calls that were sent and whose answer was not read (yet).
    """

    batch: Batch = field(default_factory=Batch)
    rejections: dict[int, Rejection] = field(default_factory=dict)
    became: dict[int, str] = field(default_factory=dict)
    links: dict[int, int] = field(default_factory=dict)
    changes: dict[int, tuple[str, ...]] = field(default_factory=dict)
    misses: Misses = field(default_factory=dict)
    unconfirmed: set[int] = field(default_factory=set)

    @property
    def tallies(self) -> Tallies:
        """How often what happened, by stream."""
        tallies = Tallies()
        calls = self.batch.calls
        for stream, positions in _by_stream(calls, self.became):
            for what, number in Counter(positions).items():
                tallies.of(stream).add(what, number)
        for stream, links in _by_stream(calls, self.links):
            made = sum(links)
            if made:
                tallies.of(stream).add(Count.LINKED, made)
            if 0 in links:
                tallies.of(stream).add(Count.UNLINKED, links.count(0))
        for position, misses in self.misses.items():
            for miss in misses:
                if counted_miss := counted_as(miss):
                    tallies.of(calls[position].stream).add(counted_miss)
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


def counted_as(miss: LinkMiss) -> str | None:
    """What a missing link counts as in a tally; one that the record did not ask for is none."""
    if miss.cause == MissCause.EMPTY:
        return None
    return Count.AMBIGUOUS if miss.cause == MissCause.SEVERAL else Count.MISSED


def _by_stream(calls: Sequence[Call], known: Mapping[int, T]) -> Iterable[tuple[Stream, list[T]]]:
    """What is known of calls, by stream. Most batches are of one."""
    if not known:
        return ()
    first = calls[0].stream
    if all(call.stream == first for call in calls):
        return ((first, list(known.values())),)
    found: dict[Stream, list[T]] = {}
    for position, what in known.items():
        found.setdefault(calls[position].stream, []).append(what)
    return found.items()


class SettledState(NamedTuple):
    """A state that is true now, and the records since the one before it: written, and rejected.

    `tally` says what became of the written ones, by Count's words.
    """

    checkpoint: Checkpoint
    written: int
    rejected: int
    tally: Mapping[str, int] = MappingProxyType({})


def counted(number: int, noun: str, nouns: str = "") -> str:
    """A number as it is read, with its noun: `1 record`, `1,279 records`."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"
