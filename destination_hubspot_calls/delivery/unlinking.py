"""Links that HubSpot refuses, named or not: calls go without them, as far as their rules allow it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from destination_hubspot_calls.associations import Target, unknown_record
from destination_hubspot_calls.delivery.linking import RefusedLink
from destination_hubspot_calls.delivery.pending import PendingCall
from destination_hubspot_calls.delivery.refusal import is_about_links, named_targets
from destination_hubspot_calls.delivery.shared import Shared
from destination_hubspot_calls.hubspot.accounting import Accepted, Outcome, Refused
from destination_hubspot_calls.hubspot.batch_read import OBJECT_ID, read_accounted
from destination_hubspot_calls.hubspot.errors import MissingScopes, Refusal
from destination_hubspot_calls.hubspot.models import Problem
from destination_hubspot_calls.messages import LinkMiss, LinkRule, MissCause
from destination_hubspot_calls.results import Misses

MAX_TRIED_LINKS = 6
"""Links of one call that are left out one by one to find the one that HubSpot refuses and does not name."""
NO_LINK = "no association rule could link the call, and the mapping requires one (require_association)"

Create = Callable[[PendingCall], Outcome]
"""Creates one call with the links that it has at the time."""


class Unlinker:
    """Takes refused links off the calls of a batch, and notes what it took in `misses`.

    `reject(pending)` is called for a call that needs a link and has none any more.
    """

    def __init__(self, shared: Shared, misses: Misses, reject: Callable[[PendingCall], None]) -> None:
        self._shared = shared
        self._resolver = shared.resolver
        self._misses = misses
        self._reject = reject
        self._gone: set[tuple[str, str]] = set()
        """Records, by object type and id, that a refusal did not name and that are not in HubSpot."""
        self._tried: set[PendingCall] = set()
        """Calls whose links were left out one by one."""

    @property
    def knows_gone(self) -> bool:
        """Whether it found out that a record is not in HubSpot."""
        return bool(self._gone)

    def settle(self, pending: PendingCall, problem: Problem, create: Create) -> Outcome | None:
        """What becomes of a call of which a link may be refused; None: it is sent again without it, or is rejected."""
        if self.drop_named(pending, problem) or (is_about_links(problem) and self.drop_gone(pending)):
            return None
        is_named = bool(named_targets(problem, pending.targets))
        if is_named or not is_about_links(problem) or len(pending.link_inputs()) < 2 or pending in self._tried:
            return Refused(problem)
        return self._find(pending, problem, create)

    def _find(self, pending: PendingCall, problem: Problem, create: Create) -> Outcome:
        """Create a call without one of its links, or without all that may be missing, where none of them is named."""
        targets = list(pending.targets)
        for kept in _tries(pending):
            pending.targets = kept
            outcome = create(pending)
            if isinstance(outcome, Refused) and is_about_links(outcome.problem):
                continue
            left_out = [target for target in targets if target not in kept]
            if not isinstance(outcome, Accepted):
                # It tells nothing of the links: a call that is there by now gets all of them.
                pending.targets = targets
                return outcome
            self._settle_left_out(pending, outcome.id, left_out)
            return outcome
        pending.targets = targets
        self._tried.add(pending)
        return Refused(problem)

    def _settle_left_out(self, pending: PendingCall, call_id: str, left_out: list[Target]) -> None:
        """One end that was left out is the bad one; of several those that can be linked are."""
        ends = {(target.object_type, target.id) for target in left_out}
        if len(ends) > 1 and call_id:
            kept = pending.targets
            pending.targets = left_out
            refused = self._shared.links.write({pending: call_id}, fresh=[pending])
            left_out = [target for item in refused for target in item.targets]
            pending.targets = [*kept, *(target for target in pending.targets if target not in left_out)]
        self._note_misses(pending, left_out)
        for object_type, record_id in {(target.object_type, target.id) for target in left_out}:
            if self._is_gone(object_type, record_id):
                self._gone.add((object_type, record_id))
                self._resolver.forget(target for target in left_out if target.id == record_id)

    def _is_gone(self, object_type: str, record_id: str) -> bool:
        """Whether a record is not in HubSpot; one that cannot be read counts as there."""
        try:
            read = read_accounted(self._shared.client, object_type, OBJECT_ID, [record_id], pause=self._shared.pause)
        except (Refusal, MissingScopes):
            return False
        return read.complete and not read.results

    def drop_named(self, pending: PendingCall, problem: Problem) -> bool:
        """Take refused links off a call where their rules allow it; it stays open, unless it needs a link."""
        named = named_targets(problem, pending.targets)
        self._resolver.forget(named)
        if not named and len(pending.link_inputs()) == 1 and is_about_links(problem):
            named = list(pending.targets)
        if not named or any(target.rule.rejects_missing for target in named):
            return False
        self._drop(pending, named)
        return True

    def drop_gone(self, pending: PendingCall) -> bool:
        """Drop these links, as far as their rules allow it; says whether there were any."""
        gone = [t for t in pending.targets if (t.object_type, t.id) in self._gone and not t.rule.rejects_missing]
        if gone:
            self._drop(pending, gone)
        return bool(gone)

    def rejection(self, refused: RefusedLink) -> tuple[str, str] | None:
        """Why a call is rejected for a refused link, and the rule; None: it goes without the link."""
        if refused.is_gone:
            self._resolver.forget(refused.targets)
        needed = next((target.rule for target in refused.targets if target.rule.rejects_missing), None)
        if needed:
            return unknown_record(needed) if refused.problem else _unconfirmed_link(needed), needed.place
        self._note_misses(refused.pending, refused.targets)
        refused.pending.drop(refused.targets)
        return (NO_LINK, "") if refused.pending.misses_required_link else None

    def _drop(self, pending: PendingCall, targets: Sequence[Target]) -> None:
        """Go on without some links; a call that needs one and has none then is rejected."""
        self._note_misses(pending, targets)
        pending.drop(targets)
        if pending.misses_required_link:
            self._reject(pending)

    def _note_misses(self, pending: PendingCall, targets: Iterable[Target]) -> None:
        misses = self._misses.setdefault(pending.position, [])
        misses += [LinkMiss(target.rule, MissCause.NOBODY, target.id) for target in targets]


def _tries(pending: PendingCall) -> list[list[Target]]:
    """The targets to try a call with, where one of its links is refused and none is named: as few less as possible."""
    needed = [target for target in pending.targets if target.rule.rejects_missing]
    kept = {(target.object_type, target.id) for target in needed}
    ends = list(dict.fromkeys((t.object_type, t.id) for t in pending.targets if (t.object_type, t.id) not in kept))
    tries = [[t for t in pending.targets if (t.object_type, t.id) != end] for end in ends[:MAX_TRIED_LINKS]]
    if pending.call.needs_link and not needed:
        tries += [[t for t in pending.targets if (t.object_type, t.id) == end] for end in ends if len(ends) > 2]
    elif len(ends) > 1:
        tries.append(needed)
    return tries


def _unconfirmed_link(rule: LinkRule) -> str:
    words = "HubSpot answers, but does not confirm the link to the record that field"
    return f'{rule.object_type}: {words} "{rule.named_source}" tells'
