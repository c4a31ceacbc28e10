"""Batches that are written at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from destination_hubspot_calls.delivery.gathering import InFlight


def at_once(flight: InFlight, number: int, work: Callable[[int], None]) -> None:
    """Have so many batches, each in flight and in a thread of its own, begin `work(place)` together, and end."""
    ready = threading.Barrier(number)

    def begin(place: int) -> None:
        with flight:
            ready.wait()
            work(place)

    threads = [threading.Thread(target=begin, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
