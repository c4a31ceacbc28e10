"""The account's own time zone."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.config.model import Mapping
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.zone import account_zone

WANTING = Mapping(stream_name="calls", time_zone="account")
OTHER = Mapping(stream_name="mails", time_zone="Europe/Berlin")


def test_it_is_the_zone_of_those_that_want_it() -> None:
    """`account` is for people whose source has the times of the place where their HubSpot account is, too."""
    findings = Findings()
    assert account_zone([OTHER, WANTING], "US/Eastern", findings) == "US/Eastern"
    assert not findings.problems


def test_nobody_wants_it() -> None:
    """An account whose zone cannot be read stops nobody who does not need it."""
    findings = Findings()
    assert account_zone([OTHER], "", findings) is None
    assert not findings.problems


@pytest.mark.parametrize("name", ["", "Mars/Phobos", "../etc"])
def test_it_cannot_be_told(name: str) -> None:
    """Times read as UTC instead would be wrong by hours, and nobody would see it."""
    findings = Findings()
    assert account_zone([WANTING], name, findings) is None
    assert "enter an IANA name" in str(findings.problems)
