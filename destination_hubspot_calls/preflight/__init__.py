"""What can be told before the first write."""

from destination_hubspot_calls.preflight.inspection import Account, Findings, inspect

__all__ = ["Account", "Findings", "inspect"]
