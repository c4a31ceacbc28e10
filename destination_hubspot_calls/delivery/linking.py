"""Links of calls that are in HubSpot: what is missing is written, until HubSpot confirms it or refuses it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from destination_hubspot_calls.associations import Target
from destination_hubspot_calls.delivery.gathering import Gatherer, InFlight
from destination_hubspot_calls.delivery.hubspot import LinkStore
from destination_hubspot_calls.delivery.link_reader import LinkReader, LinksOfCall
from destination_hubspot_calls.delivery.pending import PendingCall
from destination_hubspot_calls.delivery.refusal import named_targets, raise_if_about_account
from destination_hubspot_calls.hubspot.client import MAX_LINKS
from destination_hubspot_calls.hubspot.errors import Refusal, backoff
from destination_hubspot_calls.hubspot.inputs import encode_link
from destination_hubspot_calls.hubspot.models import LinkAnswer, Problem

MAX_ATTEMPTS = 3
"""How often a link is sent that HubSpot neither confirms nor refuses, and that is not there when it is read back."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A call and a record that are to be linked, by these encoded types, because of these targets."""

    pending: PendingCall
    call_id: str
    to: str
    types: tuple[bytes, ...]
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class RefusedLink:
    """A link that could not be made. `problem` None: HubSpot does not confirm it. `is_gone`: its record is named."""

    pending: PendingCall
    targets: tuple[Target, ...]
    problem: Problem | None = None
    is_gone: bool = False


@dataclass(slots=True)
class LinksWritten:
    """What became of the links of some calls; `missing`: how many were not there and were sent."""

    refused: list[RefusedLink] = field(default_factory=list)
    missing: int = 0


class LinkWriter:
    """Writes the links of calls that exist. Threads may use it at the same time.

    The labels that are sent replace those that a pair has, so the pair's types are read first, and all of them are
    sent, or none where none is missing. `pause(seconds)` sleeps, and raises Stopped where the process is to stop.
    """

    def __init__(self, client: LinkStore, pause: Callable[[float], None], in_flight: InFlight | None = None) -> None:
        in_flight = in_flight or InFlight()
        self._client = client
        self._pause = pause
        self._reader = LinkReader(client, pause, in_flight)
        self._gatherer: Gatherer[Pair, tuple[RefusedLink, ...]] = Gatherer(self._write, MAX_LINKS, in_flight)

    def check(self, calls: Mapping[PendingCall, str], *, is_urgent: bool, turn: int | None = None) -> LinksWritten:
        """Write what is missing of links that were sent with calls, as far as they can be read. Raises HubSpotError.

        `is_urgent`: other batches wait for what it shows, so that it does not wait for theirs. `turn`: only the kind of
        record whose turn it is is looked at, and the others where that lacks a link.
        """
        written = LinksWritten()
        read = self._reader.read_alone if is_urgent else self._reader.read
        kinds = list(_pairs(calls).items())
        first = (turn or 0) % len(kinds) if kinds else 0
        for object_type, pairs in (*kinds[first:], *kinds[:first]):
            missing = _missing(pairs, read(object_type, (pair.call_id for pair in pairs)))
            if missing and self._reader.reads(object_type):
                written.missing += len(missing)
                written.refused += self._ask({object_type: missing})
            if turn is not None and not written.missing:
                break
        return written

    def write(self, calls: Mapping[PendingCall, str], *, fresh: Iterable[PendingCall] = ()) -> list[RefusedLink]:
        """Write what is missing of the links of calls with these ids; returns what is refused. Raises HubSpotError.

        `fresh`: those that were created just now and without links, so that there is nothing to read.
        """
        unlinked = set(fresh)
        wanted = _pairs(calls)
        linked = {kind: [pair for pair in pairs if pair.pending not in unlinked] for kind, pairs in wanted.items()}
        links = self._reader.read_all({kind: (pair.call_id for pair in pairs) for kind, pairs in linked.items()})
        new = {kind: [pair for pair in pairs if pair.pending in unlinked] for kind, pairs in wanted.items()}
        return self._ask({kind: [*_missing(pairs, links[kind]), *new[kind]] for kind, pairs in linked.items()})

    def _ask(self, pairs: Mapping[str, Sequence[Pair]]) -> list[RefusedLink]:
        answers = self._gatherer.ask_all(pairs)
        return [refused for of_type in answers.values() for found in of_type for refused in found]

    def _write(self, object_type: str, pairs: Sequence[Pair]) -> list[tuple[RefusedLink, ...]]:
        """Send pairs, and again those that are not confirmed and not there; of each what was refused, or nothing."""
        refused: list[RefusedLink] = []
        left = pairs
        for attempt in range(MAX_ATTEMPTS):
            silent: list[Pair] = []
            refused += self._send(object_type, left, silent)
            if silent:
                self._pause(backoff(attempt))
            left = _missing(silent, self._reader.read_alone(object_type, (pair.call_id for pair in silent)))
            if not left:
                break
        refused += [RefusedLink(pair.pending, pair.targets) for pair in left]
        by_end = {(item.pending, item.targets): item for item in refused}
        return [(by_end[end],) if (end := (pair.pending, pair.targets)) in by_end else () for pair in pairs]

    def _send(self, object_type: str, pairs: Sequence[Pair], silent: list[Pair]) -> Iterator[RefusedLink]:
        """Send pairs in one request, and in parts where it names nobody; those that it says nothing of are `silent`."""
        answer = self._answer(object_type, pairs)
        open_pairs = _unconfirmed(pairs, answer)
        for problem in answer.errors:
            raise_if_about_account(problem)
        if not answer.errors:
            silent += open_pairs
        elif len(pairs) == 1:
            yield from (_refused(pair, answer.errors[0]) for pair in open_pairs)
        elif open_pairs:
            yield from self._narrow(object_type, open_pairs, answer.errors, silent)

    def _narrow(
        self, object_type: str, pairs: Sequence[Pair], problems: Sequence[Problem], silent: list[Pair]
    ) -> Iterator[RefusedLink]:
        """Report the links that problems name; try the others again, in halves where none is named."""
        named = {pair: problem for problem in problems for pair in pairs if _is_named(pair, problem)}
        yield from (_refused(pair, problem) for pair, problem in named.items())
        rest = [pair for pair in pairs if pair not in named]
        half = len(rest) if named else (len(rest) + 1) // 2
        for group in (rest[:half], rest[half:]):
            if group:
                yield from self._send(object_type, group, silent)

    def _answer(self, object_type: str, pairs: Sequence[Pair]) -> LinkAnswer:
        try:
            return self._client.link_calls(
                object_type, [encode_link(pair.call_id, (pair.to, pair.types)) for pair in pairs]
            )
        except Refusal as refusal:
            return LinkAnswer(errors=(refusal.problem,))


