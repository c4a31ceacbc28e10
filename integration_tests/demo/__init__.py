"""A demonstration: the connector, run as the platform runs it, against a HubSpot on this machine."""
