"""docs/recipes: each recipe has a page, made from the recipe where it can be, and what it advises works."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from types import ModuleType
from typing import Any

import pytest

from destination_hubspot_calls import recipes
from destination_hubspot_calls.config.reading import read_config
from unit_tests.recipe_runs import PAGES, ROOT, configuration, mapping, outcome, recorded, snippets

NAMES = recipes.names()
every_recipe = pytest.mark.parametrize("name", NAMES)
every_advice = pytest.mark.parametrize(
    ("name", "number", "advised"),
    [
        pytest.param(name, number, advised, id=f"{name}: {number}, {advised['case']}")
        for name in NAMES
        for number, cases in enumerate(recorded(name)["adapted"])
        for advised in cases
    ],
)


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The script that makes the tables."""
    found = importlib.util.spec_from_file_location("recipe_pages", ROOT / ".ci" / "recipe_pages.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


def test_the_tables_are_those_of_the_recipes(maker: ModuleType) -> None:
    """A page that says what a recipe did before its last change misleads. Run `.ci/recipe_pages.py`."""
    assert [path.name for path, text in maker.written() if path.read_text(encoding="utf-8") != text] == []


def test_each_recipe_has_its_page_and_no_page_is_without_one() -> None:
    """A recipe nobody is told of is not used."""
    assert sorted(file.stem for file in PAGES.glob("*.md") if file.stem != "README") == list(NAMES)


@every_recipe
def test_its_setup_is_a_mapping_that_can_be_saved(name: str) -> None:
    """It is pasted as it stands."""
    setup = json.loads(re.findall(r"```json\n(.*?)```", page(name), re.DOTALL)[0])
    assert setup["recipe"] == name
    (read,) = read_config(configuration(setup)).mappings
    assert f"`{read.external_id_property}`" in page(name)


@every_recipe
def test_all_that_it_advises_is_tried(name: str) -> None:
    """Advice that was never run is a guess: each example has at least one record in the cases."""
    assert len(snippets(name)) == len(recorded(name)["adapted"])
    assert all(recorded(name)["adapted"])


@every_advice
def test_what_it_advises_does_what_it_says(name: str, number: int, advised: dict[str, Any]) -> None:
    """The example beside the recipe, on a record: what the case names comes out, whatever else there is."""
    made = outcome(name, advised["data"], snippets(name)[number])
    assert made.get("skipped", False) == advised.get("skipped", False), made
    for key in ("properties", "links"):
        for what, value in advised.get(key, {}).items():
            assert made[key].get(what) == value, made
    if "key" in advised:
        assert made["key"] == advised["key"]
    if "country" in advised:
        (read,) = read_config(configuration(mapping(name, snippets(name)[number]))).mappings
        assert read.default_country == advised["country"]


@every_recipe
def test_it_says_where_its_names_come_from(name: str) -> None:
    """A person whose records look different must be able to tell whose they were made for."""
    assert re.search(r"## Where the field names come from\n\n\S.*\n(.*\n)*?\nNot verified: \S", page(name))
