"""What the client asks for, and how it reads what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import orjson
import pytest

from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import Refusal
from destination_hubspot_calls.hubspot.models import Problem
from destination_hubspot_calls.hubspot.transport import Reply, Request, Transport

T = TypeVar("T")


class Wire:
    """Keeps what was asked; answers bodies, or raises refusals, in turn."""

    def __init__(self, *answers: object) -> None:
        self.asked: list[Request] = []
        self._answers = list(answers)

    def send(self, request: Request, read: Callable[[Reply], T]) -> T:
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return read(Reply(orjson.dumps(answer), None))

    @property
    def client(self) -> Client:
        return Client(cast("Transport", self))


def body(request: Request) -> Any:
    return orjson.loads(request.body or b"null")


def test_a_create_is_not_repeatable_and_the_rest_is() -> None:
    """Of all requests it is the only one that makes something twice when it is sent twice."""
    wire = Wire({}, {}, {}, {"results": []})
    wire.client.create_calls([b'{"a":1}'])
    wire.client.update_calls([b'{"id":"1"}'])
    wire.client.link_calls("contacts", [])
    wire.client.read_records("calls", "k", ["1"], ["k"])
    assert [request.repeatable for request in wire.asked] == [False, True, True, True]
    assert [request.path for request in wire.asked] == [
        "/crm/v3/objects/calls/batch/create",
        "/crm/v3/objects/calls/batch/update",
        "/crm/v4/associations/calls/contacts/batch/create",
        "/crm/v3/objects/calls/batch/read",
    ]
    assert body(wire.asked[0]) == {"inputs": [{"a": 1}]}


def test_a_read_asks_by_the_unique_property_or_by_id() -> None:
    """`hs_object_id` is no idProperty: it is the default."""
    wire = Wire({}, {}, {})
    wire.client.read_records("calls", "k", ["1", "2"], ["k"])
    wire.client.read_records("contacts", "hs_object_id", ["7"], ["email"])
    wire.client.read_records("2-1234/x", "k", ["1"], [], archived=True)
    assert body(wire.asked[0])["idProperty"] == "k"
    assert body(wire.asked[0])["inputs"] == [{"id": "1"}, {"id": "2"}]
    assert "idProperty" not in body(wire.asked[1])
    assert wire.asked[2].path == "/crm/v3/objects/2-1234%2Fx/batch/read?archived=true"


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
    reading = Wire(answer).client.read_records("calls", "k", ["1", "2", "3"], ["k"])
    assert reading.complete is complete


def test_a_404_of_a_read_may_mean_that_all_are_missing() -> None:
    """And any other refusal is one."""
    reading = Wire(Refusal(404, Problem(category="OBJECT_NOT_FOUND"))).client.read_records("calls", "k", ["1"], [])
    assert reading.complete
    assert reading.results == ()
    for refusal in (Refusal(404, Problem(message="no such path")), Refusal(400, Problem(category="OBJECT_NOT_FOUND"))):
        with pytest.raises(Refusal):
            Wire(refusal).client.read_records("calls", "k", ["1"], [])


def test_owners_come_page_by_page() -> None:
    """An account may have more than a hundred; and a mark that does not move must not be followed for ever."""
    pages: list[object] = [
        {"results": [{"id": "1"}], "paging": {"next": {"after": "a"}}},
        {"results": [{"id": "2"}], "paging": {"next": {"after": "b"}}},
        {"results": [{"id": "3"}], "paging": {"next": {"after": "b"}}},
    ]
    wire = Wire(*pages)
    assert [owner.id for owner in wire.client.owners()] == ["1", "2", "3"]
    assert [request.path.partition("?")[2] for request in wire.asked] == [
        "limit=100&archived=false",
        "limit=100&archived=false&after=a",
        "limit=100&archived=false&after=b",
    ]


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
    read = Wire(answer).client.update_calls([])
    assert len(read.results) == 1
    (problem,) = read.errors
    assert problem.context["objectWriteTraceId"] == ("3",)


def test_a_token_exchange_is_a_form() -> None:
    """The one request that is no JSON."""
    wire = Wire({"access_token": "a", "expires_in": 1800})
    wire.client.exchange({"grant_type": "refresh_token", "refresh_token": "a b"})
    assert wire.asked[0].body == b"grant_type=refresh_token&refresh_token=a+b"
    assert wire.asked[0].content_type == "application/x-www-form-urlencoded"
