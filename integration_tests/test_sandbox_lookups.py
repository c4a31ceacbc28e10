"""What can be read, searched, linked and asked of the sandbox's account, held to what is known of HubSpot."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from integration_tests.sandbox.hub import CALLS, TO_CONTACT, Hub, Json, call
from integration_tests.sandbox.phone import searchable

CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"


# Reading back


def test_batch_read_finds_by_unique_property_and_names_all_that_are_missing_at_once(hub: Hub) -> None:
    """207 with one error for many ids."""
    made = hub.create(call(dialer_call_id="k")).json()["results"][0]["id"]
    answer = hub.read("k", "x", "y")
    assert answer.status_code == 207
    body = answer.json()
    assert [result["id"] for result in body["results"]] == [made]
    assert len(body["errors"]) == 1
    assert body["errors"][0]["context"]["ids"] == ["x", "y"]
    assert hub.read("k").status_code == 200


@pytest.mark.parametrize(("switch", "status"), [("207", 207), ("404", 404)])
def test_all_missing_is_a_207_or_a_404(hub: Hub, switch: str, status: int) -> None:
    """Uncertain, so both."""
    hub.sandbox.settings(all_missing=switch)
    assert hub.read("x").status_code == status


def test_one_id_twice_in_a_read(hub: Hub) -> None:
    """Refused, or answered once."""
    hub.create(call(dialer_call_id="k"))
    assert "Duplicate IDs found in batch input: [k]" in hub.read("k", "k").json()["message"]
    hub.sandbox.settings(duplicate_reads="merge")
    assert len(hub.read("k", "k").json()["results"]) == 1


def test_properties_without_a_value_are_null(hub: Hub) -> None:
    """As in captured answers, whatever the schema says; unknown ones are ignored."""
    hub.create(call(dialer_call_id="k"))
    body = {"idProperty": "dialer_call_id", "inputs": [{"id": "k"}], "properties": ["hs_call_title", "nope"]}
    properties = hub.post(f"{CALLS}/batch/read", body).json()["results"][0]["properties"]
    assert properties["hs_call_title"] is None
    assert "nope" not in properties
    hub.sandbox.settings(nulls=False)
    assert "hs_call_title" not in hub.post(f"{CALLS}/batch/read", body).json()["results"][0]["properties"]


def test_reading_by_a_property_that_is_not_unique_is_refused(hub: Hub) -> None:
    """As captured for upserts."""
    answer = hub.read("x", by="hs_call_title")
    assert answer.status_code == 400
    assert "by non-unique 0-48 property hs_call_title" in answer.json()["message"]


def test_fresh_calls_may_not_be_there_yet(hub: Hub) -> None:
    """The switch read_lag_ms."""
    hub.sandbox.settings(read_lag_ms=1000)
    hub.create(call(dialer_call_id="k"))
    assert hub.read("k").json()["results"] == []
    time.sleep(1.05)
    assert len(hub.read("k").json()["results"]) == 1


@pytest.mark.parametrize("address", ["contact.two@example.com", "CONTACT.two@Example.COM", "third.address@example.com"])
def test_contacts_are_found_by_any_of_their_addresses(hub: Hub, address: str) -> None:
    """Without case, and by secondary addresses too: so the answer need not hold the address asked for."""
    result = hub.read(address, by="email", kind="contacts").json()["results"][0]
    assert (result["id"], result["properties"]["email"]) == ("100002", "contact.two@example.com")


def test_a_kind_has_several_names(hub: Hub) -> None:
    """Plural, singular, type id; the statistics know one."""
    for name in ("contacts", "contact", "0-1"):
        assert hub.read("contact.one@example.com", by="email", kind=name).status_code == 200
    assert hub.sandbox.stats()["requests"] == {"read:contacts": {"200": 3}}


def test_one_record_by_its_id(hub: Hub) -> None:
    """GET, PATCH, DELETE of one call; its links on request."""
    made = hub.post(CALLS, call(to="100001", hs_call_title="One"))
    assert made.status_code == 201
    path = f"{CALLS}/{made.json()['id']}"
    shown = hub.get(path, properties="hs_call_title", associations="contacts").json()
    assert shown["properties"]["hs_call_title"] == "One"
    assert shown["associations"]["contacts"]["results"][0]["id"] == "100001"
    assert hub.ask("PATCH", path, json={"properties": {"hs_call_title": "Two"}}).status_code == 200
    assert hub.get(path, properties=["hs_call_title", "hs_call_body"]).json()["properties"]["hs_call_title"] == "Two"
    assert hub.ask("DELETE", path).status_code == 204
    assert hub.get(path).status_code == 404
    assert hub.get(path, archived="true").json()["archived"] is True


def test_lists_are_paged(hub: Hub) -> None:
    """By id, with a cursor until the last page."""
    first = hub.get("/crm/v3/objects/contacts", limit=3).json()
    second = hub.get("/crm/v3/objects/contacts", limit=3, after=first["paging"]["next"]["after"]).json()
    assert [item["id"] for item in first["results"] + second["results"]] == [str(100_000 + n) for n in range(1, 6)]
    assert "paging" not in second
    assert hub.get("/crm/v3/objects/contacts", limit=101).status_code == 400


# Updates


def test_updates_change_what_is_given_and_name_what_is_missing(hub: Hub) -> None:
    """200, or 207 with OBJECT_NOT_FOUND; blank text clears; ``;a`` adds to a checkbox."""
    made = hub.create(call(dialer_call_id="k", hs_call_title="One", topics="billing")).json()["results"][0]["id"]
    change = {"id": "k", "idProperty": "dialer_call_id", "properties": {"hs_call_title": "", "topics": ";tech"}}
    assert hub.post(f"{CALLS}/batch/update", {"inputs": [change]}).status_code == 200
    properties = hub.sandbox.calls()[0]["properties"]
    assert properties["topics"] == "billing;tech"
    assert "hs_call_title" not in properties
    unknown = {"id": "1", "properties": {}, "objectWriteTraceId": "b"}
    known = {"id": made, "properties": {"hs_call_title": "Two"}, "objectWriteTraceId": "a"}
    answer = hub.post(f"{CALLS}/batch/update", {"inputs": [known, unknown]})
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["context"] == {"ids": ["1"], "objectWriteTraceId": ["b"]}


def test_an_update_cannot_take_anothers_value(hub: Hub) -> None:
    """Its own it may keep."""
    hub.create(call(dialer_call_id="a"), call(dialer_call_id="b"))

    def update(key: str, value: str) -> int:
        change = {"id": key, "idProperty": "dialer_call_id", "properties": {"dialer_call_id": value}}
        return hub.post(f"{CALLS}/batch/update", {"inputs": [change]}).status_code

    assert update("a", "a") == 200
    assert update("a", "b") == 400
    assert update("a", "c") == 200
    assert hub.create(call(dialer_call_id="a")).status_code == 201


@pytest.mark.parametrize("action", ["update", "upsert"])
def test_an_id_twice_in_an_update_is_refused(hub: Hub, action: str) -> None:
    """With trace ids too."""
    inputs = [
        {"id": "k", "idProperty": "dialer_call_id", "properties": {"hs_timestamp": "0"}, "objectWriteTraceId": trace}
        for trace in "ab"
    ]
    answer = hub.post(f"{CALLS}/batch/{action}", {"inputs": inputs})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Duplicate IDs found in batch input: [k]. IDs must be unique"
    assert answer.json()["context"] == {"ids": ["k"]}


def test_upserts_create_or_change_and_take_no_associations(hub: Hub) -> None:
    """``new`` says which; only by a unique property."""

    def upsert(**more: object) -> requests.Response:
        one = {"id": "k", "idProperty": "dialer_call_id", "properties": {"hs_timestamp": "0"}, **more}
        return hub.post(f"{CALLS}/batch/upsert", {"inputs": [one]})

    assert [upsert().json()["results"][0]["new"] for _ in range(2)] == [True, False]
    assert 'Unrecognized field "associations"' in upsert(associations=[]).json()["message"]
    assert "by non-unique" in upsert(idProperty="hs_call_title").json()["message"]


def test_batch_archive(hub: Hub) -> None:
    """204, unknown ids included."""
    made = hub.create(call()).json()["results"][0]["id"]
    assert hub.post(f"{CALLS}/batch/archive", {"inputs": [{"id": made}, {"id": "1"}]}).status_code == 204
    assert [item["archived"] for item in hub.sandbox.calls()] == [True]


# Search


def test_companies_by_domain_are_searched_in_lower_case(hub: Hub) -> None:
    """A domain is not unique; IN compares the stored value in lower case with the value as it is given."""
    found = hub.search("companies", "domain", "two.example.com", "none.example.com").json()
    assert (found["total"], [item["id"] for item in found["results"]]) == (2, ["20000002", "20000003"])
    assert hub.search("companies", "domain", "TWO.example.com").json()["total"] == 0


def test_phones_are_searched_without_their_country(hub: Hub) -> None:
    """So two countries' numbers can be one key, and one number can be on many contacts."""
    name = "hs_searchable_calculated_phone_number"
    assert [item["id"] for item in hub.search("contacts", name, "301234567").json()["results"]] == ["100001", "100003"]
    assert [item["id"] for item in hub.search("contacts", name, "2079460999").json()["results"]] == ["100004", "100005"]
    mobile = "hs_searchable_calculated_mobile_number"
    assert [item["id"] for item in hub.search("contacts", mobile, "4155550102").json()["results"]] == ["100002"]


