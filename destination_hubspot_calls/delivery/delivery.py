"""The story of one batch.

resolve links ─▶ create ─▶ accepted: done
                   ├─▶ a link is refused: again without it, or rejected, as its rule says
                   └─▶ refused or lost ─▶ read back by key ─▶ found: update it, link it, done
                                                          └─▶ not found: a refusal stands, a lost one goes again
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from destination_hubspot_calls.associations import LinkResolver, Target, Unlinkable, unknown_record
from destination_hubspot_calls.delivery.linking import LinkWriter
from destination_hubspot_calls.delivery.pending import KeyGroup, PendingCall, group_by_key
from destination_hubspot_calls.delivery.refusal import (
    detail,
    is_about_links,
    is_about_taken_value,
    named_properties,
    named_targets,
    reason,
)
from destination_hubspot_calls.hubspot.accounting import Accepted, Outcome, Refused, Unknown, account, names_nobody
from destination_hubspot_calls.hubspot.batch_read import read_accounted
from destination_hubspot_calls.hubspot.client import Client, ReadResult
from destination_hubspot_calls.hubspot.errors import HubSpotError, LostAnswer, Refusal, Unavailable, backoff
from destination_hubspot_calls.hubspot.inputs import encode_create, encode_update
from destination_hubspot_calls.hubspot.models import BatchAnswer, Problem, TracedAnswer
from destination_hubspot_calls.messages import Batch, Call, LinkMiss, MissCause, Rejection
from destination_hubspot_calls.results import BatchResult, Count

Send = Callable[[list[PendingCall]], dict[PendingCall, Outcome]]
"""Sends claims in one request. Raises LostAnswer, or Refusal of them all."""

BATCH_PATIENCE = 600.0
"""Seconds that a batch is tried for while answers are lost."""
REREADS = (1.0, 2.0, 4.0)
"""Seconds before each further look for a value that is said to be taken: a fresh record may be seen late."""
RELINK_WITHIN = timedelta(hours=24)
"""A call younger than this gets its links made again: its create may have ended between the call and its links."""
NO_LINK = "no association rule could link the call, and the mapping requires one (require_association)"
IS_DELETED = (
    "a deleted call in HubSpot still holds this external id: restore it there, or wait until HubSpot has removed it"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A call that is in HubSpot; `young`: its links may not have been made."""

    id: str
    young: bool


