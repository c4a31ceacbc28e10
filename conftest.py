"""What all tests share. Airbyte runs some of them with a pytest of its own, which has none of our plug-ins."""

from __future__ import annotations

import os

import pytest

MAX_SECONDS = 600 if os.environ.get("CONNECTOR_PACE") == "1" else 60
"""After which a test has locked up, where it names no time of its own; `make prove` lets a connector take its time."""


def pytest_configure(config: pytest.Config) -> None:
    """Tests of one name in two folders are two modules. Pytest 7 could not import the CDK's: their folder is hidden."""
    if pytest.version_tuple >= (8,):
        config.option.importmode = "importlib"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A lock-up is a failure, not a wait. (An option in pyproject.toml would stop a pytest that lacks the plug-in.)"""
    if config.pluginmanager.hasplugin("timeout"):
        for item in items:
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(MAX_SECONDS))
