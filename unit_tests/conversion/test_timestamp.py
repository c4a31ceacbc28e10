"""Times and days, as sources write them: one row is one case."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from destination_hubspot_calls.config.fields import DateOrder
from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.timestamp import TimeReader

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def read(value: object, zone: str | None = None, date_order: DateOrder | None = None) -> str:
    """A time, in ISO 8601."""
    since = TimeReader(zone, date_order).microseconds(value)
    return (EPOCH + timedelta(microseconds=since)).replace(tzinfo=None).isoformat()


TIMES: dict[str, tuple[object, str]] = {
    "blank before the offset": ("2026-01-31 10:11:12.000 +0100", "2026-01-31T09:11:12"),
    "blank before a T's offset": ("2026-01-31T10:11:12 -08:00", "2026-01-31T18:11:12"),
    "UTC": ("2026-01-31 10:11:12.123456 UTC", "2026-01-31T10:11:12.123456"),
    "GMT": ("2026-01-31 10:11:12 GMT", "2026-01-31T10:11:12"),
    "UTC and an offset": ("2026-01-31 10:11:12 UTC+02:00", "2026-01-31T08:11:12"),
    "zone in brackets behind an offset": ("2026-01-31T11:11:12+01:00[Europe/Berlin]", "2026-01-31T10:11:12"),
    "zone in brackets alone": ("2026-07-31T11:11:12[Europe/Berlin]", "2026-07-31T09:11:12"),
    "UTC in brackets": ("2026-01-31T10:11:12Z[UTC]", "2026-01-31T10:11:12"),
    "zone of Trino": ("2026-01-31 10:11:12.000 America/Los_Angeles", "2026-01-31T18:11:12"),
    "RFC 2822": ("Sat, 31 Jan 2026 10:11:12 +0100", "2026-01-31T09:11:12"),
    "RFC 2822 without a weekday": ("31 Jan 2026 10:11:12 GMT", "2026-01-31T10:11:12"),
    "RFC 2822 with a zone of old": ("Sat, 31 Jan 2026 10:11:12 EST", "2026-01-31T15:11:12"),
    "Oracle": ("31-JAN-26 10.11.12.000000 AM", "2026-01-31T10:11:12"),
    "Oracle with its offset": ("31-JAN-26 10.11.12.000000 PM +01:00", "2026-01-31T21:11:12"),
    "named month": ("31-Jan-2026 10:11", "2026-01-31T10:11:00"),
    "month first, 12 hours": ("Jan 31, 2026 10:11 AM", "2026-01-31T10:11:00"),
    "midnight of 12 hours": ("Jan 31, 2026 12:00 am", "2026-01-31T00:00:00"),
    "noon of 12 hours": ("Jan 31, 2026 12:00 p.m.", "2026-01-31T12:00:00"),
    "an hour alone": ("January 31st, 2026 at 3 pm", "2026-01-31T15:00:00"),
    "a browser's blank": ("Jan 31, 2026, 10:11:12\u202fPM", "2026-01-31T22:11:12"),
    "named month without a time": ("1 February 2026", "2026-02-01T00:00:00"),
    "month named in full, with a dot": ("1. Feb. 2026 10:11", "2026-02-01T10:11:00"),
    "year of two digits": ("1-Feb-69", "1969-02-01T00:00:00"),
    "year of two digits of this century": ("1-Feb-68", "2068-02-01T00:00:00"),
    "basic format, offset in hours": ("20260131T101112+01", "2026-01-31T09:11:12"),
    "basic format, nanoseconds": ("20260131T101112.123456789Z", "2026-01-31T10:11:12.123456"),
    "SQL Server": ("Jan 31 2026 10:11:12:123AM", "2026-01-31T10:11:12.123000"),
    "Db2": ("2026-01-31-10.11.12.123456", "2026-01-31T10:11:12.123456"),
    "hours of an offset": ("2026-01-31 10:11:12 UTC-5", "2026-01-31T15:11:12"),
    "C": ("Sat Jan 31 10:11:12 2026", "2026-01-31T10:11:12"),
    "Unix": ("Sat Jan 31 10:11:12 UTC 2026", "2026-01-31T10:11:12"),
    "JavaScript": ("Sat Jan 31 2026 11:11:12 GMT+0100 (Central European Standard Time)", "2026-01-31T10:11:12"),
    "Go": ("2026-01-31 10:11:12.123456789 +0000 UTC", "2026-01-31T10:11:12.123456"),
    "Go, with its monotonic clock": ("2026-01-31 10:11:12 -0500 EST m=+0.000012345", "2026-01-31T15:11:12"),
    "Go, of a zone without letters": ("2026-01-31 10:11:12 +0530 +0530", "2026-01-31T04:41:12"),
    "Go, of a zone that several share": ("2026-01-31 10:11:12 +0530 IST", "2026-01-31T04:41:12"),
    "Java": ("Sat Jan 31 10:11:12 CET 2026", "2026-01-31T09:11:12"),
    "Unix, day first": ("Sat 31 Jan 10:11:12 UTC 2026", "2026-01-31T10:11:12"),
    "Unix of today": ("Sat Jan 31 10:11:12 PM UTC 2026", "2026-01-31T22:11:12"),
    "letters of UTC in brackets": ("2026-01-31 10:11:12 (UTC)", "2026-01-31T10:11:12"),
    "web server": ("31/Jan/2026:10:11:12 +0100", "2026-01-31T09:11:12"),
    "Germany": ("31.01.2026, 10:11 Uhr", "2026-01-31T10:11:00"),
    ".NET": ("/Date(1769854272000)/", "2026-01-31T10:11:12"),
    ".NET, with its writer's offset": ("\\/Date(1769854272000+0100)\\/", "2026-01-31T10:11:12"),
    "digits only": ("20260131101112", "2026-01-31T10:11:12"),
    "digits only, with milliseconds": ("20260131101112123", "2026-01-31T10:11:12.123000"),
    "fourteen digits that are milliseconds": ("20261331101112", "2612-01-22T03:31:41.112000"),
    "dots": ("31.01.2026 10:11", "2026-01-31T10:11:00"),
    "dots, whatever may be meant": ("03.04.2026", "2026-04-03T00:00:00"),
    "dots and a comma": ("1.2.2026, 10:11:12", "2026-02-01T10:11:12"),
    "dots, year of two digits": ("31.01.26 10:11", "2026-01-31T10:11:00"),
    "slashes that can be read in one way only": ("1/31/2026 10:11:12", "2026-01-31T10:11:12"),
    "slashes of which both ways are one day": ("03/03/2026", "2026-03-03T00:00:00"),
    "year first, slashes": ("2026/01/31 10:11:12", "2026-01-31T10:11:12"),
    "single digits": ("2026-1-5 7:05", "2026-01-05T07:05:00"),
    "clock first": ("10:11 31.01.2026", "2026-01-31T10:11:00"),
    "weekday before slashes": ("Saturday, 31/01/2026 10:11", "2026-01-31T10:11:00"),
    "12 hours behind ISO": ("2026-01-31 10:11:12 PM", "2026-01-31T22:11:12"),
    "the end of a day": ("2026-01-31T24:00:00Z", "2026-02-01T00:00:00"),
    "MongoDB": ({"$date": "2026-01-31T10:11:12Z"}, "2026-01-31T10:11:12"),
    "MongoDB, canonical": ({"$date": {"$numberLong": "1769854272000"}}, "2026-01-31T10:11:12"),
    "MongoDB, milliseconds whatever their size": ({"$date": 86_400_000}, "1970-01-02T00:00:00"),
    "MongoDB in text": ('{"$date": "2026-01-31T10:11:12Z"}', "2026-01-31T10:11:12"),
}


@pytest.mark.parametrize(("value", "expected"), TIMES.values(), ids=TIMES.keys())
def test_a_time(value: object, expected: str) -> None:
    """What sheets, databases, and mail write is a time as much as ISO 8601."""
    assert read(value) == expected


NONE: dict[str, object] = {
    "no day": "Jan 2026",
    "no year": "31 Jan",
    "no year, with a time": "31 Jan 10:11:12",
    "no month": "2026 10:11",
    "year and month": "2026-01",
    "clock": "10:11:12",
    "clock of 12 hours": "10 pm",
    "weekday": "Saturday 10:11",
    "two months": "Jan Feb 31 2026",
    "two years": "31 Jan 2026 2027",
    "no such day": "Feb 30, 2026",
    "no such day in numbers": "31/02/2026",
    "no such hour": "31.01.2026 25:00",
    "hour 13 of 12": "2026-01-31 13:00 PM",
    "hour 0 of the afternoon": "2026-01-31 0:15 PM",
    "minute 60": "31.01.2026 10:60",
    "no such offset": "2026-01-31 10:11:12 +99:00",
    "no such zone": "2026-01-31 10:11:12[Mars/Phobos]",
    "a path for a zone": "2026-01-31 10:11:12[../../etc/passwd]",
    "letters of a zone, which several have": "2026-01-31 10:11:12 CST",
    "letters of a zone, which several have, in brackets": "1/31/2026 10:11 AM (EST)",
    "letters of a zone that Java writes and several have": "Sat Jan 31 10:11:12 IST 2026",
    "month of another language": "31 Januar 2026",
    "a word more": "on or about 31 Jan 2026",
    "digits of another script": "\u0663\u0661.01.2026",
    "before the year 1": "0001-01-01T00:00:00+14:00",
    "after 9999": "9999-12-31T23:59:59-01:00",
    "years beyond a computer's": {"$date": 10**18},
    "a date of 10,000 digits": "1" * 10_000,
    "a million letters": "a" * 1_000_000,
    "a million blanks in a word": f"a{' ' * 1_000_000}b",
    "a day of a million digits": f"2026-01-{'1' * 1_000_000}",
    "10,000 brackets": "[" * 10_000,
    "JSON of another shape": {"$timestamp": "2026-01-31T10:11:12Z"},
    "JSON of nothing": {"$date": None},
    "broken JSON in text": '{"$date": ',
    "JSON of 10,000 levels in text": f"{'[' * 10_000}{']' * 10_000}",
}


@pytest.mark.parametrize("value", NONE.values(), ids=NONE.keys())
def test_no_time(value: object) -> None:
    """What lacks a part, or has one too many, would be guessed at: a call at the wrong time is worse than none."""
    with pytest.raises(InvalidValue, match="INVALID_DATETIME"):
        read(value)


ORDERED: dict[str, tuple[str, DateOrder, str]] = {
    "day first": ("03/04/2026 10:11", "day_first", "2026-04-03T10:11:00"),
    "month first": ("03/04/2026 10:11", "month_first", "2026-03-04T10:11:00"),
    "day first, year of two digits": ("3/4/26", "day_first", "2026-04-03T00:00:00"),
    "dashes": ("03-04-2026", "month_first", "2026-03-04T00:00:00"),
    "dots are read as ever": ("03.04.2026", "month_first", "2026-04-03T00:00:00"),
    "ISO is read as ever": ("2026-03-04", "day_first", "2026-03-04T00:00:00"),
}


@pytest.mark.parametrize(("value", "order", "expected"), ORDERED.values(), ids=ORDERED.keys())
def test_the_order_of_day_and_month(value: str, order: DateOrder, expected: str) -> None:
    """`date_order` says how a date with slashes is read."""
    assert read(value, date_order=order) == expected


UNORDERED: dict[str, tuple[str, DateOrder | None]] = {
    "both may be meant": ("03/04/2026", None),
    "the year may come first": ("26/01/31", None),
    "year of two digits": ("31/01/26", None),
    "a day for a month": ("1/31/2026", "day_first"),
    "a day for a month, the other way": ("31/01/2026", "month_first"),
}


@pytest.mark.parametrize(("value", "order"), UNORDERED.values(), ids=UNORDERED.keys())
def test_the_order_is_never_guessed(value: str, order: DateOrder | None) -> None:
    """A guess would be right on the thirteenth and wrong on the twelfth; the reason names the key to set."""
    with pytest.raises(InvalidValue, match="date_order"):
        read(value, date_order=order)
    with pytest.raises(InvalidValue, match="date_order"):
        TimeReader(None, order).day(value)


ZONED: dict[str, tuple[object, str]] = {
    "winter": ("2026-01-31 10:11:12", "2026-01-31T09:11:12"),
    "summer": ("2026-07-31T10:11:12.5", "2026-07-31T08:11:12.500000"),
    "a day": ("2026-01-31", "2026-01-30T23:00:00"),
    "a sheet's": ("31.07.2026 10:11", "2026-07-31T08:11:00"),
    "its own offset comes first": ("2026-01-31 10:11:12Z", "2026-01-31T10:11:12"),
    "its own zone comes first": ("2026-01-31 10:11:12 UTC", "2026-01-31T10:11:12"),
    "an epoch has none": (1_769_854_272, "2026-01-31T10:11:12"),
    "skipped: moved on by the gap": ("2026-03-29 02:30", "2026-03-29T01:30:00"),
    "repeated: the first": ("2026-10-25 02:30", "2026-10-25T00:30:00"),
}


@pytest.mark.parametrize(("value", "expected"), ZONED.values(), ids=ZONED.keys())
def test_a_time_without_an_offset_is_of_the_zone(value: object, expected: str) -> None:
    """A source that writes local times says nowhere which."""
    assert read(value, "Europe/Berlin") == expected


@given(st.datetimes(), st.sampled_from(["Europe/Berlin", "America/New_York"]))
def test_local_times_are_what_the_library_says(moment: datetime, zone: str) -> None:
    """Whatever a zone did, a time is the one that its clocks showed, the first where they showed it twice."""
    assume(2 <= moment.year < 9999)
    expected = moment.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(timezone.utc).replace(tzinfo=None)
    assert read(moment.isoformat(), zone) == expected.isoformat()


@pytest.mark.parametrize("value", [-62_135_596_800_000, 253_402_300_799_999])
def test_the_first_and_the_last_millisecond(value: int) -> None:
    """The years 1 to 9999 are times to their ends, and not a millisecond more."""
    reader = TimeReader()
    assert reader.microseconds({"$date": value}) == value * 1000
    with pytest.raises(InvalidValue):
        reader.microseconds({"$date": value + (1 if value > 0 else -1)})


def test_what_was_taken_for_utc_is_counted() -> None:
    """Who forgot `time_zone` sees it by the count, and not by calls at the wrong hour."""
    remarks: Counter[str] = Counter()
    to_milliseconds = TimeReader(remarks=remarks).milliseconds("taken for UTC")
    for value in ("2026-01-31 10:11:12", "31.01.2026", "2026-01-31T10:11:12Z", 1_769_854_272):
        to_milliseconds(value)
    assert remarks == {"taken for UTC": 2}
    TimeReader("UTC", remarks=remarks).milliseconds("taken for UTC")("2026-01-31")
    assert remarks == {"taken for UTC": 2}


DAYS: dict[str, tuple[str | None, object, str]] = {
    "a day": ("America/New_York", "2026-02-01", "2026-02-01"),
    "a time without an offset": ("America/New_York", "2026-02-01 01:00", "2026-02-01"),
    "an instant": ("America/New_York", "2026-02-01T01:00:00Z", "2026-01-31"),
    "an instant, in UTC": (None, "2026-01-31T23:00:00-08:00", "2026-02-01"),
    "an epoch": ("Asia/Tokyo", 1_769_872_272, "2026-02-01"),
    "extended JSON": ("Asia/Tokyo", {"$date": "2026-01-31T20:00:00Z"}, "2026-02-01"),
    "a named month": (None, "Feb 1, 2026", "2026-02-01"),
    "dots": (None, "01.02.2026", "2026-02-01"),
}


@pytest.mark.parametrize(("zone", "value", "expected"), DAYS.values(), ids=DAYS.keys())
def test_a_day(zone: str | None, value: object, expected: str) -> None:
    """A day is as it is written; an instant is of the day that it was in the mapping's zone."""
    assert TimeReader(zone).day(value) == expected


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "tomorrow", 5, None, {"a": 1}, "2026-13-01"], ids=str)
def test_no_day(value: object) -> None:
    """What is no time is of no day."""
    with pytest.raises(InvalidValue):
        TimeReader("Asia/Tokyo").day(value)


