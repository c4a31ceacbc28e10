"""A transport that notes what was answered, as it came."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from destination_hubspot_calls.hubspot.client import Transport
from destination_hubspot_calls.hubspot.errors import HubSpotError, Refusal
from destination_hubspot_calls.hubspot.transport import Reply, Request

T = TypeVar("T")

_NUMBER = re.compile(r"\d{4,}")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_VALUES = frozenset({"properties", "propertiesWithHistory"})
"""What holds a record's content, by name."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer. `body` is JSON as HubSpot sent it, or None; `refused`: the status of a refusal."""

    method: str
    path: str
    body: Any
    refused: int | None = None


class RecordingTransport:
    """Passes requests on, and keeps what came back until it is taken."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._exchanges: list[Exchange] = []

    def send(self, request: Request, read: Callable[[Reply], T]) -> T:
        """The same as the transport's own. Raises HubSpotError."""

        def noting(reply: Reply) -> T:
            self._note(request, _json(reply.body))
            return read(reply)

        try:
            return self._transport.send(request, noting)
        except Refusal as refusal:
            self._note(request, refusal.problem.model_dump(by_alias=True, exclude_defaults=True), refusal.status)
            raise
        except HubSpotError as error:
            self._note(request, {"error": type(error).__name__})
            raise

    def pause(self, seconds: float) -> None:
        """Sleep. Raises Stopped if the process is to stop."""
        self._transport.pause(seconds)

    def take(self) -> list[Exchange]:
        """What was exchanged since this was asked last."""
        taken, self._exchanges = self._exchanges, []
        return taken

    def _note(self, request: Request, body: Any, refused: int | None = None) -> None:
        self._exchanges.append(Exchange(request.method, request.path, body, refused))


def anonymous(body: Any, names: Iterable[str] = ()) -> Any:
    """A body without ids, addresses and content, to be shown to others; `names` are texts that were sent."""
    match body:
        case dict():
            return {key: _hidden(value) if key in _VALUES else anonymous(value, names) for key, value in body.items()}
        case list():
            return [anonymous(item, names) for item in body]
        case str():
            for name in names:
                body = body.replace(name, "(sent)")
            return _NUMBER.sub("(number)", _ADDRESS.sub("(address)", body))
        case bool() | None:
            return body
        case int() | float():
            return body if abs(body) < 1000 else "(number)"
        case _:
            return "(other)"


def _hidden(values: Any) -> Any:
    return dict.fromkeys(values, "(value)") if isinstance(values, dict) else "(values)"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
