"""What a sync would come to, told without writing."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.associations import LinkResolver
from destination_hubspot_calls.associations.link_type import link_type
from destination_hubspot_calls.delivery.dry_run import DryRunWriter
from destination_hubspot_calls.hubspot.client import ReadResult
from destination_hubspot_calls.hubspot.errors import MissingScopes, Refusal
from destination_hubspot_calls.hubspot.models import Problem, Result
from destination_hubspot_calls.messages import Batch, Call, Link
from destination_hubspot_calls.results import Count
from unit_tests.entries import CALLS, PROPERTY, call, link_rule

SKIPS = link_rule(place=0)
REJECTS = link_rule(place=1, rejects_missing=True)
CONTACTS = frozenset({"100001", "100002"})


@dataclass(slots=True)
class ReadOnly:
    """A HubSpot that has nothing but reads: whatever writes is an error of the test's own."""

    calls: dict[str, str] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()
    closed: bool = False
    forgets: int = 0
    silent_of_ids: int = 0
    caseless: bool = False
    """Whether a read of two keys that differ in case only is refused, as HubSpot may take them for one."""
    asked: list[Sequence[str]] = field(default_factory=list)

    def read_records(
        self,
        object_type: str,
        id_property: str,
        keys: Sequence[str],
        properties: Iterable[str],
        *,
        archived: bool = False,
    ) -> ReadResult:
        self.asked.append(tuple(keys))
        if object_type == "calls":
            return self._read_calls(keys)
        if self.closed:
            raise MissingScopes("POST /crm/v3/objects/contacts/batch/read", ("crm.objects.contacts.read",))
        if self.unreadable & set(keys):
            raise Refusal(400, Problem())
        self.silent_of_ids -= 1
        if self.silent_of_ids >= 0:
            return ReadResult((), None, complete=False)
        return ReadResult(tuple(Result(id=key) for key in keys if key in CONTACTS), None, complete=True)

    def _read_calls(self, keys: Sequence[str]) -> ReadResult:
        if self.caseless and len({key.casefold() for key in keys}) < len(keys):
            raise Refusal(400, Problem(message="Duplicate IDs found in batch input"))
        held = tuple(Result(id=self.calls[key], properties={PROPERTY: key}) for key in keys if key in self.calls)
        self.forgets -= 1
        forgotten = self.forgets >= 0
        return ReadResult(() if forgotten else held, None, complete=not forgotten)


def rehearsal(hubspot: ReadOnly) -> DryRunWriter:
    resolver = LinkResolver({rule: link_type(rule, ()) for rule in (SKIPS, REJECTS)}, {})
    return DryRunWriter(hubspot, resolver, pause=lambda _: None)


def counts(hubspot: ReadOnly, *batches: Sequence[Call]) -> tuple[dict[str, int], list[str]]:
    """What is counted of some batches, and why records are rejected."""
    total: dict[str, int] = {}
    reasons: list[str] = []
    stands_in = rehearsal(hubspot)
    for batch in batches:
        written = stands_in.write(Batch.of(batch))
        reasons += [rejection.reason for rejection in written.rejections.values()]
        for what, number in written.tallies.of(CALLS).counts.items():
            total[what] = total.get(what, 0) + number
    return total, reasons


def linked(number: int, *links: Link, needs_link: bool = False) -> Call:
    return call(number, key=f"k{number}", links=links, needs_link=needs_link)


def test_one_id_that_cannot_be_read_spoils_no_others() -> None:
    """HubSpot refuses a whole request for one id beyond its numbers; the others are there all the same."""
    batch = [linked(n, Link(SKIPS, name)) for n, name in enumerate(("100001", "9" * 19, "100002", "5"))]
    total, reasons = counts(ReadOnly(unreadable=frozenset({"9" * 19})), batch)
    assert (total[Count.LINKED], total[Count.MISSED], total[Count.UNLINKED], reasons) == (2, 2, 2, [])


def test_ids_are_asked_for_once() -> None:
    """A million calls of a thousand contacts must not cost a million reads."""
    hubspot = ReadOnly()
    counts(hubspot, *([linked(n, Link(SKIPS, "100001"), Link(SKIPS, "7"))] for n in range(5)))
    assert [keys for keys in hubspot.asked if not keys[0].startswith("k")] == [("100001", "7")]


