"""A rejection as it is kept: the record as it came, so that it can be piped in again, and why it was rejected."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from destination_hubspot_calls import json_scan
from destination_hubspot_calls.messages import Rejection


def encode(rejection: Rejection) -> bytes:
    """One line of JSON: the RECORD message, and `rejection` beside `record`."""
    why = {"reason": rejection.reason, "rule": rejection.rule or None, "hubspot": rejection.detail or None}
    line = rejection.line
    if _is_complete(line):
        return b'%b,"rejection":%b}\n' % (line[:-1], json.dumps(why, separators=(",", ":")).encode())
    try:
        message = _finite(json.loads(line, strict=False))
    except (ValueError, RecursionError):
        return _beside(line, why)
    message["rejection"] = why
    return (json.dumps(message, separators=(",", ":"), allow_nan=False) + "\n").encode()


def pieces(lines: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Lines joined to pieces of about `size` bytes."""
    gathered: list[bytes] = []
    held = 0
    for line in lines:
        gathered.append(line)
        held += len(line)
        if held >= size:
            yield b"".join(gathered)
            gathered, held = [], 0
    if gathered:
        yield b"".join(gathered)


def _is_complete(line: bytes) -> bool:
    """Whether a line is JSON to every reader, and holds no rejection of an earlier run: then it stays as it came."""
    if b'"rejection"' in line:
        return False
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True


def _beside(line: bytes, why: dict[str, str | None]) -> bytes:
    """A line that Python's readers refuse stays as it came, but for the rejection of an earlier run."""
    text = json.dumps(why, separators=(",", ":")).encode()
    if not json_scan.is_whole(line):
        kept = {"type": "RECORD", "unreadable": line.decode("utf-8", "backslashreplace"), "rejection": why}
        return (json.dumps(kept, separators=(",", ":")) + "\n").encode()
    old = json_scan.member(line, "rejection")
    if old is not None:
        return b"%b%b%b\n" % (line[: old.value], text, line[old.end :])
    return b'%b,"rejection":%b}\n' % (line[:-1], text)


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
