"""A dialer's calls, shaped like the `calls` stream of Airbyte's source-aircall (its published schema)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

STREAM = "calls"
PEOPLE = 40
START = 1_767_225_600
"""2026-01-01 00:00 UTC, in seconds, as the source has times."""
STATE_EVERY = 50

AGENTS = (
    {"id": 501, "name": "Agent One", "email": "agent1@example.com"},
    {"id": 502, "name": "Agent Two", "email": "agent2@example.com"},
)
OUTCOMES = ("Connected", "No answer", "Left voicemail")


def phone(person: int) -> str:
    """The number of a person, as dialers write it."""
    return f"+44 20 7946 {person:04d}"


def messages(count: int) -> Iterator[dict[str, Any]]:
    """What the platform sends: records, and a state after every 50."""
    for number in range(1, count + 1):
        yield {"type": "RECORD", "record": {"stream": STREAM, "emitted_at": START * 1000, "data": _call(number)}}
        if number % STATE_EVERY == 0 or number == count:
            yield _state(number)


def catalog() -> dict[str, Any]:
    """The configured catalog: one stream, appended."""
    fields: dict[str, Any] = {name: {} for name in _call(1)}
    stream = {
        "name": STREAM,
        "json_schema": {"type": "object", "properties": fields},
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_primary_key": [["id"]],
    }
    return {
        "streams": [
            {
                "stream": stream,
                "sync_mode": "incremental",
                "destination_sync_mode": "append",
                "primary_key": [["id"]],
                "cursor_field": ["started_at"],
            }
        ]
    }


def _call(number: int) -> dict[str, Any]:
    inbound = number % 3 == 0
    answered = number % 4 != 1
    started = START + 600 * number
    # One row whose time is lost: a bad row costs one row.
    return {
        "id": 1_000_000 + number,
        "direct_link": f"https://api.aircall.io/v1/calls/{1_000_000 + number}",
        "direction": "inbound" if inbound else "outbound",
        "status": "done",
        "missed_call_reason": None if answered else "agents_did_not_answer",
        "started_at": "unknown" if number == 77 else started,
        "answered_at": started + 8 if answered else None,
        "ended_at": started + 8 + number % 300,
        "duration": number % 300,
        "raw_digits": phone(number % PEOPLE),
        "user": AGENTS[number % len(AGENTS)],
        "tags": [{"name": OUTCOMES[number % len(OUTCOMES)]}],
        "comments": [{"content": f"Asked about order {number}.\nWill call back."}] if number % 5 == 0 else [],
        "archived": False,
    }


def _state(number: int) -> dict[str, Any]:
    return {
        "type": "STATE",
        "id": number,
        "state": {
            "type": "STREAM",
            "stream": {
                "stream_descriptor": {"name": STREAM},
                "stream_state": {"started_at": START + 600 * number},
            },
        },
    }
