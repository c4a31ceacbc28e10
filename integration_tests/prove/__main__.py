"""`make prove`: every promise put to the test, in whole processes, with the figures. Exit 1 where one is broken."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from integration_tests.prove import (
    bad_rows,
    faults,
    kills,
    laws,
    oddities,
    repeats,
    stores,
    switches,
    updates,
    volume,
    waits,
)
from integration_tests.prove.proof import Proof


def main() -> int:
    """Run the proofs that were asked for, all by default."""
    asked = _parser().parse_args()
    began = time.monotonic()
    broken = 0
    for name, prove in proofs(asked).items():
        if asked.only and name not in asked.only:
            continue
        start = time.monotonic()
        proof = prove()
        print("\n".join(proof.lines()))
        print(f"  {'VIOLATED' if proof.violations else 'holds'}, {time.monotonic() - start:.0f} s\n", flush=True)
        broken += bool(proof.violations)
    print(f"{broken} promises broken" if broken else "All promises hold", f"({time.monotonic() - began:.0f} s)")
    return 1 if broken else 0


def proofs(asked: argparse.Namespace) -> dict[str, Callable[[], Proof]]:
    """What can be proven, by name."""
    return {
        "faults": lambda: faults.prove(asked.seeds, asked.records),
        "kills": lambda: kills.prove(asked.kills, asked.records),
        "repeats": lambda: repeats.prove(asked.records),
        "links": lambda: kills.prove_links(asked.seeds, min(asked.records, 3000)),
        "updates": lambda: updates.prove(asked.seeds, asked.records // 20),
        "bad_rows": lambda: bad_rows.prove(asked.records * 5 // 2),
        "laws": lambda: laws.prove(asked.seeds),
        "stores": stores.prove,
        "volume": lambda: volume.prove(asked.records / 20_000),
        "waits": waits.prove,
        "oddities": lambda: oddities.prove(asked.seeds, min(asked.records, 5000)),
        "switches": lambda: switches.prove(asked.seeds, min(asked.records, 500)),
        "signals": lambda: kills.prove_signals(asked.seeds, min(asked.records, 3000)),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.prove", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="runs of each proof under faults")
    parser.add_argument("--records", type=int, default=20_000, help="records of a run")
    parser.add_argument("--kills", type=int, default=50, help="times that a run is killed")
    parser.add_argument("--only", nargs="*", help="names of proofs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
