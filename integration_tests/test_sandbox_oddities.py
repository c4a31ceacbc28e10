"""What HubSpot was seen or is feared to do beyond plain faults: silence, strangers, lost links, endless answers."""

from __future__ import annotations

import gzip
import socket
import time
from typing import Any

import pytest
import requests

from integration_tests.sandbox.hub import CALLS, TO_CONTACT, Hub, Json, call, link

LINKS = "/crm/v4/associations/calls/contacts/batch"
SUPERVISOR = {"associationCategory": "USER_DEFINED", "associationTypeId": 22}


def made(hub: Hub, *inputs: Json) -> list[str]:
    """Calls that are created, by id, in the order of their titles."""
    results = hub.create(*inputs).json()["results"]
    return [str(one["id"]) for one in sorted(results, key=lambda one: one["properties"].get("hs_call_title", ""))]


def pair(call_id: str, contact: str, *types: Json) -> Json:
    return {"from": {"id": call_id}, "to": {"id": contact}, "types": list(types or [TO_CONTACT])}


def types_of(hub: Hub, call_id: str) -> dict[str, list[int]]:
    """A call's links: contact -> association type ids."""
    found = hub.post(f"{LINKS}/read", {"inputs": [{"id": call_id}]}).json()["results"]
    return {
        to["toObjectId"]: sorted(kind["typeId"] for kind in to["associationTypes"])
        for result in found
        for to in result["to"]
    }


@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 2)])
def test_silence_about_a_batch_for_as_long_as_it_holds_a_marked_input(hub: Hub, when: str, written: int) -> None:
    """A 2xx without results and errors, at every attempt; the others alone are answered."""
    hub.sandbox.settings(poison=[{"property": "hs_call_title", "value": "x", "answer": "silent", "when": when}])
    for _ in range(2):
        answer = hub.create(call("a"), call("b", hs_call_title="x"))
        assert (answer.status_code, answer.json()) == (207, {"status": "COMPLETE", "results": [], "errors": []})
    assert hub.sandbox.created() == 2 * written
    assert hub.create(call("a")).status_code == 201


@pytest.mark.parametrize(("when", "written"), [("before", 1), ("after", 2)])
def test_silence_about_a_marked_input_only(hub: Hub, when: str, written: int) -> None:
    """The others are written and named; with or without trace ids."""
    hub.sandbox.settings(poison=[{"property": "dialer_note", "contains": "x", "answer": "silent_input", "when": when}])
    for traces in (("a", "b"), (None, None)):
        before = hub.sandbox.created()
        answer = hub.create(call(traces[0], hs_call_title="one"), call(traces[1], dialer_note="axb"))
        assert [one["properties"]["hs_call_title"] for one in answer.json()["results"]] == ["one"]
        assert hub.sandbox.created() - before == written


def test_silence_about_updates(hub: Hub) -> None:
    """The same rules hold for batch/update and batch/upsert."""
    (call_id,) = made(hub, call(dialer_call_id="a"))
    hub.sandbox.settings(poison=[{"property": "hs_call_title", "value": "x", "answer": "silent"}])
    for path, key in (("update", {"id": call_id}), ("upsert", {"id": "a", "idProperty": "dialer_call_id"})):
        change = {**key, "properties": {"hs_call_title": "x"}}
        assert hub.post(f"{CALLS}/batch/{path}", {"inputs": [change]}).json()["results"] == []
    assert "hs_call_title" not in hub.sandbox.calls()[0]["properties"]


