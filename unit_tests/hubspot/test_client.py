"""What the client asks for, and how it reads what comes back."""

from __future__ import annotations

from typing import Any

import pytest

from destination_hubspot_calls.hubspot.client import MAX_PAGES, Client
from destination_hubspot_calls.hubspot.errors import Blocked, LostAnswer, Refusal, Unavailable, Unexpected
from destination_hubspot_calls.hubspot.lanes import Lane
from destination_hubspot_calls.hubspot.models import Option, Problem
from destination_hubspot_calls.hubspot.paths import VERSIONS
from destination_hubspot_calls.hubspot.query import Condition, Operator, Query
from unit_tests.wire import Wire, answers, body


def test_writes_of_calls_are_not_repeatable_and_the_rest_is() -> None:
    """Creates would be done twice, and an input that HubSpot cannot stand would hold up the others of a batch."""
    wire = answers({}, {}, {}, {"results": []})
    wire.client.create_calls([b'{"a":1}'])
    wire.client.update_calls([b'{"id":"1"}'])
    wire.client.link_calls("contacts", [])
    wire.client.read_records("calls", "k", ["1"], ["k"])
    assert [request.repeatable for request in wire.requests] == [False, False, True, True]
    assert [request.path for request in wire.requests] == [
        "/crm/v3/objects/calls/batch/create",
        "/crm/v3/objects/calls/batch/update",
        "/crm/v4/associations/calls/contacts/batch/create",
        "/crm/v3/objects/calls/batch/read",
    ]
    assert body(wire.requests[0]) == {"inputs": [{"a": 1}]}


def test_a_read_asks_by_the_unique_property_or_by_id() -> None:
    """`hs_object_id` is no idProperty: it is the default."""
    wire = answers({}, {}, {})
    wire.client.read_records("calls", "k", ["1", "2"], ["k"])
    wire.client.read_records("contacts", "hs_object_id", ["7"], ["email"])
    wire.client.read_records("2-1234/x", "k", ["1"], [], archived=True)
    assert body(wire.requests[0])["idProperty"] == "k"
    assert body(wire.requests[0])["inputs"] == [{"id": "1"}, {"id": "2"}]
    assert "idProperty" not in body(wire.requests[1])
    assert wire.requests[2].path == "/crm/v3/objects/2-1234%2Fx/batch/read?archived=true"


def found(*keys: str) -> list[dict[str, Any]]:
    return [{"id": f"7{key}", "properties": {"k": key}} for key in keys]


def missing(*keys: str) -> dict[str, Any]:
    return {"category": "OBJECT_NOT_FOUND", "context": {"ids": list(keys)}}


@pytest.mark.parametrize(
    ("answer", "complete"),
    [
        ({"results": found("1", "2", "3")}, True),
        ({"results": found("1"), "errors": [missing("2", "3")]}, True),
        ({"results": [], "errors": [missing("1", "2", "3")]}, True),
        ({"results": found("1", "2")}, False),
        ({"results": found("1"), "errors": [missing("2")]}, False),
        ({"results": [], "errors": []}, False),
        ({}, False),
        ({"results": found("1"), "errors": [{"category": "OBJECT_NOT_FOUND", "message": "some"}]}, True),
        ({"results": found("1"), "errors": [{"category": "INTERNAL_ERROR", "message": "some"}]}, False),
        ({"results": found("1", "1", "1")}, False),
        ({"status": "COMPLETE", "results": found("1"), "errors": [missing("2", "3")]}, True),
        *(
            ({"status": status, "results": found("1"), "errors": [missing("2", "3")]}, False)
            for status in ("PENDING", "PROCESSING", "CANCELED")
        ),
    ],
)
def test_a_read_is_complete_where_every_key_is_accounted_for(answer: object, complete: bool) -> None:  # noqa: FBT001
    """What a read says nothing of is not known to be missing."""
    reading = answers(answer).client.read_records("calls", "k", ["1", "2", "3"], ["k"])
    assert reading.complete is complete


def test_a_404_of_a_read_may_mean_that_all_are_missing() -> None:
    """And any other refusal is one."""
    reading = answers(Refusal(404, Problem(category="OBJECT_NOT_FOUND"))).client.read_records("calls", "k", ["1"], [])
    assert reading.complete
    assert reading.results == ()
    for refusal in (Refusal(404, Problem(message="no such path")), Refusal(400, Problem(category="OBJECT_NOT_FOUND"))):
        with pytest.raises(Refusal):
            answers(refusal).client.read_records("calls", "k", ["1"], [])


