"""Configurations that were saved under the last release are valid under this one, by Airbyte's own comparison.

`published_spec.json` is the form of the last release. Whoever releases copies the new one over it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.test.standard_tests._spec_compatibility import compare_specs

ROOT = Path(__file__).parents[2]
PUBLISHED: dict[str, Any] = json.loads((ROOT / "unit_tests/published_spec.json").read_text(encoding="utf-8"))
SPEC: dict[str, Any] = json.loads((ROOT / "destination_hubspot_calls/spec.json").read_text(encoding="utf-8"))


def test_saved_configurations_stay_valid() -> None:
    """Airbyte holds them against the new form when it upgrades: one that fails stops its connection."""
    assert compare_specs(PUBLISHED, SPEC).breaking == []


def mapping(form: dict[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = form["properties"]["mappings"]["items"]
    return item


def remove_key(form: dict[str, Any]) -> None:
    del mapping(form)["properties"]["require_association"]


def require_key(form: dict[str, Any]) -> None:
    mapping(form)["required"].append("external_id_property")


def narrow_enumeration(form: dict[str, Any]) -> None:
    mapping(form)["properties"]["properties"]["items"]["properties"]["conversion"]["enum"].remove("text_to_html")


def narrow_type(form: dict[str, Any]) -> None:
    form["properties"]["dry_run"]["type"] = "string"


def remove_choice(form: dict[str, Any]) -> None:
    form["properties"]["object_storage_config"]["oneOf"].pop()


def raise_minimum(form: dict[str, Any]) -> None:
    form["properties"]["max_rejected_records"]["minimum"] = 1


@pytest.mark.parametrize(
    "change", [remove_key, require_key, narrow_enumeration, narrow_type, remove_choice, raise_minimum]
)
def test_what_would_break_them_is_found(change: Callable[[dict[str, Any]], None]) -> None:
    """A comparison that finds nothing would let everything pass."""
    changed = copy.deepcopy(PUBLISHED)
    change(changed["connectionSpecification"])
    assert compare_specs(PUBLISHED, changed).breaking


def test_what_widens_them_is_allowed() -> None:
    """A new key that nobody has to fill is what most releases bring."""
    changed = copy.deepcopy(PUBLISHED)
    mapping(changed["connectionSpecification"])["properties"]["new_key"] = {"type": "string"}
    assert compare_specs(PUBLISHED, changed).breaking == []
