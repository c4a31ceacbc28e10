"""Points in time and days: ISO 8601 and epochs here, the rest in `date_text`."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from math import floor, inf
from zoneinfo import ZoneInfo

import orjson

from destination_hubspot_calls.config.fields import DateOrder
from destination_hubspot_calls.conversion import date_text
from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.number import exact

# `datetime.fromisoformat` reads less of ISO 8601 in Python 3.10 than later; this is the rest, and what it shares.
_ISO = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)(?:[T ](\d\d)(?:(:?)(\d\d)(?:\6(\d\d)(?:[.,](\d+))?)?)?(?:Z|([+-]\d\d):?(\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_NET_JSON = re.compile(r"\\?/Date\((-?\d{1,16})(?:[+-]\d{4})?\)\\?/", re.ASCII)
"""Milliseconds, as .NET writes them into JSON; the offset behind them is only the writer's."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EPOCH_UNSAID = _EPOCH.replace(tzinfo=None)  # for times without an offset, which are UTC
_MICROSECOND = timedelta(microseconds=1)

# By the end of its range, what makes a unit microseconds: seconds, milliseconds, microseconds, nanoseconds.
_UNITS = ((10**11, (1_000_000, 1)), (10**14, (1000, 1)), (10**17, (1, 1)), (inf, (1, 1000)))
_SMALLEST = 10**8
_YEAR_1, _YEAR_10000 = -62_135_596_800_000_000, 253_402_300_800_000_000
_MAX_TEXT = 100
"""Characters: no way to write a time takes more."""

NOT_A_TIME = (
    "is not a time. ISO 8601 is accepted, as in 2026-01-31T10:11:12+01:00, an epoch, RFC 2822, a named month, as in "
    "31-Jan-2026 10:11, 31.01.2026 10:11, and with date_order 31/01/2026 10:11; never without a year, month, or day "
    "(INVALID_DATETIME)"
)
NOT_A_DATE = "is not a date, as in 2026-01-31, nor a time of such a day (INVALID_DATE)"
_TOO_SMALL = (
    "is a number below 100,000,000, which is not an epoch of seconds, milliseconds, microseconds, or nanoseconds, nor "
    "any other time (INVALID_DATETIME)"
)
_OUT_OF_RANGE = "is a time before the year 1 or after 9999 (INVALID_DATETIME)"


