"""Updates of several batches in one request: where few calls of each have changed, most of a request would be empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from destination_hubspot_calls.delivery.gathering import Gatherer, InFlight
from destination_hubspot_calls.delivery.hubspot import CallStore
from destination_hubspot_calls.delivery.pending import MAX_TOGETHER, NotShared, Outcomes, PendingCall
from destination_hubspot_calls.delivery.refusal import raise_if_about_account
from destination_hubspot_calls.hubspot.accounting import Inputs, Outcome, Unknown, account, names_nobody
from destination_hubspot_calls.hubspot.errors import LostAnswer, Refusal
from destination_hubspot_calls.hubspot.inputs import encode_update
from destination_hubspot_calls.hubspot.models import BatchAnswer

MAX_SHARED = MAX_TOGETHER - 1
"""Updates of one batch that share a request with those of others; a whole request of them goes at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """What is to be changed of a call with this id."""

    pending: PendingCall
    call_id: str
    properties: Mapping[str, str]


class SharedUpdates:
    """Sends the updates of all batches. Threads may use it at the same time, as no two hold a call of one key."""

    def __init__(self, client: CallStore, in_flight: InFlight) -> None:
        self._client = client
        self._gatherer: Gatherer[Update, Outcome | NotShared] = Gatherer(self._send, MAX_TOGETHER, in_flight)

    def send(self, updates: Sequence[Update]) -> Outcomes:
        """What became of updates; those that share a request which is refused are left out. Raises HubSpotError."""
        outcomes = zip(updates, self._gatherer.ask("calls", updates), strict=True)
        return {update.pending: outcome for update, outcome in outcomes if not isinstance(outcome, NotShared)}

    def _send(self, _: str, updates: Sequence[Update]) -> Sequence[Outcome | NotShared]:
        for update in updates:
            update.pending.sent_with = len(updates)
        inputs = [encode_update(update.call_id, update.properties, place) for place, update in enumerate(updates)]
        try:
            answer = self._client.update_calls(inputs)
        except LostAnswer as lost:
            return [Unknown(str(lost), lost.is_blocked)] * len(updates)
        except Refusal:
            return [NotShared()] * len(updates)
        return accounted(answer, updates)


def accounted(answer: BatchAnswer, updates: Sequence[Update]) -> list[Outcome]:
    """What an answer says of the updates of its request."""
    for problem in answer.errors:
        raise_if_about_account(problem)
    ids = {update.call_id: place for place, update in enumerate(updates)}
    outcomes = account(answer, Inputs(len(updates), ids=ids))
    if names_nobody(answer):
        for update, outcome in zip(updates, outcomes, strict=True):
            if isinstance(outcome, Unknown):
                update.pending.room = 1
    return outcomes
