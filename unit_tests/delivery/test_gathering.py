"""Requests that batches share: full ones, none that waits for nobody, and errors for all whose items they had."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_hubspot_calls.delivery.gathering import LINGER, Gatherer, InFlight
from destination_hubspot_calls.hubspot.errors import Stopped, Unavailable
from unit_tests.batches import at_once


class Doubler:
    """Doubles numbers, and keeps what was asked for together."""

    def __init__(self) -> None:
        self.blocks: list[list[int]] = []

    def __call__(self, kind: str, items: Sequence[int]) -> list[int]:
        self.blocks.append(list(items))
        if 13 in items:
            raise Unavailable("thirteen")
        return [2 * item for item in items]


def test_a_lone_batch_does_not_wait() -> None:
    """A source that is slow would be slowed down by nobody."""
    double, flight = Doubler(), InFlight()
    gatherer: Gatherer[int, int] = Gatherer(double, 10, flight)
    began = time.monotonic()
    with flight:
        assert gatherer.ask("x", [1, 2, 3]) == [2, 4, 6]
        assert gatherer.ask("x", []) == []
    assert time.monotonic() - began < 0.5
    assert double.blocks == [[1, 2, 3]]


def test_batches_that_wait_share_a_request() -> None:
    """Nobody is left that could add to it."""
    double, flight = Doubler(), InFlight()
    gatherer: Gatherer[int, int] = Gatherer(double, 100, flight)

    def work(place: int) -> None:
        assert gatherer.ask("x", [place, place + 20]) == [2 * place, 2 * place + 40]

    at_once(flight, 5, work)
    assert [len(block) for block in double.blocks] == [10]


def test_all_wait_where_each_batch_in_flight_does() -> None:
    """Then nobody is left to fill a request; a batch that is done, or busy again, does not count as waiting."""
    flight = InFlight()
    seen = []
    with flight:
        seen.append(flight.all_wait)
        flight.wait(1)
        seen.append(flight.all_wait)
        with flight:
            seen.append(flight.all_wait)
            flight.wait(1)
            seen.append(flight.all_wait)
            flight.wait(-1)
            seen.append(flight.all_wait)
        seen.append(flight.all_wait)
        flight.wait(-1)
        seen.append(flight.all_wait)
    assert seen == [False, True, False, True, False, True, False]
    assert flight.all_wait
    flight.wait(1)
    assert flight.all_wait  # who is not counted waits for nobody


def test_what_came_after_a_full_request_waits_for_as_long() -> None:
    """Its time begins when the request before it went, or when its first item came."""
    now = 0.0
    double, flight = Doubler(), InFlight()
    gatherer: Gatherer[int, int] = Gatherer(double, 4, flight, clock=lambda: now)
    with flight, flight:  # two batches, of which one is busy elsewhere
        assert gatherer.ask("x", [1, 2, 3, 4]) == [2, 4, 6, 8]
        now = LINGER
        asking = threading.Thread(target=gatherer.ask, args=("x", [5, 6, 7, 8, 9]))
        asking.start()
        asking.join(0.4)
        assert double.blocks == [[1, 2, 3, 4], [5, 6, 7, 8]]
        now = 2.5 * LINGER
        asking.join(5)
    assert double.blocks[2:] == [[9]]


def test_a_request_goes_when_it_is_full_though_others_are_busy() -> None:
    """And what is left goes once it has waited long enough."""
    now = 0.0
    double, flight = Doubler(), InFlight()
    gatherer: Gatherer[int, int] = Gatherer(double, 4, flight, clock=lambda: now)
    answers: list[list[int]] = []
    with flight, flight:  # two batches, of which one is busy elsewhere
        asking = threading.Thread(target=lambda: answers.append(gatherer.ask("x", [1, 2, 3, 4, 5])))
        asking.start()
        asking.join(0.6)
        assert double.blocks == [[1, 2, 3, 4]]
        now = LINGER
        asking.join(5)
    assert answers == [[2, 4, 6, 8, 10]]
    assert double.blocks == [[1, 2, 3, 4], [5]]


def test_requests_of_several_kinds_fill_at_the_same_time() -> None:
    """Waiting for one after the other, a batch would hold its thread up twice as long."""
    now = 0.0
    double, flight = Doubler(), InFlight()
    gatherer: Gatherer[int, int] = Gatherer(double, 4, flight, clock=lambda: now)
    answers: list[dict[str, list[int]]] = []
    with flight, flight:  # two batches, of which one is busy elsewhere
        asking = threading.Thread(target=lambda: answers.append(gatherer.ask_all({"x": [1], "y": [2, 3], "z": []})))
        asking.start()
        asking.join(0.1)
        assert double.blocks == []
        now = LINGER
        asking.join(5)
    assert answers == [{"x": [2], "y": [4, 6], "z": []}]
    assert double.blocks == [[1], [2, 3]]


def test_what_goes_wrong_is_raised_by_all_whose_items_it_had() -> None:
    """None of them may be taken for done."""
    double, flight = Doubler(), InFlight()
    gatherer: Gatherer[int, int] = Gatherer(double, 100, flight)
    with flight, pytest.raises(Unavailable, match="thirteen"):
        gatherer.ask("x", [12, 13])
    assert flight.waiting == 0
    with flight:
        assert gatherer.ask("x", [1]) == [2]


def test_a_thread_that_ends_leaves_nobody_waiting() -> None:
    """The process is to stop: those whose items it had must know."""

    def end(_: str, __: Sequence[int]) -> list[int]:
        raise SystemExit

    flight, raised = InFlight(), list[type[BaseException]]()
    gatherer: Gatherer[int, int] = Gatherer(end, 100, flight)

    def work(place: int) -> None:
        try:
            gatherer.ask("x", [place])
        except BaseException as error:  # noqa: BLE001 - that is what is looked at
            raised.append(type(error))

    at_once(flight, 2, work)
    assert set(raised) == {SystemExit, Stopped}
    assert flight.waiting == 0


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(14, 99), max_size=7), min_size=1, max_size=8), st.integers(1, 9))
def test_each_gets_its_own_in_order(wanted: list[list[int]], room: int) -> None:
    """However the items of batches are cut into requests, and no request is larger than it may be."""
    double, flight = Doubler(), InFlight()
    gatherer: Gatherer[int, int] = Gatherer(double, room, flight)

    def work(place: int) -> None:
        answers[place] = gatherer.ask("x", wanted[place])

    answers: dict[int, list[int]] = {}
    at_once(flight, len(wanted), work)
    assert answers == {place: [2 * item for item in items] for place, items in enumerate(wanted)}
    assert all(0 < len(block) <= room for block in double.blocks)
