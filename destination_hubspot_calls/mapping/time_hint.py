"""Which fields of a record look like the time that it is said to lack."""

import re

from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.hubspot.standard_properties import TIME
from destination_hubspot_calls.mapping.expression import Data
from destination_hubspot_calls.mapping.functions import folded
from destination_hubspot_calls.mapping.rules import Rules

MAX_NAMED = 3
_MAX_NAME = 64
_MAX_SHAPES = 20
"""Sets of fields for which the answer is kept: the first record of each stands for all, so that reasons are few."""
_NAME_OF_TIME = re.compile(
    r"time|date|start|begin|began|created|called|placed|when|(?:^|[_ .-])(?:at|on)$", re.IGNORECASE
)
_FIRST, _LAST = 946_684_800_000_000, 4_102_444_800_000_000
"""Microseconds: 2000 to 2099. Phone numbers and ids are times of other years."""


class TimeHint:
    """Names the fields of a record that look like a time, the likeliest first."""

    def __init__(self, rules: Rules) -> None:
        self._times = rules.times
        self._wanted = {folded(source) for source in (rules.fields.get(TIME), TIME) if source}
        self._known: dict[frozenset[str], str] = {}

    def hint(self, data: Data) -> str:
        """What is said behind "the time is missing": the names, or nothing."""
        shape = frozenset(data)
        known = self._known.get(shape)
        if known is None:
            known = self._said(data)
            if len(self._known) < _MAX_SHAPES:
                self._known[shape] = known
        return known

    def _said(self, data: Data) -> str:
        names = sorted((field for field, value in data.items() if self._looks_like_one(field, value)), key=self._rank)
        return f". What looks like one: {', '.join(names[:MAX_NAMED])}" if names else ""

    def _looks_like_one(self, field: str, value: object) -> bool:
        is_number = isinstance(value, (int, float)) or (isinstance(value, str) and value.strip().isdecimal())
        if (is_number and not _NAME_OF_TIME.search(field)) or not _is_a_name(field):
            return False
        try:
            return _FIRST <= self._times.microseconds(value) < _LAST
        except InvalidValue:
            return False

    def _rank(self, field: str) -> tuple[bool, bool]:
        return folded(field) not in self._wanted, "start" not in field.lower()


def _is_a_name(field: str) -> bool:
    """Whether it may stand in the log: a column's heading, and neither a novel nor what steers a terminal."""
    return field.isprintable() and 0 < len(field) <= _MAX_NAME
