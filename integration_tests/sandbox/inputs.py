"""What came in, looked at as strictly as HubSpot's JSON binding does: shapes and types, not meaning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from integration_tests.sandbox import bodies
from integration_tests.sandbox.settings import Settings
from integration_tests.sandbox.wire import Body

BATCH_LIMIT = 100
"""A: inputs per batch."""
CATEGORIES = frozenset({"HUBSPOT_DEFINED", "INTEGRATOR_DEFINED", "USER_DEFINED", "WORK"})
_STRING = "java.lang.String"
_CREATE = frozenset({"associations", "objectWriteTraceId", "properties"})
_SINGLE_CREATE = frozenset({"associations", "properties"})
_UPDATE = frozenset({"id", "idProperty", "objectWriteTraceId", "properties"})
_INPUTS = frozenset({"inputs"})


@dataclass(frozen=True, slots=True)
class Link:
    """One association of one input: a record, and the types it is tied by."""

    to: str
    types: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to be created."""

    trace: str | None
    properties: dict[str, str]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A record to be updated (or upserted): which one, by which property, and what to set."""

    trace: str | None
    id: str
    id_property: str | None
    properties: dict[str, str]


def parse(raw: bytes) -> object:
    """The body as JSON; B for the words of a refusal."""
    try:
        parsed: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise bodies.malformed(str(error), max(1, error.pos)) from None
    return parsed


def mapping(value: object, wanted: str = "java.util.LinkedHashMap") -> Body:
    if not isinstance(value, dict):
        raise bodies.wrong_json_type(wanted, value)
    return value


def listing(value: object) -> list[object]:
    if not isinstance(value, list):
        raise bodies.wrong_json_type("java.util.ArrayList", value)
    return value


def text(value: object) -> str:
    if not isinstance(value, str):
        raise bodies.wrong_json_type(_STRING, value)
    return value


def texts(value: object) -> list[str]:
    return [text(item) for item in listing(value)]


def only(body: Body, known: frozenset[str], settings: Settings) -> None:
    """Refuse fields HubSpot does not know (D: it may ignore them)."""
    if settings.unknown_fields == "refuse" and not body.keys() <= known:
        first = next(name for name in body if name not in known)
        raise bodies.malformed(f'Unrecognized field "{first}", not marked as ignorable')


def needed(body: Body, names: Iterable[str]) -> None:
    missing = [name for name in names if name not in body]
    if missing:
        raise bodies.fields_missing(missing)


def batch(body: object, settings: Settings, limit: int = BATCH_LIMIT, known: frozenset[str] = _INPUTS) -> list[object]:
    """The inputs of a batch: there, not none (B), not too many (A/B)."""
    held = mapping(body, "BatchInput")
    needed(held, ("inputs",))
    only(held, known, settings)
    inputs = listing(held["inputs"])
    if not inputs:
        raise bodies.empty_batch()
    if len(inputs) > limit:
        raise bodies.too_many(limit)
    return inputs


def drafts(body: object, settings: Settings) -> list[Draft]:
    """The inputs of batch/create."""
    return [_draft(item, settings, _CREATE) for item in batch(body, settings)]


def single_draft(body: object, settings: Settings) -> Draft:
    return _draft(body, settings, _SINGLE_CREATE)


def changes(body: object, settings: Settings) -> list[Change]:
    """The inputs of batch/update and batch/upsert: an upsert input has no ``associations`` (A)."""
    made = []
    for item in batch(body, settings):
        held = mapping(item, "SimplePublicObjectBatchInput")
        needed(held, ("id", "properties"))
        only(held, _UPDATE, settings)
        trace, by = held.get("objectWriteTraceId"), held.get("idProperty")
        made.append(
            Change(
                None if trace is None else text(trace),
                text(held["id"]),
                None if by is None else text(by),
                properties(held["properties"], settings),
            )
        )
    return made


def properties(value: object, settings: Settings) -> dict[str, str]:
    """A: every value is a string; another JSON type refuses the whole request (switch non_string_values)."""
    held = mapping(value)
    for item in held.values():
        if type(item) is not str:
            if settings.non_string_values == "accept":
                return {name: _as_text(item) for name, item in held.items()}
            raise bodies.wrong_json_type(_STRING, item)
    return held  # type: ignore[return-value]  # each value was looked at above


def links(value: object, settings: Settings) -> tuple[Link, ...]:
    return tuple(_link(item, settings) for item in listing(value))


def types(value: object, settings: Settings) -> tuple[tuple[str, int], ...]:
    """``[{"associationCategory", "associationTypeId"}]``; an empty list is fine, and links nothing (B)."""
    return tuple(_type(item, settings) for item in listing(value))


def target(value: object, settings: Settings) -> str:
    held = mapping(value, "PublicObjectId")
    needed(held, ("id",))
    only(held, frozenset({"id"}), settings)
    return text(held["id"])


def _draft(item: object, settings: Settings, known: frozenset[str]) -> Draft:
    held = mapping(item, "SimplePublicObjectBatchInputForCreate")
    if "properties" not in held or ("associations" not in held and settings.associations_required):
        needed(held, ("associations", "properties") if settings.associations_required else ("properties",))
    only(held, known, settings)
    trace = held.get("objectWriteTraceId")
    if trace is not None and type(trace) is not str:
        raise bodies.wrong_json_type(_STRING, trace)
    listed = held.get("associations") or ()
    return Draft(trace, properties(held["properties"], settings), links(listed, settings) if listed else ())


def _link(item: object, settings: Settings) -> Link:
    held = mapping(item, "PublicAssociationsForObject")
    needed(held, ("to", "types"))
    only(held, frozenset({"to", "types"}), settings)
    return Link(target(held["to"], settings), types(held["types"], settings))


def _type(item: object, settings: Settings) -> tuple[str, int]:
    held = mapping(item, "AssociationSpec")
    needed(held, ("associationCategory", "associationTypeId"))
    only(held, frozenset({"associationCategory", "associationTypeId"}), settings)
    category, number = held["associationCategory"], held["associationTypeId"]
    if not isinstance(category, str) or category not in CATEGORIES:
        raise bodies.malformed(f"Cannot deserialize value of type `AssociationCategory` from String value {category!r}")
    if type(number) is not int:
        raise bodies.wrong_json_type("int", number)
    return category, number


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
