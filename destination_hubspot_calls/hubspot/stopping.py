"""A stop that lets a thread finish what it has begun."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopping:
    """Waits that end when the process is to stop, but for a thread that is finishing.

    What finishes is bounded by whoever ends the process: it waits for what is in flight for some seconds only.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._here = threading.local()

    def wait(self, seconds: float) -> bool:
        """Sleep; says whether the thread is to stop."""
        if getattr(self._here, "finishing", False):
            time.sleep(seconds)
            return False
        return self._stop.wait(seconds)

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """What this thread does in here is part of what was sent already, and goes on when the process is to stop."""
        self._here.finishing = True
        try:
            yield
        finally:
            self._here.finishing = False
