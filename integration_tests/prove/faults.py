"""Proof 1: requests that fail in every way, and still every record is one call."""

from __future__ import annotations

from integration_tests.prove.mishaps import rare, rates
from integration_tests.prove.proof import Proof
from integration_tests.prove.scene import (
    Scene,
    copies,
    expect_all_states,
    expect_one_call_each,
    expect_true_states,
    losses,
    scene,
    version_of,
)
from integration_tests.source import Source

SHARE = 0.1
"""Of the requests that write or read calls."""


def prove(seeds: int, records: int) -> Proof:
    """`records` records for each of `seeds` seeds, a tenth of the requests failing."""
    proof = Proof(f"1. {SHARE:.0%} of requests fail, in every way: each of {records:,} records is one call")
    met: dict[str, int] = {}
    for seed in range(1, seeds + 1):
        transaction = "two" if seed % 4 in (1, 2) else "one"
        with scene(version_of(seed), seed=seed, transaction=transaction, latency_ms=[0, 40]) as here:
            _run(proof, here, seed, records)
            for kind, number in here.sandbox.stats()["faults"]["met"].items():
                met[kind] = met.get(kind, 0) + number
    proof.note("faults met: " + ", ".join(f"{number} {kind}" for kind, number in sorted(met.items())))
    return proof


def _run(proof: Proof, here: Scene, seed: int, records: int) -> None:
    here.sandbox.faults(*rare(), rates=rates(SHARE), seed=seed)
    connector = here.run(Source(records).lines())
    held = here.calls()
    stats = here.sandbox.stats()
    where = f"seed {seed}"
    expect_all_states(proof, connector, records, where)
    expect_one_call_each(proof, held, records, where)
    expect_true_states(proof, connector, held, where)
    proof.row(
        seed=seed,
        version=here.api_version,
        requests=stats["requests_total"],
        faults=sum(stats["faults"]["met"].values()),
        calls=sum(map(len, held.values())),
        copies=copies(held),
        lost=losses(held, records),
        states=len(connector.states),
    )
