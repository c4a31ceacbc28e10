"""A rejection as it is kept: the record as it came, so that it can be piped in again, and why it was rejected."""

from __future__ import annotations

import json
import math
from typing import Any

from destination_hubspot_calls.messages import Rejection


def encode(rejection: Rejection) -> bytes:
    """One line of JSON: the RECORD message, and `rejection` beside `record`."""
    try:
        message = json.loads(rejection.line)
    except ValueError:
        message = {"type": "RECORD", "unreadable": rejection.line.decode("utf-8", "backslashreplace")}
    message["rejection"] = {
        "reason": rejection.reason,
        "rule": rejection.rule or None,
        "hubspot": rejection.detail or None,
    }
    return (json.dumps(_finite(message), separators=(",", ":"), allow_nan=False) + "\n").encode()


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: they are kept as text."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list():
            return [_finite(item) for item in value]
        case _:
            return value
