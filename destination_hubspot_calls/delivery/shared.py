"""What the batches of a sync share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from destination_hubspot_calls.associations import LinkResolver
from destination_hubspot_calls.delivery.changes import Kinds
from destination_hubspot_calls.delivery.creating import SharedCreates
from destination_hubspot_calls.delivery.existing import ExistingCalls
from destination_hubspot_calls.delivery.hubspot import CallStore
from destination_hubspot_calls.delivery.link_audit import LinkAudit
from destination_hubspot_calls.delivery.linking import LinkWriter
from destination_hubspot_calls.delivery.updating import SharedUpdates
from destination_hubspot_calls.hubspot.waiting import Troubles


@dataclass(frozen=True, slots=True)
class Shared:
    """Made once."""

    client: CallStore
    resolver: LinkResolver
    existing: ExistingCalls
    links: LinkWriter
    updates: SharedUpdates
    creates: SharedCreates
    audit: LinkAudit
    pause: Callable[[float], None]
    clock: Callable[[], float]
    kinds: Kinds = field(default_factory=dict)
    troubles: Troubles = field(default_factory=Troubles)
    """Where it is noted that a batch is tried again."""
