"""Creates of several batches in one request: where some calls exist already, each batch has less than one left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from destination_hubspot_calls.delivery.gathering import Gatherer, InFlight
from destination_hubspot_calls.delivery.hubspot import CallStore
from destination_hubspot_calls.delivery.pending import MAX_TOGETHER, NotShared, Outcomes, PendingCall
from destination_hubspot_calls.delivery.refusal import raise_if_about_account
from destination_hubspot_calls.hubspot.accounting import Inputs, Outcome, Unknown, account, names_nobody
from destination_hubspot_calls.hubspot.errors import LostAnswer, Refusal
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
        for problem in answer.errors:
            raise_if_about_account(problem)
        inputs = Inputs(
            len(calls),
            keys={pending.key: place for place, pending in enumerate(calls) if pending.key},
            contents=[pending.call.properties for pending in calls],
            wants_ids=self.wants_ids(),
        )
        outcomes = dict(zip(calls, account(answer, inputs), strict=True))
        if names_nobody(answer):
            for pending, outcome in outcomes.items():
                if isinstance(outcome, Unknown):
                    pending.room = 1  # an error among others' does not tell whose it is
        return outcomes


class SharedCreates:
    """Sends what batches are to create together. Threads may use it at once, as no two hold a call of one key."""

    def __init__(self, creates: Creates, in_flight: InFlight) -> None:
        self.alone = creates
        """For what is sent by one batch."""
        self._gatherer: Gatherer[PendingCall, Outcome | NotShared] = Gatherer(self._send, MAX_TOGETHER, in_flight)

    def send(self, calls: Sequence[PendingCall]) -> Outcomes:
        """What became of calls; those that share a request which is refused are left out. Raises HubSpotError."""
        outcomes = zip(calls, self._gatherer.ask("calls", calls), strict=True)
        return {pending: outcome for pending, outcome in outcomes if not isinstance(outcome, NotShared)}

    def _send(self, _: str, calls: Sequence[PendingCall]) -> Sequence[Outcome | NotShared]:
        for pending in calls:
            pending.sent_with = len(calls)
        try:
            return list(self.alone.send(calls).values())
        except LostAnswer as lost:
            return [Unknown(str(lost), lost.is_blocked)] * len(calls)
        except Refusal:
            return [NotShared()] * len(calls)


def _ends(pending: PendingCall) -> list[tuple[str, tuple[bytes, ...]]]:
    return [(to, types) for (_, to), types in pending.link_inputs().items()]
