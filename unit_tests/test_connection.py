"""What a configuration says of HubSpot → a client for it."""

from __future__ import annotations

import threading
from typing import get_args

import pytest

from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.connection import connect
from destination_hubspot_calls.hubspot.paths import VERSIONS


def config(**more: object) -> Config:
    credentials = {"auth_type": "access_token", "access_token": "pat-na1-x"}
    return Config.model_validate({"credentials": credentials, "mappings": [], **more})


def test_every_version_that_can_be_configured_has_its_paths() -> None:
    """Else a sync would end with a KeyError."""
    field = Config.model_fields["api_version"]
    assert set(get_args(field.annotation)) == set(VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_configured_version_is_the_clients(version: str) -> None:
    """For both of its clients."""
    made = connect(config(api_version=version), threading.Event(), on_token=lambda *_: None)
    assert made.client.paths is made.brief.paths is VERSIONS[version]


def test_a_cap_is_the_limiters() -> None:
    """Whoever shares a token says how much of it this connection may use."""
    made = connect(config(requests_per_10_seconds=7), threading.Event(), on_token=lambda *_: None)
    assert made.limiter.limit == 7


def test_nothing_is_waited_for_before_anything_is_sent() -> None:
    """A report may look at any time."""
    made = connect(config(), threading.Event(), on_token=lambda *_: None)
    waiting = made.waiting()
    assert not waiting.troubles
    assert not waiting.limits
