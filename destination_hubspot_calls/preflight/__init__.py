"""What can be told before the first write."""

from destination_hubspot_calls.hubspot.concurrent import READERS
from destination_hubspot_calls.preflight.account import Account, inspect
from destination_hubspot_calls.preflight.check import PATIENCE, Prepared, examine, prepare
from destination_hubspot_calls.preflight.findings import Findings, Unfit
from destination_hubspot_calls.preflight.properties import call_properties
from destination_hubspot_calls.preflight.streams import plans

__all__ = [
    "PATIENCE",
    "READERS",
    "Account",
    "Findings",
    "Prepared",
    "Unfit",
    "call_properties",
    "examine",
    "inspect",
    "plans",
    "prepare",
]
