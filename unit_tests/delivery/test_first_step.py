"""How a batch begins: by what the ones before it showed."""

from __future__ import annotations

import threading

import pytest

from destination_hubspot_calls.delivery.first_step import LOOK_AGAIN, SCOUT_PATIENCE, FirstStep, FirstSteps, Seen
from destination_hubspot_calls.hubspot.errors import Stopped

CREATE, READ, UPSERT = FirstStep.CREATE, FirstStep.READ, FirstStep.UPSERT


def steps(*, may_upsert: bool = True, scouted: bool = True) -> FirstSteps:
    found = FirstSteps(lambda _: None, may_upsert=may_upsert)
    if scouted:
        assert found.choose() is CREATE
    return found


@pytest.mark.parametrize(
    ("seen", "step"),
    [
        (Seen(100, existing=0, changed=0), CREATE),
        (Seen(100, existing=30), CREATE),
        (Seen(100, existing=60), READ),
        (Seen(100, existing=100, changed=0), READ),
        (Seen(100, existing=100, changed=49), READ),
        (Seen(100, existing=100, changed=50), UPSERT),
        (Seen(100, existing=40, changed=40), UPSERT),
        (Seen(100, existing=39, changed=39), CREATE),
        (Seen(), CREATE),
    ],
)
def test_the_next_batch_does_what_the_last_one_would_have_needed(seen: Seen, step: FirstStep) -> None:
    """Creating what exists, or looking for what does not, is a request for nothing."""
    found = steps()
    found.learn(seen)
    assert found.choose() is step


def test_upserts_go_on_as_long_as_calls_exist_and_now_and_then_it_is_looked_whether_they_change() -> None:
    """An upsert does not tell whether anything differed."""
    found = steps()
    found.learn(Seen(100, existing=100, changed=100))
    chosen = []
    for _ in range(2 * LOOK_AGAIN):
        chosen.append(found.choose())
        found.learn(Seen(100, existing=100, changed=100 if chosen[-1] is READ else None))
    assert chosen.count(READ) == 2
    assert chosen.count(UPSERT) == 2 * LOOK_AGAIN - 2
    found.learn(Seen(100, existing=100, changed=0))
    assert found.choose() is READ


@pytest.mark.parametrize("refused", [True, False])
def test_no_upsert_where_it_is_refused_or_would_write_too_much(*, refused: bool) -> None:
    """The account does not let calls be upserted, or what is for new calls only would be written to others."""
    found = steps(may_upsert=refused)
    if refused:
        found.refuse_upserts()
    found.learn(Seen(100, existing=100, changed=100))
    assert found.choose() is READ


def test_where_one_call_that_exists_has_a_whole_create_refused_few_are_reason_to_look_first() -> None:
    """A batch of which one in ten exists would take three requests, again and again."""
    found = steps()
    found.learn(Seen(100, existing=10))
    assert found.choose() is CREATE
    found.learn(Seen(100, existing=10, clashed=True))
    assert found.choose() is READ
    found.learn(Seen(100, existing=1, changed=0))
    assert found.choose() is READ
    found.learn(Seen(100, existing=0, changed=0))
    assert found.choose() is CREATE


def test_the_first_batch_goes_ahead() -> None:
    """Sixty batches that begin at once would all create what exists."""
    pauses: list[float] = []
    found = FirstSteps(pauses.append, may_upsert=True)
    assert found.choose() is CREATE
    chosen: list[FirstStep] = []
    waiting = threading.Thread(target=lambda: chosen.append(found.choose()))
    waiting.start()
    waiting.join(0.1)
    assert chosen == []
    found.learn(Seen(100, existing=100))
    waiting.join(5)
    assert chosen == [READ]
    assert set(pauses) == {0.0}  # it only asks whether to stop


def test_a_batch_that_ended_early_shows_nothing() -> None:
    """What the one before it showed still holds."""
    found = steps()
    found.learn(Seen(100, existing=100))
    found.learn(Seen())
    assert found.choose() is READ


@pytest.mark.parametrize("end", [SCOUT_PATIENCE, SCOUT_PATIENCE + 0.1])
def test_the_others_do_not_wait_for_it_for_ever(end: float) -> None:
    """It may be tried for ten minutes."""
    now = iter([0.0, SCOUT_PATIENCE - 0.1, end])
    found = FirstSteps(lambda _: None, may_upsert=True, clock=lambda: next(now))
    assert found.choose() is CREATE
    assert found.choose() is CREATE


def test_waiting_ends_where_the_process_is_to_stop() -> None:
    """A termination has twenty seconds."""

    def stop(_: float) -> None:
        raise Stopped

    found = FirstSteps(stop, may_upsert=True)
    found.choose()
    with pytest.raises(Stopped):
        found.choose()
