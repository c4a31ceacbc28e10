"""What a sync tells, and what it must not."""

from __future__ import annotations

import logging

import pytest

from destination_hubspot_calls.messages import Batch, LinkMiss, MissCause, Rejection
from destination_hubspot_calls.results import BatchResult, Count
from destination_hubspot_calls.sink.report import Report
from destination_hubspot_calls.sink.summary import Summary
from unit_tests.entries import CALLS, MAILS, call, checkpoint, link_rule, rejection, settled


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "destination_hubspot_calls")
    return caplog


def lines(told: pytest.LogCaptureFixture) -> list[str]:
    return [f"{item.levelname} {item.getMessage()}" for item in told.records]


def add(report: Report, result: BatchResult) -> None:
    report.rejected(report.summary.add(result))


def test_each_rejected_record_is_named_up_to_a_hundred(told: pytest.LogCaptureFixture) -> None:
    """A person can look at a hundred lines; a million of them would hide everything else."""
    report = Report(Summary())
    add(report, settled(*(rejection(number) for number in range(60))))
    add(report, settled(*(rejection(number) for number in range(90)), checkpoint(1)))
    said = lines(told)
    assert said[0] == 'WARNING Rejected: stream "calls", record "0": hs_timestamp: no time'
    assert len(said) == 101
    assert said[-1].startswith("WARNING Further rejected records are only counted here")


def test_a_line_of_rejection_holds_no_content(told: pytest.LogCaptureFixture) -> None:
    """HubSpot's own words and the record itself are for the store only."""
    report = Report(Summary())
    refused = Rejection(CALLS, "", "hs_call_title: refused (INVALID)", b'{"secret": 1}', "mappings[0]", "secret words")
    missing = {0: [LinkMiss(link_rule(), MissCause.NOBODY, "secret@example.com")]}
    add(report, BatchResult(Batch.of([call(1), call(2)]), {0: refused}, misses=missing))
    report.end()
    assert "secret" not in told.text
    assert 'Rejected: stream "calls", a record without a key: hs_call_title: refused (INVALID)' in told.text


def test_the_end_tells_each_stream_and_each_reason(told: pytest.LogCaptureFixture) -> None:
    """What became of the records is to be read in one place."""
    report = Report(Summary(), kept="/rejects/file.jsonl")
    entries = (call(1), call(2), call(3, stream=MAILS), rejection(4), rejection(5, reason="other"), rejection(6))
    became = {0: Count.CREATED, 1: Count.CREATED, 2: Count.THERE}
    missing = {0: [LinkMiss(link_rule(), MissCause.NOBODY, "5")], 2: [LinkMiss(link_rule(), MissCause.EMPTY, "")]}
    add(report, BatchResult(Batch.of(entries), became=became, links={0: 0}, misses=missing))
    told.clear()
    report.end()
    rule = '(by record_id from "contact", mappings[0].associations[0])'
    assert lines(told) == [
        'INFO Stream "calls": 5 records: 2 created, 3 rejected; 1 call without any link; 1 link without a match',
        'WARNING Stream "calls": 2 rejected: hs_timestamp: no time (4, 6)',
        'WARNING Stream "calls": 1 rejected: other (5)',
        f'WARNING Stream "calls": 1 link to contacts was not made {rule}: nobody has it (1)',
        'INFO Stream "calls": calls from 2026-01-01 00:00:00 UTC to 2026-01-01 00:00:00 UTC',
        'WARNING Stream "calls": 1 call has no association, so it is on no timeline in HubSpot.',
        'INFO Stream "mails": 1 record: 1 already existing, 0 rejected',
        f'INFO Stream "mails": 1 link to contacts was not made {rule}: empty (3)',
        'INFO Stream "mails": calls from 2026-01-01 00:00:00 UTC to 2026-01-01 00:00:00 UTC',
        "WARNING 3 rejected records are kept in /rejects/file.jsonl.",
    ]


def test_rows_that_are_kept_nowhere_are_called_that(told: pytest.LogCaptureFixture) -> None:
    """Without a store the summary is the last chance to notice."""
    report = Report(Summary())
    add(report, settled(rejection(1)))
    report.end()
    assert "1 record was not written and is kept nowhere" in told.text


@pytest.mark.parametrize(("states", "words"), [(0, "No state left"), (1, "cover 3 records")])
def test_an_early_end_says_what_was_sent_and_what_the_states_cover(
    told: pytest.LogCaptureFixture, states: int, words: str
) -> None:
    """Whoever runs the sync again wants to know what is sent twice, and whoever looks into HubSpot what is there."""
    report = Report(Summary())
    report.summary.states, report.summary.covered, report.summary.broken_off = states, 3 * states, True
    batch = Batch.of([call(1), call(2), rejection(3), call(4), call(5)])
    report.summary.add_broken_off(BatchResult(batch, became={0: Count.UPDATED}, unconfirmed={1, 3}))
    report.end()
    assert lines(told)[0] == 'INFO Stream "calls": 5 records: 1 updated, 1 rejected, 2 not confirmed, 1 not sent'
    assert words in lines(told)[-1]
