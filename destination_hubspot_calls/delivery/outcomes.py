"""What became of the calls of one request, be they of one batch or of several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from destination_hubspot_calls.delivery.pending import Outcomes, PendingCall
from destination_hubspot_calls.delivery.refusal import raise_if_about_account
from destination_hubspot_calls.hubspot.accounting import Inputs, Outcome, Unknown, account, names_nobody
from destination_hubspot_calls.hubspot.errors import LostAnswer, Refusal
from destination_hubspot_calls.hubspot.models import BatchAnswer


@dataclass(frozen=True, slots=True)
class NotShared:
    """A request of several batches was refused as a whole: each has to find out for itself whom that means."""


def accounted(answer: BatchAnswer, calls: Sequence[PendingCall], inputs: Inputs) -> list[Outcome]:
    """What an answer says of the calls of its request, whose `inputs` were sent. Raises AccountRefusal."""
    for problem in answer.errors:
        raise_if_about_account(problem)
    outcomes = account(answer, inputs)
    if names_nobody(answer):
        for pending, outcome in zip(calls, outcomes, strict=True):
            if isinstance(outcome, Unknown):
                pending.room = 1  # an error among others' does not tell whose it is
    return outcomes


def shared(calls: Sequence[PendingCall], send: Callable[[], Iterable[Outcome]]) -> Sequence[Outcome | NotShared]:
    """Send one request with calls of several batches; what became of each, in order."""
    for pending in calls:
        pending.sent_with = len(calls)
    try:
        return list(send())
    except LostAnswer as lost:
        return [Unknown(str(lost), lost.is_blocked)] * len(calls)
    except Refusal:
        return [NotShared()] * len(calls)


def settled(calls: Iterable[PendingCall], outcomes: Iterable[Outcome | NotShared]) -> Outcomes:
    """The outcomes of a batch's calls; those whose request was refused as a whole are left out."""
    pairs = zip(calls, outcomes, strict=True)
    return {pending: outcome for pending, outcome in pairs if not isinstance(outcome, NotShared)}
