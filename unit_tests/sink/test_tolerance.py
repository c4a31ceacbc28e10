"""How many rejected records are borne, and when a mapping is taken for wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.messages import Rejection, Skipped
from destination_hubspot_calls.sink.tolerance import FIRST_RECORDS, Tolerance, TooManyRejected
from unit_tests.entries import CALLS, MAILS, call, checkpoint, rejection, settled


def rejections(count: int, **more: str) -> list[Rejection]:
    return [rejection(number, **more) for number in range(count)]  # type: ignore[arg-type]


@given(st.integers(0, 50), st.integers(0, 60))
def test_as_many_as_are_borne_and_not_one_more(most: int, count: int) -> None:
    """max_rejected_records is a promise to a person, to the record."""
    tolerance = Tolerance(most)
    tolerance.judge(settled(call(1)))
    if count > most:
        with pytest.raises(TooManyRejected, match=rf"{count} records were rejected, more than .* \({most}\)"):
            tolerance.judge(settled(*rejections(count)))
    else:
        tolerance.judge(settled(*rejections(count)))


def test_what_hubspot_refuses_counts_as_what_the_mapping_rejects() -> None:
    """To the person both are rows that did not arrive."""
    tolerance = Tolerance(1)
    refused = Rejection(CALLS, "", "refused", b"")
    with pytest.raises(TooManyRejected):
        tolerance.judge(settled(call(1), rejection(2), call(3), refused={1: refused}))


@given(st.integers(1, 120), st.integers(1, 40))
def test_the_first_hundred_of_a_stream_must_not_all_be_rejected(count: int, size: int) -> None:
    """Then it is the mapping and not the rows, whatever number is allowed, however batches cut them."""
    tolerance = Tolerance(10_000)
    rows = rejections(count)

    def judge_all() -> None:
        for start in range(0, count, size):
            tolerance.judge(settled(*rows[start : start + size], checkpoint(start)))
            assert tolerance.is_suspicious

    if count >= FIRST_RECORDS:
        with pytest.raises(TooManyRejected, match='first 100 records of stream "calls" were all rejected'):
            judge_all()
    else:
        judge_all()


def test_one_good_record_proves_a_stream() -> None:
    """After it any number up to the tolerance may be wrong."""
    tolerance = Tolerance(10_000)
    tolerance.judge(settled(*rejections(99), call(100), *rejections(500)))
    tolerance.judge(settled(*rejections(500)))
    assert not tolerance.is_suspicious


def test_each_stream_is_judged_by_its_own_records() -> None:
    """A good stream must not hide one whose mapping is wrong."""
    tolerance = Tolerance(10_000)
    tolerance.judge(settled(call(1), *rejections(50, stream=MAILS)))  # type: ignore[arg-type]
    assert tolerance.is_suspicious
    with pytest.raises(TooManyRejected, match='stream "mails"'):
        tolerance.judge(settled(call(2), *rejections(50, stream=MAILS)))  # type: ignore[arg-type]


def test_waiting_can_be_given_up_for_those_that_are_suspect_now() -> None:
    """States cannot be held for ever, yet a stream that comes later is a new case."""
    tolerance = Tolerance(10_000)
    tolerance.judge(settled(rejection(1)))
    tolerance.stop_waiting()
    assert not tolerance.is_suspicious
    tolerance.judge(settled(rejection(2)))
    assert not tolerance.is_suspicious
    tolerance.judge(settled(rejection(3, stream=MAILS)))
    assert tolerance.is_suspicious


def test_the_reasons_are_listed_most_frequent_first() -> None:
    """Whoever is told that too many were rejected wants to know why, and not in a hundred lines."""
    tolerance = Tolerance(20)
    rows = [rejection(number, reason=f"reason {number}") for number in range(12)]
    with pytest.raises(TooManyRejected) as raised:
        tolerance.judge(settled(call(0), *rows, *rejections(9, reason="frequent")))
    text = str(raised.value)
    assert "Reasons: 9 x calls: frequent (records " in text
    assert ", …); 1 x calls: reason 0 (records 0);" in text
    assert text.endswith("; and 3 more")


def test_skipped_records_say_nothing_of_a_mapping() -> None:
    """Else one record that only_if skips would prove a mapping by which all others are rejected."""
    tolerance = Tolerance(1000)
    tolerance.judge(settled(*(Skipped(CALLS) for _ in range(150)), rejection(1)))
    assert tolerance.is_suspicious