def test_a_firewall_before_hubspot(hub: Hub) -> None:
    """A page and 403 for every request that holds such a title; nothing is written."""
    hub.sandbox.settings(poison=[{"contains": "<script>", "answer": "firewall"}])
    answer = hub.create(call("a"), call("b", hs_call_title="<script>alert(1)</script>"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html;charset=utf-8")
    assert hub.sandbox.created() == 0
    assert hub.create(call("a")).status_code == 201


@pytest.mark.parametrize(
    ("rule", "status", "written"),
    [({}, 500, 0), ({"status": 504, "when": "after"}, 504, 2), ({"status": 502, "body": "html"}, 502, 0)],
)
def test_a_record_that_fails_each_time(hub: Hub, rule: Json, status: int, written: int) -> None:
    """500 before the commit, or a gateway's 504 after it."""
    hub.sandbox.settings(poison=[{"property": "hs_call_title", "value": "x", "answer": "fail", **rule}])
    assert hub.create(call("a"), call("b", hs_call_title="x")).status_code == status
    assert hub.sandbox.created() == written


@pytest.mark.parametrize(
    "rule",
    [
        {"answer": "silent"},
        {"value": "x", "contains": "y"},
        {"value": "x", "answer": "loud"},
        {"value": "x", "when": "late"},
        {"value": "x", "nope": 1},
    ],
)
def test_a_rule_that_cannot_be_is_refused(hub: Hub, rule: Json) -> None:
    """A test with a misspelt rule would test nothing."""
    with pytest.raises(ValueError, match="poison"):
        hub.sandbox.settings(poison=[rule])


# Answers about other people's calls


@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 2)])
def test_results_about_other_peoples_calls(hub: Hub, when: str, written: int) -> None:
    """The right number, and neither the ids, the keys nor the trace ids are ours."""
    hub.sandbox.settings(echo_trace_id="yes")
    hub.sandbox.fault("stranger", "create", when=when)
    answer = hub.create(call("a", dialer_call_id="k1"), call("b", dialer_call_id="k2"))
    results = answer.json()["results"]
    assert (answer.status_code, len(results), hub.sandbox.created()) == (201, 2, written)
    for one in results:
        assert one["properties"]["dialer_call_id"] not in ("k1", "k2")
        assert one["objectWriteTraceId"] not in ("a", "b")
        assert one["id"] not in [kept["id"] for kept in hub.sandbox.calls()]


def test_strangers_among_ours(hub: Hub) -> None:
    """A rule picks the inputs, a share picks by chance."""
    hub.sandbox.settings(poison=[{"property": "dialer_call_id", "value": "k2", "answer": "stranger"}])
    results = hub.create(call("a", dialer_call_id="k1"), call("b", dialer_call_id="k2")).json()["results"]
    assert sorted(one["properties"]["dialer_call_id"].partition("-")[0] for one in results) == ["k1", "stranger"]
    hub.sandbox.fault("stranger", "create", share=0.5)
    results = hub.create(*(call(str(n), dialer_call_id=f"n{n}") for n in range(40))).json()["results"]
    assert 5 < sum(one["properties"]["dialer_call_id"].startswith("stranger") for one in results) < 35


# Links


def test_calls_that_are_created_without_their_links(hub: Hub) -> None:
    """201, and nothing in it says so: one request, a given call, or a share of all."""
    hub.sandbox.fault("unlinked", "create")
    assert hub.create(call(to="100001")).status_code == 201
    hub.sandbox.settings(poison=[{"property": "hs_call_title", "value": "x", "answer": "unlinked"}])
    assert hub.create(call(to="100001", hs_call_title="x"), call(to="100001", hs_call_title="y")).status_code == 201
    linked = [one["properties"].get("hs_call_title") for one in hub.sandbox.calls() if one["associations"]]
    assert linked == ["y"]
    hub.sandbox.settings(poison=None, unlinked_share=0.5)
    assert hub.create(*(call(to="100001") for _ in range(40))).status_code == 201
    assert 5 < sum(bool(one["associations"]) for one in hub.sandbox.calls()[3:]) < 35


def test_linking_that_names_no_pairs(hub: Hub) -> None:
    """201 and results: []; the links are there."""
    (call_id,) = made(hub, call())
    hub.sandbox.settings(link_results="none")
    answer = hub.post(f"{LINKS}/create", {"inputs": [pair(call_id, "100001")]})
    assert (answer.status_code, answer.json()["results"]) == (201, [])
    assert types_of(hub, call_id) == {"100001": [194]}


