"""Data activation from outside: what Airbyte's mapping page reads, and what it maps, without a mapping of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from integration_tests.conftest import Connectors
from integration_tests.connector import ROOT
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, line, state

TIME = "2026-03-01T10:00:00Z"


def discover(folder: Path, config: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """The status of `discover`, and the messages that it said."""
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "discover", "--config", str(path)], capture_output=True, check=False
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def mapped(mode: str, key: str | None) -> dict[str, Any]:
    """The catalog of a stream whose fields were mapped to those of calls."""
    stream = {
        "name": "orders",
        "json_schema": {"type": "object", "properties": {"hs_timestamp": {}, "hs_call_title": {}, KEY: {}}},
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


def record(key: str, title: str) -> bytes:
    data = {"hs_timestamp": TIME, "hs_call_title": title, KEY: key}
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
