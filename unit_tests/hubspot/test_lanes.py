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
        return Lanes(burst, search, associations, capped=most is not None)


def told(limit: int, used: int) -> Mapping[str, str]:
    return {"X-HubSpot-RateLimit-Max": str(limit), "X-HubSpot-RateLimit-Remaining": str(limit - used)}


def send(lanes: Lanes, lane: Lane, headers: Mapping[str, str], times: int = 1) -> None:
    for _ in range(times):
        lanes.learn(lanes.acquire(lane), headers)


def test_a_limit_of_associations_of_their_own_is_learned_from_their_answers() -> None:
    """They have 150 in ten seconds beside the 190 of all others."""
    time = Time()
    lanes = time.lanes()
    send(lanes, Lane.BURST, told(190, 1))
    send(lanes, Lane.ASSOCIATIONS, told(150, 1))
    lanes.burst.pause(60.0)
    before = time.now
    assert lanes.limit_of(lanes.acquire(Lane.ASSOCIATIONS)) is Lane.ASSOCIATIONS
    assert time.now - before < 1
    assert {limit.name: limit.most for limit in lanes.limits}["HubSpot's burst limit of associations"] == 150
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


@pytest.mark.parametrize(("used", "limit"), [(31, Lane.ASSOCIATIONS), (41, Lane.BURST)])
def test_where_most_requests_are_about_associations_few_others_decide(used: int, limit: Lane) -> None:
    """What was sent about associations is in either count: only the others tell the two apart."""
    lanes = Time().lanes()
    send(lanes, Lane.BURST, told(100, 10), times=10)
    turns = [lanes.acquire(Lane.ASSOCIATIONS) for _ in range(31)]
    lanes.learn(turns[-1], told(100, used))
    assert lanes.limit_of(lanes.acquire(Lane.ASSOCIATIONS)) is limit


def test_too_few_requests_tell_nothing() -> None:
    """One request of a window may have been forgotten by the time of the next."""
    lanes = Time().lanes()
    send(lanes, Lane.BURST, told(100, 1), times=MIN_SENT - 2)
    send(lanes, Lane.ASSOCIATIONS, told(100, 1))
    assert lanes.limit_of(lanes.acquire(Lane.ASSOCIATIONS)) is Lane.BURST


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
    assert [str(trouble) for trouble in seen.troubles] == [
        "HubSpot answers 503 to creating calls, since 0 s; try 3 in 4 s"
    ]
