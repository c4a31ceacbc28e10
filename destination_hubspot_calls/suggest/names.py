"""What people call the columns of calls: the names that the recipe for CSV files knows."""

from __future__ import annotations

from enum import Enum
from functools import cache

from destination_hubspot_calls import recipes
from destination_hubspot_calls.recipes.reads import expressions, reads
from destination_hubspot_calls.suggest.sample import Column, folded


class Purpose(Enum):
    """What a column is for; the value is one of its names."""

    START = "started at"
    DATE = "call date"
    CLOCK = "time of day"
    LATER = "created at"
    SECONDS = "duration seconds"
    MINUTES = "duration minutes"
    MILLISECONDS = "duration ms"
    DIRECTION = "direction"
    STATUS = "status"
    OUTCOME = "outcome"
    FROM = "from number"
    TO = "to number"
    CUSTOMER_PHONE = "customer phone"
    CUSTOMER_EMAIL = "customer email"
    AGENT = "agent email"
    CUSTOMER_NAME = "customer name"
    TITLE = "title"
    NOTES = "notes"
    RECORDING = "recording url"
    KEY = "call id"


NEVER = 10_000
"""The rank of a column whose name is not known for a purpose."""


def rank(column: Column, purpose: Purpose) -> int:
    """How well a column's name fits a purpose: 0 is best, NEVER not at all. The last step of a path counts, or all."""
    names = _names(purpose)
    return min(names.get(column.name, NEVER), names.get(column.full_name, NEVER))


@cache
def _names(purpose: Purpose) -> dict[str, int]:
    marker = folded(purpose.value)
    for expression in expressions(recipes.read("csv")):
        for read in reads(expression):
            known = [folded(name) for name in read]
            if marker in known:
                return {name: place for place, name in enumerate(known)}
    raise KeyError(purpose.value)
