"""The account's own time zone, where a mapping wants it."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from destination_hubspot_calls.config.fields import ACCOUNT_ZONE
from destination_hubspot_calls.config.model import Mapping
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.suggestions import shown


def account_zone(mappings: Sequence[Mapping], name: str, findings: Findings) -> str | None:
    """The zone that times belong to in these mappings; `name` as HubSpot tells it, empty where it does not."""
    wanting = [mapping for mapping in mappings if mapping.time_zone == ACCOUNT_ZONE]
    if not wanting:
        return None
    if name and _is_zone(name):
        return name
    why = f"{shown(name)}, is not a known one" if name else "cannot be read"
    for mapping in wanting:
        findings.problem(
            mapping.place_of("time_zone"),
            f"the account's time zone{', ' if name else ' '}{why}: enter an IANA name, like Europe/Berlin",
        )
    return None


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
