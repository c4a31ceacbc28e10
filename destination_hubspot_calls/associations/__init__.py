"""What a record says of the other ends of its links → the ids of those records in HubSpot."""

from destination_hubspot_calls.associations.finder import Way, WrongRule, needs_definitions, way_to
from destination_hubspot_calls.associations.link_type import LinkKind, UnknownLabel, link_kind
from destination_hubspot_calls.associations.resolver import Linker
from destination_hubspot_calls.associations.target import Target, Unlinkable, unknown_record

__all__ = [
    "LinkKind",
    "Linker",
    "Target",
    "UnknownLabel",
    "Unlinkable",
    "Way",
    "WrongRule",
    "link_kind",
    "needs_definitions",
    "unknown_record",
    "way_to",
]
