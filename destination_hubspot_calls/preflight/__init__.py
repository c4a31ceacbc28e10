"""What can be told before the first write."""

from destination_hubspot_calls.preflight.examination import PATIENCE, examine
from destination_hubspot_calls.preflight.findings import Findings, Unfit
from destination_hubspot_calls.preflight.inspection import Account, inspect
from destination_hubspot_calls.preflight.readings import READERS

__all__ = ["PATIENCE", "READERS", "Account", "Findings", "Unfit", "examine", "inspect"]
