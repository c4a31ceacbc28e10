"""Batches into HubSpot, whatever it does: each ends, and what it promises of calls, links and labels holds."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from destination_hubspot_calls.associations import LinkResolver
from destination_hubspot_calls.associations.link_type import link_type
from destination_hubspot_calls.delivery import gathering
from destination_hubspot_calls.delivery.writer import Writer
from destination_hubspot_calls.hubspot.client import ReadResult
from destination_hubspot_calls.hubspot.errors import AccountRefusal, Refusal, Unavailable
from destination_hubspot_calls.hubspot.inputs import encode_type
from destination_hubspot_calls.hubspot.models import AssociationType, BatchAnswer, LinkAnswer, LinkedRecord, Problem
from destination_hubspot_calls.messages import Batch, Call, Link
from destination_hubspot_calls.results import BatchResult, Count
from unit_tests.entries import CALLS, PROPERTY, call, link_rule
from unit_tests.fake_hubspot import BAD, CONTACTS, MISHAPS, FakeHubSpot, Where

SKIPS = link_rule(place=0)
REJECTS = link_rule(place=1, rejects_missing=True)
GONE = "999999"
THEIRS = encode_type(AssociationType(category="USER_DEFINED", typeId=7))
STUCK = "stuck"


class Clock:
    """Virtual time: pauses pass at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


class WeaklyKnown(Batch):
    """A batch of which one can see that nobody has it any more."""


def writer(hubspot: FakeHubSpot, clock: Clock | None = None, **created_with: str) -> Writer:
    clock = clock or Clock()
    resolver = LinkResolver({rule: link_type(rule, ()) for rule in (SKIPS, REJECTS)}, {})
    return Writer(hubspot, resolver, pause=clock.pause, clock=clock, created_with=created_with)


def linked(number: int, to: str = "100001", *, updates: bool = False, title: str = "") -> Call:
    titled = title or f"call {number}"
    return call(number, key=f"k{number}", links=(Link(SKIPS, to),), updates=updates, hs_call_title=titled)


class Plan(NamedTuple):
    """A record: its key, its title, what it is linked to by which rule, and whether its call needs a link."""

    key: str
    title: str
    skips: str | None
    rejects: str | None
    needs_link: bool


PLANS = st.builds(
    Plan,
    key=st.sampled_from(["K0", "K1", " K2", "k3", "k4 ", "k5"]),
    title=st.sampled_from(["good", "fine", "well", BAD, STUCK]),
    skips=st.sampled_from([None, "100001", "100002", GONE]),
    rejects=st.sampled_from([None, None, "100003", GONE]),
    needs_link=st.booleans(),
)
WHERE = st.sampled_from(["input", "request"])
HUBSPOTS = st.builds(
    FakeHubSpot,
    mishaps=st.lists(st.sampled_from(MISHAPS), max_size=6),
    seed=st.integers(0, 9),
    echo=st.sampled_from([0.0, 0.5, 1.0]),
    bad_property=WHERE,
    bad_link=WHERE,
    clash=WHERE,
    names_nothing=st.booleans(),
    names_no_link=st.booleans(),
    unlinked=st.sampled_from([0, 0, 1, 99]),
    silent_of=st.sampled_from(["-", STUCK]),
    fails_at=st.sampled_from(["-", STUCK]),
    keeps=st.sampled_from(["as sent", "lower", "trimmed"]),
    upserts=st.booleans(),
)


def records(plans: Sequence[Plan], *, updates: bool) -> list[Call]:
    found = []
    for number, plan in enumerate(plans):
        links = [Link(SKIPS, plan.skips)] if plan.skips else []
        links += [Link(REJECTS, plan.rejects)] if plan.rejects else []
        found.append(
            call(
                number,
                key=plan.key,
                links=tuple(links),
                updates=updates,
                needs_link=plan.needs_link,
                hs_call_title=plan.title,
            )
        )
    return found


