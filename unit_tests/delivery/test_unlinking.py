"""Links that HubSpot refuses are taken off calls, as far as their rules allow it, and found where it names none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from destination_hubspot_calls.associations import Target, Unlinkable
from destination_hubspot_calls.delivery.linking import RefusedLink
from destination_hubspot_calls.delivery.pending import PendingCall
from destination_hubspot_calls.delivery.unlinking import NO_LINK, Unlinker
from destination_hubspot_calls.hubspot.accounting import Accepted, Outcome, Refused, Unknown
from destination_hubspot_calls.hubspot.client import ReadResult
from destination_hubspot_calls.hubspot.errors import MissingScopes, Refusal
from destination_hubspot_calls.hubspot.models import LinkAnswer, Problem, Result
from destination_hubspot_calls.messages import Call, Link, LinkMiss, LinkRule, MissCause
from destination_hubspot_calls.results import Misses
from unit_tests.delivery.test_delivery import REJECTS, SKIPS, Clock, shared
from unit_tests.entries import call
from unit_tests.fake_hubspot import FakeHubSpot

GONE, GONE_TOO = "999999", "999998"
BAD_LINKS = Problem(category="VALIDATION_ERROR", message="One or more associations are invalid")
OTHER = Problem(category="VALIDATION_ERROR", message="No.")


def naming(*ids: str) -> Problem:
    return Problem(
        message="bad", context={"INVALID_OBJECT_IDS": tuple(f"CONTACT={number} is not valid" for number in ids)}
    )


@dataclass
class Case:
    """An unlinker against a HubSpot, what it noted and whom it rejected; creating needs good links."""

    hubspot: FakeHubSpot = field(default_factory=FakeHubSpot)
    misses: Misses = field(default_factory=dict)
    rejected: list[PendingCall] = field(default_factory=list)
    tried: list[list[str]] = field(default_factory=list)
    """The links of each try to create a call."""
    bad: set[str] = field(default_factory=lambda: {GONE, GONE_TOO})

    def __post_init__(self) -> None:
        self.shared = shared(self.hubspot, Clock())
        self.unlinker = Unlinker(self.shared, self.misses, self.rejected.append)

    def pending(self, *links: tuple[LinkRule, str], needs_link: bool = False) -> PendingCall:
        (found,) = self.resolved(call(0, links=tuple(Link(*link) for link in links), needs_link=needs_link))
        return found

    def resolved(self, *calls: Call) -> Iterable[PendingCall]:
        for place, targets in enumerate(self.shared.resolver.resolve(calls, {})):
            assert not isinstance(targets, Unlinkable)
            yield PendingCall(place, calls[place], targets)

    def create(self, pending: PendingCall) -> Outcome:
        """HubSpot creates it, if all its links are good; it names none."""
        ends = [target.id for target in pending.targets]
        self.tried.append(ends)
        if self.bad.intersection(ends):
            return Refused(BAD_LINKS)
        return Accepted(self.hubspot.add(f"k{len(self.tried)}"))

    def settle(self, pending: PendingCall, problem: Problem = BAD_LINKS) -> Outcome | None:
        return self.unlinker.settle(pending, problem, self.create)

    def missed(self) -> list[tuple[LinkRule, str]]:
        noted = self.misses.get(0, [])
        assert all(miss.cause == MissCause.NOBODY for miss in noted)
        return [(miss.rule, miss.value) for miss in noted]


def ends(pending: PendingCall) -> list[str]:
    return [target.id for target in pending.targets]


def skips(*ids: str) -> list[tuple[LinkRule, str]]:
    return [(SKIPS, number) for number in ids]


# Links that are named


def test_a_named_link_is_dropped_noted_and_not_given_to_others() -> None:
    """The call goes without it, and those after it are not refused for the same record."""
    case = Case()
    pending = case.pending(*skips("100001", GONE))
    assert case.settle(pending, naming(GONE)) is None
    assert ends(pending) == ["100001"]
    assert case.missed() == [(SKIPS, GONE)]
    assert (case.rejected, case.tried) == ([], [])
    assert ends(case.pending(*skips("100001", GONE))) == ["100001"]


def test_a_named_link_that_is_needed_stays_and_refuses_the_call() -> None:
    """Its rule wants no call without it; another link that is named with it stays too."""
    case = Case()
    pending = case.pending((REJECTS, GONE), (SKIPS, GONE_TOO))
    assert case.settle(pending, naming(GONE, GONE_TOO)) == Refused(naming(GONE, GONE_TOO))
    assert ends(pending) == [GONE, GONE_TOO]
    assert (case.missed(), case.tried) == ([], [])


def test_a_call_that_needs_a_link_and_loses_its_last_is_rejected() -> None:
    """It is not sent without."""
    case = Case()
    pending, other = case.pending(*skips(GONE), needs_link=True), case.pending(*skips(GONE, "100001"), needs_link=True)
    assert case.settle(pending, naming(GONE)) is None
    assert case.settle(other, naming(GONE)) is None
    assert case.rejected == [pending]


def test_the_only_link_of_a_call_is_the_one_that_is_refused() -> None:
    """HubSpot need not name it; two rules may have led to that record."""
    case = Case()
    pending = case.pending((SKIPS, GONE), (SKIPS, GONE))
    assert case.settle(pending) is None
    assert ends(pending) == []
    assert case.missed() == [(SKIPS, GONE)] * 2


def test_another_problem_leaves_the_links_alone() -> None:
    """A bad title is no reason to lose a link."""
    for links in (skips("100001"), skips("100001", "100002"), []):
        case = Case()
        pending = case.pending(*links)
        assert case.settle(pending, OTHER) == Refused(OTHER)
        assert len(pending.targets) == len(links)
        assert (case.missed(), case.tried) == ([], [])


# Links that are not named


def test_the_bad_one_of_several_is_found_by_leaving_out_one_at_a_time() -> None:
    """The others are kept, and the bad one is known to be gone from then on."""
    case = Case()
    pending = case.pending(*skips("100001", GONE, "100002"))
    assert isinstance(case.settle(pending), Accepted)
    assert case.tried == [[GONE, "100002"], ["100001", "100002"]]
    assert ends(pending) == ["100001", "100002"]
    assert case.missed() == [(SKIPS, GONE)]
    assert case.unlinker.knows_gone
    assert ends(case.pending(*skips(GONE, "100003"))) == ["100003"]


def test_what_is_known_to_be_gone_is_dropped_without_a_try() -> None:
    """A request for each call of the batch would be wasted; what a rule needs stays."""
    case = Case()
    later, needing = case.pending(*skips("100003", GONE, "100002")), case.pending((REJECTS, GONE), (SKIPS, "100001"))
    case.settle(case.pending(*skips("100001", GONE)))
    case.misses.clear()
    tried = len(case.tried)
    assert case.settle(later) is None
    assert (ends(later), case.missed()) == (["100003", "100002"], [(SKIPS, GONE)])
    assert len(case.tried) == tried
    assert not case.unlinker.drop_gone(later)
    assert not case.unlinker.drop_gone(needing)
    assert ends(needing) == [GONE, "100001"]


def test_a_refused_link_to_a_record_that_is_there_is_not_taken_for_gone() -> None:
    """A limit may be why: the next call may have it."""
    case = Case(bad={"100002"})
    assert isinstance(case.settle(case.pending(*skips("100001", "100002"))), Accepted)
    assert case.missed() == [(SKIPS, "100002")]
    assert not case.unlinker.knows_gone
    assert ends(case.pending(*skips("100002"))) == ["100002"]


@pytest.mark.parametrize(
    "error", [Refusal(400, OTHER), MissingScopes("reading contacts", ("crm.objects.contacts.read",))]
)
def test_a_record_that_cannot_be_read_counts_as_there(error: Exception) -> None:
    """Nothing shows that it is gone."""

    class Closed(FakeHubSpot):
        def read_records(self, *_: object, **__: object) -> ReadResult:
            raise error

    case = Case(Closed())
    assert isinstance(case.settle(case.pending(*skips("100001", GONE))), Accepted)
    assert case.missed() == [(SKIPS, GONE)]
    assert not case.unlinker.knows_gone


def test_an_answer_that_says_nothing_of_a_record_does_not_show_that_it_is_gone() -> None:
    """It may be left out by mistake."""

    class Silent(FakeHubSpot):
        def read_records(self, *_: object, **__: object) -> ReadResult:
            return ReadResult((), None, complete=False)

    case = Case(Silent())
    case.settle(case.pending(*skips("100001", GONE)))
    assert not case.unlinker.knows_gone


def test_of_several_bad_ones_all_are_left_out_and_the_good_ones_linked_afterwards() -> None:
    """One less at a time does not help, so the call goes without any, and each link is sent by itself."""
    case = Case()
    pending = case.pending(*skips(GONE, "100001", GONE_TOO))
    outcome = case.settle(pending)
    assert isinstance(outcome, Accepted)
    assert case.tried == [["100001", GONE_TOO], [GONE, GONE_TOO], [GONE, "100001"], []]
    assert case.hubspot.calls[outcome.id].linked == {"100001"}
    assert ends(pending) == ["100001"]
    assert sorted(case.missed()) == sorted(skips(GONE, GONE_TOO))
    assert ends(case.pending(*skips(GONE, GONE_TOO, "100001"))) == ["100001"]


def test_a_call_whose_record_is_not_told_is_not_linked_afterwards() -> None:
    """Nobody knows to what."""
    case = Case()
    pending = case.pending(*skips(GONE, "100001", GONE_TOO))
    outcome = case.unlinker.settle(pending, BAD_LINKS, lambda sent: Refused(BAD_LINKS) if sent.targets else Accepted())
    assert outcome == Accepted()
    assert ends(pending) == []
    assert sorted(case.missed()) == sorted(skips(GONE, GONE_TOO, "100001"))
    assert case.hubspot.requests["link"] == 0


@pytest.mark.parametrize(("needs_link", "first"), [(False, []), (True, ["100001"])])
def test_links_that_hubspot_takes_one_by_one_are_all_made(first: list[str], *, needs_link: bool) -> None:
    """A limit on what a request may hold is nobody's missing record."""
    case = Case()
    pending = case.pending(*skips("100001", "100002", "100003"), needs_link=needs_link)

    def create(sent: PendingCall) -> Outcome:
        if len(sent.targets) > 1:
            return Refused(BAD_LINKS)
        assert ends(sent) == first
        return Accepted(case.hubspot.add("k"))

    assert isinstance(case.unlinker.settle(pending, BAD_LINKS, create), Accepted)
    assert sorted(ends(pending)) == ["100001", "100002", "100003"]
    (held,) = case.hubspot.calls.values()
    assert held.linked | set(first) == {"100001", "100002", "100003"}
    assert case.missed() == []


