"""A rejection as it is kept: the record as it came, so that it can be piped in again, and why it was rejected."""

from __future__ import annotations

import json
import math
from typing import Any

import orjson

from destination_hubspot_calls.messages import Rejection


def encode(rejection: Rejection) -> bytes:
    """One line of JSON: the RECORD message, and `rejection` beside `record`."""
    why = {"reason": rejection.reason, "rule": rejection.rule or None, "hubspot": rejection.detail or None}
    line = rejection.line
    if _is_complete(line):
        return b'%b,"rejection":%b}\n' % (line[:-1], json.dumps(why, separators=(",", ":")).encode())
    message = _repaired(line)
    message["rejection"] = why
    return (json.dumps(message, separators=(",", ":"), allow_nan=False) + "\n").encode()


def _is_complete(line: bytes) -> bool:
    """Whether a line is JSON to every reader, and holds no rejection of an earlier run: then it stays as it came."""
    if b'"rejection"' in line:
        return False
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True


def _repaired(line: bytes) -> dict[str, Any]:
    """A line's message in plain JSON."""
    try:
        message: dict[str, Any] = _finite(json.loads(line, strict=False))
    except (ValueError, RecursionError):
        message = {"type": "RECORD", "unreadable": line.decode("utf-8", "backslashreplace")}
    return message


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
