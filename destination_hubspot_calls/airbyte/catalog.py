"""The configured catalog, as far as this destination reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from destination_hubspot_calls.messages import Stream


@dataclass(frozen=True, slots=True)
class Selected:
    """A stream that the connection selected.

    `primary_key`: paths of its parts; the catalog's, else the source-defined one. `fields`: the top-level fields of
    its schema, empty where it does not tell. `sync_mode`: append, append_dedup, overwrite, … `object_name`: the
    destination's object that the platform mapped it to already (data activation).
    """

    stream: Stream
    primary_key: tuple[tuple[str, ...], ...] = ()
    sync_mode: str = "append"
    fields: frozenset[str] = frozenset()
    object_name: str | None = None


Catalog = Mapping[Stream, Selected]


def read_catalog(raw: Mapping[str, Any]) -> Catalog:
    """The selected streams of a configured catalog in its JSON form."""
    selected = (_selected(item) for item in raw.get("streams") or ())
    return {item.stream: item for item in selected}


def _selected(item: Mapping[str, Any]) -> Selected:
    stream = item["stream"]
    key = item.get("primary_key") or stream.get("source_defined_primary_key") or ()
    schema = stream.get("json_schema") or {}
    return Selected(
        stream=Stream(stream["name"], stream.get("namespace") or None),
        primary_key=tuple(tuple(path) for path in key if path),
        sync_mode=item.get("destination_sync_mode") or "append",
        fields=frozenset(schema.get("properties") or ()),
        object_name=item.get("destination_object_name"),
    )
