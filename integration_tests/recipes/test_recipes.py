"""Each recipe, run: records as its source publishes them, from stdin through the connector into the sandbox."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import Status

from destination_hubspot_calls import recipes
from destination_hubspot_calls.destination import DestinationHubspotCalls
from integration_tests.recipes.published import (
    KEY,
    NAMES,
    ROOT,
    Source,
    Unpublished,
    require_published,
    source,
    sources_of,
)
from integration_tests.sandbox.process import Sandbox
from integration_tests.sandbox.standard_properties import DISPOSITIONS

AGENTS = {"agent1@example.com": "4000001", "agent2@example.com": "4000002"}  # owners that every sandbox has
OUTCOMES = {label: outcome for outcome, label in DISPOSITIONS.items()}
KNOWN_BY = {"contacts": ("email", "phone", "mobilephone"), "tickets": ("zendesk_ticket_id",)}

Ids = Mapping[str, Mapping[str, str]]
"""By property or object type: what the files call an owner, an outcome or a record, and HubSpot's id of it."""


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_names_published_fields_only(name: str) -> None:
    """A field that the source renames, or that was misspelt, would be empty in every call and nobody would notice."""
    for expression in sources_of(recipes.read(name)):
        require_published(expression, source(name).fields())


@pytest.mark.parametrize(
    "expression",
    [
        "id",
        "users.email",
        "users[].mail",
        "users[?name == 'x'].email",
        "title && body.test || started",
        "join(' ', [title, users[0].name])",
        "[started][?@ && !ended] | [0]",
    ],
)
def test_a_field_that_is_not_published_is_found(expression: str) -> None:
    """... wherever in an expression it stands: the test above can fail."""
    with pytest.raises(Unpublished):
        require_published(expression, {"title": "string", "started": "number", "users": [{"email": "string"}]})


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_passes_the_check_as_it_stands(name: str, sandbox: Sandbox) -> None:
    """A person who has created what the page asks for, and changed nothing but the token, can save it."""
    prepare(sandbox, source(name))
    result = DestinationHubspotCalls().check(logging.getLogger(__name__), configured(sandbox, source(name)))
    assert result.status is Status.SUCCEEDED, result.message


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_makes_the_calls_it_promises(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    """Mapped, linked and rejected as expected, each call with its values and on the right timelines."""
    published = source(name)
    ids = prepare(sandbox, published)
    told, summary = run(sandbox, published, tmp_path)
    calls = by_key(sandbox)
    expected = published.expected
    counts = {
        "mapped": len(calls),
        "linked": sum(bool(call["associations"]) for call in calls.values()),
        "rejected": told["rejectedRecordCount"],
    }
    print(f"{name}: " + ", ".join(f"{number:.0f} {what}" for what, number in counts.items()), *summary, sep="\n")
    assert {key: seen(call, expected["calls"].get(key, {})) for key, call in calls.items()} == {
        key: wanted(asked, ids) for key, asked in expected["calls"].items()
    }
    assert counts == {what: expected[what] for what in counts}
    assert told["recordCount"] == expected["mapped"] + expected.get("skipped", 0)


def prepare(sandbox: Sandbox, published: Source) -> Ids:
    """Create what the recipe's page asks for, and the records to link to."""
    add_unique_property(sandbox, "calls", KEY)
    for more in published.hubspot.get("properties", ()):
        add_unique_property(sandbox, more["object_type"], more["name"])
    ids: dict[str, dict[str, str]] = {
        "hubspot_owner_id": AGENTS,
        "hs_call_disposition": OUTCOMES,
    }
    for object_type, names in KNOWN_BY.items():
        records = published.hubspot.get(object_type, [])
        known = [next(record[key] for key in names if key in record) for record in records]
        ids[object_type] = dict(zip(known, sandbox.seed(object_type, records), strict=True))
    return ids


def add_unique_property(sandbox: Sandbox, object_type: str, name: str) -> None:
    sandbox.add_property(object_type, name=name, label=name, type="string", fieldType="text", hasUniqueValue=True)


def run(sandbox: Sandbox, published: Source, folder: Path) -> tuple[dict[str, float], list[str]]:
    """`write` as the platform runs it; answers the counts of all states, and what the connector says of the streams."""
    config = configured(sandbox, published)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "catalog.json").write_text(json.dumps(catalog(published)))
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "write", "--config", "config.json", "--catalog", "catalog.json"],
        input="".join(json.dumps(message) + "\n" for message in messages(published)),
        cwd=folder,
        env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    states = [answer["state"]["destinationStats"] for answer in answers if answer["type"] == "STATE"]
    summary = [answer["log"]["message"] for answer in answers if answer["type"] == "LOG"]
    return (
        {key: sum(state[key] for state in states) for key in ("recordCount", "rejectedRecordCount")},
        [line for line in summary if line.startswith("Stream ")],
    )


def configured(sandbox: Sandbox, published: Source) -> dict[str, Any]:
    """The recipe for this account."""
    return {
        "credentials": {"auth_type": "access_token", "access_token": sandbox.token},
        "api_base_url": sandbox.url,
        "mappings": published.mappings(),
    }


def catalog(published: Source) -> dict[str, Any]:
    """The streams as Airbyte would configure them: with the keys and cursors that the source publishes."""
    return {
        "streams": [
            {
                "stream": {
                    "name": stream,
                    "json_schema": {"type": "object"},
                    "supported_sync_modes": ["full_refresh", *(["incremental"] if facts["cursor"] else [])],
                    "source_defined_primary_key": facts["primary_key"],
                },
                "sync_mode": "incremental" if facts["cursor"] else "full_refresh",
                "destination_sync_mode": "append",
            }
            for stream, facts in published.streams.items()
        ]
    }


def messages(published: Source) -> Iterator[dict[str, Any]]:
    for stream, record in published.records():
        yield {"type": "RECORD", "record": {"stream": stream, "data": record, "emitted_at": 1}}
    for stream in published.streams:
        yield {
            "type": "STATE",
            "state": {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": {}}},
        }


def by_key(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    return {call["properties"][KEY]: call for call in sandbox.calls()}


def seen(call: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Of a call in HubSpot what a file speaks of."""
    return {
        name: sorted(link["id"] for link in call["associations"] if link["type"] == name)
        if name in KNOWN_BY
        else call["properties"].get(name)
        for name in asked
    }


def wanted(asked: dict[str, Any], ids: Ids) -> dict[str, Any]:
    """What a file says of a call, with HubSpot's ids."""
    return {
        name: sorted(ids[name][item] for item in value) if name in KNOWN_BY else ids.get(name, {}).get(value, value)
        for name, value in asked.items()
    }
