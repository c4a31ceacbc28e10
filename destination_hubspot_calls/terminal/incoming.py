"""The records that a command is shown: messages on standard input, or the rows of a CSV file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from destination_hubspot_calls.airbyte.csv_file import messages, stream_name
from destination_hubspot_calls.airbyte.protocol import Item, read_items, read_line
from destination_hubspot_calls.terminal.screen import Screen


def incoming(parsed: argparse.Namespace, screen: Screen) -> Iterator[Item]:
    """What `--csv` names, else what comes on standard input. Raises UnreadableInput, WrongCsv."""
    if parsed.csv is None:
        yield from read_items(screen.records)
        return
    lines = messages(parsed.csv, parsed.stream or stream_name(parsed.csv))
    for number, line in enumerate(lines, start=1):
        yield read_line(line, number)