def test_owners_come_page_by_page() -> None:
    """An account may have more than a hundred; and a mark that does not move must not be followed for ever."""
    pages: list[object] = [
        {"results": [{"id": "1"}], "paging": {"next": {"after": "a"}}},
        {"results": [{"id": "2"}], "paging": {"next": {"after": "b"}}},
        {"results": [{"id": "3"}], "paging": {"next": {"after": "b"}}},
    ]
    wire = answers(*pages)
    assert [owner.id for owner in wire.client.owners()] == ["1", "2", "3"]
    assert [request.path.partition("?")[2] for request in wire.requests] == [
        "limit=100&archived=false",
        "limit=100&archived=false&after=a",
        "limit=100&archived=false&after=b",
    ]


def test_a_list_without_end_is_not_read_for_ever() -> None:
    """A mark that moves with every page would keep a sync for good."""
    marks = iter(range(10**9))
    owners = Wire(lambda *_: {"results": [], "paging": {"next": {"after": str(next(marks))}}})
    with pytest.raises(Unexpected, match="does not end"):
        list(owners.client.owners())
    links = Wire(lambda *_: {"results": [linked("1", "10", after=str(next(marks)))]})
    with pytest.raises(Unexpected, match="does not end"):
        links.client.read_links("contacts", ["1"])
    assert len(owners.requests) == len(links.requests) == MAX_PAGES


def test_answers_with_fields_missing_or_odd_are_read() -> None:
    """Real bodies lack what the schema calls required, and hold what it does not know."""
    answer = {
        "status": "COMPLETE",
        "numErrors": 1,
        "results": [{"id": 7, "properties": None, "createdAt": None, "new": True}, None],
        "errors": [
            {"category": None, "context": {"objectWriteTraceId": "3", "ids": [1]}, "subCategory": {"a": 1}},
            "x",
        ],
    }
    read = answers(answer).client.update_calls([])
    assert len(read.results) == 1
    (problem,) = read.errors
    assert problem.context["objectWriteTraceId"] == ("3",)


def test_a_token_exchange_is_a_form() -> None:
    """The one request that is no JSON."""
    wire = answers({"access_token": "a", "expires_in": 1800})
    wire.client.exchange({"grant_type": "refresh_token", "refresh_token": "a b"})
    assert wire.paths == ["/oauth/2026-03/token"]
    assert wire.requests[0].body == b"grant_type=refresh_token&refresh_token=a+b"
    assert wire.requests[0].content_type == "application/x-www-form-urlencoded"


def linked(call: str, *records: str, after: str = "") -> dict[str, Any]:
    ends = [{"toObjectId": item, "associationTypes": [{"category": "USER_DEFINED", "typeId": 7}]} for item in records]
    return {"from": {"id": call}, "to": ends, **({"paging": {"next": {"after": after}}} if after else {})}


def test_links_are_read_page_by_page_and_a_call_without_any_is_told_from_one_of_which_nothing_is_said() -> None:
    """Only what is not there is to be linked; what is not known is to be asked again."""
    none = {"category": "OBJECT_NOT_FOUND", "context": {"fromObjectId": ["3"]}}
    wire = answers(
        {"results": [linked("1", "10", after="x"), linked("2", "20")], "errors": [none]},
        {"results": [linked("1", "11", after="x")]},
    )
    links = wire.client.read_links("contacts", ["1", "2", "3", "4"])
    assert {call: set(ends) for call, ends in links.items()} == {"1": {"10", "11"}, "2": {"20"}, "3": set()}
    assert links["1"]["10"].types[0].key == ("USER_DEFINED", 7)
    assert wire.paths == ["/crm/v4/associations/calls/contacts/batch/read"] * 2
    assert wire.asked[1] == {"inputs": [{"id": "1", "after": "x"}]}
    all_missing = answers(Refusal(404, Problem(category="OBJECT_NOT_FOUND")))
    assert all_missing.client.read_links("contacts", ["1"]) == {"1": {}}
    with pytest.raises(Refusal):
        answers(Refusal(404, Problem(message="no such path"))).client.read_links("contacts", ["1"])


def test_an_upsert_tells_what_it_created() -> None:
    """New calls get their links, those that were there may have them."""
    wire = answers(
        {"results": [{"id": "1", "new": True, "properties": {}}, {"id": "2", "properties": {}}], "errors": []}
    )
    read = wire.client.upsert_calls([b'{"id":"a"}', b'{"id":"b"}', b'{"id":"c"}'])
    assert [result.is_new for result in read.results] == [True, False]
    assert wire.paths == ["/crm/v3/objects/calls/batch/upsert"]


