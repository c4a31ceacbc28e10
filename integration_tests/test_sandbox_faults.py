"""Each fault of the sandbox once: what a client sees, and what was written."""

from __future__ import annotations

import gzip
import json
import socket
import time
from typing import Any

import pytest
import requests

from integration_tests.sandbox.app import OPERATIONS
from integration_tests.sandbox.faults import ENDPOINTS
from integration_tests.sandbox.hub import CALLS, Hub, call

# Faults


def lost(hub: Hub, **more: Any) -> type[Exception] | int:
    """A create of one call: its status, or how its answer was lost."""
    try:
        return hub.create(call("a", to="100001"), **more).status_code
    except requests.RequestException as error:
        return type(error)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521, 522, 523, 524])
@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 1)])
def test_outages_before_and_after_the_commit(hub: Hub, status: int, when: str, written: int) -> None:
    """The status is the same; whether the write happened is not told."""
    hub.sandbox.faults({"kind": "status", "endpoint": "create", "status": status, "when": when})
    assert lost(hub) == status
    assert hub.sandbox.created() == written
    assert lost(hub) == 201


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 1)])
def test_connections_end_without_an_answer(hub: Hub, how: str, when: str, written: int) -> None:
    """A reset or a close, before or after the commit."""
    hub.sandbox.faults({"kind": "drop", "endpoint": "create", "how": how, "when": when})
    assert lost(hub) is requests.ConnectionError
    assert hub.sandbox.created() == written
    assert hub.sandbox.stats()["requests"]["create:calls"] == {"0": 1}


def test_a_reset_is_a_reset(hub: Hub) -> None:
    """RST on the wire, not just an end."""
    hub.sandbox.faults({"kind": "drop", "how": "reset"})
    place = hub.sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((place[0], int(place[1])), timeout=5) as raw:
        raw.sendall(b"GET /crm/v3/owners HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer pat-na1-sandbox\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            raw.recv(1)


def test_a_body_can_be_cut(hub: Hub) -> None:
    """Shorter than its Content-Length, or JSON that ends in the middle; both after the commit."""
    hub.sandbox.faults({"kind": "cut_body"}, {"kind": "cut_body", "how": "json"})
    assert lost(hub) is requests.exceptions.ChunkedEncodingError
    answer = hub.create(call())
    assert answer.status_code == 201
    with pytest.raises(ValueError, match=r".*"):
        answer.json()
    assert hub.sandbox.created() == 2


@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 1)])
def test_an_empty_success(hub: Hub, when: str, written: int) -> None:
    """207 with neither results nor errors: seen in production, and no proof of anything."""
    hub.sandbox.faults({"kind": "empty", "when": when})
    answer = hub.create(call("a"))
    assert (answer.status_code, answer.json()) == (207, {"status": "COMPLETE", "results": [], "errors": []})
    assert hub.sandbox.created() == written


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_success_that_leaves_some_out(hub: Hub, when: str) -> None:
    """Fewer results than inputs; what is left out is written, or is not."""
    hub.sandbox.faults({"kind": "omit", "when": when, "share": 0.5})
    answer = hub.create(*[call(str(number)) for number in range(50)])
    shown = len(answer.json()["results"])
    assert answer.status_code == 201
    assert 0 < shown < 50
    assert hub.sandbox.created() == (50 if when == "after" else shown)


def test_silence(hub: Hub) -> None:
    """No answer for long: then the end, or after all an answer; the commit before, at the end, or never."""
    hub.sandbox.faults(
        {"kind": "hang", "seconds": 3, "when": "after"},
        {"kind": "hang", "seconds": 0.1},
        {"kind": "hang", "seconds": 0.1, "how": "answer"},
    )
    began = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        hub.session.post(
            f"{hub.sandbox.url}{CALLS}/batch/create",
            json={"inputs": [call()]},
            headers={"Authorization": f"Bearer {hub.token}"},
            timeout=0.2,
        )
    assert time.monotonic() - began < 20
    assert hub.sandbox.created() == 1
    assert lost(hub) is requests.ConnectionError
    assert hub.sandbox.created() == 1
    assert lost(hub) == 201
    assert hub.sandbox.created() == 2


