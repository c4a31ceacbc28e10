"""A bounded memory."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

V = TypeVar("V")

MAX_KEPT = 320
"""Characters of a key that is kept, which bounds the bytes: as long as an e-mail address can be (RFC 3696)."""


class Cache(Generic[V]):
    """Remembers about the `most` values that were used last, at least half as many. Threads may use it at once.

    Two generations: what is used moves to the young one, and once that is full the old one is forgotten. Reading a
    young one takes no lock.
    """

    __slots__ = ("_lock", "_old", "_room", "_young")

    def __init__(self, most: int) -> None:
        self._room = max(1, most // 2)
        self._young: dict[str, V] = {}
        self._old: dict[str, V] = {}
        # Held while a generation is filled or ends.
        self._lock = threading.Lock()

    def get(self, key: str) -> V | None:
        """What was remembered, if it still is."""
        value = self._young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: str, value: V) -> None:
        """Remember."""
        if len(key) > MAX_KEPT:
            return
        with self._lock:
            if len(self._young) >= self._room:
                self._old, self._young = self._young, {}
            self._young[key] = value

    def forget(self, key: str) -> None:
        """Remember it no more."""
        with self._lock:
            self._young.pop(key, None)
            self._old.pop(key, None)

    def __len__(self) -> int:
        """How many entries are held, those of both generations."""
        return len(self._young) + len(self._old)
