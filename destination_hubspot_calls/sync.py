"""One write: from its first record to the last state, real or dry."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from destination_hubspot_calls.mapping import Router
from destination_hubspot_calls.messages import Checkpoint, Record, Rejection
from destination_hubspot_calls.preflight import Findings, OpenedAccount, open_account, plans
from destination_hubspot_calls.rejects import NoRejects, open_rejects
from destination_hubspot_calls.results import SettledState
from destination_hubspot_calls.shutdown import Shutdown
from destination_hubspot_calls.sink.dry_report import DryReport, DryTolerance
from destination_hubspot_calls.sink.estimate import estimated
from destination_hubspot_calls.sink.progress import Progress
from destination_hubspot_calls.sink.report import Report
from destination_hubspot_calls.sink.settlement import Settlement
from destination_hubspot_calls.sink.sink import WORKERS, Sink
from destination_hubspot_calls.sink.summary import Summary
from destination_hubspot_calls.sink.tolerance import Tolerance

logger = logging.getLogger("airbyte")


def write(
    raw: Mapping[str, Any],
    catalog: Callable[[], Catalog],
    items: Iterator[Item],
    shutdown: Shutdown,
    on_token: OnToken,
) -> None:
    """Write records as calls and send back their states. Nothing is asked of HubSpot before the first record.

    `raw` is the configuration as it came. Raises what ends the sync: Stopped if the process is to stop.
    """
    dry = raw.get("dry_run") is True
    first = first_record(items, hold_states=dry)
    if first is None:
        return
    selected = catalog()
    opened = open_account(
        raw, lambda config: connect(config, shutdown.event, on_token=on_token, connections=WORKERS), selected
    )
    report_findings(opened.account.findings, logger)
    start = dry_sync if dry else real_sync
    start(opened, Router(opened.config.mappings, opened.account.vocabulary, plans(selected)), shutdown).run(
        chain([first], items)
    )


class Sync:
    """The line: records become calls, calls are written, states leave."""

    def __init__(self, router: Router, sink: Sink, report: Report | DryReport, shutdown: Shutdown) -> None:
        self.router = router
        self.sink = sink
        self.report = report
        self.shutdown = shutdown

    def run(self, items: Iterable[Item]) -> None:
        """Take items until they end. Raises what ended it before that: Stopped if the process is to stop."""
        # What is there now stays: the collector need not walk through all of it again with every thousand records.
        gc.freeze()
        self.shutdown.defer_termination()
        try:
            self._take(items)
        except Exception:
            self._abandon()
            raise
        finally:
            self._report_end()

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


def real_sync(opened: OpenedAccount, router: Router, shutdown: Shutdown) -> Sync:
    """A sync that writes. Raises StoreError if rejected records could not be kept."""
    config, connection = opened.config, opened.connection
    rejects = open_rejects(config.object_storage_config, connection.pause)
    rejects.probe()
    summary = Summary()
    report = Report(summary, kept=rejects.place, unlinked=rejects.unlinked_place)
    progress = Progress(
        summary, connection.waiting, on_limited=lambda resets_in: emit_limited(router.streams, resets_in)
    )
    tolerance = Tolerance(summary.rejections, most=config.max_rejected_records, percent=config.max_rejected_percent)
    settlement = Settlement(emit_states, rejects=rejects, tolerance=tolerance, summary=summary, report=report)
    writer = Writer(
        connection.client,
        _resolver(opened),
        pause=connection.pause,
        kinds=opened.account.vocabulary.kinds,
        created_with={config.run_property: run_name()} if config.run_property else {},
        troubles=connection.troubles,
    )
    sink = Sink(writer.write, settlement, progress=progress, stop=shutdown.event)
    return Sync(router, sink, report, shutdown)


def dry_sync(opened: OpenedAccount, router: Router, shutdown: Shutdown) -> Sync:
    """A sync that does everything but write: no call, no state, no rejected record leaves."""
    config, connection = opened.config, opened.connection
    summary = Summary()
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
    return Sync(router, sink, report, shutdown)


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


def first_record(items: Iterator[Item], *, hold_states: bool) -> Record | Rejection | None:
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
            emit_states(held)
            held = []
    emit_states(held)
    return None
