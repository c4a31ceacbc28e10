"""Entries → batches: by count, by bytes, by age."""

from __future__ import annotations

import time
from collections.abc import Callable

from destination_hubspot_calls.hubspot.client import MAX_INPUTS
from destination_hubspot_calls.messages import Batch, Entry

MAX_BYTES = 4_000_000
"""Bytes of entries; HubSpot documents no limit of a body, so this is ours."""
MAX_AGE = 5.0
"""Seconds that a call may wait for others."""


class Batcher:
    """Gathers entries until a batch is full or old. A checkpoint joins whatever is open, so it makes none smaller."""

    def __init__(self, *, most_calls: int = MAX_INPUTS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_calls = most_calls
        self._clock = clock
        self._open: Batch | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is waiting."""
        return self._open is None

    def add(self, entry: Entry) -> Batch | None:
        """Take an entry; returns the batch that it filled."""
        if self._open is None:
            self._open = Batch(self._clock())
        batch = self._open
        batch.add(entry)
        return self.close() if len(batch.calls) >= self._most_calls or batch.size >= MAX_BYTES else None

    def close_old(self) -> Batch | None:
        """The open batch, where it has waited long enough."""
        if self._open is None or self._clock() - self._open.opened < MAX_AGE:
            return None
        return self.close()

    def close(self) -> Batch | None:
        """The open batch, whatever its size."""
        batch, self._open = self._open, None
        return batch