def test_a_batch_that_is_written_is_let_go_at_once() -> None:
    """A hundred calls, their lines and their texts would fill memory until the collector comes by."""
    batch = WeaklyKnown.of([linked(1), linked(2)])
    kept = weakref.ref(batch)
    write = writer(FakeHubSpot()).write
    gc.disable()
    try:
        write(batch)
        del batch
        assert kept() is None
    finally:
        gc.enable()


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    hubspot=HUBSPOTS,
    batches=st.lists(st.lists(PLANS, min_size=1, max_size=12), min_size=1, max_size=3),
    there=st.sets(st.sampled_from(["K0", " K2", "k5"])),
    updates=st.booleans(),
)
def test_every_batch_ends_and_its_promises_hold(
    hubspot: FakeHubSpot, batches: list[list[Plan]], there: set[str], *, updates: bool
) -> None:
    """One call per key, none without its links, no label of others lost, each record told of, in bounded time."""
    for key in sorted(there):
        hubspot.calls[hubspot.add(key, age=timedelta(days=9))].links["100001"] = {THEIRS}
    clock = Clock()
    found = writer(hubspot, clock)
    for plans in batches:
        began, requests = clock.now, hubspot.requests.total()
        calls = records(plans, updates=updates)
        try:
            written = found.write(Batch.of(calls))
        except (Unavailable, AccountRefusal):
            return  # it ended: HubSpot took nothing, or refused all in the same words
        finally:
            assert clock.now - began <= 700
            assert hubspot.requests.total() - requests < 60 + 40 * len(plans)
            assert all(len(held) == 1 for held in hubspot.by_key().values())
            assert all(held.links["100001"] >= {THEIRS} for held in list(hubspot.calls.values())[: len(there)])
        assert written.rejections.keys() | written.became.keys() == set(range(len(plans)))
        assert not written.rejections.keys() & written.became.keys()
        _expect_kept(hubspot, plans, calls, written)


def _expect_kept(hubspot: FakeHubSpot, plans: Sequence[Plan], calls: Sequence[Call], written: BatchResult) -> None:
    """What a record became is what HubSpot holds."""
    spelled = {held.properties[PROPERTY].strip().lower(): held for held in hubspot.calls.values()}
    for position, became in written.became.items():
        held = spelled[plans[position].key.strip().lower()]
        missed = {miss.value for miss in written.misses.get(position, ())}
        if became in (Count.CREATED, Count.UPDATED, Count.UNCHANGED):
            assert {link.value for link in calls[position].links} - missed <= held.linked <= CONTACTS
            assert held.linked or not plans[position].needs_link
        if became == Count.UPDATED:
            assert held.properties["hs_call_title"] in {plan.title for plan in plans}


class OneAtATime(FakeHubSpot):
    """A HubSpot for several threads: it is no better than the other, but counts right."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._turn = threading.Lock()

    def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        with self._turn:
            return super().create_calls(inputs)

    def update_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        with self._turn:
            return super().update_calls(inputs)

    def upsert_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        with self._turn:
            return super().upsert_calls(inputs)

    def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
        with self._turn:
            return super().link_calls(object_type, inputs)

    def read_links(self, object_type: str, call_ids: Iterable[str]) -> dict[str, dict[str, LinkedRecord]]:
        with self._turn:
            return super().read_links(object_type, call_ids)

    def read_records(
        self,
        object_type: str,
        id_property: str,
        keys: Sequence[str],
        properties: Iterable[str],
        *,
        archived: bool = False,
    ) -> ReadResult:
        with self._turn:
            return super().read_records(object_type, id_property, keys, properties, archived=archived)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    hubspot=st.builds(
        OneAtATime,
        mishaps=st.lists(st.sampled_from(MISHAPS), max_size=8),
        seed=st.integers(0, 9),
        echo=st.sampled_from([0.0, 0.5, 1.0]),
        bad_property=WHERE,
        bad_link=WHERE,
        clash=WHERE,
        silent_of=st.sampled_from(["-", STUCK]),
        fails_at=st.sampled_from(["-", STUCK]),
        upserts=st.booleans(),
    ),
    batches=st.lists(st.lists(PLANS, min_size=1, max_size=6), min_size=2, max_size=4),
    there=st.integers(0, 3),
    updates=st.booleans(),
)
def test_batches_that_share_requests_keep_their_promises(
    hubspot: OneAtATime, batches: list[list[Plan]], there: int, *, updates: bool
) -> None:
    """What befalls a request befalls calls of several batches: none may be made twice, lost, or told of wrongly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathering, "LINGER", 0.02)
        patch.setattr(gathering, "STEP", 0.005)
        own = [
            [plan._replace(key=f"{plan.key.strip()}-{place}") for plan in plans] for place, plans in enumerate(batches)
        ]
        for plan in [plan for plans in own for plan in plans[:there]]:
            if not hubspot.by_key().get(plan.key):
                hubspot.add(plan.key)
        found = writer(hubspot)
        with ThreadPoolExecutor(len(own)) as pool:
            calls = [records(plans, updates=updates) for plans in own]
            writes = [pool.submit(found.write, Batch.of(some)) for some in calls]
    for plans, some, write in zip(own, calls, writes, strict=True):
        if isinstance(write.exception(), Unavailable | AccountRefusal):
            continue  # it ended: HubSpot took nothing, or refused all in the same words
        written = write.result()
        assert written.rejections.keys() | written.became.keys() == set(range(len(plans)))
        assert not written.rejections.keys() & written.became.keys()
        _expect_kept(hubspot, plans, some, written)
    assert all(len(held) == 1 for held in hubspot.by_key().values())


