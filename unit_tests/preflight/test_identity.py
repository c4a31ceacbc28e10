"""Which account a person is told it is."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.hubspot.models import AccountDetails
from destination_hubspot_calls.preflight.identity import identity


@pytest.mark.parametrize(
    ("told", "address", "host"),
    [
        ("app-eu1.hubspot.com", "https://api.hubapi.com", "app-eu1.hubspot.com"),
        ("", "https://api-eu1.hubapi.com", "app-eu1.hubspot.com"),
        ("", "https://api.hubapi.com", "app.hubspot.com"),
        ("", "http://127.0.0.1:8080", "app.hubspot.com"),
    ],
)
def test_an_account_is_named_with_its_own_pages(told: str, address: str, host: str) -> None:
    """A link to another region's pages leads to a sign-in that does not know the account."""
    known = identity(AccountDetails(portalId=7, uiDomain=told), None, address)
    assert known is not None
    assert known.sentence(None).endswith(f"https://{host}/contacts/7")
