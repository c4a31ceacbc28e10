"""What a sync tells while it runs: how far it is, and what it waits for."""

from __future__ import annotations

import logging

import pytest

from destination_hubspot_calls.hubspot.waiting import Limit, Trouble, Waiting
from destination_hubspot_calls.sink.progress import INTERVAL, Progress
from destination_hubspot_calls.sink.summary import Summary
from unit_tests.entries import call, rejection, settled

BURST = Limit("HubSpot's burst limit", most=190, window=10.0, share=0.98, queue=40, since=2.0)
SEARCH = Limit("HubSpot's search limit", most=5, window=1.0, share=0.2)
OUTAGE = Trouble("creating calls", "HubSpot answers 503", since=3.0, attempt=3, next_in=4.0)


class Watched:
    """A progress, its clock, and what is waited for."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "destination_hubspot_calls")
        self._caplog = caplog
        self.now = 100.0
        self.waiting = Waiting()
        self.summary = Summary()
        self.limited: list[float | None] = []
        self._progress = Progress(
            self.summary, lambda: self.waiting, on_limited=self.limited.append, clock=lambda: self.now
        )

    def after(self, seconds: float, waiting: Waiting | None = None, *, in_flight: int = 3) -> list[str]:
        """What is told some seconds later."""
        self._caplog.clear()
        self.now += seconds
        if waiting is not None:
            self.waiting = waiting
        self._progress.tick(in_flight=in_flight)
        return self._told()

    def at_the_end(self) -> list[str]:
        """What is told when all is written."""
        self._caplog.clear()
        self.waiting = Waiting()
        self._progress.end()
        return self._told()

    def _told(self) -> list[str]:
        return [f"{item.levelname} {item.getMessage()}" for item in self._caplog.records]


@pytest.fixture
def watched(caplog: pytest.LogCaptureFixture) -> Watched:
    return Watched(caplog)


def test_every_half_minute_it_tells_how_far_it_is(watched: Watched) -> None:
    """A long sync that says nothing looks like one that hangs."""
    watched.waiting = Waiting((SEARCH, BURST), daily=650_000, daily_left=499_000)
    watched.summary.add(settled(*(call(number) for number in range(1500)), rejection(1500)))
    assert watched.after(INTERVAL - 1) == []
    (told,) = watched.after(1)
    assert told == (
        "INFO 1,501 records in 30 s (1 rejected), 50 records/s; calls up to 2026-01-01 00:00:00 UTC; waiting for "
        "HubSpot's burst limit (98 % of its 190 requests in 10 s used); 499,000 requests left today; "
        "3 batches in flight"
    )
    assert watched.after(1) == []
    watched.summary.add(settled(*(call(number) for number in range(60))))
    (told,) = watched.after(INTERVAL)
    assert told.startswith("INFO 1,561 records in 1 min 01 s (1 rejected), 2 records/s; ")


@pytest.mark.parametrize(
    ("waiting", "in_flight", "words"),
    [
        (Waiting(), 0, "waiting for the source; 0 batches"),
        (Waiting(), 1, "waiting for HubSpot's answers; 1 batch in"),
        (Waiting((SEARCH,)), 2, "HubSpot's answers (20 % of its 5 requests in 1 s used)"),
        (Waiting((BURST,), (OUTAGE,)), 2, "HubSpot (HubSpot answers 503 to creating calls, since 3 s; try 3 in 4 s)"),
    ],
)
def test_it_tells_what_it_waits_for(watched: Watched, waiting: Waiting, in_flight: int, words: str) -> None:
    """The limit, an outage and a slow source are each another person's to change."""
    (told,) = (line for line in watched.after(INTERVAL, waiting, in_flight=in_flight) if "waiting for" in line)
    assert words in told


def test_a_long_wait_is_told_when_it_begins_and_when_it_ends(watched: Watched) -> None:
    """Ten minutes of 503 looked like a sync that hangs."""
    short = Trouble("creating calls", "HubSpot answers 503", since=0.5, attempt=2, next_in=1.0)
    assert watched.after(1, Waiting(troubles=(short,))) == []
    assert watched.after(1, Waiting(troubles=(OUTAGE,))) == [
        "WARNING HubSpot answers 503 to creating calls; third try in 4 s; nothing is lost."
    ]
    later = Trouble("creating calls", "HubSpot answers 502", since=31.0, attempt=12, next_in=20.0)
    assert watched.after(1, Waiting(troubles=(later,))) == []
    assert watched.after(1, Waiting()) == ["INFO HubSpot answers to creating calls again, after 31 s or a little more."]
    assert watched.limited == []
    watched.after(1, Waiting(troubles=(OUTAGE,)))
    assert watched.at_the_end() == ["INFO HubSpot answers to creating calls again, after 3 s or a little more."]


def test_a_limit_that_is_waited_for_is_told_and_the_platform_hears_of_it(watched: Watched) -> None:
    """Airbyte shows such a stream as rate limited, and not as one that hangs."""
    full = Limit(BURST.name, most=100, window=10.0, share=1.0, queue=60, since=5.5, paused=0.0)
    assert watched.after(1, Waiting((BURST,))) == []
    assert watched.after(1, Waiting((full,))) == [
        "INFO Waiting for HubSpot's burst limit: 100 requests in 10 s; nothing is lost, it goes as fast as that allows."
    ]
    assert watched.limited == [1.0]
    assert watched.after(1, Waiting((BURST,))) == []  # still waiting, and to be told once
    refused = Trouble("creating calls", "HubSpot's burst limit leaves no room", since=9.0, attempt=5, next_in=9.0)
    assert watched.after(1, Waiting((BURST,), (refused,))) == []
    assert watched.after(1, Waiting((SEARCH,))) == ["INFO HubSpot's burst limit is not waited for any more."]
    assert watched.limited[1:] == [None]


def test_a_pause_that_hubspot_asks_for_is_a_wait_for_a_limit(watched: Watched) -> None:
    """After a 429 nobody may send anything for seconds."""
    paused = Limit(SEARCH.name, most=5, window=1.0, share=0.0, paused=8.0)
    watched.after(1, Waiting((paused, BURST)))
    assert watched.limited == [8.0]


def test_one_limit_of_two_that_ends_leaves_a_stream_limited(watched: Watched) -> None:
    """Only when none is waited for any more does it run as fast as it can."""
    two = [Limit(name, most=5, window=1.0, share=1.0, queue=9, since=6.0) for name in ("a", "b")]
    watched.after(1, Waiting(tuple(two)))
    watched.after(1, Waiting((two[0],)))
    assert watched.limited == [1.0, 1.0]
    watched.after(1, Waiting())
    assert watched.limited == [1.0, 1.0, None]
