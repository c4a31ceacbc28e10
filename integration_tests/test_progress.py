"""What a sync says while it waits: for whom, since when, and that nothing is lost."""

from __future__ import annotations

import re

import pytest

from integration_tests.conftest import Connectors
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import record, state


@pytest.mark.waits
def test_an_outage_is_told_when_it_begins_and_when_it_is_over(sandbox: Sandbox, connectors: Connectors) -> None:
    """A sync that says nothing for minutes looks like one that hangs, and is ended by a person."""
    sandbox.faults({"kind": "status", "status": 503, "endpoint": "create", "times": 9})
    connector = connectors()
    assert connector.run([*(record(number) for number in range(1, 101)), state(100)]) == 0
    began = [line for line in connector.log if "nothing is lost" in line]
    assert len(began) == 1
    told = r"WARN HubSpot answers 503 to creating calls; (second|third|fourth|fifth) try in \d+ s; nothing is lost\."
    assert re.fullmatch(told, began[0])
    (over,) = (line for line in connector.log if "again, after" in line)
    assert over.startswith("INFO HubSpot answers to creating calls again, after ")
    progress = [line for line in connector.log if "waiting for HubSpot (HubSpot answers 503 to creating calls" in line]
    assert progress
    assert connector.counts == [(100, 0)]


@pytest.mark.waits
def test_a_limit_that_is_waited_for_is_told_to_the_platform(sandbox: Sandbox, connectors: Connectors) -> None:
    """Airbyte then shows the stream as rate limited."""
    sandbox.faults({"kind": "rate_burst", "endpoint": "create", "retry_after": 20, "times": 1})
    connector = connectors()
    assert connector.run([*(record(number) for number in range(1, 101)), state(100)]) == 0
    first, *others = connector.statuses
    assert first["status"] == "RUNNING"
    assert first["stream_descriptor"] == {"name": "calls"}
    assert first["reasons"][0]["type"] == "RATE_LIMITED"
    assert all("reasons" not in status for status in others)
    assert any("Waiting for HubSpot's burst limit: " in line for line in connector.log)
    assert connector.counts == [(100, 0)]
