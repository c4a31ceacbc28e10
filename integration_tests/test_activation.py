"""Data activation from outside: what Airbyte's mapping page reads, and what it maps, without a mapping of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from integration_tests.conftest import Connectors
from integration_tests.connector import ROOT
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, line, state

TIME = "2026-03-01T10:00:00Z"


PROTOCOL = ROOT.parent / "shared/tools/airbyte_protocol.yaml"


def discover(folder: Path, config: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """The status of `discover`, and the messages that it said."""
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "discover", "--config", str(path)], capture_output=True, check=False
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def mapped(mode: str, key: str | None, *more: str) -> dict[str, Any]:
    """The catalog of a stream whose fields were mapped to those of calls, and to fields to link by."""
    fields = ("hs_timestamp", "hs_call_title", KEY, *more)
    stream = {
        "name": "orders",
        "json_schema": {"type": "object", "properties": {field: {} for field in fields}},
        "supported_sync_modes": ["full_refresh"],
        "source_defined_primary_key": [["order_number"]],
    }
    return {
        "streams": [
            {
                "stream": stream,
                "sync_mode": "full_refresh",
                "destination_sync_mode": mode,
                "destination_object_name": "calls",
                "primary_key": [[key]] if key else [],
            }
        ]
    }


def record(key: str, title: str, **more: object) -> bytes:
    data = {"hs_timestamp": TIME, "hs_call_title": title, KEY: key, **more}
    return line({"type": "RECORD", "record": {"stream": "orders", "emitted_at": 1, "data": data}})


def test_discover_offers_calls(sandbox: Sandbox, connectors: Connectors, tmp_path: Path) -> None:
    """The protocol's own message, in which the mapping page looks for objects, fields and matching keys."""
    status, messages = discover(tmp_path, {**connectors.configuration(), "mappings": []})
    assert status == 0
    (operations,) = (
        item["destination_catalog"]["operations"] for item in messages if item["type"] == "DESTINATION_CATALOG"
    )
    assert [(item["object_name"], item["sync_mode"], item["matching_keys"]) for item in operations] == [
        ("calls", "append", []),
        ("calls", "append_dedup", [[KEY]]),
    ]
    schema = operations[0]["json_schema"]
    assert schema["required"] == ["hs_timestamp"]
    assert schema["properties"]["hs_call_direction"]["enum"] == ["INBOUND", "OUTBOUND", None]
    assert schema["properties"]["queue"]["enum"] == ["first_line", "second_line", None]
    assert not {"dialer_score", "dialer_locked", "dialer_gone"} & schema["properties"].keys()


def test_discover_offers_fields_to_link_by(sandbox: Sandbox, connectors: Connectors, tmp_path: Path) -> None:
    """... of every account, of this one's unique properties, and what the rules for all streams read."""
    mapping = {
        "stream_name": "*",
        "properties": [{"property": "hs_call_body", "source": "join(' ', [agent.name, notes])"}],
    }
    _, messages = discover(tmp_path, {**connectors.configuration(), "mappings": [mapping]})
    schema = messages[-1]["destination_catalog"]["operations"][0]["json_schema"]
    assert {"contact_id", "contact_email", "contact_phone", "company_domain", "deal_id"} <= schema["properties"].keys()
    assert {"agent", "notes"} <= schema["properties"].keys()
    assert schema["additionalProperties"] is True


@pytest.mark.skipif(not PROTOCOL.exists(), reason="the protocol's schema is not beside the repository")
def test_discover_speaks_the_protocol(sandbox: Sandbox, connectors: Connectors, tmp_path: Path) -> None:
    """The platform reads it by this schema."""
    definitions = yaml.safe_load(PROTOCOL.read_text(encoding="utf-8"))["definitions"]
    message = Draft7Validator({**definitions["AirbyteMessage"], "definitions": definitions})
    _, messages = discover(tmp_path, {**connectors.configuration(), "mappings": []})
    for item in messages:
        assert [error.message for error in message.iter_errors(item)] == []


def test_discover_never_sends_a_new_configuration(sandbox: Sandbox, connectors: Connectors, tmp_path: Path) -> None:
    """Airbyte takes it for a source's there: the job fails, and the token is lost all the same."""
    client = {"client_id": "app", "client_secret": "app-secret", "refresh_token": "na1-app"}
    sandbox.add_client(**client, rotate=True)
    credentials = {"auth_type": "oauth2.0", **client}
    status, messages = discover(tmp_path, connectors.configuration(credentials=credentials, mappings=[]))
    assert status == 0
    assert [item["type"] for item in messages] == ["LOG", "DESTINATION_CATALOG"]
    assert messages[0]["log"]["level"] == "WARN"
    assert messages[0]["log"]["message"].startswith("HubSpot has replaced the refresh token")


