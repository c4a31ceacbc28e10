"""Does a value fit its property? Compiled to one function per property, since every call passes here."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from datetime import datetime, timezone
from typing import TypeAlias

from integration_tests.sandbox.bodies import Problem
from integration_tests.sandbox.definitions import Definition, Option
from integration_tests.sandbox.settings import Settings
from integration_tests.sandbox.wire import EPOCH, iso

Check: TypeAlias = Callable[[str], "str | Problem"]
"""The value as it is stored, or why it cannot be. Blank text never comes here: it clears."""

MAX_TEXT = 65_536
"""A: "string" properties hold at most 65,536 characters."""
DAY_MS = 86_400_000
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999."""
_ISO = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:T(?P<minutes>\d\d:\d\d)(?::(?P<seconds>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?(?P<zone>Z|[+-]\d\d:?\d\d))?",
    re.ASCII,
)
_LONG = re.compile(r"-?\d{1,18}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_EXPONENT = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


def compile_check(definition: Definition, settings: Settings, owners: Container[str]) -> Check:
    """The rule of one property. Read-only ones refuse every value (B: READ_ONLY_VALUE)."""
    name = definition.name
    if definition.read_only or definition.calculated:
        return _read_only(name)
    if definition.referenced == "OWNER":
        return _owner(name, owners)
    if definition.type in ("bool", "enumeration"):
        return _of_options(definition)
    return _of_type(definition, settings)


def _of_type(definition: Definition, settings: Settings) -> Check:
    name = definition.name
    match definition.type:
        case "datetime":
            return _datetime(name, cut=settings.microseconds == "cut", offsets=settings.utc_offsets == "accept")
        case "date":
            return _date(name)
        case "number":
            return _number(name, _EXPONENT if settings.exponents == "accept" else _DECIMAL)
        case _:
            return _TEXTS.get(name, _text)(name)


def _of_options(definition: Definition) -> Check:
    if definition.external_options and not definition.options:
        return _text(definition.name)
    return (_options if definition.several else _option)(definition.name, definition.options)


def _read_only(name: str) -> Check:
    problem = Problem("READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.', name)
    return lambda _: problem


def _text(name: str) -> Check:
    def check(value: str) -> str | Problem:
        if len(value) <= MAX_TEXT:
            return value
        return Problem(  # D: the code is not captured
            "PROPERTY_VALUE_TOO_LONG", f"{name} was too long. Maximum length is {MAX_TEXT} characters.", name
        )

    return check


def _lowered(name: str) -> Check:
    """A: HubSpot lower-cases e-mail addresses (and, D, domains)."""
    text = _text(name)
    return lambda value: text(value.strip().lower())


def _https(name: str) -> Check:
    """A: the recording must be at an HTTPS address; D: the code."""

    def check(value: str) -> str | Problem:
        if value.startswith("https://") and len(value) <= MAX_TEXT:
            return value
        return Problem("INVALID_URL", f"{value[:200]} is not a valid HTTPS URL.", name)

    return check


def _owner(name: str, owners: Container[str]) -> Check:
    """D: the words; that an unknown owner is refused is B."""

    def check(value: str) -> str | Problem:
        if value in owners:
            return value
        return Problem("INVALID_OWNER_ID", f"Owner with id {value} does not exist.", name)

    return check


def _datetime(name: str, *, cut: bool, offsets: bool) -> Check:
    """A: milliseconds since 1970 or ISO 8601 in UTC; B: "... was not a valid long." for all else.

    Seconds are milliseconds too, of January 1970: HubSpot takes them.
    """

    def check(value: str) -> str | Problem:
        if _LONG.fullmatch(value) and _FIRST_MS <= int(value) <= _LAST_MS:
            return iso(int(value))
        found = _ISO.fullmatch(value)
        moment = _moment(found, cut=cut, offsets=offsets) if found else None
        return _not_a_long(name, value) if moment is None else iso(moment)

    return check


def _moment(found: re.Match[str], *, cut: bool, offsets: bool) -> int | None:
    fraction, zone = found["fraction"] or "", found["zone"] or "Z"
    if len(fraction) > 3 and not cut:
        return None
    if zone != "Z" and not offsets:
        return None
    clock = f"{found['minutes'] or '00:00'}:{found['seconds'] or '00'}.{fraction[:3]:0<3}"
    offset = "+00:00" if zone == "Z" else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    try:
        moment = datetime.fromisoformat(f"{found['date']}T{clock}{offset}")
    except ValueError:
        return None
    delta = moment - EPOCH
    return (delta.days * DAY_MS) + delta.seconds * 1000 + delta.microseconds // 1000


def _not_a_long(name: str, value: str) -> Problem:
    return Problem("INVALID_LONG", f"{value[:200]} was not a valid long.", name)


def _date(name: str) -> Check:
    """B: a day as YYYY-MM-DD, or its midnight in UTC as milliseconds."""

    def check(value: str) -> str | Problem:
        if _LONG.fullmatch(value) and _FIRST_MS <= int(value) <= _LAST_MS:
            return _midnight(int(value))
        if not _DATE.fullmatch(value):
            return _not_a_long(name, value)
        try:
            datetime.fromisoformat(value).replace(tzinfo=timezone.utc)
        except ValueError:
            return _not_a_long(name, value)
        return value

    def _midnight(milliseconds: int) -> str | Problem:
        if milliseconds % DAY_MS == 0:
            return iso(milliseconds)[:10]
        seconds, rest = divmod(milliseconds % DAY_MS, 1000)
        clock = f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}.{rest}"
        return Problem("INVALID_DATE", f"{milliseconds} is at {clock} UTC, not midnight!", name)

    return check


def _number(name: str, form: re.Pattern[str]) -> Check:
    """B: "1.4e-14 was not a valid number.", INVALID_INTEGER; A (2025): nor one with blanks around it."""

    def check(value: str) -> str | Problem:
        if form.fullmatch(value):
            return value
        return Problem("INVALID_INTEGER", f"{value[:200]} was not a valid number.", name)

    return check


def _option(name: str, options: tuple[Option, ...]) -> Check:
    allowed = frozenset(option.value for option in options)

    def check(value: str) -> str | Problem:
        return value if value in allowed else _no_option(name, value, options)

    return check


def _options(name: str, options: tuple[Option, ...]) -> Check:
    """A: several values are joined with ``;``; one in front adds to what is there."""
    allowed = frozenset(option.value for option in options)

    def check(value: str) -> str | Problem:
        for part in value.removeprefix(";").split(";"):
            if part not in allowed:
                return _no_option(name, part, options)
        return value

    return check


def _no_option(name: str, value: str, options: tuple[Option, ...]) -> Problem:
    """C: the options come as protobuf text, which can be very long."""
    listed = ", ".join(
        f'label: "{option.label}"\nvalue: "{option.value}"\ndisplay_order: {option.display_order}\n'
        f'double_data: 0.0\nhidden: {str(option.hidden).lower()}\ndescription: ""\nread_only: false\n'
        for option in options
    )
    return Problem("INVALID_OPTION", f"{value[:200]} was not one of the allowed options: [{listed}]", name)


_TEXTS: dict[str, Callable[[str], Check]] = {
    "email": _lowered,
    "domain": _lowered,
    "hs_call_recording_url": _https,
}
