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
from jsonschema import Draft7Validator

from destination_hubspot_calls.config.reading import read_config

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


SAVED: dict[str, Any] = {
    "credentials": {"auth_type": "access_token", "access_token": "pat-na1-1111"},
    "mappings": [
        {
            "stream_name": "calls",
            "stream_namespace": "dialer",
            "properties": [
                {"property": "hs_timestamp", "source": "started_at"},
                {"property": "hs_call_body", "source": "notes", "conversion": "text_to_html"},
                {"property": "hs_call_direction", "source": "type", "values": ["in=INBOUND"], "if_invalid": "skip"},
                {"property": "hs_call_status"},
            ],
            "copy_matching_fields": False,
            "associations": [
                {"object_type": "contacts", "source": "phone", "match_by": "phone", "default_country": "DE"},
                {"object_type": "deals", "source": "deal", "label": "Main", "if_missing": "reject"},
            ],
            "require_association": True,
            "external_id_property": "dialer_call_id",
            "external_id_source": "id",
        },
        {"stream_name": "*"},
    ],
    "max_rejected_records": 10,
    "object_storage_config": {"storage_type": "LOCAL", "path": "/rejects"},
    "dry_run": True,
    "requests_per_10_seconds": 50,
    "api_base_url": "http://localhost:8080",
}
"""Every key of 0.1.0, as its form saved it."""


def test_a_configuration_of_the_last_release_means_what_it_meant() -> None:
    """Whoever upgrades changes nothing, and gets the calls of yesterday."""
    old, new = (Draft7Validator(spec["connectionSpecification"]) for spec in (PUBLISHED, SPEC))
    assert old.is_valid(SAVED)
    assert [error.message for error in new.iter_errors(SAVED)] == []
    read = read_config(SAVED)
    first, second = read.mappings
    assert (first.copies_matching_fields, second.copies_matching_fields) == (False, True)
    assert read.model_dump(mode="json", exclude_unset=True) == SAVED
    assert (first.recipe, first.only_if, first.time_zone, first.date_order) == (None, None, None, None)
    assert {rule.on_update for rule in first.properties} == {None}
