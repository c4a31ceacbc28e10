"""A command of people's, run in this process against the sandbox: what it prints, says, and ends with."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

from destination_hubspot_calls.terminal.arguments import parse
from destination_hubspot_calls.terminal.command import show
from destination_hubspot_calls.terminal.screen import Screen


class Shown(NamedTuple):
    """What a command came to."""

    status: int
    printed: str
    said: str


def command(
    folder: Path, name: str, config: Mapping[str, Any], *arguments: str, records: Iterable[bytes] = ()
) -> Shown:
    """Run it with records on its input, which is not a terminal."""
    path, rows = folder / "config.json", folder / "records.jsonl"
    path.write_text(json.dumps(config))
    rows.write_bytes(b"".join(line + b"\n" for line in records))
    printed, said = StringIO(), StringIO()
    with rows.open("rb") as file:
        screen = Screen(Console(file=printed, width=120, highlight=False), said, file.fileno(), threading.Event())
        status = show(parse([name, "--config", str(path), *arguments]), screen)
    return Shown(status, printed.getvalue(), said.getvalue())
