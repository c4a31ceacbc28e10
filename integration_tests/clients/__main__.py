"""`python -m integration_tests.clients`: what each client saw, in a line; status 3 where none could be had."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from integration_tests.clients import piped, pyairbyte
from integration_tests.clients.environment import Environment, Unavailable, environment
from integration_tests.sandbox.process import Sandbox

Run = Callable[[Sandbox, Environment, Environment, Path], str]

RUNS: dict[str, Run] = {
    "source-faker, piped into write": lambda sandbox, client, faker, folder: piped.run(sandbox, faker, client, folder),
    "PyAirbyte, with source-faker": pyairbyte.sync,
    "PyAirbyte, its smoke tests": lambda sandbox, client, _, folder: pyairbyte.smoke(sandbox, client, folder),
}


def main() -> int:
    """Run all; an AssertionError says what a client did not like."""
    try:
        print("Making the clients' environments (two minutes, once) ...", flush=True)
        client, faker = environment("pyairbyte"), environment("faker")
    except Unavailable as reason:
        print(f"skipped: {reason}")
        return 3
    with TemporaryDirectory() as temporary, Sandbox() as sandbox:
        for number, (name, run) in enumerate(RUNS.items()):
            folder = Path(temporary, str(number))
            folder.mkdir()
            sandbox.reset()
            sandbox.settings(rate_limit=100_000)
            start = time.monotonic()
            print(f"{name}: {run(sandbox, client, faker, folder)}; {time.monotonic() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
