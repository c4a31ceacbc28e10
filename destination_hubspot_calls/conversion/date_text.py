"""Times as people and programs write them that do not write ISO 8601."""

import re
from datetime import datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from destination_hubspot_calls.config.fields import DateOrder
from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.number import full_year


class WrongOrder(InvalidValue):
    """A date that the order of day and month decides about."""


_CLOCK = (
    r"(?P<hour>\d{1,2})"
    r"(?:(?P<colon>[:.])(?P<minute>\d\d)(?:(?P=colon)(?P<second>\d\d)(?:[.,:](?P<fraction>\d{1,9}))?)?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?(?: Uhr)?"
)
_HOURS = {
    "EST": -5,
    "EDT": -4,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "WET": 0,
    "WEST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
}
"""From UTC, of zones that Java names by letters; others, as CST, IST or BST, mean several."""
_UTC = {"UTC": timezone.utc, "GMT": timezone.utc}
"""What may stand in brackets without an offset before it: letters of other zones are too often taken for others."""
_ZONE = (
    r"(?: ?(?P<utc>Z|UTC|GMT))?"
    r"(?: ?(?P<sign>[+-])(?P<offset_hours>\d\d?)(?::?(?P<offset_minutes>\d\d))?"
    r"(?: (?:[a-z]{3,5}|[+-]\d\d(?:\d\d)?)(?![/\w]))?)?"  # as Go has it: +0100 CET
    r"(?: ?\[(?P<zone>[a-z]\w*(?:[/+-]\w+)*)\]| (?P<place>[a-z]\w+(?:/\w[\w+-]*)+))?"
    r"(?: \((?P<aside>[a-z .+-]+)\))?"  # as JavaScript has it: GMT+0100 (Central European Standard Time)
)
_FLAGS = re.ASCII | re.IGNORECASE
_DATE_FIRST = re.compile(
    rf"(?P<date>.+?)(?:(?:,? (?:at |- )?|T|(?<=[a-z]/\d{{4}}):|-(?=\d\d\.\d\d\.)){_CLOCK}{_ZONE})?", _FLAGS
)
_CLOCK_FIRST = re.compile(rf"{_CLOCK},? (?:on )?(?P<date>.+)", _FLAGS)
_YEAR_LAST = re.compile(
    rf"(?P<day>[a-z]{{3,9}},? (?:[a-z]{{3,9}} \d{{1,2}}|\d{{1,2}} [a-z]{{3,9}})) {_CLOCK}{_ZONE}"
    rf"(?: (?P<letters>{'|'.join(_HOURS)}))? (?P<year>\d{{4}})",
    _FLAGS,
)
"""As C, Unix and Java have it: Sat Jan 31 10:11:12 UTC 2026."""
_MONOTONIC = re.compile(r" m=[+-]\d+\.\d+")
"""What Go writes after a time: seconds since the process began."""
_RFC_2822 = re.compile(
    r"(?:[a-z]{3,9}, ?)?\d{1,2} [a-z]{3} \d{4} \d\d:\d\d(?::\d\d)? "
    r"(?:[+-]\d{4}|UTC?|GMT|[ECMP][SD]T)(?: \([a-z .]+\))?",
    _FLAGS,
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?,? )?"
_NUMERIC = re.compile(rf"{_WEEKDAY}(\d{{1,4}})([./-])(\d{{1,2}})\2(\d{{1,4}})", _FLAGS)
_NAMED = re.compile(r"(?=.*[a-z]{3})(?=.*\d)[a-z\d ,.'/-]+", _FLAGS)


def moment(text: str, order: DateOrder | None) -> datetime | None:
    """The time that a short text says, without an offset where it says none; None if it says no time.

    Raises WrongOrder.
    """
    text = _MONOTONIC.sub("", " ".join(text.split()))
    if _RFC_2822.fullmatch(text):
        return _rfc_2822(text)
    if match := _YEAR_LAST.fullmatch(text):
        return _put_together(f"{match['day']} {match['year']}", match, order)
    if (match := _DATE_FIRST.fullmatch(text)) and (found := _put_together(match["date"], match, order)):
        return found
    match = _CLOCK_FIRST.fullmatch(text)
    return match and _put_together(match["date"], match, order)


