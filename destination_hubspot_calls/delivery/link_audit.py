"""Whether calls are created with the links that are sent with them: looked at in samples, and always once not."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from destination_hubspot_calls.results import counted

SAMPLE_EVERY = 200
"""One batch in so many has links read back, the first one too: a two-hundredth more requests."""
STEP = 0.5
"""Seconds between two looks at whether the process is to stop, while a sample is read."""

logger = logging.getLogger(__name__)


class LinkAudit:
    """Decides which batches have the links of the calls that they created read back. Threads may use it at once.

    HubSpot is said to create calls without the links that were sent, in answers that say nothing of it. While the
    links of the first sample are read, other batches wait for what it shows, so that they can be read back before any
    state leaves. They do not wait for later ones: those before these have gone unread as well, and at two seconds an
    answer nearly half of the time would be waiting. `pause(0)` raises Stopped where the process is to stop.
    """

    def __init__(self, pause: Callable[[float], None]) -> None:
        self._pause = pause
        # Guards all below; waited on while a sample is read.
        self._turn = threading.Condition()
        self._batches = 0
        self._is_sampling = False
        self._distrusts = False
        self._is_proven = False
        """Whether a sample lacked nothing."""

    @property
    def distrusts(self) -> bool:
        """Whether links were missing, so that those of every batch are read back."""
        return self._distrusts

    @property
    def turn(self) -> int | None:
        """Which kind of link a sample looks at, by its number; None: at all of them."""
        return self._batches // SAMPLE_EVERY if self._is_proven and not self._distrusts else None

    @property
    def is_due(self) -> bool:
        """Whether a batch that is written now may have its links read back."""
        return self._distrusts or self._is_sampling or self._batches % SAMPLE_EVERY == 0

    def picks(self) -> bool:
        """Whether a batch, just written, has its links read back: then `judge` has to follow. Waits for samples."""
        with self._turn:
            while self._is_sampling and not (self._distrusts or self._is_proven):
                self._turn.wait(STEP)
                self._pause(0.0)
            is_sample = self._batches % SAMPLE_EVERY == 0
            self._batches += 1
            self._is_sampling = (self._is_sampling or is_sample) and not self._distrusts
            return is_sample or self._distrusts

    def judge(self, missing: int | None) -> None:
        """Say how many links a batch lacked; None: its links could not be read."""
        with self._turn:
            self._is_sampling = False
            self._is_proven = self._is_proven or missing == 0
            if missing is None:
                self._batches = 0  # so that the next one is a sample
            elif missing and not self._distrusts:
                self._distrusts = True
                logger.warning(
                    "HubSpot created calls without links that were sent with them (%s of one batch). They have "
                    "been made now, and the links of every batch from here on are read back.",
                    counted(missing, "link"),
                )
            self._turn.notify_all()
