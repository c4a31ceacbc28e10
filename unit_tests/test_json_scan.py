"""JSON by its structure alone: the same members that a reader finds, whatever they hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.json_scan import is_whole, member, members, string

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON), st.booleans(), st.sampled_from([None, 1]))
def test_an_objects_members_are_those_that_a_reader_finds(data: dict[str, object], plain: bool, indent: None) -> None:  # noqa: FBT001
    """A name or an end found at another place would cut a state to pieces."""
    text = json.dumps(data, ensure_ascii=plain, indent=indent).encode("utf-8", "surrogatepass")
    assert is_whole(text)
    found = {item.name: text[item.value : item.end] for item in members(text)}
    assert list(found) == list(data) or "\ufffd" in "".join(found)
    for name, value in data.items():
        if name in found:
            assert repr(json.loads(found[name].decode("utf-8", "surrogatepass"))) == repr(value)


@given(st.binary(max_size=40) | st.text('{}[]:,"\\\\ 01aetrufn.-', max_size=30).map(str.encode))
def test_what_no_reader_takes_is_not_whole(text: bytes) -> None:
    """Half a record must stop the sync, not become a rejected row."""
    try:
        json.loads(text.decode("utf-8", "surrogatepass"), strict=False)  # bytes alone could be UTF-16 to it
    except (ValueError, RecursionError):
        assert not is_whole(text) or not text.isascii()
    else:
        assert is_whole(text)


def test_of_two_members_of_one_name_the_last_counts() -> None:
    """As with every reader of JSON."""
    text = b'{"a": 1, "b": {"a": 2}, "a" : "x"}'
    assert string(text, member(text, "a")) == "x"
    assert string(text, member(text, "b")) is None
    assert string(text, member(text, "c")) is None


@pytest.mark.parametrize("text", [b"[1]", b'"a"', b"{1:2}", b'{"a":1,}', b'{"a" 1}', b"{", b""])
def test_what_is_not_an_object_has_no_members(text: bytes) -> None:
    """The caller has to know that there was nothing to read."""
    with pytest.raises(ValueError):  # noqa: PT011 - it has no words: nobody is shown them
        list(members(text))
