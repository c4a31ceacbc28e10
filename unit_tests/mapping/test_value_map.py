"""What a source calls things → what HubSpot calls them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.mapping.value_map import replacement

CASES: dict[str, tuple[list[str], object, object]] = {
    "listed": (["in=INBOUND", "out=OUTBOUND"], "out", "OUTBOUND"),
    "without case": (["in=INBOUND"], "IN", "INBOUND"),
    "trimmed": ([" in = INBOUND "], " in\n", "INBOUND"),
    "the exact one first": (["in=1", "IN=2"], "IN", "2"),
    "the first of two alike": (["in=1", "in=2"], "in", "1"),
    "the first of two alike without case": (["in=1", "iN=2"], "In", "1"),
    "not listed": (["in=INBOUND"], " other ", " other "),
    "not listed, not text": (["in=INBOUND"], 1.5, 1.5),
    "anything": (["in=INBOUND", "*=OTHER"], "else", "OTHER"),
    "anything comes last": (["*=OTHER", "in=INBOUND"], "in", "INBOUND"),
    "a star is a star too": (["*=OTHER"], "*", "OTHER"),
    "left out": (["test="], "test", None),
    "left out without case": (["test="], "TEST", None),
    "all but one left out": (["in=INBOUND", "*="], "else", None),
    "cut at the first": (["a=b=c"], "a", "b=c"),
    "escapes": (["a%2Cb%3bc%3Dd%25=x%2Cy%3Bz%3D%25"], "a,b;c=d%", "x,y;z=%"),
    "an escaped escape": (["a%252C=x"], "a%2C", "x"),
    "integer": (["1=yes"], 1, "yes"),
    "float without fraction": (["1=yes"], 1.0, "yes"),
    "float": (["1.5=x"], 1.5, "x"),
    "true": (["true=COMPLETED", "1=x"], True, "COMPLETED"),
    "false": (["False=MISSED", "0=x"], False, "MISSED"),
    "text of a number is no number, but looks like it": (["1=x"], "1", "x"),
    "list": (["a=x", "b=y"], ["A", "c", "b"], ["x", "c", "y"]),
    "anything in a list": (["a=x", "*=z"], ["a", "c", 5], ["x", "z", "z"]),
    "left out of a list": (["a=", "b=y"], ["a", "b"], ["y"]),
    "nothing left of a list": (["a="], ["a", "A"], None),
    "object": (["*=z"], {"a": 1}, "z"),
    "object, not listed": (["a=z"], {"a": 1}, {"a": 1}),
    "NaN": (["nan=z"], float("inf"), float("inf")),
}


@pytest.mark.parametrize(("pairs", "value", "expected"), CASES.values(), ids=CASES.keys())
def test_a_value(pairs: list[str], value: object, expected: object) -> None:
    """Pairs replace what they list, exactly before without case before `*`, element by element."""
    found = replacement(tuple(pairs))(value)
    assert found == expected
    assert type(found) is type(expected)


@given(st.text().filter(str.strip), st.text().filter(str.strip))
def test_any_text_can_be_listed(name: str, to: str) -> None:
    """With the four escapes every text can stand on either side."""

    def escaped(text: str) -> str:
        return text.replace("%", "%25").replace(",", "%2C").replace(";", "%3B").replace("=", "%3D")

    assert replacement((f"{escaped(name)}={escaped(to)}",))(name) == to.strip()
