"""The counts of states, whatever streams and kinds of state come in whatever order."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pytest

from integration_tests.conftest import Connectors
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import catalog, line, record, state


def global_state(number: int, key: str = "global") -> bytes:
    inner = {"shared_state": {"sent": number}, "stream_states": []}
    return line({"type": "STATE", "state": {"type": "GLOBAL", "id": number, key: inner}})


def legacy_state(number: int) -> bytes:
    return line({"type": "STATE", "state": {"data": {"sent": number}, "id": number}})


def two_streams(connectors: Connectors) -> dict[str, Any]:
    """`calls` and `tickets`, both by the same rules."""
    config = connectors.configuration(keyed=False)
    config["mappings"].append({**config["mappings"][0], "stream_name": "tickets"})
    return config


@pytest.mark.parametrize("kind", ["STREAM", "GLOBAL", "LEGACY"])
def test_counts_of_two_interleaved_streams(connectors: Connectors, kind: str) -> None:
    """The platform compares each state's counts with what it sent since that stream's last one."""
    dice = random.Random(kind)
    lines: list[bytes] = []
    expected: list[tuple[float, float]] = []
    since: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for number in range(1, 1501):
        stream = dice.choice(["calls", "tickets"])
        good = dice.random() < 0.9
        lines.append(record(number, stream, **({} if good else {"at": "never"})))
        since[stream][not good] += 1
        if dice.random() > 0.1:
            continue
        if kind == "STREAM":
            lines.append(state(number, stream))
            expected.append((since[stream][0], since.pop(stream)[1]))
        else:
            lines.append(global_state(number) if kind == "GLOBAL" else legacy_state(number))
            expected.append((sum(item[0] for item in since.values()), sum(item[1] for item in since.values())))
            since.clear()
    connector = connectors(two_streams(connectors), catalog("calls", "tickets"))
    assert connector.run(lines) == 0
    assert [item["id"] for item in connector.states] == sorted(item["id"] for item in connector.states)
    assert connector.counts == expected


def test_states_of_other_forms_come_back(sandbox: Sandbox, connectors: Connectors) -> None:
    """Other clients write `global_`, leave out the type, or send explicit nulls."""
    lines = [
        record(1),
        global_state(1, "global_"),
        record(2),
        line(
            {"type": "STATE", "state": {"stream": {"stream_descriptor": {"name": "calls", "namespace": None}}, "id": 2}}
        ),
        record(3),
        line({"type": "STATE", "state": {"type": None, "data": {}, "stream": None, "global": None, "id": 3}}),
        record(4),
        line(
            {"type": "STATE", "state": {"type": "LEGACY", "data": {"a": [1e-7, -0.0, 10**40]}, "later": [1], "id": 4}}
        ),
    ]
    connector = connectors()
    assert connector.run(lines) == 0
    assert connector.counts == [(1, 0)] * 4
    assert "global_" in connector.states[0]
    assert connector.states[3]["data"] == {"a": [1e-7, -0.0, 10**40]}
    assert connector.states[3]["later"] == [1]


def test_records_of_a_namespace_count_for_its_states_only(connectors: Connectors) -> None:
    """One name in two namespaces is two streams; an empty namespace is none."""

    def spaced(number: int, namespace: str | None) -> bytes:
        return record(number).replace(b'"stream":"calls"', b'"stream":"calls","namespace":%s' % line_of(namespace))

    def spaced_state(number: int, namespace: str | None) -> bytes:
        return state(number).replace(b'"name":"calls"', b'"name":"calls","namespace":%s' % line_of(namespace))

    lines = [
        spaced(1, "a"),
        spaced(2, "b"),
        spaced(3, "b"),
        spaced(4, ""),
        spaced_state(4, "b"),
        spaced_state(5, None),
        spaced_state(6, "a"),
    ]
    connector = connectors()
    assert connector.run(lines) == 0
    assert connector.counts == [(2, 0), (1, 0), (1, 0)]


def line_of(namespace: str | None) -> bytes:
    return b"null" if namespace is None else b'"%s"' % namespace.encode()
