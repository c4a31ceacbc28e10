"""The other end of a link, or why there is none."""

from __future__ import annotations

from typing import NamedTuple

from destination_hubspot_calls.associations.link_type import LinkType
from destination_hubspot_calls.hubspot.models import AssociationType
from destination_hubspot_calls.messages import RECORD_ID, LinkRule


class Target(NamedTuple):
    """The other end of one link."""

    rule: LinkRule
    kind: LinkType
    id: str

    @property
    def object_type(self) -> str:
        """The object type as requests name it."""
        return self.kind.object_type

    @property
    def types(self) -> tuple[AssociationType, ...]:
        """The types of the link."""
        return self.kind.types


class Unlinkable(NamedTuple):
    """A call that is to be rejected, as a link it needs has no other end."""

    reason: str
    rule: str


def unknown_record(rule: LinkRule) -> str:
    """Why there is no link to a record whose id HubSpot does not know."""
    if rule.match_by == RECORD_ID:
        return (
            f'{rule.object_type}: HubSpot has no record with the id in field "{rule.named_source}" (INVALID_OBJECT_IDS)'
        )
    return (
        f'{rule.object_type}: the record whose {rule.match_by} is the value of "{rule.named_source}" is no longer in '
        "HubSpot (INVALID_OBJECT_IDS)"
    )
