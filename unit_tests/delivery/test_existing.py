"""Which calls are in HubSpot already: equal to the character, but for the spelling that HubSpot itself keeps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from destination_hubspot_calls.delivery.existing import Existing, ExistingCalls, is_young
from destination_hubspot_calls.delivery.gathering import InFlight
from destination_hubspot_calls.delivery.pending import PendingCall
from destination_hubspot_calls.hubspot.client import ReadResult
from destination_hubspot_calls.hubspot.errors import Blocked, Refusal
from destination_hubspot_calls.hubspot.models import Problem, Result
from destination_hubspot_calls.messages import Key
from unit_tests.batches import at_once
from unit_tests.entries import call
from unit_tests.fake_hubspot import FakeHubSpot, Keeps

NOW = datetime(2026, 1, 2, tzinfo=timezone.utc)


def pending(*keys: str | None, updates: bool = False) -> list[PendingCall]:
    return [PendingCall(place, call(place, key=key, updates=updates), ()) for place, key in enumerate(keys)]


def finder(hubspot: FakeHubSpot) -> ExistingCalls:
    return ExistingCalls(hubspot, lambda _: None)


def taken(number: str) -> Problem:
    return Problem(message=f"Cannot set PropertyValueCoordinates{{…}} on 1. {number} already has that value.")


def ids(found: dict[PendingCall, Existing]) -> dict[int, str]:
    return {item.position: existing.id for item, existing in found.items()}


def test_a_call_is_found_by_its_key_to_the_character() -> None:
    """One that differs in case or blanks is another record's."""
    hubspot = FakeHubSpot()
    number = hubspot.add("Key")
    assert ids(finder(hubspot).find(pending("key", " Key", "Key", None))) == {2: number}


def test_values_are_read_where_an_update_compares_them() -> None:
    """The others would cost memory for nothing."""
    hubspot = FakeHubSpot()
    hubspot.add("k", title="theirs")
    (plain,) = finder(hubspot).find(pending("k")).values()
    assert "hs_call_title" not in plain.held
    (compared,) = finder(hubspot).find(pending("k", updates=True)).values()
    assert compared.held["hs_call_title"] == "theirs"


@pytest.mark.parametrize(("keeps", "key"), [("lower", "CA-7"), ("trimmed", " CA-7 "), ("trimmed", "CA-7 ")])
def test_a_key_that_hubspot_spells_otherwise_is_found_by_who_it_names(keeps: Keeps, key: str) -> None:
    """And from then on all keys are found so, without a clash for each."""
    hubspot = FakeHubSpot(keeps=keeps)
    number, other = hubspot.add(key), hubspot.add(f"{key}x")
    existing = finder(hubspot)
    ours = pending(key)
    assert existing.find(ours) == {}
    assert ids(existing.find_holders(ours, [taken(number)])) == {0: number}
    assert ids(existing.find(pending(key, f"{key}x"))) == {0: number, 1: other}


def test_keys_that_hubspot_takes_for_one_are_read_in_halves() -> None:
    """It refuses to read both at once, and each of the others must be found all the same."""
    keys = ["k0", "k1", "k2", "ca-7", "CA-7", "k5", "k6", "k7"]
    hubspot = FakeHubSpot(keeps="lower")
    numbers = [hubspot.add(key) for key in keys if key != "CA-7"]
    found = ids(finder(hubspot).find(pending(*keys)))
    assert found == dict(zip((0, 1, 2, 3, 5, 6, 7), numbers, strict=True))
    assert hubspot.requests["read"] == 3


def test_a_key_that_hubspot_refuses_to_read_is_not_found() -> None:
    """What it refuses alone cannot be made smaller."""

    class Odd(FakeHubSpot):
        def read_records(self, object_type: str, id_property: str, keys: Sequence[str], *more: Any, **most: Any) -> Any:
            if "odd" in keys:
                raise Refusal(400, Problem(message="No."))
            return super().read_records(object_type, id_property, keys, *more, **most)

    hubspot = Odd()
    number = hubspot.add("k")
    assert ids(finder(hubspot).find(pending("odd", "k"))) == {1: number}


@pytest.mark.parametrize(("error", "blocked"), [(Blocked("reading calls"), [1]), (Refusal(400, Problem()), [])])
def test_a_key_that_is_turned_away_alone_is_remembered(error: Exception, blocked: list[int]) -> None:
    """Somebody before HubSpot does so for what is in it, and lets the others through; a refusal is not that."""

    class Walled(FakeHubSpot):
        def read_records(self, object_type: str, id_property: str, keys: Sequence[str], *more: Any, **most: Any) -> Any:
            if "evil" in keys:
                raise error
            return super().read_records(object_type, id_property, keys, *more, **most)

    existing = finder(Walled())
    calls = pending("k0", "evil", "k2", None)
    assert existing.find(calls) == {}
    assert [item.position for item in calls if existing.blocks(item)] == blocked


@pytest.mark.parametrize("date", [NOW, None])
def test_its_age_is_told_by_hubspots_clock(date: datetime | None) -> None:
    """This machine's may be wrong by days; it counts only where HubSpot tells none."""

    class Dated(FakeHubSpot):
        def read_records(self, *arguments: Any, **more: Any) -> ReadResult:
            return replace(super().read_records(*arguments, **more), date=date)

    hubspot = Dated()
    hubspot.add("young", age=timedelta(hours=23))
    hubspot.add("old", age=timedelta(hours=25))
    found = finder(hubspot).find(pending("young", "old"))
    assert [existing.is_young for existing in found.values()].count(True) == (1 if date else 0)


