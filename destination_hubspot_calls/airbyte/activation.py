"""Data activation: calls as an object that Airbyte's mapping page fills, and the streams that were mapped there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from destination_hubspot_calls.airbyte.catalog import Catalog, Selected
from destination_hubspot_calls.config.fields import ANY_STREAM
from destination_hubspot_calls.config.model import AssociationRule, Config, Mapping, PropertyRule
from destination_hubspot_calls.config.problems import ConfigError, Problem
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.hubspot.standard_properties import NEVER_COPIED, TIME
from destination_hubspot_calls.messages import RECORD_ID

OBJECT = "calls"
"""The one object that Airbyte may map a stream to."""
MAPPED = "the stream "
"""What the places begin with of mappings that are made for streams which Airbyte mapped itself."""
APPEND, UPDATE = "append", "append_dedup"

# The words of Airbyte's own destinations, in which everything that is not required may be null.
_TYPES: dict[str, dict[str, Any]] = {
    "number": {"type": ["null", "number"]},
    "bool": {"type": ["null", "boolean"]},
    "date": {"type": ["null", "string"], "format": "date"},
    "datetime": {"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_with_timezone"},
}
_TEXT = {"type": ["null", "string"]}


@dataclass(frozen=True, slots=True)
class LinkField:
    """A field that is no property of calls: its value is what a record of another object is found by."""

    name: str
    title: str
    object_type: str
    match_by: str


LINK_FIELDS = (
    LinkField("contact_id", "Contact to link to, by its record ID", "contacts", RECORD_ID),
    LinkField("contact_email", "Contact to link to, by e-mail address", "contacts", "email"),
    LinkField("contact_phone", "Contact to link to, by phone number", "contacts", "phone"),
    LinkField("company_id", "Company to link to, by its record ID", "companies", RECORD_ID),
    LinkField("company_domain", "Company to link to, by domain", "companies", "domain"),
    LinkField("deal_id", "Deal to link to, by its record ID", "deals", RECORD_ID),
    LinkField("ticket_id", "Ticket to link to, by its record ID", "tickets", RECORD_ID),
)
"""What calls can be linked by in every account."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The properties of an account's calls, contacts and companies; the last two are empty if they may not be read."""

    calls: tuple[Property, ...]
    contacts: tuple[Property, ...] = ()
    companies: tuple[Property, ...] = ()

    @property
    def link_fields(self) -> tuple[LinkField, ...]:
        """What calls can be linked by: LINK_FIELDS, and whatever is unique. A property of calls keeps its name."""
        more = (
            LinkField(
                f"{one}_{item.name}", f"{one.capitalize()} to link to, by {item.label or item.name}", many, item.name
            )
            for one, many, items in (("contact", "contacts", self.contacts), ("company", "companies", self.companies))
            for item in items
            if item.unique and not item.archived and item.name != "hs_object_id"
        )
        taken = {item.name for item in self.calls if not item.archived}
        fields = {field.name: field for field in (*more, *LINK_FIELDS) if field.name not in taken}
        return tuple(fields.values())

    @property
    def keys(self) -> frozenset[str]:
        """The properties of calls that can tell them apart."""
        return frozenset(item.name for item in self.calls if item.identifies and not item.archived)


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be done to an object, in the protocol's words; `matching_keys` are paths, one of which is chosen."""

    object_name: str
    sync_mode: str
    json_schema: dict[str, Any]
    matching_keys: tuple[tuple[str, ...], ...] = ()


def operations(offer: Offer, read_by_rules: Collection[str] = ()) -> tuple[Operation, ...]:
    """What an account lets a person do: add calls and, if a property can tell them apart, update them.

    `read_by_rules`: what the rules of the mapping for all streams read, which can be mapped as well.
    """
    writable = [item for item in offer.calls if item.writable and not item.archived and item.name != NEVER_COPIED]
    fields = {item.name: _schema(item) for item in writable if not item.hidden or item.name == TIME}
    fields |= {field.name: {**_TEXT, "title": field.title} for field in offer.link_fields}
    fields |= {name: _read_by_rule(name) for name in read_by_rules if name not in fields}
    schema = {
        "type": "object",
        "properties": fields,
        "required": [TIME],
        # What is not listed can be mapped too: a hidden property, or a field that a rule reads.
        "additionalProperties": True,
    }
    keys = tuple((item.name,) for item in writable if item.identifies)
    added = Operation(OBJECT, APPEND, schema)
    return (added, Operation(OBJECT, UPDATE, schema, keys)) if keys else (added,)


def activated(
    config: Config, catalog: Catalog, offer: Callable[[], Offer], reads: Callable[[str], frozenset[str]]
) -> Config:
    """The configuration with a mapping for each stream that Airbyte mapped itself.

    Such a stream is written by its fields' names: those of call properties, and of LinkField. What a configured mapping
    says of it holds as far as the stream has the fields for it. Its matching key is the external id. `offer` reads what
    the account has; `reads` tells the top-level fields that a source reads, nothing if it is the whole record.
    Raises ConfigError.
    """
    streams = [item for item in catalog.values() if item.object_name is not None]
    others = [item for item in streams if item.object_name != OBJECT]
    if others:
        raise ConfigError(
            *(
                Problem("connection", f"the stream {item.stream} is mapped to {item.object_name}; choose {OBJECT}")
                for item in others
            )
        )
    if not streams:
        return config
    has = offer()
    mapped = (_activated(item, _base(item, config), has, reads) for item in streams)
    unmapped = [item for item in catalog.values() if item.object_name is None]
    kept = (
        mapping
        for mapping in config.mappings
        if not any(_is_for(mapping, item) for item in streams) or any(_is_for(mapping, item) for item in unmapped)
    )
    return config.model_copy(update={"mappings": (*kept, *mapped)})


