"""What a sync tells, and what it must not."""

from __future__ import annotations

import logging

import pytest

from destination_hubspot_calls.messages import Batch, Rejection
from destination_hubspot_calls.results import BatchResult, Count
from destination_hubspot_calls.sink.report import INTERVAL, Report
from unit_tests.entries import CALLS, MAILS, call, checkpoint, rejection, settled


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "destination_hubspot_calls")
    return caplog


def lines(told: pytest.LogCaptureFixture) -> list[str]:
    return [f"{item.levelname} {item.getMessage()}" for item in told.records]


def test_each_rejected_record_is_named_up_to_a_hundred(told: pytest.LogCaptureFixture) -> None:
    """A person can look at a hundred lines; a million of them would hide everything else."""
    report = Report(share=lambda: 0.0)
    report.settled(settled(*(rejection(number) for number in range(150)), checkpoint(1)))
    said = lines(told)
    assert said[0] == 'WARNING Rejected: stream "calls", record "0": hs_timestamp: no time'
    assert len(said) == 101
    assert said[-1].startswith("WARNING Further rejected records are only counted here")


def test_a_line_of_rejection_holds_no_content(told: pytest.LogCaptureFixture) -> None:
    """HubSpot's own words and the record itself are for the store only."""
    report = Report(share=lambda: 0.0)
    refused = Rejection(CALLS, "", "hs_call_title: refused (INVALID)", b'{"secret": 1}', "mappings[0]", "secret words")
    report.settled(settled(call(1), refused={0: refused}))
    report.end()
    assert "secret" not in told.text
    assert 'Rejected: stream "calls", a record without a key: hs_call_title: refused (INVALID)' in told.text


def test_progress_is_told_every_half_minute(told: pytest.LogCaptureFixture) -> None:
    """A long sync that says nothing looks like one that hangs."""
    now = 0.0
    report = Report(share=lambda: 0.42, clock=lambda: now)
    report.settled(settled(*(call(number) for number in range(1500)), rejection(1500)))
    told.clear()
    now = INTERVAL - 1
    report.tick(in_flight=3)
    assert lines(told) == []
    now = INTERVAL
    report.tick(in_flight=3)
    report.tick(in_flight=3)
    assert lines(told) == [
        "INFO 1,500 written, 1 rejected, 50 records/s, 3 batches in flight, 42 % of HubSpot's limit used"
    ]


def test_the_end_tells_each_stream_and_each_reason(told: pytest.LogCaptureFixture) -> None:
    """What became of the records is to be read in one place."""
    report = Report(share=lambda: 0.0, kept="/rejects/file.jsonl")
    entries = (call(1), call(2), call(3, stream=MAILS), rejection(4), rejection(5, reason="other"), rejection(6))
    became = {0: Count.CREATED, 1: Count.CREATED}
    report.settled(BatchResult(Batch.of(entries), became=became, links={0: 0}))
    told.clear()
    report.end()
    assert lines(told) == [
        'INFO Stream "calls": 5 records: 2 created, 3 rejected; 1 calls without any link',
        'WARNING Stream "calls": 2 rejected: hs_timestamp: no time',
        'WARNING Stream "calls": 1 rejected: other',
        'WARNING Stream "calls": 1 calls have no association, so they are on no timeline in HubSpot.',
        'INFO Stream "mails": 1 records: 0 rejected',
        "WARNING 3 rejected records are kept in /rejects/file.jsonl.",
    ]


def test_rows_that_are_kept_nowhere_are_called_that(told: pytest.LogCaptureFixture) -> None:
    """Without a store the summary is the last chance to notice."""
    report = Report(share=lambda: 0.0)
    report.settled(settled(rejection(1)))
    report.end()
    assert "1 records were not written and are kept nowhere" in told.text
