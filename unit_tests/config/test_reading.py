"""What can be checked of a configuration that cannot be read as a whole."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.config.model import LocalStorage
from destination_hubspot_calls.config.reading import read_partial

TIME = {"property": "hs_timestamp", "source": "at"}
RIGHT: dict[str, Any] = {
    "credentials": {"auth_type": "access_token", "access_token": "pat-na1-x"},
    "mappings": [
        {
            "stream_name": "calls",
            "properties": [TIME, {"property": "hs_call_title", "source": "title", "values": ["a=b", "c=d"]}],
            "associations": [{"object_type": "contacts", "source": "id"}, {"object_type": "deals", "source": "deal"}],
        },
        {"stream_name": "others", "properties": [TIME]},
    ],
    "object_storage_config": {"storage_type": "LOCAL", "path": "/rejects"},
}


def changed(value: object, *steps: str | int) -> dict[str, Any]:
    """The right configuration with another value at a place."""
    raw = deepcopy(RIGHT)
    put(raw, steps, value)
    return raw


def test_what_is_right_is_read_as_it_is() -> None:
    """Nothing is taken out of a configuration that can be read."""
    draft = read_partial(RIGHT)
    assert draft.config is not None
    assert (draft.problems, draft.incomplete) == ((), frozenset())
    assert draft.config.mappings[0].properties[1].place == "mappings[0].properties[1]"


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (("mappings", 0, "properties", 1, "conversion"), "bold"),
        (("mappings", 0, "properties", 1, "colour"), "red"),
        (("mappings", 0, "copy_matching_fields"), "perhaps"),
        (("mappings", 0, "external_id_property"), "two words"),
        (("mappings", 0, "associations", 1, "default_country"), "Germany"),
        (("max_rejected_records",), -1),
        (("dry_run",), "yes"),
        (("mapings",), []),
    ],
)
def test_a_wrong_key_takes_nothing_else_along(steps: tuple[str | int, ...], value: object) -> None:
    """Every rule but the wrong key is still there to be checked."""
    draft = read_partial(changed(value, *steps))
    assert len(draft.problems) == 1
    assert draft.config is not None
    first = draft.config.mappings[0]
    assert [len(draft.config.mappings), len(first.properties), len(first.associations)] == [2, 2, 2]


def test_places_are_those_that_were_entered() -> None:
    """A rule that follows a wrong one must not be told by the wrong one's place."""
    raw = deepcopy(RIGHT)
    raw["mappings"].insert(0, "no mapping")
    rules = raw["mappings"][1]["properties"]
    raw["mappings"][1]["properties"] = [{"source": "x"}, rules[0], 5, {"property": "a b", "source": "y"}, rules[1]]
    raw["mappings"][1]["associations"].insert(0, {"source": "x"})
    raw["mappings"][1]["properties"][4]["values"] = ["no sign", "a=b"]
    draft = read_partial(raw)
    assert draft.config is not None
    assert [rule.property for rule in draft.config.mappings[0].properties] == ["hs_timestamp", "hs_call_title"]
    first, second = draft.config.mappings
    assert [first.place, second.place] == ["mappings[1]", "mappings[2]"]
    assert [rule.place for rule in first.properties] == ["mappings[1].properties[1]", "mappings[1].properties[4]"]
    assert second.properties[0].place == "mappings[2].properties[0]"
    assert first.associations[1].place == "mappings[1].associations[2]"
    assert draft.incomplete == {"mappings[1]"}


def test_words_for_a_property_are_kept() -> None:
    """They may be a label of the account's, which only the account can tell."""
    raw = changed("Call title", "mappings", 0, "properties", 1, "property")
    raw["mappings"][1]["external_id_property"] = "Dialer call id"
    assert read_partial(raw).labels == {
        "mappings[0].properties[1].property": "Call title",
        "mappings[1].external_id_property": "Dialer call id",
    }


@pytest.mark.parametrize(
    ("steps", "value"),
    [(("credentials",), None), (("credentials", "access_token"), "a b"), (("api_base_url",), "ftp:")],
)
def test_without_a_way_to_hubspot_the_store_can_still_be_tried(steps: tuple[str, ...], value: object) -> None:
    """A wrong token and a folder that cannot be written are told together."""
    draft = read_partial(changed(value, *steps))
    assert draft.config is None
    assert draft.storage == LocalStorage(storage_type="LOCAL", path="/rejects")
    assert draft.obstacles == draft.problems


def test_nobody_is_asked_where_two_regions_are_named() -> None:
    """The token would go to a region that may not be the account's."""
    raw = changed("North America", "region")
    raw["api_base_url"] = "https://api-eu1.hubapi.com"
    draft = read_partial(raw)
    assert draft.config is None
    assert [problem.place for problem in draft.obstacles] == ["api_base_url"]


def test_a_store_that_cannot_be_read_is_no_store() -> None:
    """Where it says nothing of use, nothing is tried out, and the rest is checked."""
    draft = read_partial(changed({"storage_type": "FTP"}, "object_storage_config"))
    assert draft.storage is None
    assert draft.config is not None


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: object, before: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """All places in a configuration, its own included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(place for step, item in inner for place in places(item, (*before, step)))]


def put(raw: Any, steps: tuple[str | int, ...], value: object) -> None:
    """Another value at a place, if that is there."""
    *before, last = steps
    for step in before:
        raw = raw[step]
    raw[last] = value


@given(st.lists(st.tuples(st.sampled_from(places(RIGHT)[1:]), JUNK), max_size=6))
def test_whatever_is_entered_is_read_as_far_as_it_goes(changes: list[tuple[tuple[str | int, ...], object]]) -> None:
    """A check that crashes on a mistake tells nothing of the others."""
    raw = deepcopy(RIGHT)
    for steps, value in changes:
        with suppress(KeyError, IndexError, TypeError):
            put(raw, steps, value)
    entered = deepcopy(raw)
    draft = read_partial(raw)
    assert raw == entered
    if not draft.problems:
        assert draft.config is not None
    for mapping in draft.config.mappings if draft.config else ():
        for rule in mapping.properties:
            found: Any = entered
            for step in rule.place.replace("]", "").replace("[", ".").split("."):
                found = found[int(step)] if step.isdigit() else found[step]
            assert found["property"].strip() == rule.property


@given(JUNK)
def test_what_is_no_configuration_has_problems(raw: object) -> None:
    """Whatever a client sends, it gets words back."""
    draft = read_partial(raw)
    assert draft.config is None
    assert draft.problems
