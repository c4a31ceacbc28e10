"""Data activation: what Airbyte's mapping page is told of calls, and what becomes of streams that were mapped there."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator

from destination_hubspot_calls.airbyte.activation import activated, operations
from destination_hubspot_calls.airbyte.catalog import Catalog, read_catalog
from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.hubspot.models import Property

TIME = {"name": "hs_timestamp", "type": "datetime", "label": "Activity date"}
ID = {"name": "dialer_call_id", "type": "string", "hasUniqueValue": True}
OTHER_ID = {"name": "other_id", "type": "string", "hasUniqueValue": True}


def properties(*definitions: dict[str, Any]) -> list[Property]:
    return [Property.model_validate(definition) for definition in (TIME, *definitions)]


def configured(*mappings: dict[str, Any]) -> Config:
    credentials = {"auth_type": "access_token", "access_token": "pat-na1-1111"}
    return read_config({"credentials": credentials, "mappings": list(mappings)})


def catalog(*streams: dict[str, Any]) -> Catalog:
    return read_catalog({"streams": [stream(**more) for more in streams or ({},)]})


def stream(
    *,
    name: str = "orders",
    namespace: str | None = None,
    target: str | None = "calls",
    mode: str = "append",
    key: tuple[str, ...] = (),
    fields: tuple[str, ...] = ("hs_timestamp",),
) -> dict[str, Any]:
    schema: dict[str, Any] = {"properties": {field: {} for field in fields}}
    return {
        "stream": {"name": name, "namespace": namespace, "json_schema": schema},
        "destination_sync_mode": mode,
        "primary_key": [[part] for part in key],
        "destination_object_name": target,
    }


def served(config: Config) -> list[tuple[str, str | None, str | None, str | None]]:
    return [
        (item.stream_name, item.stream_namespace, item.external_id_property, item.external_id_source)
        for item in config.mappings
    ]


# What the mapping page is told


@pytest.mark.parametrize(
    ("definition", "schema"),
    [
        ({"type": "string"}, {"type": ["null", "string"]}),
        ({"type": "phone_number"}, {"type": ["null", "string"]}),
        ({"type": "number"}, {"type": ["null", "number"]}),
        ({"type": "bool"}, {"type": ["null", "boolean"]}),
        ({"type": "date"}, {"type": ["null", "string"], "format": "date"}),
        (
            {"type": "datetime"},
            {"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_with_timezone"},
        ),
        (
            {"type": "enumeration", "options": [{"value": "a"}, {"value": "old", "hidden": True}]},
            {"type": ["null", "string"], "enum": ["a", None]},
        ),
        ({"type": "enumeration", "fieldType": "checkbox", "options": [{"value": "a"}]}, {"type": ["null", "string"]}),
        ({"type": "enumeration", "externalOptions": True, "options": [{"value": "a"}]}, {"type": ["null", "string"]}),
        ({"type": "enumeration"}, {"type": ["null", "string"]}),
        ({"type": "string", "label": "Its label"}, {"type": ["null", "string"], "title": "Its label"}),
    ],
)
def test_each_type_in_the_words_of_a_schema(definition: dict[str, Any], schema: dict[str, Any]) -> None:
    """The mapping page offers what fits; several checkboxes are one text, which a list of options would forbid."""
    (operation,) = operations(properties({"name": "it", **definition}))
    Draft7Validator.check_schema(operation.json_schema)
    assert operation.json_schema["properties"]["it"] == schema


def test_the_time_is_required() -> None:
    """HubSpot takes no call without it."""
    (operation,) = operations(properties())
    assert operation.json_schema["required"] == ["hs_timestamp"]
    assert operation.json_schema["properties"]["hs_timestamp"]["type"] == "string"
    assert (operation.object_name, operation.sync_mode, operation.matching_keys) == ("calls", "append", ())


@pytest.mark.parametrize(
    "definition",
    [
        {"name": "it", "calculated": True},
        {"name": "it", "modificationMetadata": {"readOnlyValue": True}},
        {"name": "it", "archived": True},
        {"name": "it", "hidden": True},
        {"name": "hs_call_source"},
    ],
)
def test_what_cannot_or_must_not_be_written_is_not_offered(definition: dict[str, Any]) -> None:
    """A field that is mapped to it would be left out, or would start HubSpot's recording pipeline."""
    (operation,) = operations(properties(definition))
    assert [*operation.json_schema["properties"]] == ["hs_timestamp"]


def test_calls_can_be_updated_where_something_tells_them_apart() -> None:
    """A person chooses one of the unique text properties as the matching key."""
    added, updated = operations(properties(ID, OTHER_ID))
    assert (added.sync_mode, added.matching_keys) == ("append", ())
    assert (updated.sync_mode, updated.matching_keys) == ("append_dedup", (("dialer_call_id",), ("other_id",)))
    assert added.json_schema == updated.json_schema


