"""OAuth from outside: tokens that end, rotate, and are refused, while many requests are under way."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import Status

from destination_hubspot_calls import DestinationHubspotCalls
from integration_tests.conftest import Connectors
from integration_tests.connector import ROOT, Connector
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import Source

CLIENT = {"client_id": "app", "client_secret": "app-secret", "refresh_token": "na1-first-refresh"}


def configuration(connectors: Connectors, **more: Any) -> dict[str, Any]:
    return connectors.configuration(credentials={"auth_type": "oauth2.0", **CLIENT}, **more)


def handed_over(connector: Connector) -> list[dict[str, Any]]:
    """The configurations that Airbyte was asked to keep."""
    controls = (line.message["control"] for line in connector.lines if line.message["type"] == "CONTROL")
    return [control["connectorConfig"]["config"] for control in controls]


def check(folder: Path, config: dict[str, Any]) -> list[dict[str, Any]]:
    """What `check` says."""
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    command = [sys.executable, str(ROOT / "main.py"), "check", "--config", str(path)]
    return [json.loads(line) for line in subprocess.run(command, capture_output=True, check=True).stdout.splitlines()]


def logged(connector: Connector) -> str:
    """All that a person can read: everything but the message that hands a token over."""
    return "".join(line.raw.decode() for line in connector.lines if line.message["type"] != "CONTROL")


def test_tokens_that_end_every_second_cost_no_record(sandbox: Sandbox, connectors: Connectors) -> None:
    """Under load a token ends while requests that carry it are on their way: each is sent again, none is lost.

    At the same time each refresh takes the earlier access token and the refresh token out of service.
    """
    sandbox.add_client(**CLIENT, expires_in=1, rotate=True, single_access_token=True)
    sandbox.settings(latency_ms=[100, 1500], latency_commit_share=0.5)
    config = configuration(connectors, requests_per_10_seconds=150)
    connector = connectors(config)
    assert connector.run(Source(4_000).lines()) == 0, connector.said
    assert sum(state["destinationStats"]["recordCount"] for state in connector.states) == 4_000
    assert sum(state["destinationStats"]["rejectedRecordCount"] for state in connector.states) == 0
    assert len({call["properties"]["dialer_call_id"] for call in sandbox.calls()}) == sandbox.created() == 4_000
    refreshes = sandbox.stats()["oauth"]["app"]
    assert refreshes >= 3
    configs = handed_over(connector)
    assert len(configs) == refreshes
    assert configs[-1] == {
        **config,
        "credentials": {**config["credentials"], "refresh_token": configs[-1]["credentials"]["refresh_token"]},
    }
    assert "CN-access-" not in logged(connector)
    assert "na1-" not in logged(connector)


@pytest.mark.waits
def test_the_next_sync_signs_in_with_what_was_handed_over(sandbox: Sandbox, connectors: Connectors) -> None:
    """Once a refresh token is rotated, the one that a person entered is dead."""
    sandbox.add_client(**CLIENT, rotate=True)
    config = configuration(connectors)
    first = connectors(config)
    assert first.run(Source(3).lines()) == 0, first.said
    (new,) = handed_over(first)
    second = connectors(new)
    assert second.run(Source(6).lines(after=3)) == 0, second.said
    old = connectors(config)
    assert old.run(Source(9).lines(after=6)) == 1
    assert old.failure["failure_type"] == "config_error"
    assert "BAD_REFRESH_TOKEN" in old.failure["message"]
    assert old.states == []
    assert sandbox.created() == 6


def test_a_refused_access_token_is_replaced(sandbox: Sandbox, connectors: Connectors) -> None:
    """HubSpot may end a token before its time."""
    sandbox.add_client(**CLIENT)
    sandbox.fault("expired_token", "create", times=2)
    connector = connectors(configuration(connectors))
    assert connector.run(Source(300).lines()) == 0, connector.said
    assert sandbox.created() == 300
    assert sandbox.stats()["oauth"]["app"] in (2, 3)
    assert handed_over(connector) == []


@pytest.mark.parametrize("version", ["2026-03", "v1"])
def test_tokens_are_fetched_and_introspected_where_the_host_has_it(
    sandbox: Sandbox, connectors: Connectors, version: str
) -> None:
    """The old endpoints end on 2027-02-16, and not every host has the new ones yet."""
    sandbox.add_client(**CLIENT)
    sandbox.settings(oauth_versions=[version], record_requests=1000)
    connector = connectors(configuration(connectors))
    assert connector.run(Source(300).lines()) == 0, connector.said
    assert sandbox.created() == 300
    asked = " ".join(request["path"] for request in sandbox.requests(1000))
    assert ("introspect" in asked, "CN-access" in asked) == ((True, False) if version == "2026-03" else (False, True))
    assert sandbox.stats()["oauth"]["app"] == 1
    assert not any("cannot be checked" in line for line in connector.log)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"revoked": True}, "Install the app and connect the account again"),
        ({"refresh_token": "na1-another"}, "Install the app and connect the account again"),
        ({"client_secret": "another"}, "copy client id and client secret again"),
        ({"client_id": "another"}, "copy client id and client secret again"),
    ],
)
def test_check_tells_what_is_wrong_with_an_app(
    sandbox: Sandbox, connectors: Connectors, changed: dict[str, Any], words: str
) -> None:
    """Each has another cure, and HubSpot's own words name none."""
    sandbox.add_client(**{**CLIENT, **changed})
    found = DestinationHubspotCalls().check(logging.getLogger("airbyte"), configuration(connectors))
    assert found.status is Status.FAILED
    assert words in str(found.message)
    assert "app-secret" not in str(found.message)


def test_a_check_hands_over_too(sandbox: Sandbox, connectors: Connectors, tmp_path: Path) -> None:
    """Its exchange takes the entered refresh token out of service just as a sync's does."""
    sandbox.add_client(**CLIENT, rotate=True)
    config = configuration(connectors)
    for refreshes in (1, 2):
        output = check(tmp_path, config)
        (status,) = (item["connectionStatus"] for item in output if item["type"] == "CONNECTION_STATUS")
        assert status["status"] == "SUCCEEDED", status
        (control,) = (item["control"] for item in output if item["type"] == "CONTROL")
        config = control["connectorConfig"]["config"]
        assert sandbox.stats()["oauth"]["app"] == refreshes
