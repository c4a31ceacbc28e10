"""Side by side: the same records into the same server, by the connector and by others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.process import ROOT, Run, run
from benchmarks.records import by_hand, plain, record, row, with_data
from benchmarks.service import FOLDER, write_command
from benchmarks.table import Table
from benchmarks.venv import programs
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY

PEERS: Mapping[str, tuple[str, ...]] = {
    "sdk": ("hubspot-api-client>=12,<13", "setuptools<81"),
    "dlt_destination": ("dlt>=1.20,<2",),
    "drt_rest_api": ("drt-core>=1.2,<2",),
    "plain": ("requests>=2.32,<3",),
}
"""Programs in `peers`, and what each needs."""
CONNECTOR = "this connector"
COLUMNS = (
    "trouble",
    "who",
    "calls/s",
    "requests",
    "CPU s",
    "peak MB",
    "of",
    "there",
    "copies",
    "missing",
    "status",
)
SPEED_RECORDS = 8_000
SPEED_LATENCY = 300
TROUBLE_RECORDS = 2_000
TROUBLE_LATENCY = 50
SEED = 7
OLD = "An older title"
"""Of calls that exist before a run."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong in a run. `bad_every`: every so many-th row is one that HubSpot refuses.

    `exist`: the calls are in HubSpot already, each with another title.
    """

    name: str
    bad_every: int = 0
    exist: bool = False
    faults: tuple[Mapping[str, Any], ...] = ()


TROUBLES = (
    Trouble("1 % bad rows", bad_every=100),
    Trouble(
        "3 lost answers",
        faults=tuple({"kind": "drop", "endpoint": "create", "when": "after", "skip": 3} for _ in "123"),
    ),
    Trouble("all exist, changed", exist=True),
    Trouble("3 times 429", faults=tuple({"kind": "rate_burst", "endpoint": "create", "skip": 4} for _ in "123")),
)


def side_by_side() -> Table:
    """First how fast, then what becomes of the records when something goes wrong."""
    table = Table("Side by side", COLUMNS)
    for trouble, count, latency in [
        (Trouble("none"), SPEED_RECORDS, SPEED_LATENCY),
        *((trouble, TROUBLE_RECORDS, TROUBLE_LATENCY) for trouble in TROUBLES),
    ]:
        for who in (CONNECTOR, *PEERS):
            table.rows.append(_run(who, trouble, count, latency))
    table.notes += [
        f"{SPEED_RECORDS:,} records at {SPEED_LATENCY} ms, with trouble {TROUBLE_RECORDS:,} at {TROUBLE_LATENCY}.",
        "190 requests per 10 s; one run each; all of a run's time and CPU, start included.",
        "of: good rows; there: in HubSpot as they were sent; missing: the others; copies: calls beyond one a row.",
        "The connector runs with an external id: without one, what had no answer is sent again.",
        "Bad rows have letters for a duration; the connector rejects each of them and says why.",
        "; ".join(f"{who}: {', '.join(packages)}" for who, packages in PEERS.items()),
    ]
    return table


def _run(who: str, trouble: Trouble, count: int, latency: int) -> tuple[str | float | int, ...]:
    with Sandbox(settings={"latency_ms": latency}) as server:
        server.faults(*trouble.faults, seed=SEED)
        if trouble.exist:
            server.seed("calls", [_older(number) for number in range(count)])
        ended = _connector(server, trouble, count) if who == CONNECTOR else _peer(who, server, trouble, count)
        calls = [call["properties"] for call in server.calls()]
        requests = int(server.stats()["requests_total"])
    keys = [call.get(KEY) for call in calls]
    good = {_key(number) for number in range(count) if not _is_bad(number, trouble)}
    there = {call.get(KEY) for call in calls if call.get("hs_call_title") != OLD}
    return (
        trouble.name,
        who,
        len(there) / ended.seconds,
        requests,
        ended.cpu,
        ended.peak,
        len(good),
        len(there),
        len(keys) - len(set(keys)),
        len(good - there),
        ended.status,
    )


def _connector(server: Sandbox, trouble: Trouble, count: int) -> Run:
    mode = "append_dedup" if trouble.exist else "append"
    command = write_command(server.url, server.token, mode=mode, external_id_property=KEY, external_id_source="id")
    lines = (_line(number, trouble) for number in range(count))
    return run(command, [b"".join(line + b"\n" for line in lines)])


def _peer(who: str, server: Sandbox, trouble: Trouble, count: int) -> Run:
    inputs = FOLDER / "inputs.jsonl"
    FOLDER.mkdir(parents=True, exist_ok=True)
    inputs.write_text("".join(json.dumps(_input(number, trouble)) + "\n" for number in range(count)))
    python = programs(who, PEERS[who]) / "python"
    return run([str(python), str(_program(who)), server.url, server.token, str(inputs)], quiet=True)


def _program(who: str) -> Path:
    return ROOT / "benchmarks" / "peers" / f"{who}.py"


def _is_bad(number: int, trouble: Trouble) -> bool:
    return bool(trouble.bad_every) and number % trouble.bad_every == trouble.bad_every - 1


def _key(number: int) -> str:
    return str(row(number)["id"])


def _line(number: int, trouble: Trouble) -> bytes:
    return with_data({**row(number), "duration": "long"}) if _is_bad(number, trouble) else record(number)


def _older(number: int) -> dict[str, str]:
    return {**by_hand(row(number)), KEY: _key(number), "hs_call_title": OLD}


def _input(number: int, trouble: Trouble) -> dict[str, Any]:
    call = plain(number)
    call["properties"][KEY] = _key(number)
    if _is_bad(number, trouble):
        call["properties"]["hs_call_duration"] = "long"
    return call
