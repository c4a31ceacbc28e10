"""The records that are measured with: 10 properties and 2 associations a call, 850 bytes a line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from integration_tests.source import STREAM, catalog, line, state

__all__ = ["BLOCK", "STREAM", "by_hand", "catalog", "configuration", "plain", "record", "records", "state"]

BLOCK = 10_000
"""Records after which they are the same again: none has an external id."""
START = 1_767_225_600
"""2026-01-01 00:00 UTC, in seconds."""
CONTACTS = tuple(range(100_001, 100_006))
COMPANIES = tuple(range(20_000_001, 20_000_004))
"""Records that the sandbox's account starts with."""
DIRECTIONS = {"in": "INBOUND", "out": "OUTBOUND"}
OUTCOMES = {
    "Connected": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
    "Busy": "9d9162e7-6cf3-4944-bf63-4dff82258764",
    "No answer": "73a0d17f-1163-4015-bdd5-ec830791da20",
}
OWNERS = {f"agent{number}@example.com": str(4_000_000 + number) for number in (1, 2, 3)}
NOTES = (
    "Asked about the second invoice of the year and whether the discount that was agreed in spring still holds; wants "
    "an answer in writing by the end of the week. The new address is known. Call again after the holidays, before "
    "noon, and bring the list of open points that was promised in March."
)


PROPERTIES = [
    {"property": "hs_timestamp", "source": "started_at"},
    {"property": "hs_call_title", "source": "subject"},
    {"property": "hs_call_body", "source": "notes"},
    {"property": "hs_call_duration", "source": "duration", "conversion": "seconds_to_milliseconds"},
    {
        "property": "hs_call_direction",
        "source": "direction",
        "values": [f"{name}={value}" for name, value in DIRECTIONS.items()],
    },
    {"property": "hs_call_disposition", "source": "outcome"},
    {"property": "hs_call_status", "default": "COMPLETED"},
    {"property": "hs_call_from_number", "source": "from_number"},
    {"property": "hs_call_to_number", "source": "to_number"},
    {"property": "hubspot_owner_id", "source": "agent"},
]
ASSOCIATIONS = [
    {"object_type": "contacts", "source": "contact"},
    {"object_type": "companies", "source": "company"},
]


def record(number: int) -> bytes:
    """Call `number`, a line."""
    return with_data(row(number))


def with_data(data: dict[str, Any]) -> bytes:
    """A record's line."""
    return line({"type": "RECORD", "record": {"stream": STREAM, "emitted_at": START * 1000, "data": data}})


def row(number: int) -> dict[str, Any]:
    """What a dialer says of call `number`."""
    return {
        "id": f"6f0c2a54-1d7e-4f0b-9a3c-{number:012d}",
        "started_at": f"2026-01-{number % 28 + 1:02d}T{number % 24:02d}:{number % 60:02d}:07Z",
        "subject": f"Call {number} about the second invoice",
        "notes": f"{NOTES} ({number})",
        "duration": number % 600 + 1,
        "direction": tuple(DIRECTIONS)[number % 2],
        "outcome": tuple(OUTCOMES)[number % 3],
        "from_number": f"+49 30 {number % 9_000_000 + 1_000_000}",
        "to_number": f"+49 89 {number % 9_000_000 + 1_000_000}",
        "recording": f"https://recordings.example.com/2026/01/{number:012d}.mp3",
        "agent": tuple(OWNERS)[number % 3],
        "queue_name": "first line, weekdays",
        "contact": CONTACTS[number % len(CONTACTS)],
        # The same at the same place of each batch: the counting server's answers to one batch are those to all.
        "company": str(COMPANIES[number % 100 % len(COMPANIES)]),
    }


def records(first: int, count: int, *, state_every: int = 0) -> Iterator[bytes]:
    """Lines `first` to `first` + `count` - 1, and a state after every `state_every` of them."""
    for number in range(first, first + count):
        yield record(number)
        if state_every and (number + 1) % state_every == 0:
            yield state(number + 1)


def configuration(url: str, token: str, **more: Any) -> dict[str, Any]:
    """What a person would fill in for these records. `more` goes into the mapping."""
    return {
        "credentials": {"auth_type": "access_token", "access_token": token},
        "mappings": [{"stream_name": STREAM, "properties": PROPERTIES, "associations": ASSOCIATIONS, **more}],
        "api_base_url": url,
    }


def plain(number: int) -> dict[str, Any]:
    """Call `number` as an input of a create, mapped by hand."""
    data = row(number)
    return {
        "properties": by_hand(data),
        "associations": [_link(str(data["contact"]), 194), _link(data["company"], 182)],
    }


def _link(to: str, kind: int) -> dict[str, Any]:
    return {"to": {"id": to}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}]}


def by_hand(data: dict[str, Any]) -> dict[str, str]:
    """The properties of a call, mapped by hand."""
    return {
        "hs_timestamp": str(int(datetime.fromisoformat(data["started_at"].replace("Z", "+00:00")).timestamp() * 1000)),
        "hs_call_title": data["subject"],
        "hs_call_body": data["notes"],
        "hs_call_duration": str(data["duration"] * 1000),
        "hs_call_direction": DIRECTIONS[data["direction"]],
        "hs_call_disposition": OUTCOMES[data["outcome"]],
        "hs_call_status": "COMPLETED",
        "hs_call_from_number": data["from_number"],
        "hs_call_to_number": data["to_number"],
        "hubspot_owner_id": OWNERS[data["agent"]],
    }
