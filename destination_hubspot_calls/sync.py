"""One write: from its first record to the last state, real or dry."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import chain
from typing import Any

from destination_hubspot_calls.airbyte.catalog import Catalog
from destination_hubspot_calls.airbyte.protocol import Item, emit_limited, emit_states
from destination_hubspot_calls.associations import LinkResolver
from destination_hubspot_calls.connection import OnToken, connect
from destination_hubspot_calls.delivery.dry_run import DryRunWriter
from destination_hubspot_calls.delivery.writer import Writer
from destination_hubspot_calls.failures import traced
from destination_hubspot_calls.hubspot.errors import Stopped
from destination_hubspot_calls.hubspot.waiting import Waiting
from destination_hubspot_calls.mapping import Router
from destination_hubspot_calls.messages import Checkpoint, Record, Rejection, Stream
from destination_hubspot_calls.page.run_page import RunPage
from destination_hubspot_calls.preflight import Findings, OpenedAccount, open_account, plans
from destination_hubspot_calls.rejects import NoRejects, Rejects, open_rejects
from destination_hubspot_calls.results import SettledState, counted
from destination_hubspot_calls.shutdown import Shutdown
from destination_hubspot_calls.sink.dry_report import DryReport, DryTolerance
from destination_hubspot_calls.sink.estimate import estimated
from destination_hubspot_calls.sink.progress import Progress
from destination_hubspot_calls.sink.report import Report
from destination_hubspot_calls.sink.settlement import Settlement
from destination_hubspot_calls.sink.sink import WORKERS, Sink
from destination_hubspot_calls.sink.summary import Summary
from destination_hubspot_calls.sink.tolerance import Tolerance

M_ARENA_MAX = -8
"""glibc's malloc.h."""

logger = logging.getLogger("airbyte")


def write(
    raw: Mapping[str, Any],
    catalog: Callable[[], Catalog],
    items: Iterator[Item],
    shutdown: Shutdown,
    on_token: OnToken,
    front: Front | None = None,
) -> None:
    """Write records as calls and send back their states. Nothing is asked of HubSpot before the first record.

    `raw` is the configuration as it came. Raises what ends the sync: Stopped if the process is to stop.
    """
    front = front or Front()
    dry = raw.get("dry_run") is True
    first = first_record(items, front.emit, hold_states=dry)
    if first is None:
        return
    share_memory()
    selected = catalog()
    opened = open_account(
        raw, lambda config: connect(config, shutdown.event, on_token=on_token, connections=WORKERS), selected
    )
    report_findings(opened.account.findings, logger)
    router = Router(opened.config.mappings, opened.account.vocabulary, plans(selected))
    sync = (dry_sync if dry else real_sync)(opened, router, shutdown, front)
    front.on_start(sync)
    sync.run(chain([first], items))


