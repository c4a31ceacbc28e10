"""Entries for tests: calls, rejections, and checkpoints, numbered as they come."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import orjson

from destination_hubspot_calls.messages import (
    Batch,
    Call,
    Checkpoint,
    CheckpointKind,
    Entry,
    Key,
    Link,
    LinkRule,
    Rejection,
    Stream,
)
from destination_hubspot_calls.results import BatchResult

CALLS = Stream("calls")
MAILS = Stream("mails")
PROPERTY = "dialer_call_id"


def call(
    number: int,
    *,
    stream: Stream = CALLS,
    key: str | None = None,
    links: tuple[Link, ...] = (),
    updates: bool = False,
    needs_link: bool = False,
    line: bytes = b"",
    **properties: str,
) -> Call:
    """A call on its way; with a key it holds it as HubSpot is to hold it."""
    held = {"hs_timestamp": "1767225600000", "hs_call_title": f"call {number}", **properties}
    if key is not None:
        held[PROPERTY] = key
    return Call(
        stream=stream,
        properties=orjson.dumps(held),
        links=links,
        line=line or b"line %d" % number,
        name=key or str(number),
        key=Key(PROPERTY, key) if key is not None else None,
        updates=updates,
        needs_link=needs_link,
        fields={"hs_call_title": "title"},
    )


def rejection(
    number: int, *, stream: Stream = CALLS, reason: str = "hs_timestamp: no time", line: bytes = b""
) -> Rejection:
    """A record that its mapping rejected."""
    return Rejection(stream, str(number), reason, line or b"line %d" % number, rule="mappings[0].properties[0]")


def checkpoint(number: int, *, stream: Stream | None = CALLS, kind: CheckpointKind | None = None) -> Checkpoint:
    """A state; of a stream, or GLOBAL without one."""
    return Checkpoint(
        kind or (CheckpointKind.STREAM if stream else CheckpointKind.GLOBAL), stream, b"state %d" % number
    )


def link_rule(object_type: str = "contacts", place: int = 0, *, rejects_missing: bool = False) -> LinkRule:
    """An association rule by record id."""
    return LinkRule(
        place=f"mappings[0].associations[{place}]",
        object_type=object_type,
        match_by="record_id",
        label=None,
        rejects_missing=rejects_missing,
        default_country=None,
        source="contact",
    )


def settled(*entries: Entry, refused: Mapping[int, Rejection] = MappingProxyType({})) -> BatchResult:
    """A batch of these entries, of whose calls those at some positions were refused."""
    return BatchResult(Batch.of(entries), dict(refused))
