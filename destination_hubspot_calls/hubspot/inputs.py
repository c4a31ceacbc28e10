"""The inputs of batch requests, encoded once from parts that are encoded already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import orjson

from destination_hubspot_calls.hubspot.models import AssociationType

LinkEnd = tuple[str, Sequence[bytes]]
"""The id of the record at a link's other end, and the encoded types of the link."""


def encode_type(link_type: AssociationType) -> bytes:
    """A link's type as inputs name it."""
    return orjson.dumps({"associationCategory": link_type.category, "associationTypeId": link_type.type_id})


def encode_create(properties: bytes, ends: Iterable[LinkEnd], trace_id: int, created_with: bytes = b"") -> bytes:
    """A call to create: its encoded properties and links. `trace_id` is unique in its request.

    `created_with`: properties that a call gets when it is created only, encoded as `encode_members` does.
    """
    links = b",".join([b'{"to":{"id":%b},"types":[%b]}' % (_encoded_id(to), b",".join(types)) for to, types in ends])
    if created_with:
        properties = b"{%b,%b" % (created_with, properties[1:]) if len(properties) > 2 else b"{%b}" % created_with
    return b'{"properties":%b,"associations":[%b],"objectWriteTraceId":"%d"}' % (properties, links, trace_id)


def _encoded_id(record_id: str) -> bytes:
    """Nearly all are digits, of which nothing has to be escaped."""
    return b'"%b"' % record_id.encode() if record_id.isdigit() and record_id.isascii() else orjson.dumps(record_id)


def encode_members(properties: Mapping[str, str]) -> bytes:
    """The members of an encoded object, without its braces."""
    return orjson.dumps(dict(properties))[1:-1]


def encode_upsert(id_property: str, value: str, properties: bytes, trace_id: int) -> bytes:
    """A call to create or update by a unique property. `trace_id` is unique in its request."""
    names = (orjson.dumps(value), orjson.dumps(id_property), properties, trace_id)
    return b'{"id":%b,"idProperty":%b,"properties":%b,"objectWriteTraceId":"%d"}' % names


def encode_update(call_id: str, properties: Mapping[str, str], trace_id: int) -> bytes:
    """A call to update. `trace_id` is unique in its request."""
    ids = (orjson.dumps(call_id), orjson.dumps(dict(properties)), trace_id)
    return b'{"id":%b,"properties":%b,"objectWriteTraceId":"%d"}' % ids


def encode_link(call_id: str, end: LinkEnd) -> bytes:
    """A link of a call that is there already."""
    to, types = end
    ids = (orjson.dumps(call_id), orjson.dumps(to))
    return b'{"from":{"id":%b},"to":{"id":%b},"types":[%b]}' % (*ids, b",".join(types))


def encode_batch(inputs: Sequence[bytes]) -> bytes:
    """The body of a batch request."""
    return b'{"inputs":[' + b",".join(inputs) + b"]}"