def test_archiving_needs_no_answer() -> None:
    """HubSpot answers 204, without a body, and the same for calls that are in the bin already."""
    wire = answers(None)
    wire.client.archive_calls(["1", "2"])
    assert wire.paths == ["/crm/v3/objects/calls/batch/archive"]
    assert wire.asked == [{"inputs": [{"id": "1"}, {"id": "2"}]}]
    assert wire.requests[0].repeatable


def test_calls_are_found_beyond_the_ten_thousandth() -> None:
    """A page begins after a call's id, so HubSpot's end of all pages is never reached."""
    wire = answers(
        {"results": [{"id": "5"}, {"id": "9"}], "paging": {"next": {"after": "200"}}},
        {"results": [{"id": "12"}]},
    )
    found = wire.client.find_calls([Condition("airbyte_run", Operator.EQUAL, "x")], ["hs_timestamp"])
    assert [call.id for call in found] == ["5", "9", "12"]
    assert [page["filterGroups"][0]["filters"] for page in wire.asked] == [
        [
            {"propertyName": "airbyte_run", "operator": "EQ", "value": "x"},
            {"propertyName": "hs_object_id", "operator": "GT", "value": after},
        ]
        for after in ("0", "9")
    ]
    assert {request.lane for request in wire.requests} == {Lane.SEARCH}
    same = {"results": [{"id": "0"}], "paging": {"next": {"after": "200"}}}
    assert len(list(answers(same).client.find_calls([Condition("x", Operator.KNOWN)], []))) == 1


def test_a_property_is_made_and_its_options_are_set() -> None:
    """What `setup` makes; options that are left out would be gone, so all are sent."""
    wire = answers({"name": "k", "hasUniqueValue": True}, {"name": "k", "options": [{"value": "a"}, {"value": "b"}]})
    assert wire.client.create_property("calls", {"name": "k"}).unique
    made = wire.client.set_options(
        "calls", "k", [Option(value="a", label="A", hidden=True), Option(value="b", label="B")]
    )
    assert [option.value for option in made.options] == ["a", "b"]
    assert [(request.method, request.path) for request in wire.requests] == [
        ("POST", "/crm/v3/properties/calls"),
        ("PATCH", "/crm/v3/properties/calls/k"),
    ]
    assert wire.asked[1]["options"] == [
        {"value": "a", "label": "A", "hidden": True, "displayOrder": 0},
        {"value": "b", "label": "B", "hidden": False, "displayOrder": 1},
    ]


def test_sensitive_properties_are_asked_for_by_their_kind() -> None:
    """HubSpot leaves them out of the list of all."""
    wire = answers(*[{"results": [{"name": "a", "dataSensitivity": "sensitive"}]}] * 3)
    assert wire.client.properties("calls", sensitivity="sensitive")[0].sensitivity == "sensitive"
    wire.client.properties("calls")
    wire.client.properties("calls", archived=True)
    assert [path.partition("calls")[2] for path in wire.paths] == ["?dataSensitivity=sensitive", "", "?archived=true"]


def test_the_account_says_what_kind_it_is_and_what_time_it_is_there() -> None:
    """`check` names it, and `verify` keeps its hands off one that is in use."""
    account = answers(
        {"portalId": 7, "accountType": "STANDARD", "timeZone": "US/Eastern", "uiDomain": "app.hubspot.com"}
    ).client.account()
    assert (account.portal_id, account.kind, account.time_zone) == (7, "STANDARD", "US/Eastern")
    assert answers({}).client.account().kind == ""


def test_a_version_changes_every_path_but_those_without_a_successor() -> None:
    """One table holds the paths of each version."""
    wire = answers(*[{"results": []}] * 7, [])
    client = Client(wire, VERSIONS["2026-03"])
    client.create_calls([b"{}"])
    client.link_calls("contacts", [])
    client.search("contacts", Query(("email",), ("a",), ()))
    client.properties("calls")
    client.association_types("contacts")
    list(client.owners())
    client.object_schemas()
    client.dispositions()
    assert [path.partition("?")[0] for path in wire.paths] == [
        "/crm/objects/2026-03/calls/batch/create",
        "/crm/associations/2026-03/calls/contacts/batch/create",
        "/crm/objects/2026-03/contacts/search",
        "/crm/properties/2026-03/calls",
        "/crm/associations/2026-03/calls/contacts/labels",
        "/crm/owners/2026-03",
        "/crm-object-schemas/2026-03/schemas",
        "/calling/v1/dispositions",
    ]


