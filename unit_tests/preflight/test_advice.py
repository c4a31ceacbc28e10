"""What is configured as it may be, and costs something."""

from __future__ import annotations

from typing import Any

import pytest

from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.preflight import Findings
from destination_hubspot_calls.preflight.advice import advise, is_on_a_mount

GOOD = {
    "stream_name": "calls",
    "associations": [{"object_type": "contacts", "source": "id"}],
    "external_id_property": "key",
}
S3 = {"storage_type": "S3", "s3_bucket_name": "b", "s3_bucket_region": "r", "bucket_path": "p"}


def told(mapping: dict[str, Any] = GOOD, *, mounted: bool = True, **others: Any) -> list[str]:
    """The places that something is said of."""
    credentials = {"auth_type": "access_token", "access_token": "pat-x"}
    config = read_config({"credentials": credentials, "mappings": [mapping], "object_storage_config": S3, **others})
    findings = Findings()
    advise(config, None, findings, lambda _: mounted)
    return [advice.place for advice in findings.advice]


def test_what_costs_nothing_is_silent() -> None:
    """A remark that comes always is read never."""
    assert told() == []
    assert told(object_storage_config={"storage_type": "LOCAL", "path": "/rejects"}) == []


@pytest.mark.parametrize(
    ("mapping", "others", "places"),
    [
        ({**GOOD, "external_id_property": None}, {}, ["mappings[0]"]),
        ({**GOOD, "associations": []}, {}, ["mappings[0]"]),
        (GOOD, {"object_storage_config": None}, ["object_storage_config"]),
        (GOOD, {"dry_run": True}, ["dry_run"]),
    ],
)
def test_what_costs_something_is_told(mapping: dict[str, Any], others: dict[str, Any], places: list[str]) -> None:
    """Calls twice, calls that nobody sees, rows that are lost, a sync that writes nothing."""
    assert told(mapping, **others) == places


def test_a_folder_that_is_gone_with_the_pod() -> None:
    """Rejected records would be kept until nobody can look at them."""
    store = {"storage_type": "LOCAL", "path": "/rejects"}
    assert told(mounted=False, object_storage_config=store) == ["object_storage_config.path"]


def test_a_volume_is_known_by_its_mount() -> None:
    """The root is mounted everywhere, and says nothing."""
    assert is_on_a_mount("/proc/self")
    assert not is_on_a_mount("/nothing/of/the/kind")
    assert not is_on_a_mount("rejects")
