"""Records as real sources send them, run through the connector into the sandbox: the calls that a user expects."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from integration_tests.conftest import NO_LIMIT
from integration_tests.connector import Connector
from integration_tests.real.expectation import differences
from integration_tests.real.wishes import HERE, mapping_of
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import line

PORTAL: dict[str, Any] = json.loads((HERE / "portal.json").read_text(encoding="utf-8"))
SOURCES = sorted(file.name.removesuffix(".config.json") for file in HERE.glob("*.config.json"))
LOG = "messages"
"""The file whose cases are about what the log says."""

KEY = "dialer_call_id"
MORE_PROPERTIES: tuple[dict[str, Any], ...] = (
    {"name": "csat", "type": "number", "fieldType": "number"},
    {"name": "follow_up_on", "type": "date", "fieldType": "date"},
    {
        "name": "call_tags",
        "type": "enumeration",
        "fieldType": "checkbox",
        "options": [{"label": name, "value": name.lower()} for name in ("VIP", "Complaint", "Renewal")],
    },
)
"""Call properties that the mappings fill and portal.json does not list."""

FIRST_OWNER = 4_000_000
"""The owners that every sandbox has are numbered from here; some have the addresses that are the portal's."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """What a sync left behind: calls by external id, with the names of the records that they are linked to."""

    calls: dict[str, Json]
    links: dict[str, list[str]]
    log: list[str]


@cache
def cases(name: str) -> tuple[Json, ...]:
    """The cases of a file."""
    lines = (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(text) for text in lines)


def source(name: str) -> Json:
    """The configuration of a file."""
    read: Json = json.loads((HERE / f"{name}.config.json").read_text(encoding="utf-8"))
    return read


