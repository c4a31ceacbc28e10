"""Writes of one key follow each other, whatever batches they are in."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Generic, TypeVar

from destination_hubspot_calls.messages import Batch, Key

T = TypeVar("T")


class KeyOrder(Generic[T]):
    """Knows the last write of each key that is under way. One thread uses it."""

    def __init__(self) -> None:
        self._last: dict[Key, Future[T]] = {}

    def before(self, batch: Batch) -> set[Future[T]]:
        """The writes that a batch has to wait for: those of earlier batches with one of its keys."""
        last = self._last
        return {last[call.key] for call in batch.calls if call.key in last} if last else set()

    def enter(self, batch: Batch, write: Future[T]) -> None:
        """A batch's write is now the last of its keys."""
        for call in batch.calls:
            if call.key:
                self._last[call.key] = write

    def leave(self, batch: Batch, write: Future[T]) -> None:
        """A batch's write is done; keys of which a later one is under way stay."""
        for call in batch.calls:
            if call.key and self._last.get(call.key) is write:
                del self._last[call.key]
