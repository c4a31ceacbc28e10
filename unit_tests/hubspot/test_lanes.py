"""Three limits beside each other: which requests fall under which, as HubSpot's answers show."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from destination_hubspot_calls.hubspot.lanes import MIN_SENT, SEARCH_PAUSE, Lane, Lanes, waiting
from destination_hubspot_calls.hubspot.rate_limit import RateLimiter
from destination_hubspot_calls.hubspot.waiting import Troubles


class Time:
    """Time that passes where somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def wait(self, seconds: float) -> bool:
        self.now += max(0.0, seconds)
        return False

    def lanes(self, most: int | None = None) -> Lanes:
        burst = RateLimiter(self.wait, most=most, clock=lambda: self.now)
        search = RateLimiter(self.wait, limit=5, window=1.0, clock=lambda: self.now)
        associations = RateLimiter(self.wait, clock=lambda: self.now)
        if most is None:
            return Lanes(burst, search, associations)
        return Lanes(burst, search, associations, capped=True)


def told(limit: int, used: int) -> Mapping[str, str]:
    return {"X-HubSpot-RateLimit-Max": str(limit), "X-HubSpot-RateLimit-Remaining": str(limit - used)}


def paused(lanes: Lanes, lane: Lane) -> float:
    return {limit.name: limit.paused for limit in lanes.limits}[lane.value]


def send(lanes: Lanes, lane: Lane, headers: Mapping[str, str], times: int = 1) -> None:
    for _ in range(times):
        lanes.learn(lanes.acquire(lane), headers)


@pytest.mark.parametrize("own", [150, 250])
def test_a_limit_of_associations_of_their_own_is_learned_from_their_answers(own: int) -> None:
    """They have 150 in ten seconds beside the 190 of all others; plans change."""
    time = Time()
    lanes = time.lanes()
    send(lanes, Lane.BURST, told(190, 1))
    send(lanes, Lane.ASSOCIATIONS, told(own, 1))
    lanes.burst.pause(60.0)
    before = time.now
    assert lanes.limit_of(lanes.acquire(Lane.ASSOCIATIONS)) is Lane.ASSOCIATIONS
    assert time.now - before < 1
    assert {limit.name: limit.most for limit in lanes.limits}["HubSpot's burst limit of associations"] == own
    assert lanes.burst.limit == 190


def test_one_that_has_the_same_number_shows_by_what_it_counts() -> None:
    """Free and Starter accounts have a hundred of each."""
    time = Time()
    lanes = time.lanes()
    send(lanes, Lane.BURST, told(100, 40), times=40)
    turn = lanes.acquire(Lane.ASSOCIATIONS)
    assert lanes.limit_of(turn) is Lane.BURST
    lanes.learn(turn, told(100, 1))
    assert lanes.limit_of(lanes.acquire(Lane.ASSOCIATIONS)) is Lane.ASSOCIATIONS


@pytest.mark.parametrize(
    ("used", "limit"),
    [(31, Lane.ASSOCIATIONS), (35, Lane.ASSOCIATIONS), (36, Lane.BURST), (41, Lane.BURST)],
)
def test_where_most_requests_are_about_associations_few_others_decide(used: int, limit: Lane) -> None:
    """What was sent about associations is in either count: only the others tell the two apart."""
    lanes = Time().lanes()
    send(lanes, Lane.BURST, told(100, 10), times=10)
    turns = [lanes.acquire(Lane.ASSOCIATIONS) for _ in range(31)]
    lanes.learn(turns[-1], told(100, used))
    assert lanes.limit_of(lanes.acquire(Lane.ASSOCIATIONS)) is limit


@pytest.mark.parametrize(("others", "limit"), [(MIN_SENT - 2, Lane.BURST), (MIN_SENT - 1, Lane.ASSOCIATIONS)])
def test_too_few_requests_tell_nothing(others: int, limit: Lane) -> None:
    """One request of a window may have been forgotten by the time of the next."""
    lanes = Time().lanes()
    send(lanes, Lane.BURST, told(100, 1), times=others)
    send(lanes, Lane.ASSOCIATIONS, told(100, 1))
    assert lanes.limit_of(lanes.acquire(Lane.ASSOCIATIONS)) is limit


