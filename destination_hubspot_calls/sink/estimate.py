"""How long a sync of the same records would take, from what a dry run of them asked and found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from destination_hubspot_calls.hubspot.client import MAX_INPUTS
from destination_hubspot_calls.hubspot.waiting import Limit, Waiting
from destination_hubspot_calls.results import Count, counted
from destination_hubspot_calls.sink.lines import Said
from destination_hubspot_calls.sink.summary import Summary

FIRST_BURST = Limit("HubSpot's burst limit", most=100, window=10.0, share=0.0)
"""The smallest plan's (hubspot.md), where none is known yet."""
SEARCHES = Limit("HubSpot's search limit", most=5, window=1.0, share=0.0)
DRY_ONLY = ("reading calls", "by their ids")
"""Ends of what a dry run reads and a sync does not: it creates to see which calls exist, and takes ids as they are."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Requests of a sync, by kind, and the limits they fall under."""

    creates: int
    updates: int
    reads: int
    searches: int
    burst: Limit
    search: Limit
    daily_left: int | None = None

    @property
    def seconds(self) -> float:
        """How long it takes at least: its limits are used at the same time."""
        return max(self._burst_seconds, self._search_seconds)

    @property
    def binding(self) -> Limit:
        """The limit that decides how long it takes."""
        return self.burst if self._burst_seconds >= self._search_seconds else self.search

    @property
    def requests(self) -> int:
        """All of them."""
        return self.creates + self.updates + self.reads + self.searches

    @property
    def _burst_seconds(self) -> float:
        return (self.creates + self.updates + self.reads) * self.burst.window / self.burst.most

    @property
    def _search_seconds(self) -> float:
        return self.searches * self.search.window / self.search.most

    def said(self) -> Iterator[Said]:
        """The estimate in words."""
        limit = self.binding
        searches = counted(self.searches, "search", "searches")
        yield Said(
            f"a sync of these records makes about {counted(self.creates, 'request')} to create calls, "
            f"{self.updates:,} to update them, {self.reads:,} to read and {searches}: "
            f"{_minutes(self.seconds)} at {limit.name} ({limit.most:,} requests in {limit.window:g} s), which decides"
        )
        if self.daily_left is not None and self.requests > self.daily_left:
            yield Said(f"only {counted(self.daily_left, 'request')} of this account's day are left", warns=True)


def estimated(summary: Summary, sent: Mapping[str, int], waiting: Waiting) -> Estimate:
    """What a dry run shows of a sync. `sent`: the requests that it made, by what they do."""
    became = [stream.tally.counts for stream in summary.streams.values()]
    created, updated, existing = (
        sum(counts.get(what, 0) for counts in became) for what in (Count.CREATED, Count.UPDATED, Count.THERE)
    )
    limits = {limit.name: limit for limit in waiting.limits}
    return Estimate(
        creates=_batches(created),
        updates=_batches(updated),
        reads=_batches(updated + existing)
        + sum(number for what, number in sent.items() if what.startswith("reading") and not what.endswith(DRY_ONLY)),
        searches=sum(number for what, number in sent.items() if what.startswith("searching")),
        burst=limits.get(FIRST_BURST.name, FIRST_BURST),
        search=limits.get(SEARCHES.name, SEARCHES),
        daily_left=waiting.daily_left,
    )


def _batches(calls: int) -> int:
    return -(-calls // MAX_INPUTS)


def _minutes(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"about {counted(minutes, 'minute')}" if minutes else "less than a minute"
