"""One limiter for all threads, in virtual time: never more than HubSpot allows, evenly, and not much less."""

from __future__ import annotations

import threading
from collections import deque
from itertools import cycle, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_hubspot_calls.hubspot.errors import Stopped
from destination_hubspot_calls.hubspot.rate_limit import (
    CATCH_UP,
    FIRST_LIMIT,
    FIRST_PAUSE,
    LOOK_AGAIN,
    MARGIN,
    MAX_PAUSE,
    WINDOW,
    RateLimiter,
)


class Time:
    """Time that passes where somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.stopped = False

    def wait(self, seconds: float) -> bool:
        self.now += max(0.0, seconds)
        return self.stopped

    def clock(self) -> float:
        return self.now

    def limiter(self, **more: int) -> RateLimiter:
        return RateLimiter(self.wait, clock=self.clock, **more)


class Noted(deque[float]):
    """The starts of requests, and all that ever were in it."""

    def __init__(self, starts: list[float]) -> None:
        super().__init__()
        self._starts = starts

    def append(self, start: float) -> None:
        self._starts.append(start)
        super().append(start)


def told(limit: int, remaining: int | None = None, **more: str) -> dict[str, str]:
    headers = {"X-HubSpot-RateLimit-Max": str(limit), "X-HubSpot-RateLimit-Interval-Milliseconds": "10000", **more}
    return headers if remaining is None else {**headers, "X-HubSpot-RateLimit-Remaining": str(remaining)}


def most_in_a_window(starts: list[float], window: float = WINDOW) -> int:
    return max(sum(start <= other < start + window for other in starts) for start in starts)


def starts_of(limiter: RateLimiter, time: Time, count: int) -> list[float]:
    starts = []
    for _ in range(count):
        limiter.acquire()
        starts.append(time.now)
    return starts


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 250), st.lists(st.floats(0, 3), max_size=60))
def test_no_window_holds_more_than_the_limit(limit: int, pauses: list[float]) -> None:
    """One request too many is a 429, and each costs a pause of all threads."""
    time = Time()
    limiter = time.limiter()
    limiter.learn(told(limit))
    starts = []
    for pause in [*pauses, *[0.0] * (2 * limit)]:
        time.now += pause
        limiter.acquire()
        starts.append(time.now)
    assert most_in_a_window(starts) <= limit


def test_the_limit_is_used_up_and_evenly() -> None:
    """What is not used is lost; what is used in the first moment is followed by a long silence."""
    time = Time()
    limiter = time.limiter()
    limiter.learn(told(190))
    starts = starts_of(limiter, time, 1900)
    assert starts[-1] - starts[0] < 10 * (WINDOW + MARGIN)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert min(gaps) >= WINDOW / (190 * CATCH_UP) - 1e-9
    assert max(gaps) < 2.5
    assert len(limiter._sent) <= 2 * 190


def test_before_hubspot_told_its_limit_the_smallest_plans_is_kept() -> None:
    """A first burst above it would be refused."""
    time = Time()
    assert most_in_a_window(starts_of(time.limiter(), time, 250)) <= FIRST_LIMIT


def test_the_limit_follows_the_headers() -> None:
    """Plans differ, and change."""
    time = Time()
    limiter = time.limiter()
    before = limiter.told
    limiter.learn(told(190))
    assert (before, limiter.told) == (None, 190)
    assert limiter.limit == 190
    limiter.learn({})
    limiter.learn({"X-HubSpot-RateLimit-Max": "many"})
    assert limiter.limit == 190
    limiter.learn(told(250))
    assert limiter.limit == 250


def test_a_cap_below_the_limit_holds() -> None:
    """Several connections share a token."""
    time = Time()
    limiter = time.limiter(most=50)
    limiter.learn(told(190))
    assert limiter.limit == 50
    assert most_in_a_window(starts_of(limiter, time, 150)) <= 50


def test_what_others_use_of_the_limit_is_left_to_them() -> None:
    """Another sync with the same token spends the same window."""
    time = Time()
    limiter = time.limiter()
    starts_of(limiter, time, 10)

    def learned(remaining: int) -> int:
        for _ in range(30):
            limiter.learn(told(100, remaining=remaining))
        time.now += WINDOW * 0.9
        starts_of(limiter, time, 10)
        return limiter.limit

    assert 30 <= learned(30) <= 40
    assert learned(90) == 100
    assert 1 <= learned(0) <= 15


def test_an_answer_tells_how_much_of_the_limit_is_used() -> None:
    """What is used beyond our own requests is others'; an answer that tells nothing of it tells of nobody."""
    assert RateLimiter.counted(told(100, remaining=60)) == (100, 40)
    assert RateLimiter.counted(told(100, remaining=101)) == (100, 0)
    assert RateLimiter.counted(told(100)) == (100, 0)
    assert RateLimiter.counted(told(999_999_999)) == (999_999_999, 0)
    assert RateLimiter.counted(told(10**9)) is None
    assert RateLimiter.counted(told(0)) is None
    assert RateLimiter.counted({"X-HubSpot-RateLimit-Remaining": "7"}) is None


