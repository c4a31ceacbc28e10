"""Whose links are read back: a sample's, and everybody's once one was missing."""

from __future__ import annotations

import logging
import threading

import pytest

from destination_hubspot_calls.delivery.link_audit import SAMPLE_EVERY, LinkAudit
from destination_hubspot_calls.hubspot.errors import Stopped


def audit() -> LinkAudit:
    return LinkAudit(lambda _: None)


def judged(found: LinkAudit, missing: int | None = 0) -> bool:
    """Whether the next batch is read back; it lacks so many links."""
    picked = found.picks()
    if picked:
        found.judge(missing)
    return picked


def test_the_first_batch_and_one_in_many_are_read_back() -> None:
    """A two-hundredth of the requests is what it may cost where HubSpot keeps its word."""
    found = audit()
    assert [number for number in range(3 * SAMPLE_EVERY) if judged(found)] == [0, SAMPLE_EVERY, 2 * SAMPLE_EVERY]


def test_every_batch_is_read_back_once_a_link_was_missing(caplog: pytest.LogCaptureFixture) -> None:
    """And it is said once, not with each batch."""
    caplog.set_level(logging.WARNING)
    found = audit()
    trusted = not found.distrusts
    assert [judged(found, missing) for missing in (3, 0, 2)] == [True, True, True]
    assert (trusted, found.distrusts) == (True, True)
    assert len(caplog.messages) == 1
    assert "3 links of one batch" in caplog.messages[0]


def test_a_sample_that_could_not_be_read_is_followed_by_another() -> None:
    """Nothing is known then."""
    found = audit()
    assert [judged(found, None), judged(found), judged(found)] == [True, True, False]


@pytest.mark.parametrize(("missing", "picked"), [(0, False), (1, True), (None, True)])
def test_a_batch_waits_for_the_sample_that_is_read(missing: int | None, *, picked: bool) -> None:
    """No state may leave for its calls before it is known whether they have their links."""
    pauses: list[float] = []
    found = LinkAudit(pauses.append)
    assert found.picks()
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(found.picks()))
    waiting.start()
    waiting.join(0.1)
    assert answers == []
    found.judge(missing)
    waiting.join(5)
    assert answers == [picked]
    assert set(pauses) == {0.0}  # it only asks whether to stop


def test_after_the_first_sample_each_looks_at_another_kind_of_link() -> None:
    """All kinds would take as many answers one after the other, and the batches behind wait to be settled."""
    found = audit()
    turns: list[int | None] = []
    for _ in range(2 * SAMPLE_EVERY + 1):
        if found.picks():
            turns.append(found.turn)
            found.judge(0)
    assert turns == [None, 1, 2]
    found.picks()
    found.judge(1)
    assert found.turn is None


def test_no_batch_waits_for_a_later_sample() -> None:
    """Those before it have gone unread as well; at two seconds an answer half of the time would be waiting."""
    found = audit()
    assert [judged(found) for _ in range(SAMPLE_EVERY)].count(True) == 1
    assert found.picks()
    assert not found.picks()
    assert found.is_due  # what it shows may come before the next one is written
    found.judge(1)
    assert found.picks()


def test_waiting_ends_where_the_process_is_to_stop() -> None:
    """A sample may take its time, a termination has twenty seconds."""

    def stop(_: float) -> None:
        raise Stopped

    found = LinkAudit(stop)
    assert found.picks()
    with pytest.raises(Stopped):
        found.picks()


def test_an_answer_has_to_tell_whose_call_is_whose_where_links_may_be_read_back() -> None:
    """Else there is nothing to read them by."""
    found = audit()
    due = []
    for _ in range(SAMPLE_EVERY + 1):
        due.append(found.is_due)
        judged(found)
    assert [place for place, is_due in enumerate(due) if is_due] == [0, SAMPLE_EVERY]


def test_while_a_sample_is_read_and_once_a_link_was_missing_every_answer_has_to() -> None:
    """Which batches are read back is known only when they are written."""
    found = audit()
    found.picks()
    due = [found.is_due]
    found.judge(0)
    for missing in [*[0] * (SAMPLE_EVERY - 1), 1, 0, 0]:
        due.append(found.is_due)
        judged(found, missing)
    assert due == [True, *[False] * (SAMPLE_EVERY - 1), True, True, True]
