"""A record as it is kept: as it came, so that it can be piped in again, and why it is here."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from destination_hubspot_calls import json_scan
from destination_hubspot_calls.messages import Rejection, Unlinked


def encode(rejection: Rejection) -> bytes:
    """One line of JSON: the RECORD message, and `rejection` beside `record`."""
    why: dict[str, Any] = {
        "reason": rejection.reason,
        "rule": rejection.rule or None,
        "hubspot": rejection.detail or None,
        "key": rejection.name or None,
    }
    if rejection.reasons:
        why["reasons"] = [
            {"reason": reason.words, "about": reason.about, "rule": reason.rule, "value": reason.value}
            for reason in rejection.reasons
        ]
    return _with(rejection.line, "rejection", why)


def encode_unlinked(unlinked: Unlinked) -> bytes:
    """One line of JSON: the RECORD message, and `unlinked` beside `record`."""
    rule = unlinked.rule
    why = {
        "key": unlinked.name or None,
        "stream": str(unlinked.stream),
        "rule": rule.place,
        "object_type": rule.object_type,
        "match_by": rule.match_by,
        "source": rule.source,
        "cause": unlinked.cause,
        "value": unlinked.value,
    }
    return _with(unlinked.line, "unlinked", why)


def _with(line: bytes, name: str, why: Mapping[str, Any]) -> bytes:
    """A record's line with a member beside it."""
    if _is_complete(line, name):
        return b'%b,"%b":%b}\n' % (line[:-1], name.encode(), json.dumps(why, separators=(",", ":")).encode())
    try:
        message = _finite(json.loads(line, strict=False))
    except (ValueError, RecursionError):
        return _beside(line, name, why)
    message[name] = why
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


def _is_complete(line: bytes, name: str) -> bool:
    """Whether a line is JSON to every reader, and holds no `name` of an earlier run: then it stays as it came."""
    if b'"%b"' % name.encode() in line:
        return False
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True


def _beside(line: bytes, name: str, why: Mapping[str, Any]) -> bytes:
    """A line that Python's readers refuse stays as it came, but for the same member of an earlier run."""
    text = json.dumps(why, separators=(",", ":")).encode()
    if not json_scan.is_whole(line):
        kept = {"type": "RECORD", "unreadable": line.decode("utf-8", "backslashreplace"), name: why}
        return (json.dumps(kept, separators=(",", ":")) + "\n").encode()
    old = json_scan.member(line, name)
    if old is not None:
        return b"%b%b%b\n" % (line[: old.value], text, line[old.end :])
    return b'%b,"%b":%b}\n' % (line[:-1], name.encode(), text)


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
