"""Where a value comes from: a `source`, compiled to a function of the record's data."""

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import ParseError
from jmespath.parser import ParsedResult
from jmespath.visitor import Options, TreeInterpreter

from destination_hubspot_calls.conversion.timestamp import TimeReader
from destination_hubspot_calls.mapping.embedded_json import opened
from destination_hubspot_calls.mapping.functions import Functions, called_with
from destination_hubspot_calls.mapping.pattern import WrongPattern, check_template, compiled
from destination_hubspot_calls.messages import in_short

Data = Mapping[str, Any]
Get = Callable[[Data], object]
"""What a record has at a source; None where it has nothing, or where the expression fails on its values."""

_Node = Any
"""A node of JMESPath's tree: its type, value, and children. The library says of it no more than that."""
_PROJECTIONS = frozenset({"projection", "filter_projection", "value_projection", "flatten"})
_LISTS = frozenset({*_PROJECTIONS, "multi_select_list", "slice"})
"""What makes lists, never text."""
_STEPS = frozenset({*_PROJECTIONS, "subexpression"})
"""What goes on from what stands before it, more loosely than `!` holds on to it."""
_CHAINS = _STEPS | {"index_expression", "pipe", "slice", "index"}
_WITH_PATTERN = frozenset({"match", "replace", "split"})


def getter(source: str, times: TimeReader | None = None) -> Get:
    """A top-level field of exactly this name, null included, else what the JMESPath expression finds.

    A text that is not JMESPath can only be a name. Names and dotted paths are looked up, not interpreted. A path that
    leads into a text which holds a JSON object or list goes on inside it. `times`: how its functions read times.
    """
    path = plain_path(source)
    if path is None:
        return _interpreted(source, times or TimeReader())
    return _named(source) if path == (source,) else _walked(source, path)


def plain_path(source: str) -> tuple[str, ...] | None:
    """The names of a path like `customer.email`, or of a text that is not JMESPath; None where there is more to it."""
    expression = _parse(source)
    return (source,) if expression is None else _path(expression.parsed)


def breaks_off(source: str) -> int | None:
    """At which character (from 1) a text stops being JMESPath; None for an expression."""
    try:
        jmespath.compile(source)
    except ParseError as error:
        return min(error.lex_position, len(source)) + 1
    except (ValueError, RecursionError):
        return 1
    return None


def unknown_functions(source: str) -> tuple[str, ...]:
    """The functions that an expression calls and there are not: it would fail on every record."""
    return tuple(dict.fromkeys(call["value"] for call in _calls(source) if called_with(call["value"]) is None))


def top_fields(source: str) -> frozenset[str]:
    """The top-level fields that a source begins with; none where it is a constant, or takes the whole record."""
    expression = _parse(source)
    found = frozenset({source}) if expression is None else _beginnings(expression.parsed)
    return found or frozenset()


def negations(source: str) -> tuple[str, ...]:
    """What is to be said of an expression with `!` before a path: it is read as it is meant."""
    expression = _parse(source)
    nodes = () if expression is None else _nodes(expression.parsed)
    return tuple(dict.fromkeys(filter(None, map(_misused_not, nodes))))


def misuses(source: str) -> tuple[str, ...]:
    """What is wrong with an expression that can be read: numbers of arguments, patterns, and `!` before a path."""
    expression = _parse(source)
    if expression is None:
        return ()
    nodes = list(_nodes(expression.parsed))
    found = [*negations(source)]
    for call in (node for node in nodes if node["type"] == "function_expression"):
        found += filter(None, (_wrong_number(call), _wrong_pattern(call)))
    return tuple(dict.fromkeys(found))


def doubts(source: str, fields: Container[str] = ()) -> tuple[str, ...]:
    """What an expression may mean otherwise than whoever wrote it does. `fields`: those that there are.

    Text in double quotes is a field's name, and what stands behind a constant in `||` is never reached.
    """
    expression = _parse(source)
    if expression is None:
        return ()
    nodes = list(_nodes(expression.parsed))
    found = [_compared(node, fields) for node in nodes if node["type"] == "comparator"]
    found += [_unreached(node) for node in nodes if node["type"] == "or_expression"]
    found += [_no_name(node) for node in nodes if node["type"] == "field"]
    return tuple(dict.fromkeys(filter(None, found)))


def _compared(node: _Node, fields: Container[str]) -> str | None:
    """One that compares with a field, by the look of it with a word."""
    other = node["children"][1]
    name = other["value"] if other["type"] == "field" else "null"
    if name in fields or name == "null":  # no record has that field, so that it is null
        return None
    if name in ("true", "false"):
        return f"compares with a field of the name {name}: if the value is meant, put it in back-ticks, as in `{name}`"
    return f"compares with the field {in_short(name)}: if a text is meant, put it in single quotes, as in 'text'"


def _unreached(node: _Node) -> str | None:
    before = node["children"][0]
    last = before["children"][1] if before["type"] == "or_expression" else before
    if last["type"] != "literal" or last["value"] in (None, False, "", [], {}):
        return None
    return (
        "|| takes the first that has a value, so what stands behind a constant is never reached: to put texts "
        "together, enter join('', [first, ' ', last])"
    )


