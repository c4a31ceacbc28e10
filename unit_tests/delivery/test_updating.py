"""Updates that batches share: each gets what became of its own, and a refusal of all is each batch's to look into."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from destination_hubspot_calls.delivery.gathering import InFlight
from destination_hubspot_calls.delivery.pending import Outcomes, PendingCall
from destination_hubspot_calls.delivery.updating import SharedUpdates, Update
from destination_hubspot_calls.hubspot.accounting import Accepted, Refused, Unknown
from destination_hubspot_calls.hubspot.errors import AccountRefusal, LostAnswer, Refusal
from destination_hubspot_calls.hubspot.models import BatchAnswer, Problem
from unit_tests.batches import at_once
from unit_tests.entries import call
from unit_tests.fake_hubspot import BAD, FakeHubSpot


def updates(hubspot: FakeHubSpot, *titles: str, start: int = 0) -> list[Update]:
    found = []
    for number, title in enumerate(titles, start):
        pending = PendingCall(number, call(number, key=f"k{number}", updates=True), ())
        found.append(Update(pending, hubspot.add(f"k{number}"), {"hs_call_title": title}))
    return found


def test_two_batches_share_a_request_and_get_their_own() -> None:
    """Where one call in a hundred has changed, a request for each batch would be nearly empty."""
    hubspot, flight = FakeHubSpot(), InFlight()
    shared = SharedUpdates(hubspot, flight)
    batches = [updates(hubspot, "new", BAD), updates(hubspot, "newer", start=2)]
    answers: dict[int, Outcomes] = {}

    def work(place: int) -> None:
        answers[place] = shared.send(batches[place])

    at_once(flight, 2, work)
    assert [type(outcome) for outcome in answers[0].values()] == [Accepted, Refused]
    assert [type(outcome) for outcome in answers[1].values()] == [Accepted]
    assert hubspot.inputs["update"] == 3
    assert all(answers[place].keys() == {update.pending for update in batches[place]} for place in range(2))


def test_a_refusal_of_all_leaves_each_batch_to_itself() -> None:
    """Whom it means is found out among a batch's own calls."""

    class Strict(FakeHubSpot):
        def update_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            raise Refusal(400, Problem(message="No."))

    hubspot = Strict()
    assert SharedUpdates(hubspot, InFlight()).send(updates(hubspot, "new")) == {}


def test_a_lost_answer_is_unknown_for_all() -> None:
    """The updates may have been done."""

    class Down(FakeHubSpot):
        def update_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            raise LostAnswer("HubSpot answers 500")

    hubspot = Down()
    sent = updates(hubspot, "new", "newer")
    assert SharedUpdates(hubspot, InFlight()).send(sent) == {
        update.pending: Unknown("HubSpot answers 500") for update in sent
    }
    assert [update.pending.sent_with for update in sent] == [2, 2]


def test_what_the_account_refuses_ends_the_sync() -> None:
    """It is not about the calls."""

    class Suspended(FakeHubSpot):
        def update_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            return BatchAnswer(errors=(Problem(category="ACCOUNT_SUSPENDED"),))

    hubspot = Suspended()
    with pytest.raises(AccountRefusal):
        SharedUpdates(hubspot, InFlight()).send(updates(hubspot, "new"))


def test_an_error_that_names_nobody_sends_the_unknown_alone() -> None:
    """An error among others' does not tell whose it is."""

    class Nameless(FakeHubSpot):
        def update_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            return BatchAnswer(errors=(Problem(category="VALIDATION_ERROR"),))

    hubspot = Nameless()
    sent = updates(hubspot, "new", "newer")
    assert set(SharedUpdates(hubspot, InFlight()).send(sent).values()) == {Unknown()}
    assert [update.pending.room for update in sent] == [1, 1]
