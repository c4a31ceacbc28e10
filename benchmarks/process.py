"""A program that is measured: fed through a pipe, timed, weighed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
PIPE = 1 << 20
"""Bytes that a pipe holds, so that who feeds it and who reads it seldom wait for each other."""

PAUSE = 0.1
"""Seconds between two looks at a process's memory."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a program took: CPU seconds (user and system, whole process), seconds, peak memory in MB."""

    cpu: float
    seconds: float
    peak: float
    status: int
    output: bytes = b""


def run(command: Sequence[str], feed: Iterable[bytes] = (), *, quiet: bool = False) -> Run:
    """Run a program to its end with `feed` as its standard input; `quiet`: what it says on standard error is not shown.

    `output` is its standard output.
    """
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        peaks: list[float] = [0.0]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.DEVNULL if quiet else None, cwd=ROOT
        )
        assert process.stdin is not None
        watcher = threading.Thread(target=_watch, args=(process.pid, peaks), daemon=True)
        watcher.start()
        _feed(process.stdin.fileno(), feed)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        watcher.join()
        output.seek(0)
        said = output.read()
    return Run(usage.ru_utime + usage.ru_stime, seconds, max(peaks), process.returncode, said)


def _watch(pid: int, peaks: list[float]) -> None:
    """Note the most memory a process ever held, in MB. What `wait4` tells holds that of its parent too."""
    while True:
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        except OSError:
            return
        most = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        if not most:
            return
        peaks.append(int(most[0]) / 1024)
        time.sleep(PAUSE)


def _feed(pipe: int, blocks: Iterable[bytes]) -> None:
    """Write it all; who dies of it says why in its output."""
    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)
    with contextlib.suppress(BrokenPipeError):
        for block in blocks:
            view = memoryview(block)
            while view:
                view = view[os.write(pipe, view) :]


def python(*arguments: str) -> list[str]:
    """A command of this environment's interpreter."""
    return [sys.executable, *arguments]
