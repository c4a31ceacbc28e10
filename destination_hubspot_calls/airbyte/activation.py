"""Data activation: calls as an object that Airbyte's mapping page fills, and the streams that were mapped there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from destination_hubspot_calls.airbyte.catalog import Catalog, Selected
from destination_hubspot_calls.config.fields import ANY_STREAM
from destination_hubspot_calls.config.model import Config, Mapping
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.hubspot.standard_properties import NEVER_COPIED, TIME

OBJECT = "calls"
"""The one object that Airbyte may map a stream to."""
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
class Operation:
    """What can be done to an object, in the protocol's words; `matching_keys` are paths, one of which is chosen."""

    object_name: str
    sync_mode: str
    json_schema: dict[str, Any]
    matching_keys: tuple[tuple[str, ...], ...] = ()


def operations(properties: Iterable[Property]) -> tuple[Operation, ...]:
    """What an account lets a person do: add calls and, where a property can tell them apart, update them."""
    writable = [item for item in properties if item.writable and not item.archived and item.name != NEVER_COPIED]
    schema = {
        "type": "object",
        "properties": {item.name: _schema(item) for item in writable if not item.hidden or item.name == TIME},
        "required": [TIME],
        "additionalProperties": False,
    }
    keys = tuple((item.name,) for item in writable if item.identifies)
    added = Operation(OBJECT, APPEND, schema)
    return (added, Operation(OBJECT, UPDATE, schema, keys)) if keys else (added,)


def activated(config: Config, catalog: Catalog, definitions: Callable[[], Iterable[Property]]) -> Config:
    """The configuration with a mapping for each stream that Airbyte mapped itself, unless one names it already.

    Such a stream's fields are call properties: it is written as by the mapping for `*`, which may be left out, and
    its matching key is the external id. `definitions` reads those of call properties. Raises ConfigError.
    """
    streams = [item for item in catalog.values() if item.object_name is not None]
    others = [item for item in streams if item.object_name != OBJECT]
    if others:
        raise ConfigError(
            *(f"the stream {item.stream} is mapped to {item.object_name}; choose {OBJECT}" for item in others)
        )
    bare = [item for item in streams if not any(_names(mapping, item) for mapping in config.mappings)]
    if not bare:
        return config
    unique = frozenset(item.name for item in definitions() if item.identifies and not item.archived)
    return config.model_copy(update={"mappings": (*config.mappings, *_mappings(bare, config, unique))})


def _mappings(streams: Iterable[Selected], config: Config, unique: Collection[str]) -> Iterator[Mapping]:
    others = next((item for item in config.mappings if item.stream_name == ANY_STREAM), Mapping(stream_name=ANY_STREAM))
    if others.external_id_property is not None:
        return
    for item in streams:
        key = _key(item, unique)
        yield others.model_copy(
            update={
                "stream_name": item.stream.name,
                "stream_namespace": item.stream.namespace or "",
                "external_id_property": key,
                "external_id_source": key,
            }
        )


def _names(mapping: Mapping, item: Selected) -> bool:
    return mapping.stream_name == item.stream.name and (mapping.stream_namespace or None) in (
        None,
        item.stream.namespace,
    )


def _key(item: Selected, unique: Collection[str]) -> str | None:
    """The property that tells a stream's calls apart: its matching key, else the one unique property that it fills.

    Without it, a call whose answer was lost would be refused when it is sent again.
    """
    single = item.primary_key[0][0] if len(item.primary_key) == 1 and len(item.primary_key[0]) == 1 else None
    if item.sync_mode == UPDATE:
        if single is None:
            raise ConfigError(f"the stream {item.stream} is append + deduped: choose one property as its matching key")
        if unique and single not in unique:
            raise ConfigError(
                f"the stream {item.stream} has the matching key {single}, by which no call can be found: choose "
                f"{' or '.join(sorted(unique))}"
            )
        return single
    filled = [name for name in item.fields if name in unique]
    return single if single in unique else filled[0] if len(filled) == 1 else None


def _schema(item: Property) -> dict[str, Any]:
    schema = {**_TYPES.get(item.type, _TEXT), **({"title": item.label} if item.label else {})}
    options = [option.value for option in item.options if not option.hidden]
    if item.type == "enumeration" and options and not item.multiple and not item.external_options:
        schema["enum"] = [*options, None]
    if item.name == TIME:
        schema["type"] = "string"
    return schema
