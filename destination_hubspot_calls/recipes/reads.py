"""Which fields an expression reads: for the pages of recipes, and to tell a source by its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jmespath

Read = tuple[str, ...]
"""A field, as a path with `[]` where a list is gone through. Several are alternatives, of which the first that has a
value counts: `a || b`, and `field(@, [...])`, whose names are compared without case, blanks, `_`, and `-`."""

_Node = Mapping[str, Any]
_Found = dict[Read, None]


def reads(expression: str) -> tuple[Read, ...]:
    """The fields that an expression reads, in the order of their first use. Raises jmespath's ParseError."""
    found: _Found = {}
    _emit(_paths(dict(jmespath.compile(expression).parsed), "", found), found)
    return tuple(found)


def expressions(mapping: Mapping[str, Any]) -> Iterator[str]:
    """Every expression of a mapping in its JSON form."""
    rules = (*mapping.get("properties", ()), *mapping.get("associations", ()))
    yield from (rule["source"] for rule in rules if rule.get("source"))
    yield from (mapping[key] for key in ("only_if", "external_id_source") if mapping.get(key))


def _paths(node: _Node, base: str, found: _Found) -> list[str]:
    """The paths that a part of an expression ends at; what it reads on its way goes to `found`."""
    kind, children = node["type"], node["children"]
    if kind in _ENDS:
        return _ENDS[kind](node, base)
    if kind in _WAYS:
        return _WAYS[kind](children, base, found)
    if kind == "function_expression" and node["value"] == "field":
        found[tuple(name["value"] for name in children[1]["children"])] = None
        return []
    if kind == "or_expression":
        return _either(children, base, found)
    for child in children:
        if isinstance(child, dict):
            _emit(_paths(child, base, found), found)
    return []


def _either(children: list[_Node], base: str, found: _Found) -> list[str]:
    ends = [_paths(child, base, found) for child in children]
    if all(ends):
        found[tuple(path for paths in ends for path in paths)] = None
        return []
    for paths in ends:
        _emit(paths, found)
    return []


def _through(children: list[_Node], base: str, found: _Found) -> list[str]:
    ends = [base]
    for child in children:
        ends = [end for start in ends for end in _paths(child, start, found)]
    return ends


def _projected(children: list[_Node], base: str, found: _Found) -> list[str]:
    elements = [f"{path}[]" if path else "" for path in _paths(children[0], base, found)]
    for condition in children[2:]:
        for element in elements:
            _emit(_paths(condition, element, found), found)
    return [end for element in elements for end in _paths(children[1], element, found)]


def _flattened(children: list[_Node], base: str, found: _Found) -> list[str]:
    return _paths(children[0], base, found)


def _emit(paths: list[str], found: _Found) -> None:
    found.update(dict.fromkeys((path.removesuffix("[]"),) for path in paths if path.strip("[]")))


_ENDS: Mapping[str, Callable[[_Node, str], list[str]]] = {
    "field": lambda node, base: [f"{base}.{node['value']}".removeprefix(".")],
    "current": lambda _, base: [base],
    "identity": lambda _, base: [base],
    "index": lambda _, base: [base],
    "literal": lambda _, __: [],
}
_WAYS: Mapping[str, Callable[[list[_Node], str, _Found], list[str]]] = {
    "subexpression": _through,
    "pipe": _through,
    "index_expression": _through,
    "flatten": _flattened,
    "projection": _projected,
    "filter_projection": _projected,
}
