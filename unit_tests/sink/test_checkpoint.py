"""Counts of states, by their place."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.messages import CheckpointKind, Entry, LinkMiss, MissCause, Rejection, Skipped, Stream
from destination_hubspot_calls.results import Count
from destination_hubspot_calls.sink.checkpoint import Checkpointer
from unit_tests.entries import CALLS, MAILS, call, checkpoint, link_rule, rejection, settled


def settle(checkpointer: Checkpointer, *entries: Entry, refused: tuple[int, ...] = ()) -> list[tuple[int, int]]:
    rejections = {place: Rejection(CALLS, "", "refused", b"") for place in refused}
    states = checkpointer.settle(settled(*entries, refused=rejections))
    return [(state.written, state.rejected) for state in states]


def test_a_streams_state_counts_its_stream_since_its_last_state() -> None:
    """The platform compares the counts with what it sent: one too many or too few fails the sync."""
    checkpointer = Checkpointer()
    first = settle(
        checkpointer,
        call(1),
        call(2, stream=MAILS),
        rejection(3),
        checkpoint(4),
        call(5),
        call(6),
        refused=(2,),
    )
    assert first == [(1, 1)]
    second = settle(checkpointer, checkpoint(7, stream=MAILS), checkpoint(8), checkpoint(9))
    assert second == [(1, 0), (1, 1), (0, 0)]


def test_a_state_of_all_streams_takes_the_counts_of_all() -> None:
    """GLOBAL and LEGACY states cover every stream, and clear what they counted."""
    for kind in (CheckpointKind.GLOBAL, CheckpointKind.LEGACY):
        checkpointer = Checkpointer()
        counts = settle(
            checkpointer,
            call(1),
            rejection(2, stream=MAILS),
            checkpoint(3, stream=None, kind=kind),
            call(4),
            checkpoint(5, stream=None, kind=kind),
        )
        assert counts == [(1, 1), (1, 0)]


def test_streams_of_one_name_in_two_namespaces_are_two() -> None:
    """Their states count their own records only."""
    here, there = Stream("calls", "a"), Stream("calls", "b")
    counts = settle(
        Checkpointer(), call(1, stream=here), call(2, stream=there), call(3, stream=there), checkpoint(4, stream=here)
    )
    assert counts == [(1, 0)]


def test_a_skipped_record_counts_as_written() -> None:
    """The platform sent it, so a state that does not count it would fail the sync."""
    assert settle(Checkpointer(), call(1), Skipped(CALLS), rejection(2), Skipped(CALLS), checkpoint(3)) == [(3, 1)]


@pytest.mark.parametrize("kind", [CheckpointKind.STREAM, CheckpointKind.GLOBAL])
def test_a_state_tells_what_became_of_its_records(kind: CheckpointKind) -> None:
    """Who follows a sync by its states would see calls and links that are not there, or not those that are."""
    stream = CALLS if kind is CheckpointKind.STREAM else None
    last = checkpoint(8, stream=stream, kind=kind)
    result = settled(
        *(call(number) for number in range(5)),
        *(call(number, stream=MAILS) for number in (5, 6)),
        last,
        call(7),
        last,
        refused={3: Rejection(CALLS, "3", "refused", b"")},
    )
    result.became = {0: Count.CREATED, 1: Count.UPDATED, 2: Count.CREATED, 5: Count.CREATED, 7: Count.UNCHANGED}
    result.links = {0: 2, 1: 3, 2: 0, 5: 1}
    several, nobody, empty = (
        LinkMiss(link_rule(), cause, "7") for cause in (MissCause.SEVERAL, MissCause.NOBODY, MissCause.EMPTY)
    )
    result.misses = {1: [nobody, several, nobody], 2: [nobody, empty], 6: [several]}
    of_calls = {Count.CREATED: 2, Count.UPDATED: 1, Count.LINKED: 5, Count.MISSED: 3, Count.AMBIGUOUS: 1}
    of_all = {**of_calls, Count.CREATED: 3, Count.LINKED: 6, Count.AMBIGUOUS: 2}
    first, second = Checkpointer().settle(result)
    assert first.tally == (of_calls if kind is CheckpointKind.STREAM else of_all)
    assert (first.written, first.rejected) == ((4, 1) if kind is CheckpointKind.STREAM else (6, 1))
    assert second.tally == {Count.UNCHANGED: 1}
