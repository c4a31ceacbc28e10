"""The sandbox's writes held to what is known of HubSpot's: each rule once, over real HTTP."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration_tests.sandbox.hub import CALLS, TO_CONTACT, Hub, Json, call, link, traces

FIELDS = [
    "id",
    "to",
    "from",
    "types",
    "properties",
    "associations",
    "associationTypeId",
    "limit",
    "after",
    "sorts",
    "filterGroups",
    "filters",
    "propertyName",
    "operator",
    "value",
    "values",
    "name",
    "label",
    "type",
    "fieldType",
    "groupName",
    "options",
    "idProperty",
]
PATHS = [
    *(f"{CALLS}/batch/{action}" for action in ("create", "read", "update", "upsert", "archive")),
    CALLS,
    f"{CALLS}/search",
    "/crm/v4/associations/calls/contacts/batch/create",
    "/crm/v4/associations/calls/contacts/batch/read",
    "/crm/v4/associations/calls/contacts/batch/associate/default",
    "/crm/v3/properties/calls",
]
CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"


# The batch as a whole


def test_a_batch_is_created_and_shown_with_what_hubspot_adds(hub: Hub) -> None:
    """201: values as HubSpot stores them, its own properties beside them, times with milliseconds and Z."""
    answer = hub.create(call("a", to="100001", hs_call_title="One", hs_timestamp="2024-02-03T04:05:06Z"))
    assert answer.status_code == 201
    result = answer.json()["results"][0]
    assert result["properties"]["hs_timestamp"] == "2024-02-03T04:05:06.000Z"
    assert result["properties"]["hs_object_id"] == result["id"]
    assert result["createdAt"].endswith("Z")
    assert result["archived"] is False
    stored = hub.sandbox.calls()
    assert [item["id"] for item in stored] == [result["id"]]
    assert stored[0]["associations"] == [
        {"type": "contacts", "id": "100001", "typeIds": [194], "types": ["HUBSPOT_DEFINED=194"]}
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "Invalid input JSON on line 1"),
        (b'{"inputs": [NaN]}', "Invalid input JSON on line 1"),
        (b"{}", "Some required fields were not set: [inputs]"),
        (b"[]", "Cannot deserialize value of type `BatchInput`"),
        (b'{"inputs": {}}', "Cannot deserialize"),
        (b'{"inputs": []}', "Batch input provided should have at least one object."),
        (b'{"inputs": ["x"]}', "Cannot deserialize"),
        (b'{"inputs": [{"properties": {}}]}', "Some required fields were not set: [associations]"),
        (b'{"inputs": [{"associations": []}]}', "Some required fields were not set: [properties]"),
        (b'{"inputs": [], "more": 1}', 'Unrecognized field "more"'),
    ],
)
def test_malformed_bodies_are_refused_whole(hub: Hub, body: bytes, words: str) -> None:
    """HubSpot binds JSON strictly; what does not bind never reaches validation."""
    answer = hub.ask("POST", f"{CALLS}/batch/create", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert words in answer.json()["message"]


@pytest.mark.parametrize("value", [1, 1.5, True, None, ["a"], {"a": "b"}])
def test_every_property_value_is_a_string(hub: Hub, value: object) -> None:
    """Another JSON type refuses the whole request, trace ids or not."""
    answer = hub.create(call("a"), call("b", hs_call_title=value))
    assert answer.status_code == 400
    assert "java.lang.String" in answer.json()["message"]
    assert hub.sandbox.created() == 0


def test_values_of_other_types_can_be_taken(hub: Hub) -> None:
    """The switch non_string_values: whether HubSpot coerces is not certain."""
    hub.sandbox.settings(non_string_values="accept")
    assert hub.create(call("a", hs_call_duration=1500, recorded=True)).status_code == 201
    properties = hub.sandbox.calls()[0]["properties"]
    assert (properties["hs_call_duration"], properties["recorded"]) == ("1500", "true")


def test_unknown_fields_of_an_input_are_refused_or_ignored(hub: Hub) -> None:
    """A misspelt field must not pass in silence; the switch has the other reading."""
    odd = {**call("a"), "externalId": "x"}
    assert 'Unrecognized field "externalId"' in hub.create(odd).json()["message"]
    hub.sandbox.settings(unknown_fields="ignore")
    assert hub.create(odd).status_code == 201


def test_a_batch_holds_a_hundred_inputs(hub: Hub) -> None:
    """100 pass, 101 are refused whole."""
    assert hub.create(*[call(str(number)) for number in range(100)]).status_code == 201
    answer = hub.create(*[call(str(number)) for number in range(101)])
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("The maximum number of inputs supported in a batch is 100.")
    assert hub.sandbox.created() == 100


# All or nothing, or each for itself


def test_without_trace_ids_it_is_all_or_nothing(hub: Hub) -> None:
    """One bad input: 400, nothing written, and nothing says which one it was."""
    answer = hub.create(call(hs_call_title="good"), call(nope="x"))
    assert answer.status_code == 400
    body = answer.json()
    assert body["category"] == "VALIDATION_ERROR"
    assert body["message"].startswith('Property values were not valid: [{"isValid":false,')
    assert body["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert "objectWriteTraceId" not in answer.text
    assert hub.sandbox.created() == 0


def test_with_trace_ids_the_good_are_written_and_the_bad_are_named(hub: Hub) -> None:
    """207: results for the good, errors with the trace ids of the bad."""
    answer = hub.create(call("a"), call("b", nope="x"), call("c"))
    assert answer.status_code == 207
    body = answer.json()
    assert len(body["results"]) == 2
    assert [traces(error) for error in body["errors"]] == [["b"]]
    assert hub.sandbox.created() == 2


@pytest.mark.parametrize("names", [("a", "a"), ("a", None)])
def test_trace_ids_must_be_on_all_and_unique(hub: Hub, names: tuple[str | None, ...]) -> None:
    """Otherwise the batch is treated as one without."""
    assert hub.create(call(names[0]), call(names[1], nope="x")).status_code == 400
    assert hub.sandbox.created() == 0


def test_equal_errors_can_be_grouped(hub: Hub) -> None:
    """One error may stand for several inputs, and numErrors counts groups."""
    hub.sandbox.settings(group_errors="yes", error_form="bare")
    body = hub.create(call("a", nope="x"), call("b", nope="y"), call("c")).json()
    assert body["numErrors"] == len(body["errors"]) == 1
    assert sorted(traces(body["errors"][0])) == ["a", "b"]
    hub.sandbox.settings(group_errors="no")
    assert hub.create(call("a", nope="x"), call("b", nope="y")).json()["numErrors"] == 2


def test_errors_come_bare_or_full_or_mixed(hub: Hub) -> None:
    """Real bodies lack fields the schema requires; both forms must be met, and by seed also partial ones."""
    bad = [call(str(number), **{f"nope{number}": "x"}) for number in range(60)]
    hub.sandbox.settings(error_form="bare")
    assert {frozenset(error) for error in hub.create(*bad).json()["errors"]} == {
        frozenset({"status", "category", "message", "context"})
    }
    hub.sandbox.settings(error_form="full")
    assert all({"errors", "links", "id"} <= error.keys() for error in hub.create(*bad).json()["errors"])
    hub.sandbox.settings(error_form="mixed")
    shapes = {frozenset(error) for error in hub.create(*bad).json()["errors"]}
    assert any("category" not in shape for shape in shapes)
    assert any("errors" in shape for shape in shapes)


def test_an_error_may_say_nothing_about_whose_it_is(hub: Hub) -> None:
    """The switch error_context: an item without any context has been captured."""
    hub.sandbox.settings(error_context="no", error_form="bare")
    assert all("context" not in error for error in hub.create(call("a"), call("b", nope="x")).json()["errors"])


def test_results_come_in_any_order(hub: Hub) -> None:
    """By the seed, and in order if the switch says so: never to be matched by index."""
    inputs = [call(str(number), hs_call_title=str(number)) for number in range(50)]

    def titles() -> list[str]:
        return [result["properties"]["hs_call_title"] for result in hub.create(*inputs).json()["results"]]

    asked = [str(number) for number in range(50)]
    assert titles() != asked
    hub.sandbox.settings(shuffle_results=False)
    assert titles() == asked


@pytest.mark.parametrize(("switch", "least", "most"), [("yes", 60, 60), ("no", 0, 0), ("mixed", 1, 59)])
def test_trace_ids_are_echoed_or_not(hub: Hub, switch: str, least: int, most: int) -> None:
    """HubSpot's own example does not echo them, its schema has them: both must work."""
    hub.sandbox.settings(echo_trace_id=switch)
    results = hub.create(*[call(str(number)) for number in range(60)]).json()["results"]
    assert least <= sum("objectWriteTraceId" in result for result in results) <= most


