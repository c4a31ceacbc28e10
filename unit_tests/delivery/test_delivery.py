"""The story of one batch, against a HubSpot that answers anything: one call per key, and every record accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from destination_hubspot_calls.associations import LinkResolver
from destination_hubspot_calls.associations.link_type import link_type
from destination_hubspot_calls.delivery.creating import Creates, SharedCreates
from destination_hubspot_calls.delivery.delivery import Delivery
from destination_hubspot_calls.delivery.existing import ExistingCalls
from destination_hubspot_calls.delivery.first_step import FirstStep, Seen
from destination_hubspot_calls.delivery.gathering import InFlight
from destination_hubspot_calls.delivery.hubspot import CallStore
from destination_hubspot_calls.delivery.link_audit import LinkAudit
from destination_hubspot_calls.delivery.linking import LinkWriter
from destination_hubspot_calls.delivery.pending import Outcomes, PendingCall
from destination_hubspot_calls.delivery.shared import Shared
from destination_hubspot_calls.delivery.updating import SharedUpdates, Update
from destination_hubspot_calls.delivery.writer import Writer
from destination_hubspot_calls.hubspot.client import ReadResult
from destination_hubspot_calls.hubspot.errors import (
    AccountRefusal,
    Blocked,
    DailyLimit,
    LostAnswer,
    Refusal,
    Unauthorized,
    Unavailable,
    Unexpected,
)
from destination_hubspot_calls.hubspot.inputs import encode_type
from destination_hubspot_calls.hubspot.models import AssociationType, BatchAnswer, LinkAnswer, Problem
from destination_hubspot_calls.hubspot.waiting import Trouble, Troubles
from destination_hubspot_calls.messages import Batch, Call, Link, LinkRule
from destination_hubspot_calls.results import BatchResult, Count
from unit_tests.entries import CALLS, PROPERTY, call, link_rule
from unit_tests.fake_hubspot import BAD, CONTACTS, MISHAPS, NOW, FakeHubSpot, Held, Where

SKIPS = link_rule(place=0)
REJECTS = link_rule(place=1, rejects_missing=True)
REJECTS_TOO = link_rule(place=2, rejects_missing=True)._replace(source="colleague")
GONE = "999999"


class Clock:
    """Virtual time: pauses pass at once."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)


def resolver() -> LinkResolver:
    return LinkResolver({rule: link_type(rule, ()) for rule in (SKIPS, REJECTS, REJECTS_TOO)}, {})


def shared(hubspot: CallStore, clock: Clock, **more: Any) -> Shared:
    audit = LinkAudit(clock.pause)
    return Shared(
        client=hubspot,
        resolver=resolver(),
        existing=ExistingCalls(hubspot, clock.pause),
        links=LinkWriter(hubspot, clock.pause),
        updates=SharedUpdates(hubspot, InFlight()),
        creates=SharedCreates(Creates(hubspot, b"", lambda: audit.is_due), InFlight()),
        audit=audit,
        pause=clock.pause,
        clock=clock,
        **more,
    )


def deliver(
    hubspot: CallStore,
    calls: Sequence[Call],
    *,
    first_step: FirstStep = FirstStep.CREATE,
    clock: Clock | None = None,
    result: BatchResult | None = None,
    **more: Any,
) -> BatchResult:
    """Deliver a batch, but for the audit of its links."""
    return Delivery(shared(hubspot, clock or Clock(), **more), first_step).run(Batch.of(calls), result)


def counts(written: BatchResult) -> dict[str, int]:
    return written.tallies.of(CALLS).counts


def linked(number: int, to: str = "100001", rule: LinkRule = SKIPS, **more: Any) -> Call:
    return call(number, links=(Link(rule, to),), **more)


class Plan(NamedTuple):
    """A record: its key (None: without), whether its title is refused, and what it is linked to by which rule."""

    key: str | None
    bad: bool
    skips: str | None
    rejects: str | None
    needs_link: bool


ENDS = st.sampled_from([None, "100001", "100002", GONE])
PLANS = st.builds(
    Plan,
    key=st.sampled_from([f"k{number}" for number in range(6)]),
    bad=st.sampled_from([False, False, False, True]),
    skips=ENDS,
    rejects=st.sampled_from([None, None, "100003", GONE]),
    needs_link=st.booleans(),
)


def planned(plans: Sequence[Plan], *, updates: bool) -> list[Call]:
    calls = []
    for number, plan in enumerate(plans):
        links = [Link(SKIPS, plan.skips)] if plan.skips else []
        links += [Link(REJECTS, plan.rejects)] if plan.rejects else []
        title = BAD if plan.bad else f"call {number}"
        ends = tuple(links)
        calls.append(
            call(number, key=plan.key, links=ends, updates=updates, needs_link=plan.needs_link, hs_call_title=title)
        )
    return calls


def misses_required_link(plan: Plan) -> bool:
    return plan.needs_link and plan.skips not in CONTACTS and plan.rejects not in CONTACTS


def is_bad(plan: Plan) -> bool:
    """Whether HubSpot, or the connector before it, cannot take it as a new call."""
    return plan.bad or plan.rejects == GONE or misses_required_link(plan)


LOST = {"lost before", "lost after", "lost in the middle", "without links", "late"}
QUIET = {"silent", "empty", "forgetful", "half done", "strangers", "strangers after"}
SINKS = st.sampled_from(["input", "request"])
HUBSPOTS = st.builds(
    FakeHubSpot,
    mishaps=st.lists(st.sampled_from(MISHAPS), max_size=8),
    seed=st.integers(0, 9),
    echo=st.sampled_from([0.0, 0.5, 1.0]),
    bad_property=SINKS,
    bad_link=SINKS,
    clash=SINKS,
    names_nothing=st.booleans(),
    leaves_behind=st.booleans(),
)
MUCH = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MUCH
@given(
    hubspot=HUBSPOTS,
    plans=st.lists(PLANS, min_size=1, max_size=14),
    updates=st.booleans(),
    first_step=st.sampled_from(list(FirstStep)),
)
def test_one_call_per_key_whatever_is_lost(
    hubspot: FakeHubSpot, plans: list[Plan], *, updates: bool, first_step: FirstStep
) -> None:
    """The promise of an external id, with every record either in HubSpot or rejected, and rightly so."""
    calls = planned(plans, updates=updates)
    try:
        written = deliver(hubspot, calls, first_step=first_step)
    except AccountRefusal:  # it refuses all, in words that name nothing
        assert hubspot.names_nothing
        assert sum(plan.bad for plan in plans) >= 5
        return
    held = hubspot.by_key()
    assert all(len(found) == 1 for found in held.values())
    for key, group in _groups(plans):
        rejected = [number for number in group if number in written.rejections]
        assert all(is_bad(plans[number]) for number in rejected)
        if hubspot.leaves_behind:  # a refused link may leave a call behind, which the next of its key finds
            continue
        best = group[::-1] if updates else group
        good = [number for number in best if not is_bad(plans[number])]
        # Those before the first good one in line were tried, or known to be wrong without a try.
        tried = best[: best.index(good[0])] if good else best
        assert set(tried) <= set(rejected)
        if good:
            _expect_first(held[str(key)], [calls[n] for n in (*tried, good[0])], plans[good[0]], written)


