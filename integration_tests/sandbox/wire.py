"""What goes over the wire: JSON, times as HubSpot writes them, and an answer as a value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TypeAlias

import orjson

Body: TypeAlias = dict[str, object]
"""A JSON object on its way out, or one that came in and is not yet looked at."""

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
JSON_TYPE = "application/json;charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with, before the wire (and its faults) get hold of it."""

    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    html: str | None = None

    def with_body(self, body: object) -> Answer:
        return replace(self, body=body)

    def with_status(self, status: int) -> Answer:
        return replace(self, status=status)

    def encoded(self) -> bytes:
        if self.html is not None:
            return self.html.encode()
        return b"" if self.body is None else orjson.dumps(self.body)

    def content_type(self) -> str:
        return "text/html;charset=utf-8" if self.html is not None else JSON_TYPE


def iso(milliseconds: int) -> str:
    """Epoch milliseconds as HubSpot shows them: ISO 8601 with three decimals and a Z."""
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"