def test_a_late_first_write(hub: Hub) -> None:
    """504 now, the commit later; if the key is taken by then, it is stopped."""
    hub.sandbox.faults({"kind": "slow_commit", "ms": 1000, "times": 2})
    assert hub.create(call(dialer_call_id="a")).status_code == 504
    assert hub.create(call(dialer_call_id="b")).status_code == 504
    assert hub.create(call(dialer_call_id="b")).status_code == 201
    assert hub.sandbox.created() == 1
    assert hub.sandbox.stats()["late_commits_pending"] == 2
    hub.sandbox.wait_for_late_commits()
    assert sorted(item["properties"]["dialer_call_id"] for item in hub.sandbox.calls()) == ["a", "b"]


def test_a_dropped_answer_can_commit_late_too(hub: Hub) -> None:
    """``when: late`` goes with drop as well."""
    hub.sandbox.faults({"kind": "drop", "when": "late", "ms": 500})
    assert lost(hub) is requests.ConnectionError
    assert hub.sandbox.created() == 0
    hub.sandbox.wait_for_late_commits()
    assert hub.sandbox.created() == 1


def test_half_done_writes(hub: Hub) -> None:
    """Calls without their links, or a part of the inputs, and then a 500."""
    hub.sandbox.faults({"kind": "no_links"}, {"kind": "partial"})
    assert lost(hub) == 500
    assert [item["associations"] for item in hub.sandbox.calls()] == [[]]
    assert hub.create(*[call() for _ in range(50)]).status_code == 500
    assert 1 < hub.sandbox.created() < 51


def test_links_lost_with_the_answer(hub: Hub) -> None:
    """With two transactions an answer lost after the commit may have lost the links too, by seed."""
    hub.sandbox.settings(transaction="two", rate_limit=0)
    hub.sandbox.faults({"kind": "status", "when": "after", "times": 30})
    for _ in range(30):
        lost(hub)
    linked = sum(bool(item["associations"]) for item in hub.sandbox.calls())
    assert 0 < linked < 30


def test_refusals_by_limit_on_demand(hub: Hub) -> None:
    """429 of either policy, 423, 477, with a Retry-After or without; a date is one too."""
    hub.sandbox.faults(
        {"kind": "rate_burst", "retry_after": 1},
        {"kind": "rate_daily"},
        {"kind": "locked"},
        {"kind": "migrating", "retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"},
    )
    answers = [hub.create(call()) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 423, 477]
    assert [answer.headers.get("Retry-After") for answer in answers] == [
        "1",
        None,
        None,
        "Wed, 21 Oct 2026 07:28:00 GMT",
    ]
    assert answers[0].headers["X-HubSpot-RateLimit-Remaining"] == "0"
    assert [answer.json().get("policyName") for answer in answers[:2]] == ["TEN_SECONDLY_ROLLING", "DAILY"]
    assert hub.sandbox.created() == 0


def test_tokens_that_fail_once(hub: Hub) -> None:
    """HubSpot says that a 401 alone is no proof of a bad token."""
    hub.sandbox.faults({"kind": "expired_token"}, {"kind": "bad_token"})
    categories = [hub.get("/crm/v3/owners").json().get("category") for _ in range(3)]
    assert categories == ["EXPIRED_AUTHENTICATION", "INVALID_AUTHENTICATION", None]


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "CANCELED"])
def test_batches_that_are_not_complete(hub: Hub, status: str) -> None:
    """The status says so, and the results are not there."""
    hub.sandbox.faults({"kind": "batch_status", "batch_status": status})
    body = hub.create(call("a")).json()
    assert (body["status"], body["results"], hub.sandbox.created()) == (status, [], 1)
    hub.sandbox.faults({"kind": "batch_status", "batch_status": status, "when": "late", "ms": 500})
    assert hub.create(call("b")).json()["status"] == status
    assert hub.sandbox.created() == 1
    hub.sandbox.wait_for_late_commits()
    assert hub.sandbox.created() == 2


def test_odd_successes(hub: Hub) -> None:
    """200 for 201, another Content-Type, gzip that nobody asked for."""
    hub.sandbox.faults({"kind": "ok_200"}, {"kind": "content_type", "value": "text/html"}, {"kind": "gzip"})
    assert hub.create(call()).status_code == 200
    assert hub.create(call()).headers["Content-Type"] == "text/html"
    with hub.ask("GET", "/crm/v3/owners", headers={"Accept-Encoding": "identity"}, stream=True) as answer:
        assert json.loads(gzip.decompress(answer.raw.read(decode_content=False)))["results"]


def test_pages_instead_of_json(hub: Hub) -> None:
    """An outage at the edge answers in HTML, or with nothing."""
    hub.sandbox.faults({"kind": "status", "status": 502, "body": "html"}, {"kind": "status", "body": "empty"})
    answer = hub.create(call())
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")
    assert hub.create(call()).content == b""


