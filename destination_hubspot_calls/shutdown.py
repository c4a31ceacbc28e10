"""SIGTERM and SIGINT: nothing new is read or sent, what was sent may be answered, the process dies of the signal."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)
LAST_WAIT = 20.0
"""Seconds that requests in flight have to be answered once a sync ends early."""
MAX_LINGER = LAST_WAIT + 10.0
"""Seconds after which the process dies in any case: nobody may read what it still has to say."""


class Shutdown:
    """Turns a signal into an event that every wait listens to, once there are answers to wait for.

    Until then the process dies at once: nothing is lost, and a request of the start may hang for minutes. `wake` is a
    file descriptor that becomes readable on a signal: `select` goes on after a handler, so that a reader waiting for
    input would not notice otherwise. The event is set by a thread of its own: its lock may be held by the very code
    that a handler interrupts, be it another handler.
    """

    def __init__(self) -> None:
        self.event = threading.Event()
        self.wake: int | None = None
        self.signal: signal.Signals | None = None
        """The first signal that came, once the process waits for answers."""
        self._waits = False

    def listen(self) -> None:
        """Take over the signals. Does nothing outside the main thread, where they cannot be caught."""
        if threading.current_thread() is not threading.main_thread():
            return
        signalled, notify = os.pipe()
        self.wake, wake = os.pipe()
        os.set_blocking(notify, False)
        signal.set_wakeup_fd(notify, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, args=(signalled, wake), name="shutdown", daemon=True).start()
        for number in SIGNALS:
            signal.signal(number, self._on_signal)

    def defer_termination(self) -> None:
        """From now on requests are sent that write."""
        self._waits = True

    def exit_if_signalled(self) -> None:
        """Die of the signal that came, if one did."""
        if self.signal is not None:
            exit_by_signal(self.signal)

    def _watch(self, signalled: int, wake: int) -> None:
        while not (set(os.read(signalled, 64)) & {*SIGNALS}):
            pass  # another signal's number
        self.event.set()
        os.write(wake, b"\0")

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if not self._waits:
            exit_by_signal(number)
        if self.signal is None:
            self.signal = signal.Signals(number)
            # A write to a full stdout goes on after a handler that returns, so one that does not return has to end it.
            signal.signal(signal.SIGALRM, lambda *_: exit_by_signal(number))
            signal.setitimer(signal.ITIMER_REAL, MAX_LINGER)


def exit_by_signal(number: int) -> None:
    """End this process by a signal (SIGTERM: -15); as PID 1, which it does not touch, with status 128 + its number."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)