def _groups(plans: Sequence[Plan]) -> Iterator[tuple[object, list[int]]]:
    """The numbers of the plans of each key."""
    for key in {plan.key for plan in plans}:
        yield key, [number for number, plan in enumerate(plans) if plan.key == key]


def _expect_first(found: Sequence[Held], line: Sequence[Call], good: Plan, written: BatchResult) -> None:
    """One that was written before its link was refused is not written over with an older one."""
    reasons = {rejection.line: rejection.reason for rejection in written.rejections.values()}
    first = next((call for call in line[:-1] if "the call itself" in reasons[call.line]), None)
    _expect_written(found, first or line[-1], None if first else good)


def _expect_written(found: Sequence[Held], call: Call, linked: Plan | None) -> None:
    (there,) = found
    assert there.properties == orjson.loads(call.properties)
    wanted = {end for end in (linked.skips, linked.rejects) if end in CONTACTS} if linked else set()
    assert wanted <= there.linked


@MUCH
@given(hubspot=HUBSPOTS, plans=st.lists(PLANS, min_size=1, max_size=10), updates=st.booleans())
def test_what_is_there_already_is_left_or_updated(hubspot: FakeHubSpot, plans: list[Plan], *, updates: bool) -> None:
    """Append leaves it as it is, append + dedup brings it up to date; neither makes a second one."""
    for number in range(0, 6, 2):
        hubspot.add(f"k{number}")
    try:
        written = deliver(hubspot, planned(plans, updates=updates))
    except AccountRefusal:  # it refuses all, in words that name nothing
        assert hubspot.names_nothing
        assert sum(plan.bad for plan in plans) >= 5
        return
    assert all(len(found) == 1 for found in hubspot.by_key().values())
    for number, plan in enumerate(plans):
        if plan.key not in ("k0", "k2", "k4"):
            continue
        group = [item for item in plans if item.key == plan.key]
        (there,) = hubspot.by_key()[plan.key]
        if not updates:
            assert there.properties["hs_call_title"] == "there before"
            assert there.linked == set()
            assert (number in written.rejections) <= (misses_required_link(plan) or plan.rejects == GONE)
        elif plan is group[-1] and not is_bad(plan):
            assert there.properties["hs_call_title"] == f"call {number}"
            assert {end for end in (plan.skips, plan.rejects) if end in CONTACTS} <= there.linked


@MUCH
@given(HUBSPOTS, st.lists(PLANS, min_size=1, max_size=14))
def test_without_a_key_every_good_record_arrives_at_least_once(hubspot: FakeHubSpot, plans: list[Plan]) -> None:
    """Without an external id a copy is the price of a lost answer; a loss is not."""
    calls = planned([plan._replace(key=None) for plan in plans], updates=False)
    mishaps = list(hubspot.mishaps)
    quiet = sum(mishap in QUIET for mishap in mishaps)
    try:
        written = deliver(hubspot, calls)
    except Unavailable:  # nothing can be looked up, so it gives up soon
        assert sum(mishap in LOST for mishap in mishaps) >= 2 or quiet >= 3
        return
    except AccountRefusal:  # it refuses all, in words that name nothing
        assert hubspot.names_nothing
        assert sum(plan.bad for plan in plans) >= 5
        return
    titles = Counter(held.properties["hs_call_title"] for held in hubspot.calls.values())
    for number, plan in enumerate(plans):
        silent = number in written.rejections and "however often it is sent" in written.rejections[number].reason
        assert not silent or quiet + sum(mishap in LOST for mishap in mishaps) >= 3
        assert (number in written.rejections) == (is_bad(plan) or silent)
        if not is_bad(plan):
            assert titles[f"call {number}"] >= (not silent)
            if not mishaps and not hubspot.leaves_behind:
                assert titles[f"call {number}"] == 1


def hundred(**more: Any) -> list[Call]:
    return [linked(number, key=f"k{number}", **more) for number in range(100)]


def test_a_good_batch_costs_one_request() -> None:
    """The limit counts requests: a second one halves what a sync can do."""
    hubspot = FakeHubSpot()
    written = deliver(hubspot, hundred())
    assert hubspot.requests == {"create": 1}
    assert written.rejections == {}
    assert counts(written) == {Count.CREATED: 100, Count.LINKED: 100}
    assert all(held.linked == {"100001"} for held in hubspot.calls.values())


def test_one_bad_record_in_a_hundred_that_is_named_costs_one_look() -> None:
    """With trace ids the good are in at once; the bad one is looked for, as it may be there already."""
    hubspot = FakeHubSpot()
    calls = hundred()
    calls[41] = call(41, key="k41", hs_call_title=BAD)
    written = deliver(hubspot, calls)
    assert hubspot.requests == {"create": 1, "read": 1}
    assert list(written.rejections) == [41]


def test_one_bad_record_in_a_hundred_that_nothing_names_costs_fourteen_creates() -> None:
    """Halving: a refusal of the whole request must not cost a request for each record."""
    hubspot = FakeHubSpot(bad_property="request", names_nothing=True)
    calls = hundred()
    calls[41] = call(41, key="k41", hs_call_title=BAD)
    written = deliver(hubspot, calls)
    assert hubspot.requests["create"] <= 15
    assert hubspot.requests["read"] <= 2  # of the first refusal, and of the one that is left
    assert list(written.rejections) == [41]
    assert len(hubspot.calls) == 99


@pytest.mark.parametrize("where", ["input", "request"])
def test_ten_deleted_contacts_in_a_batch_cost_one_extra_request(where: Where) -> None:
    """HubSpot names the ids it does not know, so those that hold them are known at once."""
    hubspot = FakeHubSpot(bad_link=where)
    calls = hundred()
    for number in range(0, 100, 10):
        calls[number] = linked(number, str(900_000 + number), key=f"k{number}")
    written = deliver(hubspot, calls)
    assert hubspot.requests == {"create": 2}
    assert written.rejections == {}
    assert counts(written)[Count.MISSED] == 10
    assert counts(written)[Count.UNLINKED] == 10
    assert len(hubspot.calls) == 100


@pytest.mark.parametrize("where", ["input", "request"])
def test_deleted_contacts_reject_where_their_rule_says_so(where: Where) -> None:
    """A rule may want no call without its link, and the others must not suffer for it."""
    hubspot = FakeHubSpot(bad_link=where)
    calls = hundred(rule=REJECTS)
    for number in range(0, 100, 10):
        calls[number] = linked(number, GONE, rule=REJECTS, key=f"k{number}")
    written = deliver(hubspot, calls)
    assert sorted(written.rejections) == list(range(0, 100, 10))
    reasons = {item.reason for item in written.rejections.values()}
    assert reasons == {'contacts: HubSpot has no record with the id in field "contact" (INVALID_OBJECT_IDS)'}
    assert {item.rule for item in written.rejections.values()} == {REJECTS.place}
    assert all(GONE in item.detail for item in written.rejections.values())
    assert sum(hubspot.requests.values()) <= 3
    assert len(hubspot.calls) == 90


