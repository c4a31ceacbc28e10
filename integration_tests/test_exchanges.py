"""What stands between a sync and HubSpot: slow, endless and early answers, regions, tokens, proxies, a shared limit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from integration_tests.conftest import Connectors
from integration_tests.connector import PACE, ROOT, Connector
from integration_tests.lookups import EMAIL, linked
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, Source, record, state
from integration_tests.talking_server import talking_server, unused_port


def check(folder: Path, config: dict[str, Any], **environment: str) -> str:
    """What `check` says."""
    path = folder / "checked.json"
    path.write_text(json.dumps(config))
    hurried = [str(ROOT / "integration_tests/hurried.py"), "10"]
    command = [sys.executable, *hurried, str(ROOT / "main.py"), "check", "--config", str(path)]
    done = subprocess.run(command, capture_output=True, check=True, env={**os.environ, **environment})
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    (status,) = (line["connectionStatus"] for line in lines if line["type"] == "CONNECTION_STATUS")
    return f"{status['status']}: {status.get('message', '')}"


def kept(sandbox: Sandbox) -> set[str]:
    """The keys of the calls that are there; each once."""
    keys = [call["properties"][KEY] for call in sandbox.calls()]
    assert len(set(keys)) == len(keys)
    return set(keys)


# Answers


@pytest.mark.waits
@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("drip", {"ms": 50, "seconds": 60}),
        ("bomb", {"megabytes": 4096}),
        ("endless", {}),
        ("early_hints", {}),
    ],
)
@pytest.mark.parametrize("endpoint", ["create:calls", "read:contacts"])
def test_an_answer_that_is_no_end_of_trouble_costs_a_request(
    sandbox: Sandbox, connectors: Connectors, monkeypatch: pytest.MonkeyPatch, endpoint: str, kind: str, more: Any
) -> None:
    """A blank a second would be read for ever, a gigabyte of gzip fill the memory, a hint be taken for the answer."""
    monkeypatch.setenv(PACE, "60")
    sandbox.fault(kind, endpoint, when="after", **more)
    config = connectors.configuration(mapping={"associations": [EMAIL]})
    connector = connectors(config)
    lines = [record(number, email="contact.one@example.com") for number in range(1, 151)]
    assert connector.run([*lines, state(150)]) == 0, connector.said[-2000:]
    assert connector.counts[-1] == (150.0, 0.0)
    assert kept(sandbox) == {f"call-{number}" for number in range(1, 151)}
    assert all(ends == {("contacts", "100001")} for ends in linked(sandbox).values())
    assert sandbox.stats()["faults"]["met"] == {kind: 1}


# Regions and tokens


@pytest.mark.waits
def test_a_wrong_region_that_lasts_ends_the_sync_with_the_address_to_set(
    sandbox: Sandbox, connectors: Connectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten minutes of tries would end in words that send nobody to the right place."""
    monkeypatch.setenv(PACE, "60")
    connector = connectors()
    connector.send([record(1), state(1)])
    connector.await_states(1)
    sandbox.settings(wrong_region="eu1")
    assert connector.run(Source(300).lines(after=1)) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert "https://api-eu1.hubapi.com" in connector.failure["message"]
    assert kept(sandbox) == {"call-1"}


@pytest.mark.waits
def test_a_wrong_region_for_a_moment_costs_nothing(sandbox: Sandbox, connectors: Connectors) -> None:
    """HubSpot moves accounts."""
    sandbox.faults({"kind": "wrong_region", "endpoints": ["create:calls"], "times": 3})
    connector = connectors()
    assert connector.run(Source(300).lines()) == 0
    assert len(kept(sandbox)) == 300


@pytest.mark.waits
def test_a_burst_of_refused_tokens_costs_nothing(sandbox: Sandbox, connectors: Connectors) -> None:
    """The token was good before and is good after."""
    connector = connectors()
    connector.send([record(1), state(1)])
    connector.await_states(1)
    sandbox.faults({"kind": "bad_token", "endpoints": ["create:calls"], "times": 6})
    assert connector.run(Source(300).lines(after=1)) == 0, connector.said[-2000:]
    assert len(kept(sandbox)) == 300


