"""A source whose calls are numbered: what it sends, where it goes on after a state, and how it is configured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

STREAM = "calls"
KEY = "dialer_call_id"
CONTACTS = tuple(str(number) for number in range(100_001, 100_006))
"""Contacts that the sandbox's account starts with."""
START = 1_767_225_600
"""2026-01-01 00:00 UTC, in seconds."""


def record(number: int, stream: str = STREAM, **more: object) -> bytes:
    """Call `number`, a line; every one is linked to a contact."""
    data = {
        "id": f"call-{number}",
        "at": START + number,
        "title": f"Call {number}",
        "contact": contact(number),
        **more,
    }
    return line({"type": "RECORD", "record": {"stream": stream, "emitted_at": START * 1000, "data": data}})


def contact(number: int) -> str:
    """The contact that call `number` is linked to."""
    return CONTACTS[number % len(CONTACTS)]


def state(number: int, stream: str = STREAM, **more: object) -> bytes:
    """A stream's state: its source has sent everything up to `number`."""
    descriptor = {"name": stream}
    inner = {"stream_descriptor": descriptor, "stream_state": {"sent": number, **more}}
    return line({"type": "STATE", "state": {"type": "STREAM", "id": number, "stream": inner}})


def line(message: Mapping[str, Any]) -> bytes:
    """A message as sources write it."""
    return json.dumps(message, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Source:
    """Records 1 to `count`, a state after every `state_every` and at the end."""

    count: int
    state_every: int = 10

    def lines(self, after: int = 0) -> Iterator[bytes]:
        """What it sends to a destination whose last state said `after`."""
        for number in range(after + 1, self.count + 1):
            yield record(number)
            if number % self.state_every == 0 or number == self.count:
                yield state(number)

    @staticmethod
    def reached(states: Iterable[Mapping[str, Any]]) -> int:
        """The last record that a run's states cover; 0 without any."""
        reached = 0
        for item in states:
            reached = item["stream"]["stream_state"]["sent"]
        return reached


def catalog(*streams: str, mode: str = "append") -> dict[str, Any]:
    """The configured catalog; `calls` where no stream is named."""
    return {"streams": [_configured(name, mode) for name in streams or (STREAM,)]}


def _configured(name: str, mode: str) -> dict[str, Any]:
    stream = {
        "name": name,
        "json_schema": {"type": "object", "properties": {}},
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_primary_key": [["id"]],
    }
    return {
        "stream": stream,
        "sync_mode": "incremental",
        "destination_sync_mode": mode,
        "generation_id": None,
        "minimum_generation_id": None,
        "sync_id": None,
    }


def configuration(url: str, token: str, *, keyed: bool = True, stream: str = STREAM, **more: Any) -> dict[str, Any]:
    """What a person would fill in for these records. `keyed`: with an external id. `more`: further keys."""
    mapping: dict[str, Any] = {
        "stream_name": stream,
        "properties": [
            {"property": "hs_timestamp", "source": "at"},
            {"property": "hs_call_title", "source": "title"},
        ],
        "copy_matching_fields": False,
        "associations": [{"object_type": "contacts", "source": "contact"}],
    }
    if keyed:
        mapping |= {"external_id_property": KEY, "external_id_source": "id"}
    mapping |= more.pop("mapping", {})
    return {
        "credentials": {"auth_type": "access_token", "access_token": token},
        "mappings": [mapping],
        "api_base_url": url,
        **more,
    }
