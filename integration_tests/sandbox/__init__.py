"""A HubSpot on this machine: as strict as the real one, and as unreliable as it is told to be."""
