"""Batches into HubSpot; which calls were refused, and why."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType

from destination_hubspot_calls.associations import LinkResolver
from destination_hubspot_calls.delivery.changes import Kinds
from destination_hubspot_calls.delivery.creating import Creates, SharedCreates
from destination_hubspot_calls.delivery.delivery import Delivery
from destination_hubspot_calls.delivery.existing import ExistingCalls
from destination_hubspot_calls.delivery.first_step import FirstStep, FirstSteps, Seen
from destination_hubspot_calls.delivery.gathering import InFlight
from destination_hubspot_calls.delivery.hubspot import CallStore
from destination_hubspot_calls.delivery.link_audit import LinkAudit
from destination_hubspot_calls.delivery.linking import LinkWriter
from destination_hubspot_calls.delivery.shared import Shared
from destination_hubspot_calls.delivery.updating import SharedUpdates
from destination_hubspot_calls.hubspot.inputs import encode_members
from destination_hubspot_calls.hubspot.waiting import Troubles
from destination_hubspot_calls.messages import Batch
from destination_hubspot_calls.results import BatchResult, counted

logger = logging.getLogger(__name__)


class Writer:
    """Writes batches of calls, each with one request where nothing goes wrong. Threads may use it at the same time.

    `pause(seconds)` sleeps, and raises Stopped where the process is to stop. `kinds`: the types of the properties, to
    compare values that HubSpot holds with those to be written. `created_with`: properties that a call gets when it is
    created only. `troubles`: where it is noted that a batch is tried again. `finishing`: in it, a thread's
    requests go on when the process is to stop.
    """

    def __init__(
        self,
        client: CallStore,
        resolver: LinkResolver,
        *,
        pause: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
        kinds: Kinds = MappingProxyType({}),
        created_with: Mapping[str, str] = MappingProxyType({}),
        audit: LinkAudit | None = None,
        troubles: Troubles | None = None,
        finishing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._finishing, self._in_flight = finishing, InFlight()
        self._first_steps = FirstSteps(pause, may_upsert=not created_with)
        in_flight, audit = self._in_flight, audit or LinkAudit(pause)
        creates = SharedCreates(Creates(client, encode_members(created_with), lambda: audit.is_due), in_flight)
        existing, links = ExistingCalls(client, pause, in_flight), LinkWriter(client, pause, in_flight)
        updates, troubles = SharedUpdates(client, in_flight), troubles or Troubles(clock)
        self._shared = Shared(client, resolver, existing, links, updates, creates, audit, pause, clock, kinds, troubles)

    def write(self, batch: Batch, result: BatchResult | None = None) -> BatchResult:
        """Write up to 100 calls. Every one of them is in HubSpot afterwards, or among the rejections.

        Raises HubSpotError; some of the calls may be in HubSpot then. `result` is filled while it runs: it tells which.
        """
        has_keys = any(call.key for call in batch.calls)
        delivery = Delivery(self._shared, self._first_steps.choose() if has_keys else FirstStep.CREATE)
        with self._in_flight:
            written = self._run(delivery, batch, result, has_keys=has_keys)
            # The calls are in HubSpot: what is left to be known of them is asked even if the process is to stop.
            with self._finishing():
                delivery.audit()
        if logger.isEnabledFor(logging.DEBUG):
            _tell(written)
        return written

    def _run(self, delivery: Delivery, batch: Batch, result: BatchResult | None, *, has_keys: bool) -> BatchResult:
        seen = Seen()
        try:
            written = delivery.run(batch, result)
            seen = delivery.seen
        finally:
            if delivery.refuses_upserts:
                self._first_steps.refuse_upserts()
            if has_keys:
                self._first_steps.learn(seen)
        return written


def _tell(written: BatchResult) -> None:
    """What became of a batch, in numbers: `batch of 100 calls: 97 created, 1 already existing, 2 rejected`."""
    became = Counter(written.became.values()) + Counter(rejected=len(written.rejections))
    told = ", ".join(f"{number:,} {what}" for what, number in became.items())
    logger.debug("batch of %s: %s", counted(len(written.batch.calls), "call"), told)
