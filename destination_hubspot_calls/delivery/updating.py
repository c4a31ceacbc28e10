"""Updates of several batches in one request: where few calls of each have changed, most of a request would be empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from destination_hubspot_calls.delivery.gathering import Gatherer, InFlight
from destination_hubspot_calls.delivery.hubspot import CallStore
from destination_hubspot_calls.delivery.outcomes import NotShared, accounted, settled, shared
from destination_hubspot_calls.delivery.pending import MAX_TOGETHER, Outcomes, PendingCall
from destination_hubspot_calls.hubspot.accounting import Inputs, Outcome
from destination_hubspot_calls.hubspot.inputs import encode_update

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
        return settled((update.pending for update in updates), self._gatherer.ask("calls", updates))

    def _send(self, _: str, updates: Sequence[Update]) -> Sequence[Outcome | NotShared]:
        return shared([update.pending for update in updates], lambda: send_updates(self._client, updates))


def send_updates(client: CallStore, updates: Sequence[Update]) -> list[Outcome]:
    """Update up to 100 calls in one request. Raises LostAnswer, and Refusal of them all."""
    inputs = [encode_update(update.call_id, update.properties, place) for place, update in enumerate(updates)]
    answer = client.update_calls(inputs)
    ids = {update.call_id: place for place, update in enumerate(updates)}
    return accounted(answer, [update.pending for update in updates], Inputs(len(updates), ids=ids))
