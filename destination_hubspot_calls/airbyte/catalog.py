"""The configured catalog, as far as this destination reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from destination_hubspot_calls.messages import Stream

REQUIRED = (
    "stream.name",
    "stream.json_schema",
    "stream.supported_sync_modes",
    "sync_mode",
    "destination_sync_mode",
)
"""What the protocol requires of each stream of a configured catalog."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A stream that the connection selected.

    `primary_key`: paths of its parts; the catalog's, else the source-defined one. `fields`: the top-level fields of
    its schema, empty if it does not tell. `sync_mode`: append, append_dedup, overwrite, … `object_name`: the
    destination's object that the platform mapped it to already (data activation).
    """

    stream: Stream
    primary_key: tuple[tuple[str, ...], ...] = ()
    sync_mode: str = "append"
    fields: frozenset[str] = frozenset()
    object_name: str | None = None


Catalog = Mapping[Stream, Selected]


class WrongCatalog(Exception):
    """Something is not a configured catalog; the text says what is missing, or what is wrong with it."""


def read_catalog(raw: Any) -> Catalog:
    """The selected streams of a configured catalog in its JSON form. Raises WrongCatalog."""
    missing = missing_part(raw, ("stream.name",))
    if missing is not None:
        raise WrongCatalog(missing)
    try:
        selected = [_selected(item) for item in raw.get("streams") or ()]
    except (AttributeError, KeyError, TypeError):
        raise WrongCatalog("it has parts of another kind than a catalog's") from None
    return {item.stream: item for item in selected}


def missing_part(raw: Any, required: Iterable[str] = REQUIRED) -> str | None:
    """What a configured catalog lacks of what each of its streams must have, in words; None if it lacks nothing."""
    if not isinstance(raw, dict):
        return "it is not a JSON object"
    if not isinstance(raw.get("streams") or [], list):
        return "streams is not a list"
    for index, item in enumerate(raw.get("streams") or ()):
        for path in required:
            if _at(item, path) is None:
                return f"streams[{index}].{path} is missing"
    return None


def _at(item: Any, path: str) -> Any:
    for name in path.split("."):
        item = item.get(name) if isinstance(item, dict) else None
    return item


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
