"""What a sync came to so far: the one place from which log lines, the dry run's report, and a page are made."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from destination_hubspot_calls.messages import Call, Checkpoint, LinkMiss, LinkRule, Rejection, Skipped, Stream
from destination_hubspot_calls.results import BatchResult, SettledState, Tally
from destination_hubspot_calls.sink.rejection_counts import MAX_NAMES, RejectionCounts
from destination_hubspot_calls.sink.spans import Lengths, Times, duration_of, end_of_tomorrow, time_of


@dataclass(slots=True)
class MissCount:
    """How often a rule made no link for one cause, and the first calls of it."""

    number: int = 0
    names: list[str] = field(default_factory=list)


@dataclass(slots=True)
class StreamSummary:
    """What a stream's records came to. Those that are none of the numbers here were rejected (RejectionCounts).

    `in_hubspot` are those that became a call or are part of one. `unconfirmed` were sent, and no answer said what
    became of them; `unsent` had not been sent when the sync ended. `changes`: how many calls an update changed each
    property of.
    """

    times: Times
    in_hubspot: int = 0
    skipped: int = 0
    unconfirmed: int = 0
    unsent: int = 0
    tally: Tally = field(default_factory=Tally)
    changes: Counter[str] = field(default_factory=Counter)
    misses: dict[tuple[LinkRule, str], MissCount] = field(default_factory=dict)
    lengths: Lengths = field(default_factory=Lengths)

    def note(self, properties: bytes) -> None:
        """Note the time and the length of a call that is in HubSpot."""
        called = time_of(properties)
        if called is not None:
            self.times.add(called)
        length = duration_of(properties)
        if length is not None:
            self.lengths.add(length)

    def miss(self, miss: LinkMiss, name: str) -> None:
        """Count a link that was not made."""
        count = self.misses.get((miss.rule, miss.cause))
        if count is None:
            count = self.misses[miss.rule, miss.cause] = MissCount()
        count.number += 1
        if name and len(count.names) < MAX_NAMES:
            count.names.append(name)


class Summary:
    """Counts records when what became of them is known, whether or not a state covers them. One thread uses it."""

    def __init__(
        self, now: Callable[[], float] = time.time, *, watch: Callable[[BatchResult], None] | None = None
    ) -> None:
        """`watch` hears of each batch that was written."""
        self._watch = watch
        self._tomorrow = end_of_tomorrow(now())
        self.streams: dict[Stream, StreamSummary] = {}
        self.rejections = RejectionCounts()
        self.states = 0
        """States that left."""
        self.covered = 0
        """Records that these states cover."""
        self.unlinked = 0
        """Lines of calls without a link that were stored, where there is a store."""
        self.broken_off = False
        """Whether the sync ended before its input did."""
        self.reached: int | None = None
        """The time of the last call that is known to be in HubSpot (milliseconds since 1970)."""

    @property
    def in_hubspot(self) -> int:
        """Records that became a call or are part of one, or were skipped."""
        return sum(stream.in_hubspot + stream.skipped for stream in self.streams.values())

    def of(self, stream: Stream) -> StreamSummary:
        """The summary of `stream`."""
        found = self.streams.get(stream)
        if found is None:
            found = self.streams[stream] = StreamSummary(Times(self._tomorrow))
        return found

    def records(self, stream: Stream) -> int:
        """How many records of a stream came."""
        found = self.of(stream)
        return found.in_hubspot + found.skipped + found.unconfirmed + found.unsent + self.rejections.records[stream]

    def add(self, result: BatchResult) -> list[Rejection]:
        """Count a batch that was written; returns its rejections, in order."""
        rejections, refused, position = list[Rejection](), result.rejections, 0
        name: Stream | None = None
        stream = StreamSummary(Times(self._tomorrow))
        for entry in result.batch.entries:
            if isinstance(entry, Checkpoint):
                continue
            if entry.stream is not name:  # mostly it is: then nothing has to be looked up
                name = entry.stream
                stream = self.of(name)
            if isinstance(entry, Call):
                rejection = refused.get(position) if refused else None
                position += 1
                if rejection is None:
                    stream.in_hubspot += 1
                    stream.note(entry.properties)
                    continue
            elif isinstance(entry, Skipped):
                stream.skipped += 1
                continue
            else:
                rejection = entry
            rejections.append(rejection)
        self._add_written(result, rejections)
        return rejections

    def _add_written(self, result: BatchResult, rejections: list[Rejection]) -> None:
        for rejection in rejections:
            self.rejections.add(rejection)
        self._tally(result)
        if self._watch is not None:
            self._watch(result)

    def add_broken_off(self, result: BatchResult) -> None:
        """Count a batch that was not written to its end: what is known of it, and what is not.

        A thread may still fill it.
        """
        rejections, became, unconfirmed = result.rejections.copy(), result.became.copy(), result.unconfirmed.copy()
        position = 0
        for entry in result.batch.entries:
            match entry:
                case Call() if position in rejections:
                    self.of(entry.stream)
                    self.rejections.add(rejections[position])
                case Call() if position in became:
                    self.of(entry.stream).in_hubspot += 1
                    self.of(entry.stream).note(entry.properties)
                case Call() if position in unconfirmed:
                    self.of(entry.stream).unconfirmed += 1
                case Call():
                    self.of(entry.stream).unsent += 1
                case Rejection():
                    self.of(entry.stream)
                    self.rejections.add(entry)
                case Skipped():
                    self.of(entry.stream).skipped += 1
                case Checkpoint():
                    pass
            position += isinstance(entry, Call)
        links, changes, misses = result.links.copy(), result.changes.copy(), result.misses.copy()
        self._tally(BatchResult(result.batch, became=became, links=links, changes=changes, misses=misses))

    def add_states(self, states: Sequence[SettledState]) -> None:
        """Count states that left."""
        self.states += len(states)
        self.covered += sum(state.written + state.rejected for state in states)

    def _tally(self, result: BatchResult) -> None:
        for stream, tally in result.tallies.streams.items():
            self.of(stream).tally.merge(tally)
        calls = result.batch.calls
        for position, names in result.changes.items():
            self.of(calls[position].stream).changes.update(names)
        for position, misses in result.misses.items():
            call = calls[position]
            for miss in misses:
                self.of(call.stream).miss(miss, call.name)
        if calls:
            self.reached = time_of(calls[-1].properties) or self.reached
