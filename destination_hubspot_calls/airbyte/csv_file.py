"""A CSV file as Airbyte's messages, for those who have no Airbyte at hand."""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import orjson

DELIMITERS = ",;\t|"
MAX_CELL = 10_000_000
"""Characters of a cell: a transcript is long, a file that is no CSV is one cell."""
_SAID = re.compile(r'"?sep=([^\r\n"])"?\r?\n', re.IGNORECASE)
"""A first line that says what stands between the cells."""
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files of Excel begin, of today and of old."""
_SNIFFED = 64_000
"""Characters that tell how a file is written."""


class WrongCsv(Exception):
    """A file that cannot be read as CSV; the text says why, without a value of it."""


def stream_name(path: str) -> str:
    """The stream that a file's rows are of, unless another is named: the file's name without its ending."""
    return Path(path).stem or "calls"


def messages(path: str, stream: str) -> Iterator[bytes]:
    """A RECORD message for each row, all values as text, and a STATE at the end. Raises WrongCsv.

    The first row names the columns; a column without a name is left out. UTF-8, with or without a mark, else Windows'
    western letters; comma, semicolon, tab or `|` between the cells.
    """
    now = int(time.time() * 1000)
    for row in rows(path):
        record = {"stream": stream, "data": row, "emitted_at": now}
        yield orjson.dumps({"type": "RECORD", "record": record})
    descriptor = {"stream_descriptor": {"name": stream}, "stream_state": {"file": Path(path).name}}
    yield orjson.dumps({"type": "STATE", "state": {"type": "STREAM", "stream": descriptor}})


def rows(path: str) -> Iterator[dict[str, str]]:
    """The rows of a file by the names of its columns. Raises WrongCsv."""
    csv.field_size_limit(MAX_CELL)
    try:
        # Five bytes are no letters of Windows'; they must not cost the row, let alone the file.
        with Path(path).open(encoding=_encoding(path), newline="", errors="replace") as file:
            yield from _rows(file)
    except OSError as error:
        raise WrongCsv(f"{path} cannot be read: {error.strerror}") from None
    except csv.Error as error:
        raise WrongCsv(f"{path} is not a CSV file: {error}") from None


def _encoding(path: str) -> str:
    with Path(path).open("rb") as file:
        start = file.read(4)
    if start in _WORKBOOKS:
        raise WrongCsv(f"{path} is a spreadsheet's own file: save it as CSV there")
    if start.startswith(b"\x1f\x8b"):
        raise WrongCsv(f"{path} is packed (gzip): unpack it first")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if 0 in start:  # Latin letters of two bytes, without a mark
        return "utf-16-be" if start[0] == 0 else "utf-16-le"
    try:
        with Path(path).open(encoding="utf-8-sig") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _rows(file: TextIO) -> Iterator[dict[str, str]]:
    start = file.read(_SNIFFED)
    file.seek(0)
    if said := _SAID.match(start):  # spreadsheets write it for themselves
        file.readline()
    reader = csv.reader(file, delimiter=said[1] if said else _delimiter(start))
    names = _names(next(reader, []))
    if not any(names):
        raise WrongCsv(f"{getattr(file, 'name', 'the file')} has no first row that names its columns")
    for row in reader:
        if any(cell.strip() for cell in row):
            yield {name: cell for name, cell in zip(names, row, strict=False) if name}


def _delimiter(start: str) -> str:
    """What stands between the cells of the first line most often; quoted text does not count."""
    first = next(iter(csv.reader(start.splitlines()[:1], delimiter="\n")), [""])
    line = "".join(part for number, part in enumerate("".join(first).split('"')) if number % 2 == 0)
    return max(DELIMITERS, key=line.count)


def _names(cells: Sequence[str]) -> list[str]:
    """The names of the columns; a name that comes again gets a number, as only one column can have it."""
    names: list[str] = []
    for cell in cells:
        name, number = cell.strip(), 2
        while name and name in names:
            name, number = f"{cell.strip()} {number}", number + 1
        names.append(name)
    return names