def test_links_that_were_not_made_with_the_calls_are_made_before_a_batch_is_done() -> None:
    """An answer says nothing of it: the first batch shows it, and from then on each is read back."""
    hubspot = FakeHubSpot(unlinked=250)
    found = writer(hubspot)
    for start in range(0, 300, 100):
        written = found.write(Batch.of([linked(number) for number in range(start, start + 100)]))
        assert written.tallies.of(CALLS).counts == {Count.CREATED: 100, Count.LINKED: 100}
        assert all(held.linked == {"100001"} for held in hubspot.calls.values())
    assert hubspot.requests == {"create": 3, "read links": 3, "link": 3}


def test_few_calls_that_exist_cost_a_look_and_not_a_create_where_they_have_all_of_it_refused() -> None:
    """Each batch would be created in vain, looked up, and created again."""
    hubspot = FakeHubSpot(clash="request")
    for number in range(0, 500, 10):
        hubspot.add(f"k{number}")
    found = writer(hubspot)
    for start in range(0, 500, 100):
        found.write(Batch.of([call(number, key=f"k{number}") for number in range(start, start + 100)]))
    assert len(hubspot.calls) == 500
    assert hubspot.requests == {"create": 6, "read": 6}


def test_a_missing_link_that_cannot_be_made_any_more_is_counted_as_that() -> None:
    """The record at its other end was deleted between the two."""

    class Deleting(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            return super().create_calls([item.replace(b"999999", b"100002") for item in inputs])

    hubspot = Deleting(unlinked=9)
    written = writer(hubspot).write(Batch.of([linked(0, GONE), linked(1), reject_linked(2, GONE)]))
    assert written.became == {0: Count.CREATED, 1: Count.CREATED}
    assert written.links == {0: 0, 1: 1}
    assert written.rejections[2].reason.endswith("(INVALID_OBJECT_IDS); the call itself is in HubSpot")
    assert GONE in written.rejections[2].detail
    assert written.rejections[2].rule == REJECTS.place
    assert [miss.value for miss in written.misses[0]] == [GONE]


def reject_linked(number: int, to: str) -> Call:
    return call(number, key=f"k{number}", links=(Link(REJECTS, to),))


def test_the_account_that_refuses_all_ends_the_sync() -> None:
    """A refusal that names nothing and comes for each call alone is not about the calls, however many there are."""
    for number in (5, 20, 100):
        hubspot = FakeHubSpot(bad_property="request", names_nothing=True)
        with pytest.raises(AccountRefusal, match="for every call of a batch"):
            writer(hubspot).write(Batch.of([call(n, key=f"k{n}", hs_call_title=BAD) for n in range(number)]))
        assert hubspot.requests["create"] <= 20


def test_a_few_that_are_refused_in_the_same_words_are_no_matter_of_the_account() -> None:
    """Where others are accepted, it is the records."""
    for bad, most in ((range(5), 26), (range(95, 100), 19), (range(0, 100, 20), 53)):
        hubspot = FakeHubSpot(bad_property="request", names_nothing=True)
        calls = [call(n, key=f"k{n}", hs_call_title=BAD if n in bad else "good") for n in range(100)]
        written = writer(hubspot).write(Batch.of(calls))
        assert sorted(written.rejections) == list(bad)
        assert hubspot.requests["create"] <= most
    few = writer(FakeHubSpot(bad_property="request", names_nothing=True)).write(
        Batch.of([call(n, key=f"k{n}", hs_call_title=BAD) for n in range(4)])
    )
    assert len(few.rejections) == 4


def test_what_is_for_new_calls_only_is_not_written_to_others() -> None:
    """Which sync made a call can be seen in it."""
    hubspot = FakeHubSpot()
    for number in range(0, 400, 2):
        hubspot.add(f"k{number}")
    found = writer(hubspot, made_by="run 1")
    for start in range(0, 400, 100):
        found.write(Batch.of([linked(n, updates=True, title="new") for n in range(start, start + 100)]))
    made = {held.properties[PROPERTY]: held.properties.get("made_by") for held in hubspot.calls.values()}
    assert made == {f"k{number}": "run 1" if number % 2 else None for number in range(400)}
    assert hubspot.requests["upsert"] == 0


def test_calls_that_exist_and_change_are_upserted() -> None:
    """One request for a hundred calls, new ones among them, and no look at what is there but for links."""
    hubspot = FakeHubSpot()
    for number in range(350):
        hubspot.add(f"k{number}")
    found = writer(hubspot)
    for start in range(0, 400, 100):
        found.write(Batch.of([linked(n, updates=True, title="new") for n in range(start, start + 100)]))
    assert hubspot.requests == {"create": 1, "read": 1, "update": 1, "upsert": 3, "read links": 4, "link": 4}
    assert hubspot.inputs["read links"] == 350  # the new ones have none
    assert all(held.linked == {"100001"} for held in hubspot.calls.values())
    assert all(held.properties["hs_call_title"] == "new" for held in hubspot.calls.values())
    assert len(hubspot.calls) == 400


def test_an_account_that_refuses_upserts_is_asked_once() -> None:
    """The other way is gone then, for the whole sync."""
    hubspot = FakeHubSpot(upserts=False)
    for number in range(400):
        hubspot.add(f"k{number}")
    found = writer(hubspot)
    for start in range(0, 400, 100):
        found.write(Batch.of([linked(n, updates=True, title="new") for n in range(start, start + 100)]))
    assert hubspot.requests["upsert"] == 1
    assert all(held.properties["hs_call_title"] == "new" for held in hubspot.calls.values())


def test_a_call_with_nothing_to_change_is_left_alone() -> None:
    """A full refresh of the same writes nothing."""
    hubspot = FakeHubSpot()
    calls = [linked(number, updates=True) for number in range(100)]
    found = writer(hubspot)
    found.write(Batch.of(calls))
    written = found.write(Batch.of([*calls[:99], linked(99, updates=True, title="new")]))
    assert hubspot.requests["update"] == 1
    assert written.tallies.of(CALLS).counts == {Count.UNCHANGED: 99, Count.UPDATED: 1, Count.LINKED: 100}
    assert written.changes == {99: ("hs_call_title",)}


def test_nothing_is_written_over_what_was_written_and_then_rejected_for_a_link() -> None:
    """The older version would stand, and nobody would know."""
    hubspot = FakeHubSpot()
    hubspot.add("k")
    older = call(0, key="k", updates=True, links=(Link(SKIPS, "100001"),), hs_call_title="v1")
    newer = call(1, key="k", updates=True, links=(Link(REJECTS, GONE),), hs_call_title="v2")
    written = writer(hubspot).write(Batch.of([older, newer]))
    (held,) = hubspot.calls.values()
    assert held.properties["hs_call_title"] == "v2"
    assert written.rejections[1].reason.endswith("; the call itself was updated")
    assert written.became == {0: Count.REPEATED}


def test_a_record_that_is_gone_is_found_out_once() -> None:
    """HubSpot names none of the links that it refuses: one call shows which, and a look that it is gone."""
    hubspot = FakeHubSpot(names_no_link=True, bad_link="request")
    found = writer(hubspot)
    ends = (Link(SKIPS, "100001"), Link(SKIPS, GONE))
    for start in (0, 100):
        calls = [call(n, key=f"k{n}", links=ends if n % 10 == 0 else ends[:1]) for n in range(start, start + 100)]
        written = found.write(Batch.of(calls))
        assert written.rejections == {}
        assert sum(map(len, written.misses.values())) == 10
        # Of the first batch it is found out, those after it do without.
        assert hubspot.requests["create"] <= 20 + start // 100
    assert all(held.linked == {"100001"} for held in hubspot.calls.values())


def test_a_refused_link_to_a_record_that_is_there_costs_no_other_call_its_link() -> None:
    """A limit, or a right, may be why: the next call may have it."""

    class Limited(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            if any(b"call 3" in item and b"100002" in item for item in inputs):
                self.requests["create"] += 1
                raise Refusal(400, Problem(message="One or more associations are invalid"))
            return super().create_calls(inputs)

    hubspot = Limited()
    found = writer(hubspot)
    ends = (Link(SKIPS, "100001"), Link(SKIPS, "100002"))
    found.write(Batch.of([call(n, key=f"k{n}", links=ends) for n in range(10)]))
    written = found.write(Batch.of([call(n, key=f"k{n}", links=ends) for n in range(10, 20)]))
    assert written.misses == {}
    by_title = {held.properties["hs_call_title"]: held.linked for held in hubspot.calls.values()}
    assert by_title == {f"call {n}": {"100001"} if n == 3 else {"100001", "100002"} for n in range(20)}


@pytest.mark.parametrize("good", ["100001", "100002", None])
def test_of_several_refused_links_the_good_one_is_kept(good: str | None) -> None:
    """A call that needs a link has it then, and one that has none left is rejected and not created."""
    ends = [Link(SKIPS, number) for number in ("999991", good, "999993") if number]
    hubspot = FakeHubSpot(names_no_link=True)
    written = writer(hubspot).write(Batch.of([call(0, key="k", links=tuple(ends), needs_link=True)]))
    if good:
        (held,) = hubspot.calls.values()
        assert held.linked == {good}
        assert written.links == {0: 1}
        assert sorted(miss.value for miss in written.misses[0]) == ["999991", "999993"]
    else:
        assert hubspot.calls == {}
        assert written.rejections[0].reason.startswith("no association rule could link the call")
    assert hubspot.requests["create"] <= 7


def test_a_call_that_needs_no_link_is_kept_without_any() -> None:
    """All that are left out are tried once more by themselves, so that good ones among them are made."""
    ends = tuple(Link(SKIPS, number) for number in ("999991", "100001", "999993"))
    hubspot = FakeHubSpot(names_no_link=True)
    written = writer(hubspot).write(Batch.of([call(0, key="k", links=ends)]))
    (held,) = hubspot.calls.values()
    assert held.linked == {"100001"}
    assert written.links == {0: 1}
    assert sorted(miss.value for miss in written.misses[0]) == ["999991", "999993"]


def test_deleted_calls_that_hold_the_keys_of_a_whole_batch_cost_few_requests() -> None:
    """After an undo a sync of the same records meets them all: halving would cost 199 requests for each batch."""
    hubspot = FakeHubSpot(clash="request")
    for number in range(100):
        hubspot.archived.add(hubspot.add(f"k{number}"))
    written = writer(hubspot).write(Batch.of([linked(number) for number in range(100)]))
    assert {rejection.reason.partition(":")[0] for rejection in written.rejections.values()} == {
        "a deleted call in HubSpot still holds this external id"
    }
    assert len(written.rejections) == 100
    assert hubspot.requests["create"] == 1
    assert hubspot.requests["read"] <= 10


@pytest.mark.parametrize("where", ["input", "request"])
def test_refused_links_of_calls_that_exist_are_told_once(where: Where) -> None:
    """HubSpot names the records that are gone: nothing is sent again for them, in this batch or in another."""
    hubspot = FakeHubSpot(bad_link=where)
    for number in range(200):
        hubspot.add(f"k{number}", age=timedelta(hours=1))
    found = writer(hubspot)
    for start in (0, 100):
        calls = [linked(n, GONE if n % 10 == 0 else "100001") for n in range(start, start + 100)]
        written = found.write(Batch.of(calls))
        assert written.rejections == {}
        assert sum(map(len, written.misses.values())) == 10
    assert all(held.linked <= {"100001"} for held in hubspot.calls.values())
    assert hubspot.requests["link"] == (2 if where == "input" else 3)
    assert hubspot.inputs["link"] == 100 + 90 + (0 if where == "input" else 90)
