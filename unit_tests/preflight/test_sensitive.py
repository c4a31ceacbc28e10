"""Properties with sensitive data are asked for where the token may see them, and only there."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.hubspot.concurrent import ConcurrentReads
from destination_hubspot_calls.hubspot.errors import MissingScopes
from destination_hubspot_calls.preflight.sensitive import sensitive_properties
from unit_tests.wire import answers

WRITE = "crm.objects.contacts.write"
SENSITIVE = "crm.objects.contacts.sensitive.read.v2"
HIGHLY = "crm.objects.contacts.highly_sensitive.read.v2"


@pytest.mark.parametrize(
    ("scopes", "is_missed", "kinds"),
    [
        ({WRITE}, True, set()),
        ({WRITE, SENSITIVE}, False, {"sensitive"}),
        ({SENSITIVE, HIGHLY}, False, {"sensitive", "highly_sensitive"}),
        (None, False, set()),
        (None, True, {"sensitive", "highly_sensitive"}),
    ],
)
def test_they_are_asked_for_where_it_may_be_of_use(scopes: set[str] | None, is_missed: bool, kinds: set[str]) -> None:  # noqa: FBT001
    """Two more requests for every sync would be for nothing in nearly all accounts."""
    wire = answers(*[{"results": [{"name": "diagnosis", "type": "string"}, {"name": "old", "archived": True}]}] * 2)
    with ConcurrentReads() as readings:
        scopes_told = None if scopes is None else frozenset(scopes)
        found = sensitive_properties(wire.client, scopes_told, is_missed=is_missed, readings=readings)
    assert set(found) == ({"diagnosis"} if kinds else set())
    assert {path.rpartition("=")[2] for path in wire.paths} == kinds


def test_a_token_that_may_not_see_them_goes_without() -> None:
    """It is no fault of the configuration."""
    wire = answers(*[MissingScopes("reading properties", ())] * 2)
    with ConcurrentReads() as readings:
        assert sensitive_properties(wire.client, None, is_missed=True, readings=readings) == {}
