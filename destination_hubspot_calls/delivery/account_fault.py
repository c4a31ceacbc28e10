"""Whether refusals mean the account and not the calls: if they come for all, whatever these hold."""

from __future__ import annotations

from destination_hubspot_calls.delivery.pending import Outcomes, PendingCall
from destination_hubspot_calls.delivery.refusal import names_no_cause, unnamed_reason, words_of
from destination_hubspot_calls.hubspot.accounting import Refused
from destination_hubspot_calls.hubspot.errors import AccountRefusal

FIRST_REFUSED = 3
"""Calls that are refused alone in the same words, and none accepted, before some from all over the batch are tried."""
ALL_REFUSED = 5
"""Calls that are refused alone in the same words, and none accepted, that show that it is not the calls."""
ALL_REFUSED_TOGETHER = 20
"""The same of one answer that refuses each call of its request."""


def spread(groups: list[list[PendingCall]], outcomes: Outcomes) -> list[list[PendingCall]]:
    """The groups still to be sent: first some calls from all over, if all so far were refused in the same words.

    If these are refused too, it is not the calls that are wrong. Raises AccountRefusal.
    """
    alike = _refused_alike(outcomes)
    rest = [pending for group in groups for pending in group]
    if alike >= ALL_REFUSED and (len(outcomes) >= FIRST_REFUSED + ALL_REFUSED or not rest):
        raise_if_all_refused(outcomes, ALL_REFUSED)
    if alike != FIRST_REFUSED or len(rest) <= ALL_REFUSED:
        return groups
    samples = rest[:: -(-len(rest) // ALL_REFUSED)]
    return [*[[p for p in group if p not in samples] for group in groups], *[[pending] for pending in samples]]


def _refused_alike(outcomes: Outcomes) -> int:
    """How many calls were refused, if all were, in the same words, which name no cause; else 0."""
    said = {
        words_of(o.problem) if isinstance(o, Refused) and names_no_cause(o.problem) else None for o in outcomes.values()
    }
    return len(outcomes) if len(said) == 1 and None not in said else 0


def raise_if_all_refused(outcomes: Outcomes, least: int) -> None:
    alike = _refused_alike(outcomes)
    if alike >= least:
        first = next(iter(outcomes.values()))
        assert isinstance(first, Refused)
        raise AccountRefusal(unnamed_reason(first.problem))
