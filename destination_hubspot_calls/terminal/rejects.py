"""`rejects`: what a store kept, by reason and value, or as a table for a spreadsheet."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from destination_hubspot_calls.config.json_file import WrongFile
from destination_hubspot_calls.terminal.json_text import plain

MAX_VALUES = 5
"""Values that are shown for one reason."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One reason of one record that a store kept."""

    stream: str
    key: str
    reason: str
    value: str
    hubspot: str


def show_rejects(console: Console, files: Iterable[str], *, as_csv: bool) -> None:
    """Show what the files hold. Raises WrongFile."""
    kept = [item for name in files for item in read_kept(Path(name))]
    if as_csv:
        table = csv.writer(sys.stdout)
        table.writerow(Kept.__slots__)
        table.writerows([item.stream, item.key, item.reason, item.value, item.hubspot] for item in kept)
        return
    table_of_reasons = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("records", "stream", "reason", "values", "first records"):
        table_of_reasons.add_column(title, overflow="fold")
    counts = Counter((item.stream, item.reason) for item in kept)
    for (stream, reason), number in counts.most_common():
        of_reason = [item for item in kept if (item.stream, item.reason) == (stream, reason)]
        values = Counter(item.value for item in of_reason if item.value).most_common(MAX_VALUES)
        keys = [item.key for item in of_reason if item.key][:MAX_VALUES]
        texts = (stream, reason, ", ".join(f"{value} ({times:,})" for value, times in values), ", ".join(keys))
        table_of_reasons.add_row(f"{number:,}", *(Text(plain(text)) for text in texts))
    console.print(table_of_reasons)


def read_kept(path: Path) -> Iterator[Kept]:
    """What a file of rejected or unlinked records holds, a reason at a time. Raises WrongFile."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise WrongFile(f"{path} cannot be read: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield from _kept(_message(line, path, number))


def _message(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        message = json.loads(line.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict) or not ({"rejection", "unlinked"} & message.keys()):
        raise WrongFile(f"{path} is not a file of rejected records: line {number} has no rejection")
    return message


def _kept(message: dict[str, Any]) -> Iterator[Kept]:
    record = message.get("record")
    stream = str(record.get("stream", "")) if isinstance(record, dict) else ""
    why = message.get("rejection") or message.get("unlinked") or {}
    key, hubspot = str(why.get("key") or ""), str(why.get("hubspot") or "")
    reasons = why.get("reasons") or [why]
    for reason in reasons:
        words = str(reason.get("reason") or reason.get("cause") or "")
        yield Kept(stream, key, words, str(reason.get("value") or ""), hubspot)
