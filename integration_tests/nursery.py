"""Where connectors come from in a test run: a process that has imported everything, and forks.

Of the seconds that a connector runs in a test, its imports are most. Each is a process of its own all the same: its
arguments, environment, folder and pipes, its own end. `make prove`, the benchmarks and the clients start connectors as
the platform does.

`nursery.py PACE PROGRAM` is the process: it speaks over the socket that is its stdin, and ends with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from typing_extensions import Self

MAX_REQUEST = 1_000_000
"""Bytes of a request: arguments and environment."""


class Forked:
    """A connector that was forked, with what `subprocess.Popen` has for whoever watches one."""

    def __init__(self, pid: int, pipes: tuple[IO[bytes], IO[bytes], IO[bytes]], end: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdin: IO[bytes] | None
        self.stdout: IO[bytes] | None
        self.stderr: IO[bytes] | None
        self.stdin, self.stdout, self.stderr = pipes
        self._end = end

    def poll(self) -> int | None:
        """The status, where it has ended; None else."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The status, negative for a signal. Raises TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._end], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode = int(os.read(self._end, 100))
            os.close(self._end)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process, and what asks it for connectors."""

    def __init__(self, pace: str, program: str) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, __file__, pace, program]
        self._process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)
        theirs.close()

    def fork(self, arguments: Sequence[str], folder: str, environment: Mapping[str, str]) -> Forked:
        """A connector with these arguments, in this folder, under this environment."""
        (input_end, stdin), (stdout, output_end), (stderr, errors_end), (end, end_end) = (os.pipe() for _ in range(4))
        theirs = [input_end, output_end, errors_end, end_end]
        request = json.dumps({"arguments": arguments, "folder": folder, "environment": dict(environment)})
        socket.send_fds(self._socket, [request.encode()], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        pid = int(self._socket.recv(100))
        return Forked(pid, (os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb"), os.fdopen(stderr, "rb")), end)

    def close(self) -> None:
        """End the process; connectors that it forked go on."""
        self._socket.close()
        self._process.wait()


class Nurseries:
    """One for each pace, from the first connector on that asks for it. A context manager: all are gone at its end."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._by_pace: dict[str, Nursery] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for nursery in self._by_pace.values():
            nursery.close()

    def at(self, pace: str) -> Nursery:
        if pace not in self._by_pace:
            self._by_pace[pace] = Nursery(pace, self._program)
        return self._by_pace[pace]


# The process


@dataclass(frozen=True, slots=True)
class _Asked:
    arguments: list[str]
    folder: str
    environment: dict[str, str]
    descriptors: list[int]


def _serve(line: socket.socket, wake: int) -> _Asked | None:
    """Fork a process for each request. Returns in each: what it is asked to be; and None in this one, at its end."""
    ends: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([line.fileno(), wake], [], [])
        if wake in ready:
            os.read(wake, 100)
            _report(ends)
        if line.fileno() not in ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(line, MAX_REQUEST, 4)
        if not message:
            return None
        pid = os.fork()
        if pid == 0:
            return _Asked(**json.loads(message), descriptors=descriptors[:3])
        *theirs, ends[pid] = descriptors
        for descriptor in theirs:
            os.close(descriptor)
        line.send(str(pid).encode())


def _report(ends: dict[int, int]) -> None:
    """Tell the status of each that has ended."""
    for pid in list(ends):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            end = ends.pop(pid)
            with contextlib.suppress(BrokenPipeError):
                os.write(end, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(end)


def _become(asked: _Asked) -> None:
    """Be the process that was asked for."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, descriptor in enumerate(asked.descriptors):
        os.dup2(descriptor, number)
    os.closerange(3, 256)
    os.chdir(asked.folder)
    os.environ.clear()
    os.environ.update(asked.environment)
    sys.argv[:] = asked.arguments


def _main() -> None:
    pace, program = sys.argv[1:]
    sys.path.insert(0, str(Path(program).parent))  # where the package is installed, this folder is on no path
    if pace != "1":
        from integration_tests.hurried import hurry

        hurry(float(pace))
    import destination_hubspot_calls.destination  # noqa: F401 - all that a connector imports

    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    asked = _serve(socket.socket(fileno=os.dup(0)), read_end)
    if asked:
        _become(asked)
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    _main()
