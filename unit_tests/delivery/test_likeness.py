"""Which calls are alike: those that agree in all that few calls differ in, as options are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from destination_hubspot_calls.delivery.likeness import MAX_OPTIONS, Likenesses
from destination_hubspot_calls.delivery.pending import PendingCall
from unit_tests.entries import call


def pending(*statuses: str) -> list[PendingCall]:
    calls = [call(n, hs_call_status=status) if status else call(n) for n, status in enumerate(statuses)]
    return [PendingCall(place, item, ()) for place, item in enumerate(calls)]


def positions(groups: Sequence[Sequence[PendingCall]]) -> list[list[int]]:
    return [[item.position for item in group] for group in groups]


@pytest.mark.parametrize(
    ("statuses", "groups"),
    [
        (["DONE", "LOST", "DONE", "LOST", ""], [[0, 2], [1, 3], [4]]),  # the titles differ, which makes no difference
        (["DONE", "LOST", "BUSY", "LOST"], [[0, 1, 2, 3]]),  # three values of four calls are no options
        (["DONE", "LOST"], [[0, 1]]),
        (["DONE", "LOST", "DONE", "LOST", "DONE", "LOST"], [[0, 2, 4], [1, 3, 5]]),
        (["DONE", "LOST", "BUSY", "LEFT", "DONE", "LOST"], [[0, 1, 2, 3, 4, 5]]),
        ([""], [[0]]),
    ],
)
def test_calls_are_alike_by_values_that_few_others_are(statuses: list[str], groups: list[list[int]]) -> None:
    """A rule of the account looks at options; a title of its own makes no call unlike the others."""
    calls = pending(*statuses)
    assert positions(Likenesses(calls).groups(calls)) == groups


@pytest.mark.parametrize(("values", "groups"), [(MAX_OPTIONS, MAX_OPTIONS), (MAX_OPTIONS + 1, 1)])
def test_a_property_of_many_values_has_no_options(values: int, groups: int) -> None:
    """Names and times would make each call unlike all others, and each would be tried alone."""
    calls = pending(*(f"s{number % values}" for number in range(4 * values)))
    assert len(Likenesses(calls).groups(calls)) == groups


def test_one_that_is_refused_for_what_it_lacks_speaks_for_those_like_it() -> None:
    """And for no others."""
    calls = pending("DONE", "LOST", "DONE", "LOST")
    alike = Likenesses(calls)
    assert not any(map(alike.is_noted, calls))
    alike.note(calls[1])
    assert [alike.is_noted(item) for item in calls] == [False, True, False, True]
    assert positions(alike.groups(calls[1:])) == [[1, 3], [2]]
