"""What a delivery needs of HubSpot: the client has it, and so has a fake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from destination_hubspot_calls.hubspot.batch_read import RecordReader
from destination_hubspot_calls.hubspot.models import BatchAnswer, LinkAnswer, LinkedRecord


class LinkStore(Protocol):
    """Links of calls (see the client's methods of these names)."""

    def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
        """Link up to 2,000 pairs."""

    def read_links(self, object_type: str, call_ids: Iterable[str]) -> Mapping[str, Mapping[str, LinkedRecord]]:
        """The links of up to 1,000 calls."""


class CallStore(RecordReader, LinkStore, Protocol):
    """Calls and their links (see the client's methods of these names)."""

    def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        """Create up to 100 calls."""

    def update_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        """Update up to 100 calls."""

    def upsert_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        """Create or update up to 100 calls."""
