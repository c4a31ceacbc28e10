"""Data activation: what Airbyte's mapping page is told of calls, and what becomes of streams that were mapped there."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator

from destination_hubspot_calls.airbyte.activation import LINK_FIELDS, Offer, Operation, activated, operations
from destination_hubspot_calls.airbyte.catalog import Catalog, read_catalog
from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.mapping.expression import top_fields

TIME = {"name": "hs_timestamp", "type": "datetime", "label": "Activity date"}
ID = {"name": "dialer_call_id", "type": "string", "hasUniqueValue": True}
OTHER_ID = {"name": "other_id", "type": "string", "hasUniqueValue": True}


def properties(*definitions: dict[str, Any]) -> list[Property]:
    return [Property.model_validate(definition) for definition in (TIME, *definitions)]


def offer(*definitions: dict[str, Any], **others: tuple[Property, ...]) -> Offer:
    """What an account has, its call properties and perhaps those of contacts and companies."""
    return Offer(tuple(properties(*definitions)), **others)


def offered(operation: Operation) -> list[str]:
    """The fields that are properties of calls."""
    links = {field.name for field in LINK_FIELDS}
    return [name for name in operation.json_schema["properties"] if name not in links]


def activate(config: Config, catalog: Catalog, *definitions: dict[str, Any], **others: tuple[Property, ...]) -> Config:
    return activated(config, catalog, lambda: offer(*definitions, **others), top_fields)


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
    (operation,) = operations(offer({"name": "it", **definition}))
    Draft7Validator.check_schema(operation.json_schema)
    assert operation.json_schema["properties"]["it"] == schema


def test_the_time_is_required() -> None:
    """HubSpot takes no call without it."""
    (operation,) = operations(offer())
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
    (operation,) = operations(offer(definition))
    assert offered(operation) == ["hs_timestamp"]


def test_calls_can_be_updated_where_something_tells_them_apart() -> None:
    """A person chooses one of the unique text properties as the matching key."""
    added, updated = operations(offer(ID, OTHER_ID))
    assert (added.sync_mode, added.matching_keys) == ("append", ())
    assert (updated.sync_mode, updated.matching_keys) == ("append_dedup", (("dialer_call_id",), ("other_id",)))
    assert added.json_schema == updated.json_schema


@pytest.mark.parametrize("change", [{"type": "number"}, {"calculated": True}, {"hasUniqueValue": False}])
def test_a_property_that_cannot_hold_a_key_is_no_matching_key(change: dict[str, Any]) -> None:
    """Each call would be refused, or found by another's key."""
    assert [item.sync_mode for item in operations(offer({**ID, **change}))] == ["append"]


def test_links_are_offered_without_any_configuration() -> None:
    """A call that is linked to nothing is seen by nobody, and most who come by the mapping page configure nothing."""
    (operation,) = operations(offer())
    schema = operation.json_schema
    links = {"contact_id", "contact_email", "contact_phone", "company_id", "company_domain", "deal_id", "ticket_id"}
    assert schema["properties"].keys() == {"hs_timestamp", *links}
    assert schema["properties"]["contact_email"] == {
        "type": ["null", "string"],
        "title": "Contact to link to, by e-mail address",
    }
    assert schema["additionalProperties"] is True


def test_every_unique_property_can_be_linked_by() -> None:
    """Shops know a customer by their own number."""
    number = Property.model_validate({"name": "customer_no", "label": "Customer number", "hasUniqueValue": True})
    email = Property.model_validate({"name": "email", "label": "Email", "hasUniqueValue": True})
    (operation,) = operations(offer(contacts=(number, email, Property(name="city")), companies=(number,)))
    fields = operation.json_schema["properties"]
    assert fields["contact_customer_no"]["title"] == "Contact to link to, by Customer number"
    assert fields["company_customer_no"]["title"] == "Company to link to, by Customer number"
    assert fields["contact_email"]["title"] == "Contact to link to, by e-mail address"
    assert "contact_city" not in fields


def test_a_property_of_calls_keeps_its_name() -> None:
    """A field that is mapped to it fills it."""
    (operation,) = operations(offer({"name": "deal_id", "label": "Our deal"}))
    assert operation.json_schema["properties"]["deal_id"]["title"] == "Our deal"


def test_what_the_rules_read_can_be_mapped() -> None:
    """Whoever wrote rules for all streams finds their fields."""
    (operation,) = operations(offer(), ["customer.email", "hs_timestamp"])
    assert operation.json_schema["properties"]["customer.email"]["title"] == (
        "customer.email (read by a rule of the mapping for all streams)"
    )
    assert operation.json_schema["properties"]["hs_timestamp"]["title"] == "Activity date"


# What becomes of the streams


def nothing() -> Offer:
    raise AssertionError("asked HubSpot for nothing")


def test_streams_that_were_not_mapped_are_left_alone() -> None:
    """Most connections know nothing of data activation, and pay nothing for it."""
    config = configured({"stream_name": "orders"})
    assert activated(config, catalog({"target": None}), nothing, top_fields) is config


def test_a_mapped_stream_needs_no_mapping() -> None:
    """Its fields are call properties already."""
    config = activate(configured(), catalog({"namespace": "dialer"}))
    assert served(config) == [("orders", "dialer", None, None)]
    assert config.mappings[0].copies_matching_fields


def links(config: Config) -> list[tuple[str, str, str | None]]:
    """The links of the mapping that was made."""
    return [(rule.object_type, rule.source, rule.match_by) for rule in config.mappings[-1].associations]


