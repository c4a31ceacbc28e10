"""The account's custom objects, by all the names that people and requests have for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from destination_hubspot_calls.hubspot.client import Client


@dataclass(frozen=True, slots=True)
class CustomObject:
    """A custom object: as requests name it wherever it is, its type id, what people call one and many of it."""

    name: str
    type_id: str
    label: str
    names: frozenset[str]


def custom_objects(client: Client) -> tuple[CustomObject, ...]:
    """Those of the account. Raises HubSpotError."""
    return tuple(_custom_object(schema) for schema in client.object_schemas())


def _custom_object(schema: dict[str, Any]) -> CustomObject:
    type_id, short, full = (str(schema.get(key) or "") for key in ("objectTypeId", "name", "fullyQualifiedName"))
    labels = schema.get("labels")
    one, many = (str(labels.get(key) or "") for key in ("singular", "plural")) if isinstance(labels, dict) else ("", "")
    names = frozenset(name.casefold() for name in (type_id, short, full, one, many) if name)
    return CustomObject(full or short or type_id, type_id, many or one or short, names)
