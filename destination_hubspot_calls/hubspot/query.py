"""A search: records that have one of some values, in one of some properties."""

from __future__ import annotations

from dataclasses import dataclass

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
