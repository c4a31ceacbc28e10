"""The story of one batch.

resolve links ─▶ (most exist: upsert, or look by key first)
   ▼
create ─▶ accepted ─▶ done; the links of some batches are read back
   ├─▶ a link is refused ─▶ again without it, or rejected, as its rule says
   └─▶ refused or lost ─▶ look by key ─▶ found: update what differs, write missing links, done
                             └─▶ not found ─▶ refused: rejected, or the account's fault: the sync ends
                                          └─▶ lost, or silence: again, with fewer others each time; what stays so alone
                                              is rejected
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from weakref import proxy

from destination_hubspot_calls.associations import Unlinkable, unknown_record
from destination_hubspot_calls.delivery.account_fault import ALL_REFUSED_TOGETHER, raise_if_all_refused, spread
from destination_hubspot_calls.delivery.changes import changes
from destination_hubspot_calls.delivery.creating import may_share
from destination_hubspot_calls.delivery.existing import Existing
from destination_hubspot_calls.delivery.first_step import FirstStep, Seen
from destination_hubspot_calls.delivery.likeness import Likenesses
from destination_hubspot_calls.delivery.linking import RefusedLink
from destination_hubspot_calls.delivery.pending import KeyGroup, Outcomes, PendingCall, group_by_key, in_requests
from destination_hubspot_calls.delivery.refusal import (
    detail,
    is_about_links,
    is_about_taken_value,
    lacks_required,
    named_properties,
    named_targets,
    names_no_cause,
    raise_if_about_account,
    reason,
    reasons,
)
from destination_hubspot_calls.delivery.shared import Shared
from destination_hubspot_calls.delivery.unlinking import NO_LINK, Unlinker
from destination_hubspot_calls.delivery.updating import MAX_SHARED, Update, send_updates
from destination_hubspot_calls.hubspot.accounting import (
    SILENCE,
    Accepted,
    Outcome,
    Refused,
    Unknown,
)
from destination_hubspot_calls.hubspot.errors import (
    DailyLimit,
    HubSpotError,
    LostAnswer,
    Refusal,
    Unavailable,
    Unexpected,
    backoff,
)
from destination_hubspot_calls.hubspot.inputs import encode_upsert
from destination_hubspot_calls.hubspot.models import Problem
from destination_hubspot_calls.messages import Batch, Call, Reason, Rejection
from destination_hubspot_calls.results import BatchResult, Count, counted

Send = Callable[[list[PendingCall]], Outcomes]
"""Sends calls in one request. Raises LostAnswer, or Refusal of them all."""

BATCH_PATIENCE = 600.0
"""Seconds that a batch is tried for while answers are lost."""
MAX_LOST_REQUESTS = 2
"""Lost answers of one batch whose calls have no key: each may have created them, and nothing can be looked up."""
LOST_PAUSE = 5.0
"""Seconds before such a batch is sent again."""
WELL = 2
"""After so many tries waits grow no longer (4 s) where HubSpot answers and takes others."""
REREADS = (1.0, 2.0, 4.0)
"""Seconds before each further look for a value that is said to be taken: a fresh record may be seen late."""
FIREWALL = "a firewall or proxy on the way to HubSpot turns it away for what is in it"
IS_DELETED = (
    "a deleted call in HubSpot still holds this external id: restore it there, or wait until HubSpot has removed it"
)


class Delivery:
    """Brings one batch in, round by round, until each call is in HubSpot or rejected."""

    def __init__(self, shared: Shared, first_step: FirstStep = FirstStep.CREATE) -> None:
        self._shared = shared
        self._first_step = first_step
        self._client = shared.client
        self._resolver = shared.resolver
        self._existing = shared.existing
        self._pause = shared.pause
        self._written = BatchResult()
        self._calls: list[PendingCall] = []
        self._open: dict[PendingCall, KeyGroup] = {}
        self._created: dict[PendingCall, str] = {}
        """Those with links that this batch created, with their records' ids."""
        self._unlinker = self._new_unlinker()
        self._alike: Likenesses | None = None
        self._arrived = 0
        """How many calls answers confirmed so far."""
        self._lost_requests = 0
        self._has_looked = False
        """Whether a refusal that names no cause was a reason to look what exists."""
        self.seen = Seen()
        """What this batch shows for those after it."""
        self.refuses_upserts = False

    def run(self, batch: Batch, result: BatchResult | None = None) -> BatchResult:
        """Write the batch, and fill `result` meanwhile. Raises HubSpotError; the result tells what was done by then."""
        self._written = result or BatchResult(batch)
        self._unlinker = self._new_unlinker()
        self._calls = self._resolve(batch.calls)
        for group in group_by_key(self._calls):
            self._go_on(group)
        self.seen.keyed = sum(pending.key is not None for pending in self._open)
        deadline, attempt = self._shared.clock() + BATCH_PATIENCE, -1
        try:
            while self._open:
                settled = len(self._written.became)
                is_any_lost = self._round(self._next())
                attempt = 0 if len(self._written.became) > settled else attempt + 1
                if is_any_lost:
                    self._wait(attempt, deadline)
        finally:
            self._shared.troubles.end(id(self))
        return self._written

    def audit(self) -> None:
        """Read back the links of the calls that were created, where it is this batch's turn. Raises HubSpotError."""
        audit = self._shared.audit
        if not self._created or not audit.picks():
            return
        missing: int | None = None
        try:
            written = self._shared.links.check(self._created, is_urgent=not audit.distrusts, turn=audit.turn)
            missing = written.missing
        finally:
            audit.judge(missing)
        for refused in written.refused:
            self._take_back(refused)

    def _new_unlinker(self) -> Unlinker:
        # Weakly: else a batch that is done would be in memory until the collector finds the circle.
        this = proxy(self)

        def reject(pending: PendingCall) -> None:
            this.reject_unlinked(pending)

        return Unlinker(self._shared, self._written.misses, reject)

    def reject_unlinked(self, pending: PendingCall) -> None:
        """A call needs a link and has none any more."""
        self._reject(pending, NO_LINK)

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

    # ---- rounds

    def _next(self) -> list[PendingCall]:
        """Those whose turn it is: all, but one request's while nothing shows that HubSpot takes any call."""
        calls = list(self._open)
        least = min(calls, key=lambda pending: pending.losses)
        if not least.is_narrowed or self._arrived:
            return calls
        return [pending for pending in calls if (pending.room, pending.losses) == (least.room, least.losses)][
            : least.room
        ]

    def _round(self, calls: list[PendingCall]) -> bool:
        """Try to bring in each call once; says whether the fate of any is unknown."""
        arrived = self._arrived
        calls = self._give_up([pending for pending in calls if pending.is_hopeless], calls)
        if self._first_step is FirstStep.UPSERT:
            calls = self._upsert(calls)
        found = {} if self._first_step is FirstStep.CREATE else self._existing.find_shared(calls)
        doubts = self._create([pending for pending in calls if pending not in found])
        found |= self._existing.find_shared(doubts)
        refused = {p: o.problem for p, o in doubts.items() if p not in found and isinstance(o, Refused)}
        found |= self._find_taken(refused)
        refused = {p: problem for p, problem in refused.items() if p not in found and p in self._open}
        if self._arrived == arrived:
            raise_if_all_refused({pending: doubts[pending] for pending in refused}, ALL_REFUSED_TOGETHER)
        for pending, problem in refused.items():
            self._refuse(pending, problem)
        lost = doubts | self._reconcile(found)
        return self._note_lost(lost, others_arrived=self._arrived > arrived)

    def _note_lost(self, outcomes: Outcomes, *, others_arrived: bool) -> bool:
        lost = [(p, o) for p, o in outcomes.items() if isinstance(o, Unknown) and p in self._open]
        for pending, outcome in lost:
            if outcome.is_blocked and self._existing.blocks(pending):
                self._reject(pending, f"{outcome.why} to the call, and to looking up its key: {FIREWALL}")
                continue
            pending.lose(outcome.why, is_silent=outcome.why == SILENCE, is_blocked=outcome.is_blocked)
        for pending in self._open if others_arrived else ():
            pending.see_others_arrive()
        return bool(lost)

    def _wait(self, attempt: int, deadline: float) -> None:
        """Wait before the next round. Where that takes too long: Unavailable, or the one call left is given up."""
        may_copy = any(pending.may_copy and not pending.was_silent for pending in self._open if pending.answer_lost)
        why = next((pending.why_lost for pending in self._open if pending.why_lost), SILENCE)
        is_well = why == SILENCE and self._arrived > 0
        seconds = backoff(min(attempt, WELL) if is_well else attempt, LOST_PAUSE if may_copy else 0.0)
        if self._shared.clock() + seconds <= deadline:
            if why != SILENCE:
                self._shared.troubles.note(id(self), "creating calls", why, attempt + 2, seconds)
            self._pause(seconds)
            return
        lost = list(self._open)
        if len(lost) > 1:
            took = self._shared.clock() - deadline + BATCH_PATIENCE
            tries = f"{attempt + 1} tries in {took:.0f} s"
            raise Unavailable(f"{lost[0].why_lost or SILENCE}, again and again: {tries}: run the sync again later")
        self._give_up(lost, lost)

    def _give_up(self, hopeless: list[PendingCall], calls: list[PendingCall]) -> list[PendingCall]:
        """Reject those that a last look does not find, or finds without their update; the others of `calls`."""
        keyless = [pending for pending in hopeless if pending.may_copy]
        if len(keyless) > 1 and not self._arrived:
            raise Unavailable(f"{SILENCE}, for any of a batch: {_copies(len(keyless), keyless[0].losses)}")
        found = self._existing.find(hopeless) if hopeless else {}
        for pending in hopeless:
            existing = found.get(pending)
            if existing is None:
                copies = f"; it may be in HubSpot up to {counted(pending.losses, 'time')}" if pending.may_copy else ""
                self._reject(pending, f"{pending.why_lost}, however often it is sent{copies}")
            elif pending.call.updates and self._changes(pending, existing):
                self._reject(pending, f"{pending.why_lost}; the call is in HubSpot, its update is not confirmed")
        return [pending for pending in calls if pending in self._open]

    # ---- creating

    def _create(self, calls: list[PendingCall]) -> Outcomes:
        """Create calls; those that were neither accepted nor sent on without a refused link are returned."""
        doubts: Outcomes = {}
        outcomes = {} if self._first_step is FirstStep.CREATE else self._create_shared(calls)
        left = [pending for pending in calls if pending not in outcomes]
        for pending, outcome in (outcomes | self._send(left, self._send_creates)).items():
            final = (
                self._unlinker.settle(pending, outcome.problem, self._create_alone)
                if isinstance(outcome, Refused)
                else outcome
            )
            if isinstance(final, Accepted):
                self._close(pending, Count.CREATED, linked=True)
                if pending.targets and final.id:
                    self._created[pending] = final.id
            elif final is not None:
                doubts[pending] = final
                pending.answer_lost |= isinstance(final, Unknown)
        return doubts

    def _create_shared(self, calls: list[PendingCall]) -> Outcomes:
        """Create what a look has left of a batch together with others' calls; what that leaves open is not returned."""
        shared = may_share(calls)
        return self._answered(shared, lambda: self._shared.creates.send(shared)) if shared else {}

    def _send_creates(self, calls: list[PendingCall]) -> Outcomes:
        try:
            return self._answered(calls, lambda: self._shared.creates.alone.send(calls))
        except Refusal as refusal:
            return self._separate_existing(calls, refusal)

    def _create_alone(self, pending: PendingCall) -> Outcome:
        return self._isolate([pending], self._send_creates, drops_links=False)[pending]

    def _separate_existing(self, calls: list[PendingCall], refusal: Refusal) -> Outcomes:
        """Where a whole request may be refused for a value that is taken: those that exist already, and the others.

        Halving would cost two requests for each of them, and after a full refresh that is every call. HubSpot's words
        are no proof, so a first refusal that names no cause is a reason to look, too.
        """
        is_taken = is_about_taken_value(refusal.problem)
        is_reason = is_taken or (names_no_cause(refusal.problem) and not self._has_looked)
        if len(calls) == 1 or not is_reason:
            raise refusal
        self._has_looked = True
        there: Iterable[PendingCall] = self._existing.find(calls)
        if not there and is_taken:
            there = self._find_respelled(calls, refusal.problem) or self._existing.find(calls, archived=True)
        taken: Outcomes = {pending: Refused(refusal.problem) for pending in there}
        if not taken:
            raise refusal
        self.seen.clashed = True
        return self._isolate([pending for pending in calls if pending not in taken], self._send_creates) | taken

    def _find_respelled(self, calls: list[PendingCall], problem: Problem) -> dict[PendingCall, Existing]:
        """Those that exist, if HubSpot turns out to spell unique values in its own way."""
        return self._existing.find(calls) if self._existing.find_holders(calls, [problem]) else {}

    # ---- requests

    def _send(self, calls: list[PendingCall], send: Send, *, drops_links: bool = True) -> Outcomes:
        """Send calls, together as far as each has room for others."""
        outcomes: Outcomes = {}
        for group in in_requests(calls):
            outcomes |= self._isolate(group, send, drops_links=drops_links)
        return outcomes

    def _isolate(self, calls: list[PendingCall], send: Send, *, drops_links: bool = True) -> Outcomes:
        """Send calls together; where HubSpot refuses the whole request, find out whom it means.

        What it names is looked for among the calls; only what names none of them is halved. `drops_links`: links
        that are refused may be dropped, and the call is sent again without them.
        """
        outcomes: Outcomes = {}
        groups = [calls] if calls else []
        while groups:
            group = groups.pop()
            if drops_links and self._unlinker.knows_gone:
                group = [p for p in group if not self._unlinker.drop_gone(p) or p in self._open]
            try:
                outcomes |= send(group) if group else {}
            except LostAnswer as lost:
                self._count_lost(group, lost)
                outcomes |= dict.fromkeys(group, Unknown(str(lost), lost.is_blocked))
            except Refusal as refusal:
                groups += self._narrow(group, refusal.problem, outcomes, drops_links=drops_links)
                groups = spread(groups, outcomes)
        return outcomes

    def _narrow(
        self, calls: list[PendingCall], problem: Problem, outcomes: Outcomes, *, drops_links: bool
    ) -> list[list[PendingCall]]:
        """What is to be sent after a refusal of all: those that it does not mean, or halves where that is not known."""
        raise_if_about_account(problem)
        if len(calls) == 1:
            outcome = self._unlinker.settle(calls[0], problem, self._create_alone) if drops_links else Refused(problem)
            if self._alike and lacks_required(problem, calls[0].call.properties):
                self._alike.note(calls[0])
            outcomes |= {calls[0]: outcome} if outcome else {}
            return [] if outcome or calls[0] not in self._open else [calls]
        named = [pending for pending in calls if _is_named_by(pending, problem)]
        for pending in named:
            if not (drops_links and self._unlinker.drop_named(pending, problem)):
                outcomes[pending] = Refused(problem)
        if named:
            return [[pending for pending in calls if pending not in outcomes and pending in self._open]]
        lacking = [pending for pending in calls if lacks_required(problem, pending.call.properties)]
        if lacking:
            others = [pending for pending in calls if pending not in lacking]
            return [*self._by_likeness(lacking, problem, outcomes), *([others] if others else [])]
        half = (len(calls) + 1) // 2
        return [calls[half:], calls[:half]]

    def _by_likeness(self, calls: list[PendingCall], problem: Problem, outcomes: Outcomes) -> list[list[PendingCall]]:
        """What is to be sent of calls that lack a value, which the account requires of some: it depends on another's.

        Those that are alike are judged by one of them.
        """
        alike = self._alike = self._alike or Likenesses(self._calls)
        groups = alike.groups(calls)
        if len(groups) > 1:
            return groups
        if alike.is_noted(calls[0]):
            outcomes |= dict.fromkeys(calls, Refused(problem))
            return []
        return [calls[1:], calls[:1]]

    def _answered(self, calls: list[PendingCall], send: Callable[[], Outcomes]) -> Outcomes:
        """Send, and note whose fate the answer leaves open, or no answer tells."""
        unconfirmed = self._written.unconfirmed
        positions = {pending.position for pending in calls}
        new = positions - unconfirmed
        unconfirmed |= positions
        for pending in calls:
            pending.sent_with = len(calls)
        try:
            outcomes = send()
        except HubSpotError as error:
            # Others say that it was not done, or come before it was sent.
            if isinstance(error, DailyLimit) or not isinstance(error, LostAnswer | Unavailable):
                unconfirmed -= new
            raise
        unconfirmed -= positions - {p.position for p, outcome in outcomes.items() if isinstance(outcome, Unknown)}
        self._arrived += sum(isinstance(outcome, Accepted) for outcome in outcomes.values())
        return outcomes

    def _count_lost(self, calls: list[PendingCall], lost: LostAnswer) -> None:
        """Without a key nothing tells whether a lost request created its calls: it is not sent for ever."""
        keyless = 0 if lost.is_blocked else sum(pending.key is None for pending in calls)
        self._lost_requests += keyless > 0
        if keyless and self._lost_requests >= MAX_LOST_REQUESTS:
            raise Unavailable(f"{lost}, twice for one batch: {_copies(keyless, MAX_LOST_REQUESTS)}")

    # ---- what is there already

    def _find_taken(self, refused: Mapping[PendingCall, Problem]) -> dict[PendingCall, Existing]:
        """Look again for those whose value is said to be taken; what is deleted in HubSpot is rejected as that."""
        taken = [p for p, problem in refused.items() if p.key and is_about_taken_value(problem)]
        if not taken:
            return {}
        held = self._existing.find_holders([*self._calls, *taken], [refused[pending] for pending in taken])
        found = {pending: existing for pending, existing in held.items() if pending in taken}
        for seconds in REREADS:
            taken = [pending for pending in taken if pending not in found]
            if not taken:
                return found
            self._pause(seconds)
            found |= self._existing.find(taken)
        taken = [pending for pending in taken if pending not in found]
        for pending in self._existing.find(taken, archived=True):
            self._reject(pending, IS_DELETED, detail(refused[pending]))
        return found

    def _reconcile(self, found: dict[PendingCall, Existing]) -> Outcomes:
        """Update what differs, write links that may be missing, close what is in; the updates' outcomes.

        The values that were read are dropped once they are compared: batches wait for requests of links to fill.
        """
        differing = {p: self._changes(p, existing) for p, existing in found.items() if p.call.updates}
        found |= {p: Existing(existing.id, existing.is_young) for p, existing in found.items()}
        updates = self._update({p: found[p].id for p, changed in differing.items() if changed}, differing)
        done = {p: existing.id for p, existing in found.items() if isinstance(updates.get(p, Accepted()), Accepted)}
        to_link = {p: call_id for p, call_id in done.items() if p.call.updates or found[p].is_young}
        for refused in self._shared.links.write(to_link):
            self._refuse_link(refused)
        self._note_seen(done, len(differing), sum(map(bool, differing.values())))
        for pending in done:
            if pending in self._open:
                if changed := differing.get(pending):
                    self._written.changes[pending.position] = tuple(changed)
                self._close(pending, self._became(pending, found[pending], differing), linked=pending in to_link)
        return updates

    def _changes(self, pending: PendingCall, existing: Existing) -> dict[str, str]:
        return changes(pending.call, existing.held, self._shared.kinds)

    def _became(
        self, pending: PendingCall, existing: Existing, differing: Mapping[PendingCall, Mapping[str, str]]
    ) -> str:
        if pending.call.updates:
            return Count.UPDATED if differing[pending] or pending.answer_lost else Count.UNCHANGED
        return Count.CREATED if pending.answer_lost and existing.is_young else Count.THERE

    def _note_seen(self, done: Iterable[PendingCall], compared: int, changed: int) -> None:
        self.seen.existing += sum(not pending.answer_lost for pending in done)
        if compared:
            self.seen.changed = (self.seen.changed or 0) + changed

    def _update(self, ids: dict[PendingCall, str], properties: Mapping[PendingCall, Mapping[str, str]]) -> Outcomes:
        """Update calls; those that HubSpot refuses are rejected, those whose fate is unknown stay open."""

        def send(calls: list[PendingCall]) -> Outcomes:
            updates = [Update(pending, ids[pending], properties[pending]) for pending in calls]
            return self._answered(calls, lambda: self._send_updates(updates))

        shared = [Update(pending, ids[pending], properties[pending]) for pending in ids if not pending.is_narrowed]
        outcomes: Outcomes = {}
        if 0 < len(shared) <= MAX_SHARED:
            outcomes = self._answered([u.pending for u in shared], lambda: self._shared.updates.send(shared))
        outcomes |= self._send([pending for pending in ids if pending not in outcomes], send, drops_links=False)
        for pending, outcome in outcomes.items():
            if isinstance(outcome, Refused):
                said = reason(outcome.problem, pending.call.fields)
                single = reasons(outcome.problem, pending.call)
                words = f"{said}; the call is in HubSpot and was left as it was"
                self._reject(pending, words, detail(outcome.problem), single=single)
        return outcomes

    def _send_updates(self, updates: Sequence[Update]) -> Outcomes:
        pending = [update.pending for update in updates]
        outcomes = dict(zip(pending, send_updates(self._client, updates), strict=True))
        raise_if_all_refused(outcomes, ALL_REFUSED_TOGETHER)
        return outcomes

    def _upsert(self, calls: list[PendingCall]) -> list[PendingCall]:
        """Create or update calls in one step; those that this does not settle go the usual way, and are returned."""
        chosen = [pending for pending in calls if pending.may_upsert]
        settled = self._send_upserts(chosen) if chosen else {}
        accepted = {p: outcome for p, outcome in settled.items() if isinstance(outcome, Accepted) and outcome.id}
        for pending in settled.keys() - accepted.keys():
            pending.answer_lost |= isinstance(settled[pending], Unknown)
        self._settle_upserted(accepted)
        return [pending for pending in calls if pending not in accepted]

    def _send_upserts(self, calls: list[PendingCall]) -> Outcomes:
        try:
            return self._answered(calls, lambda: self._send_upsert(calls))
        except LostAnswer as lost:
            return dict.fromkeys(calls, Unknown(str(lost)))
        except Unexpected:  # it does not know the endpoint
            self.refuses_upserts = True
        except Refusal as refusal:
            raise_if_about_account(refusal.problem)
            self.refuses_upserts = not any(_is_named_by(pending, refusal.problem) for pending in calls)
        self._first_step = FirstStep.READ
        return {}

    def _send_upsert(self, calls: list[PendingCall]) -> Outcomes:
        return self._shared.creates.alone.accounted(calls, self._client.upsert_calls(_upserts(calls)))

    def _settle_upserted(self, accepted: Mapping[PendingCall, Accepted]) -> None:
        fresh = [pending for pending, outcome in accepted.items() if outcome.is_new and not pending.answer_lost]
        ids = {pending: outcome.id for pending, outcome in accepted.items()}
        for refused in self._shared.links.write(ids, fresh=fresh):
            self._refuse_link(refused)
        self.seen.existing += len(accepted) - len(fresh)
        for pending, outcome in accepted.items():
            if pending in self._open:
                self._close(pending, Count.CREATED if outcome.is_new else Count.UPDATED, linked=True)

    # ---- links that are refused of calls that are in HubSpot

    def _refuse_link(self, refused: RefusedLink) -> None:
        """Go on without it, or reject, as its rule says."""
        pending = refused.pending
        why = self._unlinker.rejection(refused)
        if why is not None:
            done = "was updated" if pending.call.updates else "is in HubSpot"
            said = detail(refused.problem) if refused.problem else ""
            self._reject(pending, f"{why[0]}; the call itself {done}", said, why[1], is_written=True)

    def _take_back(self, refused: RefusedLink) -> None:
        """The same of a call that was taken for done, with its links."""
        pending = refused.pending
        why = self._unlinker.rejection(refused)
        if why is None:
            self._written.links[pending.position] = pending.links
            return
        self._written.became.pop(pending.position, None)
        self._written.links.pop(pending.position, None)
        said = detail(refused.problem) if refused.problem else ""
        words = f"{why[0]}; the call itself is in HubSpot"
        self._written.rejections[pending.position] = _rejection(pending.call, words, said, why[1])

    # ---- ends

    def _refuse(self, pending: PendingCall, problem: Problem) -> None:
        unnamed = pending.targets if is_about_links(problem) else []
        named = named_targets(problem, pending.targets) or unnamed
        rules = [target.rule for target in named if target.rule.rejects_missing]
        if rules:
            self._reject(pending, unknown_record(rules[0]), detail(problem), rules[0].place)
        elif unnamed and pending.call.needs_link:
            self._reject(pending, NO_LINK, detail(problem))
        else:
            single = reasons(problem, pending.call)
            self._reject(pending, reason(problem, pending.call.fields), detail(problem), single=single)

    def _reject(
        self,
        pending: PendingCall,
        why: str,
        said: str = "",
        rule: str = "",
        *,
        is_written: bool = False,
        single: tuple[Reason, ...] = (),
    ) -> None:
        """Reject a call; the next of its key takes its place, unless it `is_written`: then those are in with it."""
        if pending not in self._open:
            return
        self._written.rejections[pending.position] = _rejection(pending.call, why, said, rule, single)
        self._written.unconfirmed.discard(pending.position)
        group = self._open.pop(pending)
        self._go_on(self._repeat(group) if is_written else group.refuse())

    def _close(self, pending: PendingCall, what: str, *, linked: bool) -> None:
        group = self._open.pop(pending)
        self._written.became[pending.position] = what
        self._written.unconfirmed.discard(pending.position)
        if linked:
            self._written.links[pending.position] = pending.links
        self._go_on(self._repeat(group))

    def _repeat(self, group: KeyGroup) -> KeyGroup | None:
        for position in group.repeated:
            self._written.became[position] = Count.REPEATED
        return group.then

    def _go_on(self, group: KeyGroup | None) -> None:
        if group is not None:
            self._open[group.first] = group


def _upserts(calls: Sequence[PendingCall]) -> list[bytes]:
    return [
        encode_upsert(*pending.key, pending.call.properties, trace_id)
        for trace_id, pending in enumerate(calls)
        if pending.key
    ]


def _copies(calls: int, times: int) -> str:
    how_often = "twice" if times == 2 else f"{times} times"
    return (
        "without an external id nothing tells whether a request that was not confirmed created its calls, so up to "
        f"{counted(calls, 'call')} may be in HubSpot {how_often}, and the next sync sends them again. Set "
        "external_id_property: then each is created once"
    )


def _rejection(call: Call, why: str, said: str = "", rule: str = "", single: tuple[Reason, ...] = ()) -> Rejection:
    return Rejection(call.stream, call.name, why, call.line, rule, said, single)


def _is_named_by(pending: PendingCall, problem: Problem) -> bool:
    return bool(named_targets(problem, pending.targets) or named_properties(problem, pending.call.properties))