@pytest.mark.parametrize(
    ("phone", "key"),
    [
        ("+49 30 1234567", "301234567"),
        ("0049 (0)30 1234567", "301234567"),
        ("030 1234567", "301234567"),
        ("+1 (415) 555-0102 ext. 9", "4155550102"),
        ("+353 1 2345678", "12345678"),
        ("", ""),
    ],
)
def test_the_key_of_a_phone_number(phone: str, key: str) -> None:
    """Area code and local number."""
    assert searchable(phone) == key


def test_search_pages_and_limits(hub: Hub) -> None:
    """200 a page, ``after`` as an offset, 3,000 characters of body."""
    hub.sandbox.settings(search_limit=0)
    hub.sandbox.generate("deals", 250, dealname="many")
    first = hub.search("deals", "dealname", "many", limit=200).json()
    assert (first["total"], len(first["results"]), first["paging"]["next"]["after"]) == (250, 200, "200")
    assert len(hub.search("deals", "dealname", "many", limit=200, after="200").json()["results"]) == 50
    assert hub.search("deals", "dealname", "many", limit=201).status_code == 400
    assert hub.search("deals", "dealname", *["x" * 40] * 100).status_code == 400
    assert hub.search("deals", "nope", "x").status_code == 400
    assert hub.search("deals", "dealname", " ").status_code == 400


