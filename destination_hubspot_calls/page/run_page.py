"""The page of one run: watches its batches, and is written where it is wanted once the run has ended."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone

from destination_hubspot_calls.page.history import History
from destination_hubspot_calls.page.page import Facts, render
from destination_hubspot_calls.sink.summary import Summary

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class RunPage:
    """`keep` takes the page; `is_wanted` says whether there is something to keep it beside.

    `limit` says in words what the run waited for.
    """

    account: str
    keep: Callable[[str], None]
    is_wanted: Callable[[Summary], bool]
    limit: Callable[[], str]
    dry: bool = False
    history: History = field(default_factory=History)
    began: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    def write(self, summary: Summary, error: str = "") -> None:
        """Render and keep it. What goes wrong with that is logged: the sync has ended as it did."""
        if not self.is_wanted(summary):
            return
        facts = Facts(self.account, self.began, dry=self.dry, limit=self.limit(), error=error)
        try:
            self.keep(render(summary, self.history, facts))
        except Exception as problem:  # noqa: BLE001 - it is good to have, and nothing depends on it
            logger.warning("The report of this run was not kept (%s).", type(problem).__name__)