@pytest.mark.parametrize(
    ("links", "names_no_link", "rule"),
    [
        ([Link(REJECTS, "100001"), Link(REJECTS_TOO, GONE)], False, REJECTS_TOO),
        ([Link(REJECTS, GONE), Link(REJECTS_TOO, GONE)], False, REJECTS),
        ([Link(REJECTS, GONE)], True, REJECTS),
    ],
)
def test_the_rule_whose_link_is_refused_is_told(links: list[Link], rule: LinkRule, *, names_no_link: bool) -> None:
    """A person looks for what to change there; of two the first, and the only one where HubSpot names none."""
    written = deliver(FakeHubSpot(names_no_link=names_no_link), [call(0, key="k", links=tuple(links))])
    assert written.rejections[0].rule == rule.place
    assert f'the id in field "{rule.source}"' in written.rejections[0].reason


def test_a_call_that_needs_a_link_is_not_refused_for_that_where_another_thing_is_wrong() -> None:
    """A person would look for a contact, and it is the title."""
    for bad_property in ("input", "request"):
        hubspot = FakeHubSpot(bad_property=bad_property)
        written = deliver(hubspot, [linked(0, key="k", needs_link=True, hs_call_title=BAD)])
        assert written.rejections[0].reason.startswith("hs_call_title: HubSpot refuses the value")


def test_a_property_that_a_refusal_of_all_names_finds_its_record() -> None:
    """Property and value lead to the inputs that hold them: one extra request, and a look."""
    hubspot = FakeHubSpot(bad_property="request")
    calls = hundred()
    for number in (3, 33):
        calls[number] = call(number, key=f"k{number}", hs_call_title=BAD)
    written = deliver(hubspot, calls)
    assert hubspot.requests == {"create": 2, "read": 1}
    assert sorted(written.rejections) == [3, 33]
    assert written.rejections[3].reason == 'hs_call_title: HubSpot refuses the value from field "title" (INVALID)'
    assert "bad is bad" in written.rejections[3].detail


@pytest.mark.parametrize("where", ["input", "request"])
def test_a_batch_that_is_there_already_costs_one_look(where: Where) -> None:
    """A full refresh again finds every call; halving would cost 199 requests for each batch."""
    hubspot = FakeHubSpot(clash=where)
    for number in range(100):
        hubspot.add(f"k{number}")
    written = deliver(hubspot, hundred())
    assert hubspot.requests["create"] == 1
    assert hubspot.requests["read"] <= 2
    assert hubspot.requests["link"] == 0
    assert counts(written) == {Count.THERE: 100}


@pytest.mark.parametrize("where", ["input", "request"])
def test_a_batch_that_exists_costs_one_look_whatever_the_words_are(where: Where) -> None:
    """What HubSpot says of a value that is taken was never seen on calls: it is no fault of the account's."""

    class Terse(FakeHubSpot):
        def _error(self, draft: dict[str, Any], problem: Problem) -> Problem:
            return super()._error(draft, Problem(category="VALIDATION_ERROR", message="No."))

    hubspot = Terse(clash=where, names_nothing=True)
    for number in range(100):
        hubspot.add(f"k{number}")
    written = deliver(hubspot, hundred())
    assert hubspot.requests["create"] == 1
    assert hubspot.requests["read"] <= 2
    assert counts(written) == {Count.THERE: 100}


def test_a_lost_answer_costs_a_look_and_the_links() -> None:
    """What the lost request wrote is found, and its links are made, as the create may have ended before them."""
    hubspot, clock = FakeHubSpot(mishaps=["without links"]), Clock()
    written = deliver(hubspot, hundred(), clock=clock)
    assert hubspot.requests == {"create": 1, "read": 1, "read links": 1, "link": 1}
    assert clock.pauses == []
    assert written.unconfirmed == set()
    assert all(held.linked == {"100001"} for held in hubspot.calls.values())
    assert counts(written) == {Count.CREATED: 100, Count.LINKED: 100}


def test_a_late_first_write_is_no_second_call() -> None:
    """Uniqueness stops it, or it stops the second one; either way the clash is success."""
    for mishaps in (["late"], ["late", "fine", "fine"], ["late", "late"]):
        hubspot = FakeHubSpot(mishaps=list(mishaps))
        written = deliver(hubspot, hundred())
        assert written.rejections == {}
        assert len(hubspot.calls) == 100


def test_a_call_younger_than_a_day_gets_its_links() -> None:
    """The run that made it may have died between the call and its links; an older one is a person's by now."""
    hubspot = FakeHubSpot()
    young, old = hubspot.add("k0", age=timedelta(hours=23)), hubspot.add("k1", age=timedelta(hours=25))
    written = deliver(hubspot, [linked(0, key="k0"), linked(1, key="k1")])
    assert hubspot.calls[young].linked == {"100001"}
    assert hubspot.calls[old].linked == set()
    assert counts(written) == {Count.THERE: 2, Count.LINKED: 1}


def test_a_deleted_call_that_holds_the_key_is_said_to_be_deleted() -> None:
    """Nobody finds it by looking: it is in the bin, and its value is taken all the same."""
    hubspot = FakeHubSpot()
    hubspot.archived.add(hubspot.add("k1"))
    clock = Clock()
    written = deliver(hubspot, [linked(0, key="k0"), linked(1, key="k1")], clock=clock)
    assert list(written.rejections) == [1]
    assert "a deleted call in HubSpot still holds this external id" in written.rejections[1].reason
    assert clock.pauses == [1.0, 2.0, 4.0]


class Blind(FakeHubSpot):
    """Its first reads by a key find nothing."""

    blind = 2

    def read_records(self, object_type: str, id_property: str, *arguments: Any, **more: Any) -> Any:
        if id_property == PROPERTY and self.blind:
            self.blind -= 1
            return ReadResult((), NOW, complete=True)
        return super().read_records(object_type, id_property, *arguments, **more)


def test_a_value_that_is_seen_late_is_not_rejected() -> None:
    """A fresh record may not be found at once by the read that follows; HubSpot names it, and by its id it is."""
    hubspot = Blind()
    hubspot.add("k0")
    written = deliver(hubspot, [linked(0, key="k0")])
    assert written.rejections == {}
    assert counts(written) == {Count.THERE: 1}


def test_a_value_that_is_taken_is_looked_for_again() -> None:
    """Where HubSpot does not name who holds it, only looking again tells that the call is there after all."""
    hubspot = Blind(names_holders=False)
    hubspot.add("k0")
    clock = Clock()
    written = deliver(hubspot, [linked(0, key="k0")], clock=clock)
    assert written.rejections == {}
    assert counts(written) == {Count.THERE: 1}
    assert clock.pauses == [1.0, 2.0]