def _rfc_2822(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None


def _put_together(date: str, clock: re.Match[str], order: DateOrder | None) -> datetime | None:
    found = _numeric(date, order) or _named(date)
    if found is None or clock["hour"] is None:
        return found
    since_midnight = _time_of_day(clock)
    parts = clock.groupdict()
    try:
        if since_midnight is None:
            return None
        return (found + since_midnight).replace(tzinfo=_zone(parts)) if "utc" in parts else found + since_midnight
    except (ValueError, OverflowError, KeyError, OSError):  # an offset or a zone that does not exist
        return None


def _numeric(date: str, order: DateOrder | None) -> datetime | None:
    match = _NUMERIC.fullmatch(date)
    if not match:
        return None
    first, separator, middle, last = match.groups()
    if len(first) == 4 and len(last) <= 2:
        return _date(first, middle, last)
    if len(first) > 2 or len(last) not in (2, 4):
        return None
    if separator == ".":
        return _date(last, middle, first)
    return _ordered(first, middle, last, order)


def _ordered(first: str, second: str, year: str, order: DateOrder | None) -> datetime | None:
    """A date of which the order of day and month must be known, unless one order makes it none."""
    readings = {"day_first": _date(year, second, first), "month_first": _date(year, first, second)}
    if order:
        if readings[order] or not any(readings.values()):
            return readings[order]
        raise WrongOrder(f"is not a date if it is read as date_order says, {order} (INVALID_DATETIME)")
    possible = {reading for reading in readings.values() if reading}
    # The first of two digits each may be the year as well.
    if len(possible) > 1 or (possible and len(year) == 2):
        raise WrongOrder("may be read in more than one order of day and month: set date_order (INVALID_DATETIME)")
    return possible.pop() if possible else None


def _named(date: str) -> datetime | None:
    if not _NAMED.fullmatch(date):
        return None
    # The library takes as long to be imported as the rest of this room, and most records need it never.
    from destination_hubspot_calls.conversion import named_date  # noqa: PLC0415

    return named_date.moment(date)


def _date(year: str, month: str, day: str) -> datetime | None:
    try:
        return datetime(int(year) if len(year) == 4 else full_year(int(year)), int(month), int(day))  # noqa: DTZ001
    except ValueError:
        return None


def _time_of_day(clock: re.Match[str]) -> timedelta | None:
    """The time since midnight; 24:00 is the end of a day. An hour alone must say which half of the day it is in."""
    hour, minute, second = (int(clock[part] or 0) for part in ("hour", "minute", "second"))
    microseconds = int(f"{clock['fraction'] or '0':0<6}"[:6])
    half = clock["half"]
    if (clock["minute"] is None and not half) or minute > 59 or second > 59:
        return None
    if half:
        if hour > 12 or (hour == 0 and half in "pP"):
            return None
        hour = hour % 12 + (12 if half in "pP" else 0)
    since = timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microseconds)
    return since if since <= timedelta(days=1) else None


def _zone(parts: dict[str, str | None]) -> tzinfo | None:
    if sign := parts["sign"]:
        minutes = int(parts["offset_hours"] or 0) * 60 + int(parts["offset_minutes"] or 0)
        return timezone(timedelta(minutes=-minutes if sign == "-" else minutes))
    name = parts["zone"] or parts["place"]
    if parts["utc"] or name:
        return timezone.utc if parts["utc"] else ZoneInfo(str(name))
    if letters := parts.get("letters"):
        return timezone(timedelta(hours=_HOURS[letters.upper()]))
    return _UTC[parts["aside"].upper()] if parts["aside"] else None
