"""The entry point."""

from __future__ import annotations

import sys

from destination_hubspot_calls.destination import DestinationHubspotCalls


def run() -> None:
    """Start the connector with the arguments of this process."""
    DestinationHubspotCalls().run(sys.argv[1:])
