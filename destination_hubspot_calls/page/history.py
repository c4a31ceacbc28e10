"""What a page needs beside the numbers: how fast a run was, of which days its calls are, and the first of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import orjson

from destination_hubspot_calls.messages import Call
from destination_hubspot_calls.results import BatchResult
from destination_hubspot_calls.sink.spans import DAY, time_of

MAX_SAMPLES = 10
MAX_DAYS = 4000
"""Distinct days that are counted: more than ten years."""
MAX_POINTS = 240
"""Points of the pace; when there are more, every second one is dropped."""


@dataclass(slots=True)
class History:
    """Grows with a run, and stays small. One thread uses it."""

    clock: Callable[[], float] = time.monotonic
    days: Counter[int] = field(default_factory=Counter)
    """Calls by day, counted in days since 1970."""
    samples: list[dict[str, str]] = field(default_factory=list)
    """The properties of the first calls: content."""
    points: list[tuple[float, int]] = field(default_factory=list)
    """Seconds since the start, and the records until then."""
    records: int = 0
    _began: float | None = None
    _step: float = 1.0

    def add(self, result: BatchResult) -> None:
        """Note a batch that was settled."""
        now = self.clock()
        self._began = now if self._began is None else self._began
        self.records += len(result.batch.calls)
        for position, call in enumerate(result.batch.calls):
            if position not in result.rejections:
                self._note(call)
        self._point(now - self._began)

    @property
    def pace(self) -> Iterator[tuple[float, float]]:
        """Seconds since the start, and records a second between one point and the next."""
        for (before, fewer), (after, more) in zip(self.points, self.points[1:], strict=False):
            if after > before:
                yield after, (more - fewer) / (after - before)

    def _note(self, call: Call) -> None:
        moment = time_of(call.properties)
        if moment is not None:
            day = moment // DAY
            if day in self.days or len(self.days) < MAX_DAYS:
                self.days[day] += 1
        if len(self.samples) < MAX_SAMPLES:
            self.samples.append(orjson.loads(call.properties))

    def _point(self, seconds: float) -> None:
        if self.points and seconds - self.points[-1][0] < self._step:
            return
        self.points.append((seconds, self.records))
        if len(self.points) > MAX_POINTS:
            self.points = self.points[::2]
            self._step *= 2
