"""Which links calls have: read for many batches at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from destination_hubspot_calls.delivery.gathering import Gatherer, InFlight
from destination_hubspot_calls.delivery.hubspot import LinkStore
from destination_hubspot_calls.hubspot.client import MAX_LINKS_READ
from destination_hubspot_calls.hubspot.errors import backoff
from destination_hubspot_calls.hubspot.inputs import encode_type

MAX_ATTEMPTS = 3
"""How often the links of a call are read while HubSpot says nothing of it; then it has none."""

LinksOfCall = Mapping[str, frozenset[bytes]]
"""The encoded types of link by the id of the record at the other end."""


class LinkReader:
    """Reads links for all threads. Nothing is remembered: links change."""

    def __init__(self, client: LinkStore, pause: Callable[[float], None], in_flight: InFlight) -> None:
        self._client = client
        self._pause = pause
        self._gatherer: Gatherer[str, LinksOfCall] = Gatherer(self._read, MAX_LINKS_READ, in_flight)

    def read(self, object_type: str, call_ids: Iterable[str]) -> dict[str, LinksOfCall]:
        """The links to an object type of each call. Raises HubSpotError."""
        ids = list(dict.fromkeys(call_ids))
        return dict(zip(ids, self._gatherer.ask(object_type, ids), strict=True))

    def read_alone(self, object_type: str, call_ids: Iterable[str]) -> dict[str, LinksOfCall]:
        """The same, without waiting for other batches. Of up to as many calls as one request links."""
        ids = list(dict.fromkeys(call_ids))
        links: dict[str, LinksOfCall] = {}
        for start in range(0, len(ids), MAX_LINKS_READ):
            some = ids[start : start + MAX_LINKS_READ]
            links |= zip(some, self._read(object_type, some), strict=True)
        return links

    def _read(self, object_type: str, call_ids: Sequence[str]) -> list[LinksOfCall]:
        """Read until HubSpot accounts for each call: one that it leaves out may have links all the same."""
        found: dict[str, LinksOfCall] = {}
        left = list(dict.fromkeys(call_ids))
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                self._pause(backoff(attempt - 1))
            for call_id, records in self._client.read_links(object_type, left).items():
                found[call_id] = {to: frozenset(map(encode_type, record.types)) for to, record in records.items()}
            left = [call_id for call_id in left if call_id not in found]
            if not left:
                break
        return [found.get(call_id, {}) for call_id in call_ids]
