"""The servers and commands of the benchmarks."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.process import BUILD, ROOT, python
from benchmarks.records import catalog, configuration
from integration_tests.sandbox.process import Sandbox

FOLDER = BUILD / "benchmarks"
NO_LIMIT = 1_000_000
"""Requests in 10 seconds: more than there will be."""


class Counter:
    """The counting server, in a process of its own; it answers what `sandbox` would."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.token = sandbox.token
        self._process = subprocess.Popen(
            python("-m", "benchmarks.counter", sandbox.url), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        assert self._process.stdout is not None
        self.url = str(json.loads(self._process.stdout.readline())["listening"])

    def stats(self) -> dict[str, int]:
        """`requests`, `inputs`, `bytes_in` so far."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc)
        connection.request("GET", "/_counter/stats")
        found: dict[str, int] = json.loads(connection.getresponse().read())
        connection.close()
        return found

    def stop(self) -> None:
        """End it."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()


@contextlib.contextmanager
def counter() -> Iterator[Counter]:
    """A counting server without limits."""
    with sandbox() as behind:
        server = Counter(behind)
        try:
            yield server
        finally:
            server.stop()


def sandbox(**settings: Any) -> Sandbox:
    """A sandbox that counts instead of keeping, without limits unless they are set."""
    return Sandbox(settings={"mode": "count", "rate_limit": NO_LIMIT, "rate_slack_ms": 0, "daily_limit": 0, **settings})


def write_command(url: str, token: str, *, mode: str = "append", **mapping: Any) -> list[str]:
    """The connector's `write` against a server; `mapping`: further keys of its mapping."""
    config, streams = write_files(url, token, mode=mode, **mapping)
    return python("main.py", "write", "--config", str(config), "--catalog", str(streams))


def write_files(url: str, token: str, *, mode: str = "append", **mapping: Any) -> tuple[Path, Path]:
    """A configuration and a catalog, as files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    config = FOLDER / f"config-{time.monotonic_ns()}.json"
    streams = FOLDER / f"catalog-{mode}.json"
    config.write_text(json.dumps(configuration(url, token, **mapping)))
    streams.write_text(json.dumps(catalog(mode=mode)))
    return config, streams
