"""Every proof of `make prove`, in small, and in a hurry (see hurried.py)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from integration_tests.connector import PACE
from integration_tests.prove import bad_rows, faults, kills, oddities, repeats, stores, switches, updates, volume
from integration_tests.prove.proof import Proof

PROOFS: dict[str, Callable[[], Proof]] = {
    "faults": lambda: faults.prove(seeds=1, records=3000),
    "kills": lambda: kills.prove(kills=3, records=3000),
    "repeats": lambda: repeats.prove(records=3000, clashes=["input"]),
    "links": lambda: kills.prove_links(rounds=1, records=3000),
    "updates": lambda: updates.prove(seeds=1, keys=200),
    "bad rows": lambda: bad_rows.prove(records=3000),
    "stores": stores.prove,
    "oddities": lambda: oddities.prove(seeds=1, records=3300),
    "switches": lambda: switches.prove(seeds=2, records=200),
    "signals": lambda: kills.prove_signals(rounds=2, records=2000),
    "volume": lambda: volume.prove(size=0.1, slow=1.0),
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", PROOFS)
def test_a_promise_holds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call lost, none doubled, no untrue state: what the README promises, from outside."""
    monkeypatch.setenv(PACE, "10")
    proof = PROOFS[name]()
    print("\n".join(proof.lines()))
    assert proof.violations == []