@pytest.mark.parametrize(("named", "told"), [(False, 1), (True, 2)])
def test_linking_that_makes_only_some(hub: Hub, *, named: bool, told: int) -> None:
    """201, and one of the links is never made, whether its pair comes back or not."""
    (call_id,) = made(hub, call())
    hub.sandbox.settings(link_lost_to=["100001"], link_lost_named=named)
    pairs = [pair(call_id, "100001"), pair(call_id, "100002")]
    answer = hub.post(f"{LINKS}/create", {"inputs": pairs})
    assert (answer.status_code, len(answer.json()["results"])) == (201, told)
    assert types_of(hub, call_id) == {"100002": [194]}
    hub.sandbox.settings(link_lost_to=None, link_lost_share=1.0)
    assert hub.post(f"{LINKS}/create", {"inputs": pairs}).status_code == 201
    assert types_of(hub, call_id) == {"100002": [194]}


@pytest.mark.parametrize(
    ("relinking", "sent", "then"),
    [
        ("replace", [24], [24, 194]),
        ("replace", [194], [194]),
        ("replace", [22, 24], [22, 24, 194]),
        ("labels", [194], [22, 194]),
        ("labels", [24], [24, 194]),
        ("add", [24], [22, 24, 194]),
    ],
)
def test_labels_are_replaced_on_linking_again(hub: Hub, relinking: str, sent: list[int], then: list[int]) -> None:
    """What is sent replaces the labels of a pair that is linked already, and the unlabelled type stays."""
    hub.sandbox.add_label("contacts", "Witness", type_id=24)
    hub.sandbox.settings(relinking=relinking)
    (call_id,) = made(hub, {**call(), "associations": [{"to": {"id": "100001"}, "types": [TO_CONTACT, SUPERVISOR]}]})
    assert types_of(hub, call_id) == {"100001": [22, 194]}
    types = [TO_CONTACT if number == 194 else {**SUPERVISOR, "associationTypeId": number} for number in sent]
    assert hub.post(f"{LINKS}/create", {"inputs": [pair(call_id, "100001", *types)]}).status_code == 201
    assert types_of(hub, call_id) == {"100001": then}
    assert hub.sandbox.stats()["links"] == len(then)


def test_links_are_read_in_pages(hub: Hub) -> None:
    """Up to 1,000 inputs, and each result with a page of its own."""
    hub.sandbox.settings(links_page=2, rate_limit=0)
    (call_id,) = made(hub, {**call(), "associations": [link(f"10000{n}", 194) for n in (1, 2, 3)]})
    seen: list[list[str]] = []
    more: Json = {}
    while True:
        body = hub.post(f"{LINKS}/read", {"inputs": [{"id": call_id, **more}]}).json()
        seen.append([to["toObjectId"] for to in body["results"][0]["to"]])
        if "paging" not in body["results"][0]:
            break
        more = {"after": body["results"][0]["paging"]["next"]["after"]}
    assert seen == [["100001", "100002"], ["100003"]]
    assert hub.post(f"{LINKS}/read", {"inputs": [{"id": call_id}] * 1000}).status_code == 200
    assert hub.post(f"{LINKS}/read", {"inputs": [{"id": call_id}] * 1001}).status_code == 400
    assert hub.post(f"{LINKS}/read", {"inputs": [{"id": call_id, "after": "x"}]}).status_code == 400


def test_a_refusal_about_links_that_names_none(hub: Hub) -> None:
    """The words alone, in a 207 and in a 400."""
    hub.sandbox.settings(association_context="no", error_form="bare")
    body = hub.create(call("a"), call("b", to="9")).json()
    assert [(one["message"], list(one["context"])) for one in body["errors"]] == [
        ("One or more associations are invalid", ["objectWriteTraceId"])
    ]
    refusal = hub.create(call(), call(to="9"))
    assert refusal.status_code == 400
    assert refusal.json()["message"] == "One or more associations are invalid"
    assert "context" not in refusal.json()


