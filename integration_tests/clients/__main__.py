"""`python -m integration_tests.clients`: what each client saw, in a line; status 3 where none could be had."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from integration_tests.clients import piped, pyairbyte, standard
from integration_tests.clients.environment import Environment, Unavailable, environment
from integration_tests.sandbox.process import Sandbox


class Clients(NamedTuple):
    """The environments that the clients live in."""

    pyairbyte: Environment
    faker: Environment
    standard: Environment


Run = Callable[[Sandbox, Clients, Path], str]

RUNS: dict[str, Run] = {
    "airbyte-cdk connector test": lambda _, have, folder: standard.run(have.standard, folder),
    "source-faker, piped into write": lambda box, have, folder: piped.run(box, have.faker, have.pyairbyte, folder),
    "PyAirbyte, with source-faker": lambda box, have, folder: pyairbyte.sync(box, have.pyairbyte, have.faker, folder),
    "PyAirbyte, its smoke tests": lambda box, have, folder: pyairbyte.smoke(box, have.pyairbyte, folder),
}


def main() -> int:
    """Run all; an AssertionError says what a client did not like."""
    try:
        print("Making the clients' environments (two minutes, once) ...", flush=True)
        have = Clients(environment("pyairbyte"), environment("faker"), environment("standard", ours=True))
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
            print(f"{name}: {run(sandbox, have, folder)}; {time.monotonic() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
