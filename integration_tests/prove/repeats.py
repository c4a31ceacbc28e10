"""Proof 3: the same data again, and by two syncs at once."""

from __future__ import annotations

from collections.abc import Sequence

from integration_tests.prove.proof import Proof
from integration_tests.prove.scene import (
    PATIENCE,
    Scene,
    copies,
    expect_all_states,
    expect_one_call_each,
    scene,
    version_of,
)
from integration_tests.source import Source


def prove(records: int, clashes: Sequence[str] = ("input", "request")) -> Proof:
    """Sync, sync again, then two syncs at once. `clashes`: what HubSpot refuses for a value that is taken."""
    proof = Proof(f"3. The same {records:,} records again, and by two syncs at once: no copy")
    for number, clash in enumerate(clashes, 1):
        with scene(version_of(number), unique_clash=clash, latency_ms=[0, 60]) as here:
            _one_after_another(proof, here, records, clash)
        with scene(version_of(number), unique_clash=clash, latency_ms=[0, 60]) as here:
            _at_once(proof, here, records, clash)
    return proof


def _one_after_another(proof: Proof, here: Scene, records: int, clash: str) -> None:
    for what in ("first", "again", "once more"):
        before = {name: here.sandbox.count(name) for name in ("create", "read")}
        connector = here.run(Source(records).lines())
        expect_all_states(proof, connector, records, f"{what}, a clash refuses the {clash}")
        _row(proof, here, records, what, clash, before)


def _at_once(proof: Proof, here: Scene, records: int, clash: str) -> None:
    before = dict.fromkeys(("create", "read"), 0)
    with here.start() as first, here.start() as second:
        for connector in (first, second):
            connector.send_aside(Source(records).lines())
        for connector in (first, second):
            connector.await_states(records // 10, PATIENCE)
            connector.end()
            connector.wait(PATIENCE)
            expect_all_states(proof, connector, records, f"two at once, a clash refuses the {clash}")
    _row(proof, here, records, "two at once", clash, before)


def _row(proof: Proof, here: Scene, records: int, what: str, clash: str, before: dict[str, int]) -> None:
    held = here.calls()
    expect_one_call_each(proof, held, records, f"{what}, a clash refuses the {clash}")
    proof.row(
        sync=what,
        a_clash_refuses_the=clash,
        creates=here.sandbox.count("create") - before["create"],
        reads=here.sandbox.count("read") - before["read"],
        calls=sum(map(len, held.values())),
        copies=copies(held),
    )
