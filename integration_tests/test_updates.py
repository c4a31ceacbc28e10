"""Whose edit wins, and how calls that exist are brought up to date: by as few requests as it takes."""

from __future__ import annotations

from typing import Any

import pytest

from integration_tests.conftest import Connectors
from integration_tests.connector import wait_until
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, START, Source, catalog, contact, record, state

UPDATES = catalog(mode="append_dedup")


def titles(sandbox: Sandbox) -> dict[str, str]:
    return {call["properties"][KEY]: call["properties"]["hs_call_title"] for call in sandbox.calls()}


def ruled(connectors: Connectors, on_update: str | None, **more: Any) -> dict[str, Any]:
    """A configuration whose rule of the body says what becomes of it where the call exists."""
    config = connectors.configuration(**more)
    rule = {"property": "hs_call_body", "source": "notes"}
    config["mappings"][0]["properties"].append({**rule, **({"on_update": on_update} if on_update else {})})
    return config


@pytest.mark.parametrize(
    ("on_update", "expected"),
    [
        (None, {"call-1": "ours again", "call-2": "ours again"}),
        ("overwrite", {"call-1": "ours again", "call-2": "ours again"}),
        ("keep", {"call-1": "theirs", "call-2": None}),
        ("if_empty", {"call-1": "theirs", "call-2": "ours again"}),
    ],
)
def test_whose_edit_wins(
    sandbox: Sandbox, connectors: Connectors, on_update: str | None, expected: dict[str, str | None]
) -> None:
    """A rule says whether a sync writes over what people entered, and a new call gets its value in each case."""
    times = ({"hs_timestamp": "2026-01-01T00:00:01Z"}, {"hs_timestamp": "2026-01-01T00:00:02Z"})
    sandbox.seed(
        "calls",
        [
            {KEY: "call-1", "hs_call_title": "Call 1", "hs_call_body": "theirs", **times[0]},
            {KEY: "call-2", "hs_call_title": "Call 2", **times[1]},
        ],
    )
    connector = connectors(ruled(connectors, on_update), UPDATES)
    assert connector.run([*(record(n, notes="ours again") for n in (1, 2, 3)), state(3)]) == 0
    bodies = {call["properties"][KEY]: call["properties"].get("hs_call_body") for call in sandbox.calls()}
    assert bodies == {**expected, "call-3": "ours again"}


def test_a_dry_run_tells_what_an_update_would_change(sandbox: Sandbox, connectors: Connectors) -> None:
    """By reading what is there: before a first update of thousands of calls a person wants to know."""
    assert connectors().run([*(record(n) for n in range(1, 251)), state(250)]) == 0
    rows = [record(n, title="new" if n <= 80 else f"Call {n}", notes="x" if n <= 12 else None) for n in range(1, 301)]
    connector = connectors(ruled(connectors, None, dry_run=True), UPDATES)
    assert connector.run([*rows, state(300)]) == 0
    assert any("would change 80 of 250: hs_call_title 80, hs_call_body 12" in line for line in connector.log)
    assert sandbox.count("update") + sandbox.count("upsert") == 0
    connector = connectors(ruled(connectors, "keep", dry_run=True), UPDATES)
    assert connector.run([*rows, state(300)]) == 0
    assert any("would change 80 of 250: hs_call_title 80" in line for line in connector.log)


def test_a_second_refresh_of_the_same_writes_nothing(sandbox: Sandbox, connectors: Connectors) -> None:
    """Values that are equal already are not sent, links that are there are not made, and it is told."""
    assert connectors().run(Source(1000).lines()) == 0
    requests = sandbox.stats()["requests_total"]
    connector = connectors(catalog=UPDATES)
    assert connector.run(Source(1000).lines()) == 0
    assert sandbox.count("update") + sandbox.count("upsert") + sandbox.count("associate") == 0
    assert sandbox.count("create") == 10 + 1
    assert any("1,000 unchanged" in line for line in connector.log)
    assert sandbox.stats()["requests_total"] - requests < 40


