"""Look-ups: what finding contacts by e-mail adds, by how often the answer is remembered."""

from __future__ import annotations

from benchmarks.process import Run, run
from benchmarks.records import row, with_data
from benchmarks.service import sandbox, write_command
from benchmarks.table import Table, figure
from integration_tests.sandbox.process import Sandbox

RECORDS = 20_000
LATENCY = 50
ROUNDS = 3
BY_EMAIL = {"object_type": "contacts", "source": "email", "match_by": "email"}
BY_ID = {"object_type": "contacts", "source": "contact"}
HITS = (0, 50, 99)
"""Percent of the records whose contact an earlier one had."""


def lookups() -> Table:
    """Each record names a contact by e-mail; the same records with a contact's id stand beside it."""
    table = Table("Look-ups", ("contacts by", "remembered %", "CPU µs a record", "read requests per 1,000", "seconds"))
    table.rows.append(_row("id", 0, [_measure(BY_ID, RECORDS, 1) for _ in range(ROUNDS)]))
    for hits in HITS:
        keys = max(1, RECORDS * (100 - hits) // 100)
        table.rows.append(_row("e-mail, cold", hits, [_measure(BY_EMAIL, keys, 1) for _ in range(ROUNDS)]))
    cold, warm = _measure(BY_EMAIL, RECORDS, 1), _measure(BY_EMAIL, RECORDS, 2)
    cpu = (warm[0].cpu - cold[0].cpu) / RECORDS * 1e6
    reads = (warm[1] - cold[1]) / RECORDS * 1000
    table.rows.append(("e-mail, warm: the same once more", 100, cpu, reads, warm[0].seconds - cold[0].seconds))
    table.notes.append(
        f"{RECORDS:,} records at {LATENCY} ms, no limit; medians of {ROUNDS}, one run for the warm cache; CPU of the "
        "whole process, start included but for the warm cache"
    )
    return table


def _row(name: str, hits: int, runs: list[tuple[Run, int]]) -> tuple[str | float | int, ...]:
    cpu = figure(ended.cpu / RECORDS * 1e6 for ended, _ in runs)
    reads = figure(reads / RECORDS * 1000 for _, reads in runs)
    return name, hits, str(cpu), reads.median, str(figure(ended.seconds for ended, _ in runs))


def _measure(rule: dict[str, str], keys: int, times: int) -> tuple[Run, int]:
    """A sync of the records, `times` over, that name so many contacts; and how often it read contacts."""
    with sandbox(latency_ms=LATENCY) as server:
        first = _contacts(server)
        lines = b"".join(_line(number, keys, first) + b"\n" for number in range(RECORDS))
        ended = run(write_command(server.url, server.token, associations=[rule]), [lines] * times)
        assert ended.status == 0, ended.output[-2000:].decode()
        return ended, server.count("read:contacts")


def _contacts(server: Sandbox) -> int:
    seeded = server.generate("contacts", RECORDS, start=0, email="person{i}@example.com")
    return int(seeded["first_id"])


def _line(number: int, keys: int, first: int) -> bytes:
    contact = number % keys
    return with_data({**row(number), "email": f"person{contact}@example.com", "contact": first + contact})