def _pairs(calls: Mapping[PendingCall, str]) -> dict[str, list[Pair]]:
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for pending, call_id in calls.items():
        for (object_type, to), types in pending.link_inputs().items():
            targets = tuple(t for t in pending.targets if (t.object_type, t.id) == (object_type, to))
            pairs[object_type].append(Pair(pending, call_id, to, tuple(types), targets))
    return pairs


def _missing(pairs: Sequence[Pair], links: Mapping[str, LinksOfCall]) -> list[Pair]:
    """Those whose link lacks a type, with all the types that it is to have then."""
    missing = []
    for pair in pairs:
        there = links[pair.call_id].get(pair.to, frozenset())
        if not there.issuperset(pair.types):
            missing.append(replace(pair, types=tuple(dict.fromkeys((*sorted(there), *pair.types)))))
    return missing


def _unconfirmed(pairs: Sequence[Pair], answer: LinkAnswer) -> list[Pair]:
    """The pairs that an answer does not name as linked.

    A record may be answered under another id than the one sent: it was merged, or sent with leading zeros. So a call
    of whose pairs as many come back as were sent has them all, if no error is about any.
    """
    made: dict[str, set[str]] = defaultdict(set)
    for result in answer.results:
        made[result.from_id].add(result.to_id)
    sent: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        sent[pair.call_id].add(pair.to)
    is_complete = {call_id for call_id, ends in sent.items() if len(made[call_id]) == len(ends) and not answer.errors}
    return [pair for pair in pairs if pair.to not in made[pair.call_id] and pair.call_id not in is_complete]


def _refused(pair: Pair, problem: Problem) -> RefusedLink:
    return RefusedLink(pair.pending, pair.targets, problem, is_gone=_is_named(pair, problem))


def _is_named(pair: Pair, problem: Problem) -> bool:
    """Whether a problem names the record at the other end, as errors of this endpoint do in `id` or `ids`."""
    ids = (*problem.context.get("id", ()), *problem.context.get("ids", ()))
    return pair.to in ids or bool(named_targets(problem, pair.targets))
