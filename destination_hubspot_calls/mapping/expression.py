"""Where a value comes from: a `source`, compiled to a function of the record's data."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import ParseError
from jmespath.functions import Functions
from jmespath.parser import ParsedResult
from jmespath.visitor import TreeInterpreter

Data = Mapping[str, Any]
Get = Callable[[Data], object]
"""What a record has at a source; None where it has nothing, or where the expression fails on its values."""


def getter(source: str) -> Get:
    """A top-level field of exactly this name, null included, else what the JMESPath expression finds.

    A text that is no JMESPath can only be a name. Names and dotted paths are looked up, not interpreted.
    """
    path = plain_path(source)
    if path is None:
        return _interpreted(source)
    return _named(source) if path == (source,) else _walked(source, path)


def plain_path(source: str) -> tuple[str, ...] | None:
    """The names of a path like `customer.email`, or of a text that is no JMESPath; None where there is more to it."""
    expression = _parse(source)
    return (source,) if expression is None else _path(_tree(expression))


def breaks_off(source: str) -> int | None:
    """At which character (from 1) a text stops being JMESPath; None for an expression."""
    try:
        jmespath.compile(source)
    except ParseError as error:
        return min(error.lex_position, len(source)) + 1
    except (ValueError, RecursionError):
        return 1
    return None


def known_functions() -> tuple[str, ...]:
    """The functions that JMESPath has."""
    return tuple(sorted(Functions.FUNCTION_TABLE))


def unknown_functions(source: str) -> tuple[str, ...]:
    """The functions that an expression calls and JMESPath does not have: it would fail on every record."""
    expression = _parse(source)
    called = () if expression is None else _called(_tree(expression))
    return tuple(name for name in dict.fromkeys(called) if name not in Functions.FUNCTION_TABLE)


def _parse(source: str) -> ParsedResult | None:
    try:
        return jmespath.compile(source)
    except (ValueError, RecursionError):  # JMESPath's errors, and a number or nesting beyond Python's
        return None


def _tree(expression: ParsedResult) -> dict[str, Any]:
    return dict(expression.parsed)


def _path(node: dict[str, Any]) -> tuple[str, ...] | None:
    """The names of a path like `customer.email`; None where there is more to an expression."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression":
        return None
    names: tuple[str, ...] = ()
    for child in node["children"]:
        path = _path(child)
        if path is None:
            return None
        names += path
    return names


def _named(name: str) -> Get:
    return lambda data: data.get(name)


def _walked(source: str, path: tuple[str, ...]) -> Get:
    def get(data: Data) -> object:
        if source in data:
            return data[source]
        value: object = data
        for name in path:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return get


def _interpreted(source: str) -> Get:
    visit, tree = TreeInterpreter().visit, jmespath.compile(source).parsed  # `search` makes one for each record

    def get(data: Data) -> object:
        if source in data:
            return data[source]
        try:
            return visit(tree, data)
        except Exception:  # noqa: BLE001 - whatever a record's values make it fail with, the contract says null
            return None

    return get


def _called(node: dict[str, Any]) -> Iterator[str]:
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _called(child)