# Answers that take their time, or never end


def test_an_answer_a_blank_at_a_time(hub: Hub) -> None:
    """JSON in the end, where there is one."""
    hub.sandbox.fault("drip", "create", ms=50, seconds=0.3)
    began = time.monotonic()
    assert hub.create(call("a")).status_code == 201
    assert time.monotonic() - began > 0.25
    assert hub.sandbox.created() == 1


def read_some(hub: Hub, bytes_: int) -> tuple[int, requests.Response]:
    """So much of an answer, and its head; the rest is not waited for."""
    answer = hub.post(f"{CALLS}/batch/create", {"inputs": [call()]}, stream=True)
    total = 0
    for chunk in answer.iter_content(1 << 20):
        total += len(chunk)
        if total >= bytes_:
            break
    answer.close()
    return total, answer


def test_an_answer_without_end(hub: Hub) -> None:
    """It goes on for as long as it is read, and stops if nobody does."""
    hub.sandbox.fault("endless", "create")
    total, answer = read_some(hub, 20 << 20)
    assert (answer.status_code, total >= 20 << 20) == (201, True)
    assert hub.create(call()).status_code == 201


def test_a_gzip_bomb(hub: Hub) -> None:
    """A small body that unpacks to as much as was asked for."""
    hub.sandbox.fault("bomb", "create", megabytes=50)
    total, answer = read_some(hub, 1 << 40)
    assert (answer.headers["Content-Encoding"], total) == ("gzip", 50 << 20)
    hub.sandbox.fault("bomb", "create", megabytes=3)
    raw = hub.post(f"{CALLS}/batch/create", {"inputs": [call()]}, stream=True).raw.read(decode_content=False)
    assert len(raw) < 20_000
    assert len(gzip.decompress(raw)) == 3 << 20


def test_early_hints(hub: Hub) -> None:
    """A 103 comes first on the wire, then the answer."""
    hub.sandbox.fault("early_hints", "owners")
    place = hub.sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((place[0], int(place[1])), timeout=5) as raw:
        head = (
            f"GET /crm/v3/owners HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {hub.token}\r\n\r\n"
        )
        raw.sendall(head.encode())
        received = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert received.startswith(b"HTTP/1.1 103 ")
    assert b"\r\n\r\nHTTP/1.1 200 " in received


# For a while


def statuses(hub: Hub, count: int) -> list[int]:
    return [hub.get("/crm/v3/owners").status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("kind", "more", "status"),
    [("status", {"status": 503}, 503), ("bad_token", {}, 401), ("wrong_region", {}, 488), ("refuse", {}, 400)],
)
def test_faults_that_last_for_a_while(hub: Hub, kind: str, more: dict[str, Any], status: int) -> None:
    """An outage, a burst of 401, a wrong region: from the first request on, for so many seconds."""
    hub.sandbox.fault(kind, "owners", lasts=0.4, **more)
    assert statuses(hub, 3) == [status] * 3
    time.sleep(0.5)
    assert statuses(hub, 2) == [200, 200]


def test_the_wrong_region(hub: Hub) -> None:
    """It says in which one the account is kept."""
    hub.sandbox.fault("wrong_region")
    body = hub.get("/crm/v3/owners").json()
    assert body["message"] == "Hub 1234567 is unknown to this Hublet, but it appears to exist in Hublet eu1"
    assert body["correctHublet"] == "eu1"


def test_a_refusal_with_words_of_ones_own(hub: Hub) -> None:
    """Category and context of the whole 400 that comes for everything."""
    hub.sandbox.faults(
        rates=[{"kind": "refuse", "endpoint": "create", "category": "LIMIT", "context": {"limit": ["9"]}}]
    )
    for _ in range(2):
        body = hub.create(call("a")).json()
        assert (body["category"], body["context"]) == ("LIMIT", {"limit": ["9"]})
