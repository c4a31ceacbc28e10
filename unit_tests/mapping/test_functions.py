"""The functions beside JMESPath's own: one row is one case."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.conversion.timestamp import TimeReader
from destination_hubspot_calls.mapping.expression import getter
from destination_hubspot_calls.mapping.functions import Functions, known_functions
from destination_hubspot_calls.mapping.pattern import MAX_MATCHES

OURS = sorted(name for name in vars(Functions) if name.startswith("_func_"))
PEOPLE = [{"role": "agent", "name": "Ann"}, {"role": "customer", "name": "Bob"}, {"role": "customer", "name": "Cleo"}]

FOUND: dict[str, tuple[str, dict[str, Any], object]] = {
    "seconds between times": (
        "seconds_between(a, b)",
        {"a": "2026-01-31T10:11:12Z", "b": "2026-01-31 10:12:47 UTC"},
        95,
    ),
    "seconds between epochs": ("seconds_between(a, b)", {"a": 1769854272, "b": 1769854367000}, 95),
    "seconds with a fraction": ("seconds_between(a, b)", {"a": 1769854272.25, "b": "1769854367.5"}, 95.25),
    "seconds backwards": ("seconds_between(a, b)", {"a": "2026-01-31", "b": "2026-01-30"}, -86_400),
    "seconds since nothing": ("seconds_between(a, b)", {"a": None, "b": 1769854367}, None),
    "seconds since no time": ("seconds_between(a, b)", {"a": "soon", "b": 1769854367}, None),
    "sum": ("add(multiply(m, `60`), s)", {"m": 1, "s": "35"}, 95),
    "sum without a doubt": ("add(a, b)", {"a": 0.1, "b": 0.2}, 0.3),
    "difference": ("subtract(a, b)", {"a": "5", "b": 7.5}, -2.5),
    "product": ("multiply(a, b)", {"a": 1.1, "b": 3}, 3.3),
    "quotient": ("divide(a, b)", {"a": 90, "b": 60}, 1.5),
    "quotient without a fraction": ("divide(a, b)", {"a": "95000", "b": "1000"}, 95),
    "quotient without an end": ("divide(a, b)", {"a": 1, "b": 3}, 1 / 3),
    "by zero": ("divide(a, b)", {"a": 1, "b": 0}, None),
    "sum with a word": ("add(a, b)", {"a": 1, "b": "x"}, None),
    "sum with true": ("add(a, b)", {"a": 1, "b": True}, None),
    "sum with blank text": ("add(a, b)", {"a": 1, "b": " "}, None),
    "sum with infinity": ("add(a, b)", {"a": 1, "b": float("inf")}, None),
    "product beyond numbers": ("multiply(a, a)", {"a": 10**300}, 10**600),
    "match of a group": ("match(s, '#([0-9]+)')", {"s": "Re: #4711, #12"}, "4711"),
    "match without a group": ("match(s, '[0-9]+')", {"s": "Re: #4711"}, "4711"),
    "match of a group that took no part": ("match(s, 'a(b)?')", {"s": "ac"}, "a"),
    "match of a number": ("match(s, '^49')", {"s": 4930}, "49"),
    "no match": ("match(s, 'x')", {"s": "abc"}, None),
    "match in a list": ("match(s, 'a')", {"s": ["a"]}, None),
    "match by nothing": ("match(s, p)", {"s": "a", "p": None}, None),
    "match by a wrong pattern": ("match(s, p)", {"s": "a", "p": "("}, None),
    "replace": ("replace(s, ',', '.')", {"s": "1,5"}, "1.5"),
    "replace a pattern": ("replace(s, '^(tel|sip):', '')", {"s": "tel:+49301234"}, "+49301234"),
    "replace by groups": (r"replace(s, '(\w+), (\w+)', '\2 \1')", {"s": "Doe, Ann"}, "Ann Doe"),
    "replace by letters of any script": ("replace(s, 'a+', 'ü')", {"s": "aab"}, "üb"),
    "replace in a number": ("replace(s, ',', '.')", {"s": 95}, "95"),
    "replace blanks": ("replace(s, ' ', '')", {"s": "1 2 3"}, "123"),
    "replace by nothing there": ("replace(s, 'a', x)", {"s": "a"}, None),
    "replace by a group that is not": (r"replace(s, 'a+', '\1')", {"s": "a"}, None),
    "split": ("split(s, ',')", {"s": "Vip, ,Renewal ,"}, ["Vip", "Renewal"]),
    "split by a pattern": ("split(s, '[;,]')", {"s": "a;b,c"}, ["a", "b", "c"]),
    "split by a pattern with a group": ("split(s, '(;|,)')", {"s": "a;b"}, ["a", "b"]),
    "split blanks": ("split(s, ' ')", {"s": "a b"}, ["a", "b"]),
    "split a list": ("split(s, ',')", {"s": ["VIP", "a,b", None]}, ["VIP", "a", "b"]),
    "split an object": ("split(s, ',')", {"s": {"a": 1}}, None),
    "lower": ("lower(s)", {"s": "ÄB"}, "äb"),
    "upper": ("upper(s)", {"s": "äb"}, "ÄB"),
    "title": ("title(s)", {"s": "JANE VAN DER BERG-SMITH"}, "Jane Van Der Berg-Smith"),
    "title of O'Neil": ("title(s)", {"s": "sean o'neil"}, "Sean O'Neil"),
    "title of don't": ("title(s)", {"s": "DON'T CALL"}, "Don't Call"),
    "trim": ("trim(s)", {"s": " \ta\n"}, "a"),
    "lower of nothing": ("lower(s) || 'none'", {}, "none"),
    "upper of a list": ("upper(s) || 'none'", {"s": ["a"]}, "none"),
    "from_json": ("from_json(s).a[0]", {"s": '{"a": [1]}'}, 1),
    "from_json of no JSON": ("from_json(s)", {"s": "{"}, None),
    "from_json of 10,000 levels": ("from_json(s)", {"s": "[" * 10_000 + "]" * 10_000}, None),
    "from_json of a number": ("from_json(s)", {"s": 5}, None),
    "find": ("find(p, 'role', 'customer').name", {"p": PEOPLE}, "Bob"),
    "find a number by its text": ("find(p, 'id', '5').name", {"p": [{"id": 5.0, "name": "Ann"}]}, "Ann"),
    "find nobody": ("find(p, 'role', 'bot')", {"p": PEOPLE}, None),
    "find nothing": ("find(p, 'role', x)", {"p": [{"role": None}]}, None),
    "find in text": ("find(p, 'role', 'customer')", {"p": "customer"}, None),
    "find in a list as JSON": ("find(p, 'role', 'agent').name", {"p": '[{"role": "agent", "name": "Ann"}]'}, "Ann"),
    "find among other things": ("find(p, 'a', 'b')", {"p": [None, "a", {"a": ["b"]}, {"a": "b"}]}, {"a": "b"}),
    "field": ("field(@, ['started_at', 'start time'])", {"Start-Time": 5}, 5),
    "field that has a value": ("field(@, ['started_at', 'date'])", {"STARTED_AT": " ", "Date": 5}, 5),
    "field of several spellings": ("field(@, ['from'])", {"from": None, "FROM": 5}, 5),
    "field by one name": ("field(@, 'call date')", {"CallDate": 5}, 5),
    "field in an object as JSON": ("field(c, ['email'])", {"c": '{"E-Mail": "a@b"}'}, "a@b"),
    "field that is not there": ("field(@, ['x'])", {"a": 1}, None),
    "field of a list": ("field(p, ['x'])", {"p": [{"x": 1}]}, None),
}


@pytest.mark.parametrize(("source", "data", "expected"), FOUND.values(), ids=FOUND.keys())
def test_a_function(source: str, data: dict[str, Any], expected: object) -> None:
    """What a source lacks can be made of what it has; what does not fit is null, so that `||` goes on."""
    assert getter(source)(data) == expected


def test_times_are_of_the_mappings_zone() -> None:
    """Two local times around a clock change are as far apart as they were."""
    data = {"a": "2026-03-29 01:30", "b": "2026-03-29 03:30"}
    assert getter("seconds_between(a, b)")(data) == 7200
    assert getter("seconds_between(a, b)", TimeReader("Europe/Berlin"))(data) == 3600


def test_dates_are_of_the_mappings_order() -> None:
    """What `date_order` says goes for all times of a mapping."""
    data = {"a": "03/04/2026", "b": "04/04/2026"}
    assert getter("seconds_between(a, b)")(data) is None
    assert getter("seconds_between(a, b)", TimeReader(None, "day_first"))(data) == 86_400


HOSTILE = {
    "match": ("match(s, '(a+)+$')", "a" * 1_000_000, "a" * 1_000_000),
    "no match": ("match(s, '(a|aa)+b')", "a" * 1_000_000, None),
    "replace each letter": ("replace(s, 'a', 'b')", "a" * 1_000_000, "b" * 1_000_000),
    "replace each letter by a pattern": ("replace(s, '[a]', 'b')", "a" * 1_000_000, None),
    "replace by a pattern that looks far ahead": ("replace(s, 'a*?b|a', 'b')", "a" * 1_000_000, None),
    "replace in all that HubSpot holds": ("replace(s, '[a]', 'b')", "a -----" * 7_000, "b -----" * 7_000),
    "split each letter": ("split(s, '[a]')", "a" * (MAX_MATCHES + 1), None),
    "half a character": ("match(s, 'a')", "a\ud800", None),
    "a pattern of a million states": ("match(s, '((a{1,100}){1,100}){1,100}')", "a", None),
}


@pytest.mark.parametrize(("source", "text", "expected"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_and_patterns(source: str, text: str, expected: object) -> None:
    """A million letters cost milliseconds, and nothing crashes."""
    assert getter(source)({"s": text}) == expected


SCALARS: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY_JSON = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=3)


@given(st.sampled_from(OURS), st.lists(ANY_JSON, min_size=3, max_size=3))
def test_a_function_never_fails(method: str, arguments: list[Any]) -> None:
    """Else one odd value would make null of an expression that has an answer for it."""
    name = method.removeprefix("_func_")
    taken = len(Functions.FUNCTION_TABLE[name]["signature"])
    Functions(TimeReader()).call_function(name, arguments[:taken])


def test_all_are_known() -> None:
    """What is in the docs is there."""
    ours = {name.removeprefix("_func_") for name in OURS}
    assert ours == {
        *("seconds_between", "add", "subtract", "multiply", "divide", "match", "replace", "split"),
        *("lower", "upper", "title", "trim", "from_json", "find", "field"),
    }
    assert ours < set(known_functions())
