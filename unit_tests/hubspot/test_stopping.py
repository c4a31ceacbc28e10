"""Waits that end when the process is to stop, but not under what a thread has begun."""

from __future__ import annotations

import threading

from destination_hubspot_calls.hubspot.stopping import Stopping


def test_a_stop_ends_waits_but_for_the_thread_that_finishes() -> None:
    """Calls were created, and their links are being read back: without the answer no state can leave for them."""
    stop = threading.Event()
    stopping = Stopping(stop)
    assert not stopping.wait(0)
    stop.set()
    assert stopping.wait(1000)
    others: list[bool] = []
    with stopping.finishing():
        assert not stopping.wait(0)
        other = threading.Thread(target=lambda: others.append(stopping.wait(1000)))
        other.start()
        other.join()
    assert others == [True]
    assert stopping.wait(1000)
