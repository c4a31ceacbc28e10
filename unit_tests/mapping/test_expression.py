"""Where a value comes from."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.mapping.expression import breaks_off, getter, misuses, unknown_functions

TITLE = "join(' ', [agent.name, 'called', customer.name][?@])"

FOUND: dict[str, tuple[str, dict[str, Any], object]] = {
    "name": ("id", {"id": 1}, 1),
    "missing name": ("id", {}, None),
    "null": ("id", {"id": None}, None),
    "path": ("customer.email", {"customer": {"email": "a@b"}}, "a@b"),
    "long path": ("a.b.c.d", {"a": {"b": {"c": {"d": 4}}}}, 4),
    "path that ends early": ("a.b.c", {"a": {"b": None}}, None),
    "path through a list": ("a.b", {"a": [{"b": 1}]}, None),
    "path through text": ("a.b", {"a": "b"}, None),
    "blanks in a path": (" a . b ", {"a": {"b": 1}}, 1),
    "field with a dot in its name": ("customer.email", {"customer.email": "x", "customer": {"email": "y"}}, "x"),
    "null field with a dot in its name": ("customer.email", {"customer.email": None, "customer": {"email": "y"}}, None),
    "list": ("participants[].email", {"participants": [{"email": "a"}, {"no": 1}, {"email": "b"}]}, ["a", "b"]),
    "field named like an expression": ("participants[].email", {"participants[].email": 5}, 5),
    "null field named like an expression": ("a || b", {"a || b": None, "a": 1}, None),
    "element": ("a[0].b", {"a": [{"b": 1}]}, 1),
    "path into text that holds JSON": ("a.b", {"a": '{"b": 5}'}, 5),
    "long path into text that holds JSON": ("a.b.c", {"a": {"b": ' {"c": 5}'}}, 5),
    "JSON in JSON": ("a.b.c", {"a": '{"b": "{\\"c\\": 5}"}'}, 5),
    "list in text that holds JSON": ("a[].b", {"a": '[{"b": 1}, {"b": 2}]'}, [1, 2]),
    "element of a text that holds JSON": ("a[0].b", {"a": '[{"b": 1}]'}, 1),
    "slice of a text that holds JSON": ("a[:1]", {"a": "[1, 2]"}, [1]),
    "filter of a text that holds JSON": ("a[?b == 'x'].c | [0]", {"a": '[{"b": "x", "c": 5}]'}, 5),
    "values of a text that holds JSON": ("a.*", {"a": '{"b": 1, "c": 2}'}, [1, 2]),
    "texts that hold JSON in a list": ("a[].b", {"a": ['{"b": 1}', '{"b": 2}']}, [1, 2]),
    "selection of a text that holds JSON": ("a.[b, c]", {"a": '{"b": 1, "c": 2}'}, [1, 2]),
    "text that holds JSON, as it is": ("a || b", {"a": '{"b": 1}'}, '{"b": 1}'),
    "text that looks like JSON": ("a.b", {"a": "{b: 5}"}, None),
    "text that holds a JSON text": ("a.b", {"a": '"b"'}, None),
    "text with a bracket": ("a[].b", {"a": "[none]"}, None),
    "text of 10,000 levels": ("a.b", {"a": '{"b":' * 10_000 + "1" + "}" * 10_000}, None),
    "text of 10,000 lists": ("a[0][0]", {"a": "[" * 10_000 + "]" * 10_000}, None),
    "text of a megabyte": ("a.b", {"a": json.dumps({"x": ["y" * 10] * 80_000, "b": 5})}, 5),
    "negated path, false": ("!a.b", {"a": {"b": True}}, False),
    "negated path, true": ("!a.b && c", {"a": {"b": False}, "c": 5}, 5),
    "negated path into nothing": ("!a.b && c", {"c": 5}, 5),
    "negated list": ("!a[].b", {"a": [{"b": 1}]}, False),
    "negated filter": ("!a[?b].c", {"a": []}, True),
    "negated path in parentheses": ("!(a.b)", {"a": {"b": 0}}, False),
    "record": ("@", {"a": 1}, {"a": 1}),
    "quoted name": ('"Call ID"', {"Call ID": 1}, 1),
    "quoted name in a path": ('"Call ID".x', {"Call ID": {"x": 1}}, 1),
    "the quotes are part of a name": ('"Call ID"', {'"Call ID"': 1, "Call ID": 2}, 1),
    "name with a blank": ("Call ID", {"Call ID": 1}, 1),
    "name with a blank, missing": ("Call ID", {"Call": 1, "ID": 2}, None),
    "name with a dash": ("call-id", {"call-id": 1}, 1),
    "name with a dash, missing": ("call-id", {"call": 5, "id": 2}, None),
    "name in another script": ("Gesprächs-Nr.", {"Gesprächs-Nr.": 1}, 1),
    "name of digits": ("2024", {"2024": 1}, 1),
    "name like a call": ("id (new)", {"id (new)": 1}, 1),
    "unfinished expression": ("a[", {"a[": 1}, 1),
    "either": ("a || b", {"a": None, "b": 2}, 2),
    "literal": ("'x'", {}, "x"),
    "title": (TITLE, {"agent": {"name": "Agent"}, "customer": {"name": "Customer"}}, "Agent called Customer"),
    "title without customer": (TITLE, {"agent": {"name": "Ann"}}, "Ann called"),
    "title without anyone": (TITLE, {}, "called"),
    "title of numbers": (TITLE, {"agent": {"name": 5}}, None),
    "wrong type": ("length(a)", {"a": 1}, None),
    "no such function": ("shout(a)", {"a": 1}, None),
    "too many arguments": ("length(a, b)", {"a": "x"}, None),
    "division by nothing": ("avg(a)", {"a": []}, None),
    "sum of texts": ("sum(a)", {"a": ["x"]}, None),
    "sorted by different things": ("sort_by(a, &b)", {"a": [{"b": 1}, {"b": "x"}]}, None),
    "slice without a step": ("a[::0]", {"a": [1]}, None),
    "ceiling of infinity": ("ceil(a)", {"a": float("inf")}, None),
}


@pytest.mark.parametrize(("source", "data", "expected"), FOUND.values(), ids=FOUND.keys())
def test_a_source(source: str, data: dict[str, Any], expected: object) -> None:
    """A top-level field of exactly this name comes first, then the expression; what fails is null."""
    assert getter(source)(data) == expected


@given(st.text(), st.dictionaries(st.text(), st.integers()))
def test_any_text_is_a_source(source: str, data: dict[str, int]) -> None:
    """Whatever a person enters can be compiled and asked, and a field of this name is found."""
    get = getter(source)
    get(data)
    assert get({**data, source: 7}) == 7
    assert (breaks_off(source) is None) >= bool(unknown_functions(source))


@pytest.mark.filterwarnings("ignore:deprecated string literal syntax")
@given(st.text("abf()[]{}.,|&*?@'\"`!=<>-:0 "))
def test_any_expression_is_a_source(source: str) -> None:
    """Expressions, finished or not, never raise."""
    getter(source)({"a": {"b": [1, "x", None]}, "b": "f"})


@pytest.mark.parametrize("source", ["(" * 5000, f"a[{'9' * 5000}]"], ids=["nesting", "digits"])
def test_an_expression_beyond_reading_is_a_name(source: str) -> None:
    """An expression that is too large to be read is no expression, and nothing crashes."""
    assert getter(source)({source: 1}) == 1
    assert getter(source)({"a": [1]}) is None


@pytest.mark.parametrize(
    ("source", "unknown"),
    [
        ("shout(whisper(a), length(b))", ("shout", "whisper")),
        (TITLE, ()),
        ("sort_by(a, &b)[*].c", ()),
        ("a[?shout(b)].c", ("shout",)),
        ("Call ID", ()),
        ("name", ()),
    ],
)
def test_functions_that_do_not_exist(source: str, unknown: tuple[str, ...]) -> None:
    """An expression that would fail on every record can be found before the first one."""
    assert unknown_functions(source) == unknown


MISUSED: dict[str, tuple[str, str]] = {
    "too few arguments": ("replace(a, 'b')", "replace takes 3 arguments, not 2"),
    "too many arguments": ("length(a, b)", "length takes 1 argument, not 2"),
    "none where there must be some": ("merge()", "merge takes 1 or more arguments, not 0"),
    "inside another": ("join(' ', [lower()])", "lower takes 1 argument, not 0"),
    "pattern": ("match(a, '(')", "the pattern of match is not a regular expression of RE2"),
    "what only other engines know": (r"match(a, '(?=b)')", "is not a regular expression of RE2"),
    "pattern that is no text": ("split(a, `5`)", "the pattern of split is not a text"),
    "group of a replacement": (r"replace(a, 'b', '\1')", "has no group 1"),
    "negated path": ("!a.b", "! is for a alone"),
    "negated path in a condition": ("x == 'y' && !metaData.isPrivate", "! is for metaData alone"),
    "negated list": ("!a[].b", "! is for a alone"),
    "negated filter": ("!a[?b]", "! is for a alone"),
    "negated function": ("!lower(a).b", "! is for what is behind it alone"),
}


@pytest.mark.parametrize(("source", "words"), MISUSED.values(), ids=MISUSED.keys())
def test_a_misuse(source: str, words: str) -> None:
    """What would be null for every record is told before the first."""
    (found,) = misuses(source)
    assert words in found


RIGHT = (
    *("a.b", "!(a.b)", "!a", "!a[0]", "join(' ', a)", "merge(a, b, c)", "match(a, b)", "shout(a, b)", "a[? !b]"),
    *(r"replace(a, '(b)', '\1')", "not an expression [", "split(a, '[;,]')", "find(p, 'role', 'x').name"),
)


@pytest.mark.parametrize("source", RIGHT)
def test_no_misuse(source: str) -> None:
    """What is right is not complained of, and what is told elsewhere is not told twice."""
    assert misuses(source) == ()
