"""Airbyte's lines in and out: nothing is lost, split, glued, or changed."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.logger import init_logger
from airbyte_cdk.models import AirbyteMessage, AirbyteMessageSerializer, AirbyteRecordMessage, Type
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_hubspot_calls import json_scan
from destination_hubspot_calls.airbyte.protocol import (
    UnreadableInput,
    _write_all,
    emit,
    emit_limited,
    encode_state,
    read_items,
    read_line,
    read_messages,
)
from destination_hubspot_calls.messages import Checkpoint, CheckpointKind, Record, Rejection, Stream
from destination_hubspot_calls.results import Count, SettledState

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def record(number: int, padding: int = 0) -> bytes:
    return b'{"type":"RECORD","record":{"stream":"s","data":{"id":%d,"p":"%b"}}}' % (number, b"x" * padding)


@contextmanager
def piped(*chunks: bytes) -> Iterator[int]:
    """A pipe that chunks come out of, and then its end."""
    read_end, write_end = os.pipe()

    def feed() -> None:
        for chunk in chunks:
            os.write(write_end, chunk)
        os.close(write_end)

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        yield read_end
    finally:
        os.close(read_end)
        feeder.join()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=30), st.lists(st.integers(1, 200), max_size=40), st.booleans())
def test_lines_are_whole_however_the_pipe_cuts_them(sizes: list[int], cuts: list[int], ends: bool) -> None:  # noqa: FBT001
    """A pipe gives what is there; a record cut in two would be two lines that are none."""
    text = b"\n".join(record(number, size) for number, size in enumerate(sizes)) + (b"\n" if ends and sizes else b"")
    chunks = []
    for cut in cuts:
        chunks.append(text[:cut])
        text = text[cut:]
    with piped(*filter(None, [*chunks, text])) as file:
        items = [item for item in read_items(file) if item is not None]
    assert [item.data["id"] for item in items if isinstance(item, Record)] == list(range(len(sizes)))


def test_a_line_longer_than_a_read_is_one_line() -> None:
    """A text of megabytes comes in many pieces."""
    with piped(record(1, 3_000_000) + b"\n" + record(2)) as file:
        items = [item for item in read_items(file) if item is not None]
    assert [len(item.line) for item in items] == [len(record(1, 3_000_000)), len(record(2))]


def test_a_pause_is_told_and_ends_nothing() -> None:
    """While nothing comes, batches have to be closed and states let go."""
    read_end, write_end = os.pipe()
    items = read_items(read_end)
    assert next(items) is None
    os.write(write_end, record(1)[:20])
    assert next(items) is None
    os.write(write_end, record(1)[20:] + b"\n")
    assert isinstance(next(items), Record)
    os.close(write_end)
    assert [item for item in items if item] == []
    os.close(read_end)


def test_a_signal_wakes_the_reader() -> None:
    """SIGTERM must not wait until the source sends again."""
    read_end, write_end = os.pipe()
    wake, signalled = os.pipe()
    now = 0.0
    items = read_items(read_end, wake, clock=lambda: now)
    os.write(signalled, b"\0")
    assert next(items) is None
    for file in (read_end, write_end, wake, signalled):
        os.close(file)


def test_marks_come_while_records_flow() -> None:
    """A source that never pauses must not keep finished batches from settling."""
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.3
        return now

    read_end, write_end = os.pipe()
    items = read_items(read_end, clock=clock)
    found = []
    for number in range(6):
        os.write(write_end, record(number) + b"\n")
        item = next(items)
        found.append(item)
        if item is None:
            found.append(next(items))
    os.close(write_end)
    os.close(read_end)
    assert found.count(None) >= 2
    assert sum(isinstance(item, Record) for item in found) == 6


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b'{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"}}}}', "STREAM"),
        (b'{"type":"STATE","state":{"stream":{"stream_descriptor":{"name":"a","namespace":null}}}}', "STREAM"),
        (b'{"type":"STATE","state":{"type":"GLOBAL","global":{}}}', "GLOBAL"),
        (b'{"type":"STATE","state":{"global_":{"shared_state":1}}}', "GLOBAL"),
        (b'{"type":"STATE","state":{"type":null,"data":{}}}', "LEGACY"),
        (b'{"type":"STATE","state":{"data":{"a":1}}}', "LEGACY"),
    ],
)
def test_kinds_of_state(line: bytes, kind: str) -> None:
    """What a state covers decides which counts it takes."""
    state = read_line(line, 1)
    assert isinstance(state, Checkpoint)
    assert state.kind is CheckpointKind(kind)
    assert state.stream == (Stream("a") if kind == "STREAM" else None)


UNREADABLE = {
    "a record cut short": record(1)[:-9],
    "a record without its beginning": record(1)[9:],
    "a record without a stream": b'{"type":"RECORD","record":{"data":{"a":"secret"}}}',
    "a record that is none": b'{"type":"RECORD","record":["secret"]}',
    "two records glued together": record(1) + record(2),
    "a log line glued before a record": b'{"type":"LOG"}' + record(1),
    "a record nested beyond all readers": b'{"type":"RECORD","record":{"data":' + b"[" * 100_000,
    "a state without a state": b'{"type":"STATE"}',
    "a state without a stream": b'{"type":"STATE","state":{"type":"STREAM","secret":1}}',
    "a state of an unknown type": b'{"type":"STATE","state":{"type":"PARTIAL","secret":1}}',
    "a state whose stream has no name": b'{"type":"STATE","state":{"stream":{"stream_descriptor":{"name":7}}}}',
    "a state whose namespace is a list": (
        b'{"type":"STATE","state":{"stream":{"stream_descriptor":{"name":"a","namespace":["secret"]}}}}'
    ),
    "a state cut short": b'{"type":"STATE","state":{"data":{"secret":1',
}


HARD: dict[str, bytes] = {
    "nested 1,100 levels": b"[" * 1100 + b"]" * 1100,
    "objects nested 1,100 levels": b'{"a":' * 1100 + b"null" + b"}" * 1100,
    "nested 100,000 levels": b"[" * 100_000 + b"]" * 100_000,
    "an integer of 5,000 digits": b"7" * 5000,
    "a byte of latin-1": b'"Jos\xe9"',
    "the byte beside a quote and a backslash": b'"\\\\ \\" \xe9"',
}


def hard(value: bytes) -> bytes:
    return (
        b'{"record": {"data": {"id": 1, "x": %b}, "stream" : "calls", "namespace": "dialer", "emitted_at": 1}, '
        b'"type": "RECORD"}' % value
    )


@pytest.mark.parametrize("line", [hard(value) for value in HARD.values()], ids=HARD)
def test_valid_json_that_no_reader_of_ours_takes_costs_one_row(line: bytes) -> None:
    """In a field that nothing maps it would end the sync, and each next one: the stream's name can be read."""
    item = read_line(line, 17)
    assert isinstance(item, Rejection)
    assert item.stream == Stream("calls", "dialer")
    assert item.line == line
    assert "UNREADABLE" in item.reason


