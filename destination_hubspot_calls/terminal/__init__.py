"""What people at a terminal can see: the calls that records would become, and what the account has for the form."""

from destination_hubspot_calls.terminal.command import Screen, show

__all__ = ["Screen", "show"]
