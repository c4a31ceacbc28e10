"""Which calls are in HubSpot already: found by their external id, for a sync and for a dry run alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from destination_hubspot_calls.delivery.pending import PendingCall
from destination_hubspot_calls.hubspot.batch_read import read_accounted
from destination_hubspot_calls.hubspot.client import Client, ReadResult
from destination_hubspot_calls.hubspot.errors import Refusal
from destination_hubspot_calls.hubspot.models import Result

RELINK_WITHIN = timedelta(hours=24)
"""A call younger than this gets its links made again: its create may have ended between the call and its links."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A call that is in HubSpot; `is_young`: its links may not have been made."""

    id: str
    is_young: bool


class ExistingCalls:
    """Finds the calls of a sync that are in HubSpot. Threads may use it at the same time.

    `pause(seconds)` sleeps, and raises Stopped where the process is to stop.
    """

    def __init__(self, client: Client, pause: Callable[[float], None]) -> None:
        self._client = client
        self._pause = pause

    def find(self, calls: Iterable[PendingCall], *, archived: bool = False) -> dict[PendingCall, Existing]:
        """Those whose call is in HubSpot: the value read equals the key, character by character.

        `archived`: those whose call was deleted there. Raises HubSpotError.
        """
        found: dict[PendingCall, Existing] = {}
        for name, group in _by_property(calls).items():
            for reading in self._readings(name, list(group), archived=archived):
                found |= _matches(name, group, reading)
        return found

    def _readings(self, name: str, keys: list[str], *, archived: bool) -> Iterator[ReadResult]:
        """Read keys until HubSpot accounts for each; in halves where it takes two of them for one."""
        try:
            yield read_accounted(self._client, "calls", name, keys, pause=self._pause, archived=archived)
        except Refusal:
            half = len(keys) // 2
            for part in (keys[:half], keys[half:]) if half else ():
                yield from self._readings(name, part, archived=archived)


def _by_property(calls: Iterable[PendingCall]) -> dict[str, dict[str, PendingCall]]:
    groups: dict[str, dict[str, PendingCall]] = defaultdict(dict)
    for pending in calls:
        if pending.key:
            groups[pending.key.property][pending.key.value] = pending
    return groups


def _matches(name: str, group: Mapping[str, PendingCall], reading: ReadResult) -> dict[PendingCall, Existing]:
    now = reading.date or datetime.now(timezone.utc)
    return {
        group[value]: Existing(result.id, _is_young(result, now))
        for result in reading.results
        if (value := result.properties.get(name)) in group and value is not None
    }


def _is_young(result: Result, now: datetime) -> bool:
    """Whether a call was created within a day of HubSpot's `now`; one whose date cannot be read counts as young."""
    try:
        created = datetime.fromisoformat(result.created_at.replace("Z", "+00:00"))
    except ValueError:
        return True
    if created.tzinfo is None:
        created = created.replace(tzinfo=timezone.utc)
    return now - created < RELINK_WITHIN
