"""Which links calls have: read for many batches at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from destination_hubspot_calls.delivery.gathering import Gatherer, InFlight
from destination_hubspot_calls.delivery.hubspot import LinkStore
from destination_hubspot_calls.hubspot.client import MAX_LINKS_READ
from destination_hubspot_calls.hubspot.errors import MissingScopes, backoff
from destination_hubspot_calls.hubspot.inputs import encode_type
from destination_hubspot_calls.hubspot.models import AssociationType, LinkedRecord

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
"""How often the links of a call are read while HubSpot says nothing of it; then it has none."""

LinksOfCall = Mapping[str, frozenset[bytes]]
"""The encoded types of link by the id of the record at the other end."""


class LinkReader:
    """Reads links for all threads. Nothing is remembered: links change."""

    def __init__(self, client: LinkStore, pause: Callable[[float], None], in_flight: InFlight) -> None:
        self._client = client
        self._pause = pause
        self._unreadable: set[str] = set()
        """Object types to which the token may not read links."""
        self._gatherer: Gatherer[str, LinksOfCall] = Gatherer(self._read, MAX_LINKS_READ, in_flight)

    def read(self, object_type: str, call_ids: Iterable[str]) -> dict[str, LinksOfCall]:
        """The links to an object type of each call. Raises HubSpotError."""
        return self.read_all({object_type: call_ids})[object_type]

    def read_all(self, call_ids: Mapping[str, Iterable[str]]) -> dict[str, dict[str, LinksOfCall]]:
        """The same to several object types, whose requests fill at the same time."""
        ids = {object_type: list(dict.fromkeys(some)) for object_type, some in call_ids.items()}
        answers = self._gatherer.ask_all(ids)
        return {object_type: dict(zip(some, answers[object_type], strict=True)) for object_type, some in ids.items()}

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
        left = [] if object_type in self._unreadable else list(dict.fromkeys(call_ids))
        for attempt in range(MAX_ATTEMPTS if left else 0):
            if attempt:
                self._pause(backoff(attempt - 1))
            for call_id, records in self._ask(object_type, left).items():
                found[call_id] = {to: _encoded(record.types) for to, record in records.items()}
            left = [call_id for call_id in left if call_id not in found]
            if not left:
                break
        return [found.get(call_id, {}) for call_id in call_ids]

    def _ask(self, object_type: str, call_ids: Sequence[str]) -> Mapping[str, Mapping[str, LinkedRecord]]:
        """One request; what the token may not read counts as not there, so that it is at least written."""
        try:
            return self._client.read_links(object_type, call_ids)
        except MissingScopes as missing:
            self._unreadable.add(object_type)
            logger.warning(
                "Links of calls to %s cannot be read (%s): they are written without a look at the labels that others "
                "gave them, which HubSpot replaces.",
                object_type,
                missing,
            )
            return {call_id: {} for call_id in call_ids}

    def reads(self, object_type: str) -> bool:
        """Whether links to an object type can be read, as far as is known."""
        return object_type not in self._unreadable


def _encoded(types: Iterable[AssociationType]) -> frozenset[bytes]:
    return _encoded_keys(tuple(kind.key for kind in types))


@lru_cache(maxsize=1024)
def _encoded_keys(keys: Iterable[tuple[str, int]]) -> frozenset[bytes]:
    """One set for all links of the same types, of which there are thousands at a time."""
    return frozenset(encode_type(AssociationType(category=category, typeId=number)) for category, number in keys)
