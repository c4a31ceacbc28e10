"""What can be told before the first write."""

from destination_hubspot_calls.hubspot.concurrent import READERS
from destination_hubspot_calls.preflight.account import Account, check_account
from destination_hubspot_calls.preflight.activation import read_by_rules, read_offer
from destination_hubspot_calls.preflight.check import CHECK_PATIENCE, OpenedAccount, check_config, open_account
from destination_hubspot_calls.preflight.findings import Findings, Unfit
from destination_hubspot_calls.preflight.properties import call_properties
from destination_hubspot_calls.preflight.streams import plans

__all__ = [
    "CHECK_PATIENCE",
    "READERS",
    "Account",
    "Findings",
    "OpenedAccount",
    "Unfit",
    "call_properties",
    "check_account",
    "check_config",
    "open_account",
    "plans",
    "read_by_rules",
    "read_offer",
]
