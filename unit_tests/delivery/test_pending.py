"""A call on its way: with how many others it is sent, when it is given up, and which of one key stands for all."""

from __future__ import annotations

from typing import Any

import pytest

from destination_hubspot_calls.associations import Target
from destination_hubspot_calls.associations.link_type import link_type
from destination_hubspot_calls.delivery.pending import KeyGroup, PendingCall, group_by_key, in_requests
from destination_hubspot_calls.hubspot.inputs import encode_type
from destination_hubspot_calls.hubspot.models import AssociationType
from unit_tests.entries import call, link_rule

SKIPS, REJECTS = link_rule(place=0), link_rule(place=1, rejects_missing=True)
KIND = link_type(SKIPS, ())
OTHER_KIND = link_type(
    link_rule(place=2)._replace(label="Boss"), (AssociationType(category="USER_DEFINED", typeId=7, label="Boss"),)
)


def pending(key: str | None = "k", *targets: Target, number: int = 0, **more: Any) -> PendingCall:
    return PendingCall(number, call(number, key=key, **more), targets)


def rooms(found: PendingCall, times: int, *, is_silent: bool, is_blocked: bool = False) -> list[int]:
    """With how many it may be sent after each loss, each time with as many as it may, of a hundred."""
    after = []
    for _ in range(times):
        found.sent_with = found.room
        found.lose("lost", is_silent=is_silent, is_blocked=is_blocked)
        after.append(found.room)
    return after


def give_up(found: PendingCall, *, is_silent: bool, sees: range = range(0), is_blocked: bool = False) -> int:
    """After how many losses alone it is given up; others arrive in the rounds of `sees`. At most 20."""
    found.room = 1
    for times in range(1, 21):
        found.sent_with = 1
        found.lose("lost", is_silent=is_silent, is_blocked=is_blocked)
        if times in sees:
            found.see_others_arrive()
        if found.is_hopeless:
            return times
    return 20


# How it is sent


def test_a_call_that_is_lost_again_and_again_is_sent_with_half_as_many() -> None:
    """Three times all may have had bad luck; from then on it is found out whom HubSpot cannot stand."""
    for is_silent in (False, True):
        assert rooms(pending(), 9, is_silent=is_silent) == [100, 100, 50, 25, 13, 7, 4, 2, 1]
    assert rooms(pending(None), 9, is_silent=False, is_blocked=True) == [100, 100, 50, 25, 13, 7, 4, 2, 1]
    assert not pending().is_narrowed


def test_it_is_narrowed_from_the_third_loss_on() -> None:
    """Then one request a round is enough to find out whether HubSpot takes any call."""
    found = pending()
    narrowed = []
    for losses in range(4):
        narrowed.append((found.is_narrowed, found.losses == losses))
        rooms(found, 1, is_silent=False)
    assert narrowed == [(False, True), (False, True), (False, True), (True, True)]


def test_a_call_without_a_key_that_is_not_confirmed_is_narrowed_by_tens() -> None:
    """Each time it is sent may make a copy, so it has three tries; a lost answer tells nothing about it."""
    assert rooms(pending(None), 3, is_silent=True) == [10, 1, 1]
    assert rooms(pending(None), 3, is_silent=False) == [100, 100, 100]


def test_its_room_is_that_of_the_request_it_was_lost_in() -> None:
    """It was with few others, so half of those is what tells more; it never grows again."""
    for key, is_silent, expected in (("k", False, 4), (None, True, 1)):
        found = pending(key)
        rooms(found, 2 if key else 0, is_silent=is_silent)
        found.sent_with = 8
        found.lose("lost", is_silent=is_silent)
        assert found.room == expected
        found.sent_with = 90
        found.lose("lost", is_silent=is_silent)
        assert found.room <= expected


def test_calls_are_sent_with_as_many_as_each_has_room_for() -> None:
    """In their order, and those of one room together."""
    alone, few = pending(number=1), [pending(number=n) for n in (2, 3, 5)]
    many = [pending(number=n) for n in range(10, 213)]
    alone.room = 1
    for each in few:
        each.room = 2
    groups = in_requests([many[0], alone, *few, *many[1:]])
    assert groups == [many[:100], many[100:200], many[200:], [alone], few[:2], few[2:]]


# When it is given up


@pytest.mark.parametrize(
    ("key", "is_silent", "is_blocked", "sees", "expected"),
    [
        ("k", True, False, range(0), 5),  # HubSpot answers, and does not see it
        (None, True, False, range(0), 3),  # each try may be a copy
        (None, False, False, range(0), 3),
        ("k", False, False, range(0), 20),  # nothing shows that HubSpot takes others
        ("k", False, False, range(20), 7),
        ("k", False, False, range(1, 3), 20),  # they arrived before it was narrowed: that shows nothing
        ("k", False, False, range(1, 4), 20),
        ("k", False, False, range(4, 5), 7),
        ("k", False, False, range(9, 10), 9),
        (None, False, True, range(20), 7),  # turned away: hardly done
    ],
)
def test_it_is_given_up_where_it_is_the_call_and_not_the_times(
    key: str | None, *, is_silent: bool, is_blocked: bool, sees: range, expected: int
) -> None:
    """A row that HubSpot cannot stand must cost one row, and an outage none."""
    found = pending(key)
    assert not found.is_hopeless
    assert give_up(found, is_silent=is_silent, sees=sees, is_blocked=is_blocked) == expected


