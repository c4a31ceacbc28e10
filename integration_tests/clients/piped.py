"""airbyte-source-faker's stdout, piped into `write`: every record a call, every state back."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from integration_tests.clients.environment import Environment
from integration_tests.clients.mapping import configuration
from integration_tests.clients.recording import Recording, told
from integration_tests.sandbox.process import Sandbox

USERS = 5_000
SOURCE = {"count": USERS, "seed": 7, "parallelism": 1, "records_per_slice": 250}


def run(sandbox: Sandbox, faker: Environment, pyairbyte: Environment, folder: Path) -> str:
    """What was seen, in one line."""
    recording = Recording(folder / "connector")
    config = _file(folder / "config.json", configuration(sandbox))
    settings = _file(folder / "source.json", SOURCE)
    program = faker.program("source-faker")
    found = json.loads(_last(faker.run(program, "discover", "--config", settings, folder=folder)))
    catalog = _file(folder / "catalog.json", _catalog(found["catalog"]))

    sent = _pipe(
        [program, "read", "--config", settings, "--catalog", catalog],
        [str(recording.executable), "write", "--config", config, "--catalog", catalog],
    )

    records = Counter(message["record"]["stream"] for message in sent if message["type"] == "RECORD")
    states = [message["state"] for message in sent if message["type"] == "STATE"]
    back = [message["state"] for message in recording.messages() if message["type"] == "STATE"]
    assert records["users"] == USERS, records
    assert sandbox.created() == records.total(), (sandbox.created(), records)
    stats = [state.pop("destinationStats") for state in back]
    assert [*map(_plain, back)] == [*map(_plain, states)]
    assert sum(item["recordCount"] for item in stats) == records.total()
    assert sum(item["rejectedRecordCount"] for item in stats) == 0
    lines = recording.validate(pyairbyte)
    return f"{records.total():,} records ({USERS:,} users) are calls, {len(back)} states came back, {told(lines)}"


def _pipe(read: list[str], write: list[str]) -> list[dict[str, Any]]:
    """Pipe one program into the other; returns what went through."""
    through: list[bytes] = []
    with (
        subprocess.Popen(read, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as source,
        subprocess.Popen(write, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as destination,
    ):
        assert source.stdout is not None
        assert destination.stdin is not None
        for line in source.stdout:
            through.append(line)
            destination.stdin.write(line)
        destination.stdin.close()
    assert (source.returncode, destination.returncode) == (0, 0)
    return [json.loads(line) for line in through]


def _catalog(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "streams": [
            {
                "stream": stream,
                "sync_mode": "incremental",
                "destination_sync_mode": "append",
                "cursor_field": stream["default_cursor_field"],
                "primary_key": stream["source_defined_primary_key"],
            }
            for stream in found["streams"]
        ]
    }


def _plain(state: dict[str, Any]) -> str:
    return json.dumps(state, sort_keys=True)


def _last(output: str) -> str:
    return next(line for line in output.splitlines() if '"CATALOG"' in line)


def _file(path: Path, content: object) -> str:
    path.write_text(json.dumps(content))
    return str(path)
