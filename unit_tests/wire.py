"""A transport for tests of what is asked and what answers mean: no network, no waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import orjson

from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.query import MAX_BODY, MAX_FOUND, MAX_PAGED
from destination_hubspot_calls.hubspot.transport import Reply, Request, Transport

T = TypeVar("T")
Json = dict[str, Any]


class Wire:
    """Answers each request as `answer(path, body)` says, and keeps what was asked."""

    def __init__(self, answer: Callable[[str, Json], Json]) -> None:
        self.paths: list[str] = []
        self.asked: list[Json] = []
        self.pauses: list[float] = []
        self._answer = answer

    def send(self, request: Request, read: Callable[[Reply], T]) -> T:
        """As a transport does, for requests that HubSpot answers."""
        body = orjson.loads(request.body or b"{}")
        if request.searches:
            assert len((request.body or b"").decode()) <= MAX_BODY
        self.paths.append(request.path)
        self.asked.append(body)
        return read(Reply(orjson.dumps(self._answer(request.path, body)), None))

    def pause(self, seconds: float) -> None:
        """As a transport does, without the wait."""
        self.pauses.append(seconds)

    @property
    def client(self) -> Client:
        """A client on this wire."""
        return Client(cast("Transport", self))


def record(record_id: object, **properties: str | None) -> Json:
    """A record as HubSpot renders it."""
    return {"id": str(record_id), "properties": properties}


def answers(*bodies: Json) -> Wire:
    """A wire with these answers, in this order."""
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
