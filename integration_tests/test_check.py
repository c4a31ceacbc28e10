"""`check` against a HubSpot: everything that is wrong, at once, each with what to change."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from airbyte_cdk.models import AirbyteConnectionStatus, Status

from destination_hubspot_calls import DestinationHubspotCalls
from integration_tests import source
from integration_tests.conftest import Connectors
from integration_tests.connector import ROOT
from integration_tests.sandbox.process import Sandbox
from integration_tests.wrong_configurations import FEW, READ, WRITE, WRONG, Wrong, configuration, link, mapping, token

ACCOUNT = (
    "This is HubSpot account 1234567: a developer test account, time zone US/Eastern, 100,000 requests per 10 seconds. "
    "Its pages: https://app.hubspot.com/contacts/1234567"
)
NO_KEY = (
    "Note: mappings[0]: has no external_id_property: each full refresh creates all calls again, and so does a sync "
    "that was cut short, for those since its last state. Append + Deduped, which Airbyte proposes, needs one"
)
NO_LINK = (
    "Note: mappings[0]: has no association: HubSpot shows a call only on the records that it is linked to, so nobody "
    "will see these calls on a timeline"
)
NO_STORE = (
    "Note: object_storage_config: rejected records are counted and kept nowhere: choose a store, to fix them and send "
    "them again"
)
WRITING = frozenset({"create", "update", "upsert", "archive", "associate", "create_one", "create_property"})


def check(config: dict[str, Any]) -> AirbyteConnectionStatus:
    return DestinationHubspotCalls().check(logging.getLogger("airbyte"), config)


def check_in_process(config: dict[str, Any], folder: Path) -> tuple[list[dict[str, Any]], str]:
    """The messages of a real `check`, and all that it printed."""
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    command = [sys.executable, str(ROOT / "main.py"), "check", "--config", str(path)]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in ended.stdout.splitlines()], ended.stdout + ended.stderr


def endpoints(sandbox: Sandbox) -> set[str]:
    return {name.partition(":")[0] for name in sandbox.stats()["requests"]}


def expected(wrong: Wrong, url: str) -> str:
    told = [text.replace("{url}", url) for text in wrong.told]
    if len(told) > 1:
        told = [f"{len(told)} things to change:", *(f"{number}. {text}" for number, text in enumerate(told, 1))]
    return "\n".join([*told, *([ACCOUNT] if wrong.asked else []), *wrong.remarks])


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_what_a_person_is_told(wrong: Wrong, sandbox: Sandbox) -> None:
    """Each wrong configuration has its text: where, what is wrong, what to enter instead; and nothing is written."""
    wrong.world(sandbox)
    sandbox.clear()
    status = check(configuration(sandbox.url, sandbox.token, wrong.change))
    assert status.message == expected(wrong, sandbox.url)
    assert status.status is Status.FAILED
    assert not endpoints(sandbox) & WRITING


def test_there_are_enough_of_them() -> None:
    """A table that shrinks would still be green."""
    assert len(WRONG) >= 90
    assert len({wrong.name for wrong in WRONG}) == len(WRONG)


def test_a_right_configuration_names_the_account(sandbox: Sandbox) -> None:
    """Which of an agency's accounts the token is for is seen before anything is written there."""
    status = check(configuration(sandbox.url, sandbox.token, {}))
    assert status.status is Status.SUCCEEDED
    assert (status.message or "").splitlines() == [ACCOUNT, NO_KEY, NO_LINK, NO_STORE]


def test_no_mapping_is_right_for_streams_that_airbyte_maps(sandbox: Sandbox) -> None:
    """With data activation the connection's own page says what goes where; whoever meant something else hears of it."""
    status = check(configuration(sandbox.url, sandbox.token, {"mappings": []}))
    assert status.status is Status.SUCCEEDED
    assert (status.message or "").splitlines()[1].startswith("Note: mappings: is empty, which is right only if each ")


