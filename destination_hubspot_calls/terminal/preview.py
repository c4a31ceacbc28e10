"""What records would become, each as a table; nothing is sent that changes anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from destination_hubspot_calls.airbyte.catalog import Catalog
from destination_hubspot_calls.airbyte.protocol import Item
from destination_hubspot_calls.associations import LinkResolver
from destination_hubspot_calls.connection import Connection
from destination_hubspot_calls.delivery.dry_run import DryRunWriter, Planned
from destination_hubspot_calls.delivery.dry_run import note as note_plan
from destination_hubspot_calls.hubspot.inputs import encode_create, encode_link, encode_update
from destination_hubspot_calls.hubspot.paths import Paths
from destination_hubspot_calls.mapping import Router
from destination_hubspot_calls.messages import Batch, Call, LinkMiss, MissCause, Record, Rejection, Skipped
from destination_hubspot_calls.page.history import History
from destination_hubspot_calls.page.page import Facts, render
from destination_hubspot_calls.preflight import OpenedAccount, plans
from destination_hubspot_calls.preflight.identity import identity, read_details
from destination_hubspot_calls.results import BatchResult, counted
from destination_hubspot_calls.sink.summary import Summary
from destination_hubspot_calls.terminal.json_text import json_text, plain
from destination_hubspot_calls.terminal.record_names import RecordNames
from destination_hubspot_calls.terminal.value_note import note

BATCH = 100
MAX_SHOWN = 160
"""Characters of one value that are shown."""

Sent = tuple[str, dict[str, Any]]
"""A path, and what the request to it holds for one record."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants to see: the first `limit` records, those with problems only, the requests."""

    limit: int
    only_problems: bool = False
    raw: bool = False
    page: Path | None = None
    """Where an HTML page about them is kept, if it is wanted."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A record and what its mapping makes of it; `remarks` are the values that were left out, counted."""

    record: Record | Rejection
    entry: Call | Rejection | Skipped
    remarks: tuple[str, ...]


def show_preview(
    console: Console, opened: OpenedAccount, catalog: Catalog, items: Iterator[Item], wanted: Wanted
) -> None:
    """Show what the first records would become. Raises ConfigError, HubSpotError."""
    preview = Preview(console, opened, catalog, wanted)
    for batch in _batches(items, wanted.limit):
        preview.show(batch)
    preview.end()
    if wanted.page is not None:
        facts = Facts(opened.account.findings.account, datetime.now(timezone.utc), dry=True)
        wanted.page.write_text(render(preview.summary, preview.history, facts), "utf-8", "replace")