def parameters(names: list[str]) -> list[Any]:
    return [pytest.param(name, case, id=f"{name}: {case['case']}") for name in names for case in cases(name)]


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def ran(account: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """One sync for all cases of a file."""

    @cache
    def run(name: str) -> Run:
        found = source(name)
        records = [case["data"] for case in cases(name)]
        return sync(account, tmp_path_factory.mktemp(name), found, mapping_of(found), records * 2)

    return run


@pytest.mark.parametrize(("name", "case"), parameters([name for name in SOURCES if name != LOG]))
def test_a_record_becomes_the_call_that_a_user_expects(name: str, case: Json, ran: Callable[[str], Run]) -> None:
    """All of its values and links and no more, once, though the record comes twice."""
    done, expected = ran(name), case["expect"]
    if expected.get("dropped"):
        assert case["key"] not in done.calls
        return
    assert case["key"] in done.calls, (sorted(done.calls), done.log)
    assert differences(expected["properties"], done.calls[case["key"]]) == {}
    assert done.links[case["key"]] == sorted(expected["links"])


@pytest.mark.parametrize(("name", "case"), parameters([LOG]))
def test_the_log_says_what_to_do(name: str, case: Json, account: Sandbox, tmp_path: Path) -> None:
    """What is wrong with every record, a person reads in the log, with the place or the field."""
    records = [{**case["data"], "id": f"{case['data']['id']}-{number}"} for number in range(case["repeat"])]
    done = sync(account, tmp_path, source(name), case["mapping"], records)
    assert [said for said in done.log if re.search(case["expect"]["log"], said)], done.log


def sync(sandbox: Sandbox, folder: Path, found: Json, mapping: Json, records: list[Json]) -> Run:
    """Run `write` as the platform does."""
    mapping.setdefault("external_id_property", KEY)
    set_up(sandbox, mapping["external_id_property"])
    config = {
        "credentials": {"auth_type": "access_token", "access_token": sandbox.token},
        "api_base_url": sandbox.url,
        "mappings": [mapping],
        "max_rejected_percent": 100,
    }
    messages = [
        {"type": "RECORD", "record": {"stream": found["stream"], "data": data, "emitted_at": 1}} for data in records
    ]
    state = {"stream_descriptor": {"name": found["stream"]}, "stream_state": {}}
    messages.append({"type": "STATE", "state": {"type": "STREAM", "stream": state}})
    with Connector(folder, config, catalog(found)) as connector:
        connector.run(line(message) for message in messages)
        return ended(sandbox, mapping["external_id_property"], connector)


def ended(sandbox: Sandbox, key: str, connector: Connector) -> Run:
    calls = {call["properties"][key]: call for call in sandbox.calls()}
    assert len(calls) == len(sandbox.calls())
    return Run(
        {name: said(call["properties"], key) for name, call in calls.items()},
        {name: named(call["associations"]) for name, call in calls.items()},
        connector.log,
    )


def set_up(sandbox: Sandbox, key: str) -> None:
    """The account of portal.json."""
    sandbox.reset()
    sandbox.settings(rate_limit=NO_LIMIT)
    for object_type, names in PORTAL["unique"].items():
        for name in names:
            if name != "email":
                add_property(sandbox, object_type, name=name, hasUniqueValue=True)
    add_property(sandbox, "contacts", name="pipedrive_person_id")
    add_property(sandbox, "contacts", name="salesforcecontactid")
    for definition in (*PORTAL["properties"], *MORE_PROPERTIES):
        if not definition.get("hasUniqueValue"):
            add_property(sandbox, "calls", **definition)
    if key != KEY:
        add_property(sandbox, "calls", name=key, hasUniqueValue=True)
    for number, owner in enumerate(PORTAL["owners"], start=1):
        sandbox.add_owner(f"nobody{number}@example.com", id=FIRST_OWNER + number)
        sandbox.add_owner(owner["email"], id=owner["id"], user_id=owner["userId"], archived=owner["archived"])
    for object_type in ("contacts", "companies", "tickets"):
        sandbox.seed(object_type, [filled(record) for record in PORTAL[object_type]])


def add_property(sandbox: Sandbox, object_type: str, **definition: Any) -> None:
    sandbox.add_property(
        object_type, **{"label": definition["name"], "type": "string", "fieldType": "text", **definition}
    )


def filled(record: Json) -> Json:
    """A record without what is blank, which would take the place of a unique value, and without what is computed."""
    properties = {
        name: value
        for name, value in record["properties"].items()
        if value and not name.startswith("hs_searchable_calculated")
    }
    return {"id": record["id"], "properties": properties}


def catalog(found: Json) -> Json:
    stream = {"name": found["stream"], "json_schema": {"type": "object"}, "supported_sync_modes": ["full_refresh"]}
    configured = {
        "stream": {**stream, "source_defined_primary_key": found["primary_key"]},
        "sync_mode": "full_refresh",
        "destination_sync_mode": "append",
    }
    return {"streams": [configured]}


def said(properties: Json, key: str) -> dict[str, str]:
    """What a mapping filled, outcomes by label and owners by address."""
    outcomes = {outcome["id"]: outcome["label"] for outcome in PORTAL["dispositions"]}
    owners = {owner["id"]: owner["email"] for owner in PORTAL["owners"]}
    found = {name: str(value) for name, value in properties.items() if name not in SYSTEM and name != key}
    if (chosen := found.get("hs_call_disposition")) is not None:
        found["hs_call_disposition"] = outcomes.get(chosen, chosen)
    if (owner := found.get("hubspot_owner_id")) is not None:
        found["hubspot_owner_id"] = owners.get(owner, owner)
    return found


SYSTEM = frozenset({"hs_createdate", "hs_lastmodifieddate", "hs_object_id"})
"""What every record has, whoever makes it."""


def named(associations: list[Json]) -> list[str]:
    """The names that portal.json gives the other ends."""
    names = {(object_type, record): name for name, (object_type, record) in PORTAL["names"].items()}
    return sorted(names.get((link["type"], str(link["id"])), f"{link['type']} {link['id']}") for link in associations)
