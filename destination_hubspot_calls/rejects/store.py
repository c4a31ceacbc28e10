"""What a store of rejected records promises, and how it fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from destination_hubspot_calls.messages import Rejection, Unlinked


class StoreError(Exception):
    """The store of rejected records cannot be written; the text says why and what to change, and holds no secret."""


class StoreUnavailable(StoreError):
    """It cannot be written now: time may heal it."""


class Rejects(Protocol):
    """A store of rejected records."""

    @property
    def place(self) -> str:
        """Where they can be found, for messages; empty where they are kept nowhere."""

    def probe(self) -> None:
        """Try whether it can be written. Raises StoreError."""

    @property
    def unlinked_place(self) -> str:
        """The same of calls without a link that their records ask for."""

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Keep them durably: once this returns, they survive. Raises StoreError."""

    def keep_page(self, page: str) -> None:
        """Keep an HTML page about the run beside them. Raises StoreError."""

    def store_unlinked(self, unlinked: Sequence[Unlinked]) -> None:
        """Keep calls without a link that their records ask for. Raises StoreError."""


class NoRejects:
    """Keeps nothing; the report says how many were lost by that."""

    place = ""
    unlinked_place = ""

    def probe(self) -> None:
        """Nothing can go wrong."""

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Keep nothing."""

    def store_unlinked(self, unlinked: Sequence[Unlinked]) -> None:
        """Keep nothing."""

    def keep_page(self, page: str) -> None:
        """Keep nothing."""
