"""One batch into HubSpot, or what writing it would come to."""