def _no_name(node: _Node) -> str | None:
    if any(letter.isalnum() for letter in node["value"]):
        return None
    return "double quotes stand around a field's name in JMESPath: put text in single quotes, as in join(' ', [a, b])"


def _beginnings(node: _Node) -> frozenset[str] | None:
    """What an expression reads of the record itself; None where that is all of it."""
    match node["type"]:
        case "field":
            return frozenset({node["value"]})
        case "literal" | "expref":
            return frozenset()
        case "current" | "identity":
            return None
        case kind:
            # Of these only the first child sees the record, the others what that gives.
            children = node["children"][:1] if kind in _CHAINS else node["children"]
            found = [_beginnings(child) for child in children if isinstance(child, dict)]
            return None if None in found else frozenset().union(*filter(None, found))


def _parse(source: str) -> ParsedResult | None:
    try:
        return jmespath.compile(source)
    except (ValueError, RecursionError):  # JMESPath's errors, and a number or nesting beyond Python's
        return None


def _path(node: _Node) -> tuple[str, ...] | None:
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
                value = opened(value)
                if not isinstance(value, dict):
                    return None
            value = value.get(name)
        return value

    return get


class _Interpreter(TreeInterpreter):
    """JMESPath's, which goes on inside a text that holds JSON."""

    def visit_field(self, node: _Node, value: object) -> object:
        if not isinstance(value, dict):
            value = opened(value)
            if not isinstance(value, dict):
                return None
        return value.get(node["value"])

    def visit_index(self, node: _Node, value: object) -> object:
        return super().visit_index(node, opened(value))

    def visit_slice(self, node: _Node, value: object) -> object:
        return super().visit_slice(node, opened(value))

    def visit_opened(self, node: _Node, value: object) -> object:
        return opened(self.visit(node["children"][0], value))


def _meant(node: _Node) -> _Node:
    """The same expression, of which `!a.b` is what is meant by it, `!(a.b)`.

    JMESPath reads it as `(!a).b`, a field of true or false, which is null for every record.
    """
    children = [_meant(child) if isinstance(child, dict) else child for child in node["children"]]
    if node["type"] not in _STEPS | _PROJECTIONS or children[0]["type"] != "not_expression":
        return {**node, "children": children}
    negated = {**node, "children": [children[0]["children"][0], *children[1:]]}
    return {**children[0], "children": [negated]}


def _opening(node: _Node) -> _Node:
    """The same expression, of which what is projected is opened before."""
    children = [_opening(child) if isinstance(child, dict) else child for child in node["children"]]
    if node["type"] in _PROJECTIONS and children[0]["type"] not in _LISTS:
        children[0] = {"type": "opened", "children": [children[0]]}
    return {**node, "children": children}


def _interpreted(source: str, times: TimeReader) -> Get:
    tree = _opening(_meant(jmespath.compile(source).parsed))
    # `search` makes an interpreter for each record.
    visit = _Interpreter(Options(custom_functions=Functions(times))).visit

    def get(data: Data) -> object:
        if source in data:
            return data[source]
        try:
            return visit(tree, data)
        except Exception:  # noqa: BLE001 - whatever a record's values make it fail with, the contract says null
            return None

    return get


def _nodes(node: _Node) -> Iterator[_Node]:
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)


def _calls(source: str) -> Iterator[_Node]:
    expression = _parse(source)
    if expression is not None:
        yield from (node for node in _nodes(expression.parsed) if node["type"] == "function_expression")


def _misused_not(node: _Node) -> str | None:
    if node["type"] not in _STEPS or node["children"][0]["type"] != "not_expression":
        return None
    negated = _path(node["children"][0]["children"][0])
    name = ".".join(negated) if negated else "what is behind it"
    return f"! is for {name} alone in JMESPath. Here it is for the whole path; put that in parentheses, as in !(a.b)"


def _wrong_number(call: _Node) -> str | None:
    known = called_with(call["value"])
    if known is None:
        return None
    least, accepts_more = known
    given = len(call["children"])
    if given == least or (accepts_more and given > least):
        return None
    several = "" if least == 1 and not accepts_more else "s"
    return (
        f"the function {call['value']} takes {least}{' or more' if accepts_more else ''} argument{several}, not {given}"
    )


def _wrong_pattern(call: _Node) -> str | None:
    if call["value"] not in _WITH_PATTERN or _wrong_number(call):
        return None
    literals = [child["value"] for child in call["children"][1:] if child["type"] == "literal"]
    if not literals or call["children"][1]["type"] != "literal":
        return None
    try:
        if not isinstance(literals[0], str):
            return f"the pattern of {call['value']} is not a text"
        groups = compiled(literals[0]).groups
        if len(literals) > 1 and isinstance(literals[1], str):
            check_template(literals[1], groups)
    except WrongPattern as wrong:
        return f"the pattern of {call['value']} {_said(wrong)}"
    return None


def _said(wrong: WrongPattern) -> str:
    words = str(wrong)
    return words if words.startswith("has no group") else f"is not a regular expression of RE2 ({words})"
