"""What a sync tells of its records: the first rejected ones, and at its end a summary for each stream."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from destination_hubspot_calls.messages import Rejection, Stream
from destination_hubspot_calls.results import Count, counted
from destination_hubspot_calls.sink import lines
from destination_hubspot_calls.sink.summary import Summary

logger = logging.getLogger(__name__)

MAX_SHOWN = 100
"""Rejected records that are named one by one."""


class Report:
    """Says in the log what a summary counts: numbers, keys, and our own words, never content.

    `kept` and `unlinked` say where rejected records go, and calls without a link that is asked for; they are empty
    where those are kept nowhere.
    """

    def __init__(self, summary: Summary, *, kept: str = "", unlinked: str = "") -> None:
        self.summary = summary
        self._kept = kept
        self._unlinked = unlinked
        self._shown = 0

    def rejected(self, rejections: Sequence[Rejection]) -> None:
        """Name the first rejected records."""
        for rejection in rejections[: MAX_SHOWN - self._shown]:
            self._shown += 1
            name = f'record "{rejection.name}"' if rejection.name else "a record without a key"
            logger.warning('Rejected: stream "%s", %s: %s', rejection.stream, name, rejection.reason)
            if self._shown == MAX_SHOWN:
                logger.warning("Further rejected records are only counted here; the summary has their reasons.")

    def end(self) -> None:
        """Tell what became of each stream."""
        for stream in sorted(self.summary.streams, key=str):
            self._tell(stream)
        rejected = self.summary.rejections.total
        if rejected and self._kept:
            logger.warning(
                "%s kept in %s.", counted(rejected, "rejected record is", "rejected records are"), self._kept
            )
        elif rejected:
            logger.warning(
                "%s kept nowhere: configure a store of rejected records (object_storage_config) to keep them with "
                "their reasons.",
                counted(rejected, "record was not written and is", "records were not written and are"),
            )
        if self._unlinked and self.summary.unlinked:
            logger.warning(
                "Records of %s are kept in %s: send them again with append + deduped once what they should be linked "
                "to exists.",
                counted(self.summary.unlinked, "link without a match", "links without a match"),
                self._unlinked,
            )
        for line in self.closing():
            _log(line, "")

    def closing(self) -> Iterator[lines.Said]:
        """What is said of the run as a whole: what the states that left cover."""
        return lines.ending(self.summary)

    def _tell(self, stream: Stream) -> None:
        found = self.summary.of(stream)
        opening = f'Stream "{stream}": '
        logger.info("%s%s", opening, lines.became(self.summary, stream))
        for line in (
            *lines.reasons(self.summary, stream, rejected="rejected"),
            *lines.misses(found),
            *lines.spans(found),
        ):
            _log(line, opening)
        unlinked = found.tally.counts.get(Count.UNLINKED, 0)
        if unlinked:
            calls = counted(unlinked, "call has no association, so it is", "calls have no association, so they are")
            logger.warning("%s%s on no timeline in HubSpot.", opening, calls)


def _log(line: lines.Said, opening: str) -> None:
    logger.log(logging.WARNING if line.warns else logging.INFO, "%s%s", opening, line.text)