def test_the_same_key_twice_is_one_call_and_each_refused_one_a_rejection() -> None:
    """Append sends the first, append + dedup the last; if it is refused, the next in its place."""
    for updates, order in ((False, [0, 1, 2]), (True, [2, 1, 0])):
        hubspot = FakeHubSpot()
        calls = [linked(number, key="k", updates=updates) for number in range(3)]
        calls[order[0]] = call(order[0], key="k", updates=updates, hs_call_title=BAD)
        written = deliver(hubspot, calls)
        assert list(written.rejections) == [order[0]]
        (held,) = hubspot.calls.values()
        assert held.properties["hs_call_title"] == f"call {order[1]}"
        assert counts(written) == {Count.CREATED: 1, Count.REPEATED: 1, Count.LINKED: 1}


def test_a_key_is_compared_with_its_own_property_only() -> None:
    """HubSpot answers properties that nobody asked for; another's record id may look like a key."""
    hubspot = FakeHubSpot(mishaps=["lost in the middle"], seed=3)
    number = hubspot.add("other")
    calls = [linked(0, key="other"), linked(1, key=number)]
    written = deliver(hubspot, calls)
    assert written.rejections == {}
    assert {key: len(found) for key, found in hubspot.by_key().items()} == {"other": 1, number: 1}


def test_keys_that_hubspot_takes_for_one_are_read_apart() -> None:
    """If it ignores case, a read of both is refused as a whole, and the sync must not end of that."""

    class Caseless(FakeHubSpot):
        def read_records(
            self, object_type: str, id_property: str, keys: Sequence[str], *more: Any, **kwargs: Any
        ) -> Any:
            if len({key.casefold() for key in keys}) < len(keys):
                raise Refusal(400, Problem(message="Duplicate IDs found in batch input"))
            return super().read_records(object_type, id_property, keys, *more, **kwargs)

    hubspot = Caseless(mishaps=["lost after"])
    written = deliver(hubspot, [linked(0, key="a"), linked(1, key="b"), linked(2, key="A")])
    assert written.rejections == {}
    assert len(hubspot.calls) == 3


def test_a_batch_that_no_answer_comes_to_ends_the_sync() -> None:
    """HubSpot may be down: no call is to blame for that, and it must not go on for ever."""
    clock = Clock()
    calls = [linked(number, key=f"k{number}", hs_call_title="stuck") for number in range(100)]
    hubspot = FakeHubSpot(fails_at="stuck")
    with pytest.raises(Unavailable, match=r"HubSpot answers 500, again and again: \d+ tries in (5\d\d|600) s: run"):
        deliver(hubspot, calls, clock=clock)
    assert 500 < clock.now <= 600
    assert clock.pauses[0] < 1.0
    assert min(clock.pauses[-3:]) >= 15.0
    # While nothing shows that HubSpot takes any call, one request a round is enough to find out.
    assert hubspot.requests["create"] <= 48


@pytest.mark.parametrize("habit", ["fails_at", "silent_of"])
@pytest.mark.parametrize("stuck", [{41}, {0, 99}, {10, 11, 12}])
def test_one_that_hubspot_cannot_stand_costs_one_record(habit: str, stuck: set[int]) -> None:
    """A title that a firewall blocks, or that HubSpot is silent of, would end this sync and each one after it."""
    hubspot, clock = FakeHubSpot(), Clock()
    setattr(hubspot, habit, "stuck")
    calls = hundred()
    for number in stuck:
        calls[number] = linked(number, key=f"k{number}", hs_call_title="stuck")
    written = deliver(hubspot, calls, clock=clock)
    assert set(written.rejections) == stuck
    assert written.unconfirmed == set()
    assert len(hubspot.calls) == 100 - len(stuck)
    assert hubspot.requests["create"] <= 20 * len(stuck) + 5
    assert clock.now < 90
    (reason,) = {item.reason for item in written.rejections.values()}
    words = "HubSpot answers, but does not confirm the call" if habit == "silent_of" else "HubSpot answers 500"
    assert reason == f"{words}, however often it is sent"


@pytest.mark.parametrize("others", [0, 1, 2])
def test_few_calls_are_told_apart_as_many_are(others: int) -> None:
    """The last batch of a sync may hold one other call, or none."""
    for habit in ("fails_at", "silent_of"):
        hubspot, clock = FakeHubSpot(), Clock()
        setattr(hubspot, habit, "stuck")
        calls = [linked(0, key="k", hs_call_title="stuck"), *(linked(n + 1, key=f"k{n}") for n in range(others))]
        written = deliver(hubspot, calls, clock=clock)
        assert list(written.rejections) == [0]
        assert len(hubspot.calls) == others
        assert clock.now < (60 if others or habit == "silent_of" else 600)


def test_two_that_no_answer_comes_to_are_not_rejected() -> None:
    """Nothing shows that it is the calls: HubSpot may be down while the last batch of a sync has two."""
    hubspot, clock = FakeHubSpot(fails_at="stuck"), Clock()
    with pytest.raises(Unavailable) as raised:
        deliver(hubspot, [linked(n, key=f"k{n}", hs_call_title="stuck") for n in (0, 1)], clock=clock)
    tries = hubspot.requests["create"]
    assert str(raised.value).startswith(
        f"HubSpot answers 500, again and again: {tries} tries in {clock.now:.0f} s: run"
    )
    assert clock.now <= 600


@pytest.mark.parametrize(
    ("first_step", "updates", "seen"),
    [
        (FirstStep.CREATE, False, Seen(4, existing=3)),
        (FirstStep.READ, False, Seen(4, existing=3)),
        (FirstStep.READ, True, Seen(4, existing=3, changed=1)),
        (FirstStep.UPSERT, True, Seen(4, existing=3)),
    ],
)
def test_a_batch_shows_how_many_of_its_calls_with_a_key_exist_and_change(
    first_step: FirstStep, *, updates: bool, seen: Seen
) -> None:
    """The next batch begins by that."""
    hubspot = FakeHubSpot()
    calls = [call(n, key=f"k{n}", updates=updates) for n in range(4)]
    for n in range(3):
        held = hubspot.calls[hubspot.add(f"k{n}")].properties
        held |= orjson.loads(calls[n].properties) if n else {}
    delivery = Delivery(shared(hubspot, Clock()), first_step)
    delivery.run(Batch.of([*calls, call(9, updates=updates), calls[0]]))
    assert delivery.seen == seen


def test_what_a_lost_answer_made_is_not_taken_for_what_was_there() -> None:
    """The next batches would look first, for calls that do not exist."""
    hubspot = FakeHubSpot(mishaps=["lost after"])
    delivery = Delivery(shared(hubspot, Clock()))
    delivery.run(Batch.of([call(n, key=f"k{n}") for n in range(4)]))
    assert delivery.seen == Seen(4)


