"""How long a sync would take."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.hubspot.waiting import Limit, Waiting
from destination_hubspot_calls.messages import Batch
from destination_hubspot_calls.results import BatchResult, Count
from destination_hubspot_calls.sink.estimate import FIRST_BURST, SEARCHES, Estimate, estimated
from destination_hubspot_calls.sink.summary import Summary
from unit_tests.entries import call

BURST = Limit(FIRST_BURST.name, most=190, window=10.0, share=0.5)


def test_what_a_dry_run_asked_and_found_tells_what_a_sync_asks() -> None:
    """Which calls exist is read in a dry run only; look-ups are the same in both."""
    summary = Summary()
    kinds = [Count.CREATED] * 250 + [Count.UPDATED] * 101 + [Count.THERE] * 100
    batch = Batch.of([call(number) for number in range(len(kinds))])
    summary.add(BatchResult(batch, became=dict(enumerate(kinds))))
    sent = {
        "reading contacts": 7,
        "reading calls": 5,
        "reading deals by their ids": 3,
        "searching companies": 40,
        "searching contacts": 2,
    }
    found = estimated(summary, sent, Waiting((BURST,), daily_left=1000))
    assert (found.creates, found.updates, found.reads, found.searches) == (3, 2, 3 + 7, 42)
    assert (found.burst, found.search, found.binding) == (BURST, SEARCHES, SEARCHES)
    assert found.seconds == pytest.approx(42 / 5)


@pytest.mark.parametrize(
    ("creates", "searches", "words"),
    [
        (
            1,
            0,
            "1 request to create calls, 0 to update them, 0 to read and 0 searches: less than a minute at HubSpot's b",
        ),
        (2300, 0, "2,300 requests to create calls, 0 to update them, 0 to read and 0 searches: about 2 minutes at "),
        (2300, 900, "900 searches: about 3 minutes at HubSpot's search limit (5 requests in 1 s), which decides"),
    ],
)
def test_it_is_told_in_minutes_with_what_decides(creates: int, searches: int, words: str) -> None:
    """A person wants to know whether to wait for it, and what would make it shorter."""
    (said,) = Estimate(creates, 0, 0, searches, BURST, SEARCHES).said()
    assert words in said.text


def test_a_day_that_is_too_short_is_warned_of() -> None:
    """A sync that stops in the middle of the night is seen the next morning."""
    _, warning = Estimate(100, 0, 0, 0, BURST, SEARCHES, daily_left=99).said()
    assert warning.warns
    assert "99 requests" in warning.text
