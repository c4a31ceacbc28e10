"""Every recipe can be saved in Airbyte's form as it stands, and its page tells what is in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jmespath
import pytest
from jsonschema import Draft7Validator

from destination_hubspot_calls.config import model
from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.conversion import Vocabulary
from destination_hubspot_calls.hubspot import standard_properties
from destination_hubspot_calls.mapping import Rules
from destination_hubspot_calls.mapping.expression import unknown_functions

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "recipes"
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))
LEFT_OUT = ("dixa",)
FORM = json.loads(Path(model.__file__).parents[1].joinpath("spec.json").read_text(encoding="utf-8"))[
    "connectionSpecification"
]
every_recipe = pytest.mark.parametrize("name", NAMES)


def recipe(name: str) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return raw


def page(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


@every_recipe
def test_the_form_and_the_connector_take_it(name: str) -> None:
    """A person pastes it, and changes nothing but the token."""
    raw = recipe(name)
    assert list(Draft7Validator(FORM).iter_errors(raw)) == []
    assert read_config(raw).credentials.auth_type == "access_token"


@every_recipe
def test_every_source_is_an_expression_of_known_functions(name: str) -> None:
    """A text that is no JMESPath would be taken for a field's name, and find nothing."""
    for mapping in read_config(recipe(name)).mappings:
        sources = [rule.source for rule in mapping.properties] + [rule.source for rule in mapping.associations]
        for source in filter(None, [*sources, mapping.external_id_source]):
            jmespath.compile(source)
            assert unknown_functions(source) == ()


@every_recipe
def test_it_needs_no_property_but_those_that_every_account_has(name: str) -> None:
    """... and its external id; each default fits its property."""
    for mapping in read_config(recipe(name)).mappings:
        Rules(mapping, Vocabulary(standard_properties.PROPERTIES))
        assert mapping.external_id_property
        assert {rule.property for rule in mapping.properties} <= standard_properties.PROPERTIES.keys()


@every_recipe
def test_each_replaced_value_is_an_option_of_its_property(name: str) -> None:
    """A slip in `values` would reject every record that has the value, or leave the outcome out."""
    outcomes = {outcome.label for outcome in standard_properties.DISPOSITIONS}
    for mapping in read_config(recipe(name)).mappings:
        for rule in mapping.properties:
            options = {option.value for option in standard_properties.PROPERTIES[rule.property].options}
            known = outcomes if rule.property == "hs_call_disposition" else options
            if known:
                assert {pair.partition("=")[2] for pair in rule.values} <= known | {""}


@every_recipe
def test_its_page_tells_what_it_maps(name: str) -> None:
    """Each property with its row, the stream, what to link by, and the external id to create beforehand."""
    text = page(name)
    rows = {found for row in re.findall(r"^\|(.*?)\|", text, re.MULTILINE) for found in re.findall(r"`(\w+)`", row)}
    for mapping in recipe(name)["mappings"]:
        assert {rule["property"] for rule in mapping["properties"]} <= rows
        for word in (mapping["stream_name"], mapping["external_id_property"]):
            assert f"`{word}`" in text
        for rule in mapping["associations"]:
            assert rule["object_type"] in rows
            assert f"`{rule['match_by']}`" in text
    assert f"({name}.json)" in text


def test_the_list_has_them_all() -> None:
    """... and says which sources are left out."""
    text = page("README")
    assert sorted(re.findall(r"\]\(([\w-]+)\.md\)", text)) == NAMES
    assert all(name in text for name in LEFT_OUT)
    assert sorted(file.stem for file in FOLDER.glob("*.md") if file.stem != "README") == NAMES
