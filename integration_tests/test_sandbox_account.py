"""What an account as a whole is and refuses: its region, its rights, its limits, its properties, its merged records."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from integration_tests.sandbox.hub import CALLS, TO_CONTACT, Hub, Json, call, link, traces

LINKS = "/crm/v4/associations/calls/contacts/batch"
PROPERTIES = "/crm/v3/properties/calls"


def made(hub: Hub, *inputs: Json) -> str:
    return str(hub.create(*inputs).json()["results"][0]["id"])


def pair(call_id: str, contact: str) -> Json:
    return {"inputs": [{"from": {"id": call_id}, "to": {"id": contact}, "types": [TO_CONTACT]}]}


# Refusals of the whole account


def test_a_user_who_may_not_link(hub: Hub) -> None:
    """Calls without links are written, whatever is to be linked is refused: whole, or input by input."""
    call_id = made(hub, call())
    hub.sandbox.settings(account_refusal="edit_associations")
    assert hub.create(call("a"), call("b")).status_code == 201
    for answer in (hub.create(call("a"), call("b", to="100001")), hub.post(f"{LINKS}/create", pair(call_id, "100001"))):
        assert answer.status_code == 400
        assert answer.json()["message"] == "Missing 'Edit Associations' permission."
        assert answer.json()["category"] == "VALIDATION_ERROR"
    hub.sandbox.settings(account_refusal_as="input", error_form="full")
    answer = hub.create(call("a"), call("b", to="100001"))
    assert [traces(error) for error in answer.json()["errors"]] == [["b"]]
    assert hub.post(f"{LINKS}/create", pair(call_id, "100001")).status_code == 207


@pytest.mark.parametrize(("refusal", "status"), [("suspended", 403), ("record_limit", 400), ("everything", 400)])
def test_an_account_that_takes_nothing_more(hub: Hub, refusal: str, status: int) -> None:
    """From so many records on, every write is refused, halved or not."""
    hub.sandbox.settings(account_refusal=refusal, account_refusal_after=2)
    call_id = made(hub, call("a"), call("b"))
    for inputs in ([call("a"), call("b")], [call("a")]):
        assert hub.create(*inputs).status_code == status
    change = {"inputs": [{"id": call_id, "properties": {"hs_call_title": "x"}}]}
    assert hub.post(f"{CALLS}/batch/update", change).status_code == status
    assert hub.sandbox.created() == 2


@pytest.mark.parametrize("code", ["MISSING_REQUIRED_PROPERTY", "MISSING_CONDITIONAL_REQUIRED_PROPERTY", "REQUIRED"])
@pytest.mark.parametrize(("sink", "status"), [("input", 207), ("request", 400)])
def test_properties_that_the_account_requires(hub: Hub, code: str, sink: str, status: int) -> None:
    """Named by code and property, for the input or for the request, and only where the rule holds."""
    rule = {"property": "dialer_note", "code": code, "when": {"hs_call_direction": "INBOUND"}}
    hub.sandbox.settings(required_properties=[rule], missing_required=sink, error_form="bare")
    assert hub.create(call("a"), call("b", hs_call_direction="INBOUND", dialer_note="x")).status_code == 201
    answer = hub.create(call("a"), call("b", hs_call_direction="INBOUND"))
    assert answer.status_code == status
    body = answer.json()["errors"][0] if status == 207 else answer.json()
    detail = body["errors"][0]
    assert (detail["code"], detail["context"]) == (code, {"propertyName": ["dialer_note"]})
    assert body["message"].startswith("Property values were not" if code == "REQUIRED" else "The property values")


def test_a_rule_without_a_property_is_refused(hub: Hub) -> None:
    """It would require nothing."""
    with pytest.raises(ValueError, match="required_properties"):
        hub.sandbox.settings(required_properties=[{"code": "REQUIRED"}])


# Regions, versions, tokens


def test_a_token_of_another_region(hub: Hub) -> None:
    """401 at this host, as for an unknown one; the account of another region is a 488 for all."""
    hub.sandbox.add_token("pat-eu1-other")
    hub.sandbox.settings(region="na1")
    assert hub.get("/crm/v3/owners").status_code == 200
    hub.token = "pat-eu1-other"
    answer = hub.get("/crm/v3/owners")
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    told = hub.post("/oauth/v2/private-apps/get/access-token-info", {"tokenKey": "pat-eu1-other"})
    assert told.status_code == 404
    hub.sandbox.settings(region="eu1")
    assert hub.get("/crm/v3/owners").status_code == 200
    hub.sandbox.settings(wrong_region="eu1")
    assert hub.get("/crm/v3/owners").status_code == 488


def refreshed(hub: Hub, version: str) -> requests.Response:
    form = {
        "grant_type": "refresh_token",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "refresh_token": "na1-sandbox-refresh",
    }
    return hub.session.post(f"{hub.sandbox.url}/oauth/{version}/token", data=form, timeout=30)


def introspected(hub: Hub, version: str, token: str, **more: str) -> requests.Response:
    form = {"client_id": "sandbox-client", "client_secret": "sandbox-secret", "token": token, **more}
    return hub.session.post(f"{hub.sandbox.url}/oauth/{version}/token/introspect", data=form, timeout=30)


def test_oauth_without_its_first_version(hub: Hub) -> None:
    """v1 is a 404 in some accounts, and the date version in others."""
    assert [refreshed(hub, version).status_code for version in ("v1", "v3", "2026-03")] == [200, 200, 200]
    hub.sandbox.settings(oauth_versions=["2026-03"])
    assert [refreshed(hub, version).status_code for version in ("v1", "v3", "2026-03")] == [404, 404, 200]
    assert hub.get("/oauth/v1/access-tokens/x").status_code == 404
    assert hub.get("/crm/v3/owners").status_code == 200
    hub.sandbox.settings(oauth_versions=["v1"])
    assert [refreshed(hub, version).status_code for version in ("v1", "v3", "2026-03")] == [200, 404, 404]


def test_a_token_is_introspected(hub: Hub) -> None:
    """Its scopes; one that is unknown, old, or another app's is not active; v1 never had the path."""
    token = refreshed(hub, "2026-03").json()["access_token"]
    told = introspected(hub, "2026-03", token).json()
    assert (told["active"], told["hub_id"], told["token_use"]) == (True, 1234567, "access_token")
    assert "crm.objects.contacts.write" in told["scopes"]
    refresh = introspected(hub, "2026-03", "na1-sandbox-refresh").json()
    assert (refresh["active"], refresh["token_use"]) == (True, "refresh_token")
    assert introspected(hub, "2026-03", "nobody's").json() == {"active": False}
    hub.sandbox.expire_tokens()
    assert introspected(hub, "2026-03", token).json() == {"active": False}
    assert introspected(hub, "2026-03", token, client_secret="wrong").status_code == 400
    assert introspected(hub, "v1", token).status_code == 404