@pytest.mark.parametrize("change", [{"type": "number"}, {"calculated": True}, {"hasUniqueValue": False}])
def test_a_property_that_cannot_hold_a_key_is_no_matching_key(change: dict[str, Any]) -> None:
    """Each call would be refused, or found by another's key."""
    assert [item.sync_mode for item in operations(properties({**ID, **change}))] == ["append"]


# What becomes of the streams


def nothing() -> list[Property]:
    raise AssertionError("asked HubSpot for nothing")


def test_streams_that_were_not_mapped_are_left_alone() -> None:
    """Most connections know nothing of data activation, and pay nothing for it."""
    config = configured({"stream_name": "orders"})
    assert activated(config, catalog({"target": None}), nothing) is config


def test_a_mapped_stream_needs_no_mapping() -> None:
    """Its fields are call properties already."""
    config = activated(configured(), catalog({"namespace": "dialer"}), properties)
    assert served(config) == [("orders", "dialer", None, None)]
    assert config.mappings[0].copies_matching_fields


def test_the_matching_key_is_the_external_id() -> None:
    """By it a call is found and updated, as it stands in the record: without the stream's name before it."""
    read = catalog({"mode": "append_dedup", "key": ("dialer_call_id",)})
    config = activated(configured(), read, lambda: properties(ID, OTHER_ID))
    assert served(config) == [("orders", "", "dialer_call_id", "dialer_call_id")]


@pytest.mark.parametrize(
    ("fields", "key", "external_id"),
    [
        (("dialer_call_id",), (), "dialer_call_id"),
        (("dialer_call_id", "other_id"), (), None),
        (("dialer_call_id", "other_id"), ("other_id",), "other_id"),
        (("title", "id"), ("id",), None),
        (("title",), ("dialer_call_id", "other_id"), None),
    ],
)
def test_append_has_an_external_id_where_there_is_one(
    fields: tuple[str, ...], key: tuple[str, ...], external_id: str | None
) -> None:
    """A call that was sent, whose answer was lost, would else be refused as its value is taken: it is its own."""
    read = catalog({"fields": fields, "key": key})
    config = activated(configured(), read, lambda: properties(ID, OTHER_ID))
    assert served(config) == [("orders", "", external_id, external_id)]


def test_a_mapping_that_names_the_stream_serves_it() -> None:
    """Whoever wrote it knows what arrives: it can add links, which the mapping page cannot."""
    for mapping in ({"stream_name": "orders"}, {"stream_name": "orders", "stream_namespace": "dialer"}):
        config = configured(mapping)
        assert activated(config, catalog({"namespace": "dialer"}), nothing) is config


def test_a_mapping_for_another_namespace_does_not() -> None:
    """The router would not take it either."""
    config = activated(configured({"stream_name": "orders", "stream_namespace": "other"}), catalog(), properties)
    assert served(config)[1:] == [("orders", "", None, None)]


def test_the_mapping_for_all_lends_its_rules() -> None:
    """What holds for every stream holds for a mapped one, its links too; only the key is the stream's own."""
    links = [{"object_type": "contacts", "source": "contact"}]
    config = configured({"stream_name": "*", "associations": links})
    read = catalog({"mode": "append_dedup", "key": ("dialer_call_id",)}, {"name": "else", "target": None})
    changed = activated(config, read, lambda: properties(ID))
    assert served(changed) == [("*", None, None, None), ("orders", "", "dialer_call_id", "dialer_call_id")]
    assert changed.mappings[1].associations == config.mappings[0].associations


def test_the_mapping_for_all_keeps_its_own_external_id() -> None:
    """A person said what tells all streams' calls apart; a second key would make second calls of them."""
    config = configured({"stream_name": "*", "external_id_property": "dialer_call_id"})
    assert served(activated(config, catalog(), lambda: properties(ID))) == [("*", None, "dialer_call_id", None)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "contacts"}, "orders is mapped to contacts; choose calls"),
        ({"mode": "append_dedup"}, "choose one property as its matching key"),
        ({"mode": "append_dedup", "key": ("a", "b")}, "choose one property as its matching key"),
        ({"mode": "append_dedup", "key": ("title",)}, "matching key title.*choose dialer_call_id or other_id"),
    ],
)
def test_what_cannot_work_is_told(changes: dict[str, Any], words: str) -> None:
    """Each is mended on the mapping page."""
    with pytest.raises(ConfigError, match=words):
        activated(configured(), catalog(changes), lambda: properties(ID, OTHER_ID))
