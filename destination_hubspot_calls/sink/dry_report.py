"""What a dry run tells: what a sync of the same records would do."""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable

from destination_hubspot_calls.messages import Checkpoint, Rejection, Stream
from destination_hubspot_calls.results import BatchResult, Count, Tallies

logger = logging.getLogger(__name__)

PLAIN = "nothing is written to HubSpot, no rejected record is kept, and no state is emitted"
INTERVAL = 30.0
"""Seconds between two lines of progress."""
NAMES_SHOWN = 5
"""Records that are named for each reason."""
_CALLS = {
    Count.CREATED: "would be created",
    Count.UPDATED: "are there already and would be updated",
    Count.THERE: "are there already and would be left as they are",
    Count.REPEATED: "share their key with another record and become one call with it",
    Count.SKIPPED: "are skipped by only_if",
    Count.UNLINKED: "of them would have no link, so that they are on no timeline",
}
_LINKS = {
    Count.LINKED: "would be made",
    Count.MISSED: "find no match",
    Count.AMBIGUOUS: "find several matches, which is no match",
}


class DryReport:
    """Counts what settles, and says in the log what a sync would come to: numbers, keys, our own words, never content.

    `most`: rejected records that a sync would bear (max_rejected_records).
    """

    def __init__(self, *, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._told_at = clock()
        self._records: Counter[Stream] = Counter()
        self._rejected: Counter[Stream] = Counter()
        self._reasons: defaultdict[Stream, Counter[str]] = defaultdict(Counter)
        self._names: defaultdict[tuple[Stream, str], list[str]] = defaultdict(list)
        self.tallies = Tallies()
        logger.info("Dry run: %s.", PLAIN)

    def settled(self, result: BatchResult) -> None:
        """Count a settled batch."""
        for entry, rejection in result.outcomes():
            if not isinstance(entry, Checkpoint):
                self._records[entry.stream] += 1
            if rejection:
                self._reject(rejection)
        self.tallies.merge(result.tallies)

    def _reject(self, rejection: Rejection) -> None:
        self._rejected[rejection.stream] += 1
        self._reasons[rejection.stream][rejection.reason] += 1
        names = self._names[rejection.stream, rejection.reason]
        if rejection.name and len(names) < NAMES_SHOWN:
            names.append(rejection.name)

    def tick(self, *, in_flight: int) -> None:
        """Tell the progress, where it is time."""
        if self._clock() - self._told_at >= INTERVAL:
            self._told_at = self._clock()
            logger.info("Dry run: %s records so far, %d batches in flight", f"{self._records.total():,}", in_flight)

    def end(self) -> None:
        """Tell what would become of each stream."""
        for stream in sorted({*self._records, *self.tallies.streams}, key=str):
            self._tell(stream)
        rejected = self._rejected.total()
        if rejected > self._most:
            logger.warning(
                "Dry run: a sync would stop, as %s rejected records are more than max_rejected_records (%s) allows.",
                f"{rejected:,}",
                f"{self._most:,}",
            )
        logger.info("Dry run: %s.", PLAIN.replace(" is ", " was "))

    def _tell(self, stream: Stream) -> None:
        counts = dict(self.tallies.of(stream).counts)
        calls = [f"{counts.pop(what, 0):,} {words}" for what, words in _CALLS.items() if what in counts]
        links = [f"{counts.pop(what, 0):,} {words}" for what, words in _LINKS.items() if what in counts]
        others = [f"{number:,} {what}" for what, number in counts.items()]
        parts = (("calls", calls), ("links", links), ("values", others))
        told = [f"{self._records[stream]:,} records", *(f"{noun}: {', '.join(part)}" for noun, part in parts if part)]
        logger.info(
            'Dry run: stream "%s": %s; %s records would be rejected',
            stream,
            "; ".join(told),
            f"{self._rejected[stream]:,}",
        )
        for reason, number in self._reasons[stream].most_common():
            self._tell_reason(stream, reason, number)

    def _tell_reason(self, stream: Stream, reason: str, number: int) -> None:
        names = self._names[stream, reason]
        more = number - len(names)
        of = f" ({', '.join(names)}{f' and {more:,} more' if more else ''})" if names else ""
        logger.warning('Dry run: stream "%s": %s would be rejected: %s%s', stream, f"{number:,}", reason, of)
