"""The sandbox's answers, and what it takes, held to HubSpot's own OpenAPI files where these are at hand."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT4

from integration_tests.sandbox.hub import CALLS, TO_CONTACT, Hub, Json, call, link
from integration_tests.sandbox.process import ROOT

FILES = ROOT.parent / "shared" / "hubspot" / "openapi"

FORMATS = FormatChecker(["uuid"])


@FORMATS.checks("date-time")
def is_moment(value: object) -> bool:
    """ISO 8601 in UTC, as in every example of the files."""
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value) is not None


pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason="HubSpot's OpenAPI files are not here")


@dataclass(frozen=True)
class Spec:
    """One of the files: which answers and bodies it describes."""

    name: str

    def operation(self, method: str, path: str) -> Json:
        document = _document(self.name)
        for template, operations in document["paths"].items():
            pattern = re.sub(r"\{\w+\}", "[^/]+", template)
            if re.fullmatch(pattern, path) and method.lower() in operations:
                found: Json = operations[method.lower()]
                return found
        raise LookupError(f"{self.name} has no {method} {path}")

    def check_answer(self, method: str, answer: requests.Response) -> None:
        """The status is one of the operation's, and the body is as its schema says."""
        path = re.sub(r"^https?://[^/]+", "", answer.url).partition("?")[0]
        responses = self.operation(method, path)["responses"]
        assert str(answer.status_code) in responses, f"{answer.status_code} is not among {sorted(responses)}"
        content = responses[str(answer.status_code)].get("content", {})
        if content:
            _check(self.name, content["application/json"]["schema"], answer.json())
        else:
            assert answer.content == b""

    def check_error(self, answer: requests.Response) -> None:
        _check(self.name, {"$ref": "#/components/schemas/Error"}, answer.json())

    def body_schema(self, method: str, path: str) -> Json:
        schema: Json = self.operation(method, path)["requestBody"]["content"]["application/json"]["schema"]
        return schema


@cache
def _document(name: str) -> Json:
    text = (FILES / f"{name}.json").read_text(encoding="utf-8")
    document: Json = json.loads(text)
    return document


@cache
def _registry(name: str) -> Registry[Any]:
    resource = DRAFT4.create_resource(_document(name))
    registry: Registry[Any] = Registry().with_resource(f"urn:{name}", resource)
    return registry


def _errors(name: str, schema: Json, value: object) -> list[str]:
    absolute = json.loads(json.dumps(schema).replace('"#/', f'"urn:{name}#/'))
    validator = Draft4Validator(absolute, registry=_registry(name), format_checker=FORMATS)
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in validator.iter_errors(value)]


def _check(name: str, schema: Json, value: object) -> None:
    assert _errors(name, schema, value) == []


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """In the forms that the schemas want: errors with all their fields, and no nulls."""
    hub.sandbox.settings(error_form="full", nulls=False, required_fields="schema", search_limit=0, rate_limit=0)
    return hub


VERSIONS = [("calls.v3", CALLS), ("calls.2026-03", "/crm/objects/2026-03/calls")]