def test_who_has_more_gives_way_while_the_others_grow() -> None:
    """Else who came first would keep what it has; and one who gives way for good would end with nothing."""
    time = Time()
    limiter = time.limiter()

    def learned(used: int) -> int:
        for _ in range(40):
            limiter.learn(told(100, remaining=100 - used))
        return limiter.limit

    assert learned(40) == 100 - 40 - 4 - 2
    time.now += WINDOW / 2
    learned(20)
    assert learned(40) == 100 - 40 - 4 - 2  # no more than before
    time.now += WINDOW / 2 - 0.1
    assert limiter.limit == 100 - 40 - 4 - 2
    time.now += 0.1
    assert learned(40) == 100 - 40 - 2
    assert learned(41) == 100 - 41 - 2
    assert learned(47) == 100 - 47 - 1 - 2
    time.now += WINDOW + 1.0
    assert learned(20) == 100 - 20 - 2
    assert learned(40) == 100 - 40 - 4 - 2
    assert learned(70) == 100 - 70 - 2


@pytest.mark.parametrize(("most", "pace"), [(None, 50), (60, 30)])
def test_what_others_leave_is_taken_as_it_comes(most: int | None, pace: int) -> None:
    """At the pace of a small share, that would not grow: half of what there may be is taken for one's own."""
    time = Time()
    limiter = RateLimiter(time.wait, clock=time.clock, most=most)
    for _ in range(40):
        limiter.learn(told(100, remaining=30))
    starts = starts_of(limiter, time, 10)
    assert starts[-1] - starts[0] == pytest.approx(9 * WINDOW / (pace * CATCH_UP))


def test_while_others_leave_a_fair_share_its_bound_is_kept() -> None:
    """To look again is for those who have next to nothing: else each look would be one request too many."""
    time = Time()
    limiter = time.limiter()
    for _ in range(40):
        limiter.learn(told(100, remaining=45))
    assert limiter.limit == 43
    starts = starts_of(limiter, time, 44)
    assert starts[-1] - starts[0] == pytest.approx(WINDOW + MARGIN)


def test_searches_that_are_refused_become_fewer_and_then_slowly_more() -> None:
    """No answer tells what others search for: what is refused, and what is not, is all there is to go by."""
    time = Time()
    limiter = RateLimiter(time.wait, limit=5, window=1.0, clock=time.clock)

    def gap() -> float:
        before, after = starts_of(limiter, time, 2)
        return after - before

    gaps = []
    for _ in range(6):
        limiter.slow_down()
        gaps.append(gap())
    assert gaps == pytest.approx([1 / (5 * 0.7), 1 / (5 * 0.49), 1 / (5 * 0.343), 1 / (5 * 0.2401), 1.0, 1.0])
    limiter.speed_up()
    assert gap() == pytest.approx(1 / 1.03)
    for _ in range(200):
        limiter.speed_up()
    time.now += 2.0
    assert gap() == pytest.approx(1 / (5 * CATCH_UP))


def test_what_overtook_each_other_is_not_taken_for_others() -> None:
    """An answer may count requests of our own that started after it, and then the limit would shrink for nothing."""
    time = Time()
    limiter = time.limiter()
    limiter.learn(told(190))
    starts_of(limiter, time, 50)
    for seen in (5, -5, 4, -4, 3, 5):
        limiter.learn(told(190, remaining=190 - limiter.sent - seen))
        assert limiter.limit == 190
    limiter = time.limiter()
    limiter.learn(told(100, remaining=90))
    assert limiter.limit == 100
    for seen, limit in ((3, 100), (4, 76)):
        for _ in range(40):
            limiter.learn(told(100, remaining=100 - seen))
        assert limiter.limit == limit


def test_a_pause_stops_everybody_and_grows() -> None:
    """The window has to become free; refusals in a row ask for more time, up to a whole window."""
    time = Time()
    limiter = time.limiter()
    waited = []
    for _ in range(6):
        limiter.pause()
        limiter.pause()  # a second thread's refusal of the same moment
        before = time.now
        limiter.acquire()
        waited.append(time.now - before)
    assert waited == pytest.approx([FIRST_PAUSE, 1.0, 2.0, 4.0, 8.0, MAX_PAUSE])
    limiter.learn(told(100))
    limiter.pause()
    assert limiter.state("").paused == pytest.approx(FIRST_PAUSE)


def test_a_pause_that_hubspot_asks_for_is_kept() -> None:
    """Retry-After on a 429."""
    time = Time()
    limiter = time.limiter()
    limiter.pause(42.0)
    limiter.pause(1.0)
    before = time.now
    limiter.acquire()
    assert time.now - before == pytest.approx(42.0)


def test_searches_are_five_a_second() -> None:
    """They are counted apart, and answers to them carry no headers."""
    time = Time()
    limiter = RateLimiter(time.wait, limit=5, window=1.0, clock=time.clock)
    assert most_in_a_window(starts_of(limiter, time, 50), 1.0) <= 5