ANYTHING: st.SearchStrategy[Any] = (
    st.text()
    | st.text("0123456789-/.:TZ +ap mJanFeb,[]{}$\"'", max_size=40)
    | st.integers()
    | st.floats()
    | st.dictionaries(st.sampled_from(["$date", "$numberLong", "x"]), st.text() | st.integers() | st.none())
)


@given(ANYTHING, st.sampled_from([None, "Europe/Berlin"]), st.sampled_from([None, "day_first", "month_first"]))
def test_nothing_else_is_raised(value: object, zone: str | None, order: DateOrder | None) -> None:
    """Whatever stands where a time should, it is a time between the years 1 and 9999, or does not fit."""
    reader = TimeReader(zone, order)
    for way in (reader.microseconds, reader.day):
        try:
            found = way(value)
        except InvalidValue:
            continue
        assert isinstance(found, str) or -62_135_596_800_000_000 <= found < 253_402_300_800_000_000


@pytest.mark.parametrize("text", ["2026-01-31 10:11:12 (UTC)", "Jan 31, 2026 10:11 AM (GMT)", "2026-01-31 10:11:12 Z"])
def test_utc_that_is_written_wins_over_the_zone_of_the_mapping(text: str) -> None:
    """... also in brackets, where JavaScript only repeats the offset before it."""
    assert read(text, "Asia/Tokyo") == read(text)


def test_letters_behind_an_offset_say_nothing_new() -> None:
    """Their own meaning may be another: IST is India's, Ireland's, and Israel's."""
    assert read("2026-01-31 10:11:12 +0200 IST", "Asia/Tokyo") == "2026-01-31T08:11:12"