@pytest.mark.parametrize(("there", "gone"), [(GONE, GONE_TOO), (GONE_TOO, GONE)])
def test_of_several_that_are_left_out_those_that_are_there_are_not_taken_for_gone(there: str, gone: str) -> None:
    """Each is looked at for itself."""

    class Odd(FakeHubSpot):
        def read_records(self, *arguments: Any, **more: Any) -> ReadResult:
            read = super().read_records(*arguments, **more)
            results = (Result(id=there, properties={}),)
            return ReadResult(results, None, complete=True) if there in arguments[2] else read

    case = Case(Odd())
    case.settle(case.pending(*skips(there, "100001", gone)))
    assert ends(case.pending(*skips(gone, there, "100001"))) == [there, "100001"]


def test_a_link_that_is_needed_is_never_left_out() -> None:
    """Only the others may be at fault, and if it is this one the call is refused."""
    case = Case()
    pending = case.pending((REJECTS, "100001"), (SKIPS, GONE), (SKIPS, "100002"))
    assert isinstance(case.settle(pending), Accepted)
    assert case.tried == [["100001", "100002"]]
    case = Case()
    pending = case.pending((REJECTS, GONE), (SKIPS, "100001"), (SKIPS, "100002"))
    assert case.settle(pending) == Refused(BAD_LINKS)
    assert case.tried == [[GONE, "100002"], [GONE, "100001"], [GONE]]
    assert ends(pending) == [GONE, "100001", "100002"]
    assert case.missed() == []
    case = Case()
    assert case.settle(case.pending((REJECTS, GONE), (REJECTS, "100001"))) == Refused(BAD_LINKS)
    assert case.tried == []


