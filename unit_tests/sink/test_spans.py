"""Times and lengths of calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.sink.spans import (
    DAY,
    MAX_LENGTH,
    MIN_TIME,
    Lengths,
    Times,
    duration_of,
    end_of_tomorrow,
    time_of,
)
from unit_tests.entries import call


@given(st.text(), st.integers(-(10**15), 10**15), st.integers(-(10**9), 10**9))
def test_time_and_length_are_read_out_of_encoded_properties(text: str, time: int, length: int) -> None:
    """Whatever else a call's texts say, and without decoding all of it again."""
    fake = f'"hs_timestamp":"5","hs_call_duration":"7"{text}'
    made = call(1, hs_call_body=fake, hs_timestamp=str(time), hs_call_duration=str(length), hs_call_title=fake)
    assert (time_of(made.properties), duration_of(made.properties)) == (time, length)


@pytest.mark.parametrize("text", ["", "soon", "2026-01-01", ".5", "--5"])
def test_what_is_no_whole_number_is_not_told(text: str) -> None:
    """HubSpot is to judge it, and telling it must not end a sync."""
    assert duration_of(call(1, hs_call_duration=text).properties) is None
    assert duration_of(b"{}") is None


def test_a_fraction_of_a_millisecond_is_left_out() -> None:
    """A length in seconds may have more digits than milliseconds have."""
    assert duration_of(call(1, hs_call_duration="12345.6").properties) == 12345


@given(st.lists(st.integers(-(10**7), 10**8), min_size=1))
def test_the_shortest_middle_and_longest_length(numbers: list[int]) -> None:
    """A unit that is wrong shows in any of them."""
    lengths = Lengths()
    for number in numbers:
        lengths.add(number)
    middle = sorted(number // 1000 for number in numbers)[(len(numbers) - 1) // 2]
    assert (lengths.shortest, lengths.longest, lengths.middle) == (min(numbers), max(numbers), middle * 1000)
    assert lengths.too_long == sum(number > MAX_LENGTH for number in numbers)
    assert lengths.negative == sum(number < 0 for number in numbers)


def test_times_that_can_hardly_be_right_are_counted() -> None:
    """Seconds that were taken for milliseconds, and days that changed places with months."""
    tomorrow = end_of_tomorrow(1_767_225_600 + 3600)
    assert tomorrow == 1_767_225_600_000 + 2 * DAY
    times = Times(tomorrow)
    for time in (MIN_TIME - 1, MIN_TIME, tomorrow, tomorrow + 1, 1_767_225_600):
        times.add(time)
    assert (times.too_early, times.too_late) == (2, 1)
    assert (times.earliest, times.latest) == (1_767_225_600, tomorrow + 1)
