"""The records of one stream, as columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson

from destination_hubspot_calls.mapping.embedded_json import opened

MAX_RECORDS = 1000
"""Records of a stream that are looked at: enough to see what its fields hold."""
MAX_DEPTH = 10
"""Objects and lists within each other that are gone into."""
MAX_VALUES = 5000
"""Values of a record that are looked at."""
MAX_ITEMS = 20
"""Items of a list that are looked at."""

_STEP = re.compile(r'"(?:[^"\\]|\\.)*"|[^."\[\]]+')
_LAST_STEP = re.compile(r'(?:\[\]|\.?(?:"(?:[^"\\]|\\.)*"|[^."\[\]]+))$')
_MANNER = re.compile(r"(?:\((?:[pmce][sd]?t|ces?t)\)|\(?(?:utc|gmt|local|e\.?164)\)?)$")
"""What a folded name ends in that says how its values are written: `started_at_utc`, `caller_e164`."""

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a stream: its path as an expression writes it, and its values, those that are none left out."""

    path: str
    values: tuple[object, ...]
    records: int

    @property
    def name(self) -> str:
        """The last step of its path, folded."""
        return self.names[0]

    @property
    def names(self) -> tuple[str, ...]:
        """What it may be known by, folded: its last step, and all of them, also without what says how it is written."""
        return _known_as(self.path)

    @property
    def is_list(self) -> bool:
        """Whether a record has several values of it."""
        return "[]" in self.path

    def share(self, held: Iterable[object]) -> float:
        """How many of its values are among those that are held."""
        return sum(1 for _ in held) / len(self.values) if self.values else 0.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The first records of a stream, and their columns in the order of their first use."""

    records: tuple[Data, ...]
    columns: tuple[Column, ...]
    paths: frozenset[str]
    """Every field that any record has, empty ones too."""

    @property
    def hollow(self) -> frozenset[str]:
        """Fields that no record fills: what may be in them is not known."""
        filled = {column.path for column in self.columns}
        above = {step for path in self.paths for step in _above(path)}
        return self.paths - filled - above


def sample(records: Iterable[Data]) -> Sample:
    """What is to be seen of a stream's records."""
    kept = tuple(records)[:MAX_RECORDS]
    values: dict[str, list[object]] = {}
    for data in kept:
        for path, value in islice(_values(data, "", MAX_DEPTH), MAX_VALUES):
            found = values.setdefault(path, [])
            if not isinstance(value, (dict, list)) and value is not None and value != "":
                found.append(value)
    columns = tuple(Column(path, tuple(found), len(kept)) for path, found in values.items() if found)
    return Sample(kept, columns, frozenset(values))


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A name without case, blanks, `_`, and `-`, as `field(@, [...])` compares them."""
    return "".join(name.split()).replace("_", "").replace("-", "").casefold()


@lru_cache(maxsize=4096)
def _known_as(path: str) -> tuple[str, ...]:
    steps = _steps(path)
    while len(steps) > 1 and steps[-1].startswith("$"):  # MongoDB's way to say of what type a value is
        steps.pop()
    names = (folded(steps[-1]), folded(" ".join(steps)))
    return tuple(dict.fromkeys((*names, *(_MANNER.sub("", name) for name in names))))


def _steps(path: str) -> list[str]:
    """The names that a path goes through; one in quotes may have a dot in it."""
    return [orjson.loads(step) if step[0] == '"' else step for step in _STEP.findall(path)] or [""]


def _values(value: object, path: str, depth: int) -> Iterator[tuple[str, object]]:
    """Every field of a record, with its path, those within a text that holds JSON too; blank text is no value."""
    value = opened(value)
    if path:
        yield path, None if isinstance(value, str) and not value.strip() else value
    if not depth:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _values(inner, f"{path}.{_step(name)}".removeprefix("."), depth - 1)
    elif isinstance(value, list):
        for item in value[:MAX_ITEMS]:
            yield from _values(item, f"{path}[]", depth - 1)


def _above(path: str) -> set[str]:
    """What a path leads through."""
    found = set[str]()
    while path := _LAST_STEP.sub("", path):
        found.add(path)
    return found


def _step(name: str) -> str:
    """A name as an expression writes it: quoted where it is no plain word."""
    is_plain = name.replace("_", "a").isalnum() and name.isascii() and not name[:1].isdigit()
    return name if is_plain else orjson.dumps(name).decode()
