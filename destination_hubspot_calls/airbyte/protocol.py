"""Airbyte's lines in and out, losing nothing."""

from __future__ import annotations

import json
import logging
import os
import re
import select
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import AirbyteMessage, AirbyteMessageSerializer

from destination_hubspot_calls import json_scan
from destination_hubspot_calls.messages import Checkpoint, CheckpointKind, Record, Rejection, Stream
from destination_hubspot_calls.results import Count, SettledState, counted

logger = logging.getLogger(__name__)

CHUNK = 1 << 20
"""Bytes asked for at once; a read returns what is there and waits for no more."""
TICK = 0.5
"""Seconds after which a reader that waits for input says that it does."""
ALL_DIGITS_ZERO = bytes.maketrans(b"123456789", b"000000000")
LONG_NUMBER = b"0" * 19
"""orjson makes floats of integers above 64 bits, so lines with such a run of digits are read by json; few have one. A
translation and a search are a tenth of the time of a regular expression."""
BOM = b"\xef\xbb\xbf"
KINDS = {kind.value: kind for kind in CheckpointKind}
_STATE = re.compile(rb'(\{\s*"type"\s*:\s*"STATE"\s*,\s*"state"\s*:\s*\{)\s*(\}?)')
"""How nearly every state begins, and whether nothing is in it."""
STATE_START = b'{"type":"STATE"'
"""How most of these do: of such a line only names are read, so its numbers need not be exact."""
UNREADABLE = (
    "the record cannot be read: it is nested too deep, holds a number of too many digits, or bytes that are not UTF-8 "
    "(UNREADABLE)"
)
OURS = (b'"RECORD"', b'"record"', b'"STATE"', b'"state"')
"""What a line that is no JSON has in it where it was to be a record or a state."""

Item = Record | Rejection | Checkpoint | None
"""What a line is; None: nothing came for a moment."""


class UnreadableInput(Exception):
    """A record or a state that cannot be read: its loss could not be seen by anyone, so the sync must stop."""


class OutputClosed(Exception):
    """Nobody reads stdout any more: a state that cannot leave is lost, so the sync must stop."""

    def __init__(self) -> None:
        super().__init__("Nobody reads the output of this process any more, so no further state can leave: sync again")


def read_items(file: int, wake: int | None = None, clock: Callable[[], float] = time.monotonic) -> Iterator[Item]:
    """The records and states of a file descriptor, and None at least every half second, until its end.

    A byte on `wake` makes it return to the caller at once. Raises UnreadableInput.
    """
    number = 0
    strange = 0
    told = clock()
    for lines in _lines(file, wake):
        for line in lines:
            number += 1
            item = read_line(line, number)
            if item is not None:
                yield item
            else:
                strange += _is_strange(line)
        now = clock()
        if not lines or now - told >= TICK:
            told = now
            yield None
    if strange:
        _tell_strange(strange)


def _tell_strange(number: int) -> None:
    what = counted(
        number,
        "line of the input is not an Airbyte message and was skipped",
        "lines of the input are not Airbyte messages and were skipped",
    )
    example = '{"type": "RECORD", "record": {"stream": "calls", "data": {}, "emitted_at": 0}}'
    logger.warning("%s; a record is a line like %s", what, example)


def _is_strange(line: bytes) -> bool:
    """Whether a line that is none of ours is nobody's."""
    message = _decode(line) if line.strip() else {"type": ""}
    return not isinstance(message, dict) or not isinstance(message.get("type"), str)


def _lines(file: int, wake: int | None) -> Iterator[list[bytes]]:
    """Whole lines as they come; an empty list where nothing came for a moment."""
    rest: list[bytes] = []
    watched = [file] if wake is None else [file, wake]
    while True:
        ready, _, _ = select.select(watched, [], [], TICK)
        if file not in ready:
            yield []
            continue
        chunk = os.read(file, CHUNK)
        if not chunk:
            break
        *whole, last = chunk.split(b"\n")
        if whole:
            whole[0] = b"".join([*rest, whole[0]])
            rest = []
            yield whole
        rest.append(last)
    yield [b"".join(rest)]


def read_line(line: bytes, number: int) -> Item:
    """One message; None where it is none of ours. Raises UnreadableInput, whose text holds no content."""
    line = line.strip().removeprefix(BOM)
    if not line:
        return None
    message = _decoded_state(line) if line.startswith(STATE_START) else _decode(line)
    kind = message.get("type") if isinstance(message, dict) else None
    if kind == "RECORD":
        return _record(message, line, number)
    if kind == "STATE":
        return _state(message, line, number)
    if message is None and any(name in line for name in OURS):
        return _scanned(line, number)
    return None


def _scanned(line: bytes, number: int) -> Item:
    """A record or a state that Python's readers refuse, read by its structure alone. Raises UnreadableInput."""
    if json_scan.is_whole(line):
        kind = json_scan.string(line, json_scan.member(line, "type"))
        if kind not in (None, "RECORD", "STATE"):
            return None
        if kind == "RECORD" and (stream := _scanned_stream(line)):
            return Rejection(stream, "", UNREADABLE, line)
        if kind == "STATE" and (checkpoint := _scanned_state(line)):
            return checkpoint
    raise UnreadableInput(
        f"line {number} of the input ({len(line)} bytes) looks like a record or a state, but is "
        "not valid JSON: the source, or what stands between it and this destination, is broken"
    )


