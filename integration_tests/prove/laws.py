"""Proof 7: the laws as properties, with more seeds than a test run has time for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from integration_tests.prove.proof import Proof

ROOT = Path(__file__).resolve().parents[2]
FILES = (
    "unit_tests/sink/test_sink.py",
    "unit_tests/delivery/test_delivery.py",
    "unit_tests/sink/test_batch.py",
    "unit_tests/airbyte/test_protocol.py",
)


def prove(seeds: int) -> Proof:
    """The property tests of the line, each with `seeds` seeds."""
    proof = Proof("7. The laws hold for any entries, batch size, order of completion, failing batch, and answer")
    for seed in range(1, seeds + 1):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--hypothesis-seed={seed}", *FILES]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        found = re.search(r"(\d+) passed", done.stdout)
        proof.row(seed=seed, tests_passed=int(found[1]) if found else 0)
        proof.expect(done.returncode == 0, f"seed {seed}:\n{done.stdout[-4000:]}")
    return proof
