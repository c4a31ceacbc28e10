"""A call as it stands in HubSpot, as far as an undo looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from destination_hubspot_calls.hubspot.comparison import instant
from destination_hubspot_calls.hubspot.models import LinkedRecord
from destination_hubspot_calls.hubspot.standard_properties import TIME

CREATED = "hs_createdate"
MODIFIED = "hs_lastmodifieddate"


@dataclass(slots=True)
class FoundCall:
    """`links` are by object type and record; those of types that nobody read are not in it."""

    id: str
    properties: Mapping[str, str | None]
    links: dict[str, Mapping[str, LinkedRecord]] = field(default_factory=dict)

    @property
    def moment(self) -> datetime | None:
        """When the call was; None if HubSpot does not tell it."""
        milliseconds = instant(self.properties.get(TIME) or "")
        try:
            return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
        except (ValueError, OverflowError, OSError):
            return None

    @property
    def day(self) -> str:
        """The day of the call, in UTC; empty if HubSpot does not tell it."""
        return self.moment.strftime("%Y-%m-%d") if self.moment else ""

    @property
    def title(self) -> str:
        """What a person sees of it."""
        return self.properties.get("hs_call_title") or "(no title)"

    @property
    def was_edited(self) -> bool:
        """Whether it was changed after it was created; unknown counts as changed."""
        created, modified = (instant(self.properties.get(name) or "") for name in (CREATED, MODIFIED))
        return created is None or modified is None or modified > created

    def other_links(self, ours: Mapping[str, frozenset[tuple[str, int]]]) -> bool:
        """Whether it has a link that no rule makes; `ours` are the kinds of link that rules make, by object type."""
        return any(
            not {kind.key for kind in record.types} <= ours.get(object_type, frozenset())
            for object_type, records in self.links.items()
            for record in records.values()
        )

    def as_json(self) -> dict[str, Any]:
        """All that is known of it, to make it again."""
        return {
            "id": self.id,
            "properties": {name: value for name, value in self.properties.items() if value is not None},
            "associations": [
                {
                    "object_type": object_type,
                    "id": record.id,
                    "types": [{"category": kind.category, "typeId": kind.type_id} for kind in record.types],
                }
                for object_type, records in self.links.items()
                for record in records.values()
            ],
        }
