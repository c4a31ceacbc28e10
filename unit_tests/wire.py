"""A transport for tests of what is asked and what answers mean: no network, no waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson

from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.lanes import Lane
from destination_hubspot_calls.hubspot.query import MAX_BODY, MAX_FOUND, MAX_PAGED
from destination_hubspot_calls.hubspot.transport import Reply, Request

T = TypeVar("T")
Json = dict[str, Any]


class Wire:
    """Answers each request as `answer(path, body)` says, or raises it, and keeps what was asked."""

    def __init__(self, answer: Callable[[str, Json], object]) -> None:
        self.requests: list[Request] = []
        self.pauses: list[float] = []
        self._answer = answer

    def send(self, request: Request, read: Callable[[Reply], T]) -> T:
        """As a transport does, for requests that HubSpot answers."""
        if request.lane is Lane.SEARCH:
            assert len((request.body or b"").decode()) <= MAX_BODY
        self.requests.append(request)
        answer = self._answer(request.path, body(request))
        if isinstance(answer, Exception):
            raise answer
        return read(Reply(orjson.dumps(answer), None))

    def pause(self, seconds: float) -> None:
        """As a transport does, without the wait."""
        self.pauses.append(seconds)

    @property
    def paths(self) -> list[str]:
        """Where it was asked."""
        return [request.path for request in self.requests]

    @property
    def asked(self) -> list[Json]:
        """What it was asked."""
        return [body(request) for request in self.requests]

    @property
    def client(self) -> Client:
        """A client on this wire."""
        return Client(self)


def body(request: Request) -> Json:
    """What a request holds, if that is JSON."""
    json: Json = orjson.loads(request.body) if request.body and request.content_type == "application/json" else {}
    return json


def record(record_id: object, **properties: str | None) -> Json:
    """A record as HubSpot renders it."""
    return {"id": str(record_id), "properties": properties}


def answers(*bodies: object) -> Wire:
    """A wire with these answers, in this order; an exception is raised."""
    left = list(bodies)
    return Wire(lambda *_: left.pop(0))


def index(records: Sequence[Json]) -> Wire:
    """A search index: exact values in lower case, pages of 200, none beyond the ten-thousandth record."""
    return Wire(lambda _, body: search(records, body))


def search(records: Sequence[Json], body: Json) -> Json:
    """A page of what a search finds."""
    found = [item for item in records if any(_holds(item, group) for group in body["filterGroups"])]
    start = int(body["after"])
    assert start + MAX_FOUND <= MAX_PAGED
    page: Json = {"total": len(found), "results": found[start : start + MAX_FOUND]}
    if start + MAX_FOUND < len(found):
        page["paging"] = {"next": {"after": str(start + MAX_FOUND)}}
    return page


def _holds(item: Json, group: Json) -> bool:
    (condition,) = group["filters"]
    assert condition["operator"] == "IN"
    assert condition["values"]
    return (item["properties"].get(condition["propertyName"]) or "").lower() in condition["values"]


def read_batch(records: Sequence[Json], body: Json) -> Json:
    """What a read by keys finds, exactly."""
    by = body["idProperty"]
    held = {item["properties"].get(by): item for item in records}
    keys = [item["id"] for item in body["inputs"]]
    missing = [key for key in keys if key not in held]
    errors = [{"category": "OBJECT_NOT_FOUND", "context": {"ids": missing}}] if missing else []
    return {"results": [held[key] for key in keys if key in held], "errors": errors}
