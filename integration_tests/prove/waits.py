"""What `make test` shows in a hurry holds at the pace of the world as well: the tests marked `waits`, run once more."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from integration_tests.connector import PACE, ROOT
from integration_tests.prove.proof import Proof


def prove() -> Proof:
    """The connector's own seconds last a second."""
    proof = Proof("10. Waits are as long as they are meant to be, and end as they do in a hurry")
    command = [sys.executable, "-m", "pytest", "--quiet", "--numprocesses=6", "-m", "waits", "integration_tests"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, PACE: "1"}, stdout=subprocess.PIPE, text=True, check=False
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    proof.note(f"{passed[1] if passed else 'no'} tests passed")
    proof.expect(done.returncode == 0, done.stdout[-3000:])
    return proof
