"""What HubSpot says against an input → whom it means, and how we say it ourselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from destination_hubspot_calls.associations import Target
from destination_hubspot_calls.hubspot.models import Problem
from destination_hubspot_calls.hubspot.objects import same_object_type

EMBEDDED = "Property values were not valid: "
"""What stands before a JSON list of details in a message (HubSpot's guide on error handling)."""
LINK_PROBLEMS = ("INVALID_OBJECT_IDS", "INVALID_ASSOCIATION_TYPE_ID")
WHATEVER_THE_VALUE = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
MAX_DETAIL = 2000
"""Characters: an option list in a message can be very long."""

_OBJECT_ID = re.compile(r"(?:(?P<type>[^=\s]+)=)?(?P<id>\S+) is not valid")
_TYPE_ID = re.compile(r"(?P<category>[A-Z_]+)=(?P<id>\d+)")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,60}")
_PROPERTY = re.compile(r"[a-z][a-z0-9_]{0,250}")


@dataclass(frozen=True, slots=True)
class PropertyError:
    """One property that HubSpot finds wrong; `code` and `message` may be empty."""

    property: str
    code: str
    message: str


def property_errors(problem: Problem) -> list[PropertyError]:
    """The properties that a problem names, from wherever it names them."""
    found = {item.property: item for item in _named(problem)}
    return list(found.values())


def _named(problem: Problem) -> Iterator[PropertyError]:
    for name in problem.context.get("properties", ()):
        yield PropertyError(name, "REQUIRED", problem.message)
    for error in problem.errors:
        for name in error.context.get("propertyName", ()):
            yield PropertyError(name, error.code, error.message)
    for item in _embedded(problem.message):
        yield PropertyError(str(item.get("name", "")), str(item.get("error", "")), str(item.get("message", "")))


def _embedded(message: str) -> list[dict[str, Any]]:
    _, found, text = message.partition(EMBEDDED)
    if not found:
        return []
    try:
        items = orjson.loads(text)
    except ValueError:
        return []
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def is_about_taken_value(problem: Problem) -> bool:
    """Whether a unique value may be another record's already. Only a reason to look again, never a proof."""
    return problem.category == "CONFLICT" or "already ha" in problem.message or "already exists" in problem.message


def is_about_links(problem: Problem) -> bool:
    """Whether a problem is about associations, whether or not it names one."""
    return any(name in problem.context for name in LINK_PROBLEMS) or "association" in problem.message.lower()


def named_targets(problem: Problem, targets: Iterable[Target]) -> list[Target]:
    """The targets that a problem names by record or by type of link."""
    ids = [found for text in problem.context.get("INVALID_OBJECT_IDS", ()) if (found := _OBJECT_ID.search(text))]
    types = {
        (found["category"], int(found["id"]))
        for text in problem.context.get("INVALID_ASSOCIATION_TYPE_ID", ())
        if (found := _TYPE_ID.search(text))
    }
    return [
        target
        for target in targets
        if any(found["id"] == target.id and same_object_type(found["type"], target.object_type) for found in ids)
        or any((kind.category, kind.type_id) in types for kind in target.types)
    ]


def named_properties(problem: Problem, properties: bytes) -> list[PropertyError]:
    """The property_errors that fit an input's encoded properties: it holds what is wrong, or lacks what is missing."""
    named = property_errors(problem)
    if not named:
        return []
    held: dict[str, str] = orjson.loads(properties)
    return [item for item in named if _fits(item, held)]


def _fits(error: PropertyError, held: dict[str, str]) -> bool:
    value = held.get(error.property)
    if error.code == "REQUIRED":
        return value is None
    return value is not None and (error.code in WHATEVER_THE_VALUE or _is_about(error.message, value))


def _is_about(message: str, value: str) -> bool:
    """Whether a message says what is wrong with this very value.

    It may name others beside: the options that are allowed, each of which another input may rightly hold.
    """
    return message.startswith((f"{value} was ", f"{value} is ")) or f" id {value} does not exist" in message


def reason(problem: Problem, fields: Mapping[str, str]) -> str:
    """A refusal in our own words: property, field, and HubSpot's code, never a value or HubSpot's own text."""
    said = [_property_reason(item, fields) for item in property_errors(problem)]
    if said:
        return "; ".join(said)
    if is_about_links(problem):
        return "HubSpot refuses an association of the call (INVALID_ASSOCIATION)"
    if is_about_taken_value(problem):
        return "HubSpot refuses the call: a unique value is taken already (UNIQUE_VALUE_CONFLICT)"
    return f"HubSpot refuses the call ({_code(problem.category) or 'no code'})"


def _property_reason(error: PropertyError, fields: Mapping[str, str]) -> str:
    # Names from HubSpot's answer are shown only in the form of a name, as its texts may repeat values.
    name = error.property if _PROPERTY.fullmatch(error.property) else "a property"
    source = fields.get(error.property)
    if error.code == "REQUIRED":
        return f"{name}: HubSpot requires a value (REQUIRED)"
    of = f' from field "{source}"' if source else ""
    return f"{name}: HubSpot refuses the value{of} ({_code(error.code) or 'INVALID'})"


def _code(text: str) -> str:
    return text if _CODE.fullmatch(text) else ""


def detail(problem: Problem) -> str:
    """HubSpot's own words, for the store of rejected records."""
    texts: list[str] = [problem.message, *(error.message for error in problem.errors)]
    texts += [text for name in LINK_PROBLEMS for text in problem.context.get(name, ())]
    return " / ".join(dict.fromkeys(text[:MAX_DETAIL] for text in texts if text))
