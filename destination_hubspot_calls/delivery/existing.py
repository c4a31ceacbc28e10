"""Which calls are in HubSpot already: found by their external id, for a sync and for a dry run alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from destination_hubspot_calls.delivery.changes import compared
from destination_hubspot_calls.delivery.gathering import Gatherer, InFlight
from destination_hubspot_calls.delivery.pending import MAX_TOGETHER, PendingCall
from destination_hubspot_calls.delivery.refusal import named_holder
from destination_hubspot_calls.hubspot.batch_read import OBJECT_ID, RecordReader, read_accounted
from destination_hubspot_calls.hubspot.client import ReadResult
from destination_hubspot_calls.hubspot.errors import Blocked, Refusal
from destination_hubspot_calls.hubspot.models import Problem, Result

RELINK_WITHIN = timedelta(hours=24)
"""A call younger than this gets its links made again: its create may have ended between the call and its links."""

ByValue = Mapping[str, PendingCall]
"""Calls by their values of one unique property."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A call that is in HubSpot. `is_young`: its links may not have been made. `held`: its values, where compared."""

    id: str
    is_young: bool
    held: Mapping[str, str | None] = field(default_factory=dict)


class ExistingCalls:
    """Finds the calls of a sync that are in HubSpot. Threads may use it at the same time.

    It learns whether HubSpot keeps unique values as they are sent. `pause(seconds)` sleeps, and raises Stopped where
    the process is to stop.
    """

    def __init__(self, client: RecordReader, pause: Callable[[float], None], in_flight: InFlight | None = None) -> None:
        self._client = client
        self._pause = pause
        self._respells = False
        """Whether HubSpot was seen to keep a unique value in lower case, or without the blanks around it."""
        self._blocked: set[str] = set()
        """Keys that cannot be looked up."""
        self._gatherer: Gatherer[PendingCall, tuple[Existing, ...]] = Gatherer(
            self._find_of_several, MAX_TOGETHER, in_flight or InFlight()
        )

    def find(self, calls: Iterable[PendingCall], *, archived: bool = False) -> dict[PendingCall, Existing]:
        """Those whose call is in HubSpot: the value read equals the key, character by character.

        `archived`: those whose call was deleted there. Raises HubSpotError.
        """
        found: dict[PendingCall, Existing] = {}
        for name, group in _by_property(calls).items():
            wanted = () if archived else compared(group.values())
            for reading in self._readings(name, list(group), wanted, archived=archived):
                found |= _matches(name, self._spelled(group), reading)
        return found

    def find_shared(self, calls: Iterable[PendingCall]) -> dict[PendingCall, Existing]:
        """The same, where what is less than a request is looked up together with calls of other batches."""
        found: dict[PendingCall, Existing] = {}
        for name, group in _by_property(calls).items():
            wanted = list(group.values())
            if len(wanted) >= MAX_TOGETHER:
                found |= self.find(wanted)
                continue
            answers = zip(wanted, self._gatherer.ask(name, wanted), strict=True)
            found |= {pending: existing for pending, answer in answers for existing in answer}
        return found

    def _find_of_several(self, _: str, calls: Sequence[PendingCall]) -> list[tuple[Existing, ...]]:
        """Of each call, in order, itself in HubSpot, or nothing. No two batches look for one key at the same time."""
        found = self.find(calls)
        return [(found[pending],) if pending in found else () for pending in calls]

    def find_holders(self, calls: Iterable[PendingCall], problems: Iterable[Problem]) -> dict[PendingCall, Existing]:
        """Those of some calls whose value is held by a record that HubSpot names in saying that it is taken.

        Such a value is compared without case and blanks, unless it is another call's own, as it stands.
        """
        ids = list(dict.fromkeys(holder for problem in problems if (holder := named_holder(problem))))
        found: dict[PendingCall, Existing] = {}
        for name, group in _by_property(calls).items() if ids else ():
            for reading in self._readings(OBJECT_ID, ids, (name, *compared(group.values())), archived=False):
                found |= _matches(name, _respelled(group), reading)
        self._respells = self._respells or any(
            pending.key is not None and existing.held.get(pending.key.property) != pending.key.value
            for pending, existing in found.items()
        )
        return found

    def blocks(self, pending: PendingCall) -> bool:
        """Whether somebody before HubSpot turned away its key alone, and let others through."""
        return pending.key is not None and pending.key.value in self._blocked

    def _spelled(self, group: ByValue) -> ByValue:
        return _respelled(group) if self._respells else group

    def _readings(self, by: str, keys: list[str], wanted: Sequence[str], *, archived: bool) -> Iterator[ReadResult]:
        """Read keys until HubSpot accounts for each; in halves where it takes two of them for one."""
        try:
            yield read_accounted(self._client, "calls", by, keys, pause=self._pause, also=wanted, archived=archived)
        except Refusal as refusal:
            half = len(keys) // 2
            if isinstance(refusal, Blocked) and not half:
                self._blocked.update(keys)
            for part in (keys[:half], keys[half:]) if half else ():
                yield from self._readings(by, part, wanted, archived=archived)


def _by_property(calls: Iterable[PendingCall]) -> dict[str, dict[str, PendingCall]]:
    groups: dict[str, dict[str, PendingCall]] = defaultdict(dict)
    for pending in calls:
        if pending.key:
            groups[pending.key.property][pending.key.value] = pending
    return groups


def _respelled(group: ByValue) -> ByValue:
    """The same calls by the spellings that HubSpot may keep; one that is another's own value stays that one's."""
    spelled: dict[str, PendingCall] = {}
    for value, pending in group.items():
        for spelling in (value.strip(), value.lower(), value.strip().lower()):
            spelled.setdefault(spelling, pending)
    return {**spelled, **group}


def _matches(name: str, group: ByValue, reading: ReadResult) -> dict[PendingCall, Existing]:
    now = reading.date or datetime.now(timezone.utc)
    return {
        group[value]: Existing(result.id, is_young(result, now), result.properties)
        for result in reading.results
        if (value := result.properties.get(name)) in group and value is not None
    }


def is_young(result: Result, now: datetime) -> bool:
    """Whether a call was created within a day of HubSpot's `now`; one whose date cannot be read counts as young."""
    try:
        created = datetime.fromisoformat(result.created_at.replace("Z", "+00:00"))
    except ValueError:
        return True
    if created.tzinfo is None:
        created = created.replace(tzinfo=timezone.utc)
    return now - created < RELINK_WITHIN