SUSPECT = "Perhaps wrong: mappings[0].properties"
RECORDING_PIPELINE = (
    "hs_call_source puts calls into HubSpot's own recording pipeline, which needs an app that is registered for it: remove "
    "this rule unless you have one"
)


def test_what_a_person_should_know_before_the_first_sync(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder in a pod, a dry run that was forgotten, a status that hides calls: none is wrong, each costs."""
    change = mapping(
        {"property": "hs_call_status", "source": "s", "values": ["ringing=RINGING"], "default": "IN_PROGRESS"},
        {"property": "hs_call_source", "default": "INTEGRATIONS_PLATFORM"},
        external_id_property="dialer_call_id",
        external_id_source="id",
        associations=[{"object_type": "contacts", "source": "contact_id"}],
    )
    monkeypatch.setattr("destination_hubspot_calls.preflight.advice.is_on_a_mount", lambda path: False)
    folder = str(tmp_path / "rejects")
    store = {"storage_type": "LOCAL", "path": folder}
    config = configuration(sandbox.url, sandbox.token, {**change, "dry_run": True, "object_storage_config": store})
    status = check(config)
    assert (status.message or "").splitlines()[1:] == [
        f"{SUSPECT}[1]: RINGING and IN_PROGRESS say that a call is not over: HubSpot may hide it from timelines",
        f"{SUSPECT}[2].property: {RECORDING_PIPELINE}",
        (
            f"Note: object_storage_config.path: {folder} is not on a mounted volume: in Airbyte's pods it is gone with "
            "the pod, and what was rejected with it; mount a volume there, or choose S3"
        ),
        "Note: dry_run: is on: a sync writes no call, and the next one reads the same records again",
    ]


def test_a_key_of_a_later_version_stops_no_sync(sandbox: Sandbox, connectors: Connectors) -> None:
    """An image can be rolled back: check names the key, a sync goes on without it and says so."""
    config = configuration(sandbox.url, sandbox.token, mapping() | {"retention_days": 30})
    config["mappings"][0]["shade"] = "blue"
    config["object_storage_config"] = {"storage_type": "None", "colour": "red"}
    status = check(config)
    assert status.status is Status.FAILED
    assert (status.message or "").startswith("3 things to change:\n1. mappings[0].shade: is not a known key; ")
    connector = connectors(config)
    assert connector.run([source.record(1, started_at="2026-01-01T00:00:00Z"), source.state(1)]) == 0
    assert sandbox.created() == 1
    for place in ("mappings[0].shade", "object_storage_config.colour", "retention_days"):
        assert any(
            line.startswith(f"WARN Perhaps wrong: {place}: is not a known key; ")
            and line.endswith("(a later version may know it; this one ignores it)")
            for line in connector.log
        )


def test_a_recipes_link_that_the_account_has_nothing_for_stops_nothing(
    sandbox: Sandbox, connectors: Connectors
) -> None:
    """Nobody who chose the recipe has asked for it; it is told, with the way to another."""
    config = configuration(
        sandbox.url, sandbox.token, {"mappings": [{"stream_name": "calls", "recipe": "zendesk-talk"}]}
    )
    note = (
        "Note: recipe zendesk-talk: associations[0]: this link is not made, as tickets have no property "
        "zendesk_ticket_id here. An association to tickets of your own replaces it"
    )
    status = check(config)
    assert status.status is Status.SUCCEEDED
    assert note in (status.message or "")
    connector = connectors(config)
    assert connector.run([source.record(1, created_at="2026-01-01T00:00:00Z", ticket_id=7)]) == 0, connector.said
    assert f"WARN {note}" in connector.log
    assert sandbox.created() == 1


def test_the_first_lines_of_a_sync_repeat_what_check_tells(sandbox: Sandbox, connectors: Connectors) -> None:
    """Airbyte shows nothing of a check that succeeds."""
    connector = connectors(configuration(sandbox.url, sandbox.token, {}))
    assert connector.run([source.record(1, started_at="2026-01-01T00:00:00Z")]) == 0
    assert [line for line in connector.log if line.startswith("WARN Note: ")] == [
        f"WARN {note}" for note in (NO_KEY, NO_LINK, NO_STORE)
    ]


def test_what_looks_wrong_stops_nothing(sandbox: Sandbox) -> None:
    """A field may well be called `agent.first name`, and a deal be found by its name; a person hears of it all the
    same. A column's ordinary heading is nothing to talk of.
    """
    change = mapping(
        {"property": "hs_call_title", "source": "Call title"},
        {"property": "hs_call_body", "source": "Notes (internal), p. 2"},
        {"property": "dialer_note", "source": "agent.first name"},
        associations=[{"object_type": "deals", "source": "deal", "match_by": "dealname"}],
    )
    status = check(configuration(sandbox.url, sandbox.token, change))
    assert status.status is Status.SUCCEEDED
    assert status.message == (
        f"{ACCOUNT}\n"
        'Perhaps wrong: mappings[0].properties[3].source: "agent.first name" is not a JMESPath expression (syntax error '
        "at character 13), so it is taken for a field's name. In a path, put names with blanks or signs in double "
        'quotes, as in a."b c"\n'
        "Perhaps wrong: mappings[0].associations[0].match_by: dealname of deals need not be unique in HubSpot, so it "
        f"is searched, which is slower, and a value that several records have is no match\n{NO_KEY}\n{NO_STORE}"
    )


def test_what_a_token_may_not_read_is_not_checked(sandbox: Sandbox) -> None:
    """A token that may write is good enough for a sync; what could not be looked at is named, scope by scope."""
    sandbox.add_token(FEW, [WRITE])
    change = token(FEW) | mapping(
        {"property": "hubspot_owner_id", "source": "agent_id"},
        {"property": "hs_call_disposition", "source": "outcome"},
        {"property": "dialer_note", "source": "note"},
        associations=[{"object_type": "deals", "source": "deal_id"}],
    )
    status = check(configuration(sandbox.url, sandbox.token, change))
    assert status.status is Status.SUCCEEDED
    assert status.message == (
        f"{ACCOUNT}\n"
        "Not checked: the account's own call properties, which cannot be read: the token lacks "
        "crm.objects.contacts.read; those that every account has are known\n"
        "Not checked: the account's own call outcomes, which the token may not read; those of every account are known\n"
        "Not checked: the owners, as the token lacks crm.objects.owners.read: their ids are accepted, their e-mail "
        "addresses are not\n"
        "Not checked: whether calls have the property dialer_note, as their definitions cannot be read\n"
        "Not checked: the kinds of link from calls to deals, as the token may not read them; the usual one is made\n"
        f"{NO_KEY}\n{NO_STORE}"
    )


def test_a_dry_run_may_lack_the_right_to_write(sandbox: Sandbox) -> None:
    """People try with a token that can do no harm, and hear that it would not do."""
    sandbox.add_token(FEW, [READ])
    status = check(configuration(sandbox.url, sandbox.token, {**token(FEW), "dry_run": True}))
    assert status.status is Status.SUCCEEDED
    assert "without dry_run no call could be written" in (status.message or "")


def test_an_oauth_token_is_no_token_that_stays(sandbox: Sandbox) -> None:
    """It works for half an hour: long enough to pass a check that only tries it."""
    form = {
        "grant_type": "refresh_token",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "refresh_token": "na1-sandbox-refresh",
    }
    with urllib.request.urlopen(f"{sandbox.url}/oauth/v1/token", urlencode(form).encode()) as answer:
        passing = json.load(answer)["access_token"]
    status = check(configuration(sandbox.url, sandbox.token, token(passing)))
    assert status.message == (
        "credentials.access_token: is an OAuth app's access token, which ends within half an hour: enter the token of "
        f"a service key or private app (pat-…), or choose OAuth\n{ACCOUNT}"
    )


def test_the_request_to_copy_makes_the_property(sandbox: Sandbox) -> None:
    """The way out that is shown is one: the same configuration passes once the request was sent."""
    config = configuration(sandbox.url, sandbox.token, mapping(external_id_property="pbx_id", external_id_source="id"))
    message = check(config).message or ""
    copied = re.search(r"curl -X POST (\S+) -H \"(.+?)\" -H '(.+?)' -d '(.+)'", message)
    assert copied
    headers = [header.replace("$HUBSPOT_TOKEN", sandbox.token).split(": ") for header in copied.group(2, 3)]
    request = urllib.request.Request(copied[1], copied[4].encode(), dict(headers), method="POST")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 201
    assert check(config).status is Status.SUCCEEDED


def test_passing_trouble_at_hubspot_is_waited_for(sandbox: Sandbox) -> None:
    """A check that fails now and then for nothing teaches people to ignore it."""
    sandbox.faults({"kind": "status", "status": 502}, {"kind": "drop"})
    assert check(configuration(sandbox.url, sandbox.token, {})).status is Status.SUCCEEDED


def test_a_check_beside_a_sync_waits_its_turn(sandbox: Sandbox) -> None:
    """A sync that uses all of a token's requests leaves room in the next window; what the wait was for is told."""
    sandbox.faults({"kind": "rate_burst", "times": 3})
    status = check(configuration(sandbox.url, sandbox.token, {}))
    assert status.status is Status.SUCCEEDED
    assert "Note: HubSpot: the check waited " in (status.message or "")
    assert " s for HubSpot's burst limit, which other syncs or apps use with this token" in (status.message or "")


def test_an_account_of_another_region_is_told_with_its_address(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HubSpot moves accounts, so it is tried again; where it lasts, the key to change is named."""
    monkeypatch.setattr("destination_hubspot_calls.destination.CHECK_PATIENCE", 1.0)
    sandbox.settings(wrong_region="eu1")
    status = check(configuration(sandbox.url, sandbox.token, {}))
    assert (status.message or "").startswith(
        "api_base_url: HubSpot keeps this account in the region eu1 (488): set api_base_url to "
        "https://api-eu1.hubapi.com, or choose Europe as the region"
    )


def test_an_account_of_europe_is_named_with_its_own_pages(sandbox: Sandbox) -> None:
    """A link to another region's pages leads to a sign-in that does not know the account."""
    sandbox.settings(region="eu1")
    token = "pat-eu1-sandbox"
    sandbox.add_token(token)
    message = check(configuration(sandbox.url, token, {"region": "Europe"})).message or ""
    assert "https://app-eu1.hubspot.com/contacts/1234567" in message


def test_an_address_that_nobody_answers_at_is_told_with_its_cause(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads it knows whether to look at the name, the port, the certificate or the proxy."""
    monkeypatch.setattr("destination_hubspot_calls.destination.CHECK_PATIENCE", 1.0)
    status = check(configuration("http://127.0.0.1:9", sandbox.token, {}))
    assert (status.message or "").startswith(
        "HubSpot: the remaining checks could not be made: 127.0.0.1 cannot be reached (the connection is refused"
    )


def in_wrong_boxes(secret: str) -> dict[str, Any]:
    return {
        "stream_name": secret,
        "properties": [
            {"property": secret, "source": f"{secret}("},
            {"property": "hs_call_status", "source": "x", "values": [f"x={secret}"], "default": secret},
        ],
        "associations": [
            {"object_type": secret, "source": "x"},
            {"object_type": "contacts", "source": "x", "label": secret},
            {"object_type": "deals", "source": "x", "match_by": secret},
        ],
        "external_id_property": secret,
        secret: secret,
    }


def test_the_platform_gets_one_status(sandbox: Sandbox, tmp_path: Path) -> None:
    """A real process: whatever is wrong, one CONNECTION_STATUS and exit 0, and no secret in anything it prints."""
    secret = "pat-na1-0d5c1b1e-7a55-4c1f-9a3e-1f2b3c4d5e6f"
    store = {"storage_type": "LOCAL", "path": f"/dev/null/{secret}"}
    change = {**token(secret), "mappings": [in_wrong_boxes(secret)], "object_storage_config": store}
    sandbox.add_token(secret, [READ])
    messages, printed = check_in_process(configuration(sandbox.url, sandbox.token, change), tmp_path)
    statuses = [message["connectionStatus"] for message in messages if message["type"] == "CONNECTION_STATUS"]
    assert [status["status"] for status in statuses] == ["FAILED"]
    assert statuses[0]["message"].startswith("9 things to change:\n1. credentials: ")
    assert "0d5c1b1e" not in printed


def test_success_is_logged_with_the_account(sandbox: Sandbox, tmp_path: Path) -> None:
    """The platform shows no text of a check that succeeds; the log keeps what it would say."""
    change = link(match_by="phone") | {"dry_run": True}
    messages, _ = check_in_process(configuration(sandbox.url, sandbox.token, change), tmp_path)
    logged = [message["log"]["message"] for message in messages if message["type"] == "LOG"]
    assert ACCOUNT in logged


def test_reads_overlap(sandbox: Sandbox) -> None:
    """HubSpot takes 0.1 to 1 s for an answer: those that do not need each other are asked for at once."""
    sandbox.settings(latency_ms=100)
    rules = [{"property": "hubspot_owner_id", "source": "mail"}, {"property": "hs_call_disposition", "source": "o"}]
    links = [{"object_type": name, "source": "x"} for name in ("contacts", "companies", "deals", "tickets", "leads")]
    change = mapping(*rules, associations=links)
    sandbox.clear()
    assert check(configuration(sandbox.url, sandbox.token, change)).status is Status.SUCCEEDED
    stats = sandbox.stats()
    assert stats["requests_total"] == 12
    assert stats["max_concurrent"]["all"] >= 5


def keyless_catalog(*names: str) -> dict[str, Any]:
    (selected,) = source.catalog()["streams"]
    schema: dict[str, Any] = {"properties": {"id": {}, "started_at": {}, "title": {}}}
    stream = {**selected["stream"], "source_defined_primary_key": [], "json_schema": schema}
    keyless = {**selected, "primary_key": [], "destination_sync_mode": "append"}
    return {"streams": [{**keyless, "stream": {**stream, "name": name}} for name in names]}


def test_a_sync_stops_before_its_first_write(sandbox: Sandbox, connectors: Connectors) -> None:
    """What check tells, and what only the catalog shows, in one answer, before a call is sent."""
    slips = mapping({"property": "hs_call_titel", "source": "Call title"}, external_id_property="dialer_call_id")
    connector = connectors(configuration(sandbox.url, sandbox.token, slips), keyless_catalog("calls", "users"))
    assert connector.run([source.record(1), source.state(1)]) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert connector.failure["message"].splitlines() == [
        "4 things to change:",
        (
            '1. mappings: none is for the stream "users", which the connection selects; there are those for "calls". '
            "stream_name must be the name as it arrives, prefix included, or * for all; or deselect what is not a call"
        ),
        "2. mappings[0].properties[1].property: calls have no property hs_call_titel. Did you mean hs_call_title?",
        (
            '3. mappings[0].properties[1].source: "Call title" is not a JMESPath expression, so it can only be a field\'s '
            'name, and the stream "calls" has no field of this name. Did you mean title?'
        ),
        (
            '4. mappings[0].external_id_source: is missing, and the stream "calls" has no primary key to stand for it: '
            "enter the field or expression that tells its records apart"
        ),
        ACCOUNT,
    ]
    assert connector.states == []
    assert not endpoints(sandbox) & WRITING


def test_a_sync_names_its_account(sandbox: Sandbox, connectors: Connectors) -> None:
    """A log that is looked at in a year says where the calls went, and what looked wrong."""
    config = configuration(sandbox.url, sandbox.token, mapping({"property": "hs_call_title", "source": "a.b c"}))
    connector = connectors(config)
    assert connector.run([source.record(1, started_at="2026-01-01T00:00:00Z")]) == 0
    assert f"INFO {ACCOUNT}" in connector.log
    assert any(line.startswith("WARN Perhaps wrong: mappings[0].properties[1].source: ") for line in connector.log)


def test_without_records_nothing_is_asked(sandbox: Sandbox, connectors: Connectors) -> None:
    """A Clear job sends no record, and must end well whatever the configuration has become."""
    connector = connectors(configuration(sandbox.url, sandbox.token, {"mappings": [{"source": 1}], "colour": "red"}))
    assert connector.run([source.state(1)]) == 0
    assert [state["id"] for state in connector.states] == [1]
    assert sandbox.stats()["requests_total"] == 0


def test_the_time_may_come_under_its_own_name(sandbox: Sandbox) -> None:
    """Under `*`, and without rules, fields are copied by their names, the time too: so Airbyte's own page sends it."""
    rules = {"properties": [{"property": "hs_call_status", "default": "COMPLETED"}]}
    for change in ({"stream_name": "*"}, {"stream_name": "calls"}, {"stream_name": "*", **rules}):
        status = check(configuration(sandbox.url, sandbox.token, {"mappings": [change]}))
        assert status.status is Status.SUCCEEDED


def test_a_field_called_as_the_time_is_enough_for_a_sync(sandbox: Sandbox, connectors: Connectors) -> None:
    """What a form should say need not be said again where the records show it."""
    rules = [{"property": "hs_call_title", "source": "title"}]
    config = configuration(sandbox.url, sandbox.token, {"mappings": [{"stream_name": "calls", "properties": rules}]})
    connector = connectors(config)
    assert connector.run([source.record(1, hs_timestamp="2026-01-01T00:00:00Z")]) == 0
    assert sandbox.created() == 1


def test_a_long_list_is_one_status_with_its_end(sandbox: Sandbox, tmp_path: Path) -> None:
    """A real process: fifty things are told one by one, the others counted, and the account is named below them."""
    rules = [{"property": f"hs_call_titel_{number}", "source": "x"} for number in range(60)]
    messages, _ = check_in_process(configuration(sandbox.url, sandbox.token, mapping(*rules)), tmp_path)
    (status,) = (message["connectionStatus"] for message in messages if message["type"] == "CONNECTION_STATUS")
    lines = status["message"].splitlines()
    assert (status["status"], lines[0]) == ("FAILED", "60 things to change:")
    assert lines[50].startswith("50. mappings[0].properties[50].property: ")
    assert lines[51:] == ["and 10 more", ACCOUNT]


def test_the_form_as_it_opens_leaves_a_recipe_as_it_is(sandbox: Sandbox, connectors: Connectors) -> None:
    """Its row for the status has a default: whoever chooses a recipe and fills in no row has not asked for it."""
    form = json.loads((ROOT / "destination_hubspot_calls/spec.json").read_text(encoding="utf-8"))
    rows = form["connectionSpecification"]["properties"]["mappings"]["items"]["properties"]["properties"]["default"]
    chosen = {"stream_name": "calls", "recipe": "aircall", "properties": rows, "external_id_property": "dialer_call_id"}
    connector = connectors(configuration(sandbox.url, sandbox.token, {"mappings": [chosen]}))
    missed = {"id": 7, "started_at": 1767225600, "ended_at": 1767225610, "direction": "inbound", "duration": 10}
    record = {"stream": "calls", "emitted_at": 1, "data": missed}
    assert connector.run([source.line({"type": "RECORD", "record": record})]) == 0, connector.said
    (call,) = sandbox.calls()
    assert (call["properties"]["hs_call_status"], call["properties"]["hs_call_duration"]) == ("MISSED", "10000")