def test_discover_tells_what_stops_it(sandbox: Sandbox, connectors: Connectors, tmp_path: Path) -> None:
    """Its words are what the mapping page shows instead of fields."""
    credentials = {"auth_type": "access_token", "access_token": "pat-na1-nobodys"}
    sandbox.add_token("pat-na1-nobodys", revoked=True)
    status, messages = discover(tmp_path, connectors.configuration(credentials=credentials, mappings=[]))
    assert status == 1
    (trace,) = (item["trace"] for item in messages if item["type"] == "TRACE")
    assert trace["error"]["failure_type"] == "config_error"
    assert "Copy the token" in trace["error"]["message"]


def test_what_was_mapped_there_becomes_calls(sandbox: Sandbox, connectors: Connectors) -> None:
    """With no mapping at all: created, then found again by the matching key and updated."""
    config = {**connectors.configuration(), "mappings": []}
    rows = [record("o-1", "first"), record("o-2", "second"), state(2, "orders")]
    added = connectors(config, mapped("append", None))
    assert added.run(rows) == 0, added.said
    updated = connectors(config, mapped("append_dedup", KEY))
    assert updated.run([record("o-1", "changed"), record("o-3", "third"), state(3, "orders")]) == 0, updated.said
    again = connectors(config, mapped("append", None))
    assert again.run(rows) == 0, again.said
    assert {call["properties"][KEY]: call["properties"]["hs_call_title"] for call in sandbox.calls()} == {
        "o-1": "changed",
        "o-2": "second",
        "o-3": "third",
    }
    assert sandbox.created() == 3
    for run in (added, updated, again):
        assert run.counts[0] == (2.0, 0.0)


def test_a_mapped_stream_is_linked(sandbox: Sandbox, connectors: Connectors) -> None:
    """By what was mapped to fields to link by, looked up as any rule's value is; an unknown address is no mistake."""
    (deal,) = sandbox.seed_deals({"dealname": "Deal"})
    config = {**connectors.configuration(), "mappings": []}
    connector = connectors(config, mapped("append_dedup", KEY, "contact_email", "company_domain", "deal_id"))
    rows = [
        record("o-1", "all", contact_email="contact.one@example.com", company_domain="one.example.com", deal_id=deal),
        record("o-2", "none", contact_email="nobody@example.com", company_domain=None, deal_id=""),
    ]
    assert connector.run([*rows, state(2, "orders")]) == 0, connector.said
    linked = {call["properties"][KEY]: len(call["associations"]) for call in sandbox.calls()}
    assert linked == {"o-1": 3, "o-2": 0}
    assert connector.counts[0] == (2.0, 0.0)


def test_a_mapping_of_the_streams_name_rejects_nothing(sandbox: Sandbox, connectors: Connectors) -> None:
    """Rules from before data activation read fields that the mapped stream does not have: they are silent."""
    mapping = {
        "stream_name": "orders",
        "only_if": "kind == 'call'",
        "properties": [{"property": "hs_timestamp", "source": "started_at"}],
        "associations": [{"object_type": "contacts", "source": "mail", "match_by": "email", "if_missing": "reject"}],
        "require_association": True,
        "external_id_property": KEY,
        "external_id_source": "uuid",
    }
    connector = connectors({**connectors.configuration(), "mappings": [mapping]}, mapped("append", None))
    rows = [record(f"o-{number}", "title") for number in range(25)]
    assert connector.run([*rows, state(25, "orders")]) == 0, connector.said
    assert sandbox.created() == 25
    assert not any("found nothing in any record" in line for line in connector.log)


def test_a_mapped_stream_is_spoken_of_in_the_mapping_pages_words(sandbox: Sandbox, connectors: Connectors) -> None:
    """Whoever mapped it there knows of no key of a form."""
    config = {**connectors.configuration(), "mappings": []}
    catalog = mapped("append", None)
    del catalog["streams"][0]["stream"]["json_schema"]["properties"][KEY]
    connector = connectors(config, catalog)
    assert connector.run([record("o-1", "one"), state(1, "orders")]) == 0, connector.said
    notes = [line for line in connector.log if line.startswith("WARN Note: ")]
    assert notes[0].startswith('WARN Note: the stream "orders": was mapped without a matching key: ')
    assert notes[1].startswith('WARN Note: the stream "orders": was mapped without a field to link by, like contact_')