def test_search_lags_behind(hub: Hub) -> None:
    """A new record is not found, a changed one is found as it was: never conclude "not created" from it."""
    hub.sandbox.settings(search_lag_ms=1000, search_limit=0)
    hub.create(call(dialer_call_id="k", hs_call_title="one"))
    assert hub.search("calls", "dialer_call_id", "k").json()["total"] == 0
    time.sleep(1.05)
    assert hub.search("calls", "dialer_call_id", "k").json()["total"] == 1
    change = {"id": "k", "idProperty": "dialer_call_id", "properties": {"hs_call_title": "two"}}
    hub.post(f"{CALLS}/batch/update", {"inputs": [change]})
    assert hub.search("calls", "hs_call_title", "two").json()["total"] == 0
    assert hub.search("calls", "hs_call_title", "one").json()["total"] == 1
    time.sleep(1.05)
    assert hub.search("calls", "hs_call_title", "two").json()["total"] == 1


def test_search_operators(hub: Hub) -> None:
    """Filters of a group are joined by AND, groups by OR."""
    hub.sandbox.settings(search_limit=0)

    def ids(*groups: list[Json], **more: Any) -> list[str]:
        body = {"filterGroups": [{"filters": group} for group in groups], **more}
        found = hub.post("/crm/v3/objects/contacts/search", body).json()["results"]
        return [item["id"][-1] for item in found]

    def rule(name: str, operator: str, value: str | None = None, **more: str) -> Json:
        return {"propertyName": name, "operator": operator, **({} if value is None else {"value": value}), **more}

    named = rule("firstname", "EQ", "CONTACT")
    assert ids([named, rule("lastname", "EQ", "one")], [named, rule("lastname", "EQ", "two")]) == ["1", "2"]
    assert ids([rule("email", "NOT_HAS_PROPERTY")]) == ["5"]
    assert ids([rule("mobilephone", "HAS_PROPERTY")]) == ["2"]
    assert ids([rule("lastname", "NEQ", "One"), named]) == ["2", "3", "4", "5"]
    assert ids([rule("email", "CONTAINS_TOKEN", "*three*")]) == ["3"]
    assert ids([rule("hs_object_id", "BETWEEN", "100002", highValue="100003")]) == ["2", "3"]
    assert ids([rule("hs_object_id", "EQ", "100002")]) == ["2"]
    assert ids([rule("hs_object_id", "GTE", "100004")], sorts=["-hs_object_id"]) == ["5", "4"]
    assert ids(query="three@") == ["3"]
    assert len(ids()) == 5


