"""Every proof of `make prove`, in small."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from integration_tests.prove import bad_rows, faults, kills, repeats, stores, updates, volume
from integration_tests.prove.proof import Proof

PROOFS: dict[str, Callable[[], Proof]] = {
    "faults": lambda: faults.prove(seeds=2, records=3000),
    "kills": lambda: kills.prove(kills=5, records=3000),
    "repeats": lambda: repeats.prove(records=3000, clashes=["input"]),
    "links": lambda: kills.prove_links(rounds=2, records=3000),
    "updates": lambda: updates.prove(seeds=2, keys=200),
    "bad rows": lambda: bad_rows.prove(records=3000),
    "stores": stores.prove,
    "volume": lambda: volume.prove(size=0.1, slow=2.0),
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", PROOFS)
def test_a_promise_holds(name: str) -> None:
    """No call lost, none doubled, no untrue state: what the README promises, from outside."""
    proof = PROOFS[name]()
    print("\n".join(proof.lines()))
    assert proof.violations == []
