"""What a sync would do: batches are resolved and looked up in HubSpot, and nothing is written."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from destination_hubspot_calls.associations import LinkResolver, Target, Unlinkable
from destination_hubspot_calls.associations.cache import Cache
from destination_hubspot_calls.delivery.changes import Kinds, changes
from destination_hubspot_calls.delivery.existing import Existing, ExistingCalls
from destination_hubspot_calls.delivery.pending import KeyGroup, PendingCall, group_by_key
from destination_hubspot_calls.delivery.unlinking import NO_LINK
from destination_hubspot_calls.hubspot.batch_read import OBJECT_ID, RecordReader, read_accounted
from destination_hubspot_calls.hubspot.client import MAX_INPUTS, ReadResult
from destination_hubspot_calls.hubspot.errors import MissingScopes, Refusal
from destination_hubspot_calls.messages import RECORD_ID, Batch, Call, Rejection
from destination_hubspot_calls.results import BatchResult, Count

MAX_IDS = 200_000
"""Record ids of which it is remembered whether they are there."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Planned:
    """What a record would come to.

    `is_there`: its call is in HubSpot by then, with the id `call_id` or, where that is None, by an earlier record.
    `repeats`: another record of the batch stands for its key. `changes`: what an update would write.
    """

    pending: PendingCall
    is_there: bool = False
    call_id: str | None = None
    repeats: bool = False
    changes: Mapping[str, str] = field(default_factory=dict)


class DryRunWriter:
    """Stands in for the Writer. It reads what a write would come upon, and sends nothing that writes.

    Threads may use it at the same time, as long as no two hold calls of one key. `pause(seconds)` sleeps, and raises
    Stopped where the process is to stop. `kinds`: the types of the properties, to compare values.
    """

    def __init__(
        self,
        client: RecordReader,
        resolver: LinkResolver,
        *,
        pause: Callable[[float], None],
        kinds: Kinds = MappingProxyType({}),
    ) -> None:
        self._client = client
        self._resolver = resolver
        self._pause = pause
        self._kinds = kinds
        self._existing = ExistingCalls(client, pause)
        self._ids: Cache[bool] = Cache(MAX_IDS)
        self._closed: set[str] = set()
        """Object types that the token may not read."""
        self._seen: set[int] = set()
        """The keys that came so far, as hashes: about 60 bytes each, however long they are."""
        # Held while keys are looked for among those that came.
        self._lock = threading.Lock()

    def write(self, batch: Batch, result: BatchResult | None = None) -> BatchResult:
        """What would become of up to 100 calls, in the Writer's form. Raises HubSpotError, ConfigError."""
        written = result or BatchResult(batch)
        note(self.plan(batch.calls, written), written)
        return written

    def plan(self, calls: Sequence[Call], written: BatchResult) -> list[Planned]:
        """What each call would come to, in order, but for those that are rejected: `written` then holds them."""
        resolved = self._resolve(calls, written)
        groups = group_by_key(resolved)
        found = self._existing.find([group.first for group in groups])
        planned = {
            pending: self._planned(pending, found.get(group.first)) for group in groups for pending in _sent(group)
        }
        return [planned.get(pending) or Planned(pending, repeats=True) for pending in resolved]

    def _planned(self, pending: PendingCall, existing: Existing | None) -> Planned:
        came_before = self._comes_again(pending)
        held = existing.held if existing else {}
        return Planned(
            pending,
            is_there=existing is not None or came_before,
            call_id=existing.id if existing else None,
            changes=changes(pending.call, held, self._kinds) if pending.call.updates else {},
        )

    # ---- links

    def _resolve(self, calls: Sequence[Call], written: BatchResult) -> list[PendingCall]:
        self._forget_missing(self._resolver.resolve(calls, {}))
        pending = []
        for position, targets in enumerate(self._resolver.resolve(calls, written.misses)):
            call = calls[position]
            if isinstance(targets, Unlinkable):
                written.rejections[position] = _rejection(call, targets.reason, targets.rule)
            elif call.needs_link and not targets:
                written.rejections[position] = _rejection(call, NO_LINK, "")
            else:
                pending.append(PendingCall(position, call, targets))
        return pending

    def _forget_missing(self, resolved: Iterable[list[Target] | Unlinkable]) -> None:
        """Record ids are taken as they come in a sync, and HubSpot refuses those that it does not have."""
        by_type: dict[str, list[Target]] = {}
        for targets in resolved:
            for target in targets if isinstance(targets, list) else ():
                if target.rule.match_by == RECORD_ID:
                    by_type.setdefault(target.object_type, []).append(target)
        for object_type, targets in by_type.items():
            self._read_ids(object_type, [target.id for target in targets])
            self._resolver.forget(target for target in targets if self._ids.get(_name(object_type, target.id)) is False)

    def _read_ids(self, object_type: str, ids: Iterable[str]) -> None:
        new = [item for item in dict.fromkeys(ids) if self._ids.get(_name(object_type, item)) is None]
        for start in range(0, len(new), MAX_INPUTS):
            if object_type in self._closed:
                return
            asked = new[start : start + MAX_INPUTS]
            try:
                there = self._there(object_type, asked)
            except MissingScopes:
                self._closed.add(object_type)
                logger.warning("Not looked up: record ids of %s, which the token may not read.", object_type)
                return
            for item in asked:
                self._ids.put(_name(object_type, item), item in there)

    def _there(self, object_type: str, ids: Sequence[str]) -> set[str]:
        """Those of some ids that HubSpot has; one that it cannot read spoils no others."""
        try:
            return {result.id for result in self._read(object_type, OBJECT_ID, ids).results}
        except Refusal:
            half = len(ids) // 2
            return self._there(object_type, ids[:half]) | self._there(object_type, ids[half:]) if half else set()

    def _comes_again(self, pending: PendingCall) -> bool:
        if pending.key is None:
            return False
        mark = hash(pending.key)
        with self._lock:
            came_before = mark in self._seen
            self._seen.add(mark)
        return came_before

    def _read(self, object_type: str, name: str, keys: Sequence[str]) -> ReadResult:
        return read_accounted(self._client, object_type, name, keys, pause=self._pause)


def _sent(group: KeyGroup | None) -> Iterator[PendingCall]:
    """The calls of one key that are sent, in turn; the others repeat one of them."""
    while group is not None:
        yield group.first
        group = group.then


def note(plan: Iterable[Planned], written: BatchResult) -> None:
    """Note in `written` what each call would come to."""
    for planned in plan:
        position = planned.pending.position
        written.became[position] = _counted(planned)
        if written.became[position] == Count.UPDATED:
            written.changes[position] = tuple(planned.changes)
        if _makes_links(planned):
            written.links[position] = planned.pending.links


def _counted(planned: Planned) -> str:
    if planned.repeats:
        return Count.REPEATED
    if not planned.is_there:
        return Count.CREATED
    if planned.pending.call.updates:
        return Count.UPDATED if planned.changes else Count.UNCHANGED
    return Count.THERE


def _makes_links(planned: Planned) -> bool:
    return not planned.repeats and (not planned.is_there or planned.pending.call.updates)


def _rejection(call: Call, why: str, rule: str) -> Rejection:
    return Rejection(call.stream, call.name, why, call.line, rule)


def _name(object_type: str, record_id: str) -> str:
    return f"{object_type} {record_id}"