def _activated(item: Selected, base: Mapping, offer: Offer, reads: Callable[[str], frozenset[str]]) -> Mapping:
    fields = _Fields(item, reads)
    key = _key(item, offer.keys)
    links = (*_links(item, fields, offer), *(rule for rule in base.associations if fields.feed(rule.source)))
    changes = {
        "stream_name": item.stream.name,
        "stream_namespace": item.stream.namespace or "",
        "only_if": base.only_if if base.only_if and fields.feed(base.only_if) else None,
        "properties": tuple(_rules(base, fields, key)),
        "leave_out_matching_fields": False,
        "associations": links,
        "require_association": base.require_association and bool(links),
        **_external_id(item, base, fields, key),
    }
    return base.model_copy(update=changes).at(f'{MAPPED}"{item.stream}"')


class _Fields:
    """The fields of a mapped stream, which bear the names that they were mapped to; none are known if its schema
    lacks the one that every call needs.
    """

    def __init__(self, item: Selected, reads: Callable[[str], frozenset[str]]) -> None:
        self._names = item.fields if TIME in item.fields else frozenset()
        self._reads = reads

    def has(self, name: str) -> bool:
        """Whether there may be such a field."""
        return not self._names or name in self._names

    def names(self, name: str) -> bool:
        """Whether there is such a field for sure."""
        return name in self._names

    def feed(self, source: str) -> bool:
        """Whether a source may find anything."""
        read = self._reads(source)
        return not read or self.has(source) or any(map(self.has, read))


def _rules(base: Mapping, fields: _Fields, key: str | None) -> Iterator[PropertyRule]:
    """The rules of a mapping that have something to read, or a default; what was mapped to a property goes first."""
    for rule in base.properties:
        if rule.property == key or rule.is_empty:
            continue
        if fields.names(rule.property):
            yield rule.model_copy(update={"source": rule.property, "conversion": None, "values": ()})
        elif rule.source is None or fields.feed(rule.source):
            yield rule
        elif rule.default is not None:
            yield rule.model_copy(update={"source": None})


def _links(item: Selected, fields: _Fields, offer: Offer) -> Iterator[AssociationRule]:
    for field in offer.link_fields:
        if fields.names(field.name) or (fields.has(field.name) and field in LINK_FIELDS):
            rule = AssociationRule(object_type=field.object_type, source=field.name, match_by=field.match_by)
            yield rule.at(f'{MAPPED}"{item.stream}": field {field.name}')


def _base(item: Selected, config: Config) -> Mapping:
    """What is configured for a stream: by its name, else for all, else nothing."""
    named = [mapping for mapping in config.mappings if _is_for(mapping, item)]
    exact = [mapping for mapping in named if mapping.stream_namespace]
    for_all = [mapping for mapping in config.mappings if mapping.stream_name == ANY_STREAM]
    return next(iter((*exact, *named, *for_all)), Mapping(stream_name=ANY_STREAM))


def _is_for(mapping: Mapping, item: Selected) -> bool:
    return mapping.stream_name == item.stream.name and (mapping.stream_namespace or None) in (
        None,
        item.stream.namespace,
    )


def _external_id(item: Selected, base: Mapping, fields: _Fields, key: str | None) -> dict[str, str | None]:
    """The key that was mapped, else what the configured mapping says, if the stream has the fields for it. What that
    says for all streams has the stream's name before it, as it has without data activation.
    """
    source = base.external_id_source or _only(item.primary_key)
    if key is not None:
        return {"external_id_property": key, "external_id_source": key}
    if base.external_id_property is None or source is None or not fields.feed(source):
        return {"external_id_property": None, "external_id_source": None}
    if base.stream_name == ANY_STREAM:
        name = item.stream.name.replace("\\", "\\\\").replace("'", "\\'")
        source = f"join('|', ['{name}', to_string({source})])"
    return {"external_id_property": base.external_id_property, "external_id_source": source}


def _only(primary_key: tuple[tuple[str, ...], ...]) -> str | None:
    """The one field of a primary key that has one."""
    single = len(primary_key) == 1 and len(primary_key[0]) == 1
    return primary_key[0][0] if single else None


def _key(item: Selected, unique: Collection[str]) -> str | None:
    """The property that tells a stream's calls apart: its matching key, else the one unique property that it fills.

    Without it, a call whose answer was lost would be refused when it is sent again.
    """
    single = _only(item.primary_key)
    if item.sync_mode == UPDATE:
        return _matching_key(item, single, unique)
    filled = [name for name in item.fields if name in unique]
    return single if single in unique else filled[0] if len(filled) == 1 else None


def _matching_key(item: Selected, single: str | None, unique: Collection[str]) -> str:
    place = "connection"
    if single is None:
        raise ConfigError(
            Problem(place, f"the stream {item.stream} is append + deduped: choose one property as its matching key")
        )
    if unique and single not in unique:
        raise ConfigError(
            Problem(
                place,
                f"the stream {item.stream} has the matching key {single}, by which no call can be found: choose "
                f"{' or '.join(sorted(unique))}",
            )
        )
    return single


def _schema(item: Property) -> dict[str, Any]:
    schema = {**_TYPES.get(item.type, _TEXT), **({"title": item.label} if item.label else {})}
    options = [option.value for option in item.options if not option.hidden]
    if item.type == "enumeration" and options and not item.multiple and not item.external_options:
        schema["enum"] = [*options, None]
    if item.name == TIME:
        schema["type"] = "string"
    return schema


def _read_by_rule(name: str) -> dict[str, Any]:
    return {**_TEXT, "title": f"{name} (read by a rule of the mapping for all streams)"}
