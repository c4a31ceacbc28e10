"""Every recipe: that it is a mapping, and that records of its vendor become the right calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import jmespath
import pytest

from destination_hubspot_calls import recipes
from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.hubspot import standard_properties
from destination_hubspot_calls.mapping.expression import unknown_functions
from unit_tests.recipe_runs import Outcome, configuration, mapping, outcome, recorded

NAMES = recipes.names()
every_recipe = pytest.mark.parametrize("name", NAMES)
every_case = pytest.mark.parametrize(
    ("name", "case"),
    [pytest.param(name, case, id=f"{name}: {case['case']}") for name in NAMES for case in recorded(name)["cases"]],
)

OUTCOME_OF = {
    "COMPLETED": {"Connected", "Left live message", "Left voicemail", "Wrong number"},
    "NO_ANSWER": {"No answer", "Left voicemail"},
    "MISSED": {"No answer", "Busy", "Left voicemail"},
    "BUSY": {"Busy"},
    "FAILED": {"Wrong number"},
    "CANCELED": set[str](),
}
"""The outcomes that may stand beside a status without contradicting it."""

COPIED = "hubspot"
"""Its calls say what the other account says of them, whether that agrees or not."""

OTHER_SHAPES: tuple[object, ...] = (
    None,
    "",
    "  ",
    "x",
    "+1 415",
    0,
    -1,
    1.5,
    True,
    False,
    [],
    {},
    [None],
    ["x"],
    [{}],
    {"x": "y"},
)


@every_recipe
def test_it_is_a_mapping(name: str) -> None:
    """A recipe that the configuration refuses would be refused in every account that names it."""
    (read,) = read_config(configuration(mapping(name))).mappings
    assert read.properties
    assert read.external_id_source


@every_recipe
def test_every_source_is_an_expression_of_known_functions(name: str) -> None:
    """A text that is no JMESPath would be taken for a field's name, and find nothing."""
    for source in sources(recipes.read(name)):
        jmespath.compile(source)
        assert unknown_functions(source) == ()


@every_recipe
def test_it_needs_no_property_but_those_that_every_account_has(name: str) -> None:
    """A property of one account would keep all others from saving it."""
    assert {rule["property"] for rule in recipes.read(name)["properties"]} <= standard_properties.PROPERTIES.keys()


@every_recipe
def test_each_replaced_value_is_an_option_of_its_property(name: str) -> None:
    """A slip in `values` would reject every record that has the value, or leave the outcome out."""
    outcomes = {outcome.label for outcome in standard_properties.DISPOSITIONS}
    for rule in recipes.read(name)["properties"]:
        options = {option.value for option in standard_properties.PROPERTIES[rule["property"]].options}
        known = outcomes if rule["property"] == "hs_call_disposition" else options
        if known:
            assert {pair.partition("=")[2] for pair in rule.get("values", ())} <= known | {""}


@every_case
def test_a_record_becomes_the_right_call(name: str, case: dict[str, Any]) -> None:
    """Each value and each link that the vendor's record tells of, and nothing that it does not."""
    expected = {key: value for key, value in case.items() if key not in ("case", "data")}
    made = outcome(name, case["data"])
    if "rejected" in expected:
        assert re.search(expected["rejected"], made["rejected"])
    else:
        assert made == expected


@every_case
def test_what_a_call_says_of_its_end_agrees(name: str, case: dict[str, Any]) -> None:
    """A call that was completed with no answer, or missed by those who called, would be believed by nobody."""
    agrees(outcome(name, case["data"]))


@every_recipe
def test_a_value_of_another_shape_breaks_nothing(name: str) -> None:
    """Vendors send null for an object, and text for a number: the record is a call, or a rejection that says why."""
    tried = 0
    for case in recorded(name)["cases"]:
        for data in reshaped(case["data"]):
            tried += 1
            made = outcome(name, data)
            if "rejected" in made:
                assert "hs_timestamp" in made["rejected"] or "dialer_call_id" in made["rejected"], (made, data)
            if name != COPIED:
                agrees(made)
    assert tried > 20


def agrees(made: Outcome) -> None:
    """Status, outcome, direction and voicemail of a call say one thing."""
    properties = made.get("properties", {})
    status, direction = properties.get("hs_call_status"), properties.get("hs_call_direction")
    if (disposition := properties.get("hs_call_disposition")) and status in OUTCOME_OF:
        assert disposition in OUTCOME_OF[status], properties
    assert status != "MISSED" or direction == "INBOUND", properties
    assert status != "NO_ANSWER" or direction != "INBOUND", properties
    assert ("hs_call_has_voicemail" in properties) == (status == "MISSED"), properties


def reshaped(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The record with each of its fields, at any depth of objects, replaced by values of other shapes."""
    for path in paths(data):
        for value in OTHER_SHAPES:
            changed = deepcopy(data)
            inner = changed
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = value
            yield changed


def paths(value: Any, *so_far: Any) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*so_far, step)
        yield from paths(inner, *so_far, step)


def sources(recipe: dict[str, Any]) -> Iterator[str]:
    yield from (rule["source"] for rule in (*recipe["properties"], *recipe["associations"]) if "source" in rule)
    yield from (recipe[key] for key in ("only_if", "external_id_source") if key in recipe)