@pytest.mark.parametrize("line", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_told_without_content(line: bytes) -> None:
    """Its loss could not be seen by anyone; and what it holds is nobody's business."""
    with pytest.raises(UnreadableInput, match="line 17 of the input") as raised:
        read_line(line, 17)
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"   ",
        b"plain text of a library",
        b"RECORD_LIMIT reached",
        b'{"type":"LOG","log":{"message":"STATE"}}',
        b'{"type":"TRACE","trace":{"emitted_at":1.0}}',
        b'{"type":"CATALOG"}',
        b'{"type":["RECORD"]}',
        b"null",
        b"[1]",
        b'"RECORD"',
    ],
)
def test_what_is_none_of_ours_is_passed_over(line: bytes) -> None:
    """Other clients send logs and traces along, and a library may print."""
    assert read_line(line, 1) is None


def test_a_record_without_data_is_rejected_rather_than_unreadable() -> None:
    """Its stream is known, so its loss can be counted and told."""
    for data in (b"", b',"data":null', b',"data":[1]', b',"data":"text"'):
        item = read_line(b'{"type":"RECORD","record":{"stream":"s"%b}}' % data, 1)
        assert isinstance(item, Rejection)
        assert item.stream == Stream("s")


def test_what_begins_like_a_state_and_is_none_is_read_as_exactly_as_any_line() -> None:
    """Only of a state the numbers may be rounded: none of them is looked at."""
    record = b'{"type":"STATE","type":"RECORD","record":{"stream":"calls","data":{"id":12345678901234567890123}}}'
    found = read_line(record, 1)
    assert isinstance(found, Record)
    assert found.data == {"id": 12345678901234567890123}
    assert read_line(b'{"type":"STATE","type":"LOG"}', 1) is None
    state = b'{"type":"STATE","state":{"type":"LEGACY","data":{"at":12345678901234567890123}}}'
    assert read_line(state, 1) == Checkpoint(CheckpointKind.LEGACY, None, state)


