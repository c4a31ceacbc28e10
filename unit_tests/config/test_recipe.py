"""A mapping and its recipe: whose rule counts, and where each one stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from destination_hubspot_calls import recipes
from destination_hubspot_calls.config import recipe
from destination_hubspot_calls.config.model import Mapping
from destination_hubspot_calls.config.reading import read_config, read_partial

TITLE = {"property": "hs_call_title", "source": "subject"}


def merged(**keys: Any) -> Mapping:
    """A mapping as it is read, with the recipe for Aircall."""
    (mapping,) = read_config(configuration(**keys)).mappings
    return mapping


def configuration(**keys: Any) -> dict[str, Any]:
    credentials = {"auth_type": "access_token", "access_token": "pat-x"}
    return {"credentials": credentials, "mappings": [{"stream_name": "calls", "recipe": "aircall", **keys}]}


def sources(mapping: Mapping) -> dict[str, str | None]:
    return {rule.property: rule.source for rule in mapping.properties}


AIRCALL = merged()
THEIRS = sources(AIRCALL)


def test_a_recipe_is_enough() -> None:
    """Whoever has a known source enters its name, and the stream's."""
    raw = recipes.read("aircall")
    assert [rule.property for rule in AIRCALL.properties] == [rule["property"] for rule in raw["properties"]]
    assert [rule.object_type for rule in AIRCALL.associations] == [rule["object_type"] for rule in raw["associations"]]
    assert AIRCALL.external_id_source == raw["external_id_source"]
    assert (AIRCALL.stream_name, AIRCALL.external_id_property) == ("calls", None)


def test_own_rules_replace_those_of_the_same_property() -> None:
    """... and no others."""
    mapping = merged(properties=[TITLE])
    assert sources(mapping) == {**THEIRS, "hs_call_title": "subject"}
    assert len(mapping.properties) == len(AIRCALL.properties)


@pytest.mark.parametrize(
    "row", [{"property": "hs_call_title"}, {"property": "hs_call_title", "source": " ", "conversion": "text_to_html"}]
)
def test_a_row_that_says_nothing_replaces_nothing(row: dict[str, Any]) -> None:
    """The form opens with such rows."""
    assert sources(merged(properties=[row])) == THEIRS


def test_a_default_alone_replaces() -> None:
    """It is a rule like others: the same value for every call."""
    mapping = merged(properties=[{"property": "hs_call_status", "default": "COMPLETED", "on_update": "keep"}])
    assert sources(mapping)["hs_call_status"] is None


def test_the_form_as_it_opens_replaces_nothing() -> None:
    """Its row for the status has a default: with it every missed call would be a completed one, and nobody asked."""
    spec = json.loads(Path(recipe.__file__).parents[1].joinpath("spec.json").read_text(encoding="utf-8"))
    rows = spec["connectionSpecification"]["properties"]["mappings"]["items"]["properties"]["properties"]["default"]
    assert sources(merged(properties=rows)) == THEIRS
    filled = [row for row in rows if row.get("source") or row.get("default")]
    assert filled == [recipe.PRESET.model_dump(exclude_defaults=True)]


@pytest.mark.parametrize("object_type", ["contacts", "contact", "Contacts", "0-1"])
def test_own_links_replace_those_to_the_same_object(object_type: str) -> None:
    """Whoever links by e-mail does not want the recipe's link by number beside it."""
    mapping = merged(associations=[{"object_type": object_type, "source": "mail", "match_by": "email"}])
    assert [rule.source for rule in mapping.associations] == ["mail"]


def test_other_links_stand_beside_the_recipes() -> None:
    """The recipe's link to contacts is still made."""
    mapping = merged(associations=[{"object_type": "deals", "source": "deal"}])
    assert [rule.object_type for rule in mapping.associations] == ["deals", "contacts"]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("external_id_source", "uuid", "uuid"),
        ("external_id_source", " ", AIRCALL.external_id_source),
        ("time_zone", "Europe/Berlin", "Europe/Berlin"),
        ("only_if", "answered_at", "answered_at"),
    ],
)
def test_other_keys_win_where_they_are_set(key: str, value: str, expected: str) -> None:
    """An empty box is not set."""
    mapping = merged(external_id_property="key", **{key: value})
    assert getattr(mapping, key) == expected


@pytest.mark.parametrize(
    ("own", "copied"),
    [({}, False), ({"leave_out_matching_fields": False}, True), ({"copy_matching_fields": True}, True)],
)
def test_a_switch_of_the_recipe_gives_way(own: dict[str, bool], copied: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """... to either of its names."""
    monkeypatch.setattr(recipes, "read", lambda name: {"leave_out_matching_fields": True, "require_association": True})
    assert merged(**own).copies_matching_fields is copied
    assert merged(**own).require_association
    assert not merged(**own, require_association=False).require_association


def test_each_rule_knows_whose_it_is() -> None:
    """A person is told where to change something, or that it is the recipe's."""
    mapping = merged(properties=[TITLE], external_id_property="key")
    places = {rule.property: rule.place for rule in mapping.properties}
    number = list(THEIRS).index("hs_call_direction")
    assert places["hs_call_title"] == "mappings[0].properties[0]"
    assert places["hs_call_direction"] == f"recipe aircall: properties[{number}]"
    assert mapping.associations[0].place == "recipe aircall: associations[0]"
    assert mapping.place_of("external_id_source") == "recipe aircall: external_id_source"
    assert mapping.place_of("external_id_property") == "mappings[0].external_id_property"
    assert merged(external_id_source="x", external_id_property="key").place_of("external_id_source") == (
        "mappings[0].external_id_source"
    )


def test_two_mappings_may_take_their_key_from_recipes() -> None:
    """A recipe says where its external id comes from as well as a person does."""
    two = configuration(external_id_property="key")
    two["mappings"].append({"stream_name": "others", "recipe": "twilio", "external_id_property": "key"})
    assert len(read_config(two).mappings) == 2


def test_a_recipe_that_is_none_takes_nothing_else_along() -> None:
    """What it would have filled is not told to be missing."""
    draft = read_partial(configuration(recipe="aircal"))
    assert [str(problem) for problem in draft.problems] == [
        "mappings[0].recipe: is not a recipe; did you mean aircall?"
    ]
    assert draft.incomplete == {"mappings[0]"}


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_can_be_read(name: str) -> None:
    """One that the configuration's own model refuses would fail in front of a person."""
    mapping = merged(recipe=name)
    assert mapping.properties
    assert all(rule.place.startswith(f"recipe {name}: ") for rule in (*mapping.properties, *mapping.associations))