@pytest.mark.parametrize(
    ("switch", "bad"),
    [
        ("bad_association", call("b", to="999")),
        ("bad_property", call("b", nope="x")),
        ("missing_required", call("b", hs_timestamp="")),
        ("unique_clash", call("b", dialer_call_id="taken")),
    ],
)
def test_what_sinks_a_whole_request_is_a_switch(hub: Hub, switch: str, bad: Json) -> None:
    """Per input with trace ids, or the whole request all the same: uncertain, so both."""
    hub.create(call("t", dialer_call_id="taken"))
    assert hub.create(call("a"), bad).status_code == 207
    hub.sandbox.settings(**{switch: "request"})
    answer = hub.create(call("a"), bad)
    assert answer.status_code == 400
    assert hub.sandbox.created() == 2


# Values


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("nope", "x", "PROPERTY_DOESNT_EXIST"),
        ("dialer_gone", "x", "PROPERTY_DOESNT_EXIST"),
        ("hs_object_id", "1", "READ_ONLY_VALUE"),
        ("hs_unique_creation_key", "x", "READ_ONLY_VALUE"),
        ("dialer_locked", "x", "READ_ONLY_VALUE"),
        ("dialer_score", "1", "READ_ONLY_VALUE"),
        ("hs_call_direction", "in", "INVALID_OPTION"),
        ("hs_call_direction", "inbound", "INVALID_OPTION"),
        ("hs_call_direction", " INBOUND", "INVALID_OPTION"),
        ("hs_call_status", "Completed", "INVALID_OPTION"),
        ("hs_call_disposition", "Connected", "INVALID_OPTION"),
        ("hs_call_disposition", "0c9d7a52-6b1f-4e0b-8a43-71d5e2b6f3c8", "INVALID_OPTION"),
        ("queue", "first_line;second_line", "INVALID_OPTION"),
        ("topics", "billing;other", "INVALID_OPTION"),
        ("recorded", "yes", "INVALID_OPTION"),
        ("hs_timestamp", "yesterday", "INVALID_LONG"),
        ("hs_timestamp", "2024-02-03T04:05:06.123456Z", "INVALID_LONG"),
        ("hs_timestamp", "1e12", "INVALID_LONG"),
        ("hs_timestamp", "2024-02-03T04:05:06", "INVALID_LONG"),
        ("hs_timestamp", "2024-02-30T04:05:06Z", "INVALID_LONG"),
        ("hs_timestamp", "2024-02-03T04:05:06+02:00", "INVALID_LONG"),
        ("hs_timestamp", "2024-02-03 04:05:06", "INVALID_LONG"),
        ("hs_timestamp", " 1700000000000", "INVALID_LONG"),
        ("follow_up_date", "1786334400001", "INVALID_DATE"),
        ("follow_up_date", "2024-02-30", "INVALID_LONG"),
        ("follow_up_date", "03.02.2024", "INVALID_LONG"),
        ("wait_seconds", "1,5", "INVALID_INTEGER"),
        ("wait_seconds", "1.4e-14", "INVALID_INTEGER"),
        ("wait_seconds", " 1", "INVALID_INTEGER"),
        ("wait_seconds", "NaN", "INVALID_INTEGER"),
        ("hs_call_recording_url", "http://example.com/1.mp3", "INVALID_URL"),
        ("hubspot_owner_id", "9000001", "INVALID_OWNER_ID"),
        ("hubspot_owner_id", "agent1@example.com", "INVALID_OWNER_ID"),
        ("reviewed_by", "1", "INVALID_OWNER_ID"),
        ("hs_call_body", "x" * 65_537, "PROPERTY_VALUE_TOO_LONG"),
    ],
)
def test_values_that_do_not_fit_are_refused(hub: Hub, name: str, value: str, code: str) -> None:
    """By the property's definition, with HubSpot's code."""
    answer = hub.create(call(**{name: value}))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == code
    assert f'"name":"{name}"' in answer.json()["message"]


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("hs_timestamp", "1700000000", "1970-01-20T16:13:20.000Z"),
        ("hs_timestamp", "1700000000123", "2023-11-14T22:13:20.123Z"),
        ("hs_timestamp", "2024-02-03T04:05Z", "2024-02-03T04:05:00.000Z"),
        ("hs_timestamp", "2024-02-03T04:05:06.7Z", "2024-02-03T04:05:06.700Z"),
        ("hs_timestamp", "2024-02-03", "2024-02-03T00:00:00.000Z"),
        ("hs_timestamp", "-1", "1969-12-31T23:59:59.999Z"),
        ("follow_up_date", "2024-02-03", "2024-02-03"),
        ("follow_up_date", "1786320000000", "2026-08-10"),
        ("wait_seconds", "-1.50", "-1.50"),
        ("recorded", "false", "false"),
        ("topics", "billing;tech", "billing;tech"),
        ("topics", "old", "old"),
        ("hs_call_status", "MISSED", "MISSED"),
        ("hs_call_disposition", CONNECTED, CONNECTED),
        ("hs_call_disposition", "5b3c2f1e-0a64-4d1c-9d8f-2f6c1a7e4b90", "5b3c2f1e-0a64-4d1c-9d8f-2f6c1a7e4b90"),
        ("hubspot_owner_id", "4000001", "4000001"),
        ("hubspot_owner_id", "4000004", "4000004"),
        ("hs_attachment_ids", "1;2;3", "1;2;3"),
        ("hs_call_body", "ü" * 65_536, "ü" * 65_536),
        ("hs_call_recording_url", "https://example.com/1.mp3", "https://example.com/1.mp3"),
        ("hs_activity_type", "Follow-up", "Follow-up"),
    ],
)
def test_values_that_fit_are_stored_as_hubspot_does(hub: Hub, name: str, value: str, stored: str) -> None:
    """Epoch seconds are taken for milliseconds, as HubSpot does: the classic mistake shows as 1970."""
    assert hub.create(call(**{name: value})).status_code == 201
    assert hub.sandbox.calls()[0]["properties"][name] == stored


