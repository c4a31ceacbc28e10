"""Runs of tests whose start is paid for once: a server that has imported what never changes, and forks for each run.

With arguments this program is the server of these tests, without it is a client, whose status is that of a run.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import os
import resource
import select
import signal
import socket
import sys
import time
from pathlib import Path

ADDRESS = "forked_tests.socket"
"""In the folder whose tests are run."""
PATIENCE = 4.0
"""Times as long as a run without a change, and a second more, that one may take: it may wait for ever."""
MAX_CPU = 3.0
"""Times the CPU seconds of such a run, and two more: it may loop for ever. Here a busy machine does not count."""
MAX_MEMORY = 4 << 30
"""Bytes of a run: such a loop may collect things."""


def serve(tests: list[str]) -> None:
    """Run the tests of this folder for each client; first once, to see that they pass and to learn their imports."""
    sys.path.insert(0, "")
    for module in _first_run(tests):
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    # A change may leave a file as long and as old, to the second, as another: its bytecode must not be kept.
    sys.dont_write_bytecode = True
    seconds, cpu = _seconds(tests)
    patience, max_cpu = PATIENCE * (seconds + 1.0), 2 + math.ceil(MAX_CPU * cpu)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(ADDRESS)
        listener.listen()
        while True:
            with listener.accept()[0] as client, contextlib.suppress(BrokenPipeError):
                client.send(bytes([_status(tests, client, patience, max_cpu)]))


def _first_run(tests: list[str]) -> list[str]:
    own, theirs = os.pipe()
    run = os.fork()
    if run == 0:
        _run(tests, theirs)
    os.close(theirs)
    with open(own) as told:  # noqa: PTH123 - it is no path
        modules = told.read().split()
    if os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]) != 0:
        sys.exit(f"fail without a change: {' '.join(tests)}")
    return modules


def _seconds(tests: list[str]) -> tuple[float, float]:
    """How long a run takes that was forked from the server, and how much CPU time."""
    began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    ours, theirs = socket.socketpair()
    with ours, theirs:
        if _status(tests, ours, 60 * PATIENCE, resource.RLIM_INFINITY) != 0:
            sys.exit(f"fail in a fork: {' '.join(tests)}")
    return time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used


def _status(tests: list[str], client: socket.socket, patience: float, max_cpu: int) -> int:
    run = os.fork()
    if run == 0:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (max_cpu, max_cpu))
        _run(tests)
    ended = os.pidfd_open(run)
    if ended not in select.select([ended, client.fileno()], [], [], patience)[0]:
        os.killpg(run, signal.SIGKILL)
    os.close(ended)
    return int(os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]) != 0)


def _run(tests: list[str], told: int | None = None) -> None:
    import pytest  # noqa: PLC0415 - the client starts without it

    if told is None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    options = "-x -q -p no:randomly -p no:cacheprovider -n 0 -W ignore::pytest.PytestAssertRewriteWarning"
    status = pytest.main([*options.split(), *tests])
    if told is not None:
        here = str(Path.cwd())
        files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
        os.write(told, " ".join(name for name, file in files.items() if file and not file.startswith(here)).encode())
    os._exit(status)


def _ask() -> int:
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(ADDRESS)
        return server.recv(1)[0]


if __name__ == "__main__":
    if sys.argv[1:]:
        serve(sys.argv[1:])
    sys.exit(_ask())