def test_answers_are_packed_if_the_client_takes_it(hub: Hub) -> None:
    """As HubSpot does; never and always are switches."""
    assert hub.get("/crm/v3/properties/calls").headers["Content-Encoding"] == "gzip"
    hub.sandbox.settings(gzip="never")
    assert "Content-Encoding" not in hub.get("/crm/v3/properties/calls").headers


def test_a_refusal_that_names_nothing(hub: Hub) -> None:
    """Once by a fault, or always for an input with a certain value: then a client has to halve."""
    hub.sandbox.faults({"kind": "refuse", "message": "No."})
    assert hub.create(call("a")).json()["message"] == "No."
    hub.sandbox.settings(
        poison=[
            {"property": "hs_call_title", "value": "bad"},
            {"property": "hs_call_title", "value": "fatal", "status": 500},
            {"property": "hs_call_title", "value": "odd", "answer": "input", "message": "Odd."},
        ]
    )
    assert hub.create(call("a"), call("b", hs_call_title="bad")).status_code == 400
    assert hub.create(call("a"), call("b", hs_call_title="fatal")).status_code == 500
    body = hub.create(call("a"), call("b", hs_call_title="odd")).json()
    assert [error["message"] for error in body["errors"]] == ["Odd."]
    assert hub.sandbox.created() == 1


def test_latency(hub: Hub) -> None:
    """Fixed or a range, for all or by fault; a part of it passes before the commit."""
    hub.sandbox.settings(latency_ms=[100, 150], latency_commit_share=1.0)
    hub.sandbox.faults({"kind": "latency", "endpoint": "create", "ms": 600})
    began = time.monotonic()
    hub.create(call())
    assert time.monotonic() - began >= 0.7
    began = time.monotonic()
    hub.get("/crm/v3/owners")
    assert time.monotonic() - began >= 0.1


def test_faults_are_aimed(hub: Hub) -> None:
    """At an endpoint, an object type, a text in the body, after some requests, so many times."""
    hub.sandbox.faults(
        {"kind": "status", "endpoint": "read:contacts"},
        {"kind": "status", "endpoint": "create", "contains": "needle"},
        {"kind": "status", "endpoint": "labels", "skip": 1, "times": 2},
    )
    assert hub.read("x").status_code == 207
    assert hub.read("x@example.com", by="email", kind="contacts").status_code == 503
    assert hub.create(call()).status_code == 201
    assert hub.create(call(hs_call_title="a needle")).status_code == 503
    labels = [hub.get("/crm/v4/associations/calls/contacts/labels").status_code for _ in range(4)]
    assert labels == [200, 503, 503, 200]
    assert hub.sandbox.stats()["faults"]["met"] == {"status": 4}


def test_faults_at_a_rate_are_reproducible(hub: Hub) -> None:
    """The same seed, the same requests: the same fate, whatever other endpoints meet in between."""

    def fates(seed: int, *, between: bool) -> list[int]:
        hub.sandbox.faults(rates=[{"kind": "status", "rate": 0.3, "endpoints": ["create", "owners"]}], seed=seed)
        found = []
        for _ in range(30):
            found.append(hub.create(call()).status_code)
            if between:
                hub.get("/crm/v3/owners")
        return found

    hub.sandbox.settings(rate_limit=0)
    first = fates(7, between=False)
    assert 0 < first.count(503) < 30
    assert fates(7, between=True) == first
    assert fates(8, between=False) != first


def test_a_rate_ends_at_its_maximum(hub: Hub) -> None:
    """``max`` bounds it."""
    hub.sandbox.faults(rates=[{"kind": "status", "rate": 1.0, "max": 2}])
    assert [hub.create(call()).status_code for _ in range(3)] == [503, 503, 201]


def test_faults_spare_what_did_not_pass_the_gates(hub: Hub) -> None:
    """A 401 or a 429 takes no fault from the queue."""
    hub.sandbox.faults({"kind": "status"})
    requests.get(hub.sandbox.url + "/crm/v3/owners", timeout=30)
    assert hub.get("/crm/v3/owners").status_code == 503


def test_names_of_endpoints_and_kinds_are_known() -> None:
    """A fault aimed at nothing would let a test pass that tests nothing."""
    assert {operation.name for _, _, operation in OPERATIONS} | {"*"} == ENDPOINTS
