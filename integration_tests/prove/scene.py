"""Where proofs take place: a HubSpot, a folder, and connectors that are run to their end or killed before it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from integration_tests import source
from integration_tests.connector import Connector
from integration_tests.prove.proof import Proof
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, Source

NO_LIMIT = 100_000
"""Requests in 10 seconds: as good as none."""
PATIENCE = 600.0
"""Seconds that one run may take."""

Call = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """A HubSpot as at its start but for its rate limit, and a folder for files."""

    sandbox: Sandbox
    folder: Path
    api_version: str = "v3"

    def configuration(self, **more: Any) -> dict[str, Any]:
        """The numbered source's, with an external id."""
        return source.configuration(self.sandbox.url, self.sandbox.token, api_version=self.api_version, **more)

    def start(self, config: Mapping[str, Any] | None = None, *, mode: str = "append", **more: Any) -> Connector:
        """A connector, at work."""
        return Connector(self.folder, config or self.configuration(), source.catalog(mode=mode), **more)

    def run(self, lines: Iterable[bytes], config: Mapping[str, Any] | None = None, **more: Any) -> Connector:
        """A connector that was given lines, and ended."""
        with self.start(config, **more) as connector:
            connector.run(lines, PATIENCE)
            return connector

    def calls(self) -> dict[str, list[Call]]:
        """What HubSpot holds, by key, once all that is late has come."""
        self.sandbox.wait_for_late_commits()
        held: dict[str, list[Call]] = {}
        for call in self.sandbox.calls():
            held.setdefault(call["properties"].get(KEY, ""), []).append(call)
        return held

    def requests(self) -> int:
        """How many were answered, or left without an answer."""
        return int(self.sandbox.stats()["requests_total"])


VERSIONS = ("v3", "2026-03")
_SERVED = {"v3": ["v1", "v3", "v4"], "2026-03": ["v1", "2026-03"]}
"""What a HubSpot that knows one version only serves: outcomes of calls have but their first version."""


@contextmanager
def scene(api_version: str = "v3", **settings: Any) -> Iterator[Scene]:
    """A scene of its own for a proof, in which HubSpot knows one version only; `settings` are the sandbox's."""
    limits = {"rate_limit": NO_LIMIT, "oauth_rate_limit": NO_LIMIT}
    switches = {**limits, "versions": _SERVED[api_version], **settings}
    with Sandbox(settings=switches) as sandbox, tempfile.TemporaryDirectory() as folder:
        yield Scene(sandbox, Path(folder), api_version)


def version_of(seed: int) -> str:
    """Every other run is on the date version, the first on v3."""
    return VERSIONS[(seed - 1) % len(VERSIONS)]


def copies(held: Mapping[str, list[Call]]) -> int:
    """Calls beyond the first of their key."""
    return sum(len(calls) - 1 for calls in held.values())


def losses(held: Mapping[str, list[Call]], count: int) -> int:
    """Of the records 1 to `count`, those that are in no call."""
    return sum(f"call-{number}" not in held for number in range(1, count + 1))


def unlinked(held: Mapping[str, list[Call]], count: int) -> int:
    """Of the records 1 to `count`, those whose call lacks its link."""
    return sum(
        not any(
            link["id"] == source.contact(number) for call in held[f"call-{number}"] for link in call["associations"]
        )
        for number in range(1, count + 1)
        if f"call-{number}" in held
    )


def expect_one_call_each(proof: Proof, held: Mapping[str, list[Call]], count: int, where: str) -> None:
    """Every record is one call, with its link."""
    for name, number in (
        ("copies", copies(held)),
        ("records lost", losses(held, count)),
        ("calls without their link", unlinked(held, count)),
    ):
        proof.expect(number == 0, f"{where}: {number} {name}")


def expect_true_states(proof: Proof, connector: Connector, held: Mapping[str, list[Call]], where: str) -> None:
    """Whatever a state covers was in HubSpot when the state was read: by the calls' own dates."""
    created = {key: min(_milliseconds(call["createdAt"]) for call in calls) for key, calls in held.items()}
    latest = 0.0
    covered = 0
    for line in connector.lines:
        if line.message["type"] != "STATE":
            continue
        reached = Source.reached([line.message["state"]])
        for number in range(covered + 1, reached + 1):
            latest = max(latest, created.get(f"call-{number}", float("inf")))
        covered = max(covered, reached)
        if latest > line.clock * 1000:
            proof.expect(False, f"{where}: the state at {reached} left before its records were in")
            return


def expect_all_states(proof: Proof, connector: Connector, count: int, where: str) -> None:
    """The run ended well and all states of `Source(count)` came back, in order."""
    proof.expect(connector.process.returncode == 0, f"{where}: it ended with {connector.process.returncode}")
    reached = [item["id"] for item in connector.states]
    proof.expect(reached == list(range(10, count + 1, 10)), f"{where}: states are missing or out of order")


def _milliseconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000
