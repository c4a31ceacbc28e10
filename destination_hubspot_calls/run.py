"""The entry point."""

from __future__ import annotations

import sys

from destination_hubspot_calls.destination import DestinationHubspotCalls

FOR_PEOPLE = frozenset({"preview", "properties", "associations"})
"""The commands that Airbyte does not know."""


def run() -> None:
    """Start the connector with the arguments of this process."""
    arguments = sys.argv[1:]
    if arguments and arguments[0] in FOR_PEOPLE:
        # What draws tables is imported where there are any.
        from destination_hubspot_calls.terminal import show  # noqa: PLC0415

        sys.exit(show(arguments))
    DestinationHubspotCalls().run(arguments)