@pytest.mark.parametrize(("name", "path"), VERSIONS)
def test_writes_of_calls(hub: Hub, name: str, path: str) -> None:
    """Created, in part refused, updated, upserted, archived: the answers of every write."""
    spec = Spec(name)
    create = {"inputs": [call("a", to="100001", dialer_call_id="a"), call("b")]}
    spec.check_answer("POST", hub.post(f"{path}/batch/create", create))
    bad = {"inputs": [call("c"), call("d", nope="x"), call("e", to="9"), call("f", dialer_call_id="a")]}
    answer = hub.post(f"{path}/batch/create", bad)
    assert len(answer.json()["errors"]) == 3
    spec.check_answer("POST", answer)
    change = {"id": "a", "idProperty": "dialer_call_id", "properties": {"hs_call_title": "x"}}
    spec.check_answer("POST", hub.post(f"{path}/batch/update", {"inputs": [change]}))
    missing = {"id": "1", "properties": {}}
    spec.check_answer("POST", hub.post(f"{path}/batch/update", {"inputs": [change, missing]}))
    new = {"id": "z", "idProperty": "dialer_call_id", "properties": {"hs_timestamp": "0"}}
    spec.check_answer("POST", hub.post(f"{path}/batch/upsert", {"inputs": [change, new]}))
    single = hub.post(path, call(to="100001"))
    spec.check_answer("POST", single)
    one = f"{path}/{single.json()['id']}"
    spec.check_answer("PATCH", hub.ask("PATCH", one, json={"properties": {"hs_call_title": "y"}}))
    spec.check_answer("GET", hub.get(one, associations="contacts"))
    spec.check_answer("DELETE", hub.ask("DELETE", one))
    spec.check_answer("GET", hub.get(one, archived="true"))
    spec.check_answer("POST", hub.post(f"{path}/batch/archive", {"inputs": [{"id": single.json()["id"]}]}))


@pytest.mark.parametrize(("name", "path"), VERSIONS)
def test_reads_of_calls(hub: Hub, name: str, path: str) -> None:
    """Found, in part found, listed, searched."""
    spec = Spec(name)
    hub.sandbox.settings(search_lag_ms=0)
    hub.create(call(dialer_call_id="a", to="100001"), call(dialer_call_id="b"))
    read = {"properties": ["hs_call_title"], "propertiesWithHistory": [], "idProperty": "dialer_call_id"}
    for keys in (["a"], ["a", "x"], ["x"]):
        answer = hub.post(f"{path}/batch/read", {**read, "inputs": [{"id": key} for key in keys]})
        spec.check_answer("POST", answer)
    spec.check_answer("GET", hub.get(path, limit=1, associations="contacts"))
    search = {"filterGroups": [], "sorts": [], "properties": ["hs_call_title"], "limit": 1, "after": "0"}
    answer = hub.post(f"{path}/search", search)
    assert answer.json()["total"] == 2
    spec.check_answer("POST", answer)


@pytest.mark.parametrize(
    ("name", "kind"), [("contacts.v3", "contacts"), ("companies.v3", "companies"), ("objects.v3", "machines")]
)
def test_reads_of_records_to_associate(hub: Hub, name: str, kind: str) -> None:
    """By key, by search, as a list."""
    spec = Spec(name)
    by = {"contacts": "email", "companies": "customer_number", "machines": "serial"}[kind]
    key = {"contacts": "contact.two@example.com", "companies": "C-1", "machines": "M-1"}[kind]
    read = {"properties": [by], "propertiesWithHistory": [], "idProperty": by, "inputs": [{"id": key}]}
    answer = hub.post(f"/crm/v3/objects/{kind}/batch/read", read)
    assert answer.status_code == 200
    spec.check_answer("POST", answer)
    more = {"sorts": [], "properties": [by], "after": "0", "limit": 100}
    spec.check_answer("POST", hub.search(kind, by, key.lower(), **more))
    spec.check_answer("GET", hub.get(f"/crm/v3/objects/{kind}", limit=1))


def test_associations(hub: Hub) -> None:
    """Labels, links made and read, links that cannot be made."""
    spec = Spec("associations.v4")
    made = hub.create(call()).json()["results"][0]["id"]
    path = "/crm/v4/associations/calls/contacts/batch"
    good = {"from": {"id": made}, "to": {"id": "100001"}, "types": [TO_CONTACT]}
    spec.check_answer("POST", hub.post(f"{path}/create", {"inputs": [good]}))
    spec.check_answer("POST", hub.post(f"{path}/create", {"inputs": [good, {**good, "to": {"id": "9"}}]}))
    default = {"inputs": [{"from": {"id": made}, "to": {"id": "100002"}}]}
    spec.check_answer("POST", hub.post(f"{path}/associate/default", default))
    labelled = [{"associationCategory": "USER_DEFINED", "associationTypeId": 22}]
    one = f"/crm/v4/objects/calls/{made}/associations/contacts"
    spec.check_answer("PUT", hub.ask("PUT", f"{one}/100003", json=labelled))
    hub.sandbox.settings(links_page=1)
    for answer in (hub.post(f"{path}/read", {"inputs": [{"id": made}, {"id": made, "after": "1"}]}), hub.get(one)):
        _without_null_labels("associations.v4", spec, answer)