class Delivery:
    """Brings one batch in, round by round, until each call is in HubSpot or rejected."""

    def __init__(
        self,
        client: Client,
        resolver: LinkResolver,
        *,
        pause: Callable[[float], None],
        clock: Callable[[], float],
        reads_first: bool,
    ) -> None:
        self._client = client
        self._resolver = resolver
        self._pause = pause
        self._clock = clock
        self._reads_first = reads_first
        self._written = BatchResult()
        self._open: dict[PendingCall, KeyGroup] = {}
        self.existing = 0
        """How many calls were in HubSpot before this batch."""

    def run(self, batch: Batch, result: BatchResult | None = None) -> BatchResult:
        """Write the batch, and fill `result` meanwhile. Raises HubSpotError; the result tells what was done by then."""
        self._written = result or BatchResult(batch)
        self._open = {group.claim: group for group in group_by_key(self._resolve(batch.calls))}
        deadline = self._clock() + BATCH_PATIENCE
        attempt = 0
        while self._open:
            if self._round(list(self._open)):
                seconds = backoff(attempt)
                attempt += 1
                if self._clock() + seconds > deadline:
                    raise Unavailable("HubSpot does not account for calls that were sent to it: run the sync again")
                self._pause(seconds)
        return self._written

    def _resolve(self, calls: Sequence[Call]) -> list[PendingCall]:
        claims = []
        for position, targets in enumerate(self._resolver.resolve(calls, self._written.misses)):
            call = calls[position]
            if isinstance(targets, Unlinkable):
                self._written.rejections[position] = _rejection(call, targets.reason, rule=targets.rule)
            elif call.needs_link and not targets:
                self._written.rejections[position] = _rejection(call, NO_LINK)
            else:
                claims.append(PendingCall(position, call, targets))
        return claims

    def _round(self, claims: list[PendingCall]) -> bool:
        """Try to bring in each claim once; says whether the fate of any is unknown."""
        found = self._find(claims) if self._reads_first else {}
        doubts = self._create([claim for claim in claims if claim not in found])
        found |= self._find(doubts)
        refused = {
            claim: outcome.problem
            for claim, outcome in doubts.items()
            if claim not in found and isinstance(outcome, Refused)
        }
        found |= self._find_taken(refused)
        for claim, problem in refused.items():
            if claim not in found and claim in self._open:
                self._refuse(claim, problem)
        updates = self._reconcile(found)
        unknown = [claim for claim, outcome in (doubts | updates).items() if isinstance(outcome, Unknown)]
        return any(claim in self._open for claim in unknown)

    # ---- creating

    def _create(self, claims: list[PendingCall]) -> dict[PendingCall, Outcome]:
        """Create calls; those that were neither accepted nor mended are returned."""
        doubts: dict[PendingCall, Outcome] = {}
        for claim, outcome in self._send(claims, self._send_creates).items():
            if isinstance(outcome, Accepted):
                self._close(claim, Count.CREATED, linked=True)
            elif not (isinstance(outcome, Refused) and self._drop_refused_links(claim, outcome.problem)):
                doubts[claim] = outcome
                claim.answer_lost |= isinstance(outcome, Unknown)
        return doubts

    def _send_creates(self, claims: list[PendingCall]) -> dict[PendingCall, Outcome]:
        inputs = [
            encode_create(
                claim.call.properties, [(to, types) for (_, to), types in claim.link_inputs().items()], trace_id
            )
            for trace_id, claim in enumerate(claims)
        ]
        try:
            return self._answered(claims, lambda: self._client.create_calls(inputs))
        except Refusal as refusal:
            return self._separate_existing(claims, refusal)

    def _answered(
        self, claims: list[PendingCall], send: Callable[[], BatchAnswer | TracedAnswer]
    ) -> dict[PendingCall, Outcome]:
        """Send, and note whose fate the answer leaves open, or no answer tells."""
        unconfirmed = self._written.unconfirmed
        positions = {claim.position for claim in claims}
        new = positions - unconfirmed
        unconfirmed |= positions
        try:
            outcomes = _outcomes(claims, send())
        except (LostAnswer, Unavailable):
            raise
        except HubSpotError:
            unconfirmed -= new
            raise
        open_ones = {claim.position for claim, outcome in outcomes.items() if isinstance(outcome, Unknown)}
        unconfirmed -= positions - open_ones
        return outcomes

    def _separate_existing(self, claims: list[PendingCall], refusal: Refusal) -> dict[PendingCall, Outcome]:
        """Where a whole request is refused for a value that is taken: those that are there already, and the others.

        Halving would cost two requests for each of them, and after a full refresh that is every call.
        """
        there = self._find(claims) if len(claims) > 1 and is_about_taken_value(refusal.problem) else {}
        if not there:
            raise refusal
        others = [claim for claim in claims if claim not in there]
        return self._isolate(others, self._send_creates) | dict.fromkeys(there, Refused(refusal.problem))

    def _send(self, claims: list[PendingCall], send: Send, *, drops_links: bool = True) -> dict[PendingCall, Outcome]:
        """Send claims, all in one request but those that need one of their own."""
        outcomes = self._isolate([claim for claim in claims if not claim.send_alone], send, drops_links=drops_links)
        for claim in claims:
            if claim.send_alone:
                outcomes |= self._isolate([claim], send, drops_links=drops_links)
        return outcomes

    def _isolate(
        self, claims: list[PendingCall], send: Send, *, drops_links: bool = True
    ) -> dict[PendingCall, Outcome]:
        """Send claims together; where HubSpot refuses the whole request, find out whom it means.

        What it names is looked for among the claims; only what names none of them is halved. `drops_links`: links
        that are refused may be dropped, and the claim is sent again without them.
        """
        outcomes: dict[PendingCall, Outcome] = {}
        while claims:
            try:
                return outcomes | send(claims)
            except LostAnswer:
                return outcomes | dict.fromkeys(claims, Unknown())
            except Refusal as refusal:
                problem = refusal.problem
            if len(claims) == 1:
                return outcomes | {claims[0]: Refused(problem)}
            named = [claim for claim in claims if _is_named_by(claim, problem)]
            if not named:
                half = len(claims) // 2
                halves = (self._isolate(part, send, drops_links=drops_links) for part in (claims[:half], claims[half:]))
                return outcomes | next(halves) | next(halves)
            stuck = {
                claim: Refused(problem)
                for claim in named
                if not (drops_links and self._drop_refused_links(claim, problem))
            }
            outcomes |= stuck
            claims = [claim for claim in claims if claim not in stuck and claim in self._open]
        return outcomes

    def _drop_refused_links(self, claim: PendingCall, problem: Problem) -> bool:
        """Take refused links off a claim where their rules allow it; it stays open, unless it needs a link."""
        named = named_targets(problem, claim.targets)
        if not named and len(claim.targets) == 1 and is_about_links(problem):
            named = list(claim.targets)
        self._resolver.forget(named)
        if not named or any(target.rule.rejects_missing for target in named):
            return False
        self._drop(claim, named)
        if claim.misses_required_link:
            self._reject(claim, NO_LINK)
        return True

    # ---- finding

    def _find(self, claims: Iterable[PendingCall], *, archived: bool = False) -> dict[PendingCall, Found]:
        """The claims whose call is in HubSpot: the value read equals the key, character by character."""
        found: dict[PendingCall, Found] = {}
        for name, group in _by_property(claims).items():
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

    def _find_taken(self, refused: dict[PendingCall, Problem]) -> dict[PendingCall, Found]:
        """Look again for those whose value is said to be taken; what is deleted in HubSpot is rejected as that."""
        found: dict[PendingCall, Found] = {}
        taken = [claim for claim, problem in refused.items() if claim.key and is_about_taken_value(problem)]
        for seconds in REREADS:
            if not taken:
                return found
            self._pause(seconds)
            found |= self._find(taken)
            taken = [claim for claim in taken if claim not in found]
        for claim in self._find(taken, archived=True):
            self._reject(claim, IS_DELETED, detail(refused[claim]))
        return found

    # ---- what is there already

    def _reconcile(self, found: dict[PendingCall, Found]) -> dict[PendingCall, Outcome]:
        """Update what is to be updated, link what may lack its links, close what is in; the updates' outcomes."""
        updates = self._update({claim: call.id for claim, call in found.items() if claim.call.updates})
        done = {
            claim: call.id
            for claim, call in found.items()
            if not claim.call.updates or isinstance(updates[claim], Accepted)
        }
        to_link = {claim: call_id for claim, call_id in done.items() if claim.call.updates or found[claim].young}
        links = LinkWriter(self._client, self._pause, to_link)
        for claim, targets, problem in links.make():
            self._refuse_link(claim, targets, problem)
        for claim in done:
            if claim in self._open:
                self._close_found(claim, linked=claim in to_link)
        return updates

    def _update(self, ids: dict[PendingCall, str]) -> dict[PendingCall, Outcome]:
        """Update calls; those that HubSpot refuses are rejected, those whose fate is unknown stay open."""
        outcomes = self._send(list(ids), lambda claims: self._send_updates(claims, ids), drops_links=False)
        for claim, outcome in outcomes.items():
            if isinstance(outcome, Refused):
                said = reason(outcome.problem, claim.call.fields)
                self._reject(claim, f"{said}; the call is in HubSpot and was left as it was", detail(outcome.problem))
        return outcomes

    def _send_updates(self, claims: list[PendingCall], ids: dict[PendingCall, str]) -> dict[PendingCall, Outcome]:
        inputs = [encode_update(ids[claim], claim.call.properties, trace) for trace, claim in enumerate(claims)]
        return self._answered(claims, lambda: self._client.update_calls(inputs))

    def _refuse_link(self, claim: PendingCall, targets: list[Target], problem: Problem) -> None:
        """A link of a call that is in HubSpot is refused: go on without it, or reject, as its rule says."""
        self._resolver.forget(targets)
        done = "was updated" if claim.call.updates else "is in HubSpot"
        needed = next((target.rule for target in targets if target.rule.rejects_missing), None)
        if needed:
            self._reject(claim, f"{unknown_record(needed)}; the call itself {done}", detail(problem), needed.place)
            return
        self._drop(claim, targets)
        if claim.misses_required_link:
            self._reject(claim, f"{NO_LINK}; the call itself {done}", detail(problem))

    # ---- ends

    def _refuse(self, claim: PendingCall, problem: Problem) -> None:
        rules = [target.rule for target in named_targets(problem, claim.targets) if target.rule.rejects_missing]
        if rules:
            self._reject(claim, unknown_record(rules[0]), detail(problem), rules[0].place)
        else:
            self._reject(claim, reason(problem, claim.call.fields), detail(problem))

    def _reject(self, claim: PendingCall, why: str, said: str = "", rule: str = "") -> None:
        if claim not in self._open:
            return
        self._written.rejections[claim.position] = _rejection(claim.call, why, said, rule)
        self._written.unconfirmed.discard(claim.position)
        group = self._open.pop(claim)
        if group.refuse():
            self._open[group.claim] = group

    def _close(self, claim: PendingCall, what: str, *, linked: bool) -> None:
        group = self._open.pop(claim)
        self._written.became[claim.position] = what
        self._written.unconfirmed.discard(claim.position)
        for position in group.repeated:
            self._written.became[position] = Count.REPEATED
        if linked:
            self._written.links[claim.position] = claim.links

    def _close_found(self, claim: PendingCall, *, linked: bool) -> None:
        self.existing += not claim.answer_lost
        there = Count.CREATED if claim.answer_lost else Count.THERE
        self._close(claim, Count.UPDATED if claim.call.updates else there, linked=linked)

    def _drop(self, claim: PendingCall, targets: list[Target]) -> None:
        claim.drop(targets)
        misses = self._written.misses.setdefault(claim.position, [])
        misses += [LinkMiss(target.rule, MissCause.NOBODY, target.id) for target in targets]