class Preview:
    """Shows records with what they would become, and counts it."""

    def __init__(self, console: Console, opened: OpenedAccount, catalog: Catalog, wanted: Wanted) -> None:
        account, connection = opened.account, opened.connection
        self._console = console
        self._wanted = wanted
        self._paths = connection.client.paths
        self._vocabulary = replace(account.vocabulary, zone=account.vocabulary.zone or _zone(connection))
        self._router = Router(opened.config.mappings, account.vocabulary, plans(catalog))
        resolver = LinkResolver(account.link_types, account.finders)
        self._dry_run = DryRunWriter(
            connection.client, resolver, pause=connection.pause, kinds=account.vocabulary.kinds
        )
        self._names = RecordNames(connection.client)
        self._portal = account.findings.portal
        self.history = History()
        self.summary = Summary(watch=self.history.add)
        self._number = 0
        self._ends: Counter[str] = Counter()
        self._changes: Counter[str] = Counter()
        self._comparable = 0
        """Calls that exist and that an update may change."""
        self._updated = 0
        self._misfits: Counter[tuple[str, str]] = Counter()

    def show(self, records: Sequence[Record | Rejection]) -> None:
        """Show up to 100 records. Raises ConfigError, HubSpotError."""
        mapped = [self._map(record) for record in records]
        result = BatchResult(Batch.of(item.entry for item in mapped))
        plan = self._dry_run.plan(result.batch.calls, result)
        note_plan(plan, result)
        self.summary.add(result)
        planned = {one.pending.position: one for one in plan}
        self._names.read((end.object_type, end.id) for one in plan for end in one.pending.targets)
        position = 0
        for item in mapped:
            self._number += 1
            if isinstance(item.entry, Call):
                self._show_call(item, planned.get(position), result, position)
                position += 1
            elif isinstance(item.entry, Skipped):
                self._end("would be skipped by only_if", shown=not self._wanted.only_problems, item=item)
            else:
                self._show_rejection(item, item.entry)

    def end(self) -> None:
        """Say what it came to."""
        self._console.print(Rule(style="dim"))
        told = ", ".join(f"{number:,} {what}" for what, number in self._ends.items()) or "nothing to show"
        where = f" of HubSpot account {self._portal}" if self._portal is not None else ""
        self._print(f"{counted(self._number, 'record')}: {told}. Nothing was sent that changes anything{where}.")
        if self._changes:
            changed = ", ".join(f"{name} {number:,}" for name, number in self._changes.most_common())
            self._print(f"Updates would change {self._updated:,} of {self._comparable:,}: {changed}.")
        if self._misfits:
            self._print("The most frequent values that do not fit:", style="yellow")
            for (about, value), number in self._misfits.most_common(10):
                self._print(f"  {about}: {plain(value)} ({number:,})", style="yellow")

    def _map(self, record: Record | Rejection) -> Mapped:
        if isinstance(record, Rejection):
            return Mapped(record, record, ())
        mapper = self._router.mapper(record.stream)
        before = dict(mapper.tally.counts)
        entry = mapper.map(record)
        remarks = [what for what, number in mapper.tally.counts.items() if number > before.get(what, 0)]
        return Mapped(record, entry, () if isinstance(entry, Skipped) else tuple(remarks))

    # ---- one record

    def _show_call(self, item: Mapped, planned: Planned | None, result: BatchResult, position: int) -> None:
        if planned is None:
            self._show_rejection(item, result.rejections[position])
            return
        misses = [miss for miss in result.misses.get(position, ()) if miss.cause != MissCause.EMPTY]
        is_problem = bool(misses or item.remarks or not planned.pending.targets)
        if planned.call_id is not None and planned.pending.call.updates:
            self._comparable += 1
            self._updated += bool(planned.changes)
            self._changes.update(list(planned.changes))
        if not self._end(_verdict(planned), shown=is_problem or not self._wanted.only_problems, item=item):
            return
        self._show_properties(planned)
        for remark in item.remarks:
            self._print(f"  {remark}", style="yellow")
        self._show_links(planned, misses)
        if self._wanted.raw:
            self._show_requests(planned)

    def _show_properties(self, planned: Planned) -> None:
        call = planned.pending.call
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
        for title in ("property", "source", "is sent", "note"):
            table.add_column(title, overflow="fold", header_style="dim")
        properties: dict[str, str] = orjson.loads(call.properties)
        for name, value in properties.items():
            source = "(external id)" if call.key and name == call.key.property else call.fields.get(name, "(default)")
            shown = plain(value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}… ({len(value):,} characters)")
            remark = note(name, value, self._vocabulary)
            if call.updates and planned.is_there and not planned.repeats and name not in planned.changes:
                remark = ", ".join(filter(None, (remark, call.on_update.get(name) or "unchanged")))
            table.add_row(*(Text(plain(text)) for text in (name, source)), Text(shown), Text(plain(remark)))
        self._console.print(table)

    def _show_links(self, planned: Planned, misses: Sequence[LinkMiss]) -> None:
        for target in planned.pending.targets:
            name = plain(self._names.of(target.object_type, target.id))
            label = f" as {target.rule.label}" if target.rule.label else ""
            words = f"linked to {target.rule.object_type} {target.id} {name}".rstrip()
            self._print(f"  {words}{label} ← {target.rule.named_source}", style="green")
        for miss in misses:
            self._print(
                f"  no link to {miss.rule.object_type} ← {miss.rule.named_source}: {miss.cause}: {plain(miss.value)}",
                style="yellow",
            )
        if not planned.pending.targets:
            self._print("  linked to nothing, so that it is on no timeline", style="yellow")

    def _show_rejection(self, item: Mapped, rejection: Rejection) -> None:
        self._end("would be rejected", shown=True, item=item, style="red")
        for reason in rejection.causes:
            self._print(f"  {reason.words}", style="red")
            if reason.rule:
                self._print(f"    by {reason.rule}", style="dim")
            if reason.value:
                self._misfits[reason.about or reason.words, reason.value] += 1
        if isinstance(item.record, Record) and self._wanted.raw:
            self._print(json_text(item.record.data), style="dim")

    def _end(self, words: str, *, shown: bool, item: Mapped, style: str = "bold") -> bool:
        """Count what a record would become, and print the line that says so; whether it is printed."""
        self._ends[words.partition(" (")[0]] += 1
        if shown:
            name = getattr(item.entry, "name", "")
            named = f" {name}" if name else ""
            title = Text(f"record {self._number}, stream {item.record.stream}{named}: {words}")
            self._console.print(Rule(title, align="left", style=style))
        return shown

    def _show_requests(self, planned: Planned) -> None:
        for path, body in _requests(planned, self._paths):
            self._print(f"POST {path}", style="bold cyan")
            self._print(json_text(body))

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style))


def _zone(connection: Connection) -> str | None:
    """The account's own time zone, if HubSpot tells it."""
    known = identity(read_details(connection), None)
    return known.time_zone or None if known else None


def _verdict(planned: Planned) -> str:
    if planned.repeats:
        return "shares its key with another record"
    if not planned.is_there:
        return "would be created"
    known = f" ({planned.call_id})" if planned.call_id else ""
    if not planned.pending.call.updates:
        return f"exists already{known}"
    if planned.changes or planned.call_id is None:
        return f"would be updated{known}"
    return f"is equal already{known}"


def _requests(planned: Planned, paths: Paths) -> list[Sent]:
    if planned.repeats or (planned.is_there and not planned.pending.call.updates):
        return []
    return _updates(planned, paths) if planned.is_there else [_create(planned, paths)]


def _create(planned: Planned, paths: Paths) -> Sent:
    pending = planned.pending
    body = encode_create(
        pending.call.properties, [(to, types) for (_, to), types in pending.link_inputs().items()], pending.position
    )
    return paths.batch("calls", "create"), orjson.loads(body)


def _updates(planned: Planned, paths: Paths) -> list[Sent]:
    call_id = planned.call_id or "(its id)"
    changes = planned.changes if planned.call_id else orjson.loads(planned.pending.call.properties)
    update = orjson.loads(encode_update(call_id, changes, planned.pending.position))
    links = [
        (paths.links(object_type, "create"), orjson.loads(encode_link(call_id, (to, types))))
        for (object_type, to), types in planned.pending.link_inputs().items()
    ]
    return [*([(paths.batch("calls", "update"), update)] if update["properties"] else []), *links]


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
        elif item is None and batch:
            yield batch
            batch = []
    if batch:
        yield batch
