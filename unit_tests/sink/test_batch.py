"""Entries → batches, in order and within bounds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.messages import Batch, Call, Checkpoint, CheckpointKind, Entry, Rejection, Skipped
from destination_hubspot_calls.results import BatchResult
from destination_hubspot_calls.sink.batch import MAX_AGE, Batcher
from unit_tests.entries import CALLS, call, checkpoint, rejection

MADE: dict[str, Callable[[int], Entry]] = {"call": call, "rejection": rejection, "checkpoint": checkpoint}


def entries(kinds: list[str]) -> list[Entry]:
    return [MADE[kind](number) for number, kind in enumerate(kinds)]


@given(st.lists(st.sampled_from(sorted(MADE)), max_size=80), st.integers(1, 9))
def test_every_entry_is_in_one_batch_in_order(kinds: list[str], most_calls: int) -> None:
    """What slips between two batches is lost in silence."""
    batcher = Batcher(most_calls=most_calls, clock=lambda: 0.0)
    given_in = entries(kinds)
    batches = [batch for entry in given_in if (batch := batcher.add(entry))]
    assert all(len(batch.calls) == most_calls for batch in batches)
    last = batcher.close()
    if last:
        batches.append(last)
        assert len(last.calls) < most_calls
    assert [entry for batch in batches for entry in batch.entries] == given_in
    for batch in batches:
        assert batch.calls == [entry for entry in batch.entries if isinstance(entry, Call)]
        assert batch.size == sum(entry.size for entry in batch.entries)
    assert batcher.is_empty
    assert batcher.close() is None


LONG = b"x" * 1_500_000
LONG_ENTRIES = [call(1, line=LONG), rejection(1, line=LONG), Checkpoint(CheckpointKind.STREAM, CALLS, LONG)]


@pytest.mark.parametrize("entry", LONG_ENTRIES, ids=["call", "rejection", "state"])
def test_a_batch_closes_at_its_bytes(entry: Entry) -> None:
    """Long lines of any kind would make a body that no server takes, and fill the memory."""
    batcher = Batcher(clock=lambda: 0.0)
    assert [bool(batcher.add(entry)) for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize("late", [0.0, 7.0])
def test_only_an_old_batch_is_closed_for_its_age(late: float) -> None:
    """Too early, and a slow source pays a request for each record; never, and its last records wait for ever."""
    now = 100.0
    batcher = Batcher(clock=lambda: now)
    assert batcher.close_old() is None
    batcher.add(call(1))
    now += MAX_AGE - 0.1
    batcher.add(call(2))
    assert batcher.close_old() is None
    assert not batcher.is_empty
    now += 0.1 + late
    batch = batcher.close_old()
    assert batch is not None
    assert len(batch.calls) == 2
    assert batcher.close_old() is None


def test_outcomes_follow_the_places_of_the_calls() -> None:
    """HubSpot's refusals are told by the place among the calls, which is not the place among the entries."""
    batch = Batch(0.0)
    for entry in (rejection(0), call(1), checkpoint(2), call(3), rejection(4), call(5)):
        batch.add(entry)
    refused = Rejection(call(3).stream, "3", "refused", b"line 3")
    outcomes = BatchResult(batch, {1: refused}).outcomes()
    found = [(entry.line, fate.reason if fate else None) for entry, fate in outcomes if not isinstance(entry, Skipped)]
    assert found == [
        (b"line 0", "hs_timestamp: no time"),
        (b"line 1", None),
        (b"state 2", None),
        (b"line 3", "refused"),
        (b"line 4", "hs_timestamp: no time"),
        (b"line 5", None),
    ]