def _scanned_stream(line: bytes) -> Stream | None:
    record = json_scan.member(line, "record")
    if record is None or line[record.value : record.value + 1] != b"{":
        return None
    name = json_scan.string(line, json_scan.member(line, "stream", record.value))
    namespace = json_scan.string(line, json_scan.member(line, "namespace", record.value))
    return None if name is None else Stream(name, namespace or None)


def _scanned_state(line: bytes) -> Checkpoint | None:
    """A state of which only its kind and its stream are read; the rest goes back as it came."""
    outline = _outline(line, ("state", "stream", "stream_descriptor"))
    try:
        kind = _kind(outline["state"])
        stream = _state_stream(outline["state"]) if kind is CheckpointKind.STREAM else None
    except (KeyError, TypeError, AttributeError):
        return None
    return Checkpoint(kind, stream, line)


def _outline(line: bytes, path: tuple[str, ...], start: int = 0) -> dict[str, Any]:
    """The objects along a path with their texts; True stands for every other value but null."""
    outline: dict[str, Any] = {}
    for item in json_scan.members(line, start):
        value = line[item.value : item.end]
        if item.name == path[0] and value[:1] == b"{" and len(path) > 1:
            outline[item.name] = _outline(line, path[1:], item.value)
        elif item.name == path[0] and value[:1] == b"{":
            outline[item.name] = {one.name: json_scan.string(line, one) for one in json_scan.members(line, item.value)}
        else:
            outline[item.name] = json_scan.string(line, item) or (value != b"null" or None)
    return outline


def _decoded_state(line: bytes) -> Any:
    """A line's JSON where it is a state after all, its long integers as they may be; any other as `_decode` has it."""
    try:
        message = orjson.loads(line)
    except ValueError:
        return _decode(line)
    return message if message["type"] == "STATE" else _decode(line)


def _decode(line: bytes) -> Any:
    """A line's JSON, integers of any size exact; None where it is none."""
    message = _native(line)
    if message is not None:
        return message
    try:
        return _exact(line)
    except (ValueError, RecursionError):
        return None


def _native(line: bytes) -> Any:
    """The same by orjson, which is many times faster; None for what it does not read exactly, or not at all."""
    if LONG_NUMBER in line.translate(ALL_DIGITS_ZERO):
        return None
    try:
        return orjson.loads(line)
    except ValueError:
        return None  # NaN, a lone surrogate: json reads what orjson does not


def _exact(line: bytes) -> Any:
    """JSON as sources write it: integers of any size, NaN, lone surrogates, control characters as they are."""
    return json.loads(line, strict=False)


_stream = lru_cache(maxsize=1024)(Stream)
"""One object for each stream: whoever counts by stream then mostly sees that it is the one of before."""


def _record(message: dict[str, Any], line: bytes, number: int) -> Record | Rejection:
    record = message.get("record")
    name = record.get("stream") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(name, str):
        raise UnreadableInput(f"line {number} of the input is a record that names no stream")
    namespace = record.get("namespace")
    stream = _stream(name, namespace if isinstance(namespace, str) and namespace else None)
    data = record.get("data")
    if not isinstance(data, dict):
        return Rejection(stream, "", "the record has no data", line)
    return Record(stream, data, line)


def _state(message: dict[str, Any], line: bytes, number: int) -> Checkpoint:
    try:
        state = message["state"]
        kind = _kind(state)
        stream = _state_stream(state) if kind is CheckpointKind.STREAM else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UnreadableInput(f"line {number} of the input is a state of an unknown form") from None
    return Checkpoint(kind, stream, line)


def _kind(state: dict[str, Any]) -> CheckpointKind:
    named = state.get("type")
    if named:
        return KINDS[named]
    if state.get("stream"):
        return CheckpointKind.STREAM
    return CheckpointKind.GLOBAL if state.get("global") or state.get("global_") else CheckpointKind.LEGACY


def _state_stream(state: dict[str, Any]) -> Stream:
    descriptor = state["stream"]["stream_descriptor"]
    name, namespace = descriptor["name"], descriptor.get("namespace")
    if not isinstance(name, str) or not (namespace is None or isinstance(namespace, str)):
        raise TypeError
    return _stream(name, namespace or None)


def read_messages(messages: Iterable[AirbyteMessage]) -> Iterator[Item]:
    """The same, of messages that were decoded by others: whatever Python holds, JSON can say."""
    for number, message in enumerate(messages, 1):
        yield read_line(json.dumps(AirbyteMessageSerializer.dump(message), default=str).encode(), number)


