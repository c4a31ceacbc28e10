"""What a sync tells while it runs: how far it is, how fast, and what it waits for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from destination_hubspot_calls.hubspot.waiting import Waiting
from destination_hubspot_calls.results import counted
from destination_hubspot_calls.sink.lines import duration, moment
from destination_hubspot_calls.sink.summary import Summary
from destination_hubspot_calls.sink.waits import Waits, waited_for

logger = logging.getLogger(__name__)

INTERVAL = 30.0
"""Seconds between two lines of progress."""
LOOK = 1.0
"""Seconds between two looks at what is waited for."""

OnLimited = Callable[["float | None"], None]
"""Hears that a limit is waited for, and in how many seconds there is room; None: that is over."""


class Progress:
    """Says in the log how far a sync is, every half minute, and each wait of more than 5 s when it begins and ends.

    `waiting` tells what requests wait for now. `opening` stands before each line.
    """

    def __init__(
        self,
        summary: Summary,
        waiting: Callable[[], Waiting],
        *,
        on_limited: OnLimited | None = None,
        opening: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._summary = summary
        self._waiting = waiting
        self._on_limited = on_limited
        self._opening = opening
        self._clock = clock
        self._waits = Waits()
        self._began = self._looked_at = self._told_at = clock()
        self._told_records = 0

    def tick(self, *, in_flight: int) -> None:
        """Tell what is to be told by now."""
        now = self._clock()
        if now - self._looked_at >= LOOK:
            self._looked_at = now
            self._look()
        if now - self._told_at >= INTERVAL:
            self._tell(now, in_flight)

    def end(self) -> None:
        """Nothing is waited for any more."""
        self._look()

    def _look(self) -> None:
        for change in self._waits.look(self._waiting()):
            logger.log(logging.WARNING if change.said.warns else logging.INFO, "%s%s", self._opening, change.said.text)
            if change.is_limited is not None and self._on_limited is not None:
                self._on_limited(change.resets_in if change.is_limited else None)

    def _tell(self, now: float, in_flight: int) -> None:
        summary = self._summary
        records = summary.in_hubspot + summary.rejections.total
        pace = (records - self._told_records) / (now - self._told_at)
        waiting = self._waiting()
        elapsed = duration(round(now - self._began) * 1000)
        rejected = summary.rejections.total
        parts = [f"{counted(records, 'record')} in {elapsed} ({rejected:,} rejected), {pace:,.0f} records/s"]
        if summary.reached is not None:
            parts.append(f"calls up to {moment(summary.reached)}")
        parts.append(f"waiting for {waited_for(waiting, in_flight=in_flight)}")
        if waiting.daily_left is not None:
            parts.append(f"{counted(waiting.daily_left, 'request')} left today")
        parts.append(f"{counted(in_flight, 'batch', 'batches')} in flight")
        logger.info("%s%s", self._opening, "; ".join(parts))
        self._told_at = now
        self._told_records = records