def test_a_missing_id_rejects_where_its_rule_says_so() -> None:
    """As HubSpot would refuse it."""
    total, reasons = counts(ReadOnly(), [linked(1, Link(REJECTS, "7")), linked(2, Link(REJECTS, "100001"))])
    assert reasons == ['contacts: HubSpot has no record with the id in field "contact" (INVALID_OBJECT_IDS)']
    assert total == {Count.CREATED: 1, Count.LINKED: 1}


def test_a_call_that_needs_a_link_is_rejected_without_one() -> None:
    """require_association holds in a dry run too."""
    total, reasons = counts(ReadOnly(), [linked(1, Link(SKIPS, "7"), needs_link=True)])
    assert reasons == ["no association rule could link the call, and the mapping requires one (require_association)"]
    assert total == {Count.MISSED: 1}


def test_ids_that_may_not_be_read_are_taken_as_they_come(caplog: pytest.LogCaptureFixture) -> None:
    """A dry run with a token that can do little is better than none; it says what it could not look at, once."""
    caplog.set_level(logging.WARNING)
    total, _ = counts(ReadOnly(closed=True), *([linked(n, Link(SKIPS, str(n)))] for n in range(3)))
    assert total == {Count.CREATED: 3, Count.LINKED: 3}
    assert caplog.messages == ["Not looked up: record ids of contacts, which the token may not read."]


def test_keys_are_read_again_where_an_answer_is_short() -> None:
    """An answer that accounts for too little would show calls as new that are there."""
    total, _ = counts(ReadOnly(calls={"k1": "1"}, forgets=2), [linked(1), linked(2)])
    assert (total[Count.THERE], total[Count.CREATED]) == (1, 1)


def test_ids_are_read_again_where_an_answer_is_short() -> None:
    """An id that one answer says nothing of would be told of as missing for the whole dry run."""
    hubspot = ReadOnly(silent_of_ids=1)
    total, _ = counts(hubspot, [linked(1, Link(SKIPS, "100001"))])
    assert total == {Count.CREATED: 1, Count.LINKED: 1}


@given(
    st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=5), max_size=6),
    st.sets(st.integers(0, 6)),
    st.booleans(),
)
def test_each_key_is_created_once(batches: list[list[int]], there: set[int], updates: bool) -> None:  # noqa: FBT001
    """However often a key comes, in one batch or many, it is one call at the end, and every record is counted."""
    hubspot = ReadOnly(calls={f"k{number}": str(number) for number in there})
    total, _ = counts(hubspot, *([call(n, key=f"k{n}", updates=updates) for n in batch] for batch in batches))
    came = {number for batch in batches for number in batch}
    met = Count.UPDATED if updates else Count.THERE
    assert total.get(Count.CREATED, 0) == len(came - there)
    assert total.get(Count.REPEATED, 0) == sum(len(batch) - len(set(batch)) for batch in batches)
    told = sum(total.get(what, 0) for what in (Count.CREATED, met, Count.REPEATED))
    assert told == sum(map(len, batches))


def test_keys_that_hubspot_takes_for_one_are_read_apart() -> None:
    """A dry run has to end as the sync does, which writes both."""
    hubspot = ReadOnly(calls={"CA-abc": "1"}, caseless=True)
    total, reasons = counts(hubspot, [call(1, key="CA-abc"), call(2, key="CA-ABC"), call(3, key="CA-3")])
    assert (total[Count.THERE], total[Count.CREATED], reasons) == (1, 2, [])


def test_an_update_between_two_records_that_do_not_update_is_planned() -> None:
    """Where streams share a key, what stands between is not dropped."""
    records = [call(1, key="k"), call(2, key="k", updates=True), call(3, key="k")]
    assert counts(ReadOnly(), records)[0] == {
        Count.CREATED: 1,
        Count.UPDATED: 1,
        Count.THERE: 1,
        Count.UNLINKED: 2,
    }


def test_calls_without_a_key_are_all_new() -> None:
    """There is nothing to find them by."""
    assert counts(ReadOnly(), [call(1), call(1)], [call(1)])[0] == {Count.CREATED: 3, Count.UNLINKED: 3}
