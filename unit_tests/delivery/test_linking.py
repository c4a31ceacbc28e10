"""Links of calls that are in HubSpot: what it confirms, what it refuses in any words, and what it says nothing of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson
import pytest

from destination_hubspot_calls.associations import Target
from destination_hubspot_calls.associations.link_type import link_type
from destination_hubspot_calls.delivery.gathering import InFlight
from destination_hubspot_calls.delivery.linking import LinkWriter, RefusedLink
from destination_hubspot_calls.delivery.pending import PendingCall
from destination_hubspot_calls.hubspot.errors import AccountRefusal, MissingScopes, Refusal
from destination_hubspot_calls.hubspot.models import LinkAnswer, LinkedRecord, Problem
from unit_tests.entries import call, link_rule
from unit_tests.fake_hubspot import FakeHubSpot

RULE = link_rule(place=0)
OTHER_RULE = link_rule(place=1, rejects_missing=True)
GONE = "999999"
UNNAMED = Problem(category="VALIDATION_ERROR", message="No.")


class Watched(FakeHubSpot):
    """Keeps the pairs of each request for links; subclasses answer in their own way."""

    sent: list[list[tuple[str, str]]]

    def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
        if not hasattr(self, "sent"):
            self.sent = []
        pairs = [(item["from"]["id"], item["to"]["id"]) for item in map(orjson.loads, inputs)]
        self.sent.append(pairs)
        return self.answer(super().link_calls(object_type, inputs), pairs)

    def answer(self, made: LinkAnswer, _: list[tuple[str, str]]) -> LinkAnswer:
        return made


class Vague(Watched):
    """Refuses a whole request with a bad link, and does not say which."""

    def answer(self, made: LinkAnswer, pairs: list[tuple[str, str]]) -> LinkAnswer:
        if any(to == GONE for _, to in pairs):
            for call_id, to in pairs:
                self.calls[call_id].links.pop(to, None)
            raise Refusal(400, UNNAMED)
        return made


def calls(hubspot: FakeHubSpot, *ends: Sequence[str]) -> dict[PendingCall, str]:
    """Calls that HubSpot holds, which are to be linked to these contacts each."""
    kind = link_type(RULE, ())
    return {
        PendingCall(place, call(place), [Target(RULE, kind, to) for to in each]): hubspot.add(f"k{place}")
        for place, each in enumerate(ends)
    }


def writer(hubspot: FakeHubSpot, pauses: list[float] | None = None) -> LinkWriter:
    return LinkWriter(hubspot, pauses.append if pauses is not None else lambda _: None)


def told(refused: Sequence[RefusedLink]) -> list[tuple[int, str, Problem | None, bool]]:
    return sorted((i.pending.position, target.id, i.problem, i.is_gone) for i in refused for target in i.targets)


def linked(hubspot: FakeHubSpot) -> list[set[str]]:
    return [held.linked for held in hubspot.calls.values()]


def test_a_lone_link_that_is_refused_in_other_words_is_refused() -> None:
    """It would be sent again without an end; and its record is not taken for gone, as nothing names it."""
    hubspot = Vague()
    assert told(writer(hubspot).write(calls(hubspot, [GONE]))) == [(0, GONE, UNNAMED, False)]
    assert len(hubspot.sent) == 1


@pytest.mark.parametrize("bad", [0, 1, 31, 63])
def test_a_bad_link_that_nothing_names_is_found_by_halves(bad: int) -> None:
    """The others are made, and it costs two requests a halving."""
    hubspot = Vague()
    ends = [[GONE] if place == bad else ["100001"] for place in range(64)]
    assert told(writer(hubspot).write(calls(hubspot, *ends))) == [(bad, GONE, UNNAMED, False)]
    assert linked(hubspot) == [{"100001"} if place != bad else set() for place in range(64)]
    assert len(hubspot.sent) == 13
    assert [len(pairs) for pairs in hubspot.sent[:2]] == [64, 32]


def test_links_that_errors_name_are_refused_and_the_others_sent_once_more() -> None:
    """Whether a request with an error made the others is not told."""
    hubspot = Watched(bad_link="request")
    refused = writer(hubspot).write(calls(hubspot, ["100001"], [GONE], ["999998", "100002"], ["100003"]))
    assert [(place, to, gone) for place, to, _, gone in told(refused)] == [(1, GONE, True), (2, "999998", True)]
    assert linked(hubspot) == [{"100001"}, set(), {"100002"}, {"100003"}]
    assert [len(pairs) for pairs in hubspot.sent] == [5, 3]


def test_only_what_is_not_confirmed_beside_an_error_is_sent_again() -> None:
    """Each link is an input of a request, of which there are 2,000 in one."""
    hubspot = Watched(bad_link="input")
    writer(hubspot).write(calls(hubspot, ["100001"], [GONE], ["100002"]))
    assert [len(pairs) for pairs in hubspot.sent] == [3]


def test_beside_an_error_a_call_with_as_many_results_is_not_taken_for_linked() -> None:
    """One of the results may be of the record that another was merged into, and the error be of this call."""

    class Mixed(Watched):
        def answer(self, made: LinkAnswer, pairs: list[tuple[str, str]]) -> LinkAnswer:
            if len(self.sent) > 1:
                return made
            results = tuple(pair.model_copy(update={"to_id": "7"}) for pair in made.results)
            return LinkAnswer(results=results, errors=(UNNAMED,))

    hubspot = Mixed()
    assert writer(hubspot).write(calls(hubspot, ["100001"], ["100002"])) == []
    assert [len(pairs) for pairs in hubspot.sent] == [2, 1, 1]


def test_fewer_results_than_links_of_a_call_do_not_prove_any_that_they_do_not_name() -> None:
    """A record that is answered under another id stands for one link, not for two."""

    class Half(Watched):
        def answer(self, made: LinkAnswer, pairs: list[tuple[str, str]]) -> LinkAnswer:
            if len(self.sent) > 1:
                return made
            for call_id, to in pairs:
                self.calls[call_id].links.pop(to)
            return LinkAnswer(results=tuple(pair.model_copy(update={"to_id": "7"}) for pair in made.results[:1]))

    hubspot = Half()
    assert writer(hubspot).write(calls(hubspot, ["100001", "100002"])) == []
    assert linked(hubspot) == [{"100001", "100002"}]
    assert [len(pairs) for pairs in hubspot.sent] == [2, 2]


@pytest.mark.parametrize(("others", "requests"), [(["7"], 1), (["7", "8"], 2)])
def test_a_link_that_is_answered_with_another_id_is_made(others: list[str], requests: int) -> None:
    """Its record was merged into that one; more results than links prove nothing, and it is read back."""

    class Merged(Watched):
        def answer(self, made: LinkAnswer, _: list[tuple[str, str]]) -> LinkAnswer:
            return LinkAnswer(
                results=tuple(pair.model_copy(update={"to_id": to}) for pair in made.results for to in others)
            )

    hubspot = Merged()
    assert writer(hubspot).write(calls(hubspot, ["100001"])) == []
    assert hubspot.requests["read links"] == requests


class Deaf(Watched):
    """Makes no link to one contact, and says nothing of it."""

    def answer(self, made: LinkAnswer, pairs: list[tuple[str, str]]) -> LinkAnswer:
        for call_id, to in pairs:
            if to == "100002":
                del self.calls[call_id].links[to]
        return LinkAnswer(results=tuple(pair for pair in made.results if pair.to_id != "100002"))


def test_a_link_that_is_never_confirmed_nor_there_is_refused_without_a_reason() -> None:
    """Three times it is sent, after longer and longer pauses, and the others with it once."""
    hubspot = Deaf()
    pauses: list[float] = []
    refused = writer(hubspot, pauses).write(calls(hubspot, ["100001", "100002"], ["100003"]))
    assert told(refused) == [(0, "100002", None, False)]
    assert [len(pairs) for pairs in hubspot.sent] == [3, 1, 1]
    assert linked(hubspot) == [{"100001"}, {"100003"}]
    assert [1 if pause <= 1 else 2 if pause <= 2 else 4 for pause in pauses] == [1, 2, 4]


def test_each_of_several_links_to_one_record_is_refused_with_it() -> None:
    """Two rules may lead to one record: each has a say in what becomes of the call."""
    hubspot = Watched()
    kind = link_type(RULE, ())
    pending = PendingCall(0, call(0), [Target(RULE, kind, GONE), Target(OTHER_RULE, kind, GONE)])
    (refused,) = writer(hubspot).write({pending: hubspot.add("k")})
    assert [target.rule for target in refused.targets] == [RULE, OTHER_RULE]


def test_what_the_account_refuses_ends_the_sync() -> None:
    """It is about no link."""

    class Suspended(Watched):
        def answer(self, made: LinkAnswer, _: list[tuple[str, str]]) -> LinkAnswer:
            return made.model_copy(update={"errors": (Problem(category="ACCOUNT_SUSPENDED"),)})

    hubspot = Suspended()
    with pytest.raises(AccountRefusal):
        writer(hubspot).write(calls(hubspot, ["100001"], ["100002"]))


def test_links_of_calls_created_just_now_are_sent_without_a_look() -> None:
    """There is nothing to read; those of the others are read first."""
    hubspot = Watched()
    fresh, old = found = calls(hubspot, ["100001"], ["100002"])
    hubspot.calls[found[old]].links["100002"] = set(link_type(RULE, ()).encoded)
    assert writer(hubspot).write(found, fresh=[fresh]) == []
    assert hubspot.sent == [[(found[fresh], "100001")]]
    assert hubspot.inputs["read links"] == 1


@pytest.mark.parametrize("is_urgent", [True, False])
def test_a_check_tells_how_many_links_were_missing_and_makes_them(*, is_urgent: bool) -> None:
    """One missing link is why those of every batch are looked at."""
    hubspot = Watched()
    found = calls(hubspot, ["100001"], ["100002"], [GONE])
    hubspot.calls["70000000000"].links["100001"] = set(link_type(RULE, ()).encoded)
    written = writer(hubspot).check(found, is_urgent=is_urgent)
    assert written.missing == 2
    assert [(place, to) for place, to, _, _ in told(written.refused)] == [(2, GONE)]
    assert linked(hubspot) == [{"100001"}, {"100002"}, set()]
    assert writer(hubspot).check(dict(list(found.items())[:2]), is_urgent=is_urgent).missing == 0


def test_a_check_of_links_that_may_not_be_read_writes_none() -> None:
    """They were sent with the calls, and nothing shows that one is missing."""

    class Closed(Watched):
        def read_links(self, object_type: str, call_ids: Iterable[str]) -> dict[str, dict[str, LinkedRecord]]:
            raise MissingScopes(
                f"reading links to {object_type} of {len(list(call_ids))}", ("crm.objects.contacts.read",)
            )

    hubspot = Closed()
    found = calls(hubspot, ["100001"])
    assert writer(hubspot).check(found, is_urgent=False).missing == 0
    assert hubspot.requests["link"] == 0
    assert writer(hubspot).write(found) == []
    assert linked(hubspot) == [{"100001"}]


@pytest.mark.parametrize(
    ("turn", "held", "asked"),
    [
        (None, True, ["contacts", "companies"]),
        (0, True, ["contacts"]),
        (1, True, ["companies"]),
        (2, True, ["contacts"]),
        (1, False, ["companies", "contacts"]),
    ],
)
def test_a_check_by_turns_looks_at_one_kind_of_record_until_it_lacks_a_link(
    turn: int | None, asked: list[str], *, held: bool
) -> None:
    """The batches behind it wait as long as it reads; where one kind lacks links, the others may, too."""
    kinds = {"100001": link_rule("contacts"), "100002": link_rule("companies")}
    reads: list[str] = []

    class Account(FakeHubSpot):
        """Has contacts and companies."""

        def read_links(self, object_type: str, call_ids: Iterable[str]) -> dict[str, dict[str, LinkedRecord]]:
            reads.append(object_type)
            return super().read_links("contacts", call_ids)

        def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
            return super().link_calls("contacts", inputs)

    hubspot = Account()
    targets = [Target(rule, link_type(rule, ()), to) for to, rule in kinds.items()]
    call_id = hubspot.add("k")
    if held:
        hubspot.calls[call_id].links |= {to: set(link_type(rule, ()).encoded) for to, rule in kinds.items()}
    written = writer(hubspot).check({PendingCall(0, call(0), targets): call_id}, is_urgent=True, turn=turn)
    assert reads == asked
    assert written.missing == (0 if held else 2)
    assert linked(hubspot) == [set(kinds)]


@pytest.mark.parametrize("is_urgent", [True, False])
def test_an_urgent_check_does_not_wait_for_other_batches(*, is_urgent: bool) -> None:
    """They wait for it."""

    class Waits(InFlight):
        count = 0

        def wait(self, number: int) -> None:
            self.count += 1
            super().wait(number)

    hubspot, waits = Watched(), Waits()
    found = calls(hubspot, ["100001"])
    hubspot.calls["70000000000"].links["100001"] = set(link_type(RULE, ()).encoded)
    LinkWriter(hubspot, lambda _: None, waits).check(found, is_urgent=is_urgent)
    assert (waits.count == 0) is is_urgent