# Labels and links


def test_labels_of_calls(hub: Hub) -> None:
    """The unlabelled type has label null; custom objects have theirs; an unknown type is a 400."""
    labels = hub.get("/crm/v4/associations/calls/contacts/labels").json()["results"]
    assert {"category": "HUBSPOT_DEFINED", "typeId": 194, "label": None} in labels
    assert {"category": "USER_DEFINED", "typeId": 22, "label": "Supervisor"} in labels
    for name in ("machines", "p1234567_machines", "2-1234567"):
        found = hub.get(f"/crm/v4/associations/calls/{name}/labels").json()["results"]
        assert found == [{"category": "USER_DEFINED", "typeId": 20, "label": None}]
    hub.sandbox.settings(custom_object_names="strict")
    answer = hub.get("/crm/v4/associations/calls/machines/labels")
    assert (answer.status_code, answer.json()["message"]) == (400, "Unable to infer object type from: machines")
    assert "category" not in answer.json()


def test_linking_afterwards_is_idempotent(hub: Hub) -> None:
    """201 both times, one link."""
    made = hub.create(call()).json()["results"][0]["id"]
    body = {"inputs": [{"from": {"id": made}, "to": {"id": "100001"}, "types": [TO_CONTACT]}]}
    path = "/crm/v4/associations/calls/contacts/batch"
    for _ in range(2):
        answer = hub.post(f"{path}/create", body)
        assert answer.status_code == 201
        assert answer.json()["results"][0]["toObjectId"] == "100001"
    assert hub.sandbox.stats()["links"] == 1
    found = hub.post(f"{path}/read", {"inputs": [{"id": made}]}).json()["results"]
    assert found[0]["to"][0]["associationTypes"][0]["typeId"] == 194
    shown = hub.get(f"/crm/v4/objects/calls/{made}/associations/contacts").json()["results"]
    assert [item["toObjectId"] for item in shown] == ["100001"]
    assert hub.post(f"{path}/read", {"inputs": [{"id": "1"}]}).status_code == 207


