"""What sources do send: nothing of it is lost in silence, ends a sync that could go on, or shows in the log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from integration_tests.conftest import Connectors
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, START, Source, line, record, state

SECRET = "hunter2"
"""Stands in every record, and in nothing else."""
WRITTEN, REJECTED, IGNORED = "written", "rejected", "ignored"


def raw(number: int, field: bytes, more: bytes = b"") -> bytes:
    """A record with a field that json.dumps would not write."""
    return (
        b'{"type":"RECORD","record":{"stream":"calls","emitted_at":1,"data":{"id":"call-%d","at":%d,'
        b'"contact":"100001","title":"hunter2",%b}%b}}' % (number, START, field, more)
    )


def named(number: int, **fields: Any) -> bytes:
    return record(number, title=SECRET, **fields)


def nested(depth: int) -> Any:
    value: Any = SECRET
    for _ in range(depth):
        value = [value]
    return value


KINDS: dict[str, tuple[bytes, str]] = {
    "NaN": (raw(1, b'"note":NaN'), REJECTED),
    "infinity": (raw(2, b'"wait":-Infinity'), REJECTED),
    "1e400": (raw(3, b'"wait":1e400'), REJECTED),
    "2^70": (named(4, note=2**70), WRITTEN),
    "a lone surrogate as an escape": (raw(5, b'"note":"\\ud800 hunter2"'), REJECTED),
    "a lone surrogate as bytes": (raw(6, b'"note":"\xed\xa0\x80 hunter2"'), REJECTED),
    "NUL as an escape": (named(7, note="\0 hunter2"), WRITTEN),
    "control characters as they are": (raw(8, b'"note":"\0\t\x1b hunter2"'), WRITTEN),
    "text of 5 MB": (named(9, note=SECRET * 700_000), WRITTEN),
    "text of 5 MB that nothing maps": (named(10, unmapped=SECRET * 700_000), WRITTEN),
    "500 columns": (named(11, **{f"column {place}": SECRET for place in range(500)}), WRITTEN),
    "nested lists": (named(12, note=nested(200)), WRITTEN),
    "lists nested deeper than JSON readers go": (named(13, note=nested(900)), WRITTEN),
    "deep lists in a record that is rejected": (named(30, at="never", unmapped=nested(900)), REJECTED),
    "an object as a number": (named(14, wait={"deep": [SECRET]}), REJECTED),
    "no data": (raw(15, b"").replace(b'"data":', b'"payload":').replace(b",}", b"}"), REJECTED),
    "data that is null": (
        line({"type": "RECORD", "record": {"stream": "calls", "data": None, "emitted_at": 1}}),
        REJECTED,
    ),
    "data that is a list": (line({"type": "RECORD", "record": {"stream": "calls", "data": [SECRET]}}), REJECTED),
    "empty data": (line({"type": "RECORD", "record": {"stream": "calls", "data": {}, "emitted_at": 1}}), REJECTED),
    "a time that is a fraction": (raw(19, b'"note":"hunter2"', b',"emitted_at":1.5'), WRITTEN),
    "unknown fields beside data": (raw(20, b'"note":1', b',"meta":{"changes":[]},"later":{"a":1}'), WRITTEN),
    "a byte order mark": (b"\xef\xbb\xbf" + named(21), WRITTEN),
    "blanks around": (b" \t" + named(22) + b" \r", WRITTEN),
    "an empty key": (named(23, id=""), REJECTED),
    "a key that is a list": (named(24, id=[SECRET]), REJECTED),
    "a very long key": (named(25, id=SECRET * 10_000), REJECTED),
    "a number as a time": (named(26, at=10**30), REJECTED),
    "the same field twice": (raw(27, b'"note":"a","note":"hunter2"'), WRITTEN),
    "emoji and marks that turn text around": (named(28, note="\U0001f4de \u202e hunter2 \ufeff"), WRITTEN),
    "markup": (named(29, note="<script>hunter2</script>"), WRITTEN),
    "a blank line": (b"", IGNORED),
    "a line of blanks": (b"   \t ", IGNORED),
    "an unknown type": (line({"type": "UNHEARD_OF", "record": {"stream": "calls", "data": {"id": SECRET}}}), IGNORED),
    "a log line": (line({"type": "LOG", "log": {"level": "INFO", "message": SECRET}}), IGNORED),
    "a trace": (line({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1.0}}), IGNORED),
    "plain text": (b"WARNING: hunter2 something", IGNORED),
    "JSON that is no object": (b'["hunter2"]', IGNORED),
    "an object without a type": (b'{"hunter2":1}', IGNORED),
}


def hostile_configuration(connectors: Connectors, folder: Path) -> dict[str, Any]:
    config = connectors.configuration(object_storage_config={"storage_type": "LOCAL", "path": str(folder / "rejects")})
    config["mappings"][0]["properties"] += [
        {"property": "dialer_note", "source": "note"},
        {"property": "wait_seconds", "source": "wait"},
    ]
    return config


def test_every_hostile_line_is_written_rejected_or_none_of_ours(
    sandbox: Sandbox, connectors: Connectors, tmp_path: Path
) -> None:
    """One after another in one sync, each between good ones."""
    lines, good = [], 1000
    for hostile, _ in KINDS.values():
        good += 1
        lines += [record(good), hostile]
    connector = connectors(hostile_configuration(connectors, tmp_path))
    assert connector.run([*lines, state(1)]) == 0
    fates = [fate for _, fate in KINDS.values()]
    written = {call["properties"][KEY] for call in sandbox.calls()}
    expected = {
        json.loads(hostile.strip().removeprefix(b"\xef\xbb\xbf"), strict=False)["record"]["data"]["id"]
        for hostile, fate in KINDS.values()
        if fate == WRITTEN
    }
    assert written == expected | {f"call-{number}" for number in range(1001, good + 1)}
    assert connector.counts == [(len(KINDS) + fates.count(WRITTEN), fates.count(REJECTED))]
    (file,) = (tmp_path / "rejects").glob("rejected-*.jsonl")
    kept = [json.loads(text, parse_constant=pytest.fail) for text in file.read_text().splitlines()]
    assert len(kept) == fates.count(REJECTED)
    assert all(message["type"] == "RECORD" and message["rejection"]["reason"] for message in kept)
    assert SECRET not in connector.said.replace(SECRET * 9, "the key")
    assert connector.errors == b""


HARD: dict[str, bytes] = {
    "nested 1,100 levels": raw(1, b'"note":' + b"[" * 1100 + b"]" * 1100),
    "an integer of 5,000 digits": raw(2, b'"note":' + b"7" * 5000),
    "a byte of latin-1": raw(3, b'"note":"Jos\xe9"'),
}


def test_valid_json_that_no_reader_takes_costs_one_row(
    sandbox: Sandbox, connectors: Connectors, tmp_path: Path
) -> None:
    """In a field that nothing maps it ended the sync, and each next one; the row is kept as it came."""
    storage = {"storage_type": "LOCAL", "path": str(tmp_path / "rejects")}
    connector = connectors(connectors.configuration(object_storage_config=storage))
    assert connector.run([*Source(100).lines(), *HARD.values(), *Source(200).lines(after=100)]) == 0
    assert sandbox.created() == Source.reached(connector.states) == 200
    (file,) = (tmp_path / "rejects").glob("rejected-*.jsonl")
    kept = file.read_bytes().splitlines()
    assert [line.split(b',"rejection":')[0] + b"}" for line in kept] == list(HARD.values())
    assert sum(state["destinationStats"]["rejectedRecordCount"] for state in connector.states) == len(HARD)
    assert SECRET not in connector.said


UNREADABLE: dict[str, bytes] = {
    "a record cut short": record(9, title=SECRET)[:-9],
    "a state of an unknown form": line({"type": "STATE", "state": {"type": "STREAM", "hunter2": 1}}),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_ends_the_sync(sandbox: Sandbox, connectors: Connectors, kind: str) -> None:
    """A record or a state whose loss nobody would see; what came before it is settled, and its states leave."""
    connector = connectors()
    assert connector.run([*Source(120).lines(), UNREADABLE[kind], *Source(140).lines(after=120)]) == 1
    assert connector.failure["failure_type"] == "system_error"
    assert "line 133 of the input" in connector.failure["message"]
    assert Source.reached(connector.states) == 100
    assert sandbox.created() == 100
    assert SECRET not in connector.said


def test_an_input_that_ends_in_the_middle_of_a_line_is_no_success(sandbox: Sandbox, connectors: Connectors) -> None:
    """A source that died while it wrote; its last record is not whole."""
    connector = connectors()
    connector.send([*Source(20).lines()])
    assert connector.process.stdin is not None
    connector.process.stdin.write(record(21, title=SECRET)[:-20])
    connector.end()
    assert connector.wait() == 1
    assert SECRET not in connector.said


def test_a_last_line_without_its_end_is_read(sandbox: Sandbox, connectors: Connectors) -> None:
    """Not every source ends its last line."""
    connector = connectors()
    connector.send(Source(2, state_every=99).lines())
    assert connector.process.stdin is not None
    connector.process.stdin.write(state(3))
    connector.end()
    assert connector.wait() == 0
    assert Source.reached(connector.states) == 3
