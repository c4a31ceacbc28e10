"""Proof 13: wherever it is not known what HubSpot does, it does either: any switches, drawn by seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from integration_tests.prove.mishaps import rates
from integration_tests.prove.proof import Proof
from integration_tests.prove.scene import (
    Call,
    Scene,
    copies,
    expect_all_states,
    expect_one_call_each,
    expect_true_states,
    losses,
    scene,
    unlinked,
    version_of,
)
from integration_tests.source import record, state

SWITCHES: Mapping[str, tuple[object, ...]] = {
    "all_missing": ("207", "404"),
    "archived_unique": ("taken", "free"),
    "association_context": ("yes", "no", "mixed"),
    "bad_association": ("input", "request"),
    "bad_link": ("input", "request"),
    "duplicate_reads": ("refuse", "merge"),
    "echo_trace_id": ("yes", "no", "mixed"),
    "error_context": ("yes", "no", "mixed"),
    "error_form": ("bare", "full", "mixed"),
    "group_errors": ("yes", "no"),
    "gzip": ("accept", "never", "always"),
    "link_results": ("pairs", "some", "none"),
    "links_page": (500, 1),
    "nulls": (True, False),
    "read_lag_ms": (0, 150),
    "relinking": ("replace", "labels", "add"),
    "required_fields": ("observed", "schema"),
    "shuffle_results": (True, False),
    "transaction": ("one", "two"),
    "unique_blanks": ("kept", "trimmed"),
    "unique_case": ("sensitive", "insensitive", "lowered"),
    "unique_clash": ("input", "request"),
    "unlinked_share": (0, 0.2),
}
GONE = "900000"
"""A contact that is no more: every tenth call is to be linked to it as well."""
SHARES = (0.0, 0.05)
"""Of the requests that write or read calls, those that fail, by turns."""


def prove(seeds: int, records: int) -> Proof:
    """`records` records for each of `seeds` seeds, then the same again."""
    proof = Proof(
        f"13. Whatever HubSpot does where that is not known: each of {records:,} records is one call, twice sent"
    )
    for seed in range(1, seeds + 1):
        dice = random.Random(seed)
        drawn = {name: dice.choice(choices) for name, choices in SWITCHES.items()}
        with scene(version_of(seed), seed=seed, latency_ms=[0, 20], **drawn) as here:
            _run(proof, here, seed, records, drawn)
    return proof


def _run(proof: Proof, here: Scene, seed: int, records: int, drawn: Mapping[str, object]) -> None:
    share = SHARES[seed % len(SHARES)]
    here.sandbox.faults(rates=rates(share) if share else [], seed=seed)
    where = f"seed {seed} ({drawn})"
    _send(proof, here, records, where)
    here.sandbox.faults()
    held = _send(proof, here, records, f"{where}, again")
    proof.row(
        seed=seed,
        version=here.api_version,
        faults=share,
        requests=here.requests(),
        copies=copies(held),
        lost=losses(held, records),
        without_link=unlinked(held, records),
    )


def _send(proof: Proof, here: Scene, records: int, where: str) -> dict[str, list[Call]]:
    connector = here.run(_lines(records), _configuration(here))
    held = here.calls()
    expect_all_states(proof, connector, records, where)
    expect_one_call_each(proof, held, records, where)
    expect_true_states(proof, connector, held, where)
    return held


def _lines(records: int) -> Iterator[bytes]:
    for number in range(1, records + 1):
        yield record(number, boss=GONE) if number % 10 == 7 else record(number)
        if number % 10 == 0 or number == records:
            yield state(number)


def _configuration(here: Scene) -> dict[str, Any]:
    config = here.configuration()
    config["mappings"][0]["associations"].append({"object_type": "contacts", "source": "boss", "if_missing": "skip"})
    return config