@pytest.mark.waits
def test_tokens_refused_for_long_in_mid_sync_are_a_transient_error(
    sandbox: Sandbox, connectors: Connectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform tries again; nobody is sent to change a token that is good."""
    monkeypatch.setenv(PACE, "60")
    connector = connectors()
    connector.send([record(1), state(1)])
    connector.await_states(1)
    sandbox.faults({"kind": "bad_token", "times": 10_000})
    assert connector.run(Source(300).lines(after=1)) == 1
    assert connector.failure["failure_type"] == "transient_error"
    assert "worked in this sync" in connector.failure["message"]
    assert Source.reached(connector.states) <= 1


def test_a_token_that_never_worked_is_the_configurations_fault(
    sandbox: Sandbox, connectors: Connectors, tmp_path: Path
) -> None:
    """And of one of another region it is said which address to try."""
    sandbox.settings(region="na1")
    config = connectors.configuration(credentials={"auth_type": "access_token", "access_token": "pat-eu1-0-1"})
    assert "https://api-eu1.hubapi.com" in check(tmp_path, config)


@pytest.mark.waits
def test_an_account_that_is_suspended_in_mid_sync_ends_it_with_hubspots_code(
    sandbox: Sandbox, connectors: Connectors
) -> None:
    """It is about no record, and no scope: a person has to look at the account."""
    connector = connectors()
    connector.send([record(1), state(1)])
    connector.await_states(1)
    sandbox.settings(account_refusal="suspended")
    assert connector.run(Source(300).lines(after=1)) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert "ACCOUNT_SUSPENDED" in connector.failure["message"]
    assert Source.reached(connector.states) <= 1


# Addresses


def proxy(status: int) -> AbstractContextManager[str]:
    """One that refuses everything."""
    refusal = f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()
    return talking_server(lambda connection: connection.sendall(refusal))


def test_an_address_that_refuses_is_told_with_its_cause(connectors: Connectors, tmp_path: Path) -> None:
    """A person looks at the firewall, not at the token."""
    config = connectors.configuration(api_base_url=f"http://127.0.0.1:{unused_port()}")
    told = check(tmp_path, config)
    assert "127.0.0.1 cannot be reached (the connection is refused" in told
    assert told.startswith("FAILED")


@pytest.mark.parametrize(("status", "words"), [(407, "asks for a name and a password"), (403, "refuses to connect")])
def test_a_proxy_that_refuses_is_named(connectors: Connectors, tmp_path: Path, status: int, words: str) -> None:
    """At once: it does not change its mind."""
    with proxy(status) as url:
        told = check(tmp_path, connectors.configuration(api_base_url="https://api.hubapi.com"), HTTPS_PROXY=url)
    assert f"the proxy {words}" in told
    assert str(status) in told


# Limits, and what is told


def test_links_have_a_limit_of_their_own(sandbox: Sandbox, connectors: Connectors) -> None:
    """Requests that link do not wait for those that write."""
    sandbox.settings(rate_limit=190)
    config = connectors.configuration(mapping={"associations": [EMAIL]})
    lines = [record(number, email="contact.one@example.com") for number in range(300)]
    assert connectors(config).run(lines) == 0
    assert connectors(config).run(lines) == 0
    assert sandbox.stats()["rate_limit"]["refused"] == {"burst": 0, "daily": 0, "search": 0, "associations": 0}


def test_debugging_tells_requests_without_content(sandbox: Sandbox, connectors: Connectors) -> None:
    """LOG_LEVEL=debug shows what a sync does, and its log can be sent to anyone."""
    connector: Connector = connectors(environment={"LOG_LEVEL": "debug"})
    assert connector.run([record(1, title="Erika Mustermann"), state(1)]) == 0
    assert any("creating calls: 201 after" in line for line in connector.log)
    assert any("batch of 1 call: 1 created" in line for line in connector.log)
    assert "Erika" not in connector.said
    assert sandbox.token not in connector.said
