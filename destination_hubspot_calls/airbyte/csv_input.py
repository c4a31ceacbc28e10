"""A CSV file on standard input: `write` reads its messages as if a platform sent them."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from destination_hubspot_calls.airbyte.csv_file import WrongCsv, messages

STDIN = 0


@contextmanager
def csv_input(path: str, stream: str) -> Iterator[str]:
    """While it lasts, a file's rows come on standard input; yields the path of their catalog.

    Raises WrongCsv: at the start for a file that is none, at the end for one that breaks off; then no state has come
    for its rows.
    """
    lines = messages(path, stream)
    first = next(lines)
    reading, writing = os.pipe()
    before = os.dup(STDIN)
    os.dup2(reading, STDIN)
    os.close(reading)
    feeder = _Feeder(first, lines, writing)
    feeder.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield str(_catalog(Path(folder), stream))
    finally:
        os.dup2(before, STDIN)
        os.close(before)
    feeder.join()
    if feeder.failure:
        raise feeder.failure


class _Feeder(threading.Thread):
    """Writes lines into a pipe, until its reader is gone or the file breaks off."""

    def __init__(self, first: bytes, rest: Iterator[bytes], pipe: int) -> None:
        super().__init__(daemon=True)
        self.failure: WrongCsv | None = None
        self._first, self._rest, self._pipe = first, rest, pipe

    def run(self) -> None:
        with os.fdopen(self._pipe, "wb") as pipe, contextlib.suppress(BrokenPipeError):
            try:
                pipe.write(self._first + b"\n")
                pipe.writelines(line + b"\n" for line in self._rest)
            except WrongCsv as wrong:
                self.failure = wrong


def _catalog(folder: Path, stream: str) -> Path:
    described = {"name": stream, "json_schema": {"type": "object"}, "supported_sync_modes": ["full_refresh"]}
    configured = {"stream": described, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
    path = folder / "catalog.json"
    path.write_text(json.dumps({"streams": [configured]}), encoding="utf-8")
    return path
