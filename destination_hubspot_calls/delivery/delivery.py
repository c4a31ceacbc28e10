"""The story of one batch.

resolve links ─▶ create ─▶ accepted: done
                   ├─▶ a link is refused: again without it, or rejected, as its rule says
                   └─▶ refused or lost ─▶ read back by key ─▶ found: update it, link it, done
                                                          └─▶ not found: a refusal stands, a lost one goes again
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from destination_hubspot_calls.associations import LinkResolver, Target, Unlinkable, unknown_record
from destination_hubspot_calls.delivery.existing import Existing, ExistingCalls
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
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import DailyLimit, HubSpotError, LostAnswer, Refusal, Unavailable, backoff
from destination_hubspot_calls.hubspot.inputs import encode_create, encode_update
from destination_hubspot_calls.hubspot.models import BatchAnswer, Problem, TracedAnswer
from destination_hubspot_calls.messages import Batch, Call, LinkMiss, MissCause, Rejection
from destination_hubspot_calls.results import BatchResult, Count

Send = Callable[[list[PendingCall]], dict[PendingCall, Outcome]]
"""Sends calls in one request. Raises LostAnswer, or Refusal of them all."""

BATCH_PATIENCE = 600.0
"""Seconds that a batch is tried for while answers are lost."""
REREADS = (1.0, 2.0, 4.0)
"""Seconds before each further look for a value that is said to be taken: a fresh record may be seen late."""
NO_LINK = "no association rule could link the call, and the mapping requires one (require_association)"
IS_DELETED = (
    "a deleted call in HubSpot still holds this external id: restore it there, or wait until HubSpot has removed it"
)


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
        self._existing = ExistingCalls(client, pause)
        self._written = BatchResult()
        self._open: dict[PendingCall, KeyGroup] = {}
        self.existing = 0
        """How many calls were in HubSpot before this batch."""

    def run(self, batch: Batch, result: BatchResult | None = None) -> BatchResult:
        """Write the batch, and fill `result` meanwhile. Raises HubSpotError; the result tells what was done by then."""
        self._written = result or BatchResult(batch)
        self._open = {group.first: group for group in group_by_key(self._resolve(batch.calls))}
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
        resolved = []
        for position, targets in enumerate(self._resolver.resolve(calls, self._written.misses)):
            call = calls[position]
            if isinstance(targets, Unlinkable):
                self._written.rejections[position] = _rejection(call, targets.reason, rule=targets.rule)
            elif call.needs_link and not targets:
                self._written.rejections[position] = _rejection(call, NO_LINK)
            else:
                resolved.append(PendingCall(position, call, targets))
        return resolved

    def _round(self, calls: list[PendingCall]) -> bool:
        """Try to bring in each pending once; says whether the fate of any is unknown."""
        found = self._existing.find(calls) if self._reads_first else {}
        doubts = self._create([pending for pending in calls if pending not in found])
        found |= self._existing.find(doubts)
        refused = {
            pending: outcome.problem
            for pending, outcome in doubts.items()
            if pending not in found and isinstance(outcome, Refused)
        }
        found |= self._find_taken(refused)
        for pending, problem in refused.items():
            if pending not in found and pending in self._open:
                self._refuse(pending, problem)
        updates = self._reconcile(found)
        unknown = [pending for pending, outcome in (doubts | updates).items() if isinstance(outcome, Unknown)]
        return any(pending in self._open for pending in unknown)

    # ---- creating

    def _create(self, calls: list[PendingCall]) -> dict[PendingCall, Outcome]:
        """Create calls; those that were neither accepted nor mended are returned."""
        doubts: dict[PendingCall, Outcome] = {}
        for pending, outcome in self._send(calls, self._send_creates).items():
            if isinstance(outcome, Accepted):
                self._close(pending, Count.CREATED, linked=True)
            elif not (isinstance(outcome, Refused) and self._drop_refused_links(pending, outcome.problem)):
                doubts[pending] = outcome
                pending.answer_lost |= isinstance(outcome, Unknown)
        return doubts

    def _send_creates(self, calls: list[PendingCall]) -> dict[PendingCall, Outcome]:
        inputs = [
            encode_create(
                pending.call.properties, [(to, types) for (_, to), types in pending.link_inputs().items()], trace_id
            )
            for trace_id, pending in enumerate(calls)
        ]
        try:
            return self._answered(calls, lambda: self._client.create_calls(inputs))
        except Refusal as refusal:
            return self._separate_existing(calls, refusal)

    def _answered(
        self, calls: list[PendingCall], send: Callable[[], BatchAnswer | TracedAnswer]
    ) -> dict[PendingCall, Outcome]:
        """Send, and note whose fate the answer leaves open, or no answer tells."""
        unconfirmed = self._written.unconfirmed
        positions = {pending.position for pending in calls}
        new = positions - unconfirmed
        unconfirmed |= positions
        try:
            outcomes = _outcomes(calls, send())
        except HubSpotError as error:
            # Others say that it was not done, or come before it was sent.
            if isinstance(error, DailyLimit) or not isinstance(error, LostAnswer | Unavailable):
                unconfirmed -= new
            raise
        open_ones = {pending.position for pending, outcome in outcomes.items() if isinstance(outcome, Unknown)}
        unconfirmed -= positions - open_ones
        return outcomes

    def _separate_existing(self, calls: list[PendingCall], refusal: Refusal) -> dict[PendingCall, Outcome]:
        """Where a whole request is refused for a value that is taken: those that are there already, and the others.

        Halving would cost two requests for each of them, and after a full refresh that is every call.
        """
        there = self._existing.find(calls) if len(calls) > 1 and is_about_taken_value(refusal.problem) else {}
        if not there:
            raise refusal
        others = [pending for pending in calls if pending not in there]
        return self._isolate(others, self._send_creates) | dict.fromkeys(there, Refused(refusal.problem))

    def _send(self, calls: list[PendingCall], send: Send, *, drops_links: bool = True) -> dict[PendingCall, Outcome]:
        """Send calls, all in one request but those that need one of their own."""
        outcomes = self._isolate(
            [pending for pending in calls if not pending.send_alone], send, drops_links=drops_links
        )
        for pending in calls:
            if pending.send_alone:
                outcomes |= self._isolate([pending], send, drops_links=drops_links)
        return outcomes

    def _isolate(self, calls: list[PendingCall], send: Send, *, drops_links: bool = True) -> dict[PendingCall, Outcome]:
        """Send calls together; where HubSpot refuses the whole request, find out whom it means.

        What it names is looked for among the calls; only what names none of them is halved. `drops_links`: links
        that are refused may be dropped, and the pending is sent again without them.
        """
        outcomes: dict[PendingCall, Outcome] = {}
        while calls:
            try:
                return outcomes | send(calls)
            except LostAnswer:
                return outcomes | dict.fromkeys(calls, Unknown())
            except Refusal as refusal:
                problem = refusal.problem
            if len(calls) == 1:
                return outcomes | {calls[0]: Refused(problem)}
            named = [pending for pending in calls if _is_named_by(pending, problem)]
            if not named:
                half = len(calls) // 2
                halves = (self._isolate(part, send, drops_links=drops_links) for part in (calls[:half], calls[half:]))
                return outcomes | next(halves) | next(halves)
            stuck = {
                pending: Refused(problem)
                for pending in named
                if not (drops_links and self._drop_refused_links(pending, problem))
            }
            outcomes |= stuck
            calls = [pending for pending in calls if pending not in stuck and pending in self._open]
        return outcomes

    def _drop_refused_links(self, pending: PendingCall, problem: Problem) -> bool:
        """Take refused links off a pending where their rules allow it; it stays open, unless it needs a link."""
        named = named_targets(problem, pending.targets)
        if not named and len(pending.targets) == 1 and is_about_links(problem):
            named = list(pending.targets)
        self._resolver.forget(named)
        if not named or any(target.rule.rejects_missing for target in named):
            return False
        self._drop(pending, named)
        if pending.misses_required_link:
            self._reject(pending, NO_LINK)
        return True

    # ---- finding

    def _find_taken(self, refused: dict[PendingCall, Problem]) -> dict[PendingCall, Existing]:
        """Look again for those whose value is said to be taken; what is deleted in HubSpot is rejected as that."""
        found: dict[PendingCall, Existing] = {}
        taken = [pending for pending, problem in refused.items() if pending.key and is_about_taken_value(problem)]
        for seconds in REREADS:
            if not taken:
                return found
            self._pause(seconds)
            found |= self._existing.find(taken)
            taken = [pending for pending in taken if pending not in found]
        for pending in self._existing.find(taken, archived=True):
            self._reject(pending, IS_DELETED, detail(refused[pending]))
        return found

    # ---- what is there already

    def _reconcile(self, found: dict[PendingCall, Existing]) -> dict[PendingCall, Outcome]:
        """Update what is to be updated, link what may lack its links, close what is in; the updates' outcomes."""
        updates = self._update({pending: call.id for pending, call in found.items() if pending.call.updates})
        done = {
            pending: call.id
            for pending, call in found.items()
            if not pending.call.updates or isinstance(updates[pending], Accepted)
        }
        to_link = {
            pending: call_id for pending, call_id in done.items() if pending.call.updates or found[pending].is_young
        }
        links = LinkWriter(self._client, self._pause, to_link)
        for pending, targets, problem in links.make():
            self._refuse_link(pending, targets, problem)
        for pending in done:
            if pending in self._open:
                self._close_found(pending, linked=pending in to_link)
        return updates

    def _update(self, ids: dict[PendingCall, str]) -> dict[PendingCall, Outcome]:
        """Update calls; those that HubSpot refuses are rejected, those whose fate is unknown stay open."""
        outcomes = self._send(list(ids), lambda calls: self._send_updates(calls, ids), drops_links=False)
        for pending, outcome in outcomes.items():
            if isinstance(outcome, Refused):
                said = reason(outcome.problem, pending.call.fields)
                self._reject(pending, f"{said}; the call is in HubSpot and was left as it was", detail(outcome.problem))
        return outcomes

    def _send_updates(self, calls: list[PendingCall], ids: dict[PendingCall, str]) -> dict[PendingCall, Outcome]:
        inputs = [encode_update(ids[pending], pending.call.properties, trace) for trace, pending in enumerate(calls)]
        return self._answered(calls, lambda: self._client.update_calls(inputs))

    def _refuse_link(self, pending: PendingCall, targets: list[Target], problem: Problem) -> None:
        """A link of a call that is in HubSpot is refused: go on without it, or reject, as its rule says."""
        self._resolver.forget(targets)
        done = "was updated" if pending.call.updates else "is in HubSpot"
        needed = next((target.rule for target in targets if target.rule.rejects_missing), None)
        if needed:
            self._reject(pending, f"{unknown_record(needed)}; the call itself {done}", detail(problem), needed.place)
            return
        self._drop(pending, targets)
        if pending.misses_required_link:
            self._reject(pending, f"{NO_LINK}; the call itself {done}", detail(problem))

    # ---- ends

    def _refuse(self, pending: PendingCall, problem: Problem) -> None:
        rules = [target.rule for target in named_targets(problem, pending.targets) if target.rule.rejects_missing]
        if rules:
            self._reject(pending, unknown_record(rules[0]), detail(problem), rules[0].place)
        else:
            self._reject(pending, reason(problem, pending.call.fields), detail(problem))

    def _reject(self, pending: PendingCall, why: str, said: str = "", rule: str = "") -> None:
        if pending not in self._open:
            return
        self._written.rejections[pending.position] = _rejection(pending.call, why, said, rule)
        self._written.unconfirmed.discard(pending.position)
        self._go_on(self._open.pop(pending).refuse())

    def _close(self, pending: PendingCall, what: str, *, linked: bool) -> None:
        group = self._open.pop(pending)
        self._written.became[pending.position] = what
        self._written.unconfirmed.discard(pending.position)
        for position in group.repeated:
            self._written.became[position] = Count.REPEATED
        self._go_on(group.then)
        if linked:
            self._written.links[pending.position] = pending.links

    def _go_on(self, group: KeyGroup | None) -> None:
        if group is not None:
            self._open[group.first] = group

    def _close_found(self, pending: PendingCall, *, linked: bool) -> None:
        self.existing += not pending.answer_lost
        there = Count.CREATED if pending.answer_lost else Count.THERE
        self._close(pending, Count.UPDATED if pending.call.updates else there, linked=linked)

    def _drop(self, pending: PendingCall, targets: list[Target]) -> None:
        pending.drop(targets)
        misses = self._written.misses.setdefault(pending.position, [])
        misses += [LinkMiss(target.rule, MissCause.NOBODY, target.id) for target in targets]


def _outcomes(calls: list[PendingCall], answer: BatchAnswer | TracedAnswer) -> dict[PendingCall, Outcome]:
    keys = {pending.key: position for position, pending in enumerate(calls) if pending.key}
    outcomes = dict(zip(calls, account(answer, len(calls), keys), strict=True))
    if names_nobody(answer):
        for pending, outcome in outcomes.items():
            pending.send_alone |= isinstance(outcome, Unknown)
    return outcomes


def _rejection(call: Call, why: str, said: str = "", rule: str = "") -> Rejection:
    return Rejection(call.stream, call.name, why, call.line, rule, said)


def _is_named_by(pending: PendingCall, problem: Problem) -> bool:
    return bool(named_targets(problem, pending.targets) or named_properties(problem, pending.call.properties))
