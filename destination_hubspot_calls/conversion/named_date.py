"""Dates with the name of their month, by python-dateutil."""

import re
from datetime import datetime

from dateutil import parser

from destination_hubspot_calls.conversion.number import full_year

_FILLERS = frozenset({"of", "st", "nd", "rd", "th"})
_DIGITS = ([1, 2], [1, 4], [2, 2], [2, 4])
"""How many digits a day and a year have."""


class _English(parser.parserinfo):
    """English names of months. The library would let the meaning of 76 depend on the year it runs in."""

    def convertyear(self, year: int, century_specified: bool = False) -> int:  # noqa: FBT001, FBT002 - the library's
        return year if century_specified else full_year(year)


_ENGLISH = _English()
_PARSER = parser.parser(_ENGLISH)


def moment(date: str) -> datetime | None:
    """The day of `31-JAN-26`, `Jan 31st, 2026` and the like; None for what lacks a part, or has more.

    What is missing the library would take from today, so it is counted before.
    """
    words = [word.lower() for word in re.findall("[A-Za-z]+", date)]
    months = [word for word in words if _ENGLISH.month(word) is not None]
    others = [word for word in words if word not in months and word not in _FILLERS and _ENGLISH.weekday(word) is None]
    if len(months) != 1 or others or sorted(map(len, re.findall(r"\d+", date))) not in _DIGITS:
        return None
    try:
        return _PARSER.parse(date, default=datetime(2000, 1, 1), dayfirst=True)  # noqa: DTZ001 - it has no offset
    except (ValueError, OverflowError):
        return None
