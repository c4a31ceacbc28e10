"""What a check had to wait for: whoever sits before it wants to know why it takes its time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from types import TracebackType

from typing_extensions import Self

from destination_hubspot_calls.hubspot.waiting import Waiting
from destination_hubspot_calls.preflight.findings import Findings

_STEP = 0.25
"""Seconds between two looks."""
_WORTH_TELLING = 3.0
"""Seconds of one delay that a person would notice."""


class Delays:
    """A context manager that watches what requests wait for, and tells of it on leaving."""

    def __init__(self, waiting: Callable[[], Waiting], findings: Findings) -> None:
        self._waiting = waiting
        self._findings = findings
        self._seen: Counter[str] = Counter()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, name="delays", daemon=True)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._watch.join()
        for cause, looks in self._seen.items():
            if looks * _STEP >= _WORTH_TELLING:
                self._findings.advise("HubSpot", f"the check waited {looks * _STEP:.0f} s for {cause}")

    def _look(self) -> None:
        while not self._over.wait(_STEP):
            self._seen.update(set(_causes(self._waiting())))


def _causes(now: Waiting) -> Iterator[str]:
    for limit in now.limits:
        if limit.queue and limit.paused > 0:
            yield f"{limit.name}, which other syncs or apps use with this token"
    for trouble in now.troubles:
        if "limit" not in trouble.cause:
            yield f"another answer: {trouble.cause} to {trouble.what}"
