"""What requests wait for: one line for each kind of trouble, however many threads have it."""

from __future__ import annotations

from destination_hubspot_calls.hubspot.waiting import Troubles


def test_troubles_of_one_kind_are_one() -> None:
    """Sixty-four threads that meet the same 503 are one thing to know."""
    now = 100.0
    troubles = Troubles(lambda: now)
    for request in range(64):
        troubles.note(request, "creating calls", "HubSpot answers 503", 2, 1.0)
    now = 131.0
    troubles.note(7, "creating calls", "HubSpot answers 503", 3, 4.0)
    troubles.note(99, "reading links", "no answer", 2, 2.0)
    first, second = troubles.now()
    assert (first.what, first.since, first.attempt, first.next_in) == ("creating calls", 31.0, 3, 4.0)
    assert (second.what, second.since) == ("reading links", 0.0)


def test_a_request_that_was_answered_is_no_trouble() -> None:
    """Nor one that was given up."""
    troubles = Troubles(lambda: 0.0)
    troubles.note(1, "a", "b", 2, 1.0)
    troubles.end(1)
    troubles.end(2)
    assert troubles.now() == ()