def test_a_link_field_is_a_link() -> None:
    """... and one that was not mapped is none."""
    number = Property.model_validate({"name": "customer_no", "hasUniqueValue": True})
    fields = ("hs_timestamp", "contact_email", "deal_id", "company_customer_no", "contact_customer_no")
    config = activate(configured(), catalog({"fields": fields}), companies=(number,))
    assert links(config) == [
        ("companies", "company_customer_no", "customer_no"),
        ("contacts", "contact_email", "email"),
        ("deals", "deal_id", "record_id"),
    ]


def test_without_a_schema_the_usual_links_are_looked_for() -> None:
    """A field that no record has links to nothing."""
    config = activate(configured(), catalog({"fields": ()}))
    assert [source for _, source, _ in links(config)] == [field.name for field in LINK_FIELDS]


def test_the_matching_key_is_the_external_id() -> None:
    """By it a call is found and updated, as it stands in the record: without the stream's name before it."""
    read = catalog({"mode": "append_dedup", "key": ("dialer_call_id",)})
    for mapping in ({}, {"stream_name": "*", "external_id_property": "other_id", "external_id_source": "hs_timestamp"}):
        config = activate(configured(*filter(None, [mapping])), read, ID, OTHER_ID)
        assert served(config)[-1] == ("orders", "", "dialer_call_id", "dialer_call_id")


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
    config = activate(configured(), catalog({"fields": fields, "key": key}), ID, OTHER_ID)
    assert served(config) == [("orders", "", external_id, external_id)]


FROM_BEFORE = {
    "stream_name": "orders",
    "only_if": "type == 'call'",
    "properties": [
        {"property": "hs_timestamp", "source": "started_at"},
        {"property": "hs_call_title", "source": "join(' ', ['Call', name])"},
        {"property": "hs_call_body", "source": "notes", "default": "none", "conversion": "text_to_html"},
        {"property": "hs_call_status", "default": "COMPLETED"},
        {"property": "hs_call_duration", "source": "seconds", "conversion": "seconds_to_milliseconds"},
        {"property": "hs_call_direction", "source": "way", "default": "INBOUND"},
    ],
    "associations": [
        {"object_type": "contacts", "source": "customer.mail", "match_by": "email", "if_missing": "reject"},
        {"object_type": "deals", "source": "deals"},
    ],
    "require_association": True,
    "leave_out_matching_fields": True,
}
"""A mapping of the stream's own, for other fields than those it has."""


def test_what_is_configured_for_the_stream_holds_as_far_as_it_has_the_fields() -> None:
    """A mapping from before must not reject every record, nor write over what was mapped."""
    read = catalog({"fields": ("hs_timestamp", "hs_call_body", "name", "deals")})
    (made,) = activate(configured(FROM_BEFORE), read).mappings
    assert [(rule.property, rule.source, rule.default, rule.conversion) for rule in made.properties] == [
        ("hs_timestamp", "hs_timestamp", None, None),
        ("hs_call_title", "join(' ', ['Call', name])", None, None),
        ("hs_call_body", "hs_call_body", "none", None),
        ("hs_call_status", None, "COMPLETED", None),
        ("hs_call_direction", None, "INBOUND", None),
    ]
    assert [rule.source for rule in made.associations] == ["deals"]
    assert (made.only_if, made.require_association, made.copies_matching_fields) == (None, True, True)
    assert made.properties[1].place == "mappings[0].properties[1]"


def test_a_link_that_is_required_and_cannot_be_made_is_not_required() -> None:
    """Each record would be rejected for what nobody mapped."""
    mapping = {
        "stream_name": "orders",
        "associations": [{"object_type": "contacts", "source": "mail"}],
        "require_association": True,
    }
    (made,) = activate(configured(mapping), catalog()).mappings
    assert (made.associations, made.require_association) == ((), False)


def test_a_mapping_for_another_namespace_does_not_hold() -> None:
    """The router would not take it either."""
    config = activate(configured({"stream_name": "orders", "stream_namespace": "other"}), catalog())
    assert served(config)[1:] == [("orders", "", None, None)]


def test_the_mapping_for_all_lends_its_rules() -> None:
    """What holds for every stream holds for a mapped one, its links too; only the key is the stream's own."""
    links = [{"object_type": "contacts", "source": "contact"}]
    config = configured({"stream_name": "*", "associations": links})
    fields = ("hs_timestamp", "contact")
    key = ("dialer_call_id",)
    read = catalog({"mode": "append_dedup", "key": key, "fields": fields}, {"name": "else", "target": None})
    changed = activate(config, read, ID)
    assert served(changed) == [("*", None, None, None), ("orders", "", "dialer_call_id", "dialer_call_id")]
    assert [rule.source for rule in changed.mappings[1].associations] == ["contact"]


@pytest.mark.parametrize(
    ("more", "source"),
    [
        ({"external_id_source": "sid"}, "join('|', ['orders', to_string(sid)])"),
        ({}, "join('|', ['orders', to_string(id)])"),
        ({"external_id_source": "gone"}, None),
    ],
)
def test_the_mapping_for_all_keeps_its_own_external_id(more: dict[str, str], source: str | None) -> None:
    """... with the stream's name before it, where nothing was mapped to a key: calls that are there are found again."""
    config = configured({"stream_name": "*", "external_id_property": "dialer_call_id", **more})
    read = catalog({"fields": ("hs_timestamp", "sid", "id"), "key": ("id",)})
    assert served(activate(config, read, ID))[1:] == [("orders", "", source and "dialer_call_id", source)]


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
    """Each is fixed on the mapping page."""
    with pytest.raises(ConfigError, match=words):
        activate(configured(), catalog(changes), ID, OTHER_ID)
