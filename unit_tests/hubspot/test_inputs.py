"""The inputs of batch requests as HubSpot reads them."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.hubspot.inputs import (
    encode_batch,
    encode_create,
    encode_link,
    encode_type,
    encode_update,
)
from destination_hubspot_calls.hubspot.models import AssociationType

DEFAULT = encode_type(AssociationType(category="HUBSPOT_DEFINED", typeId=194))
LABEL = encode_type(AssociationType(category="USER_DEFINED", typeId=22))
DEFAULT_TYPE = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}
LABEL_TYPE = {"associationCategory": "USER_DEFINED", "associationTypeId": 22}
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(TEXT, TEXT), st.lists(TEXT, max_size=3), st.integers(0, 99))
def test_a_create_holds_properties_links_and_trace_id(properties: dict[str, str], ids: list[str], trace: int) -> None:
    """Put together from encoded parts, it must still be JSON, whatever the values are."""
    ends = [(to, [DEFAULT, LABEL]) for to in ids]
    assert orjson.loads(encode_create(orjson.dumps(properties), ends, trace)) == {
        "properties": properties,
        "associations": [{"to": {"id": to}, "types": [DEFAULT_TYPE, LABEL_TYPE]} for to in ids],
        "objectWriteTraceId": str(trace),
    }


def test_a_call_without_links_says_so() -> None:
    """HubSpot requires the field, and links nothing for empty types."""
    assert orjson.loads(encode_create(b"{}", [], 0))["associations"] == []


@given(TEXT, st.integers(0, 99))
def test_an_update_names_the_call(call_id: str, trace: int) -> None:
    """By its record id."""
    assert orjson.loads(encode_update(call_id, {"a": "b"}, trace)) == {
        "id": call_id,
        "properties": {"a": "b"},
        "objectWriteTraceId": str(trace),
    }


@given(TEXT, TEXT)
def test_a_link_names_both_ends(call_id: str, to: str) -> None:
    """From the call to the record."""
    assert orjson.loads(encode_link(call_id, (to, (DEFAULT,)))) == {
        "from": {"id": call_id},
        "to": {"id": to},
        "types": [DEFAULT_TYPE],
    }


def test_a_batch_holds_its_inputs_in_order() -> None:
    """One body for all."""
    assert orjson.loads(encode_batch([b'{"a":1}', b'{"a":2}'])) == {"inputs": [{"a": 1}, {"a": 2}]}
