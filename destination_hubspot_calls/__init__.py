"""An Airbyte destination that puts calls into HubSpot, each linked to the records it belongs to."""

from destination_hubspot_calls.destination import DestinationHubspotCalls

__all__ = ["DestinationHubspotCalls"]
