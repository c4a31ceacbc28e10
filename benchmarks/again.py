"""Again: a sync of calls that exist already, look-ups that are all new, and two syncs on one token."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from benchmarks.process import Run, run
from benchmarks.records import ASSOCIATIONS, row, with_data
from benchmarks.service import NO_LIMIT, write_command
from benchmarks.table import Aim, Table
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY

LIMIT = 190
LATENCY = 300
CALLS, SHORT_CALLS = 30_000, 15_000
KEYED = {"external_id_property": KEY, "external_id_source": "id"}
ONE_LINK = {"associations": ASSOCIATIONS[:1]}
BY_EMAIL = {"associations": [{"object_type": "contacts", "source": "email", "match_by": "email"}]}
COLUMNS = ("what", "calls", "seconds", "peak MB", "requests", "share %", "429s %", "requests by kind")

Change = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Case:
    """What is there before, and what is sent. `share` is the aim, of calls to a hundred times the requests."""

    name: str
    share: float
    known: Callable[[int], bool]
    mode: str = "append_dedup"
    change: Change = dict
    mapping: dict[str, Any] | None = None


def _renamed(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "subject": f"{data['subject']}, again"}


def _named(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "email": f"person{int(data['id'][-12:])}@example.com"}


FIRST = (
    Case("append + deduped, all exist, equal", 0.80, lambda _: True),
    Case("append, all exist, young", 0.90, lambda _: True, mode="append"),
)
REST = (
    Case("append, all exist, young, one link", 0.90, lambda _: True, mode="append", mapping=ONE_LINK),
    Case("append + deduped, all exist, changed", 0.80, lambda _: True, change=_renamed),
    Case("append + deduped, half new, half changed", 0.65, lambda number: number % 2 == 0, change=_renamed),
    Case("append + deduped, half new, half equal", 0.65, lambda number: number % 2 == 0),
    Case("e-mails, each new", 0.48, lambda _: False, mode="append", change=_named, mapping=BY_EMAIL),
)
TOGETHER, REFUSED = 0.95, 0.03
"""Aims of two syncs on one token: their share of its limit, and how many of their requests it refuses."""
LOOK = 0.2
"""Seconds between two looks at what they have sent."""


def again(*, full: bool) -> Table:
    """Each case once, at HubSpot's limit."""
    table = Table("Again", COLUMNS)
    calls = CALLS if full else SHORT_CALLS
    for case in (*FIRST, *REST) if full else FIRST:
        _measure(table, case, calls)
    if full:
        _two(table, calls)
    table.notes += [
        f"{LIMIT} requests in 10 s, {LATENCY} ms each way, 2 associations a call; share: calls / (100 × requests)",
        "requests: all of the sync but those of its start",
        "two syncs: from the first call that HubSpot has to the last; share: requests meanwhile, of 19 a second",
    ]
    return table


def _measure(table: Table, case: Case, calls: int) -> None:
    with _sandbox() as server:
        mapping = {**KEYED, **(case.mapping or {})}
        if case.mapping is BY_EMAIL:
            server.generate("contacts", calls, start=0, email="person{i}@example.com")
        known = [number for number in range(calls) if case.known(number)]
        if known:
            _write(server, _lines(known, dict), "append", mapping)
        _limit(server)
        ended = _write(server, _lines(range(calls), case.change), case.mode, mapping)
        stats = server.stats()
    requests = _requests(stats)
    share = calls / (100 * sum(requests.values()))
    refused = stats["rate_limit"]["refused"]["burst"] / stats["requests_total"]
    kinds = ", ".join(f"{kind} {number:,}" for kind, number in requests.items())
    took = (ended.seconds, ended.peak, sum(requests.values()))
    table.rows.append((case.name, calls, *took, 100 * share, 100 * refused, kinds))
    table.aims.append(Aim(f"{case.name}: {case.share:.0%}", f"{share:.1%}", share >= case.share))


def _two(table: Table, calls: int) -> None:
    """Two syncs at once, of other calls each, as two connections of one token."""
    with _sandbox() as server, ThreadPoolExecutor(2) as pool:
        _limit(server)
        halves = (range(calls), range(calls, 2 * calls))
        syncs = [pool.submit(_write, server, lines, "append", KEYED) for lines in [_lines(h, dict) for h in halves]]
        looks = [_look(server)]
        while not all(sync.done() for sync in syncs):
            time.sleep(LOOK)
            looks.append(_look(server))
        peak = max(sync.result().peak for sync in syncs)
        stats = server.stats()
    requests = _requests(stats)
    refused = stats["rate_limit"]["refused"]["burst"] / stats["requests_total"]
    writes = [(before, after) for before, after in pairwise(looks) if after.calls > before.calls]
    first, last = writes[0][0], writes[-1][1]
    seconds = last.at - first.at
    share = (last.requests - first.requests) / (LIMIT / 10 * seconds)
    kinds = ", ".join(f"{kind} {number:,}" for kind, number in requests.items())
    name = "two syncs on one token"
    took = (seconds, peak, sum(requests.values()))
    table.rows.append((name, 2 * calls, *took, 100 * share, 100 * refused, kinds))
    table.aims += [
        Aim(f"{name}: {TOGETHER:.0%} together", f"{share:.1%}", share >= TOGETHER),
        Aim(f"{name}: 429s at most {REFUSED:.0%}", f"{refused:.1%}", refused <= REFUSED),
    ]


@dataclass(frozen=True, slots=True)
class Look:
    """What HubSpot had at a time, in seconds: calls, and requests that it took."""

    at: float
    calls: int
    requests: int


def _look(server: Sandbox) -> Look:
    stats = server.stats()
    return Look(time.monotonic(), stats["calls"]["created"], stats["rate_limit"]["today"])


def _sandbox() -> Sandbox:
    return Sandbox(settings={"rate_limit": NO_LIMIT, "rate_slack_ms": 0, "daily_limit": 0})


def _limit(server: Sandbox) -> None:
    server.settings(rate_limit=LIMIT, latency_ms=LATENCY)
    server.clear("traffic", "limits")


def _write(server: Sandbox, lines: Iterable[bytes], mode: str, mapping: dict[str, Any]) -> Run:
    ended = run(write_command(server.url, server.token, mode=mode, **mapping), lines)
    assert ended.status == 0, ended.output[-2000:].decode()
    return ended


def _lines(numbers: Iterable[int], change: Change) -> list[bytes]:
    return [with_data(change(row(number))) + b"\n" for number in numbers]


def _requests(stats: dict[str, Any]) -> dict[str, int]:
    """Requests of a sync by kind, without those of its start, of which there are few of each."""
    kinds = ("create", "read", "update", "upsert", "associate", "read_links", "search")
    found: dict[str, int] = {}
    for name, statuses in stats["requests"].items():
        kind = name.partition(":")[0]
        if kind in kinds:
            found[kind] = found.get(kind, 0) + sum(number for status, number in statuses.items() if status != "429")
    return found
