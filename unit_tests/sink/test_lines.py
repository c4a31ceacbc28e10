"""What a summary says of times and lengths."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.messages import Batch
from destination_hubspot_calls.results import BatchResult
from destination_hubspot_calls.sink import lines
from destination_hubspot_calls.sink.summary import Summary
from unit_tests.entries import CALLS, call

NOON = 1_767_268_800
"""2026-01-01 12:00 UTC, in seconds."""


def spans(*times_and_lengths: tuple[int, int]) -> list[lines.Said]:
    summary = Summary(now=lambda: NOON)
    entries = [
        call(number, hs_timestamp=str(time), hs_call_duration=str(length))
        for number, (time, length) in enumerate(times_and_lengths)
    ]
    summary.add(BatchResult(Batch.of(entries)))
    return list(lines.spans(summary.of(CALLS)))


def test_times_and_lengths_are_told_as_people_read_them() -> None:
    """Units and zones that are wrong show there, if one can read them."""
    told = spans((NOON * 1000, 95_000), (NOON * 1000 + 61_000, 500), (NOON * 1000, 3_723_000))
    assert told == [
        lines.Said(
            "calls from 2026-01-01 12:00:00 UTC to 2026-01-01 12:01:01 UTC; hs_call_duration in hours, minutes and "
            "seconds: the shortest 0.5 s, the middle one 1 min 35 s, the longest 1 h 02 min 03 s"
        )
    ]


def test_what_can_hardly_be_right_is_warned_of() -> None:
    """A million calls in 1970 are found by nobody who does not look for them there."""
    told = spans((NOON, -1000), ((NOON + 3 * 86_400) * 1000, 50_000_000))
    assert [line.text.partition(":")[0] for line in told if line.warns] == [
        "1 call is dated before 2000",
        "1 call is dated after tomorrow",
        "1 call took more than 12 hours",
        "1 call took less than no time",
    ]


@pytest.mark.parametrize(
    ("milliseconds", "told"),
    [
        (0, "0 s"),
        (59_999, "59.999 s"),
        (60_000, "1 min 00 s"),
        (-61_000, "-1 min 01 s"),
        (10**10, "2,777 h 46 min 40 s"),
    ],
)
def test_lengths(milliseconds: int, told: str) -> None:
    """Nobody reads 5999000."""
    assert lines.duration(milliseconds) == told


def test_a_time_beyond_the_calendar_is_told_all_the_same() -> None:
    """It is a mistake to be seen, and not one to end of."""
    assert lines.moment(10**18) == f"{10**18} ms"
