"""What a proof found: its figures as a table, and whatever broke a promise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Proof:
    """One promise, put to the test. It holds where nothing violated it."""

    promise: str
    rows: list[dict[str, object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def row(self, **figures: object) -> None:
        """Add a row of figures."""
        self.rows.append(figures)

    def note(self, text: str) -> None:
        """Add a figure that fits no row."""
        self.notes.append(text)

    def expect(self, holds: object, otherwise: str) -> None:
        """Note what is violated where something does not hold."""
        if not holds:
            self.violations.append(otherwise)

    def lines(self) -> Iterable[str]:
        """The table, ready to be printed."""
        yield self.promise
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        cells = [[name.replace("_", " ") for name in names]]
        cells += [[_text(row.get(name, "")) for name in names] for row in self.rows]
        widths = [max(len(row[place]) for row in cells) for place in range(len(names))]
        for row in cells if self.rows else ():
            yield "  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for note in self.notes:
            yield f"  {note}"
        for violation in self.violations:
            yield f"  VIOLATED: {violation}"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
