"""Points in time and days, from ISO 8601 and epochs."""

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from math import floor, inf

from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.number import exact

# `datetime.fromisoformat` reads less of ISO 8601 in Python 3.10 than later; this is the rest, and what it shares.
_ISO = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)(?:[T ](\d\d)(?:(:?)(\d\d)(?:\6(\d\d)(?:[.,](\d+))?)?)?(?:Z|([+-]\d\d):?(\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EPOCH_UNSAID = _EPOCH.replace(tzinfo=None)  # for times without an offset, which are UTC
_MILLISECOND = timedelta(milliseconds=1)

# By the end of its range, what makes a unit milliseconds: seconds, milliseconds, microseconds, nanoseconds.
_UNITS = ((10**11, (1000, 1)), (10**14, (1, 1)), (10**17, (1, 1000)), (inf, (1, 1_000_000)))
_SMALLEST = 10**8
_YEAR_1, _YEAR_10000 = -62_135_596_800_000, 253_402_300_800_000


def milliseconds(value: object) -> str:
    """A point in time as milliseconds since 1970, cut towards the past: HubSpot may refuse microseconds.

    ISO 8601, where no offset is UTC, or an epoch, whose unit follows from its size: today's seconds have ten digits.
    Numbers below 10^8 are no time, and so are dates of eight digits without dashes.
    """
    moment = None if not isinstance(value, str) or value.strip().isdecimal() else _moment(value)
    if moment is not None:
        return str((moment - (_EPOCH if moment.tzinfo else _EPOCH_UNSAID)) // _MILLISECOND)
    try:
        return str(_epoch(exact(value)))
    except InvalidValue:
        raise InvalidValue("is not a time: neither ISO 8601 nor an epoch (INVALID_DATETIME)") from None


def day(value: object) -> str:
    """The date of an ISO date or date-time as it is written there: an offset does not move it."""
    if isinstance(value, str) and (moment := _moment(value)):
        return moment.date().isoformat()
    raise InvalidValue("is not a date like 2024-01-31 (INVALID_DATE)")


def _moment(text: str) -> datetime | None:
    text = text.strip()
    if text[4:5] == text[7:8] == "-" and text[10:11] in "T ":
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    match = _ISO.fullmatch(text)
    return match and _read(match)


def _read(match: re.Match[str]) -> datetime | None:
    year, _, month, date, hour, _, minute, second, fraction, offset_hours, offset_minutes = match.groups("00")
    offset = "+00" if offset_hours == "00" else offset_hours
    try:
        return datetime.fromisoformat(
            f"{year}-{month}-{date}T{hour}:{minute}:{second}.{fraction[:3]:0<3}{offset}:{offset_minutes}"
        )
    except ValueError:
        return None


def _epoch(number: int | Decimal) -> int:
    size = -number if number < 0 else number
    if size < _SMALLEST:
        raise InvalidValue("is too small for a time")
    numerator, denominator = next(scale for end, scale in _UNITS if size < end)
    if isinstance(number, int):
        since = number * numerator // denominator
    else:
        since = floor(Fraction(number) * numerator / denominator)
    if not _YEAR_1 <= since < _YEAR_10000:
        raise InvalidValue("is out of the range of years")
    return since
