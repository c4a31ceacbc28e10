"""What a benchmark found: a table to read, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

Cell = str | float | int


@dataclass(frozen=True, slots=True)
class Aim:
    """What was hoped for, and what came of it."""

    what: str
    found: str
    met: bool


@dataclass(slots=True)
class Table:
    """One benchmark's result. `notes`: what has to be known to read it."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    aims: list[Aim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)

    def __str__(self) -> str:
        """As Markdown."""
        rows = [tuple(_text(cell) for cell in row) for row in self.rows]
        lines = [f"## {self.name}", "", *_markdown(self.columns, rows), ""]
        lines += [f"- {'met' if aim.met else 'NOT met'}: {aim.what}: {aim.found}" for aim in self.aims]
        lines += [f"- {note}" for note in self.notes]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Figure:
    """Several measurements of one thing: their median, and how far they lie apart."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)

    @property
    def noise(self) -> float:
        """Half of the range, as a share of the median."""
        return (max(self.values) - min(self.values)) / 2 / self.median if self.median else 0.0

    def __str__(self) -> str:
        """Both."""
        return f"{_text(self.median)} ± {100 * self.noise:.0f} %"


def figure(values: Iterable[float]) -> Figure:
    """A figure of what was measured."""
    return Figure(tuple(values))


def _text(cell: Cell) -> str:
    match cell:
        case float() if abs(cell) >= 100:
            return f"{cell:,.0f}"
        case float() if abs(cell) >= 10:
            return f"{cell:.1f}"
        case float():
            return f"{cell:.2f}"
        case int():
            return f"{cell:,}"
        case _:
            return cell


def _markdown(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(text) for text in column) for column in zip(columns, *rows, strict=True)]
    lines = [[text.ljust(width) for text, width in zip(row, widths, strict=True)] for row in (columns, *rows)]
    return [f"| {' | '.join(line)} |" for line in (lines[0], ["-" * width for width in widths], *lines[1:])]