GONE = Refusal(404, Problem())


def test_a_host_without_the_new_oauth_is_asked_the_old_way_from_then_on() -> None:
    """The old one ends on 2027-02-16, and not every host has the new one yet."""
    wire = answers(GONE, *[{"access_token": "a"}] * 2)
    client = wire.client
    assert [client.exchange({"refresh_token": "r"}).access_token for _ in range(2)] == ["a", "a"]
    assert wire.paths == ["/oauth/2026-03/token", "/oauth/v1/token", "/oauth/v1/token"]
    assert wire.requests[0].body == wire.requests[1].body == b"refresh_token=r"
    assert [request.may_lack for request in wire.requests] == [True, False, False]


def test_a_refusal_of_the_new_oauth_is_one() -> None:
    """A revoked app must not be asked for twice, nor be told as a path that is not there."""
    with pytest.raises(Refusal) as refusal:
        answers(Refusal(400, Problem(status="BAD_REFRESH_TOKEN"))).client.exchange({})
    assert refusal.value.problem.status == "BAD_REFRESH_TOKEN"


def test_an_outage_of_the_new_oauth_is_not_its_absence() -> None:
    """Where both say 404 for a moment, the next token is asked for the new way again."""
    wire = answers(GONE, Refusal(404, Problem()), {"access_token": "a"})
    client = wire.client
    with pytest.raises(Refusal):
        client.exchange({})
    client.exchange({})
    assert wire.paths[-1] == "/oauth/2026-03/token"


def test_a_token_is_introspected_with_the_apps_own_credentials() -> None:
    """In the body: an address stands in logs of proxies."""
    wire = answers({"active": True, "hub_id": 7, "scopes": ["a"]}, {"active": False})
    info = wire.client.oauth_token_info("t", "c", "s")
    assert (info.hub_id, info.scopes) == (7, ("a",))
    assert wire.paths == ["/oauth/2026-03/token/introspect"]
    assert wire.requests[0].body == b"client_id=c&client_secret=s&token=t"
    with pytest.raises(Refusal):  # a token that it does not know is a 200 too
        wire.client.oauth_token_info("t", "c", "s")


def test_what_a_token_may_do_is_asked_the_old_way_where_the_new_one_lacks() -> None:
    """By its host, or for want of the app's credentials: an access token stands where a static one should."""
    wire = answers(GONE, *[{"hub_id": 7}] * 2)
    assert wire.client.oauth_token_info("t/x", "c", "s").hub_id == 7
    assert wire.client.oauth_token_info("t/x").hub_id == 7
    assert wire.paths[1:] == ["/oauth/v1/access-tokens/t%2Fx"] * 2


BLOCKED = LostAnswer("HubSpot answers 403", is_blocked=True)


def test_keys_that_somebody_before_hubspot_turns_away_are_narrowed_down() -> None:
    """One of them is the cause, and who asks for several halves them."""
    with pytest.raises(Blocked):
        answers(BLOCKED, {}).client.read_records("calls", "k", ["1", "2"], ["k"])


def test_a_key_alone_is_blocked_if_others_pass() -> None:
    """A request with nothing but a number tells a firewall that dislikes a value from one that lets nobody through."""
    wire = answers(BLOCKED, Refusal(404, Problem(category="OBJECT_NOT_FOUND")))
    with pytest.raises(Blocked, match="a firewall or proxy before HubSpot"):
        wire.client.read_records("contacts", "k", ["<script>"], ["k"])
    assert body(wire.requests[1])["inputs"] == [{"id": "1"}]


def test_a_key_is_waited_for_where_nobody_passes() -> None:
    """That is an outage like others, and says nothing of the key."""
    wire = answers(BLOCKED, BLOCKED, Unavailable("later"))
    with pytest.raises(Unavailable):
        wire.client.read_records("calls", "k", ["1", "2"], ["k"])
    assert [request.divisible for request in wire.requests] == [True, True, False]


def test_a_search_that_is_turned_away_is_narrowed_down_as_well() -> None:
    """Domains, phone numbers and other values are looked up so."""
    with pytest.raises(Blocked):
        answers(BLOCKED, {}).client.search("companies", Query(("domain",), ("a.example", "b.example"), ("domain",)))
