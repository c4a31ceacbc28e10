"""What becomes of a process that is sent a signal, seen in processes of their own."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import pytest

from destination_hubspot_calls.shutdown import LAST_WAIT, MAX_LINGER

BEGIN = """
import os, select, signal, sys, threading
from destination_hubspot_calls.shutdown import Shutdown, exit_by_signal

def kill(number):
    os.kill(os.getpid(), number)

def awakes(seconds=10.0):
    return shutdown.event.wait(seconds) and bool(select.select([shutdown.wake], [], [], seconds)[0])

def say(*words):
    print(*words, flush=True)

shutdown = Shutdown()
"""
LISTEN = f"{BEGIN}shutdown.listen()\n"


def run(body: str, begin: str = LISTEN) -> tuple[int, str]:
    """The status and the words of a process that does so."""
    program = begin + textwrap.dedent(body)
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_before_there_are_answers_to_wait_for_a_signal_ends_it_at_once(number: signal.Signals) -> None:
    """A request of the start may hang for minutes, and nothing would be lost."""
    assert run(f"kill({number:d}); say('it goes on')") == (-number, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_once_there_are_answers_to_wait_for_a_signal_is_told_to_all_waits(number: signal.Signals) -> None:
    """What was sent may be answered; then the process dies of the signal, as whoever sent it expects."""
    body = f"""
        shutdown.defer_termination()
        kill({number:d})
        say(awakes(), shutdown.signal == {number:d})
        shutdown.exit_if_signalled()
        say('it goes on')
    """
    assert run(body) == (-number, "True True")


def test_without_a_signal_nothing_is_told_and_nothing_ends() -> None:
    """A sync would be cut off that nobody ended."""
    body = """
        shutdown.defer_termination()
        shutdown.exit_if_signalled()
        say(awakes(0.05), shutdown.event.is_set(), shutdown.signal)
    """
    assert run(body) == (0, "False False None")


def test_another_signal_is_not_taken_for_the_end() -> None:
    """A child that ends, or a terminal that changes its size, sends one too."""
    body = """
        signal.signal(signal.SIGUSR1, lambda *_: None)
        shutdown.defer_termination()
        kill(signal.SIGUSR1)
        say(awakes(0.2))
        kill(signal.SIGTERM)
        say(awakes())
    """
    assert run(body) == (0, "False\nTrue")


def test_the_first_of_several_signals_is_what_it_dies_of() -> None:
    """One who presses Ctrl-C once more must not end it in the middle of what is still written."""
    body = """
        shutdown.defer_termination()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            kill(number)
        say(awakes(), shutdown.signal.name)
        shutdown.exit_if_signalled()
    """
    assert run(body) == (-signal.SIGTERM, "True SIGTERM")


def test_it_dies_in_any_case_after_a_while() -> None:
    """A full stdout that nobody reads would hold it for ever; a second signal must not put the end off."""
    body = """
        import time
        shutdown.defer_termination()
        kill(signal.SIGTERM)
        say(round(signal.getitimer(signal.ITIMER_REAL)[0]))
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        kill(signal.SIGTERM)
        time.sleep(20)
    """
    assert run(body) == (-signal.SIGTERM, str(round(MAX_LINGER)))
    assert MAX_LINGER > LAST_WAIT


def test_a_process_that_the_signal_does_not_touch_ends_with_its_status() -> None:
    """The first process of a container is one; here the signal is held back instead."""
    body = "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); exit_by_signal(signal.SIGTERM)"
    assert run(body, BEGIN) == (128 + signal.SIGTERM, "")


def test_outside_the_main_thread_it_does_not_listen() -> None:
    """A program that uses the connector in a thread keeps its own way to end."""
    body = """
        thread = threading.Thread(target=shutdown.listen)
        thread.start()
        thread.join()
        say(shutdown.wake, signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
    """
    assert run(body, BEGIN) == (0, "None True")
