"""Keys: one for each record, and no two alike."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.config.model import Mapping
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.conversion import InvalidValue
from destination_hubspot_calls.mapping import external_id as keys
from destination_hubspot_calls.messages import Stream

STREAM = Stream("calls", "dialer")


def mapping(**others: Any) -> Mapping:
    return Mapping.model_validate({"stream_name": "calls", "external_id_property": "k", **others}).at("mappings[0]")


def external_id(mapping: Mapping, primary_key: keys.PrimaryKey = (), stream: Stream = STREAM) -> keys.Text:
    text = keys.external_id(mapping, primary_key, stream)
    assert text is not None
    return text


KEYS: dict[str, tuple[object, str]] = {
    "text": ("CA12", "CA12"),
    "blanks around": (" CA12 ", " CA12 "),
    "integer": (12, "12"),
    "float without fraction": (12.0, "12"),
    "float": (1.5, "1.5"),
    "2^70": (2**70, "1180591620717411303424"),
    "zero": (0, "0"),
    "bar and backslash": ("a|b\\c", "a|b\\c"),
    "65,536 characters": ("x" * 65_536, "x" * 65_536),
}
NO_KEYS: dict[str, object] = {
    "null": None,
    "empty": "",
    "blank": " \n",
    "true": True,
    "false": False,
    "empty list": [],
    "list": ["a"],
    "object": {"a": 1},
    "NaN": float("nan"),
    "infinity": float("inf"),
    "lone surrogate": "a\ud800",
    "too long": "x" * 65_537,
}


@pytest.mark.parametrize(("value", "expected"), KEYS.values(), ids=KEYS.keys())
def test_a_key_by_source(value: object, expected: str) -> None:
    """What a source gives is the key, as text, as it is."""
    assert external_id(mapping(external_id_source="a.id"))({"a": {"id": value}}) == expected


@pytest.mark.parametrize("value", NO_KEYS.values(), ids=NO_KEYS.keys())
@pytest.mark.parametrize("primary_key", [(), (("id",),), (("other",), ("id",))], ids=["source", "key", "part"])
def test_no_key(value: object, primary_key: keys.PrimaryKey) -> None:
    """What cannot be a key, in any part of it, is a misfit that names the field."""
    source = None if primary_key else "id"
    with pytest.raises(InvalidValue, match=r'the value of "id"|the key is longer|half a character'):
        external_id(mapping(external_id_source=source), primary_key)({"id": value, "other": "x"})


def test_a_missing_field_is_no_key() -> None:
    """A field that is not there is no key either."""
    with pytest.raises(InvalidValue, match=re.escape('the value of "a.b" is missing')):
        external_id(mapping(), (("a", "b"),))({"a": 5})


def test_a_composite_key() -> None:
    """Parts are joined with `|`, and what is `|` in a part cannot be taken for it."""
    text = external_id(mapping(), (("a",), ("b", "c")))
    assert text({"a": "x", "b": {"c": 1.0}}) == "x|1"
    assert text({"a": "x|y", "b": {"c": "\\"}}) == "x\\|y|\\\\"


def test_a_primary_key_is_a_path_not_an_expression() -> None:
    """The catalog's names may hold anything."""
    assert external_id(mapping(), (("a.b",),))({"a.b": 1, "a": {"b": 2}}) == "1"


def test_the_source_comes_before_the_primary_key() -> None:
    """A configured source is what a person wants."""
    assert external_id(mapping(external_id_source="sid"), (("id",),))({"sid": "s", "id": "i"}) == "s"


@pytest.mark.parametrize("source", [None, "id"])
def test_any_stream(source: str | None) -> None:
    """Under `*` the stream's name keeps the keys of two streams apart, whatever it holds."""
    text = external_id(mapping(stream_name="*", external_id_source=source), (("id",),), Stream("in|out\\"))
    assert text({"id": "7"}) == "in\\|out\\\\|7"


def test_a_stream_whose_name_cannot_be_sent() -> None:
    """A stream's name is part of the key, and must be fit to be."""
    with pytest.raises(InvalidValue, match="half a character"):
        external_id(mapping(stream_name="*"), (("id",),), Stream("a\ud800"))({"id": 1})


def test_no_external_id() -> None:
    """A mapping without an external id has no keys."""
    assert keys.external_id(Mapping(stream_name="calls"), (("id",),), STREAM) is None


def test_nothing_to_make_a_key_of() -> None:
    """A stream without a primary key needs a source, and is told so by name."""
    with pytest.raises(ConfigError, match=r"mappings\[0\]\.external_id_source: .*dialer\.calls"):
        keys.external_id(mapping(), (), STREAM)


part = st.text("a|\\", min_size=1)


@given(st.lists(st.lists(part, min_size=2, max_size=2), min_size=2, max_size=2, unique_by=tuple))
def test_different_parts_make_different_keys(rows: list[list[str]]) -> None:
    """No two different primary keys make one key."""
    text = external_id(mapping(), (("a",), ("b",)))
    first, second = ({"a": row[0], "b": row[1]} for row in rows)
    assert text(first) != text(second)


@given(st.lists(st.tuples(part, part), min_size=2, max_size=2, unique=True), st.sampled_from([None, "id"]))
def test_different_streams_make_different_keys(rows: list[tuple[str, str]], source: str | None) -> None:
    """Under `*` no two records make one key, of whatever streams they are."""
    any_stream = mapping(stream_name="*", external_id_source=source)
    first, second = (external_id(any_stream, (("id",),), Stream(name))({"id": value}) for name, value in rows)
    assert first != second


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CA12", "CA12"),
        ("x" * 100, "x" * 64),
        ("a\nb\x1b[2Jc\u202ed\ud800e", "a�b�[2Jc�d�e"),
        ("Größe 世界", "Größe 世界"),
        ("", ""),
    ],
    ids=["plain", "long", "control characters", "other scripts", "none"],
)
def test_a_name_can_be_logged(text: str, name: str) -> None:
    """A key in a log line is cut, on one line, and steers no terminal."""
    assert keys.name(text) == name
