"""What an account has for streams that are mapped on Airbyte's own page."""

from __future__ import annotations

from destination_hubspot_calls.airbyte.activation import LINK_FIELDS, Offer
from destination_hubspot_calls.airbyte.catalog import Catalog
from destination_hubspot_calls.config.fields import ANY_STREAM
from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import MissingScopes, Refusal
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.mapping.expression import plain_path, top_fields
from destination_hubspot_calls.preflight.properties import call_properties
from destination_hubspot_calls.preflight.sources import sources

_PREFIXES = ("contact_", "company_")
"""What the names of fields that link by a unique property begin with."""


def read_offer(client: Client) -> Offer:
    """All that a mapping page can offer. Raises HubSpotError."""
    return Offer(client.properties("calls"), _readable(client, "contacts"), _readable(client, "companies"))


def read_needed(client: Client, catalog: Catalog) -> Offer:
    """What is needed of that by the streams that were mapped. Raises HubSpotError."""
    known = {field.name for field in LINK_FIELDS}
    fields = {field for item in catalog.values() if item.object_name is not None for field in item.fields} - known
    if not any(field.startswith(_PREFIXES) for field in fields):
        return Offer(call_properties(client))
    return Offer(call_properties(client), _readable(client, "contacts"), _readable(client, "companies"))


def read_by_rules(config: Config) -> tuple[str, ...]:
    """The fields that the mapping for all streams reads: a path as it is, of an expression what it begins with."""
    for_all = (mapping for mapping in config.mappings if mapping.stream_name == ANY_STREAM)
    texts = (source for mapping in for_all for _, source in sources(mapping))
    names = (name for source in texts for name in ([source] if plain_path(source) else sorted(top_fields(source))))
    return tuple(dict.fromkeys(names))


def _readable(client: Client, object_type: str) -> tuple[Property, ...]:
    """An object type's properties; none if the token may not read them: calls can be linked by ids all the same."""
    try:
        return client.properties(object_type)
    except (MissingScopes, Refusal):
        return ()
