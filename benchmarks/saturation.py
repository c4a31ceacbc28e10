"""Saturation: how much of HubSpot's limit a sync uses, and how soon."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean
from typing import Any

from benchmarks.process import python, run
from benchmarks.records import BLOCK, records
from benchmarks.service import sandbox, write_command
from benchmarks.table import Aim, Table

SHORT = ((190, 0.3), (190, 1.0))
FULL = tuple((limit, latency) for limit in (100, 190, 250) for latency in (0.3, 1.0, 2.0))
WINDOW = 10.0
"""Seconds."""
STEADY = 20.0
"""Seconds of the steady part, which begins after the first window."""
STEP = 0.5
"""Seconds between the begins of steady parts: a window starts fast, so where in it one begins matters."""
POLL = 0.1
MIN_SHARE = 0.98
MAX_REFUSED = 0.005
CAPACITY_RECORDS = 50_000
COLUMNS = (
    "requests per 10 s",
    "latency s",
    "ceiling calls/s",
    "calls/s",
    "share %",
    "429s %",
    "first s",
    "full s",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """How many calls the sandbox had created at a time, in monotonic seconds."""

    at: float
    created: int


def saturation(*, full: bool) -> Table:
    """A sync against the sandbox's rolling window of ten seconds, one for each limit and latency."""
    table = Table("Saturation", COLUMNS)
    for limit, latency in FULL if full else SHORT:
        _measure(table, limit, latency)
    capacity = _capacity()
    ceiling = max(limit for limit, _ in (FULL if full else SHORT)) * WINDOW
    table.aims.append(
        Aim("the sandbox is not the limit", f"{capacity:,.0f} calls/s without limits", capacity > 3 * ceiling)
    )
    table.notes += [
        f"calls/s: the mean of {STEADY:.0f} s, begun at every {STEP} s of the second window",
        "ceiling: limit × 100 calls in 10 s",
        "first: from the start of the process, which has its records at once, to the first create",
        "full: from there to the begin of a window with 98 % of the ceiling, the start's requests counted",
    ]
    return table


@dataclass(frozen=True, slots=True)
class Observed:
    """A run: when it began, in monotonic seconds, how calls came to be, and what the sandbox counted."""

    began: float
    samples: Sequence[Sample]
    stats: dict[str, Any]


def _observe(limit: int, latency: float, wanted: int) -> Observed:
    with sandbox(rate_limit=limit, latency_ms=int(latency * 1000)) as server:
        samples: list[Sample] = []
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(server, samples, over))
        command = write_command(server.url, server.token)
        blocks = [b"".join(line + b"\n" for line in records(0, BLOCK))] * (wanted // BLOCK + 1)
        began = time.monotonic()
        watcher.start()
        ended = run(command, blocks)
        over.set()
        watcher.join()
        stats: dict[str, Any] = server.stats()
    assert ended.status == 0, ended.output[-2000:].decode()
    return Observed(began, samples, stats)


def _measure(table: Table, limit: int, latency: float) -> None:
    ceiling = limit * 100 / WINDOW
    seen = _observe(limit, latency, int(ceiling * (2 * WINDOW + STEADY + 5)))
    samples, stats = seen.samples, seen.stats
    refused = stats["rate_limit"]["refused"]["burst"] / stats["requests_total"]
    first = next(sample.at for sample in samples if sample.created)
    begins = [first + WINDOW + step * STEP for step in range(int(WINDOW / STEP))]
    rate = mean(_created(samples, begin + STEADY) - _created(samples, begin) for begin in begins) / STEADY
    start_requests = stats["requests_total"] - sum(stats["requests"]["create:calls"].values())
    full = _full_from(samples, first, MIN_SHARE * limit * 100 - start_requests * 100)
    share = rate / ceiling
    table.rows.append((limit, latency, ceiling, rate, 100 * share, 100 * refused, first - seen.began, full))
    name = f"{limit} per 10 s, {latency} s"
    table.aims += [
        Aim(f"{name}: 98 % of the ceiling", f"{100 * share:.1f} %", share >= MIN_SHARE),
        Aim(f"{name}: 429s under 0.5 %", f"{100 * refused:.2f} %", refused < MAX_REFUSED),
        Aim(f"{name}: full speed within one window", f"{full:.1f} s", full <= WINDOW),
    ]


def _watch(server: Any, samples: list[Sample], over: threading.Event) -> None:
    while not over.wait(POLL):
        inputs = server.stats()["inputs"]
        samples.append(Sample(time.monotonic(), inputs.get("create:calls written", 0)))


def _created(samples: Sequence[Sample], at: float) -> float:
    """Calls created by then, between two samples in proportion."""
    for before, after in pairwise(samples):
        if before.at <= at < after.at:
            return before.created + (after.created - before.created) * (at - before.at) / (after.at - before.at)
    raise AssertionError("the sync ended before the steady part did")


def _full_from(samples: Sequence[Sample], first: float, calls: float) -> float:
    """Seconds from the first create to the begin of the first window with so many calls."""
    for sample in samples:
        if sample.at >= first and _created(samples, sample.at + WINDOW) - sample.created >= calls:
            return sample.at - first
    raise AssertionError("no window reached full speed")


def _capacity() -> float:
    """Calls a second that the sandbox takes from the floor without limit and latency."""
    lines = b"".join(line + b"\n" for line in records(0, BLOCK))
    with sandbox() as server:
        ended = run(python("-m", "benchmarks.floor", server.url), [lines] * (CAPACITY_RECORDS // BLOCK))
    return CAPACITY_RECORDS / ended.seconds