class TimeReader:
    """Reads times as one mapping means them.

    `zone` is where times without an offset belong, and the days of dates; None: nothing was said, so it is UTC, and
    each such time is counted in `remarks`. `date_order` tells how 03/04/2026 is read. A local time that a clock change
    skips is moved on by the gap, and one that it repeats is the first of the two (PEP 495, fold 0).
    """

    def __init__(
        self, zone: str | None = None, date_order: DateOrder | None = None, remarks: Counter[str] | None = None
    ) -> None:
        self._remarks: Counter[str] = Counter() if remarks is None else remarks
        self._zone: tzinfo | None = ZoneInfo(zone) if zone else None
        self._date_order = date_order

    def milliseconds(self, remark: str) -> Callable[[object], str]:
        """Reads points in time as milliseconds since 1970, cut towards the past: HubSpot may refuse microseconds.

        `remark` is counted where a zone was not said. What is returned raises InvalidValue.
        """

        def read(value: object) -> str:
            if isinstance(value, str):
                moment = _iso(value)
                since = self.microseconds(value, remark) if moment is None else self._since(moment, remark)
            elif isinstance(value, dict):
                since = self.microseconds(value, remark)
            else:
                since = _epoch(value)
            return str(since // 1000)

        return read

    def microseconds(self, value: object, remark: str = "") -> int:
        """A point in time as microseconds since 1970; raises InvalidValue."""
        moment = (_iso(value) if isinstance(value, str) else None) or self._read(value)
        return moment if isinstance(moment, int) else self._since(moment, remark)

    def _since(self, moment: datetime, remark: str) -> int:
        if moment.tzinfo is None:
            if self._zone is None:
                if remark:
                    self._remarks[remark] += 1
                return (moment - _EPOCH_UNSAID) // _MICROSECOND
            moment = moment.replace(tzinfo=self._zone)
        since = (moment - _EPOCH) // _MICROSECOND
        if not _YEAR_1 <= since < _YEAR_10000:
            raise InvalidValue(_OUT_OF_RANGE)
        return since

    def day(self, value: object) -> str:
        """The date of a day or of a time as it is written; of an instant the day in the mapping's zone."""
        moment = _iso(value) or _basic_date(value) if isinstance(value, str) else None
        try:
            found = moment or self._read(value)
        except InvalidValue as invalid:
            if isinstance(invalid, date_text.WrongOrder):
                raise
            raise InvalidValue(NOT_A_DATE) from None
        try:
            if isinstance(found, int):
                found = _EPOCH + timedelta(microseconds=found)
            local = found.astimezone(self._zone or timezone.utc) if found.tzinfo else found
        except OverflowError:
            raise InvalidValue(_OUT_OF_RANGE) from None
        return local.date().isoformat()

    def _read(self, value: object) -> datetime | int:
        """A time as it is written, or an epoch's microseconds."""
        if isinstance(value, str):
            text = value.strip()
            return self._extended_json(_json(text)) if text[:1] == "{" else self._written(text)
        return self._extended_json(value) if isinstance(value, dict) else _epoch(value)

    def _written(self, text: str) -> datetime | int:
        if len(text) > _MAX_TEXT:
            raise InvalidValue(NOT_A_TIME)
        if text.isdecimal():
            return _run_together(text) or _epoch(int(text) if text.isascii() else text)
        if match := _NET_JSON.fullmatch(text):
            return _within_years(int(match[1]) * 1000)
        match = _ISO.fullmatch(text)
        moment = (match and _matched(match)) or date_text.moment(text, self._date_order)
        return _epoch(text) if moment is None else moment

    def _extended_json(self, value: object) -> datetime | int:
        """MongoDB's way to write a time in JSON: a text, or milliseconds, which may stand in a text of their own."""
        match value:
            case {"$date": str() as text}:
                return _iso(text) or self._written(text.strip())
            case {"$date": {"$numberLong": str() | int() as number}} | {"$date": int() | float() as number}:
                return _within_years(floor(Fraction(_number(number)) * 1000))
            case _:
                raise InvalidValue(NOT_A_TIME)


def _iso(text: str) -> datetime | None:
    """The common forms of ISO 8601, the fast way."""
    text = text.strip()
    if text[4:5] == text[7:8] == "-" and text[10:11] in "T ":
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    return None


def _basic_date(text: str) -> datetime | None:
    match = _ISO.fullmatch(text.strip()) if len(text) <= _MAX_TEXT else None
    return match and _matched(match)


def _matched(match: re.Match[str]) -> datetime | None:
    year, _, month, date, hour, _, minute, second, fraction, offset_hours, offset_minutes = match.groups("00")
    offset = "+00" if offset_hours == "00" else offset_hours
    zone = f"{offset}:{offset_minutes}" if match[10] or match[0][-1:] in "Zz" else ""
    try:
        return datetime.fromisoformat(f"{year}-{month}-{date}T{hour}:{minute}:{second}.{fraction[:6]:0<6}{zone}")
    except ValueError:
        return None


def _run_together(text: str) -> datetime | None:
    """Digits that are a date and a clock, to the second or the millisecond; as an epoch they are after 2500."""
    if len(text) not in (14, 17) or text[:2] not in ("19", "20"):
        return None
    try:
        return datetime.strptime(f"{text[:14]}{text[14:]:0<6}", "%Y%m%d%H%M%S%f")  # noqa: DTZ007 - it has no offset
    except ValueError:
        return None


def _json(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _epoch(value: object) -> int:
    """Microseconds of a number whose unit follows from its size: the seconds of today have ten digits."""
    number = _number(value)
    size = -number if number < 0 else number
    if size < _SMALLEST:
        raise InvalidValue(_TOO_SMALL)
    numerator, denominator = next(scale for end, scale in _UNITS if size < end)
    if isinstance(number, int):
        return _within_years(number * numerator // denominator)
    return _within_years(floor(Fraction(number) * numerator / denominator))


def _number(value: object) -> int | Decimal:
    try:
        return exact(value)
    except InvalidValue:
        raise InvalidValue(NOT_A_TIME) from None


def _within_years(since: int) -> int:
    if not _YEAR_1 <= since < _YEAR_10000:
        raise InvalidValue(_OUT_OF_RANGE)
    return since
