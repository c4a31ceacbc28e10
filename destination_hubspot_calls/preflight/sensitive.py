"""Properties with sensitive data, which HubSpot leaves out of the list of all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.concurrent import ConcurrentReads
from destination_hubspot_calls.hubspot.models import Property

KINDS = ("sensitive", "highly_sensitive")
"""Of data, as HubSpot names them; scopes have the name in them (crm.objects.contacts.sensitive.read.v2)."""


def sensitive_properties(
    client: Client, scopes: frozenset[str] | None, *, is_missed: bool, readings: ConcurrentReads
) -> dict[str, Property]:
    """Those of calls by name, as far as the token may see them.

    Where HubSpot does not tell its `scopes`, they are asked for only if a rule names what is not in the list of all.
    Raises HubSpotError.
    """
    kinds = _kinds(scopes, is_missed=is_missed)
    reads = [readings.start(partial(client.properties, "calls", sensitivity=kind)) for kind in kinds]
    return {item.name: item for read in reads for item in read.value or () if not item.archived}


def _kinds(scopes: Collection[str] | None, *, is_missed: bool) -> Iterator[str]:
    for kind in KINDS:
        if is_missed if scopes is None else any(f".{kind}." in scope for scope in scopes):
            yield kind
