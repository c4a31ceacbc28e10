"""Creates that batches share: each gets what became of its own, and a refusal of all is each batch's to look into."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest

from destination_hubspot_calls.delivery.creating import MAX_SHARED_BYTES, Creates, SharedCreates, may_share
from destination_hubspot_calls.delivery.gathering import InFlight
from destination_hubspot_calls.delivery.pending import Outcomes, PendingCall
from destination_hubspot_calls.hubspot.accounting import SILENCE, Accepted, Refused, Unknown
from destination_hubspot_calls.hubspot.errors import AccountRefusal, LostAnswer, Refusal
from destination_hubspot_calls.hubspot.models import BatchAnswer, Problem
from unit_tests.batches import at_once
from unit_tests.entries import call
from unit_tests.fake_hubspot import BAD, FakeHubSpot


def pending(*titles: str, start: int = 0) -> list[PendingCall]:
    numbered = enumerate(titles, start)
    return [PendingCall(number, call(number, key=f"k{number}", hs_call_title=title), ()) for number, title in numbered]


def creates(hubspot: FakeHubSpot, flight: InFlight | None = None, created_with: bytes = b"") -> SharedCreates:
    return SharedCreates(Creates(hubspot, created_with, lambda: False), flight or InFlight())


def test_two_batches_share_a_request_and_get_their_own() -> None:
    """Where half of each batch exists already, a request for each other half would be half empty."""
    hubspot, flight = FakeHubSpot(echo=0.0), InFlight()
    shared = creates(hubspot, flight, b'"hs_call_source":"run 7"')
    batches = [pending("one", BAD), pending("two", start=2)]
    answers: dict[int, Outcomes] = {}

    def work(place: int) -> None:
        answers[place] = shared.send(batches[place])

    at_once(flight, 2, work)
    assert [type(outcome) for outcome in answers[0].values()] == [Accepted, Refused]
    assert [type(outcome) for outcome in answers[1].values()] == [Accepted]
    assert hubspot.inputs["create"] == 3
    assert all(answers[place].keys() == set(batches[place]) for place in range(2))
    assert {held.properties["hs_call_source"] for held in hubspot.calls.values()} == {"run 7"}


def test_a_refusal_of_all_leaves_each_batch_to_itself() -> None:
    """Whom it means is found out among a batch's own calls."""
    hubspot = FakeHubSpot(bad_property="request")
    assert creates(hubspot).send(pending("good", BAD)) == {}
    assert hubspot.calls == {}


def test_a_lost_answer_is_unknown_for_all() -> None:
    """The calls may have been created."""

    class Down(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            raise LostAnswer("HubSpot answers 500")

    sent = pending("one", "two")
    assert creates(Down()).send(sent) == dict.fromkeys(sent, Unknown("HubSpot answers 500"))
    assert [item.sent_with for item in sent] == [2, 2]


def test_what_the_account_refuses_ends_the_sync() -> None:
    """It is not about the calls."""

    class Suspended(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            return BatchAnswer(errors=(Problem(category="ACCOUNT_SUSPENDED"),))

    with pytest.raises(AccountRefusal):
        creates(Suspended()).send(pending("one"))


@pytest.mark.parametrize(("errors", "room"), [((), 100), ((Problem(category="VALIDATION_ERROR"),), 1)])
def test_an_error_that_names_nobody_sends_the_unknown_alone(errors: tuple[Problem, ...], room: int) -> None:
    """It does not tell whose it is; where there is none, an answer has only left something out."""

    class Nameless(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            answer = super().create_calls(inputs[:1])
            return answer.model_copy(update={"errors": errors})

    sent = pending("one", "two", "three")
    assert list(map(type, creates(Nameless(echo=1.0)).send(sent).values())) == [Accepted, Unknown, Unknown]
    assert [item.room for item in sent] == [100, room, room]


def test_only_what_shares_well_is_shared() -> None:
    """A request has room for a hundred, a body has a size, and what was lost may be what HubSpot cannot stand."""
    few = pending("one", "two")
    assert may_share(few) == few
    assert may_share(pending(*["full"] * 100)) == []
    lost, keyless = pending("lost")[0], PendingCall(1, call(1), ())
    lost.lose(SILENCE, is_silent=True)
    long = pending("x" * MAX_SHARED_BYTES, start=2)
    room = MAX_SHARED_BYTES - len(pending("", start=2)[0].call.properties)
    assert may_share(pending("x" * room, start=2)) != []
    assert may_share(pending("x" * (room + 1), start=2)) == []
    assert may_share([lost, keyless, *long]) == []
    assert may_share([lost, *few]) == few


def test_a_share_of_a_request_that_was_refused_as_a_whole_is_not_done() -> None:
    """HubSpot refuses a request whose traces are not its own: each call has its own, whichever batch it is of."""

    class Strict(FakeHubSpot):
        def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
            traces = [orjson.loads(item)["objectWriteTraceId"] for item in inputs]
            if traces != [str(place) for place in range(len(inputs))]:
                raise Refusal(400, Problem(message="No."))
            return super().create_calls(inputs)

    assert set(map(type, creates(Strict()).send(pending("one", "two", start=5)).values())) == {Accepted}
