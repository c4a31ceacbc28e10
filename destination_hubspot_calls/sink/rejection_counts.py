"""Rejected records, counted once: by stream, and by each thing that is wrong with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from destination_hubspot_calls.messages import Rejection, Stream

MAX_NAMES = 5
"""Records named beside a reason: enough to look at one."""
MAX_VALUES = 1000
"""Distinct values that are counted for one reason; later ones are only counted among the others."""


@dataclass(slots=True)
class ReasonCount:
    """How many records of a stream have one thing wrong with them, the first of them, and the values that did not fit.

    `values` are content: for the store and a person's own screen, never for the log.
    """

    number: int = 0
    names: list[str] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)


class RejectionCounts:
    """Counts rejections. A record counts once in `records`, and once under each of its reasons."""

    def __init__(self) -> None:
        self.records: Counter[Stream] = Counter()
        self._reasons: dict[Stream, dict[str, ReasonCount]] = {}

    @property
    def total(self) -> int:
        """Rejected records of all streams."""
        return self.records.total()

    def add(self, rejection: Rejection) -> None:
        """Count one rejected record."""
        self.records[rejection.stream] += 1
        reasons = self._reasons.setdefault(rejection.stream, {})
        for reason in rejection.causes:
            count = reasons.get(reason.words)
            if count is None:
                count = reasons[reason.words] = ReasonCount()
            count.number += 1
            if rejection.name and len(count.names) < MAX_NAMES:
                count.names.append(rejection.name)
            if reason.value and (reason.value in count.values or len(count.values) < MAX_VALUES):
                count.values[reason.value] += 1

    def reasons(self, stream: Stream) -> list[tuple[str, ReasonCount]]:
        """A stream's reasons, the most frequent first."""
        return sorted(self._reasons.get(stream, {}).items(), key=lambda item: -item[1].number)

    def all_reasons(self) -> list[tuple[Stream, str, ReasonCount]]:
        """All streams' reasons, the most frequent first."""
        found = [(stream, words, count) for stream, by in self._reasons.items() for words, count in by.items()]
        return sorted(found, key=lambda item: -item[2].number)
