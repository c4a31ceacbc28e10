"""Lengths that say their units themselves."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.conversion.duration import Unit, milliseconds
from destination_hubspot_calls.conversion.errors import InvalidValue

LENGTHS: dict[str, tuple[object, float]] = {
    "number": (95, 95),
    "numeric text": ("95.25", 95.25),
    "hh:mm:ss": ("01:02:03", 3723),
    "h:mm:ss": ("1:02:03", 3723),
    "hh:mm:ss with a fraction": ("00:01:35.500", 95.5),
    "hh:mm:ss with a comma": ("00:01:35,5", 95.5),
    "more than a day": ("100:00:00", 360_000),
    "mm:ss": ("01:35", 95),
    "mm:ss with a fraction": ("01:35.5", 95.5),
    "minutes beyond an hour": ("95:30", 5730),
    "less than nothing": ("-00:00:05", -5),
    "ISO 8601": ("PT1M35S", 95),
    "ISO 8601 with a fraction": ("PT1H0M5.25S", 3605.25),
    "ISO 8601 with a comma": ("PT0,5S", 0.5),
    "ISO 8601 with days": ("P1DT2H", 93_600),
    "ISO 8601 in weeks": ("P1W", 604_800),
    "ISO 8601 of nothing": ("PT0S", 0),
    "ISO 8601 with empty years": ("P0Y0M0DT0H1M0S", 60),
    "ISO 8601 in small letters": ("pt1m", 60),
    "letters": ("1m 35s", 95),
    "letters together": ("1h2m3s", 3723),
    "words": ("1 min 35 sec", 95),
    "long words": ("1 hour 2 minutes", 3720),
    "words with and": ("1 hour, 2 minutes and 3 seconds", 3723),
    "words with dots": ("1 min. 35 sec.", 95),
    "capitals": ("1 Min 35 SEC", 95),
    "a unit alone": ("95 s", 95),
    "a fraction of hours": ("1.5 hours", 5400),
    "milliseconds": ("1 s 500 ms", 1.5),
    "PostgreSQL, verbose": ("0 years 0 mons 0 days 0 hours 1 mins 35.0 secs", 95),
    "PostgreSQL": ("1 day 02:03:04", 93_784),
    "blanks around": (" 1m  35s\n", 95),
    "German": ("1 Std. 2 Min. und 3 Sek.", 3723),
    "French": ("1 heure 2 minutes et 3 secondes", 3723),
    "Spanish": ("2 minutos y 3 segundos", 123),
    "Dutch": ("1 uur 2 minuten", 3720),
    ".NET": ("00:01:35.5000000", 95.5),
    ".NET with days": ("1.02:03:04", 93_784),
    "primes": ("1'35\"", 95),
    "primes of print": ("1\u203205\u2033", 65),
    "PostgreSQL's own": ("@ 1 min 35 secs", 95),
}


@pytest.mark.parametrize(("value", "seconds"), LENGTHS.values(), ids=LENGTHS.keys())
def test_a_length(value: object, seconds: float) -> None:
    """A length is as long as it says, whatever way it says it."""
    assert milliseconds(value, "seconds") == Decimal(str(seconds)) * 1000


IN_MINUTES: dict[str, tuple[object, int]] = {
    "number": (1.5, 90),
    "h:mm": ("01:35", 5700),
    "hh:mm": ("00:15", 900),
    "hh:mm:ss": ("00:01:35", 95),
    "ISO 8601": ("PT1M35S", 95),
    "words": ("95 s", 95),
}


@pytest.mark.parametrize(("value", "seconds"), IN_MINUTES.values(), ids=IN_MINUTES.keys())
def test_the_unit_that_is_named(value: object, seconds: int) -> None:
    """It is for numbers, and for the last part of a clock of two; what says its units needs none."""
    assert milliseconds(value, "minutes") == seconds * 1000


NONE: dict[str, object] = {
    "null": None,
    "true": True,
    "list": [95],
    "object": {"seconds": 95},
    "word": "short",
    "blank": " ",
    "seconds 60": "00:01:60",
    "minutes 60": "1:60:00",
    "one digit behind a colon": "1:5",
    "four parts": "1:02:03:04",
    "days before what is no clock": "1.02:03",
    "60 seconds with primes": "1'60\"",
    "time of a day": "10:11 AM",
    "time": "2026-01-31T10:11:12Z",
    "a month, which has no length": "1 mon",
    "a year, which has no length": "P1Y",
    "a month in ISO 8601": "P1M",
    "ISO 8601 without anything": "P",
    "ISO 8601 without anything behind T": "P1DT",
    "a unit twice": "1m 2m",
    "unknown unit": "3 fortnights",
    "a number without a unit behind one with": "1m 35",
    "units without numbers": "minutes",
    "a fraction of what may be hours": ("01:35.5", "minutes"),
    "10,000 digits": "1" * 10_000,
    "a million letters": "a" * 1_000_000,
    "1,000 units": "1s" * 1_000,
}


@pytest.mark.parametrize("value", NONE.values(), ids=NONE.keys())
def test_no_length(value: object) -> None:
    """What is not a length has a reason that shows how one is written."""
    text, unit = value if isinstance(value, tuple) else (value, "seconds")
    with pytest.raises(InvalidValue, match=r"01:02:03.*INVALID_NUMBER"):
        milliseconds(text, unit)


@given(st.text() | st.text("0123456789:.,PTYMWDHSsmh -+", max_size=30), st.sampled_from(["seconds", "minutes"]))
def test_nothing_else_is_raised(value: str, unit: Unit) -> None:
    """Any text is a length or not."""
    with suppress(InvalidValue):
        assert Decimal(milliseconds(value, unit)).is_finite()


@given(st.integers(0, 10**6), st.integers(0, 59), st.integers(0, 59))
def test_all_ways_say_the_same(hours: int, minutes: int, seconds: int) -> None:
    """A length does not depend on who wrote it down."""
    ways = (
        f"{hours}:{minutes:02}:{seconds:02}",
        f"PT{hours}H{minutes}M{seconds}S",
        f"{hours}h {minutes}m {seconds}s",
        f"{hours} hours {minutes} mins {seconds}.0 secs",
    )
    assert {milliseconds(way, "minutes") for way in ways} == {1000 * (3600 * hours + 60 * minutes + seconds)}