def test_an_update_that_hubspot_cannot_stand_costs_one_record() -> None:
    """An update is sent again as a create is, and the others of its batch do not wait for it."""
    for habit in ("fails_at", "silent_of"):
        hubspot, clock = FakeHubSpot(), Clock()
        setattr(hubspot, habit, "stuck")
        for number in range(20):
            hubspot.add(f"k{number}")
        calls = [call(n, key=f"k{n}", updates=True, hs_call_title="stuck" if n == 7 else "new") for n in range(20)]
        written = deliver(hubspot, calls, clock=clock, first_step=FirstStep.READ)
        assert list(written.rejections) == [7]
        assert written.rejections[7].reason.endswith("; the call is in HubSpot, its update is not confirmed")
        assert clock.now < 90
        assert sum(held.properties["hs_call_title"] == "new" for held in hubspot.calls.values()) == 19


@pytest.mark.parametrize("number", [1, 30, 100])
def test_without_a_key_a_silent_answer_makes_at_most_three_copies(number: int) -> None:
    """Each time it is sent may create it again, so it is narrowed down faster."""

    class Quiet(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            answer = super().create_calls(inputs)
            return BatchAnswer() if any(b"stuck" in item for item in inputs) else answer

    hubspot = Quiet()
    calls = [linked(n, hs_call_title="stuck" if n == number // 2 else f"call {n}") for n in range(number)]
    written = deliver(hubspot, calls)
    assert list(written.rejections) == [number // 2]
    assert written.rejections[number // 2].reason == (
        "HubSpot answers, but does not confirm the call, however often it is sent; it may be in HubSpot up to 3 times"
    )
    titles = Counter(held.properties["hs_call_title"] for held in hubspot.calls.values())
    assert len(titles) == number
    assert max(titles.values()) <= 3
    assert hubspot.requests["create"] <= 21


@pytest.mark.parametrize("number", [2, 30])
def test_without_a_key_a_hubspot_that_confirms_nothing_ends_the_sync(number: int) -> None:
    """It is not the calls then, and sending them on and on would make copies of all."""
    with pytest.raises(Unavailable, match=f"up to {number} calls may be in HubSpot 3 times"):
        deliver(FakeHubSpot(silent_of="stuck"), [linked(n, hs_call_title="stuck") for n in range(number)])


@pytest.mark.parametrize(("number", "calls"), [(50, "50 calls"), (1, "1 call")])
def test_without_a_key_two_lost_answers_end_the_sync(number: int, calls: str) -> None:
    """A gateway that gives up after the work is done would have each call made again and again."""
    hubspot = FakeHubSpot(mishaps=["lost after"] * 9)
    with pytest.raises(Unavailable, match=rf"lost after, twice .* up to {calls} may be in HubSpot twice"):
        deliver(hubspot, [linked(place) for place in range(number)])
    assert hubspot.requests == {"create": 2}


def test_without_a_key_one_lost_answer_is_borne() -> None:
    """The connection broke once, and most likely before anything was done."""
    hubspot, clock = FakeHubSpot(mishaps=["lost before"]), Clock()
    assert counts(deliver(hubspot, [linked(0)], clock=clock)) == {Count.CREATED: 1, Count.LINKED: 1}
    assert clock.pauses == [5.0]


def test_without_a_key_what_is_turned_away_is_narrowed_down() -> None:
    """It was hardly done, so that sending it again makes no copy: one row costs one row."""

    class Walled(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            if any(b"stuck" in item for item in inputs):
                raise LostAnswer("HubSpot answers 403", is_blocked=True)
            return super().create_calls(inputs)

    hubspot, clock = Walled(), Clock()
    calls = [linked(n, hs_call_title="stuck" if n == 41 else f"call {n}") for n in range(100)]
    written = deliver(hubspot, calls, clock=clock)
    assert list(written.rejections) == [41]
    assert written.rejections[41].reason == "HubSpot answers 403, however often it is sent"
    assert len(hubspot.calls) == 99
    assert clock.now < 90


def test_an_error_that_names_nobody_makes_no_copies() -> None:
    """The results hold what was sent: they tell which call is missing, so that it alone is sent again."""

    class Nameless(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            answer = super().create_calls(inputs)
            errors = tuple(problem.model_copy(update={"context": {}}) for problem in answer.errors)
            return answer.model_copy(update={"errors": errors})

    hubspot = Nameless(echo=0.0)
    calls = [linked(number) for number in range(100)]
    calls[41] = linked(41, hs_call_title=BAD)
    written = deliver(hubspot, calls)
    assert list(written.rejections) == [41]
    assert len(hubspot.calls) == 99
    assert hubspot.requests["create"] <= 2


def test_what_was_done_before_it_broke_off_is_told() -> None:
    """A sync that ends with an error has to say what it wrote, and of which calls nobody knows."""

    class Half(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            if len(inputs) < 4:
                raise Unauthorized("no")
            results = ({"id": "1", "objectWriteTraceId": "0"}, {"id": "2", "objectWriteTraceId": "1"})
            return BatchAnswer.model_validate({"results": results})

    calls = [linked(0), linked(1), linked(2), linked(3)]
    result = BatchResult(Batch.of(calls))
    with pytest.raises(Unauthorized):
        deliver(Half(), calls, result=result)
    assert result.became == {0: Count.CREATED, 1: Count.CREATED}
    assert result.unconfirmed == {2, 3}


def test_links_that_are_not_confirmed_are_read_back() -> None:
    """Whether each pair comes back is not documented: what is there is made, and the sync goes on."""

    class Taciturn(FakeHubSpot):
        def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
            super().link_calls(object_type, inputs)
            return LinkAnswer()

    hubspot = Taciturn(mishaps=["without links"])
    written = deliver(hubspot, hundred())
    assert written.rejections == {}
    assert all(held.linked == {"100001"} for held in hubspot.calls.values())
    assert hubspot.requests == {"create": 1, "read": 1, "read links": 2, "link": 1}


@pytest.mark.parametrize("rule", [SKIPS, REJECTS])
def test_a_link_that_never_is_there_is_refused_as_its_rule_says(rule: LinkRule) -> None:
    """HubSpot confirms nothing and makes nothing, for ever: the rule decides, and the sync ends."""

    class Deaf(FakeHubSpot):
        def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
            self.requests["link"] += 1
            return LinkAnswer()

    hubspot = Deaf()
    hubspot.add("k", age=timedelta(hours=1))
    written = deliver(hubspot, [linked(0, rule=rule, key="k")])
    assert hubspot.requests["link"] == 3
    if rule is SKIPS:
        assert counts(written) == {Count.THERE: 1, Count.MISSED: 1, Count.UNLINKED: 1}
    else:
        assert written.rejections[0].rule == REJECTS.place
        assert written.rejections[0].reason == (
            'contacts: HubSpot answers, but does not confirm the link to the record that field "contact" tells; '
            "the call itself is in HubSpot"
        )


def test_labels_of_a_link_are_kept() -> None:
    """The labels that are sent replace those there, so those of a person would be gone with each sync."""
    hubspot = FakeHubSpot()
    number = hubspot.add("k")
    theirs = encode_type(AssociationType(category="USER_DEFINED", typeId=7))
    hubspot.calls[number].links["100001"] = {theirs}
    deliver(hubspot, [linked(0, key="k", updates=True)])
    assert hubspot.calls[number].links["100001"] == {theirs, *link_type(SKIPS, ()).encoded}


def test_links_that_are_there_are_not_made_again() -> None:
    """Reading costs a thousandth of a request for each call, and making them again could take labels away."""
    hubspot = FakeHubSpot()
    for number in range(100):
        call_id = hubspot.add(f"k{number}")
        hubspot.calls[call_id].links["100001"] = set(link_type(SKIPS, ()).encoded)
    deliver(hubspot, hundred(updates=True), first_step=FirstStep.READ)
    assert hubspot.requests == {"read": 1, "update": 1, "read links": 1}


def test_a_link_that_is_answered_with_another_id_is_made() -> None:
    """A merged record's answer names the one that it went into: as many results as pairs, and no error."""

    class Merged(FakeHubSpot):
        def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
            made = super().link_calls(object_type, inputs).results
            return LinkAnswer(results=tuple(pair.model_copy(update={"to_id": "7"}) for pair in made))

    hubspot = Merged()
    hubspot.add("k")
    clock = Clock()
    written = deliver(hubspot, [linked(0, key="k", updates=True)], clock=clock)
    assert counts(written) == {Count.UPDATED: 1, Count.LINKED: 1}
    assert hubspot.requests["link"] == 1
    assert clock.pauses == []


def test_links_are_read_back_where_a_batch_created_some_and_it_is_its_turn() -> None:
    """One that created no call with a link shows nothing, and the next one's links are read in its place."""
    hubspot = FakeHubSpot()
    line = shared(hubspot, Clock())
    read = []
    for number, links in enumerate(([], [Link(SKIPS, "100001")], [Link(SKIPS, "100001")])):
        delivery = Delivery(line)
        delivery.run(Batch.of([call(number, key=f"k{number}", links=tuple(links))]))
        delivery.audit()
        read.append(hubspot.requests["read links"])
    assert read == [0, 1, 1]


def test_an_update_that_hubspot_refuses_says_what_was_done() -> None:
    """The person must know that the call is there, as it was."""
    hubspot = FakeHubSpot()
    hubspot.add("k")
    written = deliver(hubspot, [call(0, key="k", updates=True, hs_call_title=BAD)])
    assert written.rejections[0].reason.endswith("(INVALID); the call is in HubSpot and was left as it was")


def test_a_link_that_is_refused_after_the_call_was_found_says_what_was_done() -> None:
    """The rule wants no call without its link, but the call is there: both have to be told."""
    for updates, words in ((False, "is in HubSpot"), (True, "was updated")):
        hubspot = FakeHubSpot()
        hubspot.add("k", age=timedelta(hours=1))
        written = deliver(hubspot, [linked(0, GONE, rule=REJECTS, key="k", updates=updates)])
        assert written.rejections[0].reason.endswith(f"(INVALID_OBJECT_IDS); the call itself {words}")
        assert GONE in written.rejections[0].detail
        assert written.rejections[0].rule == REJECTS.place


def test_a_link_that_is_refused_after_the_call_was_found_is_counted() -> None:
    """The rule lets the call go without it; the summary must say that it did."""
    hubspot = FakeHubSpot()
    for number in range(3):
        hubspot.add(f"k{number}", age=timedelta(hours=1))
    ends = [(GONE,), ("100001", GONE), ("100001", "100002")]
    calls = [call(number, key=f"k{number}", links=tuple(Link(SKIPS, to) for to in ends[number])) for number in range(3)]
    written = deliver(hubspot, calls)
    assert written.rejections == {}
    assert [held.linked for held in hubspot.calls.values()] == [set(), {"100001"}, {"100001", "100002"}]
    assert counts(written) == {Count.THERE: 3, Count.MISSED: 2, Count.UNLINKED: 1, Count.LINKED: 3}


def test_where_most_was_there_the_next_batch_looks_first() -> None:
    """A full refresh again then costs one read for a batch, and no create."""
    hubspot = FakeHubSpot()
    for number in range(200):
        hubspot.add(f"k{number}")
    clock = Clock()
    writer = Writer(hubspot, resolver(), pause=clock.pause, clock=clock)
    calls = [linked(number, key=f"k{number}") for number in range(300)]
    writer.write(Batch.of(calls[:100]))
    assert hubspot.requests == {"create": 1, "read": 1}
    writer.write(Batch.of(calls[100:200]))
    assert hubspot.requests == {"create": 1, "read": 2}
    writer.write(Batch.of(calls[200:]))
    assert hubspot.requests == {"create": 2, "read": 3, "read links": 1}


@pytest.mark.parametrize("mishap", ["strangers", "strangers after"])
@pytest.mark.parametrize("key", [None, "k"])
def test_results_of_strangers_prove_nothing(mishap: str, key: str | None) -> None:
    """As many results as inputs, but about other people's calls: nobody knows what became of ours."""
    hubspot = FakeHubSpot(mishaps=[mishap])
    written = deliver(hubspot, [linked(n, key=key and f"{key}{n}") for n in range(5)])
    assert written.rejections == {}
    titles = Counter(held.properties["hs_call_title"] for held in hubspot.calls.values())
    assert titles.keys() == {f"call {n}" for n in range(5)}
    assert key is None or set(titles.values()) == {1}


def test_a_link_is_made_once_for_a_record_that_several_rules_lead_to() -> None:
    """HubSpot refuses one target twice in an input."""
    sent: list[dict[str, Any]] = []

    class Watched(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            sent.extend(map(orjson.loads, inputs))
            return super().create_calls(inputs)

    deliver(Watched(), [call(0, links=(Link(SKIPS, "100001"), Link(REJECTS, "100001")))])
    (association,) = sent[0]["associations"]
    assert association == {
        "to": {"id": "100001"},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}],
    }


def test_an_update_that_stands_between_records_that_do_not_update_is_written() -> None:
    """Streams that share a key may differ in their mode: what stands between two of the other is not dropped."""
    hubspot = FakeHubSpot()
    first, update, last = linked(0, key="k"), linked(1, key="k", updates=True), linked(2, key="k")
    written = deliver(hubspot, [first, update, last])
    assert written.rejections == {}
    (held,) = hubspot.calls.values()
    assert held.properties["hs_call_title"] == "call 1"
    assert counts(written)[Count.CREATED] == counts(written)[Count.UPDATED] == counts(written)[Count.THERE] == 1


# Values that the account requires


CONDITIONAL = Problem(
    category="VALIDATION_ERROR",
    errors=(
        Problem(
            message="A value for hs_call_body must be provided",
            code="MISSING_CONDITIONAL_REQUIRED_PROPERTY",
            context={"propertyName": ("hs_call_body",)},
        ),
    ),
)


class Conditional(FakeHubSpot):
    """Wants a body of each call that was lost, and refuses a whole request for one without."""

    def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        held = [orjson.loads(item)["properties"] for item in inputs]
        if any(item.get("hs_call_status") == "LOST" and not item.get("hs_call_body") for item in held):
            self.requests["create"] += 1
            raise Refusal(400, CONDITIONAL)
        return super().create_calls(inputs)


@pytest.mark.parametrize("body", ["", "why"])
@pytest.mark.parametrize(("others", "most"), [(["DONE"], 5), (["DONE", "BUSY"], 6)])
def test_of_calls_that_lack_a_value_those_that_are_alike_are_judged_by_one(
    body: str, others: list[str], most: int
) -> None:
    """The account requires it of calls with a certain value, so of all with that value and of no others."""
    hubspot = Conditional()
    statuses = [*others, "LOST", "LOST"] * 10
    calls = [
        call(n, key=f"k{n}", hs_call_status=status, hs_call_body=body if n == 3 else "")
        for n, status in enumerate(statuses)
    ]
    written = deliver(hubspot, calls)
    lost = [n for n, status in enumerate(statuses) if status == "LOST" and not (body and n == 3)]
    assert sorted(written.rejections) == lost
    assert {item.reason for item in written.rejections.values()} == {
        "HubSpot requires a value for hs_call_body, and no rule fills it (MISSING_CONDITIONAL_REQUIRED_PROPERTY)"
    }
    assert len(hubspot.calls) == len(calls) - len(lost)
    # All together; those of each status; of those that were lost one alone, and the others together.
    assert hubspot.requests["create"] == most + bool(body)


def test_one_of_calls_that_are_alike_may_lack_a_value_that_the_others_need_not_have() -> None:
    """What they differ in may be why: each is rejected only if it, or one like it, was refused alone."""

    class Odd(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            if any(b"call 7" in item for item in inputs):
                raise Refusal(400, CONDITIONAL)
            return super().create_calls(inputs)

    calls = [call(n, key=f"k{n}") for n in range(10)]
    assert list(deliver(Odd(), calls).rejections) == [7]
    # One that is refused for its title says nothing of what the others lack.
    calls[0] = call(0, key="k0", hs_call_title=BAD)
    written = deliver(Odd(bad_property="request"), calls)
    assert sorted(written.rejections) == [0, 7]
    assert len(written.became) == 8


# How often and how long


class Silent(FakeHubSpot):
    """Answers nothing of a call that is stuck, and all of the others of its request."""

    def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        return super().create_calls([item for item in inputs if b"stuck" not in item])


def test_where_hubspot_takes_others_waits_stay_short() -> None:
    """It is well: nothing is won by waiting longer for one call that it does not see."""
    clock = Clock()
    calls = [call(n, key=f"k{n}", hs_call_title="stuck" if n == 1 else "fine") for n in range(2)]
    written = deliver(Silent(), calls, clock=clock)
    assert list(written.rejections) == [1]
    assert 2.0 <= max(clock.pauses) <= 4.0
    assert 0.5 <= clock.pauses[0] == min(clock.pauses) < 1.0
    alone = Clock()
    assert list(deliver(FakeHubSpot(silent_of="stuck"), calls[1:2], clock=alone).rejections) == [0]
    assert max(alone.pauses) >= 4.0


class Late(FakeHubSpot):
    """Creates once, confirms nothing, and finds what it created after so many looks."""

    blind = 5

    def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        if not self.calls:
            return super().create_calls(inputs).model_copy(update={"results": ()})
        return BatchAnswer()

    def read_records(self, *arguments: Any, **more: Any) -> Any:
        self.blind -= 1
        return super().read_records(*arguments, **more) if self.blind < 0 else ReadResult((), NOW, complete=True)


@pytest.mark.parametrize(("updates", "became"), [(False, Count.CREATED), (True, Count.UPDATED)])
def test_a_call_that_a_last_look_finds_is_not_rejected(became: str, *, updates: bool) -> None:
    """It was sent as often as is worth it, and is in HubSpot after all."""
    hubspot = Late()
    assert deliver(hubspot, [call(0, key="k", updates=updates)]).became == {0: became}
    assert hubspot.blind < 0


class Failing(FakeHubSpot):
    """Its first two creates get no answer."""

    fails = 2

    def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        self.fails -= 1
        if self.fails >= 0:
            raise LostAnswer("HubSpot answers 500")
        return super().create_calls(inputs)


def test_lost_answers_are_told_to_who_watches_and_silence_is_not() -> None:
    """A person sees why a sync stands still; a call that is not confirmed is no trouble of the network's."""
    told: list[Trouble] = []

    class Watching(Clock):
        def pause(self, seconds: float) -> None:
            told.extend(troubles.now())
            super().pause(seconds)

    for hubspot in (Failing(), FakeHubSpot(mishaps=["empty", "fine", "empty"])):
        clock = Watching()
        troubles = Troubles(clock)
        deliver(hubspot, [call(0, key="k")], clock=clock, troubles=troubles)
        assert troubles.now() == ()
    assert [(trouble.what, trouble.cause, trouble.attempt) for trouble in told] == [
        ("creating calls", "HubSpot answers 500", 2),
        ("creating calls", "HubSpot answers 500", 3),
    ]


def test_what_was_turned_away_is_no_lost_request() -> None:
    """It was hardly done, so that one lost answer after it is borne."""

    class Turned(FakeHubSpot):
        turned = 1

        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            self.turned -= 1
            if self.turned >= 0:
                raise LostAnswer("HubSpot answers 403", is_blocked=True)
            return super().create_calls(inputs)

    hubspot = Turned(mishaps=["lost before"])
    assert deliver(hubspot, [call(0)]).became == {0: Count.CREATED}


class Walled(FakeHubSpot):
    """A firewall before it turns away requests that hold a word: creates, and reads too."""

    lost = 0
    """How many creates get no answer first."""

    def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        self.lost -= 1
        if self.lost >= 0 or any(b"evil" in item for item in inputs):
            self.requests["create"] += 1
            raise LostAnswer("HubSpot answers 403", is_blocked=self.lost < 0)
        return super().create_calls(inputs)

    def read_records(self, object_type: str, id_property: str, keys: Sequence[str], *more: Any, **most: Any) -> Any:
        if any("evil" in key for key in keys):
            raise Blocked("reading calls")
        return super().read_records(object_type, id_property, keys, *more, **most)


@pytest.mark.parametrize("lost", [0, 1])
def test_a_key_that_a_firewall_turns_away_costs_its_record_only(lost: int) -> None:
    """Neither creating nor looking will ever pass; an answer that is lost says nothing of it."""
    hubspot = Walled()
    hubspot.lost = lost
    calls = [call(n, key="evil" if n == 1 else f"k{n}") for n in range(3)]
    written = deliver(hubspot, calls)
    assert list(written.rejections) == [1]
    assert written.rejections[1].reason == (
        "HubSpot answers 403 to the call, and to looking up its key: "
        "a firewall or proxy on the way to HubSpot turns it away for what is in it"
    )
    assert len(hubspot.calls) == 2
    assert hubspot.requests["create"] == 2 + lost


def test_those_that_are_lost_with_a_key_that_is_turned_away_are_lost_as_any() -> None:
    """They are sent again, and who watches is told why."""
    told: list[str] = []

    class Watching(Clock):
        def pause(self, seconds: float) -> None:
            told.extend(trouble.cause for trouble in troubles.now())
            super().pause(seconds)

    clock = Watching()
    troubles = Troubles(clock)
    calls = [call(n, key="evil" if n == 0 else f"k{n}") for n in range(2)]
    assert list(deliver(Walled(), calls, clock=clock, troubles=troubles).rejections) == [0]
    assert told == ["HubSpot answers 403"]


# What HubSpot refuses of all


class Terse(FakeHubSpot):
    """Says of each bad input that it does not take it, and no more."""

    def _error(self, draft: dict[str, Any], problem: Problem) -> Problem:
        return super()._error(draft, Problem(category="VALIDATION_ERROR", message="No."))


def test_an_answer_that_refuses_each_of_twenty_in_the_same_words_is_about_the_account() -> None:
    """Thousands of good records would be rejected; of fewer, or where others are accepted, it is the records."""
    bad = [call(n, key=f"k{n}", hs_call_title=BAD) for n in range(20)]
    with pytest.raises(AccountRefusal):
        deliver(Terse(), bad)
    assert len(deliver(Terse(), bad[:19]).rejections) == 19
    assert len(deliver(Terse(), [*bad, call(20, key="good")]).rejections) == 20


def test_one_call_that_is_refused_as_a_whole_request_is_looked_for_once() -> None:
    """It may exist; the look that follows every refusal tells."""
    hubspot = FakeHubSpot(clash="request")
    hubspot.add("k")
    assert counts(deliver(hubspot, [call(0, key="k")])) == {Count.THERE: 1}
    assert hubspot.requests == {"create": 1, "read": 1}


def test_a_batch_that_exists_in_hubspots_own_spelling_costs_one_create() -> None:
    """It keeps keys in lower case, and refuses them all at once: who holds one of them shows how they are spelled."""
    hubspot = FakeHubSpot(clash="request", keeps="lower")
    for number in range(20):
        hubspot.add(f"CA-{number}")
    written = deliver(hubspot, [call(number, key=f"CA-{number}") for number in range(20)])
    assert counts(written)[Count.THERE] == 20
    assert hubspot.requests["create"] == 1


@pytest.mark.parametrize(
    ("error", "unconfirmed"),
    [
        (Unauthorized("no"), set()),
        (DailyLimit(), set()),
        (Unavailable("HubSpot answers 503, again and again"), {0, 1}),
    ],
)
def test_what_an_error_leaves_open_is_told(error: Exception, unconfirmed: set[int]) -> None:
    """A request that was turned away, or not sent at all, has written nothing; one that failed may have."""

    class Ending(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            raise error

    result = BatchResult(Batch.of([linked(0, key="k0"), linked(1, key="k1")]))
    with pytest.raises(type(error)):
        Delivery(shared(Ending(), Clock())).run(result.batch, result)
    assert result.unconfirmed == unconfirmed


# Updates


@pytest.mark.parametrize(("changed", "shared_with_others"), [(0, []), (1, [1]), (99, [99]), (100, [])])
def test_less_than_a_request_of_updates_is_shared(changed: int, shared_with_others: list[int]) -> None:
    """A whole one goes at once, and none is sent where nothing differs."""
    hubspot, sent = FakeHubSpot(), []

    class Watched(SharedUpdates):
        def send(self, updates: Sequence[Update]) -> Outcomes:
            sent.append(len(updates))
            return super().send(updates)

    calls = [call(n, key=f"k{n}", updates=True) for n in range(100)]
    for n in range(100):
        hubspot.add(f"k{n}", title="old" if n < changed else f"call {n}")
    line = replace(shared(hubspot, Clock()), updates=Watched(hubspot, InFlight()))
    for held in hubspot.calls.values():
        held.properties["hs_timestamp"] = "1767225600000"
    written = Delivery(line, FirstStep.READ).run(Batch.of(calls))
    assert sent == shared_with_others
    assert hubspot.requests["update"] == bool(changed)
    assert Counter(written.became.values())[Count.UPDATED] == changed


@pytest.mark.parametrize(
    ("first_step", "exist", "shared_with_others"),
    [(FirstStep.READ, 60, [40]), (FirstStep.READ, 0, []), (FirstStep.READ, 100, []), (FirstStep.CREATE, 60, [])],
)
def test_what_a_look_has_left_of_a_batch_is_created_with_others(
    first_step: FirstStep, exist: int, shared_with_others: list[int]
) -> None:
    """A request for it alone would be half empty; a whole batch goes at once."""
    hubspot, sent = FakeHubSpot(), []

    class Watched(SharedCreates):
        def send(self, calls: Sequence[PendingCall]) -> Outcomes:
            sent.append(len(calls))
            return super().send(calls)

    for n in range(exist):
        hubspot.add(f"k{n}")
    line = replace(shared(hubspot, Clock()), creates=Watched(Creates(hubspot, b"", lambda: False), InFlight()))
    written = Delivery(line, first_step).run(Batch.of([call(n, key=f"k{n}") for n in range(100)]))
    assert sent == shared_with_others
    assert Counter(written.became.values())[Count.CREATED] == 100 - exist


@pytest.mark.parametrize(
    ("error", "refuses"),
    [
        (Unexpected("HubSpot answers 404 to upserting calls"), True),
        (Refusal(400, Problem(category="VALIDATION_ERROR", message="No.")), True),
        (Refusal(400, Problem(context={"properties": ("hs_call_body",)})), False),
    ],
)
def test_a_refused_upsert_shows_whether_the_account_takes_any(error: Exception, *, refuses: bool) -> None:
    """The batch goes the usual way; what names a property of a call is about that call."""

    class Closed(FakeHubSpot):
        def upsert_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            self.requests["upsert"] += 1
            raise error

    hubspot = Closed()
    hubspot.add("k0")
    delivery = Delivery(shared(hubspot, Clock()), FirstStep.UPSERT)
    written = delivery.run(Batch.of([call(n, key=f"k{n}", updates=True) for n in range(2)]))
    assert written.became == {0: Count.UPDATED, 1: Count.CREATED}
    assert delivery.refuses_upserts is refuses
    assert hubspot.requests["upsert"] == 1


def test_what_an_upsert_did_whose_answer_was_lost_is_counted_as_done() -> None:
    """It is found afterwards, with nothing left to change: without its answer it would look as it was before."""
    hubspot = FakeHubSpot(mishaps=["lost after"])
    hubspot.add("k0")
    written = deliver(hubspot, [call(n, key=f"k{n}", updates=True) for n in range(2)], first_step=FirstStep.UPSERT)
    assert written.became == {0: Count.UPDATED, 1: Count.UPDATED}
    assert len(hubspot.calls) == 2


def test_an_upsert_that_creates_is_told_from_one_that_updates() -> None:
    """The summary counts them apart."""
    hubspot = FakeHubSpot()
    hubspot.add("k0")
    calls = [call(n, key=f"k{n}", updates=True) for n in range(3)]
    written = deliver(hubspot, calls, first_step=FirstStep.UPSERT)
    assert written.became == {0: Count.UPDATED, 1: Count.CREATED, 2: Count.CREATED}
