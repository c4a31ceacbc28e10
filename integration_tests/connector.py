"""The connector as the platform runs it: a process with a pipe on each side, fed, watched, and killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from integration_tests.nursery import Forked, Nurseries

ROOT = Path(__file__).resolve().parents[1]
PACE = "CONNECTOR_PACE"
"""Environment: how many times as fast time passes for connectors that are started, see hurried.py."""
PATIENCE = 400.0 if os.environ.get(PACE) == "1" else 45.0
"""Seconds after which a test does not wait any longer: more where `make prove` lets the connector take its time."""

PROGRAM = str(ROOT / "main.py")
nurseries: list[Nurseries] = []
"""Where connectors are forked from, the last of them; none: each is started."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of stdout: when it came (monotonic seconds, and by the clock), as it came, and what it says."""

    at: float
    clock: float
    raw: bytes
    message: Message


class Connector:
    """One `write` in a process of its own. A context manager: at its end the process is gone.

    stdout and stderr are read as they come, so a test may write as much to stdin as it likes; with `reads` off stdout
    is the test's. `launcher`: a command that starts the connector, with its arguments.
    """

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, Any],
        catalog: Mapping[str, Any],
        *,
        environment: Mapping[str, str] | None = None,
        launcher: Sequence[str] = (),
        reads: bool = True,
    ) -> None:
        self.lines: list[Line] = []
        self.errors = b""
        self._news = threading.Condition()
        arguments = ["write", *_in_files(folder, config=config, catalog=catalog)]
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        self.process = _start(arguments, folder, {**inherited, **(environment or {})}, launcher)
        self._readers = [
            threading.Thread(target=read, daemon=True)
            for read in (self._read_stdout if reads else lambda: None, self._read_stderr)
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    # What it is given

    def send(self, lines: Iterable[bytes]) -> None:
        """Write lines to stdin; blocks where the connector takes no more. What a dead process leaves is dropped."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            for line in lines:
                self.process.stdin.write(line + b"\n")
            self.process.stdin.flush()

    def send_aside(self, lines: Iterable[bytes]) -> threading.Thread:
        """The same in a thread, which ends when all is written or the process has ended."""
        thread = threading.Thread(target=self.send, args=(lines,), daemon=True)
        thread.start()
        return thread

    def end(self) -> None:
        """Close stdin."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def run(self, lines: Iterable[bytes], patience: float = PATIENCE) -> int:
        """Write lines, close stdin, wait for the end; returns the status."""
        self.send(lines)
        self.end()
        return self.wait(patience)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.wait()

    def terminate(self) -> None:
        """SIGTERM, as the platform cancels a sync."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, patience: float = PATIENCE) -> int:
        """The status, once the process and both its pipes have ended."""
        status = self.process.wait(patience)
        for reader in self._readers:
            reader.join(patience)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        return status

    # What it does

    @property
    def states(self) -> list[Message]:
        """The states that left, in order, without their envelopes."""
        return [line.message["state"] for line in self.lines if line.message["type"] == "STATE"]

    @property
    def counts(self) -> list[tuple[float, float]]:
        """What each state counts: records written, and rejected."""
        stats = (state["destinationStats"] for state in self.states)
        return [(item["recordCount"], item["rejectedRecordCount"]) for item in stats]

    @property
    def log(self) -> list[str]:
        """What it logged, as `LEVEL text`."""
        logs = (line.message["log"] for line in self.lines if line.message["type"] == "LOG")
        return [f"{log['level']} {log['message']}" for log in logs]

    @property
    def failure(self) -> Message:
        """What the error trace says: `message`, `failure_type`, …"""
        (trace,) = (trace for trace in self._traces if trace["type"] == "ERROR")
        error: Message = trace["error"]
        return error

    @property
    def statuses(self) -> list[Message]:
        """What it says of streams that wait for a limit."""
        return [trace["stream_status"] for trace in self._traces if trace["type"] == "STREAM_STATUS"]

    @property
    def _traces(self) -> list[Message]:
        return [line.message["trace"] for line in self.lines if line.message["type"] == "TRACE"]

    @property
    def said(self) -> str:
        """All that ever left it, on stdout and stderr."""
        return b"\n".join([*(line.raw for line in self.lines), self.errors]).decode("utf-8", "backslashreplace")

    @property
    def peak_memory(self) -> float:
        """The most memory it ever held, in MB; while it runs."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmHWM"))

    def await_states(self, count: int, patience: float = PATIENCE) -> float:
        """Wait until so many states have left; returns when the last of them came. TimeoutError, or it ended before."""
        deadline = time.monotonic() + patience
        with self._news:
            while len(came := [line.at for line in self.lines if line.message["type"] == "STATE"]) < count:
                left = deadline - time.monotonic()
                ended = not self._readers[0].is_alive()
                if left <= 0 or ended:
                    how = "it ended" if ended else f"{patience:.0f} s"
                    raise TimeoutError(f"{len(came)} of {count} states came until {how}:\n{self.said[-3000:]}")
                self._news.wait(min(left, 0.5))
        return came[count - 1]

    def _read_stdout(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            line = Line(time.monotonic(), time.time(), raw, _message(raw))
            with self._news:
                self.lines.append(line)
                self._news.notify_all()

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        for raw in self.process.stderr:
            self.errors += raw


def _in_files(folder: Path, **contents: Mapping[str, Any]) -> Iterator[str]:
    """Arguments that name files in `folder` with these contents."""
    for name, content in contents.items():
        path = folder / f"{name}-{time.monotonic_ns()}.json"
        path.write_text(json.dumps(content))
        yield from (f"--{name}", str(path))


def _start(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], launcher: Sequence[str]
) -> subprocess.Popen[bytes] | Forked:
    """The connector as a process of its own: forked where there is a nursery, else started as the platform does."""
    pace = os.environ.get(PACE, "1")
    if nurseries and not launcher:
        return nurseries[-1].at(pace).fork([PROGRAM, *arguments], str(folder), environment)
    hurried = [] if pace == "1" else [str(Path(__file__).with_name("hurried.py")), pace]
    return subprocess.Popen(
        [*launcher, sys.executable, *hurried, PROGRAM, *arguments],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )


def _message(raw: bytes) -> Message:
    """A line's message; what is none is one of a kind that no test expects. A line without its end is no message."""
    try:
        message = json.loads(raw) if raw.endswith(b"\n") else None
    except ValueError:
        message = None
    return message if isinstance(message, dict) and "type" in message else {"type": "NO MESSAGE"}


def wait_until(holds: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until something holds. TimeoutError."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{patience:.0f} s")
        time.sleep(0.02)
