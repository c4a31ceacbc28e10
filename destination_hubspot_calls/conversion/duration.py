"""Lengths that say their units themselves: clocks, ISO 8601, words."""

import re
from decimal import Decimal
from typing import Literal

from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.number import exact, times

Unit = Literal["seconds", "minutes"]

_MILLISECONDS: dict[Unit, int] = {"seconds": 1000, "minutes": 60_000}
_SECONDS = ("seconde", "secondes", "segundo", "segundos", "seconden")
_WORDS = {
    "millisecond": ("ms", "msec", "msecs", "millisecond", "milliseconds"),
    "second": ("s", "sec", "secs", "second", "seconds", "sek", "sekunde", "sekunden", *_SECONDS),
    "minute": ("m", "min", "mins", "minute", "minutes", "minuten", "minuto", "minutos", "minuut"),
    "hour": ("h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden", "heure", "heures", "hora", "horas", "uur"),
    "day": ("d", "day", "days"),
    "week": ("w", "week", "weeks"),
    "month": ("mon", "mons", "month", "months"),
    "year": ("y", "yr", "yrs", "year", "years"),
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words}
# How long a month or a year is depends on which, so only none of them has a length.
_LENGTHS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
    "month": 0,
    "year": 0,
}
_ISO_UNITS = ("year", "month", "week", "day", "hour", "minute", "second")

_NUMBER = r"\d{1,15}(?:\.\d{1,15})?"
_FLAGS = re.ASCII | re.IGNORECASE
_CLOCK = re.compile(r"([+-]?)(\d{1,9}):(\d\d)(?::(\d\d))?(?:[.,](\d{1,15}))?", _FLAGS)
_PART = re.compile(rf"({_NUMBER}) ?([a-z]+)\.?(?:, ?| (?:and|und|et|y|en) | )?", _FLAGS)
_NUMBERED = r"(\d{1,15}(?:[.,]\d{1,15})?)"
_NET = re.compile(r"([+-]?)(\d{1,6})\.(\d\d:\d\d:\d\d(?:\.\d{1,15})?)", _FLAGS)
"""Days, and a clock, as .NET has it: 1.02:03:04."""
_PRIMES = re.compile(r"(?:(\d{1,6})['\u2032] ?)?(\d{1,2})(?:''|[\"\u2033])", _FLAGS)
"""Minutes and seconds, as 5'03"."""
_ISO = re.compile(
    rf"([+-]?)P(?=\d|T)(?:{_NUMBERED}Y)?(?:{_NUMBERED}M)?(?:{_NUMBERED}W)?(?:{_NUMBERED}D)?"
    rf"(?:T(?=\d)(?:{_NUMBERED}H)?(?:{_NUMBERED}M)?(?:{_NUMBERED}S)?)?",
    _FLAGS,
)
_MAX_TEXT = 100
"""Characters: no way to write a length takes more."""

NOT_A_LENGTH = (
    "is neither a number nor a length that says its units, as in 01:02:03, PT1M35S, 1m 35s, or 1 hour 2 minutes "
    "(INVALID_NUMBER)"
)


def milliseconds(value: object, unit: Unit) -> int | Decimal:
    """A length: a number of `unit`, or a text that says its units; a clock of two parts ends in `unit`.

    Raises InvalidValue.
    """
    try:
        return times(exact(value), _MILLISECONDS[unit])
    except InvalidValue:
        if not isinstance(value, str) or len(value) > _MAX_TEXT:
            raise InvalidValue(NOT_A_LENGTH) from None
    text = " ".join(value.split())
    # PostgreSQL may begin words with an @.
    ways = (_clock(text, unit), _iso(text), _signs(text, unit), _in_words(text.removeprefix("@ "), unit))
    found = next((length for length in ways if length is not None), None)
    if found is None:
        raise InvalidValue(NOT_A_LENGTH)
    return found


def _clock(text: str, unit: Unit) -> Decimal | None:
    """Hours, minutes, and seconds, with a fraction; or two of them, of which the last is `unit`."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    sign, *parts, fraction = match.groups()
    first, *others = (int(part) for part in parts if part is not None)
    ends_in_minutes = len(others) == 1 and unit == "minutes"
    if any(part > 59 for part in others) or (fraction and ends_in_minutes):
        return None
    if len(others) == 2:
        whole = 3600 * first + 60 * others[0] + others[1]
    else:
        whole = (60 * first + others[0]) * (60 if ends_in_minutes else 1)
    length = 1000 * (whole + Decimal(f"0.{fraction or 0}"))
    return -length if sign == "-" else length


def _signs(text: str, unit: Unit) -> Decimal | None:
    """Days before a clock, or minutes and seconds with primes."""
    if (match := _NET.fullmatch(text)) and (clock := _clock(match[3], unit)) is not None:
        length = 86_400_000 * int(match[2]) + clock
        return -length if match[1] == "-" else length
    if (match := _PRIMES.fullmatch(text)) and int(match[2]) < 60:
        return Decimal(1000 * (60 * int(match[1] or 0) + int(match[2])))
    return None


def _iso(text: str) -> Decimal | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    sign, *numbers = match.groups()
    length = _length(
        [(unit, number.replace(",", ".")) for unit, number in zip(_ISO_UNITS, numbers, strict=True) if number]
    )
    return -length if length and sign == "-" else length


def _in_words(text: str, unit: Unit) -> Decimal | None:
    """Numbers with their units, each unit once; PostgreSQL has a clock behind days."""
    parts: list[tuple[str, str]] = []
    position = 0
    while match := _PART.match(text, position):
        named = _UNITS.get(match[2].lower())
        if named is None or any(named == known for known, _ in parts):
            return None
        parts.append((named, match[1]))
        position = match.end()
    length = _length(parts)
    if length is None or position == len(text):
        return length
    clock = _clock(text[position:], unit) if text[position:].count(":") == 2 else None
    return None if clock is None else length + clock


def _length(parts: list[tuple[str, str]]) -> Decimal | None:
    """The sum, in milliseconds; None where there is nothing to add, or a month or a year, whose length is not known."""
    length = Decimal(0)
    for unit, number in parts:
        amount = Decimal(number)
        if amount and not _LENGTHS[unit]:
            return None
        length += amount * _LENGTHS[unit]
    return length if parts else None