def test_labels(hub: Hub) -> None:
    """All but one field: the unlabelled type's label is null in real answers."""
    answer = hub.get("/crm/v4/associations/calls/contacts/labels")
    listed = [{name: value for name, value in item.items() if value is not None} for item in answer.json()["results"]]
    schema = {"$ref": "#/components/schemas/CollectionResponseAssociationSpecWithLabelNoPaging"}
    _check("associationsSchema.v4", schema, {"results": listed})


def test_properties(hub: Hub) -> None:
    """Definitions of every kind of object, one alone, a new one."""
    spec = Spec("properties.v3")
    for kind in ("calls", "contacts", "companies", "deals", "tickets", "leads", "machines"):
        spec.check_answer("GET", hub.get(f"/crm/v3/properties/{kind}"))
    spec.check_answer("GET", hub.get("/crm/v3/properties/calls", archived="true"))
    spec.check_answer("GET", hub.get("/crm/v3/properties/calls/hs_call_direction"))
    new = {"name": "mood", "label": "Mood", "type": "string", "fieldType": "text", "groupName": "callinformation"}
    _check("properties.v3", spec.body_schema("POST", "/crm/v3/properties/calls"), new)
    spec.check_answer("POST", hub.post("/crm/v3/properties/calls", new))
    changed = {"label": "Temper", "options": []}
    _check("properties.v3", spec.body_schema("PATCH", "/crm/v3/properties/calls/mood"), changed)
    spec.check_answer("PATCH", hub.ask("PATCH", "/crm/v3/properties/calls/mood", json=changed))
    spec.check_answer("DELETE", hub.ask("DELETE", "/crm/v3/properties/calls/mood"))


def test_scopes_of_properties(hub: Hub) -> None:
    """What the sandbox asks for is among what the file lists."""
    for method, scope in (("POST", "crm.schemas.contacts.write"), ("GET", "crm.objects.contacts.read")):
        listed = Spec("properties.v3").operation(method, "/crm/v3/properties/calls")["security"]
        assert any(scope in scopes for entry in listed for scopes in entry.values())


def test_owners(hub: Hub) -> None:
    """In pages, archived, one alone."""
    spec = Spec("crmOwners.v3")
    spec.check_answer("GET", hub.get("/crm/v3/owners", limit=1))
    spec.check_answer("GET", hub.get("/crm/v3/owners", archived="true"))
    spec.check_answer("GET", hub.get("/crm/v3/owners/4000001"))


def test_tokens(hub: Hub) -> None:
    """A refreshed token, and what is told of it, in both versions."""
    hub.sandbox.add_client("app", "secret", "r0")
    form = {"grant_type": "refresh_token", "client_id": "app", "client_secret": "secret", "refresh_token": "r0"}
    schema = {"$ref": "#/components/schemas/AccessTokenResponse"}
    newer = hub.session.post(hub.sandbox.url + "/oauth/v3/token", data=form, timeout=30)
    _check("oauth.v3", schema, newer.json())
    issued = hub.session.post(hub.sandbox.url + "/oauth/v1/token", data=form, timeout=30)
    _check("oauth.v1", schema, issued.json())
    form = {"client_id": "app", "client_secret": "secret", "token": newer.json()["access_token"]}
    inspected = hub.session.post(hub.sandbox.url + "/oauth/v3/token/introspect", data=form, timeout=30)
    _check("oauth.v3", {"$ref": "#/components/schemas/PublicAccessTokenInfoResponse"}, inspected.json())
    refresh = {**form, "token": newer.json()["refresh_token"]}
    inspected = hub.session.post(hub.sandbox.url + "/oauth/v3/token/introspect", data=refresh, timeout=30)
    _check("oauth.v3", {"$ref": "#/components/schemas/PublicRefreshTokenInfoResponse"}, inspected.json())
    told = hub.get(f"/oauth/v1/access-tokens/{issued.json()['access_token']}")
    Spec("oauth.v1").check_answer("GET", told)