@pytest.mark.parametrize(
    ("switches", "name", "value", "status"),
    [
        ({"microseconds": "cut"}, "hs_timestamp", "2024-02-03T04:05:06.123456Z", 201),
        ({"utc_offsets": "accept"}, "hs_timestamp", "2024-02-03T04:05:06+02:00", 201),
        ({"exponents": "accept"}, "wait_seconds", "1.4e-14", 201),
        ({"archived_owner": "refuse"}, "hubspot_owner_id", "4000004", 400),
        ({"deleted_disposition": "accept"}, "hs_call_disposition", "0c9d7a52-6b1f-4e0b-8a43-71d5e2b6f3c8", 201),
        ({"disposition_options": "external"}, "hs_call_disposition", "Connected", 400),
    ],
)
def test_uncertain_value_rules_are_switches(hub: Hub, switches: Json, name: str, value: str, status: int) -> None:
    """Each in its other position."""
    hub.sandbox.settings(**switches)
    assert hub.create(call(**{name: value})).status_code == status


def test_all_problems_of_an_input_are_listed_in_the_message(hub: Hub) -> None:
    """The message embeds a JSON list; errors[] may be shorter."""
    body = hub.create(call(nope="x", hs_call_direction="in")).json()
    listed = json.loads(body["message"].partition(": ")[2])
    assert [(item["name"], item["error"]) for item in listed] == [
        ("nope", "PROPERTY_DOESNT_EXIST"),
        ("hs_call_direction", "INVALID_OPTION"),
    ]
    assert len(body["errors"]) == 1


