"""The sandbox as a program: its control API, its statistics, its start and its end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from integration_tests.sandbox.faults import KINDS
from integration_tests.sandbox.hub import CALLS, TO_CONTACT, Hub, Json, call
from integration_tests.sandbox.process import ROOT, Sandbox

# The control API


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("settings", {"nope": 1}),
        ("settings", {"mode": "other"}),
        ("settings", {"rate_limit": "many"}),
        ("settings", {"rate_limit": True}),
        ("faults", {"queue": [{"kind": "nope"}]}),
        ("faults", {"queue": [{"kind": "status", "nope": 1}]}),
        ("faults", {"queue": [{"kind": "status", "endpoint": "nope"}]}),
        ("faults", {"queue": [{"kind": "drop", "when": "never"}]}),
        ("faults", {"other": []}),
        ("records", {"object_type": "nope", "records": []}),
        ("properties", {"object_type": "calls", "name": "x"}),
        ("tokens", {"scopes": []}),
        ("play", {"nope": {}}),
    ],
)
def test_what_the_control_api_does_not_understand_it_refuses(sandbox: Sandbox, path: str, body: Json) -> None:
    """A misspelt switch must not pass for one that was turned."""
    with pytest.raises(ValueError, match=r".+"):
        sandbox.post(path, body)


def test_statistics(hub: Hub) -> None:
    """Requests by endpoint and status, inputs, look-ups and how many keys were asked for again."""
    hub.create(call("a", dialer_call_id="k", to="100001"), call("b", nope="x"))
    hub.read("k", "x")
    hub.read("k")
    stats = hub.sandbox.stats()
    assert stats["requests"] == {"create:calls": {"207": 1}, "read:calls": {"207": 1, "200": 1}}
    assert stats["inputs"] == {"create:calls written": 1, "create:calls refused": 1}
    assert stats["lookups"]["read:calls"] == {"requests": 2, "keys": 3, "asked_again": 1}
    assert (stats["calls"]["created"], stats["links"], stats["calls"]["keys"]["dialer_call_id"]) == (1, 1, 1)
    assert hub.sandbox.count("read") == hub.sandbox.count("read:calls") == 2
    assert hub.sandbox.count("create", 207) == 1
    hub.sandbox.clear("traffic")
    assert hub.sandbox.stats()["requests"] == {}
    assert hub.sandbox.created() == 1


def test_concurrency_is_measured(hub: Hub) -> None:
    """How many requests were in flight at once."""
    hub.sandbox.settings(latency_ms=600)
    with ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(lambda _: hub.create(call()).status_code, range(5)))
    assert statuses == [201] * 5
    assert hub.sandbox.stats()["max_concurrent"]["create:calls"] == 5


def test_requests_are_recorded_on_request(hub: Hub) -> None:
    """The last N, with body, status and fault."""
    hub.sandbox.settings(record_requests=2)
    hub.sandbox.fault("status", "create")
    for title in ("one", "two", "three"):
        hub.create(call(hs_call_title=title))
    recorded = hub.sandbox.requests()
    assert [item["body"]["inputs"][0]["properties"]["hs_call_title"] for item in recorded] == ["two", "three"]
    assert [(item["endpoint"], item["status"]) for item in recorded] == [("create:calls", 201)] * 2
    assert recorded[0]["headers"]["authorization"] == f"Bearer {hub.token}"


def test_counting_keeps_no_records(hub: Hub) -> None:
    """But unique values, so that uniqueness and look-ups by key still work; or not even these."""
    hub.sandbox.settings(mode="count")
    made = hub.create(*[call(dialer_call_id=str(number), to="100001") for number in range(10)]).json()["results"]
    stats = hub.sandbox.stats()
    assert (stats["calls"]["created"], stats["calls"]["kept"], stats["links"]) == (10, 0, 10)
    assert hub.create(call(dialer_call_id="3")).status_code == 400
    assert hub.read("3", "x").json()["results"][0]["properties"]["dialer_call_id"] == "3"
    change = {"id": "3", "idProperty": "dialer_call_id", "properties": {"hs_call_title": "Two"}}
    assert hub.post(f"{CALLS}/batch/update", {"inputs": [change]}).status_code == 200
    linked = {"from": {"id": made[0]["id"]}, "to": {"id": "100001"}, "types": [TO_CONTACT]}
    assert hub.post("/crm/v4/associations/calls/contacts/batch/create", {"inputs": [linked]}).status_code == 201
    hub.sandbox.settings(count_keys=False)
    hub.create(call(dialer_call_id="new"))
    assert hub.sandbox.stats()["calls"]["keys"]["dialer_call_id"] == 10


def test_accounts_are_filled(hub: Hub) -> None:
    """Records with ids or without, many at once, labels, owners, outcomes, custom objects."""
    sandbox = hub.sandbox
    assert sandbox.seed_contacts({"email": "New@example.com"}) == ["100006"]
    assert sandbox.seed("deals", [{"id": "77", "properties": {"dealname": "x"}}]) == ["77"]
    assert sandbox.generate("contacts", 3, email="many{i}@example.com")["last_id"] == "100009"
    assert hub.read("many2@example.com", "new@example.com", by="email", kind="contacts").status_code == 200
    label = sandbox.add_label("deals", "Decisive")
    types = [{"associationCategory": "USER_DEFINED", "associationTypeId": label}]
    assert hub.create({**call(), "associations": [{"to": {"id": "77"}, "types": types}]}).status_code == 201
    owner = sandbox.add_owner("new@example.com")
    assert hub.create(call(hubspot_owner_id=owner)).status_code == 201
    sandbox.add_disposition("00000000-0000-0000-0000-000000000001", "Spam")
    assert hub.create(call(hs_call_disposition="00000000-0000-0000-0000-000000000001")).status_code == 201
    boats = sandbox.add_object("boats", singular="Boat", plural="Boats")
    boat = sandbox.seed("boats", [{}])[0]
    types = [{"associationCategory": "USER_DEFINED", "associationTypeId": boats["association_type_id"]}]
    assert hub.create({**call(), "associations": [{"to": {"id": boat}, "types": types}]}).status_code == 201
    sandbox.add_property("calls", name="mood", label="Mood", type="string", fieldType="text")
    assert hub.create(call(mood="good")).status_code == 201


def test_clock_skew_shows_in_date_and_created_at(hub: Hub) -> None:
    """HubSpot's clock need not be ours."""
    hub.sandbox.settings(clock_skew_ms=86_400_000 * 400)
    answer = hub.create(call())
    year = time.gmtime().tm_year
    assert str(year) not in answer.json()["results"][0]["createdAt"][:4]
    assert answer.json()["results"][0]["createdAt"][:4] in answer.headers["Date"]


