"""When refusals are the account's: only if all calls, from all over the batch, are refused in the same words."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.delivery.account_fault import ALL_REFUSED_TOGETHER, raise_if_all_refused, spread
from destination_hubspot_calls.delivery.pending import Outcomes, PendingCall
from destination_hubspot_calls.hubspot.accounting import Accepted, Outcome, Refused
from destination_hubspot_calls.hubspot.errors import AccountRefusal
from destination_hubspot_calls.hubspot.models import Problem
from unit_tests.entries import call

NO = Refused(Problem(category="VALIDATION_ERROR", message="No."))
NEVER = Refused(Problem(category="VALIDATION_ERROR", message="Never."))
TAKEN = Refused(Problem(category="CONFLICT", message="It is taken."))


def calls(count: int) -> list[PendingCall]:
    return [PendingCall(position, call(position), ()) for position in range(count)]


def outcomes(*of_each: Outcome) -> Outcomes:
    return dict(zip(calls(len(of_each)), of_each, strict=True))


def test_after_three_refused_alike_five_from_all_over_the_batch_are_next() -> None:
    """Bad rows stand side by side in a batch; what refuses those far from each other too is the account."""
    rest = calls(97)
    groups = spread([rest[:40], rest[40:]], outcomes(NO, NO, NO))
    samples = [rest[0], rest[20], rest[40], rest[60], rest[80]]
    assert groups[2:] == [[pending] for pending in samples]
    assert groups[:2] == [[p for p in rest[:40] if p not in samples], [p for p in rest[40:] if p not in samples]]


@pytest.mark.parametrize("refused", [[NO] * 2, [NO] * 4, [NO, NO, NEVER], [NO, NO, Accepted()], [TAKEN] * 3, []])
def test_other_outcomes_leave_the_groups_as_they_are(refused: list[Outcome]) -> None:
    """A sample costs a request for each call, so it is taken once, and only where all speaks for the account."""
    groups = [calls(50), calls(7)]
    assert spread(groups, outcomes(*refused)) == groups


def test_where_few_are_left_no_sample_is_taken() -> None:
    """They are as many as it would have."""
    fewer, few, more = calls(3), calls(5), calls(6)
    assert spread([fewer], outcomes(NO, NO, NO)) == [fewer]
    assert spread([few], outcomes(NO, NO, NO)) == [few]
    assert spread([more], outcomes(NO, NO, NO)) == [more[1::2], [more[0]], [more[2]], [more[4]]]


@pytest.mark.parametrize(("refused", "left"), [(8, 90), (9, 90), (5, 0), (6, 0)])
def test_the_first_and_the_sample_refused_alike_end_the_sync(refused: int, left: int) -> None:
    """It is not about the calls then, nor where a small batch is refused to its last one."""
    with pytest.raises(AccountRefusal, match="VALIDATION_ERROR, for every call of a batch"):
        spread([calls(left)], outcomes(*[NO] * refused))


@pytest.mark.parametrize(("refused", "left"), [(7, 90), (4, 0)])
def test_fewer_do_not(refused: int, left: int) -> None:
    """The rest may be accepted yet, and four rows may all be bad."""
    groups = [calls(left)]
    assert spread(groups, outcomes(*[NO] * refused)) == groups


def test_one_that_is_refused_otherwise_acquits_the_account() -> None:
    """What differs from call to call is about the calls."""
    for other in (NEVER, TAKEN, Accepted()):
        raise_if_all_refused(outcomes(NO, other), 1)
        raise_if_all_refused(outcomes(other, *[NO] * 20), 20)


def test_an_answer_that_refuses_nineteen_alike_is_believed() -> None:
    """So many rows of one batch may have one mistake in common; of twenty and no other it is not believed."""
    raise_if_all_refused(outcomes(*[NO] * 19), ALL_REFUSED_TOGETHER)
    with pytest.raises(AccountRefusal):
        raise_if_all_refused(outcomes(*[NO] * 20), ALL_REFUSED_TOGETHER)
