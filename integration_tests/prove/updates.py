"""Proof 5: many versions of each record, in flight at once, under faults: the last one stands."""

from __future__ import annotations

import random
from collections.abc import Iterator

from integration_tests.prove.mishaps import rates
from integration_tests.prove.proof import Proof
from integration_tests.prove.scene import Scene, copies, scene, version_of
from integration_tests.source import CONTACTS, record, state

VERSIONS = 5
SHARE = 0.05


def prove(seeds: int, keys: int) -> Proof:
    """Five versions of each of `keys` keys, each linked to another contact, in an order that the seed gives."""
    proof = Proof(f"5. {VERSIONS} versions of {keys:,} keys, interleaved, under faults: the last version stands")
    for seed in range(1, seeds + 1):
        with scene(version_of(seed), seed=seed, latency_ms=[0, 100]) as here:
            # HubSpot running a lost update after a newer one cannot be excluded, so updates are never late here.
            here.sandbox.faults(rates=rates(SHARE, late_updates=False), seed=seed)
            _run(proof, here, seed, keys)
    return proof


def _versions(keys: int, seed: int) -> Iterator[bytes]:
    """Each key's versions in order; a version follows the one before it within a batch, or far behind."""
    dice = random.Random(seed)
    versions = dict.fromkeys(range(1, keys + 1), 0)
    sent = 0
    while versions:
        near = sorted(versions)[: 40 + keys // 20]
        number = dice.choice(near)
        versions[number] += 1
        version = versions[number]
        yield record(number, title=f"version {version}", contact=CONTACTS[version - 1])
        if version == VERSIONS:
            del versions[number]
        sent += 1
        if sent % 50 == 0:
            yield state(sent)
    yield state(sent)


def _run(proof: Proof, here: Scene, seed: int, keys: int) -> None:
    connector = here.run(_versions(keys, seed), mode="append_dedup")
    held = here.calls()
    last = sum(calls[0]["properties"]["hs_call_title"] == f"version {VERSIONS}" for calls in held.values())
    linked = sum(CONTACTS[VERSIONS - 1] in {link["id"] for link in calls[0]["associations"]} for calls in held.values())
    counted = sum(map(sum, connector.counts))
    where = f"seed {seed}"
    proof.expect(connector.process.returncode == 0, f"{where}: it ended with {connector.process.returncode}")
    proof.expect(counted == keys * VERSIONS, f"{where}: the states count {counted:.0f} records")
    proof.expect(len(held) == keys, f"{where}: {len(held)} calls of {keys} keys")
    proof.expect(not copies(held), f"{where}: {copies(held)} copies")
    proof.expect(last == keys, f"{where}: {keys - last} calls are of an old version")
    proof.expect(linked == keys, f"{where}: {keys - linked} calls lack the last version's link")
    stats = here.sandbox.stats()
    proof.row(
        seed=seed,
        versions=keys * VERSIONS,
        requests=stats["requests_total"],
        faults=sum(stats["faults"]["met"].values()),
        calls=sum(map(len, held.values())),
        copies=copies(held),
        at_last_version=last,
    )
