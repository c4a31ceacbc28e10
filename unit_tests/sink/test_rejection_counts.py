"""Rejected records by reason."""

from __future__ import annotations

from destination_hubspot_calls.messages import Reason, Rejection
from destination_hubspot_calls.sink.rejection_counts import MAX_VALUES, RejectionCounts
from unit_tests.entries import CALLS, MAILS, rejection

TIME = Reason("hs_timestamp: no time", "hs_timestamp", value="31/31/2026")
OWNER = Reason("hubspot_owner_id: no owner", "hubspot_owner_id", value="ann")


def test_a_record_with_two_faults_counts_under_both_and_once_in_all() -> None:
    """By combination three faults would make seven lines, and none of them the number of rows to fix."""
    counts = RejectionCounts()
    for number, reasons in enumerate(((TIME, OWNER), (TIME,), (OWNER, TIME))):
        words = "; ".join(reason.words for reason in reasons)
        counts.add(Rejection(CALLS, str(number), words, b"", reasons=reasons))
    counts.add(rejection(3, stream=MAILS, reason="other"))
    assert counts.total == 4
    assert counts.records == {CALLS: 3, MAILS: 1}
    assert [(words, count.number, count.names) for words, count in counts.reasons(CALLS)] == [
        (TIME.words, 3, ["0", "1", "2"]),
        (OWNER.words, 2, ["0", "2"]),
    ]
    assert [(stream, count.number) for stream, _, count in counts.all_reasons()] == [(CALLS, 3), (CALLS, 2), (MAILS, 1)]


def test_the_values_that_did_not_fit_are_counted_within_a_bound() -> None:
    """A million distinct values would fill the memory; the frequent ones are among the first."""
    counts = RejectionCounts()
    for number in range(2 * MAX_VALUES):
        for value in ("often", str(number)):
            counts.add(Rejection(CALLS, "", "r", b"", reasons=(Reason("r", value=value),)))
    ((_, count),) = counts.reasons(CALLS)
    assert count.values.most_common(1) == [("often", 2 * MAX_VALUES)]
    assert len(count.values) == MAX_VALUES