def share_memory() -> None:
    """Have all threads take their memory from one place, if the C library can do that. Before the first thread starts.

    In glibc each has its own, and 64 of them kept 30 to 40 MB that nobody used (190 MB in all, with calls that exist).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


@dataclass(frozen=True, slots=True)
class Front:
    """Who looks on: Airbyte, or a person at a terminal.

    `emit` takes the states that leave, `limited` hears that a limit is waited for, and `on_start` of the sync before
    its first record. `keep_page` takes the page of the run, which otherwise is kept beside rejected records.
    """

    emit: Callable[[Sequence[SettledState]], None] = emit_states
    limited: Callable[[Iterable[Stream], float | None], None] = emit_limited
    on_start: Callable[[Sync], None] = lambda _: None
    keep_page: Callable[[str], None] | None = None


class Sync:
    """The line: records become calls, calls are written, states leave."""

    def __init__(
        self, router: Router, sink: Sink, report: Report | DryReport, shutdown: Shutdown, page: RunPage | None = None
    ) -> None:
        self.router = router
        self.sink = sink
        self.report = report
        self.shutdown = shutdown
        self.page = page

    def run(self, items: Iterable[Item]) -> None:
        """Take items until they end. Raises what ended it before that: Stopped if the process is to stop."""
        # What is there now stays: the collector need not walk through all of it again with every thousand records.
        gc.freeze()
        self.shutdown.defer_termination()
        ended = ""
        try:
            self._take(items)
        except Exception as error:
            ended = str(traced(error)) or "The sync was told to stop."
            self._abandon()
            raise
        finally:
            self._report_end()
            if self.page is not None:
                self.page.write(self.report.summary, ended)

    def _take(self, items: Iterable[Item]) -> None:
        for item in items:
            if self.shutdown.event.is_set():
                raise Stopped
            match item:
                case None:
                    self.sink.tick()
                case Record():
                    self.sink.put(self.router.mapper(item.stream).map(item))
                case _:
                    self.sink.put(item)
        self.sink.close()

    def _abandon(self) -> None:
        """Let go what is true. What goes wrong with that is logged, and does not replace the first error."""
        try:
            self.sink.abandon()
        except Exception as error:  # noqa: BLE001 - the first error is the one that ends the sync
            logger.error(traced(error))  # noqa: TRY400 - its traceback would be another's

    def _report_end(self) -> None:
        for stream, tally in self.router.tallies:
            self.report.summary.of(stream).tally.merge(tally)
        self.report.end()
        for stream, rules in self.router.never_filled:
            logger.warning('Stream "%s": found nothing in any record: %s', stream, "; ".join(rules))


def real_sync(opened: OpenedAccount, router: Router, shutdown: Shutdown, front: Front) -> Sync:
    """A sync that writes. Raises StoreError if rejected records could not be kept."""
    config, connection = opened.config, opened.connection
    rejects = open_rejects(config.object_storage_config, connection.pause)
    rejects.probe()
    page = _page(opened, front, rejects)
    summary = Summary(watch=page.history.add if page else None)
    report = Report(summary, kept=rejects.place, unlinked=rejects.unlinked_place)
    progress = Progress(
        summary, connection.waiting, on_limited=lambda resets_in: front.limited(router.streams, resets_in)
    )
    tolerance = Tolerance(summary.rejections, most=config.max_rejected_records, percent=config.max_rejected_percent)
    settlement = Settlement(front.emit, rejects=rejects, tolerance=tolerance, summary=summary, report=report)
    writer = Writer(
        connection.client,
        _resolver(opened),
        pause=connection.pause,
        kinds=opened.account.vocabulary.kinds,
        created_with={config.run_property: run_name()} if config.run_property else {},
        troubles=connection.troubles,
        finishing=connection.finishing,
    )
    sink = Sink(writer.write, settlement, progress=progress, stop=shutdown.event)
    return Sync(router, sink, report, shutdown, page)


def dry_sync(opened: OpenedAccount, router: Router, shutdown: Shutdown, front: Front) -> Sync:
    """A sync that does everything but write: no call, no state, no rejected record leaves."""
    config, connection = opened.config, opened.connection
    page = _page(opened, front, NoRejects())
    summary = Summary(watch=page.history.add if page else None)
    tolerance = DryTolerance(
        Tolerance(summary.rejections, most=config.max_rejected_records, percent=config.max_rejected_percent)
    )
    before = connection.sent.copy()
    report = DryReport(summary, tolerance, lambda: estimated(summary, connection.sent - before, connection.waiting()))
    settlement = Settlement(_emit_nothing, rejects=NoRejects(), tolerance=tolerance, summary=summary, report=report)
    writer = DryRunWriter(
        connection.client, _resolver(opened), pause=connection.pause, kinds=opened.account.vocabulary.kinds
    )
    progress = Progress(summary, connection.waiting, opening="Dry run: ")
    sink = Sink(writer.write, settlement, progress=progress, stop=shutdown.event)
    return Sync(router, sink, report, shutdown, page)


def _page(opened: OpenedAccount, front: Front, rejects: Rejects) -> RunPage | None:
    """The page of a run: where a person wants it, else beside what the store keeps; without either there is none."""
    if front.keep_page is None and not rejects.place:
        return None
    return RunPage(
        opened.account.findings.account,
        keep=front.keep_page or rejects.keep_page,
        is_wanted=lambda summary: front.keep_page is not None or bool(summary.rejections.total or summary.unlinked),
        limit=lambda: _limit(opened.connection.waiting()),
        dry=opened.config.dry_run,
    )


def _limit(waiting: Waiting) -> str:
    """What a run was held to, in words."""
    limits = "; ".join(f"{limit.name}: {limit.most:,} requests in {limit.window:g} s" for limit in waiting.limits)
    left = "" if waiting.daily_left is None else f"; {counted(waiting.daily_left, 'request')} left today"
    return f"{limits}{left}"


def run_name() -> str:
    """What tells this sync from others: its start, and the job and attempt where Airbyte tells them."""
    started = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    job, attempt = os.environ.get("WORKER_JOB_ID"), os.environ.get("WORKER_JOB_ATTEMPT")
    return f"{started} job {job}.{attempt or 0}" if job else started


def _resolver(opened: OpenedAccount) -> LinkResolver:
    return LinkResolver(opened.account.link_types, opened.account.finders)


def _emit_nothing(states: Sequence[SettledState]) -> None:
    """In a dry run no state is true."""


def report_findings(findings: Findings, log: logging.Logger) -> None:
    """Log what stops nothing, but should be known."""
    if findings.account:
        log.info(findings.account)
    for text in findings.remarks():
        log.warning(text)


def first_record(
    items: Iterator[Item], emit: Callable[[Sequence[SettledState]], None], *, hold_states: bool
) -> Record | Rejection | None:
    """The first record; the states before it cover nothing, so they leave at once. A Clear job ends with this.

    `hold_states`: they leave only if no record comes, as in a dry run no state is true.
    """
    held: list[SettledState] = []
    for item in items:
        match item:
            case Checkpoint():
                held.append(SettledState(item, written=0, rejected=0))
            case Record() | Rejection():
                return item
        if not hold_states:
            emit(held)
            held = []
    emit(held)
    return None
