"""The HubSpot on this machine, and connectors that talk to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from integration_tests import source
from integration_tests.connector import PACE, PROGRAM, Connector, nurseries
from integration_tests.nursery import Nurseries
from integration_tests.sandbox.hub import Hub, fresh
from integration_tests.sandbox.process import Sandbox

NO_LIMIT = 100_000
"""Requests in 10 seconds: as good as none, where the limit is not what a test is about."""


@pytest.fixture(autouse=True)
def _hurry(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test waits for a connector's waits, its seconds pass ten times as fast; `make prove` sets the pace 1."""
    if request.node.get_closest_marker("waits") and PACE not in os.environ:
        monkeypatch.setenv(PACE, "10")


@pytest.fixture(autouse=True, scope="session")
def _nursery() -> Iterator[None]:
    """Connectors are forked, which is a tenth of what starting them costs."""
    with Nurseries(PROGRAM) as found:
        nurseries.append(found)
        yield
        nurseries.remove(found)


@pytest.fixture(scope="session")
def _program() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def hub(_program: Sandbox) -> Iterator[Hub]:
    """A plain client of a HubSpot as at its start, rate limit included."""
    with fresh(_program) as found:
        yield found


@pytest.fixture
def sandbox(_program: Sandbox) -> Sandbox:
    """A HubSpot as at its start, but for its rate limit."""
    _program.reset()
    _program.settings(rate_limit=NO_LIMIT, oauth_rate_limit=NO_LIMIT)
    return _program


class Connectors:
    """Starts connectors that write to one sandbox; all are gone at the end of a test."""

    def __init__(self, sandbox: Sandbox, folder: Path, stack: ExitStack) -> None:
        self._sandbox = sandbox
        self._folder = folder
        self._stack = stack

    def __call__(
        self, config: dict[str, Any] | None = None, catalog: dict[str, Any] | None = None, **more: Any
    ) -> Connector:
        """Start one; the configuration and the catalog are the numbered source's where none are given."""
        config = config or source.configuration(self._sandbox.url, self._sandbox.token)
        return self._stack.enter_context(Connector(self._folder, config, catalog or source.catalog(), **more))

    def configuration(self, **more: Any) -> dict[str, Any]:
        """The numbered source's configuration, with `more` in it."""
        return source.configuration(self._sandbox.url, self._sandbox.token, **more)


@pytest.fixture
def connectors(sandbox: Sandbox, tmp_path: Path) -> Iterator[Connectors]:
    """What starts connectors."""
    with ExitStack() as stack:
        yield Connectors(sandbox, tmp_path, stack)