def _outcomes(claims: list[PendingCall], answer: BatchAnswer | TracedAnswer) -> dict[PendingCall, Outcome]:
    keys = {claim.key: position for position, claim in enumerate(claims) if claim.key}
    outcomes = dict(zip(claims, account(answer, len(claims), keys), strict=True))
    if names_nobody(answer):
        for claim, outcome in outcomes.items():
            claim.send_alone |= isinstance(outcome, Unknown)
    return outcomes


def _rejection(call: Call, why: str, said: str = "", rule: str = "") -> Rejection:
    return Rejection(call.stream, call.name, why, call.line, rule, said)


def _is_named_by(claim: PendingCall, problem: Problem) -> bool:
    return bool(named_targets(problem, claim.targets) or named_properties(problem, claim.call.properties))


def _by_property(claims: Iterable[PendingCall]) -> dict[str, dict[str, PendingCall]]:
    groups: dict[str, dict[str, PendingCall]] = defaultdict(dict)
    for claim in claims:
        if claim.key:
            groups[claim.key.property][claim.key.value] = claim
    return groups


def _matches(name: str, group: dict[str, PendingCall], reading: ReadResult) -> dict[PendingCall, Found]:
    now = reading.date or datetime.now(timezone.utc)
    return {
        group[value]: Found(result.id, _is_young(result.created_at, now))
        for result in reading.results
        if (value := result.properties.get(name)) in group and value is not None
    }


def _is_young(created_at: str, now: datetime) -> bool:
    """Whether a call was created within a day of HubSpot's `now`; one whose date cannot be read counts as young."""
    try:
        created = datetime.fromisoformat(created_at.replace("Z", "+00:00"))
    except ValueError:
        return True
    if created.tzinfo is None:
        created = created.replace(tzinfo=timezone.utc)
    return now - created < RELINK_WITHIN
