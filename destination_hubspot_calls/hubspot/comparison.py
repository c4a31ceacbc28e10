"""Whether two texts are one value: HubSpot answers times, numbers and booleans in a form of its own."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation

MAX_NUMBER = 40
"""Characters of a number that is compared as one; longer text is compared as text."""


def instant(text: str) -> int | None:
    """Milliseconds since 1970 of a time as HubSpot takes and answers it (ISO 8601, or those), None if it is none."""
    if text.removeprefix("-").isdecimal() and len(text) <= MAX_NUMBER:
        return int(text)
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    if time.tzinfo is None:
        time = time.replace(tzinfo=timezone.utc)
    return round(time.timestamp() * 1000)


def same_value(sent: str, held: str | None, kind: str = "") -> bool:
    """Whether HubSpot holds what is sent. `kind`: the property's type, empty where it is not known.

    In doubt they are two: then a value is sent once more.
    """
    if held is None or sent == held:
        return sent == (held or "")
    match kind:
        case "datetime" | "date":
            return _same(instant(sent), instant(held))
        case "bool":
            return sent.lower() == held.lower()
        case "number":
            return _same(_number(sent), _number(held))
        case "enumeration":
            return ";" in sent and set(sent.split(";")) == set(held.split(";"))
        case _:
            return not kind and "T" in sent + held and _same(instant(sent), instant(held))


def _same(one: int | Decimal | None, other: int | Decimal | None) -> bool:
    return one is not None and one == other


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if len(text) <= MAX_NUMBER else None
    except InvalidOperation:
        return None