def test_only_one_version_is_served(hub: Hub) -> None:
    """v3 and v4 may be gone, and the date version there."""
    hub.sandbox.settings(versions=["2026-03"])
    for path in (CALLS, "/crm/v3/properties/calls", "/crm/v4/associations/calls/contacts/labels", "/crm/v3/owners"):
        assert hub.get(path).status_code == 404
    for path in (
        "/crm/objects/2026-03/calls",
        "/crm/properties/2026-03/calls",
        "/crm/associations/2026-03/calls/contacts/labels",
        "/crm/owners/2026-03",
        "/account-info/2026-03/details",
    ):
        assert hub.get(path).status_code == 200


def test_the_account_tells_what_it_is(hub: Hub) -> None:
    """Kind, time zone and currency, in both versions."""
    hub.sandbox.settings(account_type="STANDARD", time_zone="Asia/Tokyo", currency="EUR", account_name="x.example.com")
    for version in ("v3", "2026-03"):
        told = hub.get(f"/account-info/{version}/details").json()
        assert (told["accountType"], told["timeZone"], told["companyCurrency"]) == ("STANDARD", "Asia/Tokyo", "EUR")
        assert (told["utcOffset"], told["utcOffsetMilliseconds"]) == ("+09:00", 32_400_000)
    token = refreshed(hub, "v1").json()["access_token"]
    assert hub.get(f"/oauth/v1/access-tokens/{token}").json()["hub_domain"] == "x.example.com"
    with pytest.raises(ValueError, match="time_zone"):
        hub.sandbox.settings(time_zone="Nowhere/City")


