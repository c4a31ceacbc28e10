"""What a summary says, line by line: numbers, keys, and our own words, never content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from destination_hubspot_calls.messages import LinkRule, MissCause, Stream
from destination_hubspot_calls.results import Count, counted
from destination_hubspot_calls.sink.spans import DURATION, Lengths, Times
from destination_hubspot_calls.sink.summary import MissCount, StreamSummary, Summary

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Said(NamedTuple):
    """A line, and whether a person should look."""

    text: str
    warns: bool = False


def reasons(summary: Summary, stream: Stream, *, rejected: str) -> Iterator[Said]:
    """One line for each thing that is wrong with records, the most frequent first, with the first of them."""
    for words, count in summary.rejections.reasons(stream):
        yield Said(f"{count.number:,} {rejected}: {words}{_first(count.names, count.number)}", warns=True)


def changes(found: StreamSummary) -> Iterator[Said]:
    """How many of the calls that exist an update changes, and what of them."""
    updated, unchanged = (found.tally.counts.get(what, 0) for what in (Count.UPDATED, Count.UNCHANGED))
    if updated or unchanged:
        named = ", ".join(f"{name} {number:,}" for name, number in found.changes.most_common())
        yield Said(f"would change {updated:,} of {updated + unchanged:,}{': ' if named else ''}{named}")


def misses(found: StreamSummary) -> Iterator[Said]:
    """One line for each rule and cause of links that were not made, the most frequent first."""
    for (rule, cause), count in sorted(found.misses.items(), key=lambda item: -item[1].number):
        yield Said(_miss(rule, cause, count), warns=cause != MissCause.EMPTY)


def _miss(rule: LinkRule, cause: str, count: MissCount) -> str:
    kind = rule.object_type
    links = counted(count.number, f"link to {kind} was", f"links to {kind} were")
    how = f'by {rule.match_by} from "{rule.named_source}", {rule.place}'
    return f"{links} not made ({how}): {cause}{_first(count.names, count.number)}"


def spans(found: StreamSummary) -> Iterator[Said]:
    """When calls were and how long they took, and what of that can hardly be right."""
    times, lengths = found.times, found.lengths
    if times.earliest is not None and times.latest is not None:
        yield Said(f"calls from {moment(times.earliest)} to {moment(times.latest)}{_lengths(lengths)}")
    yield from _odd_times(times)
    yield from _odd_lengths(lengths)


def _lengths(lengths: Lengths) -> str:
    if lengths.shortest is None or lengths.middle is None or lengths.longest is None:
        return ""
    return (
        f"; {DURATION} in hours, minutes and seconds: the shortest {duration(lengths.shortest)}, the middle one "
        f"{duration(lengths.middle)}, the longest {duration(lengths.longest)}"
    )


def _odd_times(times: Times) -> Iterator[Said]:
    if times.too_early:
        yield Said(
            f"{counted(times.too_early, 'call is', 'calls are')} dated before 2000: the source of hs_timestamp may be "
            "another field, or in a unit that is not what it seems",
            warns=True,
        )
    if times.too_late:
        yield Said(
            f"{counted(times.too_late, 'call is', 'calls are')} dated after tomorrow: the source of hs_timestamp may "
            "be another field, or day and month may have changed places (date_order)",
            warns=True,
        )


def _odd_lengths(lengths: Lengths) -> Iterator[Said]:
    if lengths.too_long:
        yield Said(
            f"{counted(lengths.too_long, 'call', 'calls')} took more than 12 hours: the unit of hs_call_duration may "
            "be wrong (HubSpot reads milliseconds)",
            warns=True,
        )
    if lengths.negative:
        yield Said(
            f"{counted(lengths.negative, 'call', 'calls')} took less than no time: start and end may have changed "
            "places in the source of hs_call_duration",
            warns=True,
        )


def ending(summary: Summary) -> Iterator[Said]:
    """Where a sync ended early: what the states that left cover."""
    if not summary.broken_off:
        return
    if not summary.states:
        yield Said("No state left: the next sync sends these records again.", warns=True)
        return
    covered = counted(summary.covered, "record")
    yield Said(f"The states that left cover {covered}: the next sync sends the others again.", warns=True)


def moment(milliseconds: int) -> str:
    """A time as a person reads it."""
    try:
        return f"{_EPOCH + timedelta(milliseconds=milliseconds):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return f"{milliseconds} ms"


def duration(milliseconds: int) -> str:
    """A length as a person reads it: `1 h 02 min 03 s`."""
    sign = "-" if milliseconds < 0 else ""
    seconds, rest = divmod(abs(milliseconds), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours:,} h {minutes:02} min {seconds:02} s"
    if minutes:
        return f"{sign}{minutes} min {seconds:02} s"
    return f"{sign}{seconds + rest / 1000:g} s"


def became(summary: Summary, stream: Stream) -> str:
    """What a stream's records came to, in one line."""
    found = summary.of(stream)
    counts = found.tally.counts
    calls = [f"{counts[what]:,} {what}" for what in CALLS if what in counts]
    if found.skipped:
        calls.append(f"{counted(found.skipped, 'record')} skipped by only_if")
    calls.append(f"{summary.rejections.records[stream]:,} rejected")
    if found.unconfirmed:
        calls.append(f"{found.unconfirmed:,} not confirmed")
    if found.unsent:
        calls.append(f"{found.unsent:,} not sent")
    others = [tallied(number, what) for what, number in counts.items() if what not in NOT_OTHERS]
    records = counted(summary.records(stream), "record")
    return f"{records}: {'; '.join([', '.join(calls), *others])}"


CALLS = (Count.CREATED, Count.UPDATED, Count.THERE, Count.REPEATED)
"""What a record that was not rejected became."""
NOT_OTHERS = frozenset({*CALLS, Count.SKIPPED})


_ONE = {
    Count.LINKED: "link made",
    Count.MISSED: "link without a match",
    Count.AMBIGUOUS: "link with several matches",
    Count.UNLINKED: "call without any link",
}


def tallied(number: int, what: str) -> str:
    """A count of a tally as it is read."""
    return counted(number, _ONE.get(what, what), what)


def _first(names: Sequence[str], number: int) -> str:
    """The first records of something, and how many more there are."""
    if not names:
        return ""
    more = number - len(names)
    return f" ({', '.join(names)}{f' and {more:,} more' if more else ''})"
