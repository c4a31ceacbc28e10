"""What a sync tells while it runs and at its end: progress, rejections, a summary for each stream."""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable

from destination_hubspot_calls.messages import Checkpoint, Rejection, Stream
from destination_hubspot_calls.results import BatchResult, Count, Tallies

logger = logging.getLogger(__name__)

INTERVAL = 30.0
"""Seconds between two lines of progress."""
REJECTIONS_SHOWN = 100
CALLS = (Count.CREATED, Count.UPDATED, Count.THERE, Count.REPEATED)
"""What a record that was not rejected became."""


class Report:
    """Counts what settled and says it in the log: numbers, keys, and our own words, never content.

    `share` tells how much of HubSpot's limit is used now, 0 to 1. `kept` says where rejected records go, and is
    empty where they are kept nowhere.
    """

    def __init__(
        self, *, share: Callable[[], float], kept: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._share = share
        self._kept = kept
        self._clock = clock
        self._told_at = clock()
        self._told_records = 0
        self._written: Counter[Stream] = Counter()
        self._rejected: Counter[Stream] = Counter()
        self._reasons: defaultdict[Stream, Counter[str]] = defaultdict(Counter)
        self.tallies = Tallies()

    def settled(self, result: BatchResult) -> None:
        """Count a settled batch, and name the first rejected records."""
        for entry, rejection in result.outcomes():
            if rejection:
                self._reject(rejection)
            elif not isinstance(entry, Checkpoint):
                self._written[entry.stream] += 1
        self.tallies.merge(result.tallies)

    def _reject(self, rejection: Rejection) -> None:
        self._rejected[rejection.stream] += 1
        self._reasons[rejection.stream][rejection.reason] += 1
        if self._rejected.total() <= REJECTIONS_SHOWN:
            name = f'record "{rejection.name}"' if rejection.name else "a record without a key"
            logger.warning('Rejected: stream "%s", %s: %s', rejection.stream, name, rejection.reason)
            if self._rejected.total() == REJECTIONS_SHOWN:
                logger.warning("Further rejected records are only counted here; the summary has their reasons.")

    def tick(self, *, in_flight: int) -> None:
        """Tell the progress, where it is time."""
        seconds = self._clock() - self._told_at
        if seconds < INTERVAL:
            return
        records = self._written.total() + self._rejected.total()
        logger.info(
            "%s written, %s rejected, %.0f records/s, %d batches in flight, %.0f %% of HubSpot's limit used",
            f"{self._written.total():,}",
            f"{self._rejected.total():,}",
            (records - self._told_records) / seconds,
            in_flight,
            100 * self._share(),
        )
        self._told_at += seconds
        self._told_records = records

    def end(self) -> None:
        """Tell what became of each stream."""
        for stream in sorted({*self._written, *self._rejected, *self.tallies.streams}, key=str):
            self._tell(stream)
        rejected = self._rejected.total()
        if rejected and self._kept:
            logger.warning("%s rejected records are kept in %s.", f"{rejected:,}", self._kept)
        elif rejected:
            logger.warning(
                "%s records were not written and are kept nowhere: configure a store of rejected records "
                "(object_storage_config) to keep them with their reasons.",
                f"{rejected:,}",
            )

    def _tell(self, stream: Stream) -> None:
        counts = self.tallies.of(stream).counts
        records = self._written[stream] + self._rejected[stream]
        became = [f"{counts[what]:,} {what}" for what in CALLS if what in counts]
        became.append(f"{self._rejected[stream]:,} rejected")
        others = [f"{number:,} {what}" for what, number in counts.items() if what not in CALLS]
        logger.info('Stream "%s": %s records: %s', stream, f"{records:,}", "; ".join([", ".join(became), *others]))
        for reason, number in self._reasons[stream].most_common():
            logger.warning('Stream "%s": %s rejected: %s', stream, f"{number:,}", reason)
        if counts.get(Count.UNLINKED):
            logger.warning(
                'Stream "%s": %s calls have no association, so they are on no timeline in HubSpot.',
                stream,
                f"{counts[Count.UNLINKED]:,}",
            )
