"""Records in, calls and states out, through real pipes: what the platform sees of a sync that goes well."""

from __future__ import annotations

import json

import pytest

from integration_tests.conftest import Connectors
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import CONTACTS, KEY, Source, catalog, line, record, state


def test_states_make_no_request_more_and_leave_as_they_came(sandbox: Sandbox, connectors: Connectors) -> None:
    """A state after every ten records must cost nothing, and lose no digit."""
    big = 2**70 + 1
    lines = []
    for number in range(1, 2001):
        lines.append(record(number))
        if number % 10 == 0:
            lines.append(state(number, exact=big, fraction=0.1, nothing=None, text="é\u2028", nested={"": [[]]}))
    connector = connectors()
    assert connector.run(lines) == 0
    assert sandbox.count("create") == 20
    assert sandbox.created() == 2000
    came = [json.loads(item)["state"] for item in lines if b'"STATE"' in item]
    more = {"created": 10.0, "updated": 0.0, "existing": 0.0, "links": 10.0, "withoutMatch": 0.0}
    stats = {"recordCount": 10.0, "rejectedRecordCount": 0.0, "additionalStats": more}
    assert connector.states == [{**item, "destinationStats": stats} for item in came]
    assert all(b"%d" % big in item.raw for item in connector.lines if item.message["type"] == "STATE")
    assert all(isinstance(item["destinationStats"]["recordCount"], float) for item in connector.states)


def test_every_call_is_as_it_was_meant(sandbox: Sandbox, connectors: Connectors) -> None:
    """Time, title, key, and the contact on whose timeline it stands."""
    connector = connectors()
    assert connector.run(Source(7).lines()) == 0
    calls = {call["properties"][KEY]: call for call in sandbox.calls()}
    assert sorted(calls) == [f"call-{number}" for number in range(1, 8)]
    call = calls["call-3"]
    assert call["properties"]["hs_call_title"] == "Call 3"
    assert call["properties"]["hs_timestamp"] == "2026-01-01T00:00:03.000Z"
    (association,) = call["associations"]
    assert (association["type"], association["id"], association["typeIds"]) == ("contacts", CONTACTS[3], [194])


@pytest.mark.waits
def test_a_state_arrives_while_the_source_pauses(sandbox: Sandbox, connectors: Connectors) -> None:
    """Without a flush, or without closing a batch for its age, nothing would come before the end of stdin."""
    connector = connectors()
    connector.send([record(1), record(2), state(2)])
    connector.await_states(1)
    connector.send([state(3)])
    connector.await_states(2)
    assert connector.process.poll() is None
    connector.end()
    assert connector.wait() == 0
    assert sandbox.created() == 2


def test_a_clear_job_asks_hubspot_nothing(sandbox: Sandbox, connectors: Connectors) -> None:
    """It sends the streams as overwrite, null states, and no record; it must end well whatever is configured."""
    lines = [
        line(
            {
                "type": "STATE",
                "state": {"type": "STREAM", "stream": {"stream_descriptor": {"name": "calls"}, "stream_state": None}},
            }
        ),
        line({"type": "STATE", "state": {"type": "GLOBAL", "global": {"shared_state": None, "stream_states": []}}}),
    ]
    connector = connectors(catalog=catalog(mode="overwrite"))
    assert connector.run(lines) == 0
    assert len(connector.states) == 2
    assert connector.states[0]["stream"]["stream_state"] is None
    assert connector.counts[0] == (0.0, 0.0)
    assert sandbox.stats()["requests_total"] == 0


def test_records_with_overwrite_are_a_mistake_of_the_configuration(sandbox: Sandbox, connectors: Connectors) -> None:
    """Nothing is ever cleared in HubSpot, so a connection that expects it must not seem to work."""
    connector = connectors(catalog=catalog(mode="overwrite"))
    assert connector.run(Source(3).lines()) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert sandbox.created() == 0


def test_an_empty_input_ends_well(sandbox: Sandbox, connectors: Connectors) -> None:
    """A source that had nothing to send is no failure."""
    connector = connectors()
    assert connector.run([]) == 0
    assert connector.states == []
    assert sandbox.stats()["requests_total"] == 0


def test_nothing_but_messages_is_on_stdout(sandbox: Sandbox, connectors: Connectors) -> None:
    """Whatever else stands there is lost, or fails the sync; threads log while states leave."""
    sandbox.faults(rates=[{"kind": "status", "endpoint": "create", "rate": 0.2, "times": 10}])
    connector = connectors()
    bad = [record(number, contact=None, at="never") for number in range(5001, 5100)]
    assert connector.run([*Source(3000, state_every=1).lines(), *bad, state(5100)], patience=60) == 0
    assert {item.message["type"] for item in connector.lines} == {"LOG", "STATE"}
    assert connector.errors == b""
    assert Source.reached(connector.states) == 5100
    assert len(connector.states) == 3001
