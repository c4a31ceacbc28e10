"""`hurried.py PACE PROGRAM ARGUMENT...`: a program for which time passes PACE times as fast.

Its clock runs ahead and its waits are short, so what it waits for (the next try, a grace for answers) comes sooner; how
long it means to wait stays as it is. What others make it wait for (answers, lines of input) takes the time it takes.
"""

from __future__ import annotations

import runpy
import signal
import sys
import threading
import time


def hurry(pace: float) -> None:
    """Speed up this process, before anything else is imported: imports take hold of the clock."""
    monotonic, sleep, alarm, wait = time.monotonic, time.sleep, signal.setitimer, threading.Condition.wait
    start = monotonic()

    def ahead() -> float:
        return start + (monotonic() - start) * pace

    def short_wait(self: threading.Condition, timeout: float | None = None) -> bool:
        return wait(self, None if timeout is None else timeout / pace)

    def short_sleep(seconds: float) -> None:
        sleep(seconds / pace)

    def short_alarm(which: int, seconds: float) -> None:
        alarm(which, seconds / pace)

    # By name, since no type checker lets go of a function of the standard library.
    for owner, name, value in (
        (time, "monotonic", ahead),
        (time, "sleep", short_sleep),
        (signal, "setitimer", short_alarm),
        (threading, "_time", ahead),
        (threading.Condition, "wait", short_wait),
    ):
        setattr(owner, name, value)


if __name__ == "__main__":
    hurry(float(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