def test_associations_that_are_counted_with_all_others_stay_in_their_line() -> None:
    """An account, or a gateway, may count them together: two full windows at once would be refused."""
    time = Time()
    lanes = time.lanes()
    send(lanes, Lane.ASSOCIATIONS, told(100, 1))
    for used in range(2, 40):
        send(lanes, Lane.BURST, told(100, used))
    send(lanes, Lane.ASSOCIATIONS, told(100, 40))
    assert lanes.limit_of(lanes.acquire(Lane.ASSOCIATIONS)) is Lane.BURST


def test_what_others_use_of_a_common_limit_shows_in_answers_about_associations_too() -> None:
    """A phase of a sync may ask for nothing else."""
    lanes = Time().lanes()
    send(lanes, Lane.BURST, told(100, 1))
    send(lanes, Lane.ASSOCIATIONS, told(100, 90), times=20)
    assert lanes.burst.limit < 50


def test_the_first_answer_about_associations_does_not_set_the_limit_of_all() -> None:
    """A sync may begin with it, and 150 would be kept until the next answer."""
    lanes = Time().lanes()
    send(lanes, Lane.ASSOCIATIONS, told(150, 1))
    assert lanes.burst.told is None


def test_a_cap_on_the_token_holds_for_all_together() -> None:
    """Whoever caps a connection at 50 requests means all of them."""
    time = Time()
    lanes = time.lanes(most=50)
    send(lanes, Lane.BURST, told(190, 1))
    send(lanes, Lane.ASSOCIATIONS, told(150, 1))
    starts = []
    for number in range(120):
        lanes.acquire(Lane.ASSOCIATIONS if number % 2 else Lane.BURST)
        starts.append(time.now)
    assert max(sum(start <= other < start + 10 for other in starts) for start in starts) <= 50


def test_searches_wait_in_a_line_of_their_own() -> None:
    """Five a second, and their answers tell nothing."""
    time = Time()
    lanes = time.lanes()
    send(lanes, Lane.SEARCH, told(1, 1), times=5)
    assert lanes.burst.told is None
    lanes.pause(lanes.acquire(Lane.SEARCH), None)
    before = time.now
    lanes.acquire(Lane.BURST)
    assert time.now == before
    lanes.acquire(Lane.SEARCH)
    assert time.now - before == pytest.approx(SEARCH_PAUSE)


def test_a_refused_search_stops_searches_for_a_moment_and_any_other_for_longer_each_time() -> None:
    """Their window is one second; what HubSpot asks for is kept in either line."""
    lanes = Time().lanes()
    for lane, seconds in ((Lane.SEARCH, [0.5, 0.5, 0.5]), (Lane.BURST, [0.5, 1.0, 2.0])):
        send(lanes, lane, {})
        stopped = []
        for _ in seconds:
            lanes.pause(lanes.acquire(lane), None)
            stopped.append(paused(lanes, lane))
        assert stopped == pytest.approx(seconds)
        lanes.pause(lanes.acquire(lane), 3.0)
        assert paused(lanes, lane) == pytest.approx(3.0)


@pytest.mark.parametrize(("seconds", "words"), [(1.5, ["waited 1.5 s for HubSpot's burst limit"]), (0.5, [])])
def test_debugging_tells_which_limit_a_request_waited_for(
    seconds: float, words: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A sync that is slow says nothing else of a turn that was long in coming; a line for each would hide them."""
    lanes = Time().lanes()
    lanes.burst.pause(seconds)
    with caplog.at_level("DEBUG"):
        lanes.acquire(Lane.BURST)
    assert caplog.messages == words


def test_what_is_waited_for_is_told_at_once() -> None:
    """One look for whoever writes it into a log: limits in use, troubles, what is left of the day."""
    lanes, troubles = Time().lanes(), Troubles()
    assert waiting(lanes, troubles).limits == ()
    day = "X-HubSpot-RateLimit-Daily"
    send(lanes, Lane.BURST, {**told(190, 1), day: "1000", f"{day}-Remaining": "400"})
    troubles.note(1, "creating calls", "HubSpot answers 503", 3, 4.0)
    seen = waiting(lanes, troubles)
    assert [limit.name for limit in seen.limits] == ["HubSpot's burst limit"]
    assert (seen.daily, seen.daily_left) == (1000, 400)
    assert lanes.daily_left is None
    assert [str(trouble) for trouble in seen.troubles] == [
        "HubSpot answers 503 to creating calls, since 0 s; try 3 in 4 s"
    ]
