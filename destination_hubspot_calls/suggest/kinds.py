"""What the values of a column are: times, lengths, numbers of phones, addresses, words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from statistics import median

from destination_hubspot_calls.config.fields import DateOrder
from destination_hubspot_calls.conversion.duration import milliseconds
from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.number import exact
from destination_hubspot_calls.conversion.timestamp import TimeReader
from destination_hubspot_calls.suggest.sample import Column

MOST = 0.9
"""The share of values that have to be of a kind: a few are typed wrong everywhere."""
MAX_TEXT = 500
"""Characters of what may be an address or a number of a phone."""
MAX_WORDS = 15
"""Different values of a column of words."""

_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
_PHONE = re.compile(r"(?:(?:tel|sip|whatsapp):)?\+?[\d\s().\u00a0/-]{7,25}(?:\s*(?:x|ext\.?)\s*\d+)?", re.IGNORECASE)
_EXTENSION = re.compile(r"\d{2,6}", re.ASCII)
_IDS = re.compile(r"\d{1,20}(?:[;,]\s*\d{1,20})*", re.ASCII)
_HTML = re.compile(r"<(?:p|br|div|span|ul|ol|li|b|i|strong|em|a|table|h[1-6])\b[^<>]*>", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d)?(?:\s*[AP]M)?", re.IGNORECASE)
_SLASHED = re.compile(r"\s*(\d{1,2})/(\d{1,2})/\d{4}")
_OFFSET = re.compile(r"(?:Z|UTC|GMT|\]|[+-]\d\d:?\d\d)\s*$", re.IGNORECASE)

_DAY_FIRST, _MONTH_FIRST = TimeReader(date_order="day_first"), TimeReader(date_order="month_first")


def is_mostly(column: Column, holds: Callable[[object], bool]) -> bool:
    """Whether nearly all values of a column are of a kind."""
    return bool(column.values) and column.share(filter(holds, column.values)) >= MOST


def is_time(value: object) -> bool:
    """A point in time or a day, in whatever order day and month are."""
    return _reads(_DAY_FIRST, value) or _reads(_MONTH_FIRST, value)


def is_day(value: object) -> bool:
    """A day without a time of day."""
    return isinstance(value, str) and ":" not in value and is_time(value) and not value.strip().isdecimal()


def is_clock(value: object) -> bool:
    """A time of day without a day."""
    return isinstance(value, str) and bool(_CLOCK.fullmatch(value.strip()))


def is_email(value: object) -> bool:
    """An e-mail address, whatever stands around it."""
    return isinstance(value, str) and "@" in value and len(value) <= MAX_TEXT and bool(_EMAIL.search(value))


def is_phone(value: object) -> bool:
    """What may be a number of a phone."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) and value < 10**15 else ""
    return (
        len(text) <= MAX_TEXT
        and bool(_PHONE.fullmatch(text.strip()))
        and 7 <= sum(letter.isdigit() for letter in text) <= 15
    )


def is_phone_or_extension(value: object) -> bool:
    """The same, or the few digits by which a phone system knows its own phones."""
    return is_phone(value) or bool(_EXTENSION.fullmatch(str(value).strip()))


def is_record_id(value: object) -> bool:
    """An id of HubSpot's, or several in one text."""
    return not isinstance(value, bool) and bool(_IDS.fullmatch(str(value).strip()))


def is_secure_url(value: object) -> bool:
    """An address that HubSpot accepts for a recording."""
    return isinstance(value, str) and value.strip().startswith("https://")


def is_html(value: object) -> bool:
    """Text with HTML in it."""
    return isinstance(value, str) and bool(_HTML.search(value))


def is_length(value: object) -> bool:
    """A number, or a length that says its units."""
    if isinstance(value, bool):
        return False
    try:
        milliseconds(value, "seconds")
    except InvalidValue:
        return False
    return True


def is_length_or_comma(value: object) -> bool:
    """A length, or a number with a comma where others have a point."""
    return is_length(value) or (isinstance(value, str) and value.count(",") == 1 and is_length(value.replace(",", ".")))


def is_long_text(column: Column) -> bool:
    """Whether a column holds sentences."""
    lengths = [len(value) for value in column.values if isinstance(value, str)]
    return bool(lengths) and sum(lengths) / len(lengths) > 40 and not is_mostly(column, is_secure_url)


def words(column: Column) -> list[str]:
    """The different values of a column of words, the most frequent first; empty where there are too many."""
    counts: dict[str, int] = {}
    for value in column.values:
        if isinstance(value, (dict, list)):
            return []
        text = ("true" if value else "false") if isinstance(value, bool) else str(value).strip()
        counts[text] = counts.get(text, 0) + 1
    return sorted(counts, key=lambda word: -counts[word]) if len(counts) <= MAX_WORDS else []


def number(value: object) -> float | None:
    """A number, or a text of one."""
    try:
        return None if isinstance(value, bool) else float(exact(value))
    except (InvalidValue, OverflowError):
        return None


def middle(values: Iterable[object]) -> float | None:
    """The middle one of the numbers among values."""
    found = [one for value in values if (one := number(value)) is not None]
    return median(found) if found else None


def middle_time(column: Column) -> float:
    """When the middle one of a column's times is, in microseconds since 1970."""
    times = [_DAY_FIRST.microseconds(value) for value in column.values if _reads(_DAY_FIRST, value)]
    return float(median(times)) if times else float("inf")


def lacks_offset(column: Column) -> bool:
    """Whether times of a column do not say where they belong."""
    return any(
        isinstance(value, str) and not value.strip().isdecimal() and not _OFFSET.search(value)
        for value in column.values
    )


def lacks_country(column: Column) -> bool:
    """Whether numbers of a column are written without a country."""
    return any(not str(value).strip().lstrip("'").startswith(("+", "00", "tel:+", "sip:+")) for value in column.values)


def date_orders(columns: Iterable[Column]) -> set[DateOrder] | None:
    """The orders in which the days with slashes can be read; None where there are none."""
    pairs = [
        (int(found[1]), int(found[2]))
        for column in columns
        for value in column.values
        if isinstance(value, str) and (found := _SLASHED.match(value))
    ]
    if not pairs:
        return None
    orders: set[DateOrder] = set()
    if all(second <= 12 for _, second in pairs):
        orders.add("day_first")
    if all(first <= 12 for first, _ in pairs):
        orders.add("month_first")
    return orders


def _reads(reader: TimeReader, value: object) -> bool:
    if isinstance(value, bool):
        return False
    try:
        reader.microseconds(value)
    except InvalidValue:
        return False
    return True