def test_integers_of_any_size_are_exact() -> None:
    """Ids of 64 bits and more are common, and a float of one is another id."""
    for number in (2**53 + 1, 2**63 + 1, 2**64 + 1, 10**19, 10**40, -(2**70)):
        item = read_line(b'{"type":"RECORD","record":{"stream":"s","data":{"id":%d}}}' % number, 1)
        assert isinstance(item, Record)
        assert item.data["id"] == number


def test_what_strict_readers_refuse_is_read() -> None:
    """Python sources write NaN and half characters, and others leave control characters as they are."""
    line = b'\xef\xbb\xbf {"type":"RECORD","record":{"stream":"s","data":{"a":NaN,"b":"\\ud800","c":"\t\0"}}} \r'
    item = read_line(line, 1)
    assert isinstance(item, Record)
    assert item.data["a"] != item.data["a"]
    assert item.data["b"] == "\ud800"
    assert item.data["c"] == "\t\0"


@given(JSON, JSON, st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_state_leaves_as_it_came_but_for_its_counts(
    inner: object, beside: object, written: int, rejected: int
) -> None:
    """The platform adds fields that the CDK's model would drop, and fails the sync if they do not come back."""
    message = {"type": "STATE", "state": {"type": "LEGACY", "data": inner, "id": 2**70, "beside": beside}}
    state = read_line(json.dumps(message).encode(), 1)
    assert isinstance(state, Checkpoint)
    text = encode_state(SettledState(state, written, rejected))
    assert b"\n" not in text
    left = json.loads(text)
    stats = left["state"].pop("destinationStats")
    assert left == message
    assert stats == {"recordCount": written, "rejectedRecordCount": rejected}
    assert all(isinstance(count, float) for count in stats.values())


STATES: dict[str, bytes] = {
    "a decimal of many digits": b'{"type":"STATE","state":{"type":"LEGACY","data":0.12345678901234567890}}',
    "a number beyond floats": b'{"type":"STATE","state":{"type":"LEGACY","data":{"a":1e400}}}',
    "an escape that could be a letter": b'{"type":"STATE","state":{"type":"LEGACY","data":{"\\u0061":"\\/"}}}',
    "blanks": b'{ "type" : "STATE" , "state" : { "type": "LEGACY", "data": { } } }',
    "names in another order": b'{"state":{"data":{"state":{}},"type":"LEGACY"},"type":"STATE"}',
    "an empty state": b'{"type":"STATE","state":{},"x":[{"state":{}}]}',
    "an integer of 5,000 digits": b'{"type":"STATE","state":{"type":"LEGACY","data":{"a":%b}}}' % (b"7" * 5000),
    "lists nested 1,100 levels": b'{"type":"STATE","state":{"type":"LEGACY","data":%b}}' % (b"[" * 1100 + b"]" * 1100),
    "a stream's, nested 1,100 levels": (
        b'{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"calls","namespace":null},'
        b'"stream_state":%b},"id":3}}' % (b"[" * 1100 + b"]" * 1100)
    ),
}
COUNTS = b'"destinationStats":{"recordCount":3.0,"rejectedRecordCount":1.0}'


@pytest.mark.parametrize("line", STATES.values(), ids=STATES)
def test_a_state_leaves_byte_for_byte(line: bytes) -> None:
    """A reader rounds decimals and makes Infinity of 1e400: the source would go on from another place."""
    state = read_line(line, 1)
    assert isinstance(state, Checkpoint)
    left = encode_state(SettledState(state, 3, 1))
    assert left.count(COUNTS) == 1
    assert left.replace(COUNTS + b",", b"").replace(COUNTS, b"") == line
    assert json_scan.is_whole(left)


KINDS = (Count.CREATED, Count.UPDATED, Count.THERE, Count.REPEATED, Count.LINKED, Count.MISSED, Count.AMBIGUOUS, "else")


@given(st.dictionaries(st.sampled_from(KINDS), st.integers(1, 10**9), min_size=1))
def test_what_became_of_records_is_told_beside_their_number(tally: dict[str, int]) -> None:
    """The platform sums such numbers for each stream, and keeps them with the attempt."""
    state = read_line(b'{"type":"STATE","state":{"type":"LEGACY","data":{}}}', 1)
    assert isinstance(state, Checkpoint)
    stats = json.loads(encode_state(SettledState(state, 3, 1, tally)))["state"]["destinationStats"]
    assert (stats["recordCount"], stats["rejectedRecordCount"]) == (3.0, 1.0)
    got = tally.get
    assert stats["additionalStats"] == {
        "created": got(Count.CREATED, 0),
        "updated": got(Count.UPDATED, 0),
        "existing": got(Count.THERE, 0) + got(Count.REPEATED, 0),
        "links": got(Count.LINKED, 0),
        "withoutMatch": got(Count.MISSED, 0) + got(Count.AMBIGUOUS, 0),
    }
    message = AirbyteMessageSerializer.load(json.loads(encode_state(SettledState(state, 3, 1, tally))))
    assert message.state is not None
    assert message.state.destinationStats is not None
    assert message.state.destinationStats.recordCount == 3.0


@pytest.mark.parametrize(("resets_in", "reasons"), [(8.0, 1), (None, 0)])
def test_airbyte_hears_of_streams_that_wait_for_a_limit(
    capfdbinary: pytest.CaptureFixture[bytes], resets_in: float | None, reasons: int
) -> None:
    """It shows them as rate limited, and not as hanging; the CDK reads what is sent, so older platforms do too."""
    emit_limited([Stream("calls", "dialer"), Stream("mails")], resets_in)
    lines = capfdbinary.readouterr().out.splitlines()
    messages = [AirbyteMessageSerializer.load(json.loads(line)) for line in lines]
    statuses = [message.trace.stream_status for message in messages if message.trace]
    named = [(status.stream_descriptor.name, status.stream_descriptor.namespace) for status in statuses if status]
    assert named == [("calls", "dialer"), ("mails", None)]
    for message, status in zip(messages, statuses, strict=True):
        assert status is not None
        assert status.status.value == "RUNNING"
        assert len(status.reasons or ()) == reasons
        for reason in status.reasons or ():
            assert reason.type.value == "RATE_LIMITED"
            assert reason.rate_limited is not None
            assert reason.rate_limited.quota_reset is not None
            assert message.trace is not None
            assert 7000 <= reason.rate_limited.quota_reset - message.trace.emitted_at <= 8000


def test_counts_that_a_state_brings_along_are_replaced() -> None:
    """Two members of one name: which of them counts is every reader's own idea."""
    line = b'{"type":"STATE","state":{"type":"LEGACY","destinationStats":{"recordCount":9.0},"data":{}}}'
    state = read_line(line, 1)
    assert isinstance(state, Checkpoint)
    assert encode_state(SettledState(state, 3, 1)) == line.replace(b'"destinationStats":{"recordCount":9.0}', COUNTS)


@pytest.mark.parametrize("value", [2**70, float("nan"), "half \ud800 a pair"], ids=["2**70", "NaN", "a surrogate"])
def test_messages_of_the_same_process_lose_nothing(value: object) -> None:
    """Whoever calls `write` with messages holds what Python can hold, which is more than orjson writes."""
    data = {"id": value}
    message = AirbyteMessage(type=Type.RECORD, record=AirbyteRecordMessage(stream="calls", data=data, emitted_at=1))
    (item,) = read_messages([message])
    assert isinstance(item, Record)
    assert repr(item.data) == repr(data)


def test_a_state_keeps_what_json_has_no_name_for() -> None:
    """Python sources write NaN and infinities, and read them again."""
    line = b'{"type":"STATE","state":{"type":"LEGACY","data":{"a":NaN,"b":-Infinity,"c":null}}}'
    state = read_line(line, 1)
    assert isinstance(state, Checkpoint)
    assert b'{"a":NaN,"b":-Infinity,"c":null}' in encode_state(SettledState(state, 0, 0))


def test_what_a_stream_takes_in_parts_leaves_whole() -> None:
    """Unbuffered or not blocking, one write takes a part, and the rest would be lost without a word."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    data = b"x" * 1_000_000
    with os.fdopen(writing, "wb", buffering=0) as stream, os.fdopen(reading, "rb") as source:
        took: list[bytes] = []
        reader = threading.Thread(target=lambda: took.append(source.read(len(data))))
        reader.start()
        _write_all(stream, data)
        reader.join()
    assert took == [data]


def test_states_and_log_lines_of_other_threads_stay_apart(capfd: pytest.CaptureFixture[str]) -> None:
    """A state that is glued to a log line is lost, and with it everything that it covers."""
    logger = init_logger("airbyte.test_protocol")
    stop = threading.Event()

    def talk() -> None:
        while not stop.is_set():
            logger.log(logging.WARNING, "something")

    talkers = [threading.Thread(target=talk) for _ in range(3)]
    for talker in talkers:
        talker.start()
    for start in range(0, 500, 5):
        emit(b'{"number": %d}' % number for number in range(start, start + 5))
    stop.set()
    for talker in talkers:
        talker.join()
    lines = [json.loads(text) for text in capfd.readouterr().out.splitlines()]
    assert [text["number"] for text in lines if "number" in text] == list(range(500))


def test_lines_that_are_no_messages_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Bare rows piped in would end well, and nothing would have been written."""
    file = tmp_path / "input"
    file.write_bytes(b'{"id": 7}\n\n{not json\n{"type":"LOG"}\n[]\n')
    with file.open("rb") as stream:
        assert [item for item in read_items(stream.fileno()) if item] == []
    assert [record.getMessage()[:52] for record in caplog.records] == [
        "3 lines of the input are not Airbyte messages and we"
    ]


def test_one_line_that_is_no_message_is_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A sentence that does not agree with its number reads like a mistake of its own."""
    file = tmp_path / "input"
    file.write_bytes(b'{"id": 7}\n')
    with file.open("rb") as stream:
        assert [item for item in read_items(stream.fileno()) if item] == []
    (said,) = (record.getMessage() for record in caplog.records)
    assert said.startswith("1 line of the input is not an Airbyte message and was skipped; a record is")


class Out(io.RawIOBase):
    """A stdout that notes each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.writes.append(bytes(data))
        return len(data)


@pytest.mark.parametrize(("line", "count", "writes"), [(b"x" * 100, 5000, 1), (b"x" * 600_000, 8, 4)])
def test_short_lines_leave_in_one_write_and_long_ones_in_several(
    monkeypatch: pytest.MonkeyPatch, line: bytes, count: int, writes: int
) -> None:
    """A write for each of ten thousand states is slow; all long ones joined would hold the memory twice."""
    out = Out()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(out)))
    emit([line] * count)
    monkeypatch.undo()
    assert len(out.writes) == writes
    assert b"".join(out.writes) == (line + b"\n") * count
    assert all(data.endswith(b"\n") for data in out.writes)
