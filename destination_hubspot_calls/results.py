"""What became of what flowed: of a batch, of the records before a state, and how often what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from destination_hubspot_calls.messages import (
    Batch,
    Call,
    Checkpoint,
    Entry,
    LinkMiss,
    LinkRule,
    MissCause,
    Rejection,
    Stream,
    Unlinked,
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
        streams = set(map(_STREAM, calls))
        for stream, became in _by_stream(streams, calls, self.became):
            for what, number in Counter(became).items():
                tallies.of(stream).add(what, number)
        for stream, links in _by_stream(streams, calls, self.links):
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


_STREAM = attrgetter("stream")


def _by_stream(
    streams: Collection[Stream], calls: Sequence[Call], known: Mapping[int, T]
) -> Iterable[tuple[Stream, list[T]]]:
    """What is known of calls, by stream. Most batches are of one."""
    if not known:
        return ()
    if len(streams) == 1:
        return ((next(iter(streams)), list(known.values())),)
    found: dict[Stream, list[T]] = {}
    for position, what in known.items():
        found.setdefault(calls[position].stream, []).append(what)
    return found.items()


def unlinked(result: BatchResult) -> Iterator[Unlinked]:
    """Calls without a link that is asked for, once for each rule, where they have no other link to such an object.

    Not those whose record says nothing: sending them again would change nothing.
    """
    for position, misses in result.misses.items():
        if position in result.rejections:
            continue
        call = result.batch.calls[position]
        for object_type in dict.fromkeys(miss.rule.object_type for miss in misses):
            of_type = [miss for miss in misses if miss.rule.object_type == object_type]
            looked_up = len(of_type) - sum(miss.rule.object_type == object_type for miss in call.misses)
            if sum(link.rule.object_type == object_type for link in call.links) <= looked_up:
                yield from _by_rule(call, of_type)


def _by_rule(call: Call, misses: Iterable[LinkMiss]) -> Iterator[Unlinked]:
    by_rule: dict[LinkRule, list[LinkMiss]] = {}
    for miss in misses:
        if miss.cause != MissCause.EMPTY:
            by_rule.setdefault(miss.rule, []).append(miss)
    for rule, of_rule in by_rule.items():
        values = "; ".join(miss.value for miss in of_rule)
        yield Unlinked(call.stream, call.name, call.line, rule, of_rule[0].cause, values)


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
