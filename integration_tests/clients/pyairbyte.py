"""PyAirbyte: a source's records by check and by each of its ways to write; and its smoke tests of destinations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from integration_tests.clients.environment import PROGRAMS, Environment
from integration_tests.clients.mapping import configuration
from integration_tests.clients.recording import Recording, told
from integration_tests.sandbox.process import Sandbox

PREFLIGHT = 3
"""Records of a stream that a smoke test sends before all others."""
WITHOUT_KEY = "schema_with_no_primary_key"
"""PyAirbyte asks to overwrite streams without a primary key, and nothing is ever removed from HubSpot."""


def sync(sandbox: Sandbox, client: Environment, faker: Environment, folder: Path) -> str:
    """What was seen of check and of each way to write, in one line."""
    recording, config = _prepared(sandbox, folder)
    for command in (["spec"], ["discover", "--config", config]):  # what the platform asks, and PyAirbyte does not
        client.run(str(recording.executable), *command, folder=folder)
    executables = (str(recording.executable), faker.program("source-faker"))
    said = client.run(client.python, str(PROGRAMS / "sync.py"), *executables, config, str(folder), folder=folder)
    written = json.loads(said.splitlines()[-1])
    assert written.pop("second") == 0, written  # nothing is new after its state
    assert written.pop("replace") == "refused", written
    (error,) = _errors(recording)
    assert "append" in error, error  # what to choose instead: nothing is ever removed from HubSpot
    assert set(written) == {"first", "cached", "read", "auto", "append", "merge"}, written
    assert {*written.values()} == {sandbox.created()} != {0}, (written, sandbox.created())
    return (
        f"check passed; {sandbox.created():,} calls, as many records in each of {', '.join(written)}, "
        f"none more after its state, replace refused; {told(recording.validate(client))}"
    )


def smoke(sandbox: Sandbox, client: Environment, folder: Path) -> str:
    """What was seen of the smoke tests, in one line."""
    rejects = folder / "rejects"
    store = {"storage_type": "LOCAL", "path": str(rejects)}
    recording, config = _prepared(sandbox, folder, object_storage_config=store)
    scenarios = json.loads(client.run(client.python, str(PROGRAMS / "scenarios.py"), folder=folder))
    del scenarios[WITHOUT_KEY]
    sent = sum(scenario["records"] for scenario in scenarios.values())
    keys = PREFLIGHT + sum(scenario["distinct"] for scenario in scenarios.values())
    for _ in (1, 2):  # the second time nothing is new
        _smoke(client, recording, config, scenarios, sent)
        assert sandbox.created() == keys, (sandbox.created(), keys)
        assert list(rejects.glob("rejected-*")) == []
    return (
        f"{len(scenarios)} streams passed twice, {sent:,} records delivered each time, {sandbox.created():,} calls by "
        f"their keys, none rejected; {told(recording.validate(client))}"
    )


def _smoke(client: Environment, recording: Recording, config: str, scenarios: Iterable[str], sent: int) -> None:
    command = [
        client.program("pyab"),
        "destination-smoke-test",
        f"--destination={recording.executable}",
        f"--config={config}",
        f"--scenarios={','.join(scenarios)}",
    ]
    report = json.loads(_object(client.run(*command, folder=recording.folder)))
    assert report["success"], report
    assert report["records_delivered"] == sent, report


def _prepared(sandbox: Sandbox, folder: Path, **more: Any) -> tuple[Recording, str]:
    recording = Recording(folder / "connector")
    path = folder / "config.json"
    path.write_text(json.dumps({**configuration(sandbox), **more}))
    return recording, str(path)


def _errors(recording: Recording) -> list[str]:
    traces = (message["trace"] for message in recording.messages() if message["type"] == "TRACE")
    return [trace["error"]["message"] for trace in traces if trace["type"] == "ERROR"]


def _object(output: str) -> str:
    """The JSON object at the end of what a program printed."""
    return output[output.index("\n{") :]
