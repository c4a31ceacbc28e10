"""What is read of a configured catalog."""

from __future__ import annotations

from typing import Any

from destination_hubspot_calls.airbyte.catalog import Selected, read_catalog
from destination_hubspot_calls.messages import Stream


def selected(stream: dict[str, Any], **configured: Any) -> Selected:
    (item,) = read_catalog({"streams": [{"stream": {"name": "calls", **stream}, **configured}]}).values()
    return item


def test_what_a_stream_is() -> None:
    """All of it matters to a mapping: name, key, mode, fields."""
    item = selected(
        {"namespace": "dialer", "json_schema": {"properties": {"id": {}, "title": {}}}},
        primary_key=[["id"], ["meta", "part"]],
        destination_sync_mode="append_dedup",
        destination_object_name="calls",
    )
    assert item == Selected(
        Stream("calls", "dialer"),
        (("id",), ("meta", "part")),
        "append_dedup",
        frozenset({"id", "title"}),
        "calls",
    )


def test_the_configured_key_comes_before_the_source_defined_one() -> None:
    """A person may choose another one; where none is chosen the source's holds."""
    assert selected({"source_defined_primary_key": [["a"]]}).primary_key == (("a",),)
    assert selected({"source_defined_primary_key": [["a"]]}, primary_key=[["b"]]).primary_key == (("b",),)
    assert selected({"source_defined_primary_key": [["a"]]}, primary_key=[]).primary_key == (("a",),)
    assert selected({}, primary_key=[[]]).primary_key == ()


def test_what_is_missing_is_none() -> None:
    """Clients leave out what they do not use, or send null."""
    assert selected({"namespace": "", "json_schema": None}, primary_key=None) == Selected(Stream("calls"))
    assert read_catalog({}) == {}
    assert read_catalog({"streams": None}) == {}
