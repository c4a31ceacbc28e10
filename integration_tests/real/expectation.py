"""What a case of real payloads expects of a call, and how the call differs from it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

NOT_SAID = frozenset({"hs_call_has_voicemail"})
"""The cases are silent about it: recipes say with it how a call was missed, and the cases leave open that it was."""


def differences(expected: dict[str, Any], found: dict[str, str]) -> dict[str, tuple[object, object]]:
    """By property: what was expected, and what the call has (None: nothing). Empty where all is as it should be."""
    names = (expected.keys() | found.keys()) - (NOT_SAID - expected.keys())
    pairs = {name: (expected.get(name), found.get(name)) for name in sorted(names)}
    return {name: pair for name, pair in pairs.items() if not _fits(name, *pair)}


def _fits(name: str, wanted: Any, value: str | None) -> bool:
    if isinstance(wanted, dict):
        return _fits_loosely(name, wanted, value)
    if wanted is None or value is None:
        return wanted is value
    if name == "hs_timestamp":
        return _instant(str(wanted)) == _instant(value)
    if isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        return float(value) == wanted
    return str(wanted) == value


def _fits_loosely(name: str, wanted: dict[str, Any], value: str | None) -> bool:
    if "any" in wanted:
        return True
    if "one_of" in wanted:
        return any(_fits(name, choice, value) for choice in wanted["one_of"])
    if value is None:
        return False
    if "between" in wanted:
        low, high = wanted["between"]
        return float(low) <= float(value) <= float(high)
    return (
        all(part in value for part in wanted.get("has", ()))
        and not any(part in value for part in wanted.get("not", ()))
        and len(value) <= wanted.get("longest", len(value))
    )


def _instant(written: str) -> datetime:
    """ISO or milliseconds, cut to milliseconds."""
    if written.isdigit():
        return datetime.fromtimestamp(int(written) / 1000, timezone.utc)
    return datetime.fromisoformat(written.replace("Z", "+00:00"))