# The program


SCENARIO = {
    "settings": {"rate_limit": 7},
    "objects": {"name": "boats"},
    "properties": [{"object_type": "calls", "name": "mood", "label": "M", "type": "string", "fieldType": "text"}],
    "labels": {"to": "contacts", "label": "Boss"},
    "owners": [{"email": "a@example.com"}, {"email": "b@example.com"}],
    "dispositions": {"id": "x", "label": "X"},
    "tokens": {"token": "pat-na1-second"},
    "records": [{"object_type": "contacts", "records": [{"email": "a@example.com"}]}],
    "archive": {"object_type": "contacts", "ids": ["100001"]},
    "faults": {"queue": [{"kind": "status", "endpoint": "owners"}]},
}
"""All parts that a scenario can have."""


def test_a_scenario_file_is_what_it_starts_with(tmp_path: Path) -> None:
    """All parts, and a reset comes back to them."""
    scenario = tmp_path / "scenario.json"
    scenario.write_text(json.dumps(SCENARIO))
    with Sandbox(scenario) as sandbox:
        for _ in range(2):
            hub = Hub(sandbox)
            hub.token = "pat-na1-second"
            answer = hub.get("/crm/v3/owners")
            assert (answer.status_code, answer.headers["X-HubSpot-RateLimit-Max"]) == (503, "7")
            assert len(hub.get("/crm/v3/owners").json()["results"]) == 5
            hub.close()
            sandbox.reset()


def test_only_this_machine_is_served() -> None:
    """Another address than loopback is refused at the start."""
    command = [sys.executable, "-m", "integration_tests.sandbox", "--host", "0.0.0.0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=30, check=False)
    assert done.returncode == 2
    assert b"this machine only" in done.stderr


def test_it_ends_with_whoever_started_it() -> None:
    """At the end of its input, and at once."""
    command = [sys.executable, "-m", "integration_tests.sandbox", "--until-eof"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert b"listening" in process.stdout.readline()
        process.stdin.close()
        assert process.wait(10) == 0


def test_the_reference_names_every_switch_and_kind() -> None:
    """What is not in README.md is not known to those who build on it."""
    reference = (ROOT / "integration_tests" / "sandbox" / "README.md").read_text(encoding="utf-8")
    with Sandbox() as sandbox:
        names = [*sandbox.settings(), *KINDS]
    assert [name for name in names if f"`{name}`" not in reference] == []
