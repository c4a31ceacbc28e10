"""The requests that records would be sent with, each under its record. None of them is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from destination_hubspot_calls.airbyte.catalog import Catalog
from destination_hubspot_calls.airbyte.protocol import Item
from destination_hubspot_calls.associations import LinkResolver
from destination_hubspot_calls.delivery.dry_run import DryRunWriter, Planned
from destination_hubspot_calls.hubspot.inputs import encode_create, encode_link, encode_update
from destination_hubspot_calls.hubspot.paths import Paths
from destination_hubspot_calls.mapping import Router
from destination_hubspot_calls.messages import Call, LinkRule, Record, Rejection, Skipped
from destination_hubspot_calls.preflight import OpenedAccount, plans
from destination_hubspot_calls.results import BatchResult
from destination_hubspot_calls.terminal.json_text import json_text

BATCH = 100

Sent = tuple[str, dict[str, Any]]
"""A path, and what the request to it holds for one record."""


def show_preview(
    console: Console, prepared: OpenedAccount, catalog: Catalog, items: Iterator[Item], limit: int
) -> None:
    """Show the requests that the first `limit` records would be sent with. Raises ConfigError, HubSpotError."""
    preview = Preview(console, prepared, catalog)
    for batch in _batches(items, limit):
        preview.show(batch)
    preview.end()


class Preview:
    """Shows records with their requests, and counts what they come to."""

    def __init__(self, console: Console, prepared: OpenedAccount, catalog: Catalog) -> None:
        account, connection = prepared.account, prepared.connection
        self._console = console
        self._paths = connection.client.paths
        self._router = Router(prepared.config.mappings, account.vocabulary, plans(catalog))
        resolver = LinkResolver(account.link_types, account.finders)
        self._dry_run = DryRunWriter(connection.client, resolver, pause=connection.pause)
        self._portal = account.findings.portal
        self._number = 0
        self._ends: Counter[str] = Counter()

    def show(self, records: Sequence[Record | Rejection]) -> None:
        """Show up to 100 records. Raises ConfigError, HubSpotError."""
        entries = [self._router.mapper(item.stream).map(item) if isinstance(item, Record) else item for item in records]
        calls = [entry for entry in entries if isinstance(entry, Call)]
        written = BatchResult()
        planned = {planned.pending.position: planned for planned in self._dry_run.plan(calls, written)}
        position = 0
        for record, entry in zip(records, entries, strict=True):
            self._show_record(record)
            if isinstance(entry, Skipped):
                self._tell("would be skipped by only_if", "would be skipped")
                continue
            if isinstance(entry, Rejection):
                self._show_rejection(entry)
                continue
            if position in planned:
                self._show_fate(planned[position])
            else:
                self._show_rejection(written.rejections[position])
            position += 1

    def end(self) -> None:
        """Say what it came to."""
        self._console.print(Rule(style="dim"))
        told = ", ".join(f"{number:,} {what}" for what, number in self._ends.items()) or "nothing to show"
        where = f" of HubSpot account {self._portal}" if self._portal is not None else ""
        records = "1 record" if self._number == 1 else f"{self._number:,} records"
        self._print(f"{records}: {told}. Nothing was sent that changes anything{where}.")

    def _show_record(self, record: Record | Rejection) -> None:
        self._number += 1
        self._console.print(Rule(Text(f"record {self._number}, stream {record.stream}"), align="left", style="bold"))
        self._print(json_text(record.data) if isinstance(record, Record) else "(no data)", style="dim")

    def _show_rejection(self, rejection: Rejection) -> None:
        self._ends["would be rejected"] += 1
        self._print(f"→ would be rejected: {rejection.reason}", style="red")
        if rejection.rule:
            self._print(f"  by {rejection.rule}", style="dim")

    def _show_fate(self, planned: Planned) -> None:
        call = planned.pending.call
        if planned.repeats:
            self._tell("would not be sent: another record with this key stands for it", "would not be sent")
        elif not planned.is_there:
            self._tell("would be created:", "would be created")
            self._show_requests([_create(planned, self._paths)])
        elif call.updates:
            self._tell(f"is there already{_id(planned)}, and would be updated:", "would be updated")
            self._show_requests(_updates(planned, self._paths))
        else:
            self._tell(f"is there already{_id(planned)}, and would be left as it is", "are there already")
        self._show_missing(planned)

    def _tell(self, words: str, counted: str) -> None:
        self._ends[counted] += 1
        self._print(f"→ {words}", style="green")

    def _show_requests(self, requests: Sequence[Sent]) -> None:
        for path, body in requests:
            self._print(f"POST {path}", style="bold cyan")
            self._print(json_text(body))

    def _show_missing(self, planned: Planned) -> None:
        wanted: Counter[LinkRule] = Counter(link.rule for link in planned.pending.call.links)
        wanted.subtract(target.rule for target in planned.pending.targets)
        for rule, number in wanted.items():
            if number > 0:
                words = f'{number} of the values of "{rule.source}"' if number > 1 else f'the value of "{rule.source}"'
                self._print(f"  without a link to {rule.object_type}: no match for {words}", style="yellow")
        if not planned.pending.targets:
            self._print("  linked to nothing, so that it is on no timeline", style="yellow")

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style))


def _create(planned: Planned, paths: Paths) -> Sent:
    pending = planned.pending
    body = encode_create(
        pending.call.properties, [(to, types) for (_, to), types in pending.link_inputs().items()], pending.position
    )
    return paths.batch("calls", "create"), orjson.loads(body)


def _updates(planned: Planned, paths: Paths) -> list[Sent]:
    call_id = planned.call_id or "(its id)"
    update = orjson.loads(encode_update(call_id, planned.changes, planned.pending.position))
    links = [
        (paths.links(object_type, "create"), orjson.loads(encode_link(call_id, (to, types))))
        for (object_type, to), types in planned.pending.link_inputs().items()
    ]
    return [(paths.batch("calls", "update"), update), *links]


def _id(planned: Planned) -> str:
    return f" ({planned.call_id})" if planned.call_id else ""


def _batches(items: Iterator[Item], limit: int) -> Iterator[list[Record | Rejection]]:
    """The first records, a hundred at a time; no more is read than is shown."""
    batch: list[Record | Rejection] = []
    for item in items:
        if isinstance(item, Record | Rejection):
            batch.append(item)
            limit -= 1
            if len(batch) == BATCH or limit == 0:
                yield batch
                batch = []
            if limit == 0:
                return
    if batch:
        yield batch