def test_calls_of_which_most_have_changed_are_upserted(sandbox: Sandbox, connectors: Connectors) -> None:
    """One request for a hundred calls, new ones among them, which get their links."""
    assert connectors().run(Source(2000).lines()) == 0
    connector = connectors(catalog=UPDATES)
    assert connector.run([*(record(n, title=f"new {n}") for n in range(501, 2501)), state(2500)]) == 0
    assert connector.states[-1]["destinationStats"]["recordCount"] == 2000
    assert titles(sandbox) == {f"call-{n}": f"Call {n}" if n <= 500 else f"new {n}" for n in range(1, 2501)}
    for call in sandbox.calls():
        number = int(call["properties"][KEY].removeprefix("call-"))
        assert [end["id"] for end in call["associations"]] == [contact(number)]
    assert sandbox.count("upsert") >= 15
    assert sandbox.count("update") <= 3


@pytest.mark.parametrize("status", [400, 404])
def test_an_account_that_refuses_upserts_is_written_the_other_way(
    sandbox: Sandbox, connectors: Connectors, status: int
) -> None:
    """Of all endpoints it is the one that calls are least known to have: once refused it is not tried again."""
    assert connectors().run(Source(1500).lines()) == 0
    fault = {"kind": "refuse", "status": status, "rate": 1.0, "endpoints": ["upsert:calls"]}
    sandbox.faults(rates=[fault])
    connector = connectors(catalog=UPDATES)
    assert connector.run([*(record(n, title=f"new {n}") for n in range(1, 1501)), state(1500)]) == 0
    assert connector.states[-1]["destinationStats"]["recordCount"] == 1500
    assert set(titles(sandbox).values()) == {f"new {n}" for n in range(1, 1501)}
    assert 1 <= sandbox.count("upsert") <= 14


def test_the_run_is_noted_in_calls_that_it_creates_only(sandbox: Sandbox, connectors: Connectors) -> None:
    """What one sync made can be found, and taken back; what others made is not marked as its own."""
    sandbox.add_property("calls", name="made_by", label="Made by", type="string", fieldType="text")
    sandbox.seed("calls", [{KEY: "call-1", "hs_timestamp": "2026-01-01T00:00:01Z", "hs_call_title": "theirs"}])
    job = {"WORKER_JOB_ID": "57", "WORKER_JOB_ATTEMPT": "0"}
    for catalog_ in (UPDATES, catalog()):
        config = connectors.configuration(run_property="made_by")
        assert connectors(config, catalog_, environment=job).run(Source(300).lines()) == 0
    made = {call["properties"][KEY]: call["properties"].get("made_by") for call in sandbox.calls()}
    assert made.pop("call-1") is None
    (run,) = set(made.values())
    assert run is not None
    assert run.endswith("Z job 57.0")


def test_calls_that_are_deleted_under_way_are_refused_at_once(sandbox: Sandbox, connectors: Connectors) -> None:
    """One error names them all by their ids; asked for one by one they would cost a request each."""
    ids = sandbox.seed("calls", [{KEY: f"call-{n}", "hs_timestamp": str((START + n) * 1000)} for n in range(1, 21)])
    sandbox.settings(latency_ms=1500, group_not_found="yes", not_found_names="ids", upsert="refuse")
    config = connectors.configuration(max_rejected_percent=100)
    connector = connectors(config, UPDATES)
    connector.send([*(record(n) for n in range(1, 21)), state(20)])
    connector.end()
    wait_until(lambda: sandbox.stats()["running"].get("update:calls", 0) >= 1)
    sandbox.archive("calls", *ids[:3])
    assert connector.wait() == 0, connector.said
    assert connector.states[0]["destinationStats"]["rejectedRecordCount"] == 3.0
    assert sandbox.count("update") <= 2
