"""JSON values as text."""

import json

from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.number import exact, plain

_to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


_MAX_SHOWN = 80


def shown(value: object) -> str:
    """A value as a person is shown it: one line, cut, whatever it holds."""
    try:
        held = text(value)
    except InvalidValue:
        held = ascii(value) if isinstance(value, str) else f"({type(value).__name__})"
    line = " ".join(held[: 2 * _MAX_SHOWN].split())
    return line if len(line) <= _MAX_SHOWN else f"{line[: _MAX_SHOWN - 1]}…"


def absent(value: object) -> bool:
    """Whether it is no value: null, blank text, or an empty list."""
    return not value.strip() if isinstance(value, str) else value is None or value == []


def text(value: object) -> str:
    """Text as it is, anything else as JSON. orjson would write NaN as null and refuse large integers."""
    if isinstance(value, str):
        return value if value.isascii() else whole(value)
    try:
        return whole(_to_json(value))
    except (ValueError, TypeError, RecursionError):
        raise InvalidValue(
            "cannot be written as JSON: it holds NaN, an infinity, or too many levels or digits"
        ) from None


def word(value: object) -> str:
    """One text, number (without a fraction if it has none), or boolean as trimmed text; for what is compared."""
    if isinstance(value, str):
        return value.strip() if value.isascii() else whole(value).strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return plain(exact(value))
    raise InvalidValue("is a list or an object where one value is expected")


def whole(characters: str) -> str:
    """The same characters, unless there is half of one among them: UTF-8 cannot carry a lone surrogate."""
    try:
        characters.encode()
    except UnicodeEncodeError:
        raise InvalidValue("holds half a character (a lone surrogate), which cannot be sent (INVALID_TEXT)") from None
    return characters