class Waits(InFlight):
    """Counts how often a batch waits for a request to fill."""

    count = 0

    def wait(self, number: int) -> None:
        self.count += 1
        super().wait(number)


@pytest.mark.parametrize(("number", "shares"), [(99, True), (100, False)])
def test_less_than_a_request_is_looked_up_with_others(number: int, *, shares: bool) -> None:
    """A whole one goes at once."""
    hubspot, waits = FakeHubSpot(), Waits()
    calls = pending(*(f"k{n}" for n in range(number)))
    hubspot.add("k7")
    existing = ExistingCalls(hubspot, lambda _: None, waits)
    assert existing.find_shared(calls).keys() == {calls[7]}
    assert (waits.count > 0) is shares


def test_calls_of_two_mappings_are_found_by_the_property_of_each() -> None:
    """A whole request of one must not keep the other from being looked up."""

    class Two(FakeHubSpot):
        def read_records(self, object_type: str, id_property: str, keys: Sequence[str], *more: Any, **most: Any) -> Any:
            if id_property != "other_id":
                return super().read_records(object_type, id_property, keys, *more, **most)
            return ReadResult(tuple(Result(id="9", properties={"other_id": key}) for key in keys), NOW, complete=True)

    first = pending(*(f"k{n}" for n in range(100)))
    other = PendingCall(100, call(100, key="k")._replace(key=Key("other_id", "k")), ())
    hubspot = Two()
    number = hubspot.add("k7")
    assert ids(finder(hubspot).find_shared([*first, other])) == {7: number, 100: "9"}


def test_a_key_is_not_taken_for_another_ones_that_is_spelled_like_it() -> None:
    """Both are of one batch: what HubSpot holds is the other's, to the character."""
    hubspot = FakeHubSpot()
    number = hubspot.add("ca-7")
    existing = finder(hubspot)
    assert ids(existing.find_holders(pending("CA-7", "ca-7"), [taken(number)])) == {1: number}
    assert existing.find(pending("CA-7")) == {}


def test_a_key_that_is_held_as_it_was_sent_shows_no_other_spelling() -> None:
    """A fresh call may be found by its id only: that says nothing of how HubSpot spells values."""
    hubspot = FakeHubSpot(keeps="lower")
    number = hubspot.add("ca-1")
    hubspot.add("ca-2")
    existing = finder(hubspot)
    assert ids(existing.find_holders(pending("ca-1"), [taken(number)])) == {0: number}
    assert existing.find(pending("CA-2")) == {}


def test_a_spelling_that_hubspot_would_not_make_is_another_ones() -> None:
    """It keeps the case of what came first, so that this value was sent as it stands, for another record."""
    hubspot = FakeHubSpot()
    number = hubspot.add("CA-7")
    assert finder(hubspot).find_holders(pending("ca-7"), [taken(number)]) == {}


def test_nobody_is_looked_for_where_none_is_named() -> None:
    """A refusal may say nothing more than that there is a conflict."""
    hubspot = FakeHubSpot()
    assert finder(hubspot).find_holders(pending("k"), [Problem(category="CONFLICT")]) == {}
    assert hubspot.requests == {}


@pytest.mark.parametrize("keeps", ["as sent", "trimmed"])
def test_batches_look_their_few_calls_up_together_and_each_finds_its_own(keeps: Keeps) -> None:
    """Where a batch has a request for its three doubts, and the next one for its two, most of both is empty."""
    hubspot, flight = FakeHubSpot(keeps=keeps), InFlight()
    numbers = [hubspot.add(f"k{place}") for place in range(3)]
    existing = ExistingCalls(hubspot, lambda _: None, flight)
    found: dict[int, dict[int, str]] = {}
    asked = [("k0", "K1", "k2"), ("k3", "k1")]

    def work(place: int) -> None:
        found[place] = ids(existing.find_shared(pending(*asked[place])))

    at_once(flight, 2, work)
    assert found == {0: {0: numbers[0], 2: numbers[2]}, 1: {1: numbers[1]}}
    assert hubspot.inputs["read"] == 5


def test_a_whole_request_of_calls_waits_for_no_others() -> None:
    """There is no room for them."""
    hubspot, flight = FakeHubSpot(), InFlight()
    hubspot.add("k99")
    existing = ExistingCalls(hubspot, lambda _: None, flight)
    with flight, flight:  # another batch is busy elsewhere
        began = time.monotonic()
        assert len(existing.find_shared(pending(*(f"k{place}" for place in range(100))))) == 1
        assert time.monotonic() - began < 0.5


@pytest.mark.parametrize(
    ("created", "young"),
    [
        (NOW - timedelta(hours=23), True),
        (NOW - timedelta(hours=24), False),
        (NOW - timedelta(hours=25), False),
        ("2026-01-01T23:00:00", True),
        ("2025-12-31T23:00:00", False),
        ("", True),
        ("yesterday", True),
    ],
)
def test_what_may_lack_its_links_is_young(created: datetime | str, *, young: bool) -> None:
    """One whose date cannot be read may be, and linking it again does no harm."""
    text = created if isinstance(created, str) else created.isoformat().replace("+00:00", "Z")
    assert is_young(Result(id="1", createdAt=text), NOW) is young
