"""Rejected records in S3, from outside: a process, a HubSpot, and an S3 on this machine."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from airbyte_cdk.models import Status

from destination_hubspot_calls import DestinationHubspotCalls
from integration_tests.conftest import Connectors
from integration_tests.s3.server import KEY_PAIR, S3Server
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, START, record, state

SECRET = "v3rySecretKey/ofNobody"


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with S3Server() as running:
        yield running


def test_rejected_rows_are_in_the_bucket_and_can_be_sent_again(
    sandbox: Sandbox, connectors: Connectors, server: S3Server
) -> None:
    """Without them a rejected row would have to be found in the source, by its key, by hand."""
    bucket = server.add_bucket("rows")
    config = connectors.configuration(object_storage_config=server.settings(bucket))
    rows = [record(1), record(2, at="no time"), record(3, at=None), state(3), record(4)]
    connector = connectors(config, environment={"WORKER_JOB_ID": "4711", "WORKER_JOB_ATTEMPT": "0"})
    assert connector.run(rows) == 0, connector.said
    kept = server.objects(bucket)
    assert {key.rpartition("/")[0] for key in kept} == {"hubspot/rejected/4711"}
    files = [content for key, content in kept.items() if key.endswith(".jsonl")]  # the run's page is beside them
    lines = [json.loads(line) for line in b"".join(files).splitlines()]
    assert [line["record"]["data"]["id"] for line in lines] == ["call-2", "call-3"]
    assert connector.counts[0] == (1.0, 2.0)
    assert any("s3://rows/hubspot/rejected/4711" in line for line in connector.log)

    for line in lines:
        line["record"]["data"]["at"] = START
    again = connectors(config)
    assert again.run([json.dumps(line).encode() for line in lines]) == 0, again.said
    keys = {call["properties"][KEY] for call in sandbox.calls()}
    assert keys == {"call-1", "call-2", "call-3", "call-4"}


@pytest.mark.waits
def test_no_state_leaves_for_rows_that_could_not_be_stored(
    sandbox: Sandbox, connectors: Connectors, server: S3Server
) -> None:
    """The source would never send them again, and they would be nowhere."""
    bucket = server.add_bucket("vanishing")
    connector = connectors(
        connectors.configuration(object_storage_config=server.settings(bucket, secret_access_key=SECRET))
    )
    connector.send([record(1), state(1)])
    connector.await_states(1)
    server.remove_bucket(bucket)
    assert connector.run([record(2, at="no time"), state(2), record(3), state(3)]) == 1
    assert len(connector.states) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert "s3://vanishing/hubspot/rejected (NoSuchBucket)" in connector.failure["message"]
    assert SECRET not in connector.said
    assert KEY_PAIR["access_key_id"] not in connector.said


def test_check_tells_whether_the_bucket_can_be_written(
    sandbox: Sandbox, connectors: Connectors, server: S3Server
) -> None:
    """It is told before the first sync, not with its first rejected row."""
    config = connectors.configuration(object_storage_config=server.settings("checked"))
    connector = DestinationHubspotCalls()
    missing = connector.check(logging.getLogger("airbyte"), config)
    assert missing.status is Status.FAILED
    assert "s3_bucket_name" in str(missing.message)
    server.add_bucket("checked")
    assert connector.check(logging.getLogger("airbyte"), config).status is Status.SUCCEEDED
