"""`write` for a person: a progress bar while it runs, tables at its end, and a page if it is asked for."""

from __future__ import annotations

import argparse
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.logging import RichHandler
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from destination_hubspot_calls import sync
from destination_hubspot_calls.airbyte.catalog import Catalog
from destination_hubspot_calls.airbyte.protocol import Item, UnreadableInput, read_items
from destination_hubspot_calls.config.json_file import read_object
from destination_hubspot_calls.failures import traced
from destination_hubspot_calls.hubspot.errors import Stopped
from destination_hubspot_calls.messages import Record, Rejection, Stream
from destination_hubspot_calls.results import SettledState, counted
from destination_hubspot_calls.shutdown import Shutdown
from destination_hubspot_calls.sink import lines
from destination_hubspot_calls.sink.summary import Summary
from destination_hubspot_calls.terminal.catalog_file import read_catalog_file
from destination_hubspot_calls.terminal.json_text import plain
from destination_hubspot_calls.terminal.screen import Screen

SUMMARIES = ("destination_hubspot_calls.sink.report", "destination_hubspot_calls.sink.dry_report")
"""Loggers of what is shown as tables here."""
LOOK = 0.5
"""Seconds between two looks at how far it is."""
NO_RECORD = (
    "no record came: a record is a line like "
    '{"type": "RECORD", "record": {"stream": "calls", "emitted_at": 0, "data": {"id": 1}}}'
)


def write(parsed: argparse.Namespace, screen: Screen) -> int:
    """Write records from stdin as a sync does; 1 if it did not end well. Raises WrongFile."""
    raw, catalog = read_object(parsed.config), read_catalog_file(parsed.catalog)
    if os.isatty(screen.records):
        screen.say("Waiting for records on standard input, as Airbyte messages, one a line.")
    shutdown = Shutdown()
    shutdown.listen()
    items = _Counted(read_items(screen.records, shutdown.wake))
    return run(raw, lambda: catalog, items, screen, shutdown, parsed.report)


def _write(screen: Screen, write: Callable[[], None]) -> Exception | None:
    """Write; returns what went wrong."""
    try:
        write()
    except Stopped:
        screen.say("Stopped: the next run begins anew; with an external id nothing is created twice.")
    except Exception as error:  # noqa: BLE001 - whatever it is, a person reads one text
        return error
    return None


def _show_end(screen: Screen, run: sync.Sync) -> None:
    show_summary(screen.console, run.report.summary)
    for line in run.report.closing():
        screen.console.print(Text(plain(line.text), style="yellow" if line.warns else ""))


def run(
    raw: dict[str, object],
    catalog: Callable[[], Catalog],
    items: _Counted,
    screen: Screen,
    shutdown: Shutdown,
    report: str | None,
) -> int:
    """Write items, show how far it is, and at the end what they came to; the exit status."""
    started: list[sync.Sync] = []
    keep = None if report is None else _keeper(Path(report), screen)
    front = sync.Front(_quiet, limited=_quiet_limit, on_start=started.append, keep_page=keep)
    with _logging(screen), _progress(screen, started):
        error = _write(screen, lambda: sync.write(raw, catalog, items, shutdown, screen.forget, front))
    for one in started:
        _show_end(screen, one)
    if error is not None:
        screen.say(str(error if isinstance(error, UnreadableInput) else traced(error)))
        return 1
    shutdown.exit_if_signalled()
    if not items.records:
        screen.say(f"{items.lines_words}{NO_RECORD}")
        return 1
    return 0


class _Counted:
    """Items as they come, counted."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self.records = 0
        self.others = 0

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        item = next(self._items)
        self.records += isinstance(item, Record | Rejection)
        self.others += item is not None and not isinstance(item, Record | Rejection)
        return item

    @property
    def lines_words(self) -> str:
        """What came instead of records."""
        return f"Only {self.others:,} states came, and " if self.others else ""


def show_summary(console: Console, summary: Summary) -> None:
    """What each stream's records came to, and why."""
    for stream in sorted(summary.streams, key=str):
        console.print(Text(plain(f"{stream}: {lines.became(summary, stream)}"), style="bold"))
        found = summary.of(stream)
        for said in (*lines.misses(found), *lines.spans(found)):
            console.print(Text(plain(f"  {said.text}"), style="yellow" if said.warns else ""))
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for title in ("records", "why they were rejected", "values that do not fit", "first records"):
            table.add_column(title, overflow="fold")
        for words, count in summary.rejections.reasons(stream):
            values = ", ".join(f"{value} ({number:,})" for value, number in count.values.most_common(3))
            table.add_row(f"{count.number:,}", *(Text(plain(text)) for text in (words, values, ", ".join(count.names))))
        if table.row_count:
            console.print(table)


def _quiet(_states: Sequence[SettledState]) -> None:
    """A person does not read states."""


def _quiet_limit(_streams: Iterable[Stream], _resets_in: float | None) -> None:
    """The progress says so."""


def _keeper(path: Path, screen: Screen) -> Callable[[str], None]:
    def keep(page: str) -> None:
        path.write_text(page, encoding="utf-8", errors="replace")
        screen.say(f"The report is in {path}.")

    return keep


@contextmanager
def _logging(screen: Screen) -> Iterator[None]:
    """Warnings and errors as a person reads them, instead of Airbyte's messages; the summary is shown by itself."""
    console = Console(file=screen.errors, highlight=False)
    handler = RichHandler(logging.WARNING, console, show_time=False, show_path=False, markup=False)
    handler.addFilter(lambda record: not record.name.startswith(SUMMARIES))
    root, airbyte = logging.getLogger(), logging.getLogger("airbyte")
    kept = (root.handlers[:], airbyte.handlers[:], airbyte.propagate)
    root.handlers, airbyte.handlers, airbyte.propagate = [handler], [], True
    try:
        yield
    finally:
        root.handlers, airbyte.handlers, airbyte.propagate = kept


@contextmanager
def _progress(screen: Screen, started: list[sync.Sync]) -> Iterator[None]:
    """A line that says how far it is, if somebody can see it move."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=screen.console, transient=True, disable=not screen.console.is_terminal) as bar:
        task = bar.add_task("waiting for records", total=None)
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(LOOK):
                for one in started:
                    summary = one.report.summary
                    known = summary.in_hubspot + summary.rejections.total
                    bar.update(task, description=f"{counted(known, 'record')}, {summary.rejections.total:,} rejected")

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()
