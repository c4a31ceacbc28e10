"""Links of calls that are in HubSpot already: made in bulk, and again where an answer does not account for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from destination_hubspot_calls.associations import Target
from destination_hubspot_calls.delivery.pending import PendingCall
from destination_hubspot_calls.delivery.refusal import named_targets
from destination_hubspot_calls.hubspot.client import MAX_LINKS, Client
from destination_hubspot_calls.hubspot.errors import Refusal, Unavailable, backoff
from destination_hubspot_calls.hubspot.inputs import encode_link
from destination_hubspot_calls.hubspot.models import LinkAnswer, Problem

MAX_ATTEMPTS = 6
"""How often one group of links is sent while HubSpot says nothing of some of them."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A call and a record that are to be linked."""

    pending: PendingCall
    call_id: str
    to: str
    types: tuple[bytes, ...]
    targets: list[Target]


RefusedLink = tuple[PendingCall, list[Target], Problem]


class LinkWriter:
    """The links of some calls. Making one that is there already does no harm, so each is simply tried again."""

    def __init__(self, client: Client, pause: Callable[[float], None], calls: Mapping[PendingCall, str]) -> None:
        self._client = client
        self._pause = pause
        self._calls = calls

    def make(self) -> Iterator[RefusedLink]:
        """Make them all; what HubSpot refuses is returned, with its reason. Raises HubSpotError."""
        for object_type, pairs in self._pairs().items():
            for start in range(0, len(pairs), MAX_LINKS):
                yield from self._send(object_type, pairs[start : start + MAX_LINKS])

    def _pairs(self) -> dict[str, list[Pair]]:
        pairs: dict[str, list[Pair]] = defaultdict(list)
        for pending, call_id in self._calls.items():
            for (object_type, to), types in pending.link_inputs().items():
                targets = [t for t in pending.targets if (t.object_type, t.id) == (object_type, to)]
                pairs[object_type].append(Pair(pending, call_id, to, tuple(types), targets))
        return pairs

    def _send(self, object_type: str, pairs: list[Pair], attempt: int = 0) -> Iterator[RefusedLink]:
        answer = self._answer(object_type, pairs)
        made = {(pair.from_id, pair.to_id) for pair in answer.results}
        missing = [pair for pair in pairs if (pair.call_id, pair.to) not in made]
        # A record may be answered with another id than the one sent: it was merged, or sent with leading zeros.
        if not missing or (len(answer.results) == len(pairs) and not answer.errors):
            return
        if not answer.errors:
            if attempt + 1 >= MAX_ATTEMPTS:
                raise Unavailable("HubSpot does not account for associations that were sent to it: run the sync again")
            self._pause(backoff(attempt))
            yield from self._send(object_type, missing, attempt + 1)
        elif len(missing) == 1 and len(pairs) == 1:
            yield pairs[0].pending, pairs[0].targets, answer.errors[0]
        else:
            yield from self._isolate(object_type, missing, answer.errors)

    def _isolate(self, object_type: str, pairs: list[Pair], problems: tuple[Problem, ...]) -> Iterator[RefusedLink]:
        """Report the links that problems name; try the others again, in halves where none is named."""
        named = {id(pair): problem for problem in problems for pair in pairs if _is_named(pair, problem)}
        for pair in pairs:
            if id(pair) in named:
                yield pair.pending, pair.targets, named[id(pair)]
        rest = [pair for pair in pairs if id(pair) not in named]
        half = len(rest) if named else (len(rest) + 1) // 2
        for group in (rest[:half], rest[half:]):
            if group:
                yield from self._send(object_type, group)

    def _answer(self, object_type: str, pairs: list[Pair]) -> LinkAnswer:
        try:
            return self._client.link_calls(
                object_type, [encode_link(pair.call_id, (pair.to, pair.types)) for pair in pairs]
            )
        except Refusal as refusal:
            return LinkAnswer(errors=(refusal.problem,))


def _is_named(pair: Pair, problem: Problem) -> bool:
    """Whether a problem names the record at the other end, as errors of this endpoint do in `id` or `ids`."""
    ids = (*problem.context.get("id", ()), *problem.context.get("ids", ()))
    return pair.to in ids or bool(named_targets(problem, pair.targets))
