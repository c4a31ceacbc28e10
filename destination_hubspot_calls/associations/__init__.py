"""What a record says of the other ends of its links → the ids of those records in HubSpot."""

from destination_hubspot_calls.associations.finder import Finder, WrongRule, finder_for, needs_definitions
from destination_hubspot_calls.associations.link_type import LinkType, UnknownLabel, link_type
from destination_hubspot_calls.associations.resolver import LinkResolver
from destination_hubspot_calls.associations.target import Target, Unlinkable, unknown_record

__all__ = [
    "Finder",
    "LinkResolver",
    "LinkType",
    "Target",
    "UnknownLabel",
    "Unlinkable",
    "WrongRule",
    "finder_for",
    "link_type",
    "needs_definitions",
    "unknown_record",
]
