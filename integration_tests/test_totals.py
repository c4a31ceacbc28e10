"""However a sync ends, what it says of its records is true: what was sent, what was rejected, what nobody knows."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

from integration_tests.conftest import Connectors
from integration_tests.connector import Connector, wait_until
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, Source, catalog, record, state

AGAIN = "WARN No state left: the next sync sends these records again."


def summary(connector: Connector) -> str:
    """What it says of the stream."""
    (line,) = (line for line in connector.log if line.startswith('INFO Stream "calls": ') and " records: " in line)
    return line.removeprefix('INFO Stream "calls": ')


def covered(count: int) -> str:
    return f"WARN The states that left cover {count} records: the next sync sends the others again."


def test_a_sync_that_loses_its_rows_is_not_green(sandbox: Sandbox, connectors: Connectors) -> None:
    """982 rows of 1,000 were lost, and the sync had ended well."""
    rows = [record(number, **({} if number % 60 == 1 else {"at": "never"})) for number in range(1, 1001)]
    connector = connectors()
    assert connector.run([*rows, state(1000)]) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert "max_rejected_percent (20 %)" in connector.failure["message"]
    assert "hs_timestamp" in connector.failure["message"]
    assert connector.states == []
    assert f"{sandbox.created()} created, " in summary(connector)
    assert AGAIN in connector.log


def test_a_stream_of_nineteen_bad_rows_ends_well_and_says_so(sandbox: Sandbox, connectors: Connectors) -> None:
    """So few rows prove nothing of their mapping; one more does."""
    rows = [record(number, at="never") for number in range(1, 21)]
    few = connectors()
    assert few.run([*rows[:19], state(19)]) == 0
    assert few.counts == [(0, 19)]
    assert summary(few) == "19 records: 19 rejected"
    enough = connectors()
    assert enough.run([state(0), *rows[:10], state(10), *rows[10:], state(20)]) == 1
    assert "The first 20 records" in enough.failure["message"]
    assert enough.counts == [(0, 0)]


def test_any_share_is_allowed_if_a_person_says_so(sandbox: Sandbox, connectors: Connectors) -> None:
    """A source may hold more than calls."""
    rows = [record(number, **({} if number % 10 == 1 else {"at": "never"})) for number in range(1, 301)]
    connector = connectors(connectors.configuration(max_rejected_percent=100))
    assert connector.run([*rows, state(300)]) == 0
    assert connector.counts == [(30, 270)]


def test_after_an_error_what_was_sent_is_told(sandbox: Sandbox, connectors: Connectors) -> None:
    """The batch that failed wrote nothing, the ones beside it did, and what waited behind was not sent."""
    sandbox.faults({"kind": "rate_daily", "endpoint": "create", "contains": '"call-150"'})
    connector = connectors()
    assert connector.run([*(record(number) for number in range(1, 451)), state(450)]) == 1
    told = summary(connector)
    came = int(told.split()[0])
    assert told.startswith(
        f"{came} records: {sandbox.created()} created, 0 rejected, {came - sandbox.created()} not sent"
    )
    assert AGAIN in connector.log


def test_what_no_answer_confirms_is_called_that(sandbox: Sandbox, connectors: Connectors) -> None:
    """A request that hangs may have been carried out: neither sent nor unsent would be true."""
    sandbox.faults({"kind": "hang", "endpoint": "create", "seconds": 60, "contains": '"call-150"'})
    connector = connectors()
    connector.send([*Source(100).lines(), *(record(number) for number in range(101, 321)), state(320)])
    connector.await_states(10)
    wait_until(lambda: sandbox.created() >= 200)
    connector.process.send_signal(signal.SIGTERM)
    connector.wait()
    assert summary(connector).startswith("320 records: 200 created, 0 rejected, 100 not confirmed, 20 not sent")
    assert covered(100) in connector.log


def test_an_outage_does_not_hide_what_was_sent(sandbox: Sandbox, connectors: Connectors) -> None:
    """Minutes of 503 ended with "0 written", and HubSpot held calls."""
    sandbox.faults({"kind": "status", "status": 503, "when": "after", "endpoint": "create", "times": 10_000})
    connector = connectors(connectors.configuration(keyed=False))
    connector.send([*(record(number) for number in range(1, 151)), state(150)])
    wait_until(lambda: sandbox.count("create") >= 2)
    connector.process.send_signal(signal.SIGINT)
    connector.wait()
    assert re.search(r"1[05]0 not confirmed", summary(connector))
    assert sandbox.created() >= 100
    assert AGAIN in connector.log


def test_calls_without_a_contact_can_be_sent_again(sandbox: Sandbox, connectors: Connectors, tmp_path: Path) -> None:
    """Nobody could tell which calls had no contact, let alone give them one later."""
    folder = tmp_path / "rejects"
    store = {"storage_type": "LOCAL", "path": str(folder)}
    link = {"object_type": "contacts", "source": "email", "match_by": "email"}
    config = connectors.configuration(object_storage_config=store, mapping={"associations": [link]})
    emails = {1: "contact.one@example.com", 2: "late@example.com", 3: "no address"}
    rows = [record(number, email=emails.get(number)) for number in (1, 2, 3, 4)]
    first = connectors(config)
    assert first.run([*rows, record(5, at="never"), state(5)]) == 0
    causes = [line.rpartition("): ")[2] for line in first.log if "1 link to contacts was not made (by email" in line]
    assert causes == ["nobody has it (call-2)", "not an address (call-3)", "empty (call-4)"]
    (kept,) = folder.glob("unlinked-*.jsonl")
    why = [json.loads(line)["unlinked"] for line in kept.read_text().splitlines()]
    assert {(item["stream"], item["rule"]) for item in why} == {("calls", "mappings[0].associations[0]")}
    assert [(item["key"], item["cause"], item["value"]) for item in why] == [
        ("call-2", "nobody has it", "late@example.com"),
        ("call-3", "not an address", "no address"),
    ]
    assert "late@example.com" not in first.said
    (late,) = sandbox.seed("contacts", [{"email": "late@example.com"}])
    again = connectors(config, catalog("calls", mode="append_dedup"))
    assert again.run(kept.read_bytes().splitlines()) == 0
    linked = {call["properties"][KEY]: [link["id"] for link in call["associations"]] for call in sandbox.calls()}
    assert linked == {"call-1": ["100001"], "call-2": [late], "call-3": [], "call-4": []}
