"""Cost: CPU time a record at no latency, by stage, beside the floor of the same run."""

from __future__ import annotations

import json
import subprocess
from collections import Counter as Tally
from collections.abc import Sequence

from benchmarks.process import ROOT, Run, python, run
from benchmarks.records import BLOCK, records
from benchmarks.service import FOLDER, Counter, counter, write_command, write_files
from benchmarks.table import Aim, Figure, Table, figure
from benchmarks.venv import programs

RECORDS = 200_000
MOST = 25.0
"""Microseconds a record."""
MAX_TIMES = 1.4
"""Times the floor."""
STAGE_RECORDS = 5_000
STATES_EVERY = 10_000
PY_SPY = "py-spy>=0.4,<0.5"
SHOWN = 25
"""Lines of the profile."""


def cost(rounds: int = 3) -> Table:
    """200,000 records, the start not counted."""
    table = Table("Cost", ("what", "CPU µs a record", "× the floor"))
    with counter() as server:
        connector, floor = _whole(server, rounds)
        stages = _stages(server)
        for name, value in stages.items():
            table.rows.append((f"stage: {name}", value, value / floor.median))
        alone = sum(value for name, value in stages.items() if name not in ("orjson.loads", "states"))
        rest = connector.median - alone
        table.rows += [
            ("the rest: batches, threads, collector", rest, rest / floor.median),
            ("connector in all", str(connector), connector.median / floor.median),
            ("floor", str(floor), 1.0),
        ]
        times = connector.median / floor.median
        table.aims += [
            Aim(f"under {MOST:.0f} µs a record", f"{connector.median:.1f} µs", connector.median < MOST),
            Aim(f"at most {MAX_TIMES} × the floor", f"{times:.2f} ×", times <= MAX_TIMES),
        ]
        if times > MAX_TIMES:
            table.notes += _profile(server)
    table.notes += _notes(rounds)
    return table


def _notes(rounds: int) -> list[str]:
    return [
        f"{RECORDS:,} records of 10 properties and 2 associations, a state every {STATES_EVERY:,}.",
        f"Medians of {rounds} runs of each, in turns, less the same program's with 10,000 records (its start).",
        "Stages are measured one by one in one thread; orjson.loads is a part of reading, and states are µs a state.",
        "The server is the benchmarks' own and repeats what the sandbox answers.",
        "Floor and connector send it the same bodies with as many threads and read the same answers.",
    ]


def _whole(server: Counter, rounds: int) -> tuple[Figure, Figure]:
    block = b"".join(line + b"\n" for line in records(0, BLOCK, state_every=STATES_EVERY))
    commands = {
        "connector": write_command(server.url, server.token),
        "floor": python("-m", "benchmarks.floor", server.url),
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    sent: dict[str, int] = {}
    for _ in range(rounds):
        for name, command in commands.items():
            before = server.stats()
            few = _ended_well(run(command, [block]))
            many = _ended_well(run(command, [block] * (RECORDS // BLOCK)))
            found[name].append((many.cpu - few.cpu) / (RECORDS - BLOCK) * 1e6)
            after = server.stats()
            assert after["inputs"] - before["inputs"] == RECORDS + BLOCK, "records are missing"
            sent[name] = after["bytes_in"] - before["bytes_in"]
    assert sent["floor"] == sent["connector"], f"not the same bodies: {sent}"
    return figure(found["connector"]), figure(found["floor"])


def _ended_well(ended: Run) -> Run:
    assert ended.status == 0, ended.output[-2000:].decode()
    return ended


def _stages(server: Counter) -> dict[str, float]:
    config, streams = write_files(server.url, server.token)
    lines = FOLDER / "lines.jsonl"
    lines.write_bytes(b"".join(line + b"\n" for line in records(0, STAGE_RECORDS)))
    command = python("-m", "benchmarks.stages", str(config), str(streams), str(lines))
    found = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    costs: dict[str, float] = json.loads(found.splitlines()[-1])
    return costs


def _profile(server: Counter) -> list[str]:
    """Where the connector's threads are while they hold the interpreter, by function: py-spy's samples."""
    spy = programs("profiler", [PY_SPY]) / "py-spy"
    samples = FOLDER / "samples.txt"
    block = b"".join(line + b"\n" for line in records(0, BLOCK))
    command = [str(spy), "record", "--rate", "400", "--gil", "--function", "--format", "raw", "--output", str(samples)]
    ended = run([*command, "--", *write_command(server.url, server.token)], [block] * 20)
    if ended.status or not samples.exists():
        return ["The profiler did not run here."]
    return ["The profile, share of samples in a function itself:", *_shares(samples.read_text().splitlines())]


def _shares(samples: Sequence[str]) -> list[str]:
    selves: Tally[str] = Tally()
    for sample in samples:
        stack, _, count = sample.rpartition(" ")
        if "Sync.run" in stack or "_work (" in stack:  # what came before is the start
            selves[stack.rpartition(";")[2]] += int(count)
    return [f"  {100 * count / selves.total():4.1f} % {name}" for name, count in selves.most_common(SHOWN)]
