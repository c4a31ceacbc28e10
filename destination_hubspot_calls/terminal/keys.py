"""External ids from a file: a column of a table, or the records themselves."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from destination_hubspot_calls.airbyte.protocol import UnreadableInput, read_line
from destination_hubspot_calls.config.json_file import WrongFile
from destination_hubspot_calls.mapping import Router
from destination_hubspot_calls.messages import Call, Record
from destination_hubspot_calls.preflight import OpenedAccount


def keys_of_file(path: Path, column: str | None) -> list[str]:
    """The keys in one column of a CSV file, or one field of JSON lines. Raises WrongFile."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongFile(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None
    rows = list(_objects(path, text) if text.lstrip()[:1] == "{" else csv.DictReader(text.splitlines()))
    names = list(rows[0]) if rows else []
    name = column or (names[0] if len(names) == 1 else None)
    if name is None or name not in names:
        listed = ", ".join(map(str, names)) or "none"
        raise WrongFile(f"{path} has the columns {listed}: name the one that holds the external ids with --column")
    return [str(row[name]) for row in rows if row.get(name) not in (None, "")]


def keys_of_records(path: Path, opened: OpenedAccount) -> Iterator[str]:
    """The external ids of the records in a file of rejected or unlinked ones. Raises WrongFile, ConfigError."""
    router = Router(opened.config.mappings, opened.account.vocabulary, {})
    try:
        lines = path.read_bytes().splitlines()
        items = [read_line(line, number) for number, line in enumerate(lines, 1)]
    except OSError as error:
        raise WrongFile(f"{path} cannot be read: {error.strerror}") from None
    except UnreadableInput as error:
        raise WrongFile(f"{path} is not a file of records: {error}") from None
    for item in items:
        if isinstance(item, Record):
            entry = router.mapper(item.stream).map(item)
            if isinstance(entry, Call) and entry.key is not None:
                yield entry.key.value


def _objects(path: Path, text: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise WrongFile(f"{path} is not JSON lines: line {number} is not an object")
        yield found