def encode_state(settled: SettledState) -> bytes:
    """A state's line: byte for byte as it came, but for the counts of the records that it covers."""
    line = settled.checkpoint.line
    counts = _encoded_stats(settled.written, settled.rejected, *settled.tally.items())
    opening = _STATE.match(line)
    if opening is None or b"destinationStats" in line:
        return _spliced(line, counts)
    end = opening.end(1)
    return b"".join((line[:end], counts, b"" if opening[2] else b",", line[end:]))


@lru_cache(maxsize=1024)
def _encoded_stats(written: int, rejected: int, *tally: tuple[str, int]) -> bytes:
    """The records that a state covers, as Airbyte keeps them with an attempt; `additionalStats` since protocol 0.19.

    A record that shares its call with another one finds it existing. Remembered: a source that sends a state for each
    record, or for each page, makes the same again and again.
    """
    if not tally:
        return b'"destinationStats":{"recordCount":%d.0,"rejectedRecordCount":%d.0}' % (written, rejected)
    of = dict(tally).get
    more = (
        of(Count.CREATED, 0),
        of(Count.UPDATED, 0),
        of(Count.THERE, 0) + of(Count.REPEATED, 0),
        of(Count.LINKED, 0),
        of(Count.MISSED, 0) + of(Count.AMBIGUOUS, 0),
    )
    return (
        b'"destinationStats":{"recordCount":%d.0,"rejectedRecordCount":%d.0,"additionalStats":{"created":%d.0,'
        b'"updated":%d.0,"existing":%d.0,"links":%d.0,"withoutMatch":%d.0}}' % (written, rejected, *more)
    )


def _spliced(line: bytes, counts: bytes) -> bytes:
    """The same for a line that is written otherwise, or holds counts already, which are replaced."""
    state = json_scan.member(line, "state")
    assert state is not None  # else it would not have been read as a state
    old = json_scan.member(line, "destinationStats", state.value)
    if old is not None:
        return b"".join((line[: old.begin], counts, line[old.end :]))
    inside = line[state.value + 1 : state.end - 1]
    comma = b"," if inside.strip() else b""
    return b"".join((line[: state.value + 1], counts, comma, line[state.value + 1 :]))


def emit_states(states: Sequence[SettledState]) -> None:
    """Send states to Airbyte."""
    emit(map(encode_state, states))


def emit_limited(streams: Iterable[Stream], resets_in: float | None) -> None:
    """Tell Airbyte that streams wait for a limit, with room again in so many seconds; None: that they run on."""
    now = time.time() * 1000
    emit(_status(stream, now, resets_in) for stream in streams)


def _status(stream: Stream, now: float, resets_in: float | None) -> bytes:
    descriptor = {"name": stream.name} | ({"namespace": stream.namespace} if stream.namespace else {})
    status: dict[str, Any] = {"stream_descriptor": descriptor, "status": "RUNNING"}
    if resets_in is not None:
        limited = {"quota_reset": int(now + resets_in * 1000)}
        status["reasons"] = [{"type": "RATE_LIMITED", "rate_limited": limited}]
    trace = {"type": "STREAM_STATUS", "emitted_at": now, "stream_status": status}
    return json.dumps({"type": "TRACE", "trace": trace}, separators=(",", ":")).encode()


def emit_config(config: Mapping[str, Any]) -> None:
    """Ask Airbyte to keep a changed configuration, all of it, for the next sync."""
    control = {"type": "CONNECTOR_CONFIG", "emitted_at": time.time() * 1000, "connectorConfig": {"config": config}}
    emit([json.dumps({"type": "CONTROL", "control": control}).encode()])


def emit_operations(operations: Iterable[Mapping[str, Any]]) -> None:
    """Tell Airbyte what can be done to which object (the CDK's AirbyteMessage has no place for it)."""
    catalog = {"operations": list(operations)}
    emit([json.dumps({"type": "DESTINATION_CATALOG", "destination_catalog": catalog}).encode()])


def emit(lines: Iterable[bytes]) -> None:
    """Send lines to Airbyte at once and whole: log lines of other threads can neither split nor delay them.

    Raises OutputClosed if nobody reads them; what is logged from then on goes to stderr.
    """
    try:
        for data in _gathered(lines):
            with PRINT_BUFFER.lock:
                sys.stdout.flush()
                out = getattr(sys.stdout, "buffer", None)
                if out is None:  # a stand-in of the CDK's test tools
                    sys.stdout.write(data.decode())
                else:
                    _write_all(getattr(out, "raw", out), data)
    except BrokenPipeError:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        raise OutputClosed from None


def _gathered(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their ends, many in one piece, but no more than a write is worth: states may be long."""
    piece: list[bytes] = []
    size = 0
    for line in lines:
        piece.append(line + b"\n")
        size += len(line)
        if size >= CHUNK:
            yield b"".join(piece)
            piece, size = [], 0
    if piece:
        yield b"".join(piece)


def _write_all(stream: Any, data: bytes) -> None:
    """Write all of it: unbuffered, interrupted by a signal, or not blocking, a stream takes a part at a time."""
    rest = memoryview(data)
    while rest:
        taken: int | None = stream.write(rest)  # None: it would block
        rest = rest[taken or 0 :]
        if not taken:
            select.select([], [stream], [], TICK)
