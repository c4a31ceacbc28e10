"""Start: what a command costs before its first record, and when the first create leaves."""

from __future__ import annotations

import threading
import time

from benchmarks.process import Run, python, run
from benchmarks.records import records, state
from benchmarks.service import sandbox, write_command
from benchmarks.table import Aim, Table, figure
from integration_tests.sandbox.process import Sandbox

ROUNDS = 5
MAX_TIMES = 1.15
"""Times the import that every Python destination begins with."""
LATENCY = 300
POLL = 0.02


def start(rounds: int = ROUNDS) -> Table:
    """`spec`, a `write` of nothing, and a `write` of a hundred records."""
    table = Table("Start", ("what", "seconds", "CPU seconds", "requests"))
    imported, spec = [], []
    for _ in range(rounds):
        imported.append(run(python("-c", "import airbyte_cdk.destinations")))
        spec.append(run(python("main.py", "spec")))
    with sandbox(latency_ms=LATENCY) as server:
        command = write_command(server.url, server.token)
        nothing = [run(command, [state(1) + b"\n"]) for _ in range(3)]
        asked = int(server.stats()["requests_total"])
        first, ended = _first_create(server, command)
        requests = int(server.stats()["requests_total"])
    for what, runs in (("import airbyte_cdk.destinations", imported), ("spec", spec), ("write of nothing", nothing)):
        table.rows.append((what, *_times(runs), asked if runs is nothing else ""))
    table.rows.append(("write of 100 records", ended.seconds, ended.cpu, requests - asked))
    table.rows.append(("… until the first create is at HubSpot", first, "", ""))
    times = figure(run.cpu for run in spec).median / figure(run.cpu for run in imported).median
    table.aims += [
        Aim(f"spec at most {MAX_TIMES} × the import", f"{times:.2f} × (CPU)", times <= MAX_TIMES),
        Aim("a write of nothing makes no request", f"{asked}", asked == 0),
    ]
    table.notes.append(f"medians of {rounds}; the sandbox answers after {LATENCY} ms")
    return table


def _times(runs: list[Run]) -> tuple[str, str]:
    return str(figure(run.seconds for run in runs)), str(figure(run.cpu for run in runs))


def _first_create(server: Sandbox, command: list[str]) -> tuple[float, Run]:
    """Seconds from the start of the process, which has its records at once, to the first create."""
    came = threading.Event()
    began = time.monotonic()
    found = [0.0]

    def watch() -> None:
        while not came.wait(POLL):
            if "create:calls" in server.stats()["max_concurrent"]:
                found[0] = time.monotonic() - began
                came.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    ended = run(command, [b"".join(line + b"\n" for line in records(0, 100))])
    came.set()
    watcher.join()
    return found[0], ended
