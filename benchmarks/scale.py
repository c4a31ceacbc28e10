"""Scale: memory and cost a record as a sync grows, and what states cost."""

from __future__ import annotations

from benchmarks.process import Run, run
from benchmarks.records import BLOCK, records
from benchmarks.service import Counter, counter, write_command
from benchmarks.table import Aim, Figure, Table, figure

SHORT = (10_000, 100_000, 1_000_000)
FULL = (*SHORT, 5_000_000)
FEW = 100
STATES_EVERY = 10_000
STATE_RECORDS = 100_000
MAX_MEMORY = 150.0
"""MB."""
FLAT = 0.1


def scale(*, full: bool, rounds: int = 3) -> Table:
    """From ten thousand records to a million, or five."""
    table = Table("Scale", ("records", "CPU µs a record", "peak MB", "records/s"))
    with counter() as server:
        start = _start(server, rounds)
        costs, peaks = [], []
        for count in FULL if full else SHORT:
            runs = [_run(server, count, STATES_EVERY) for _ in range(rounds if count <= 100_000 else 1)]
            costs.append(figure((ended.cpu - start) / count * 1e6 for ended in runs))
            peaks.append(max(ended.peak for ended in runs))
            table.rows.append((count, str(costs[-1]), peaks[-1], count / runs[0].seconds))
        often, seldom = _states(server, start, rounds)
        table.rows.append((f"{STATE_RECORDS:,}, a state every {STATES_EVERY:,}", str(seldom), "", ""))
        table.rows.append((f"{STATE_RECORDS:,}, a state every record", str(often), "", ""))
    table.aims += _aims(costs, peaks, often.median / seldom.median)
    table.notes.append(
        f"CPU time of the whole process less that of {FEW} records (the start, {start:.2f} s); medians of {rounds} "
        "up to 100,000 records, one run above; the counting server answers."
    )
    return table


def _aims(costs: list[Figure], peaks: list[float], states: float) -> list[Aim]:
    grown = max(peaks) / peaks[1] - 1
    dearer = max(cost.median for cost in costs[1:]) / costs[1].median - 1
    return [
        Aim("memory flat from 100,000 records on (within 10 %)", f"{100 * grown:+.0f} %", grown <= FLAT),
        Aim(f"peak under {MAX_MEMORY:.0f} MB", f"{max(peaks):.0f} MB", max(peaks) < MAX_MEMORY),
        Aim("cost a record flat (within 10 %)", f"{100 * dearer:+.0f} %", dearer <= FLAT),
        Aim("a state every record within 10 % of one every 10,000", f"{states:.2f} ×", states <= 1 + FLAT),
    ]


def _start(server: Counter, rounds: int) -> float:
    few = b"".join(line + b"\n" for line in records(0, FEW))
    return figure(run(write_command(server.url, server.token), [few]).cpu for _ in range(rounds)).median


def _states(server: Counter, start: float, rounds: int) -> tuple[Figure, Figure]:
    often: list[float] = []
    seldom: list[float] = []
    for _ in range(rounds):
        for every, found in ((1, often), (STATES_EVERY, seldom)):
            found.append((_run(server, STATE_RECORDS, every).cpu - start) / STATE_RECORDS * 1e6)
    return figure(often), figure(seldom)


def _run(server: Counter, count: int, state_every: int) -> Run:
    block = b"".join(line + b"\n" for line in records(0, BLOCK, state_every=state_every))
    before = server.stats()["inputs"]
    ended = run(write_command(server.url, server.token), (block for _ in range(count // BLOCK)))
    assert ended.status == 0, ended.output[-2000:].decode()
    assert server.stats()["inputs"] - before == count, "records are missing"
    assert ended.output.count(b'"type":"STATE"') == count // state_every, "states are missing"
    return ended
