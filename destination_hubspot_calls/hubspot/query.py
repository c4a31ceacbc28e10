"""Searches: by some values of some properties, or of all records that meet conditions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import orjson

MAX_BODY = 3000
"""Characters of a search request (HubSpot's guide on searching the CRM, as the other limits here)."""
MAX_FOUND = 200
"""Results of one page."""
MAX_PAGED = 10_000
"""Results of all pages of one query; asking beyond them is a 400."""
FIRST_PAGE = "0"
_LAST_PAGE = str(MAX_PAGED)


@dataclass(frozen=True, slots=True)
class Query:
    """Records where one of the properties `where` is one of `values`; `properties` are what is wanted of them.

    Values of text properties must be in lower case: HubSpot compares them so, and with IN it does not do it for us.
    """

    where: tuple[str, ...]
    values: tuple[str, ...]
    properties: tuple[str, ...]

    def body(self, after: str) -> bytes:
        """The request, for the page that begins at `after`. HubSpot's schema requires all of its fields."""
        filters = [{"propertyName": name, "operator": "IN", "values": self.values} for name in self.where]
        return orjson.dumps(
            {
                "filterGroups": [{"filters": [item]} for item in filters],
                "properties": self.properties,
                "sorts": [],
                "limit": MAX_FOUND,
                "after": after,
            }
        )

    @property
    def room(self) -> int:
        """How many characters of values fit, by the measure of `size`."""
        return MAX_BODY - len(self.body(_LAST_PAGE))

    def size(self, value: str) -> int:
        """How many characters another value takes; bytes, which are never fewer."""
        return len(self.where) * (len(orjson.dumps(value)) + 1)


class Operator(str, Enum):
    """How a condition compares (the schema's names)."""

    EQUAL = "EQ"
    AT_LEAST = "GTE"
    BEYOND = "GT"
    BELOW = "LT"
    KNOWN = "HAS_PROPERTY"
    UNKNOWN = "NOT_HAS_PROPERTY"


@dataclass(frozen=True, slots=True)
class Condition:
    """What one property must be like. `value` is text; times are milliseconds."""

    name: str
    operator: Operator
    value: str = ""

    @property
    def as_json(self) -> dict[str, str]:
        """The condition as a request has it."""
        value = {} if self.operator in (Operator.KNOWN, Operator.UNKNOWN) else {"value": self.value}
        return {"propertyName": self.name, "operator": self.operator.value, **value}


@dataclass(frozen=True, slots=True)
class Listing:
    """A search for all records that meet every one of some conditions, in the order of their ids.

    A page begins after a record, not after a number of them: so there is no end at `MAX_PAGED`, and records that are
    archived meanwhile move nothing. At most five conditions: the schema allows six, and one is the id.
    """

    conditions: tuple[Condition, ...]
    properties: tuple[str, ...]

    def body(self, after_id: str) -> bytes:
        """The request for the page after the record with this id."""
        beyond = Condition("hs_object_id", Operator.BEYOND, after_id)
        return orjson.dumps(
            {
                "filterGroups": [{"filters": [item.as_json for item in (*self.conditions, beyond)]}],
                "properties": self.properties,
                "sorts": ["hs_object_id"],
                "limit": MAX_FOUND,
                "after": FIRST_PAGE,
            }
        )