def test_a_call_that_needs_a_link_is_tried_with_each_alone() -> None:
    """It must not be created without; and of two it was tried with each already."""
    case = Case()
    pending = case.pending(*skips(GONE, GONE_TOO, "100001"), needs_link=True)
    assert isinstance(case.settle(pending), Accepted)
    assert case.tried == [[GONE_TOO, "100001"], [GONE, "100001"], [GONE, GONE_TOO], [GONE], [GONE_TOO], ["100001"]]
    assert ends(pending) == ["100001"]
    case = Case()
    assert case.settle(case.pending(*skips(GONE, GONE_TOO), needs_link=True)) == Refused(BAD_LINKS)
    assert case.tried == [[GONE_TOO], [GONE]]


def test_a_needed_link_is_link_enough() -> None:
    """The others may all be left out then."""
    case = Case()
    pending = case.pending((REJECTS, "100001"), *skips(GONE, GONE_TOO), needs_link=True)
    assert isinstance(case.settle(pending), Accepted)
    assert case.tried[-1] == ["100001"]


def test_no_more_than_six_links_are_left_out_one_by_one() -> None:
    """A call with a hundred links must not cost a hundred requests."""
    case = Case()
    case.bad.add("8")
    pending = case.pending(*skips("1", "2", "3", "4", "5", "6", "7", "8"))
    assert isinstance(case.settle(pending), Accepted)
    assert len(case.tried) == 7
    assert case.tried[-1] == []