def test_a_stop_ends_the_wait_in_line() -> None:
    """SIGTERM must not wait for a turn, nor take one that is free."""
    time = Time()
    limiter = time.limiter()
    time.stopped = True
    with pytest.raises(Stopped):
        limiter.acquire()
    limiter.pause(100.0)
    with pytest.raises(Stopped):
        limiter.acquire()


def test_threads_share_one_window() -> None:
    """A limiter for each thread would allow sixty-four times as much."""
    time, lock = Time(), threading.Lock()

    def wait(seconds: float) -> bool:
        with lock:
            return time.wait(seconds)

    limiter = RateLimiter(wait, limit=20, clock=time.clock)
    starts: list[float] = []

    def work() -> None:
        for _ in range(10):
            limiter.acquire()

    threads = [threading.Thread(target=work) for _ in range(8)]
    limiter._sent = Noted(starts)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(starts) == 80
    assert most_in_a_window(starts) <= 20


def test_a_limit_that_changes_while_a_turn_is_reckoned_does_no_harm() -> None:
    """Other threads learn from their answers at any moment."""

    class Learning(RateLimiter):
        limits = cycle((1, 100))

        @property
        def limit(self) -> int:
            return next(self.limits)

    time = Time()
    starts = starts_of(Learning(time.wait, clock=time.clock), time, 10)
    assert starts[-1] > starts[0]


def test_the_end_of_the_day_is_seen_coming() -> None:
    """Five in a hundred left: a person can still act."""
    limiter = Time().limiter()
    day = "X-HubSpot-RateLimit-Daily"
    seen = [limiter.daily_left]
    for left in ("51", "50", "", "7"):
        limiter.learn({day: "1000", f"{day}-Remaining": left})
        seen.append(limiter.daily_left)
    assert seen == [None, None, 50, 50, 7]
    assert limiter.daily == (1000, 7)


def test_a_window_is_taken_a_little_longer() -> None:
    """Requests travel at different speeds, so that one may arrive before the window that it left has ended."""
    time = Time()
    limiter = time.limiter(limit=3)
    starts = starts_of(limiter, time, 4)
    assert starts[3] - starts[0] == pytest.approx(WINDOW + MARGIN)


def test_a_limiter_that_waited_catches_up() -> None:
    """At the even pace what a pause cost would be lost for good."""
    time = Time()
    limiter = time.limiter(limit=100)
    starts_of(limiter, time, 1)
    time.now += WINDOW / 2
    starts = starts_of(limiter, time, 60)
    assert starts[-1] - starts[0] == pytest.approx(59 * WINDOW / (100 * CATCH_UP))


def test_a_second_refusal_of_one_moment_does_not_lengthen_the_pause() -> None:
    """Sixty-four requests that are refused together would be sixty-four steps."""
    time = Time()
    limiter = time.limiter()
    for _ in range(64):
        limiter.pause()
    assert limiter.state("").paused == pytest.approx(FIRST_PAUSE)


def test_a_refused_request_does_not_count() -> None:
    """HubSpot did not carry it out: its place in the window is free."""
    time = Time()
    limiter = time.limiter(limit=2)
    limiter.acquire()
    limiter.pause(0.1, limiter.acquire())
    before = time.now
    limiter.acquire()
    assert time.now - before < WINDOW / 2


def test_the_limit_is_never_nothing() -> None:
    """Others may use it all; a limiter without a turn would divide by nothing, and never look again."""
    time = Time()
    limiter = time.limiter()
    for _ in range(50):
        limiter.learn(told(100, remaining=0))
    assert limiter.limit == 1
    starts = starts_of(limiter, time, 3)
    assert starts[-1] - starts[0] == pytest.approx(2 * LOOK_AGAIN)


def test_who_waits_and_how_long_is_told() -> None:
    """A person asks what a sync waits for."""
    time = Time()
    limiter = time.limiter(limit=10)
    used = [limiter.is_used]
    starts_of(limiter, time, 5)
    used.append(limiter.is_used)
    assert used == [False, True]
    limiter.pause(7.0)
    state = limiter.state("HubSpot's burst limit")
    assert (state.name, state.most, state.window, state.queue) == ("HubSpot's burst limit", 10, WINDOW, 0)
    assert state.share == pytest.approx(0.5)
    assert state.paused == pytest.approx(7.0)
    assert state.since == 0.0
    assert limiter.now == time.now
    limiter._queue.extend((time.now - 3.0, time.now - 1.0))
    assert limiter.state("").queue == 2
    assert limiter.state("").since == pytest.approx(3.0)
    time.now += 8.0
    assert limiter.state("").paused == 0.0


def test_the_share_in_use_is_told() -> None:
    """Progress says how near the limit a sync is."""
    time = Time()
    limiter = time.limiter(limit=20)
    starts_of(limiter, time, 10)
    assert limiter.share == pytest.approx(0.5)
    limiter.learn(told(5))
    assert limiter.share == 1.0
    limiter.learn(told(20))
    time.now += WINDOW
    assert limiter.share == 0.0
