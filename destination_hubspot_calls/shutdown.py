"""SIGTERM: nothing new is read or sent, what was sent may be answered, and the process dies of the signal."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType


class Shutdown:
    """Turns SIGTERM into an event that every wait listens to.

    `wake` is a file descriptor that becomes readable on a signal: `select` goes on after a handler, so that a
    reader waiting for input would not notice otherwise.
    """

    def __init__(self) -> None:
        self.event = threading.Event()
        self.wake: int | None = None
        self._write_end: int | None = None
        self.terminated = False

    def listen(self) -> None:
        """Take over SIGTERM. Does nothing outside the main thread, where signals cannot be caught."""
        if threading.current_thread() is not threading.main_thread():
            return
        self.wake, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)
        signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._on_signal)

    def ignore(self) -> None:
        """Give SIGTERM back."""
        if self.wake is None or self._write_end is None:
            return
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        os.close(self.wake)
        os.close(self._write_end)
        self.wake = self._write_end = None

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.terminated = True
        self.event.set()


def die_of_sigterm() -> None:
    """End this process by SIGTERM (-15); as PID 1, which that does not touch, with status 143."""
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
    os._exit(128 + signal.SIGTERM)