@pytest.mark.parametrize("is_silent", [True, False])
def test_it_is_not_given_up_before_it_was_lost_alone_twice(*, is_silent: bool) -> None:
    """In company it may be the others."""
    found = pending()
    for sent_with in (*[50] * 9, 1):
        found.sent_with = sent_with
        found.lose("lost", is_silent=is_silent)
        found.see_others_arrive()
        assert not found.is_hopeless
    found.sent_with = 1
    found.lose("lost", is_silent=is_silent)
    assert found.is_hopeless


def test_what_it_knows_is_of_its_last_answer() -> None:
    """A silence after lost answers is HubSpot's word on it; what was turned away has made no copy."""
    found = pending(None)
    assert (found.may_copy, found.was_silent, found.why_lost) == (True, False, "")
    found.lose("a wall", is_silent=False, is_blocked=True)
    assert (found.may_copy, found.was_silent, found.why_lost) == (False, False, "a wall")
    found.lose("silence", is_silent=True)
    assert (found.may_copy, found.was_silent, found.why_lost) == (True, True, "silence")
    keyed = pending()
    keyed.lose("lost", is_silent=False)
    assert not keyed.may_copy


# Its links


def test_a_record_that_several_rules_lead_to_is_one_link_of_all_their_kinds() -> None:
    """HubSpot refuses one target twice in an input."""
    found = pending("k", Target(SKIPS, KIND, "1"), Target(REJECTS, OTHER_KIND, "1"), Target(SKIPS, KIND, "2"))
    theirs = encode_type(AssociationType(category="USER_DEFINED", typeId=7))
    ends = found.link_inputs()
    assert {end: set(types) for end, types in ends.items()} == {
        ("contacts", "1"): {*KIND.encoded, theirs},
        ("contacts", "2"): set(KIND.encoded),
    }
    assert all(len(set(types)) == len(types) for types in ends.values())
    assert found.links == 2


@pytest.mark.parametrize(
    ("ids", "links"), [([], 0), (["1"], 1), (["1", "1"], 1), (["1", "2"], 2), (["1", "2", "1"], 2)]
)
def test_records_that_it_is_linked_to_are_counted_once(ids: list[str], links: int) -> None:
    """The summary would tell of more links than HubSpot has."""
    assert pending("k", *(Target(SKIPS, KIND, number) for number in ids)).links == links


def test_a_link_that_is_dropped_is_gone_by_its_rule_only() -> None:
    """Another rule's link to the same record stays."""
    targets = [Target(SKIPS, KIND, "1"), Target(REJECTS, KIND, "1"), Target(SKIPS, KIND, "2")]
    found = pending("k", *targets, needs_link=True)
    found.drop(targets[:1])
    assert found.targets == targets[1:]


@pytest.mark.parametrize(("dropped", "needs", "misses"), [(2, True, False), (3, True, True), (3, False, False)])
def test_it_may_need_a_link(dropped: int, *, needs: bool, misses: bool) -> None:
    """A mapping may want no call without one; one is enough."""
    targets = [Target(SKIPS, KIND, str(number)) for number in range(3)]
    found = pending("k", *targets, needs_link=needs)
    found.drop(targets[:dropped])
    assert found.misses_required_link is misses


def test_a_call_is_upserted_only_where_nothing_has_to_be_known_first() -> None:
    """A property for new calls only, a link that may be refused, or a lost answer needs a look."""
    target = Target(SKIPS, KIND, "1")
    lost = pending(updates=True)
    lost.answer_lost = True
    assert pending("k", target, updates=True).may_upsert
    assert not any(
        found.may_upsert
        for found in (
            pending(),
            pending(None, updates=True),
            lost,
            pending("k", target, updates=True, needs_link=True),
            pending("k", target, Target(REJECTS, KIND, "2"), updates=True),
            PendingCall(0, call(0, key="k", updates=True)._replace(on_update={"hs_call_title": "never"}), ()),
        )
    )


# Calls of one key


def order(group: KeyGroup | None) -> list[int]:
    """The positions in which the calls of a group are sent, each after the one before was refused."""
    sent = []
    while group is not None:
        sent.append(group.first.position)
        group = group.refuse()
    return sent


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ([False, False, False], [0, 1, 2]),
        ([True, True, True], [2, 1, 0]),
        ([False, True, True, False, False], [0, 2, 1, 3, 4]),
        ([True], [0]),
        ([True, True], [1, 0]),
        ([True, False], [0, 1]),
    ],
)
def test_calls_of_one_key_follow_each_other(updates: list[bool], expected: list[int]) -> None:
    """The first of those that came stands, the last version of updates does, and runs of either keep their order."""
    calls = [pending(number=place, updates=is_update) for place, is_update in enumerate(updates)]
    other, keyless = pending("other", number=8), [pending(None, number=9), pending(None, number=10)]
    groups = group_by_key([*calls, other, *keyless])
    assert [order(group) for group in groups] == [expected, [8], [9], [10]]


def test_a_group_tells_for_whom_its_first_is_sent_and_who_comes_then() -> None:
    """They count as written once it is in; those that do otherwise with a call that exists have their turn then."""
    calls = [pending(number=place, updates=place == 2) for place in range(4)]
    (group,) = group_by_key(calls)
    assert group.repeated == [1]
    assert group.then is not None
    assert (group.then.first.position, group.then.repeated) == (2, [])
    assert group.then.then is not None
    assert group.then.then.first.position == 3
    assert group.then.then.then is None