# Limits


def test_association_endpoints_have_a_limit_of_their_own(hub: Hub) -> None:
    """What the others ask does not count there, nor the other way round, and the headers tell its numbers."""
    hub.sandbox.settings(rate_limit=2, association_limit=3)
    path = "/crm/v4/associations/calls/contacts/labels"
    assert [hub.get(path).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert [hub.get("/crm/v3/owners").status_code for _ in range(3)] == [200, 200, 429]
    assert hub.get(path).headers["X-HubSpot-RateLimit-Max"] == "3"
    assert hub.sandbox.stats()["rate_limit"]["refused"] == {"burst": 1, "daily": 0, "search": 0, "associations": 2}


@pytest.mark.parametrize(("general", "own"), [(100, 100), (190, 150), (250, 200), (7, 7)])
def test_the_plan_says_how_much(hub: Hub, general: int, own: int) -> None:
    """Free and Starter, Professional and Enterprise, the add-on; a limit of no plan holds for all."""
    hub.sandbox.settings(rate_limit=general)
    assert hub.get("/crm/v4/associations/calls/contacts/labels").headers["X-HubSpot-RateLimit-Max"] == str(own)


def test_a_search_ends_at_ten_thousand(hub: Hub) -> None:
    """A page beyond is a 400."""
    assert hub.post(f"{CALLS}/search", {"limit": 200, "after": "9800"}).status_code == 200
    answer = hub.post(f"{CALLS}/search", {"limit": 200, "after": "9801"})
    assert (answer.status_code, "10000" in answer.json()["message"]) == (400, True)


# Unique values


@pytest.mark.parametrize(("case", "kept"), [("insensitive", "CA-abc"), ("lowered", "ca-abc")])
def test_unique_values_whose_case_does_not_count(hub: Hub, case: str, kept: str) -> None:
    """Two spellings at once are duplicates; one alone finds the record; the clash names it."""
    hub.sandbox.settings(unique_case=case)
    call_id = made(hub, call(dialer_call_id="CA-abc"))
    assert hub.read("CA-abc", "CA-ABC").status_code == 400
    found = hub.read("CA-ABC").json()["results"]
    assert [(one["id"], one["properties"]["dialer_call_id"]) for one in found] == [(call_id, kept)]
    body = hub.create(call(dialer_call_id="ca-ABC")).json()
    assert body["message"].endswith(f"{call_id} already has that value.")


def test_unique_values_that_are_trimmed(hub: Hub) -> None:
    """Blanks around are cut, in what is kept and what is asked."""
    hub.sandbox.settings(unique_blanks="trimmed", unique_case="lowered")
    call_id = made(hub, call(dialer_call_id="  Key "))
    assert hub.sandbox.calls()[0]["properties"]["dialer_call_id"] == "key"
    assert hub.read(" KEY").json()["results"][0]["id"] == call_id
    assert hub.read(" KEY", "key").status_code == 400
    change = {"id": call_id, "properties": {"dialer_call_id": " OTHER "}}
    assert hub.post(f"{CALLS}/batch/update", {"inputs": [change]}).status_code == 200
    assert hub.read("other").json()["results"][0]["id"] == call_id


@pytest.mark.parametrize(("held", "status"), [("taken", 400), ("free", 201)])
def test_a_deleted_calls_value(hub: Hub, held: str, status: int) -> None:
    """Free at once or still held, and read among the archived either way."""
    hub.sandbox.settings(archived_unique=held)
    call_id = made(hub, call(dialer_call_id="k"))
    assert hub.post(f"{CALLS}/batch/archive", {"inputs": [{"id": call_id}]}).status_code == 204
    assert hub.read("k").json()["results"] == []
    body = {"idProperty": "dialer_call_id", "inputs": [{"id": "k"}], "properties": []}
    found = hub.post(f"{CALLS}/batch/read?archived=true", body).json()["results"]
    assert [(one["id"], one["archived"]) for one in found] == [(call_id, True)]
    assert hub.create(call(dialer_call_id="k")).status_code == status


@pytest.mark.parametrize(
    ("rule", "status", "archived"), [("not_found", 207, True), ("accept", 200, True), ("revive", 200, False)]
)
def test_an_update_of_a_deleted_call(hub: Hub, rule: str, status: int, *, archived: bool) -> None:
    """Refused as unknown, accepted and still deleted, or brought back."""
    hub.sandbox.settings(update_archived=rule)
    call_id = made(hub, call(dialer_call_id="k"))
    hub.sandbox.archive("calls", call_id)
    change = {"inputs": [{"id": call_id, "properties": {"hs_call_title": "x"}}]}
    assert hub.post(f"{CALLS}/batch/update", change).status_code == status
    assert hub.sandbox.calls()[0]["archived"] is archived


@pytest.mark.parametrize(("switch", "status"), [("answer", 200), ("refuse", 400), ("missing", 404)])
def test_upsert_may_not_be_there(hub: Hub, switch: str, status: int) -> None:
    """Where it is, it says what is new."""
    hub.sandbox.settings(upsert=switch)
    made(hub, call(dialer_call_id="a"))
    inputs = [
        {"id": key, "idProperty": "dialer_call_id", "properties": {"hs_timestamp": "0", "dialer_call_id": key}}
        for key in ("a", "b")
    ]
    answer = hub.post(f"{CALLS}/batch/upsert", {"inputs": inputs})
    assert answer.status_code == status
    if status == 200:
        new = {one["properties"]["dialer_call_id"]: one["new"] for one in answer.json()["results"]}
        assert new == {"a": False, "b": True}


def test_one_error_about_several_calls(hub: Hub) -> None:
    """An update's 207 that names several ids at once."""
    hub.sandbox.settings(group_not_found="yes", not_found_names="ids")
    call_id = made(hub, call())
    inputs = [{"id": key, "properties": {}, "objectWriteTraceId": key} for key in (call_id, "1", "2")]
    answer = hub.post(f"{CALLS}/batch/update", {"inputs": inputs})
    assert [sorted(error["context"]["ids"]) for error in answer.json()["errors"]] == [["1", "2"]]


# Merged records


def merging(hub: Hub) -> tuple[str, str]:
    """Two contacts that are one person: the winner and the loser."""
    winner, loser = hub.sandbox.seed_contacts(
        {"email": "kept@example.com", "customer_number": "N-1"}, {"email": "lost@example.com", "customer_number": "N-9"}
    )
    return winner, loser


def test_a_merged_contact(hub: Hub) -> None:
    """Found under the winner's id: by its own id, its address, its unique value, and by search."""
    hub.sandbox.settings(search_lag_ms=0)
    winner, loser = merging(hub)
    made(hub, call(to=loser))
    assert hub.sandbox.merge("contacts", loser, winner=winner) == winner
    for key, by in ((loser, "hs_object_id"), ("lost@example.com", "email"), ("N-9", "customer_number")):
        found = hub.read(key, by=by, kind="contacts").json()["results"]
        assert [(one["id"], one["properties"].get("customer_number", "N-1")) for one in found] == [(winner, "N-1")]
    body = {"inputs": [{"id": loser}], "properties": ["hs_merged_object_ids", "hs_additional_emails", "email"]}
    properties = hub.post("/crm/v3/objects/contacts/batch/read", body).json()["results"][0]["properties"]
    assert properties["hs_merged_object_ids"] == loser
    assert properties["email"] == "kept@example.com"
    assert properties["hs_additional_emails"] == "lost@example.com"
    assert [one["id"] for one in hub.search("contacts", "hs_object_id", loser).json()["results"]] == [winner]
    assert hub.sandbox.calls()[0]["associations"][0]["id"] == winner


def test_merged_into_a_new_record(hub: Hub) -> None:
    """All of them are losers, and the chain of merges is followed."""
    first = hub.sandbox.merge("companies", "20000001", "20000002")
    second = hub.sandbox.merge("companies", first, winner="20000003")
    found = hub.read("20000001", "20000002", by="hs_object_id", kind="companies").json()["results"]
    assert [one["id"] for one in found] == [second]
    with pytest.raises(ValueError, match="must be there"):
        hub.sandbox.merge("companies", "20000001", winner="20000003")


@pytest.mark.parametrize(("rule", "status"), [("refuse", 207), ("winner", 201)])
def test_linking_to_a_merged_record(hub: Hub, rule: str, status: int) -> None:
    """Refused as a bad id, or made with the winner."""
    hub.sandbox.settings(merged_links=rule, merged_unique="gone")
    winner, loser = merging(hub)
    hub.sandbox.merge("contacts", loser, winner=winner)
    assert hub.create(call("a", to=loser)).status_code == status
    assert hub.read("N-9", by="customer_number", kind="contacts").json()["results"] == []
    linked = [one["associations"][0]["id"] for one in hub.sandbox.calls()]
    assert linked == ([winner] if status == 201 else [])


# Properties


NEW = {"name": "mood", "label": "Mood", "type": "enumeration", "fieldType": "select", "groupName": "callinformation"}


def option(value: str) -> Json:
    return {"label": value.upper(), "value": value, "hidden": False, "displayOrder": 0}


def test_a_property_is_made_and_gets_options(hub: Hub) -> None:
    """A group that is there, options replaced by those sent, HubSpot's own untouchable."""
    assert hub.post(PROPERTIES, {**NEW, "options": [option("good")]}).status_code == 201
    assert hub.create(call(mood="bad")).status_code == 400
    change = {"options": [option("good"), option("bad")]}
    answer = hub.ask("PATCH", f"{PROPERTIES}/mood", json=change)
    assert (answer.status_code, [one["value"] for one in answer.json()["options"]]) == (200, ["good", "bad"])
    assert hub.create(call(mood="bad")).status_code == 201
    assert hub.ask("PATCH", f"{PROPERTIES}/hs_call_status", json=change).status_code == 400
    assert hub.ask("PATCH", f"{PROPERTIES}/nope", json=change).status_code == 404
    assert hub.ask("PATCH", f"{PROPERTIES}/mood", json={"hasUniqueValue": True}).status_code == 400
    assert hub.post(PROPERTIES, {**NEW, "name": "other", "groupName": "call_info"}).status_code == 400


def test_a_patch_leaves_the_rest(hub: Hub) -> None:
    """A new label takes neither uniqueness nor the values' checks away."""
    assert hub.ask("PATCH", f"{PROPERTIES}/dialer_call_id", json={"label": "Key"}).status_code == 200
    told = hub.get(f"{PROPERTIES}/dialer_call_id").json()
    assert (told["label"], told["hasUniqueValue"], told["type"]) == ("Key", True, "string")
    made(hub, call(dialer_call_id="a"))
    assert hub.create(call(dialer_call_id="a")).status_code == 400


def test_who_may_make_properties(hub: Hub) -> None:
    """The scope of schemas, as the OpenAPI file has it: writing calls is not enough."""
    hub.sandbox.add_token("pat-na1-few", ["crm.objects.contacts.read", "crm.objects.contacts.write"])
    hub.token = "pat-na1-few"
    answer = hub.post(PROPERTIES, NEW)
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.schemas.contacts.write"]
    assert hub.ask("PATCH", f"{PROPERTIES}/queue", json={"label": "x"}).status_code == 403


def test_sensitive_properties_are_listed_apart(hub: Hub) -> None:
    """Only where they are asked for, and only for a token that may see them."""
    hub.sandbox.add_property(
        "calls",
        name="diagnosis",
        label="Diagnosis",
        type="string",
        fieldType="text",
        groupName="callinformation",
        dataSensitivity="sensitive",
    )

    def listed(**query: Any) -> list[str]:
        return [one["name"] for one in hub.get(PROPERTIES, **query).json()["results"]]

    assert "diagnosis" not in listed()
    assert listed(dataSensitivity="sensitive") == ["diagnosis"]
    assert hub.get(PROPERTIES, dataSensitivity="secret").status_code == 400
    assert hub.create(call(diagnosis="x")).status_code == 201
    assert hub.get(PROPERTIES, dataSensitivity="highly_sensitive").status_code == 403
    hub.sandbox.add_token("pat-na1-few", ["crm.objects.contacts.read", "crm.objects.contacts.write"])
    hub.token = "pat-na1-few"
    assert hub.get(PROPERTIES, dataSensitivity="sensitive").status_code == 403
    assert hub.create(call(diagnosis="x")).status_code == 403
    assert hub.create(call()).status_code == 201


def test_the_properties_of_calls(hub: Hub) -> None:
    """The group, the callee's type, MISSED, and two that may come without options."""
    listed = {one["name"]: one for one in hub.get(PROPERTIES).json()["results"]}
    assert listed["hs_call_title"]["groupName"] == "callinformation"
    assert (listed["hs_call_callee_object_id"]["type"], listed["hs_call_callee_object_type"]["type"]) == (
        "number",
        "enumeration",
    )
    assert "hs_call_callee_object_type_id" not in listed
    assert {"label": "Missed", "value": "MISSED", "description": "", "displayOrder": 7, "hidden": False} in listed[
        "hs_call_status"
    ]["options"]
    assert listed["hs_call_summary"]["modificationMetadata"]["readOnlyValue"]
    hub.sandbox.settings(activity_type_options="external", disposition_options="external")
    listed = {one["name"]: one for one in hub.get(PROPERTIES).json()["results"]}
    assert (listed["hs_activity_type"]["options"], listed["hs_call_disposition"]["options"]) == ([], [])


def test_two_links_of_which_one_is_bad(hub: Hub) -> None:
    """The refusal names one of the two; the input is refused as a whole."""
    both = {**call("a"), "associations": [link("100001", 194), link("9", 194)]}
    body = hub.create(both, call("b")).json()
    assert [error["context"]["INVALID_OBJECT_IDS"] for error in body["errors"]] == [["CONTACT=9 is not valid"]]


def test_a_contact_that_is_deleted_and_made_again(hub: Hub) -> None:
    """The address finds the new one, and the old id can be linked to no more."""
    (old,) = hub.sandbox.seed_contacts({"email": "again@example.com"})
    hub.sandbox.archive("contacts", old)
    assert hub.read("again@example.com", by="email", kind="contacts").json()["results"] == []
    (new,) = hub.sandbox.seed_contacts({"email": "again@example.com"})
    found = hub.read("again@example.com", by="email", kind="contacts").json()["results"]
    assert [one["id"] for one in found] == [new]
    assert hub.create(call("a", to=old)).status_code == 207
    assert hub.create(call("a", to=new)).status_code == 201


def test_association_endpoints_have_a_day_of_their_own(hub: Hub) -> None:
    """Once it is spent they refuse, and the others go on."""
    hub.sandbox.settings(association_daily_limit=1)
    path = "/crm/v4/associations/calls/contacts/labels"
    assert [hub.get(path).status_code for _ in range(2)] == [200, 429]
    assert hub.get(path).json()["policyName"] == "DAILY"
    assert hub.get("/crm/v3/owners").status_code == 200
