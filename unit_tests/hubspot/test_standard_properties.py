"""The built-in table of calls."""

import json
from pathlib import Path

import pytest

from destination_hubspot_calls.hubspot import standard_properties

REFERENCE = Path(__file__).parents[3] / "shared/hubspot/call_properties_reference.json"


def test_names_are_keys() -> None:
    """The table is by internal name, as an account's own definitions are."""
    assert all(name == definition.name for name, definition in standard_properties.PROPERTIES.items())


def test_what_a_call_needs_is_writable() -> None:
    """What the guide lists for creating a call can be mapped."""
    names = "hs_timestamp hs_call_title hs_call_body hs_call_direction hs_call_duration hs_call_status hubspot_owner_id"
    assert all(standard_properties.PROPERTIES[name].writable for name in names.split())


def test_what_hubspot_sets_is_not() -> None:
    """What HubSpot sets itself is not copied from a record by accident."""
    assert not standard_properties.PROPERTIES["hs_object_id"].writable
    assert not standard_properties.PROPERTIES["hs_lastmodifieddate"].writable


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference is not part of the project")
def test_the_table_follows_the_reference() -> None:
    """Names, options and outcomes are HubSpot's."""
    reference = json.loads(REFERENCE.read_text())
    assert {item.label: item.id for item in standard_properties.DISPOSITIONS} == reference["dispositions"]
    status = {option.value for option in standard_properties.PROPERTIES["hs_call_status"].options}
    assert status == {*reference["hs_call_status_guide"], *reference["hs_call_status_extra"]}
    direction = [option.value for option in standard_properties.PROPERTIES["hs_call_direction"].options]
    assert direction == reference["hs_call_direction"]
    assert standard_properties.PROPERTIES.keys() <= {*reference["portal_property_dump"]}
