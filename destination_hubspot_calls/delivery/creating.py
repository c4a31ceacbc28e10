"""Creates of several batches in one request: where some calls exist already, each batch has less than one left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from destination_hubspot_calls.delivery.gathering import Gatherer, InFlight
from destination_hubspot_calls.delivery.hubspot import CallStore
from destination_hubspot_calls.delivery.outcomes import NotShared, accounted, settled, shared
from destination_hubspot_calls.delivery.pending import MAX_TOGETHER, Outcomes, PendingCall
from destination_hubspot_calls.hubspot.accounting import Inputs, Outcome
from destination_hubspot_calls.hubspot.inputs import encode_create
from destination_hubspot_calls.hubspot.models import BatchAnswer

MAX_SHARED_BYTES = 40_000
"""Of a call that shares a request: a hundred of them are as much as one batch may hold."""


def may_share(calls: Sequence[PendingCall]) -> list[PendingCall]:
    """Those of a batch that are created together with others' calls: where they are less than a request.

    Not those that were lost before: they may be what HubSpot cannot stand. Nor one without a key: after a lost answer
    nothing tells what became of it.
    """
    chosen = [
        pending
        for pending in calls
        if pending.key is not None and not pending.losses and len(pending.call.properties) <= MAX_SHARED_BYTES
    ]
    return chosen if len(calls) < MAX_TOGETHER else []


@dataclass(frozen=True, slots=True)
class Creates:
    """Sends calls to be created. `created_with`: encoded members that a call gets when it is created only.

    `wants_ids()`: whether it matters which of the records in an answer is whose.
    """

    client: CallStore
    created_with: bytes
    wants_ids: Callable[[], bool]

    def send(self, calls: Sequence[PendingCall]) -> Outcomes:
        """Create up to 100 calls in one request. Raises LostAnswer, and Refusal of them all."""
        inputs = [
            encode_create(pending.call.properties, _ends(pending), trace_id, self.created_with)
            for trace_id, pending in enumerate(calls)
        ]
        return self.accounted(calls, self.client.create_calls(inputs))

    def accounted(self, calls: Sequence[PendingCall], answer: BatchAnswer) -> Outcomes:
        """What an answer says of the calls of its request, created or upserted."""
        inputs = Inputs(
            len(calls),
            keys={pending.key: place for place, pending in enumerate(calls) if pending.key},
            contents=[pending.call.properties for pending in calls],
            wants_ids=self.wants_ids(),
        )
        return dict(zip(calls, accounted(answer, calls, inputs), strict=True))


class SharedCreates:
    """Sends what batches are to create together. Threads may use it at once, as no two hold a call of one key."""

    def __init__(self, creates: Creates, in_flight: InFlight) -> None:
        self.alone = creates
        """For what is sent by one batch."""
        self._gatherer: Gatherer[PendingCall, Outcome | NotShared] = Gatherer(self._send, MAX_TOGETHER, in_flight)

    def send(self, calls: Sequence[PendingCall]) -> Outcomes:
        """What became of calls; those that share a request which is refused are left out. Raises HubSpotError."""
        return settled(calls, self._gatherer.ask("calls", calls))

    def _send(self, _: str, calls: Sequence[PendingCall]) -> Sequence[Outcome | NotShared]:
        return shared(calls, lambda: self.alone.send(calls).values())


def _ends(pending: PendingCall) -> list[tuple[str, tuple[bytes, ...]]]:
    return [(to, types) for (_, to), types in pending.link_inputs().items()]
