"""What HubSpot refuses: the guilty are rejected, nobody else, and at a bounded number of requests."""

from __future__ import annotations

import pytest

from integration_tests.conftest import Connectors
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, Source, record, state


@pytest.mark.waits
@pytest.mark.parametrize("where", ["input", "request"])
def test_an_option_that_is_taken_away_meanwhile_rejects_those_who_hold_it(
    sandbox: Sandbox, connectors: Connectors, where: str
) -> None:
    """HubSpot lists the options that are left, which others hold: they must not be taken for guilty."""
    config = connectors.configuration()
    config["mappings"][0]["properties"].append({"property": "queue", "source": "queue"})
    connector = connectors(config)
    connector.send([record(1, queue="second_line"), state(1)])
    connector.await_states(1)
    option = {"label": "First line", "value": "first_line"}
    sandbox.add_property("calls", name="queue", label="Queue", type="enumeration", fieldType="select", options=[option])
    sandbox.settings(bad_property=where)
    bad = range(10, 101, 30)
    connector.run(
        [
            *(record(number, queue="second_line" if number in bad else "first_line") for number in range(2, 102)),
            state(101),
        ]
    )
    assert connector.process.returncode == 0
    assert connector.counts[-1] == (96.0, 4.0)
    written = {call["properties"][KEY] for call in sandbox.calls()}
    assert written == {f"call-{number}" for number in range(1, 102) if number not in bad}
    assert any("queue: HubSpot refuses the value" in line and "(INVALID_OPTION)" in line for line in connector.log)
    assert sandbox.count("create") <= 3


@pytest.mark.waits
@pytest.mark.parametrize("where", ["input", "request"])
def test_a_property_that_is_taken_away_meanwhile_ends_the_sync(
    sandbox: Sandbox, connectors: Connectors, where: str
) -> None:
    """Every record is refused then, which must not cost two requests for each."""
    config = connectors.configuration(max_rejected_records=150)
    config["mappings"][0]["properties"].append({"property": "dialer_note", "source": "title"})
    connector = connectors(config)
    connector.send([record(1), state(1)])
    connector.await_states(1)
    sandbox.add_property("calls", name="dialer_note", label="x", type="string", fieldType="text", archived=True)
    sandbox.settings(bad_property=where)
    assert connector.run(Source(1001).lines(after=1)) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert "dialer_note" in connector.failure["message"]
    assert Source.reached(connector.states) <= 101
    assert sandbox.count("create") + sandbox.count("read:calls") < 60


@pytest.mark.waits
def test_a_call_deleted_in_hubspot_that_holds_the_key_is_said_to_be_deleted(
    sandbox: Sandbox, connectors: Connectors
) -> None:
    """Its value is still taken, and nobody finds it."""
    assert connectors().run(Source(3).lines()) == 0
    sandbox.archive("calls", sandbox.calls()[1]["id"])
    connector = connectors()
    assert connector.run(Source(3).lines()) == 0
    assert connector.counts[-1] == (2.0, 1.0)
    assert any("a deleted call in HubSpot still holds this external id" in line for line in connector.log)


@pytest.mark.waits
def test_keys_that_differ_in_case_only_are_two_where_hubspot_says_so(sandbox: Sandbox, connectors: Connectors) -> None:
    """Found means equal, character by character; one that differs is another record's."""
    for case, written in (("sensitive", 2), ("insensitive", 1)):
        sandbox.reset()
        sandbox.settings(unique_case=case, rate_limit=100_000)
        connector = connectors()
        assert connector.run([record(1, id="KEY"), record(2, id="key"), record(3), state(3)]) == 0
        assert connector.counts[-1] == (written + 1.0, 2.0 - written)


def test_calls_written_without_their_links_get_them(sandbox: Sandbox, connectors: Connectors) -> None:
    """If call and links are two transactions, a link that HubSpot refuses leaves the call behind."""
    sandbox.settings(transaction="two")
    gone = "999999"
    config = connectors.configuration()
    config["mappings"][0]["associations"].append({"object_type": "contacts", "source": "boss"})
    connector = connectors(config)
    lines = [record(number, boss=gone if number % 10 == 0 else None) for number in range(1, 101)]
    assert connector.run([*lines, state(100)]) == 0
    calls = sandbox.calls()
    assert len(calls) == 100
    assert all(len(call["associations"]) == 1 for call in calls)
    assert connector.counts[-1] == (100.0, 0.0)


@pytest.mark.waits
def test_errors_that_name_nobody_are_narrowed_down(sandbox: Sandbox, connectors: Connectors) -> None:
    """Sent again together they would say the same until the end of all patience."""
    config = connectors.configuration()
    config["mappings"][0]["properties"].append({"property": "queue", "source": "queue"})
    connector = connectors(config)
    connector.send([record(1, queue="second_line"), state(1)])
    connector.await_states(1)
    option = {"label": "First line", "value": "first_line"}
    sandbox.add_property("calls", name="queue", label="Queue", type="enumeration", fieldType="select", options=[option])
    sandbox.settings(error_context="no", echo_trace_id="no", group_errors="no")
    bad = {7, 23}
    sent = (record(number, queue="second_line" if number in bad else "first_line") for number in range(2, 32))
    assert connector.run([*sent, state(31)]) == 0
    assert connector.counts[-1] == (28.0, 2.0)
    assert sandbox.created() == 29
