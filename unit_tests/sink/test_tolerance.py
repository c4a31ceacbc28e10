"""How many rejected records are tolerated, and when a mapping is taken for wrong."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.messages import Entry, Rejection, Skipped, Stream
from destination_hubspot_calls.results import BatchResult
from destination_hubspot_calls.sink.rejection_counts import RejectionCounts
from destination_hubspot_calls.sink.tolerance import FIRST_RECORDS, MIN_RECORDS, Tolerance, TooManyRejected
from unit_tests.entries import CALLS, MAILS, call, checkpoint, rejection, settled


class Judge:
    """A tolerance, and the counting that comes before it."""

    def __init__(self, *, most: int = 10_000, percent: float = 100) -> None:
        self._counts = RejectionCounts()
        self.tolerance = Tolerance(self._counts, most=most, percent=percent)

    def judge(self, result: BatchResult) -> None:
        for _, found in result.outcomes():
            if found:
                self._counts.add(found)
        self.tolerance.judge(result)


def rejections(count: int, *, stream: Stream = CALLS, reason: str = "hs_timestamp: no time") -> list[Rejection]:
    return [rejection(number, stream=stream, reason=reason) for number in range(count)]


@given(st.integers(0, 50), st.integers(0, 60))
def test_as_many_as_are_tolerated_and_not_one_more(most: int, count: int) -> None:
    """max_rejected_records is a promise to a person, to the record."""
    judge = Judge(most=most)
    judge.judge(settled(call(1)))
    if count > most:
        with pytest.raises(TooManyRejected, match=rf"{count} records? w.* rejected, more than .* \({most}\)"):
            judge.judge(settled(*rejections(count)))
    else:
        judge.judge(settled(*rejections(count)))


def test_what_hubspot_refuses_counts_as_what_the_mapping_rejects() -> None:
    """To the person both are rows that did not arrive."""
    judge = Judge(most=1)
    refused = Rejection(CALLS, "", "refused", b"")
    with pytest.raises(TooManyRejected):
        judge.judge(settled(call(1), rejection(2), call(3), refused={1: refused}))


@given(st.integers(1, 30), st.integers(1, 40))
def test_the_first_twenty_of_a_stream_must_not_all_be_rejected(count: int, size: int) -> None:
    """Then it is the mapping and not the rows, whatever number is allowed, however batches cut them."""
    judge = Judge()
    rows = rejections(count)

    def judge_all() -> None:
        for start in range(0, count, size):
            judge.judge(settled(*rows[start : start + size], checkpoint(start)))
            assert judge.tolerance.is_suspicious

    if count >= FIRST_RECORDS:
        with pytest.raises(TooManyRejected, match='first 20 records of stream "calls" were all rejected'):
            judge_all()
    else:
        judge_all()


def test_one_good_record_proves_a_stream() -> None:
    """After it any number up to the tolerance may be wrong."""
    judge = Judge()
    judge.judge(settled(*rejections(19), call(100), *rejections(500)))
    judge.judge(settled(*rejections(500)))
    assert not judge.tolerance.is_suspicious


def test_a_good_record_ends_the_suspicion_at_once() -> None:
    """Until then no state leaves, which the source waits for."""
    judge = Judge()
    judge.judge(settled(*rejections(3)))
    assert judge.tolerance.is_suspicious
    judge.judge(settled(call(4)))
    assert not judge.tolerance.is_suspicious


def test_each_stream_is_judged_by_its_own_records() -> None:
    """A good stream must not hide one whose mapping is wrong."""
    judge = Judge()
    judge.judge(settled(call(1), *rejections(10, stream=MAILS)))
    assert judge.tolerance.is_suspicious
    with pytest.raises(TooManyRejected, match='stream "mails"'):
        judge.judge(settled(call(2), *rejections(10, stream=MAILS)))


def _shares(rows: Sequence[bool], size: int, percent: float) -> int | None:
    """The number of the record at which a judge stops, if it does."""
    judge = Judge(percent=percent)
    entries: list[Entry] = [rejection(number) if bad else call(number) for number, bad in enumerate(rows)]
    start = 0
    with suppress(TooManyRejected):
        for start in range(0, len(entries), size):
            judge.judge(settled(*entries[start : start + size]))
        return None
    return start


@given(st.lists(st.booleans(), min_size=90, max_size=150), st.integers(1, 150), st.integers(0, 100))
def test_from_a_hundred_records_on_no_more_than_a_share_is_rejected(rows: list[bool], size: int, percent: int) -> None:
    """A sync that ends well with most of its rows lost would leave a person guessing; batches must not decide it."""
    rows[0] = False  # proven
    over = [
        number
        for number in range(MIN_RECORDS, len(rows) + 1)
        if sum(rows[:number]) * 100 > percent * number and (rows[number - 1] or number == MIN_RECORDS)
    ]
    stopped = _shares(rows, size, percent)
    assert stopped == ((over[0] - 1) // size * size if over else None)


def test_twenty_that_hubspot_refuses_are_as_bad_as_twenty_that_the_mapping_rejects() -> None:
    """None of the records arrives, whoever refuses them; one that does, wherever it stands, proves the stream."""
    refused = {place: Rejection(CALLS, "", "refused", b"") for place in range(FIRST_RECORDS)}
    calls = [call(number) for number in range(FIRST_RECORDS)]
    with pytest.raises(TooManyRejected, match="first 20 records"):
        Judge().judge(settled(*calls, refused=refused))
    for good in (0, FIRST_RECORDS - 1):
        judge = Judge()
        judge.judge(settled(*calls, refused={place: item for place, item in refused.items() if place != good}))
        assert not judge.tolerance.is_suspicious


def test_the_record_that_passes_the_share_stops_the_sync() -> None:
    """101 of 501 are more than a fifth, 100 of 500 are not."""
    judge = Judge(percent=20)
    judge.judge(settled(*(call(number) for number in range(400)), *rejections(100)))
    with pytest.raises(TooManyRejected, match="101 of the first 501 records"):
        judge.judge(settled(rejection(1)))


def test_the_share_is_named_with_its_key() -> None:
    """A person has to know which number to change where the rows are to blame."""
    judge = Judge(percent=20)
    judge.judge(settled(*(call(number) for number in range(79))))
    with pytest.raises(TooManyRejected, match=r'21 of the first 100 records of stream "calls" .*_percent \(20 %\)'):
        judge.judge(settled(*rejections(30)))


def test_a_stream_with_few_records_has_no_share() -> None:
    """Three rows of four that are wrong say nothing of the mapping."""
    judge = Judge(percent=20)
    judge.judge(settled(call(1), *rejections(98)))


def test_waiting_can_be_given_up_for_those_that_are_suspect_now() -> None:
    """States cannot be held for ever, yet a stream that comes later is a new case."""
    judge = Judge()
    judge.judge(settled(rejection(1)))
    judge.tolerance.stop_waiting()
    assert not judge.tolerance.is_suspicious
    judge.judge(settled(rejection(2)))
    assert not judge.tolerance.is_suspicious
    judge.judge(settled(rejection(3, stream=MAILS)))
    assert judge.tolerance.is_suspicious


def test_the_reasons_are_listed_most_frequent_first() -> None:
    """Whoever is told that too many were rejected wants to know why, and not in a hundred lines."""
    judge = Judge(most=20)
    rows = [rejection(number, reason=f"reason {number}") for number in range(12)]
    with pytest.raises(TooManyRejected) as raised:
        judge.judge(settled(call(0), *rows, *rejections(9, reason="frequent")))
    text = str(raised.value)
    assert "Reasons: 9 x calls: frequent (records " in text
    assert ", …); 1 x calls: reason 0 (records 0);" in text
    assert text.endswith("; and 3 more")
    eleven = Judge(most=10)
    with pytest.raises(TooManyRejected, match=r"; and 1 more$"):
        eleven.judge(settled(call(0), *(rejection(number, reason=f"reason {number}") for number in range(11))))
    few = Judge(most=0)
    with pytest.raises(TooManyRejected, match=r"Reasons: 1 x calls: hs_timestamp: no time \(records 1\)$"):
        few.judge(settled(call(0), rejection(1)))


def test_skipped_records_say_nothing_of_a_mapping() -> None:
    """Else one record that only_if skips would prove a mapping by which all others are rejected."""
    judge = Judge(percent=20)
    judge.judge(settled(*(Skipped(CALLS) for _ in range(150)), rejection(1), *rejections(18)))
    assert judge.tolerance.is_suspicious
