"""A run as one HTML file: what it came to, what was rejected and why, what has no link, and how fast it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from destination_hubspot_calls.messages import MissCause, Stream
from destination_hubspot_calls.page.history import History
from destination_hubspot_calls.page.plot import MAX_BARS, Bar, bars, line
from destination_hubspot_calls.results import Count, counted
from destination_hubspot_calls.sink import lines
from destination_hubspot_calls.sink.spans import Lengths
from destination_hubspot_calls.sink.summary import Summary

MAX_REASONS = 100
MAX_VALUES = 5
"""Values that are shown beside a reason."""
MAX_TEXT = 2000
"""Characters of one text of a call."""
_TILES = (
    (Count.CREATED, "created"),
    (Count.UPDATED, "updated"),
    (Count.UNCHANGED, "unchanged"),
    (Count.THERE, "already existing"),
    (Count.LINKED, "links made"),
    (Count.UNLINKED, "calls without any link"),
)
_STEPS = (0, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 43_200)
"""Seconds where the bars of lengths begin."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of a run as a whole. `limit`: what it waited for. `error`: what ended it, if it did not end well."""

    account: str
    began: datetime
    dry: bool = False
    limit: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A reason or a cause: how often, with what, and the first records."""

    stream: str
    words: str
    number: str
    names: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleCall:
    """A call as a timeline would show it."""

    title: str
    when: str
    facts: str
    body: str


def render(summary: Summary, history: History, facts: Facts) -> str:
    """The page. Whatever stands in a record is text in it: nothing runs, and nothing is fetched."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    source = files("destination_hubspot_calls.page").joinpath("page.html.j2").read_text("utf-8")
    return environment.from_string(source).render(
        facts=facts,
        began=f"{facts.began.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC",
        tiles=list(_tiles(summary)),
        streams=[(str(stream), lines.became(summary, stream)) for stream in _streams(summary)],
        reasons=list(_reasons(summary)),
        misses=list(_misses(summary)),
        spans=[said.text for stream in _streams(summary) for said in lines.spans(summary.of(stream))],
        days=_days(history),
        lengths=_lengths([summary.of(stream).lengths for stream in _streams(summary)]),
        pace=_pace(history),
        samples=[_sample(properties) for properties in history.samples],
    )


def _streams(summary: Summary) -> list[Stream]:
    return sorted(summary.streams, key=str)


def _tiles(summary: Summary) -> Iterator[tuple[str, str]]:
    streams = [summary.of(stream) for stream in _streams(summary)]
    yield f"{sum(summary.records(stream) for stream in _streams(summary)):,}", "records"
    for what, words in _TILES:
        number = sum(stream.tally.counts.get(what, 0) for stream in streams)
        if number:
            yield f"{number:,}", words
    yield f"{summary.rejections.total:,}", "rejected"
    skipped = sum(stream.skipped for stream in streams)
    if skipped:
        yield f"{skipped:,}", "skipped by only_if"
    unconfirmed = sum(stream.unconfirmed for stream in streams)
    if unconfirmed:
        yield f"{unconfirmed:,}", "not confirmed"


def _reasons(summary: Summary) -> Iterator[Row]:
    for stream, words, count in summary.rejections.all_reasons()[:MAX_REASONS]:
        values = tuple(
            f"{value[:MAX_TEXT]} ({counted(number, 'record')})"
            for value, number in count.values.most_common(MAX_VALUES)
        )
        yield Row(str(stream), words, f"{count.number:,}", ", ".join(count.names)[:MAX_TEXT], values)


def _misses(summary: Summary) -> Iterator[Row]:
    for stream in _streams(summary):
        for (rule, cause), count in sorted(summary.of(stream).misses.items(), key=lambda item: -item[1].number):
            if cause != MissCause.EMPTY:
                words = f"{rule.object_type} by {rule.match_by} ({rule.named_source}): {cause}"
                yield Row(str(stream), words, f"{count.number:,}", ", ".join(count.names))


def _days(history: History) -> Markup:
    if not history.days:
        return Markup("")
    first, last = min(history.days), max(history.days)
    width = (last - first) // MAX_BARS + 1
    items = [
        Bar(_day(begin), sum(history.days[day] for day in range(begin, begin + width)))
        for begin in range(first, last + 1, width)
    ]
    return bars(items, "Calls a day" if width == 1 else f"Calls in {width} days")


def _day(number: int) -> str:
    try:
        return f"{datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(days=number):%Y-%m-%d}"
    except OverflowError:
        return f"day {number}"


def _lengths(all_lengths: Sequence[Lengths]) -> Markup:
    numbers = [0] * len(_STEPS)
    for lengths in all_lengths:
        for seconds, number in lengths.seconds.items():
            place = max((place for place, step in enumerate(_STEPS) if step <= seconds), default=0)
            numbers[place] += number
    items = [Bar(f"from {lines.duration(step * 1000)}", number) for step, number in zip(_STEPS, numbers, strict=True)]
    return bars(items, "How long calls took") if any(numbers) else Markup("")


def _pace(history: History) -> Markup:
    points = list(history.pace)
    return line(points, "Records a second", f"{points[-1][0]:,.0f} s") if points else Markup("")


def _sample(properties: dict[str, str]) -> SampleCall:
    moment = properties.get("hs_timestamp", "")
    length = properties.get("hs_call_duration", "")
    facts = (
        properties.get("hs_call_direction", "").capitalize(),
        properties.get("hs_call_status", "").replace("_", " ").capitalize(),
        lines.duration(int(length)) if length.lstrip("-").isdecimal() else length,
    )
    return SampleCall(
        title=properties.get("hs_call_title", "(no title)")[:MAX_TEXT],
        when=lines.moment(int(moment)) if moment.lstrip("-").isdecimal() else moment,
        facts=" · ".join(filter(None, facts)),
        body=properties.get("hs_call_body", "")[:MAX_TEXT],
    )
