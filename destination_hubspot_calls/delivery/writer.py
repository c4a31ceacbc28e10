"""Batches into HubSpot; which calls were refused, and why."""

from __future__ import annotations

import time
from collections.abc import Callable

from destination_hubspot_calls.associations import LinkResolver
from destination_hubspot_calls.delivery.delivery import Delivery
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.messages import Batch
from destination_hubspot_calls.results import BatchResult

READ_FIRST_SHARE = 0.5
"""The share of a batch that was there already from which on the next batch is looked up before it is created."""


class Writer:
    """Writes batches of calls, each with one request where nothing goes wrong. Threads may use it at the same time.

    `pause(seconds)` sleeps, and raises Stopped where the process is to stop.
    """

    def __init__(
        self,
        client: Client,
        resolver: LinkResolver,
        *,
        pause: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._resolver = resolver
        self._pause = pause
        self._clock = clock
        self._reads_first = False

    def write(self, batch: Batch, result: BatchResult | None = None) -> BatchResult:
        """Write up to 100 calls. Every one of them is in HubSpot afterwards, or among the rejections.

        Raises HubSpotError; some of the calls may be in HubSpot then. `result` is filled while it runs: it tells which.
        """
        delivery = Delivery(
            self._client, self._resolver, pause=self._pause, clock=self._clock, reads_first=self._reads_first
        )
        written = delivery.run(batch, result)
        self._reads_first = delivery.existing > READ_FIRST_SHARE * len(batch.calls)
        return written
