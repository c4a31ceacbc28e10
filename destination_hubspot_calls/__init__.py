"""An Airbyte destination that puts calls into HubSpot, each linked to the records it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from destination_hubspot_calls.destination import DestinationHubspotCalls

__all__ = ["DestinationHubspotCalls"]


def __getattr__(name: str) -> Any:
    """The connector's class, loaded when it is asked for: who needs one room need not load the CDK."""
    if name == "DestinationHubspotCalls":
        from destination_hubspot_calls.destination import DestinationHubspotCalls  # noqa: PLC0415

        return DestinationHubspotCalls
    raise AttributeError(name)