@pytest.mark.parametrize("properties", [{"hs_timestamp": ""}, {}])
def test_a_call_needs_a_time(hub: Hub, properties: dict[str, str]) -> None:
    """Blank is not set."""
    answer = hub.create({"properties": properties, "associations": []})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Error creating CALL. Some required properties were not set."
    assert answer.json()["context"] == {"properties": ["hs_timestamp"]}


VALUES = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    st.lists(st.sampled_from(["billing", "tech", "", "²", "٣"]), max_size=3).map(";".join),
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.dictionaries(st.sampled_from(["hs_timestamp", "follow_up_date", "wait_seconds", "topics"]), VALUES),
    target=VALUES,
    junk=JUNK,
    path=st.sampled_from(PATHS),
)
def test_nothing_makes_it_fail_inside(hub: Hub, values: Json, target: str, junk: object, path: str) -> None:
    """Whatever it is sent it answers as HubSpot would, with a 4xx at worst."""
    hub.sandbox.settings(rate_limit=0, search_limit=0)
    made = {**call("a", to=target), "properties": values}
    for body in ({"inputs": [made]}, {"inputs": [{"id": target}]}, {"inputs": [junk]}, junk):
        data = json.dumps(body).encode()
        answer = hub.ask("POST", path, data=data, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500
    assert hub.sandbox.stats()["crashes"] == 0


# Unique values


def test_a_unique_value_belongs_to_one_call(hub: Hub) -> None:
    """The clash is a 400 VALIDATION_ERROR whose second id is the owner of the value."""
    first = hub.create(call(dialer_call_id="k")).json()["results"][0]["id"]
    answer = hub.create(call(dialer_call_id="k"))
    assert answer.status_code == 400
    body = answer.json()
    assert body["category"] == "VALIDATION_ERROR"
    assert body["message"].startswith("Cannot set PropertyValueCoordinates{portalId=1234567, ")
    assert body["message"].endswith(f" {first} already has that value.")
    assert f" on {first}." not in body["message"]


def test_of_two_in_one_batch_the_second_clashes(hub: Hub) -> None:
    """With trace ids the first is written; without, nothing is."""
    assert hub.create(call(dialer_call_id="k"), call(dialer_call_id="k")).status_code == 400
    assert hub.sandbox.created() == 0
    body = hub.create(call("a", dialer_call_id="k"), call("b", dialer_call_id="k")).json()
    assert [traces(error) for error in body["errors"]] == [["b"]]
    assert hub.sandbox.created() == 1


@pytest.mark.parametrize(
    ("switches", "second", "clashes"),
    [
        ({}, "Key", False),
        ({"unique_case": "insensitive"}, "Key", True),
        ({}, " key ", False),
        ({"unique_blanks": "trimmed"}, " key ", True),
    ],
)
def test_case_and_blanks_of_unique_values_are_switches(hub: Hub, switches: Json, second: str, *, clashes: bool) -> None:
    """Not yet seen on a live account."""
    hub.sandbox.settings(**switches)
    hub.create(call(dialer_call_id="key"))
    assert hub.create(call(dialer_call_id=second)).status_code == (400 if clashes else 201)
    assert hub.read(second).status_code == 200


@pytest.mark.parametrize(("switch", "status"), [("taken", 400), ("free", 201)])
def test_an_archived_calls_value_is_taken_or_free(hub: Hub, switch: str, status: int) -> None:
    """And batch/read shows it with archived=true only."""
    hub.sandbox.settings(archived_unique=switch)
    made = hub.create(call(dialer_call_id="k")).json()["results"][0]["id"]
    assert hub.sandbox.archive("calls", made) == 1
    assert hub.read("k").json()["results"] == []
    if switch == "taken":
        assert hub.read("k", params={"archived": "true"}).json()["results"][0]["id"] == made
    assert hub.create(call(dialer_call_id="k")).status_code == status


def test_two_creates_at_one_instant_may_both_be_let_in(hub: Hub) -> None:
    """The switch unique_race_ms."""
    hub.sandbox.settings(unique_race_ms=10_000)
    assert [hub.create(call(dialer_call_id="k")).status_code for _ in range(2)] == [201, 201]
    assert hub.sandbox.duplicates("dialer_call_id") == {"k": 2}


def test_contacts_clash_by_address_with_409(hub: Hub) -> None:
    """Addresses are lower-cased, secondary ones count; in a batch with trace ids it is a CONFLICT error."""
    contact = {"properties": {"email": "Second.Address@Example.com"}, "associations": []}
    answer = hub.post("/crm/v3/objects/contacts", contact)
    assert (answer.status_code, answer.json()["category"]) == (409, "CONFLICT")
    assert answer.json()["message"] == "Contact already exists. Existing ID: 100002"
    hub.sandbox.settings(error_form="bare")
    answer = hub.post("/crm/v3/objects/contacts/batch/create", {"inputs": [{**contact, "objectWriteTraceId": "0"}]})
    assert answer.json()["errors"][0]["context"] == {"existingId": ["100002"], "objectWriteTraceId": ["0"]}


# Associations in a create


@pytest.mark.parametrize(
    ("links", "context"),
    [
        ([link("999", 194)], {"INVALID_OBJECT_IDS": ["CONTACT=999 is not valid"]}),
        ([link("x", 194)], {"INVALID_OBJECT_IDS": ["CONTACT=x is not valid"]}),
        ([link("100001", 182)], {"INVALID_OBJECT_IDS": ["COMPANY=100001 is not valid"]}),
        (
            [link("100001", 3, category="USER_DEFINED")],
            {
                "associationSpec": ["USER_DEFINED=3"],
                "INVALID_ASSOCIATION_TYPE_ID": ["USER_DEFINED=3 is not a valid association definition id"],
            },
        ),
    ],
)
def test_bad_associations_name_what_is_wrong(hub: Hub, links: list[Json], context: Json) -> None:
    """An unknown target and an unknown type, in the captured words."""
    answer = hub.create({**call(), "associations": links})
    assert answer.status_code == 400
    assert answer.json()["message"] == "One or more associations are invalid"
    assert answer.json()["context"] == context


def test_the_reverse_direction_is_refused(hub: Hub) -> None:
    """193 is contact to call: the neighbour of 194, and a classic mistake."""
    answer = hub.create({**call(), "associations": [link("100001", 193)]})
    assert answer.status_code == 400
    assert answer.json()["message"] == ("invalid from object type 0-48 for associations to be created. expected: 0-1")


def test_a_deleted_target_is_no_target(hub: Hub) -> None:
    """As an unknown one."""
    hub.sandbox.archive("contacts", "100001")
    assert hub.create(call(to="100001")).status_code == 400


def test_no_types_link_nothing_and_nothing_says_so(hub: Hub) -> None:
    """2xx, and the call is invisible on every record."""
    assert hub.create({**call(), "associations": [link("100001")]}).status_code == 201
    assert hub.sandbox.calls()[0]["associations"] == []


def test_one_target_takes_several_types(hub: Hub) -> None:
    """The default one and a label, in one entry; two entries for one target are refused or merged."""
    types = [TO_CONTACT, {"associationCategory": "USER_DEFINED", "associationTypeId": 22}]
    entry = {"to": {"id": "100001"}, "types": types}
    assert hub.create({**call(), "associations": [entry]}).status_code == 201
    assert hub.sandbox.calls()[0]["associations"][0]["typeIds"] == [22, 194]
    twice = [{"to": {"id": "100001"}, "types": [one]} for one in types]
    assert hub.create({**call(), "associations": twice}).status_code == 400
    hub.sandbox.settings(duplicate_targets="merge")
    assert hub.create({**call(), "associations": twice}).status_code == 201
    assert len(hub.sandbox.calls()[1]["associations"]) == 1


@pytest.mark.parametrize(
    "associations",
    [
        [{"to": {"id": 100001}, "types": []}],
        [{"to": "100001", "types": []}],
        [{"to": {"id": "100001"}}],
        [{"to": {"id": "100001"}, "types": [{"associationTypeId": 194}]}],
        [{"to": {"id": "100001"}, "types": [{"associationCategory": "HUBSPOT", "associationTypeId": 194}]}],
        [{"to": {"id": "100001"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": "194"}]}],
        "none",
    ],
)
def test_misshapen_associations_refuse_the_request(hub: Hub, associations: object) -> None:
    """Strict JSON holds inside them too."""
    assert hub.create({**call("a"), "associations": associations}).status_code == 400


def test_calls_and_links_may_be_two_transactions(hub: Hub) -> None:
    """The switch transaction: a bad link leaves the call behind, in both kinds of batch."""
    hub.sandbox.settings(transaction="two")
    assert hub.create(call("a", to="999")).status_code == 207
    assert hub.create(call(to="999"), call(to="100001")).status_code == 400
    assert [item["associations"] for item in hub.sandbox.calls()] == [[], [], []]
