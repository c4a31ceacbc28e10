"""What a sync would do: batches are resolved and looked up in HubSpot, and nothing is written."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from destination_hubspot_calls.associations import LinkResolver, Target, Unlinkable
from destination_hubspot_calls.associations.cache import Cache
from destination_hubspot_calls.delivery.delivery import NO_LINK
from destination_hubspot_calls.delivery.pending import PendingCall, group_by_key
from destination_hubspot_calls.hubspot.batch_read import OBJECT_ID, read_accounted
from destination_hubspot_calls.hubspot.client import MAX_INPUTS, Client, ReadResult
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
    `repeats`: another record of the batch stands for its key.
    """

    claim: PendingCall
    is_there: bool = False
    call_id: str | None = None
    repeats: bool = False


class DryRunWriter:
    """Stands in for the Writer. It reads what a write would come upon, and sends nothing that writes.

    Threads may use it at the same time, as long as no two hold calls of one key. `pause(seconds)` sleeps, and raises
    Stopped where the process is to stop.
    """

    def __init__(self, client: Client, resolver: LinkResolver, *, pause: Callable[[float], None]) -> None:
        self._client = client
        self._resolver = resolver
        self._pause = pause
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
        for planned in self.plan(batch.calls, written):
            position = planned.claim.position
            written.became[position] = _counted(planned)
            if _makes_links(planned):
                written.links[position] = planned.claim.links
        return written

    def plan(self, calls: Sequence[Call], written: BatchResult) -> list[Planned]:
        """What each call would come to, in order, but for those that are rejected: `written` then holds them."""
        claims = self._resolve(calls, written)
        first = [group.claim for group in group_by_key(claims)]
        found = self._find(first)
        fates = {claim: self._fate(claim, found.get(claim)) for claim in first}
        return [fates.get(claim) or Planned(claim, repeats=True) for claim in claims]

    def _fate(self, claim: PendingCall, call_id: str | None) -> Planned:
        came_before = self._comes_again(claim)
        return Planned(claim, is_there=call_id is not None or came_before, call_id=call_id)

    # ---- links

    def _resolve(self, calls: Sequence[Call], written: BatchResult) -> list[PendingCall]:
        self._forget_missing(self._resolver.resolve(calls, {}))
        claims = []
        for position, targets in enumerate(self._resolver.resolve(calls, written.misses)):
            call = calls[position]
            if isinstance(targets, Unlinkable):
                written.rejections[position] = _rejection(call, targets.reason, targets.rule)
            elif call.needs_link and not targets:
                written.rejections[position] = _rejection(call, NO_LINK, "")
            else:
                claims.append(PendingCall(position, call, targets))
        return claims

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

    # ---- calls

    def _find(self, claims: Iterable[PendingCall]) -> dict[PendingCall, str]:
        """The ids of the calls that are in HubSpot: the value read equals the key, character by character."""
        by_property: dict[str, dict[str, PendingCall]] = {}
        for claim in claims:
            if claim.key:
                by_property.setdefault(claim.key.property, {})[claim.key.value] = claim
        found = {}
        for name, group in by_property.items():
            for result in self._read("calls", name, list(group)).results:
                claim_of_value = group.get(result.properties.get(name) or "")
                if claim_of_value:
                    found[claim_of_value] = result.id
        return found

    def _comes_again(self, claim: PendingCall) -> bool:
        if claim.key is None:
            return False
        mark = hash(claim.key)
        with self._lock:
            came_before = mark in self._seen
            self._seen.add(mark)
        return came_before

    def _read(self, object_type: str, name: str, keys: Sequence[str]) -> ReadResult:
        return read_accounted(self._client, object_type, name, keys, pause=self._pause)


def _counted(planned: Planned) -> str:
    if planned.repeats:
        return Count.REPEATED
    if not planned.is_there:
        return Count.CREATED
    return Count.UPDATED if planned.claim.call.updates else Count.THERE


def _makes_links(planned: Planned) -> bool:
    return not planned.repeats and (not planned.is_there or planned.claim.call.updates)


def _rejection(call: Call, why: str, rule: str) -> Rejection:
    return Rejection(call.stream, call.name, why, call.line, rule)


def _name(object_type: str, record_id: str) -> str:
    return f"{object_type} {record_id}"
