"""What a dry run tells: what a sync of the same records would do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from destination_hubspot_calls.messages import Rejection, Stream
from destination_hubspot_calls.results import BatchResult, Count, counted
from destination_hubspot_calls.sink import lines
from destination_hubspot_calls.sink.estimate import Estimate
from destination_hubspot_calls.sink.summary import Summary
from destination_hubspot_calls.sink.tolerance import Tolerance, TooManyRejected

logger = logging.getLogger(__name__)

PLAIN = "nothing is written to HubSpot, no rejected record is kept, and no state is emitted"
_CALLS = {
    Count.CREATED: "would be created",
    Count.UPDATED: "already exist and would be updated",
    Count.UNCHANGED: "already exist and are up to date",
    Count.THERE: "already exist and would be left as they are",
    Count.REPEATED: "share their key with another record and become one call with it",
    Count.UNLINKED: "of them would have no link, so that they are on no timeline",
}
_LINKS = {
    Count.LINKED: "would be made",
    Count.MISSED: "find no match",
    Count.AMBIGUOUS: "find several matches, which is no match",
}


class DryTolerance:
    """Stops nothing, and remembers why a sync would stop."""

    is_suspicious = False

    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self.verdict = ""
        """Why a sync would stop; empty as long as it would not."""

    def stop_waiting(self) -> None:
        """Nothing is held back."""

    def judge(self, result: BatchResult) -> None:
        """Judge a batch as a sync would, until it would stop."""
        if not self.verdict:
            try:
                self._tolerance.judge(result)
            except TooManyRejected as stopped:
                self.verdict = stopped.finding


class DryReport:
    """Says in the log what a sync would come to: numbers, keys, our own words, never content.

    `estimate` tells how long it would take.
    """

    def __init__(
        self, summary: Summary, tolerance: DryTolerance, estimate: Callable[[], Estimate] | None = None
    ) -> None:
        self.summary = summary
        self._estimate = estimate
        self._tolerance = tolerance
        logger.info("Dry run: %s.", PLAIN)

    def rejected(self, rejections: Sequence[Rejection]) -> None:
        """They are only counted."""

    def end(self) -> None:
        """Tell what would become of each stream."""
        for stream in sorted(self.summary.streams, key=str):
            self._tell(stream)
        for line in self.closing():
            logger.log(logging.WARNING if line.warns else logging.INFO, "Dry run: %s", line.text)
        logger.info("Dry run: %s.", PLAIN.replace(" is ", " was "))

    def closing(self) -> Iterator[lines.Said]:
        """What is said of the run as a whole: whether a sync would stop, and how long it would take."""
        if self._tolerance.verdict:
            yield lines.Said(f"a sync would stop: {self._tolerance.verdict}", warns=True)
        for line in self._estimate().said() if self._estimate and not self.summary.broken_off else ():
            yield line._replace(text=f"{line.text}.")

    def _tell(self, stream: Stream) -> None:
        found = self.summary.of(stream)
        counts = dict(found.tally.counts)
        counts.pop(Count.SKIPPED, None)
        calls = [f"{counts.pop(what, 0):,} {words}" for what, words in _CALLS.items() if what in counts]
        links = [f"{counts.pop(what, 0):,} {words}" for what, words in _LINKS.items() if what in counts]
        if found.skipped:
            calls.append(f"{counted(found.skipped, 'record')} skipped by only_if")
        others = [lines.tallied(number, what) for what, number in counts.items()]
        parts = (("calls", calls), ("links", links), ("values", others))
        told = [
            counted(self.summary.records(stream), "record"),
            *(f"{noun}: {', '.join(part)}" for noun, part in parts if part),
        ]
        rejected = counted(self.summary.rejections.records[stream], "record")
        opening = f'Dry run: stream "{stream}": '
        logger.info("%s%s; %s would be rejected", opening, "; ".join(told), rejected)
        for line in (
            *lines.reasons(self.summary, stream, rejected="would be rejected"),
            *lines.changes(found),
            *lines.misses(found),
            *lines.spans(found),
        ):
            logger.log(logging.WARNING if line.warns else logging.INFO, "%s%s", opening, line.text)
