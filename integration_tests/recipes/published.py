"""What a source publishes of its streams of calls (sources/*.json): names and types of fields, keys, cursors.

Beside that each file holds records in this shape, what HubSpot is to have beforehand, and what it must hold afterwards.
A kind is the name of a JSON type, a dict of kinds by field, or a list with the kind of its elements. `beyond`: fields
that the vendor's reference has and the source does not publish, though it may send them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jmespath

from destination_hubspot_calls import recipes

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path(__file__).with_name("sources")
NAMES = tuple(sorted(file.stem for file in SOURCES.glob("*.json")))

KEY = "vendor_call_id"
"""The unique property of calls that the recipes fill."""

Kind = Any
Node = dict[str, Any]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_SCALAR = "anything"


class Unpublished(Exception):
    """A field that the source does not publish, or a value of another type."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of sources/. `filled_in` is what a person adds to rows that the recipe leaves empty, by property."""

    name: str
    streams: Mapping[str, Any]
    hubspot: Mapping[str, Any]
    expected: Mapping[str, Any]
    given: Mapping[str, list[dict[str, Any]]]
    filled_in: Mapping[str, Any]
    beyond: Mapping[str, Kind]

    def records(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Stream and record: every published field, null where the file gives no value."""
        for stream, records in self.given.items():
            fields = self.streams[stream]["fields"]
            for given in records:
                yield stream, _filled(given, fields)

    def fields(self) -> dict[str, Kind]:
        """The fields that a recipe may name: those of any of the streams that it is for, and those beyond."""
        named = {name: kind for facts in self.streams.values() for name, kind in facts["fields"].items()}
        fields: dict[str, Kind] = _both(named, dict(self.beyond))
        return fields

    def mappings(self) -> list[dict[str, Any]]:
        """As a person fills them in: each stream, the recipe, the key, and what the recipe leaves open."""
        rows = {rule["property"]: rule for rule in recipes.read(self.name)["properties"]}
        filled = [{**rows[name], **more} for name, more in self.filled_in.items()]
        return [
            {"stream_name": stream, "recipe": self.name, "properties": filled, "external_id_property": KEY}
            for stream in self.streams
        ]


def source(name: str) -> Source:
    """What is stored of a source."""
    stored = json.loads((SOURCES / f"{name}.json").read_text(encoding="utf-8"))
    return Source(
        name,
        streams=stored["streams"],
        hubspot=stored["hubspot"],
        expected=stored["expected"],
        given=stored["records"],
        filled_in=stored.get("filled_in", {}),
        beyond=stored.get("beyond", {}),
    )


def sources_of(mapping: Mapping[str, Any]) -> Iterator[str]:
    """Every expression of a mapping."""
    rules = (*mapping.get("properties", ()), *mapping.get("associations", ()))
    yield from (rule["source"] for rule in rules if "source" in rule)
    yield from (mapping[key] for key in ("only_if", "external_id_source") if key in mapping)


def require_published(expression: str, fields: Mapping[str, Kind]) -> None:
    """Raises Unpublished where an expression names a field that records of these fields do not have, in any branch."""
    _kind(dict(jmespath.compile(expression).parsed), dict(fields))


def _both(fields: Kind, beyond: Kind) -> Kind:
    """What is beyond wins, and is added to objects."""
    if isinstance(fields, dict) and isinstance(beyond, dict):
        return {**fields, **{name: _both(fields.get(name), kind) for name, kind in beyond.items()}}
    return beyond


def _filled(given: Any, kind: Kind) -> Any:
    if given is None:
        return None
    if isinstance(kind, dict):
        if unknown := given.keys() - kind.keys():
            raise Unpublished(f"no such field: {', '.join(sorted(unknown))}")
        return {name: _filled(given.get(name), kind[name]) for name in kind}
    if isinstance(kind, list):
        return [_filled(item, kind[0]) for item in given]
    if not isinstance(given, _TYPES[kind]) or (kind != "boolean" and isinstance(given, bool)):
        raise Unpublished(f"{given!r} is no {kind}")
    return given


def _kind(node: Node, kind: Kind) -> Kind:
    """The kind of what a part of an expression finds in a value of a kind."""
    if node["type"] == "field":
        return _field(kind, node["value"])
    found = _PARTS[node["type"]](node["children"], kind)
    if node["type"] == "function_expression" and node["value"] == "find":
        return _element(_kind(node["children"][0], kind))
    return found


def _through(children: list[Node], kind: Kind) -> Kind:
    for child in children:
        kind = _kind(child, kind)
    return kind


def _projected(children: list[Node], kind: Kind) -> Kind:
    element = _element(_kind(children[0], kind))
    for condition in children[2:]:
        _kind(condition, element)
    return [_kind(children[1], element)]


def _last(children: list[Node], kind: Kind) -> Kind:
    return [_kind(child, kind) for child in children][-1]


def _scalar(children: list[Node], kind: Kind) -> Kind:
    for child in children:
        _kind(child, kind)
    return _SCALAR


def _field(kind: Kind, name: str) -> Kind:
    if not isinstance(kind, dict) or name not in kind:
        raise Unpublished(f"no such field: {name}")
    return kind[name]


def _element(kind: Kind) -> Kind:
    return kind[0] if isinstance(kind, list) else kind


_PARTS: Mapping[str, Callable[[list[Node], Kind], Kind]] = {
    "subexpression": _through,
    "pipe": _through,
    "index_expression": _through,
    "index": lambda _, kind: _element(kind),
    "flatten": lambda children, kind: [_element(_element(_kind(children[0], kind)))],
    "projection": _projected,
    "filter_projection": _projected,
    "current": lambda _, kind: kind,
    "identity": lambda _, kind: kind,
    "literal": lambda _, __: _SCALAR,
    "or_expression": _last,
    "and_expression": _last,
    "multi_select_list": lambda children, kind: [_last(children, kind)],
    "not_expression": _scalar,
    "comparator": _scalar,
    "function_expression": _scalar,
}