def test_a_call_that_no_try_helps_is_not_tried_again() -> None:
    """Its refusal stands: another round would cost the same requests once more."""
    case = Case()
    pending = case.pending((REJECTS, GONE), (SKIPS, "100001"))
    assert case.settle(pending) == Refused(BAD_LINKS)
    assert case.settle(pending) == Refused(BAD_LINKS)
    assert case.tried == [[GONE]]


@pytest.mark.parametrize("outcome", [Unknown("lost"), Refused(OTHER)])
def test_what_tells_nothing_of_the_links_leaves_them(outcome: Outcome) -> None:
    """A call that is there by now is to get all of them."""
    case = Case()
    pending = case.pending(*skips("100001", GONE))
    sent: list[Sequence[Target]] = []

    def create(found: PendingCall) -> Outcome:
        sent.append(list(found.targets))
        return outcome

    assert case.unlinker.settle(pending, BAD_LINKS, create) == outcome
    assert len(sent) == 1
    assert ends(pending) == ["100001", GONE]
    assert case.missed() == []


# Links that are refused of a call that is there


def refused(pending: PendingCall, place: int, problem: Problem | None, *, is_gone: bool = False) -> RefusedLink:
    return RefusedLink(pending, (pending.targets[place],), problem, is_gone=is_gone)


def test_a_refused_link_of_a_call_that_is_there_is_noted_and_forgotten_if_it_is_gone() -> None:
    """The next call is not linked to a record that is not there, and still to one that only this time was refused."""
    case = Case()
    pending = case.pending(*skips(GONE, "100001"))
    assert case.unlinker.rejection(refused(pending, 0, OTHER, is_gone=True)) is None
    assert ends(pending) == ["100001"]
    assert case.unlinker.rejection(refused(pending, 0, None)) is None
    assert ends(pending) == []
    assert case.misses[0] == [LinkMiss(SKIPS, MissCause.NOBODY, GONE), LinkMiss(SKIPS, MissCause.NOBODY, "100001")]
    assert ends(case.pending(*skips(GONE, "100001"))) == ["100001"]


def test_a_call_that_is_there_is_rejected_where_it_needs_the_link() -> None:
    """By its rule, or by the mapping once it has none; the words tell a refusal from a silence."""
    case = Case()
    pending = case.pending((REJECTS, GONE), (SKIPS, "100001"))
    why = case.unlinker.rejection(refused(pending, 0, OTHER))
    assert why is not None
    assert (why[0].partition(":")[2][:38], why[1]) == (" HubSpot has no record with the id in ", REJECTS.place)
    why = case.unlinker.rejection(refused(pending, 0, None))
    assert why is not None
    assert ("does not confirm the link" in why[0], why[1]) == (True, REJECTS.place)
    assert case.missed() == []
    needing = case.pending(*skips(GONE, "100001"), needs_link=True)
    assert case.unlinker.rejection(refused(needing, 0, OTHER)) is None
    assert case.unlinker.rejection(refused(needing, 0, OTHER)) == (NO_LINK, "")


def test_what_another_request_makes_afterwards_is_not_missed() -> None:
    """All but the bad one are linked in the end, in as few requests as there are kinds of record."""

    class Counting(FakeHubSpot):
        def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
            assert len(inputs) == 3
            return super().link_calls(object_type, inputs)

    case = Case(Counting())
    pending = case.pending(*skips(GONE, "100001", GONE_TOO))
    case.settle(pending)
    assert case.hubspot.requests["link"] == 1
    assert case.hubspot.requests["read links"] == 0
