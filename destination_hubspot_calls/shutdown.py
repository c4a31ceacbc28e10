"""SIGTERM: nothing new is read or sent, what was sent may be answered, and the process dies of the signal."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType


class Shutdown:
    """Turns SIGTERM into an event that every wait listens to, once there are answers to wait for.

    Until then the process dies at once: nothing is lost, and a request of the start may hang for minutes. `wake` is a
    file descriptor that becomes readable on a signal: `select` goes on after a handler, so that a reader waiting for
    input would not notice otherwise.
    """

    def __init__(self) -> None:
        self.event = threading.Event()
        self.wake: int | None = None
        self._write_end: int | None = None
        self.terminated = False
        self._waits = False

    def listen(self) -> None:
        """Take over SIGTERM. Does nothing outside the main thread, where signals cannot be caught."""
        if threading.current_thread() is not threading.main_thread():
            return
        self.wake, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)
        signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._on_signal)

    def defer_termination(self) -> None:
        """From now on requests are sent that write."""
        self._waits = True

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self._waits:
            exit_by_sigterm()
        self.terminated = True
        self.event.set()


def exit_by_sigterm() -> None:
    """End this process by SIGTERM (-15); as PID 1, which that does not touch, with status 143."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
    os._exit(128 + signal.SIGTERM)
