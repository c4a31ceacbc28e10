"""From when to when the calls of a stream were, and how long they took: wrong units and zones show there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from destination_hubspot_calls.hubspot.standard_properties import TIME

DURATION = "hs_call_duration"
MAX_LENGTHS = 20_000
"""Distinct lengths (whole seconds) that are counted one by one; a day has 86,400, and calls that long are few."""

_TIME = b'"%b":"' % TIME.encode()
_DURATION = b'"%b":"' % DURATION.encode()
# A quotation mark inside a value is escaped, so that these cannot be found inside one.


MIN_TIME = 946_684_800_000
"""2000-01-01 in milliseconds: seconds that were taken for milliseconds are in 1970."""
DAY = 86_400_000
MAX_LENGTH = 12 * 3_600_000
"""Milliseconds: longer calls are rare enough to be looked at, as are milliseconds that were taken for seconds."""


@dataclass(slots=True)
class Times:
    """The earliest and the latest time, in milliseconds since 1970. `most`: the end of tomorrow."""

    most: int
    earliest: int | None = None
    latest: int | None = None
    too_early: int = 0
    """Calls before MIN_TIME."""
    too_late: int = 0
    """Calls after tomorrow."""

    def add(self, time: int) -> None:
        """Note a call's time."""
        if self.earliest is None or time < self.earliest:
            self.earliest = time
        if self.latest is None or time > self.latest:
            self.latest = time
        if time < MIN_TIME:
            self.too_early += 1
        elif time > self.most:
            self.too_late += 1


@dataclass(slots=True)
class Lengths:
    """How long calls took: the shortest and the longest exactly (milliseconds), the middle one to the second."""

    shortest: int | None = None
    longest: int | None = None
    too_long: int = 0
    """Calls of more than MAX_LENGTH."""
    negative: int = 0
    seconds: Counter[int] = field(default_factory=Counter)

    def add(self, length: int) -> None:
        """Note a call's length."""
        if self.shortest is None or length < self.shortest:
            self.shortest = length
        if self.longest is None or length > self.longest:
            self.longest = length
        if length < 0:
            self.negative += 1
        elif length > MAX_LENGTH:
            self.too_long += 1
        seconds = length // 1000
        if seconds in self.seconds or len(self.seconds) < MAX_LENGTHS:
            self.seconds[seconds] += 1

    @property
    def middle(self) -> int | None:
        """The median, in milliseconds, cut to the second."""
        place = (self.seconds.total() + 1) // 2
        for seconds in sorted(self.seconds):
            place -= self.seconds[seconds]
            if place <= 0:
                return seconds * 1000
        return None


def end_of_tomorrow(now: float) -> int:
    """In milliseconds, of a time in seconds."""
    return (int(now * 1000) // DAY + 2) * DAY


def time_of(properties: bytes) -> int | None:
    """The time of a call's encoded properties, in milliseconds since 1970."""
    return _number_after(_TIME, properties)


def duration_of(properties: bytes) -> int | None:
    """The length of a call's encoded properties, in milliseconds."""
    return _number_after(_DURATION, properties)


def _number_after(mark: bytes, properties: bytes) -> int | None:
    """Properties are not decoded again for one of them: that would cost ten times as much."""
    start = properties.find(mark)
    if start < 0:
        return None
    start += len(mark)
    text = properties[start : properties.index(b'"', start)]
    try:
        return int(text)
    except ValueError:  # a fraction, or what HubSpot is to judge
        whole = text.partition(b".")[0]
        return int(whole) if whole.removeprefix(b"-").isdigit() else None