def test_links_that_cannot_be_made(hub: Hub) -> None:
    """A 207 that names the record, or with the switch a 400 for all."""
    made = hub.create(call()).json()["results"][0]["id"]
    good = {"from": {"id": made}, "to": {"id": "100001"}, "types": [TO_CONTACT]}
    path = "/crm/v4/associations/calls/contacts/batch/create"
    for bad in ({**good, "to": {"id": "9"}}, {**good, "from": {"id": "9"}}, {**good, "to": {"id": "nine"}}):
        answer = hub.post(path, {"inputs": [good, bad]})
        assert (answer.status_code, len(answer.json()["results"])) == (207, 1)
        assert "9" in answer.text or "nine" in answer.text
    wrong_pair = {**good, "types": [{**TO_CONTACT, "associationTypeId": 182}]}
    assert len(hub.post(path, {"inputs": [wrong_pair]}).json()["results"]) == 0
    hub.sandbox.settings(bad_link="request")
    assert hub.post(path, {"inputs": [good, {**good, "to": {"id": "9"}}]}).status_code == 400
    assert hub.post(path, {"inputs": [good] * 2_001}).status_code == 400
    assert hub.post(path, {"inputs": [good] * 2_000}).status_code == 201


def test_single_and_default_links(hub: Hub) -> None:
    """PUT of one link, and the batch that takes the unlabelled type by itself."""
    made = hub.create(call()).json()["results"][0]["id"]
    path = f"/crm/v4/objects/calls/{made}/associations/contacts/100001"
    assert hub.ask("PUT", path, json=[TO_CONTACT]).status_code == 201
    body = {"inputs": [{"from": {"id": made}, "to": {"id": "20000001"}}]}
    assert hub.post("/crm/v4/associations/calls/companies/batch/associate/default", body).status_code == 200
    assert [item["typeIds"] for item in hub.sandbox.calls()[0]["associations"]] == [[194], [182]]


# The account


def test_definitions_of_calls(hub: Hub) -> None:
    """Types, options, uniqueness, read-only flags, and archived ones only where they are asked for."""
    listed = hub.get("/crm/v3/properties/calls").json()["results"]
    found = {item["name"]: item for item in listed}
    assert found["dialer_call_id"]["hasUniqueValue"] is True
    assert found["hs_timestamp"]["type"] == "datetime"
    assert [item["value"] for item in found["hs_call_direction"]["options"]] == ["INBOUND", "OUTBOUND"]
    assert found["hs_object_id"]["modificationMetadata"]["readOnlyValue"] is True
    assert found["dialer_score"]["calculated"] is True
    assert found["hubspot_owner_id"]["referencedObjectType"] == "OWNER"
    assert "Gatekeeper" not in [item["label"] for item in found["hs_call_disposition"]["options"]]
    assert "dialer_gone" not in found
    archived = hub.get("/crm/v3/properties/calls", archived="true").json()["results"]
    assert [item["name"] for item in archived] == ["dialer_gone"]
    assert hub.get("/crm/v3/properties/calls/queue").json()["fieldType"] == "select"
    assert hub.get("/crm/v3/properties/calls/nope").status_code == 404


def test_properties_can_be_made(hub: Hub) -> None:
    """Unique ones too, up to ten of them; a name there is is a 409, a wrong one a 400."""
    new = {"name": "key0", "label": "Key", "type": "string", "fieldType": "text", "groupName": "callinformation"}
    made = hub.post("/crm/v3/properties/calls", {**new, "hasUniqueValue": True})
    assert (made.status_code, made.json()["hasUniqueValue"]) == (201, True)
    assert hub.post("/crm/v3/properties/calls", new).status_code == 409
    assert hub.post("/crm/v3/properties/calls", {**new, "name": "Bad Name"}).status_code == 400
    for number in range(1, 9):
        more = {**new, "name": f"key{number}", "hasUniqueValue": True}
        assert hub.post("/crm/v3/properties/calls", more).status_code == 201
    assert hub.post("/crm/v3/properties/calls", {**new, "name": "key9", "hasUniqueValue": True}).status_code == 400
    assert hub.create(call(key0="a"), call(key0="a")).status_code == 400
    assert hub.ask("DELETE", "/crm/v3/properties/calls/key0").status_code == 204
    assert hub.create(call(key0="a")).status_code == 400