def test_refusals(hub: Hub) -> None:
    """Those with a category are errors as the schema has them."""
    spec = Spec("calls.v3")
    for answer in (
        hub.create(call(nope="x")),
        hub.create({"properties": {}, "associations": []}),
        hub.create(call(to="9")),
        hub.create(call(dialer_call_id="a"), call(dialer_call_id="a")),
        hub.create(*[call()] * 101),
        hub.get(f"{CALLS}/1"),
    ):
        assert answer.status_code in (400, 404)
        spec.check_error(answer)
    hub.token = "pat-na1-none"
    spec.check_error(hub.get(CALLS))


CREATE = [
    call("a", to="100001"),
    call(),
    {"properties": {}},
    {"associations": []},
    {"properties": {"hs_timestamp": 1}, "associations": []},
    {"properties": {"hs_timestamp": "1"}, "associations": [], "objectWriteTraceId": 1},
    {"properties": {"hs_timestamp": "1"}, "associations": [{"to": {"id": "100001"}}]},
    {"properties": {"hs_timestamp": "1"}, "associations": [{"to": {"id": 100001}, "types": []}]},
    {"properties": {"hs_timestamp": "1"}, "associations": [link("100001", 194)]},
    {"properties": {"hs_timestamp": "1"}, "associations": [link("100001", 194, category="OTHER")]},
    {
        "properties": {"hs_timestamp": "1"},
        "associations": [{"to": {"id": "100001"}, "types": [{"associationTypeId": 1}]}],
    },
    {"properties": [], "associations": []},
    "text",
]


@pytest.mark.parametrize("one", CREATE)
def test_what_a_create_takes_is_what_the_schema_takes(hub: Hub, one: object) -> None:
    """Every input here fits the account, so that only the schema decides."""
    body = {"inputs": [one]}
    errors = _errors("calls.v3", Spec("calls.v3").body_schema("POST", f"{CALLS}/batch/create"), body)
    fits = isinstance(one, dict) and "hs_timestamp" in one.get("properties", {})
    assert (hub.post(f"{CALLS}/batch/create", body).status_code == 201) == (not errors and fits)


@pytest.mark.parametrize("missing", ["after", "filterGroups", "limit", "properties", "sorts"])
def test_what_the_schema_requires_of_a_search(hub: Hub, missing: str) -> None:
    """With required_fields ``schema`` the sandbox requires it too; observed requests do without."""
    body = {"filterGroups": [], "sorts": [], "properties": [], "limit": 1, "after": "0"}
    schema = Spec("calls.v3").body_schema("POST", f"{CALLS}/search")
    assert _errors("calls.v3", schema, body) == []
    del body[missing]
    assert _errors("calls.v3", schema, body) != []
    assert hub.post(f"{CALLS}/search", body).status_code == 400
    hub.sandbox.settings(required_fields="observed")
    assert hub.post(f"{CALLS}/search", body).status_code == 200


def _without_null_labels(name: str, spec: Spec, answer: requests.Response) -> None:
    path = re.sub(r"^https?://[^/]+", "", answer.url)
    method = str(answer.request.method)
    schema = spec.operation(method, path)["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer.status_code == 200
    _check(name, schema, json.loads(re.sub(r',"label":null', "", answer.text)))


def test_the_files_are_the_ones_that_were_read() -> None:
    """Paths that the sandbox serves and the files describe: none of the checks above passes by describing nothing."""
    assert len(list(Path(FILES).glob("*.json"))) >= 11
