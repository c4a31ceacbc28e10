"""What is waited for."""

from __future__ import annotations

from destination_hubspot_calls.hubspot.waits import Waits


def test_waits_are_told_while_they_last_the_longest_first() -> None:
    """A person who sees a slow sync wants to know what for, and not what it waited for an hour ago."""
    now = 0.0
    waits = Waits(lambda: now)
    with waits.waiting("HubSpot's burst limit", limits=True):
        now = 3.0
        with waits.waiting("HubSpot, which answers 503", attempt=3, since=-5.0):
            assert [(wait.what, wait.since) for wait in waits.current()] == [
                ("HubSpot, which answers 503", -5.0),
                ("HubSpot's burst limit", 0.0),
            ]
        assert [wait.limits for wait in waits.current()] == [True]
    assert waits.current() == ()