def test_owners(hub: Hub) -> None:
    """By address, in pages; former ones only with archived=true; the id is not the user id."""
    first = hub.get("/crm/v3/owners", limit=2).json()
    assert len(first["results"]) == 2
    rest = hub.get("/crm/v3/owners", limit=2, after=first["paging"]["next"]["after"]).json()
    assert [item["email"] for item in rest["results"]] == ["agent3@example.com"]
    one = hub.get("/crm/v3/owners", email="agent1@example.com").json()["results"]
    assert [(item["id"], item["userId"]) for item in one] == [("4000001", 9_000_001)]
    former = hub.get("/crm/v3/owners", archived="true").json()["results"]
    assert [(item["email"], item["archived"]) for item in former] == [("agent4@example.com", True)]
    assert hub.get("/crm/v3/owners/9000002", idProperty="userId").json()["id"] == "4000002"
    assert hub.get("/crm/v3/owners/1").status_code == 404


def test_outcomes_schemas_and_details(hub: Hub) -> None:
    """What else a connector asks an account."""
    outcomes = {item["label"]: item for item in hub.get("/calling/v1/dispositions").json()}
    assert outcomes["Connected"]["id"] == CONNECTED
    assert outcomes["Gatekeeper"]["deleted"] is True
    schema = hub.get("/crm-object-schemas/v3/schemas").json()["results"][0]
    assert (schema["objectTypeId"], schema["fullyQualifiedName"]) == ("2-1234567", "p1234567_machines")
    assert schema["labels"] == {"singular": "Machine", "plural": "Machines"}
    assert hub.get("/account-info/v3/details").json()["portalId"] == 1_234_567


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/crm/properties/2026-03/calls"),
        ("GET", "/crm/properties/2026-03/calls/hs_timestamp"),
        ("GET", "/crm/associations/2026-03/calls/contacts/labels"),
        ("GET", "/crm/owners/2026-03"),
        ("GET", "/crm/owners/2026-03/4000001"),
        ("GET", "/crm/objects/2026-03/contacts/100001"),
        ("GET", "/crm/objects/2026-03/contacts"),
        ("GET", "/crm/objects/2026-03/contacts/100001/associations/calls"),
        ("GET", "/crm-object-schemas/2026-03/schemas"),
        ("GET", "/account-info/2026-03/details"),
        ("POST", "/crm/objects/2026-03/calls/batch/create"),
    ],
)
def test_every_version_leads_to_the_same(hub: Hub, method: str, path: str) -> None:
    """Unless the switch says that a version is not, or no longer, served."""
    body = {"json": {"inputs": [call()]}} if method == "POST" else {}
    assert hub.ask(method, path, **body).status_code in (200, 201)
    hub.sandbox.settings(versions=["v3", "v4"])
    assert hub.ask(method, path, **body).status_code == 404
    hub.sandbox.settings(versions=["2026-03"])
    assert hub.get("/crm/v3/owners").status_code == 404


def test_calls_are_searched_by_their_time(hub: Hub) -> None:
    """Times are numbers: in milliseconds or ISO 8601, alone, in lists and ranges, and sorted by."""
    hub.sandbox.settings(search_limit=0, search_lag_ms=0)
    for number in (3, 1, 2):
        hub.create(call(hs_timestamp=str(1_700_000_000_000 + number * 1000), hs_call_duration=str(number)))

    def found(operator: str, name: str = "hs_timestamp", **more: object) -> list[str]:
        filters = [{"propertyName": name, "operator": operator, **more}]
        body = {"filterGroups": [{"filters": filters}], "sorts": ["-hs_timestamp"], "properties": ["hs_call_duration"]}
        results = hub.post(f"{CALLS}/search", body).json()["results"]
        return [one["properties"]["hs_call_duration"] for one in results]

    assert found("EQ", value="1700000002000") == ["2"]
    assert found("EQ", value="2023-11-14T22:13:22Z") == ["2"]
    assert found("IN", values=["1700000001000", "1700000003000"]) == ["3", "1"]
    assert found("BETWEEN", value="1700000001000", highValue="1700000002000") == ["2", "1"]
    assert found("GTE", value="1700000002000") == ["3", "2"]
    assert found("EQ", "hs_call_duration", value="2.0") == ["2"]
