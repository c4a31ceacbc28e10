"""What one answer's headers and words come to, and when the tries of a request end, to the second."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import orjson
import pytest

from destination_hubspot_calls.hubspot.errors import MAX_WAIT, LostAnswer, Unavailable
from destination_hubspot_calls.hubspot.exchange import Answer
from destination_hubspot_calls.hubspot.lanes import Lane
from destination_hubspot_calls.hubspot.retry import (
    LIMIT_PATIENCE,
    Attempts,
    date_of,
    limited,
    lose,
    problem_of,
    retry_after,
)
from destination_hubspot_calls.hubspot.waiting import Troubles

PATIENCE = 20.0


class Tries(Attempts):
    """The tries of a request that began so many seconds ago."""

    def __init__(self, ago: float, patience: float = PATIENCE) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        super().__init__(
            "creating calls", patience, clock=lambda: self.now, pause=self.waits.append, troubles=Troubles()
        )
        self.now = ago


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90.0), (" 7 ", 7.0), ("999999999", 999_999_999.0), ("1000000000", None), ("9" * 400, None), ("soon", None)],
)
def test_seconds_to_wait_are_read_and_absurd_ones_are_not(text: str, seconds: float | None) -> None:
    """A gateway may say anything; what is no number of seconds asks for nothing."""
    assert retry_after(Answer(503, {"Retry-After": text}, b"")) == seconds


def test_dates_have_a_zone_whether_they_name_one_or_not() -> None:
    """What is compared with a date that has none would raise in the middle of a sync."""
    noon = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
    assert date_of("Wed, 25 Nov 2026 12:00:00 GMT") == noon
    assert date_of("Wed, 25 Nov 2026 12:00:00 -0000") == noon
    assert date_of("Wed, 25 Nov 2026 12:00:00 +0200") == noon - timedelta(hours=2)
    assert date_of("Wed, 99 Nov 2026 12:00:00 GMT") is None
    assert date_of(None) is None


@pytest.mark.parametrize("said", [{"message": "no"}, {"category": "CONFLICT"}, {"status": "error"}])
def test_any_of_hubspots_words_shows_that_it_is_hubspot_who_speaks(said: dict[str, str]) -> None:
    """A refusal that was taken for a gateway's would be sent again and again."""
    assert problem_of(Answer(400, {}, orjson.dumps(said))) is not None


@pytest.mark.parametrize("body", [b"{}", b'{"error": "no"}', b"[]", b"<html>", b""])
def test_what_has_none_of_hubspots_words_is_somebody_elses(body: bytes) -> None:
    """Neither a record nor a token is judged by a gateway's page."""
    assert problem_of(Answer(400, {}, body)) is None


def test_a_wait_may_be_as_long_as_is_waited_at_most() -> None:
    """A second more holds resources for nothing; a second less gives up what would have come."""
    Tries(0.0, 600.0).check("HubSpot answers 477", MAX_WAIT)
    with pytest.raises(Unavailable, match="asks to wait 301 s"):
        Tries(0.0, 600.0).check("HubSpot answers 477", MAX_WAIT + 1.0)


def test_a_wait_may_end_when_the_patience_does() -> None:
    """The last try is at its end, not after it."""
    tries = Tries(PATIENCE - 5.0)
    tries.again("HubSpot answers 503", 5.0)
    assert tries.waits == [5.0]
    with pytest.raises(Unavailable, match="2 tries in 15 s"):
        tries.again("HubSpot answers 503", 5.5)


def test_a_lost_answer_that_must_not_be_asked_for_again_is_told_within_the_patience() -> None:
    """Beyond it nobody is to look for what became of it in this sync."""
    with pytest.raises(LostAnswer):
        lose(Tries(PATIENCE), "no answer", repeatable=False)
    with pytest.raises(Unavailable, match="for creating calls"):
        lose(Tries(PATIENCE + 0.5), "no answer", repeatable=False)


def test_a_limit_is_tried_for_as_long_as_others_need_to_leave_room() -> None:
    """Two windows and a half, however little patience there is for anything else."""
    full = Answer(429, {}, b"")
    assert limited(full, Tries(LIMIT_PATIENCE), Lane.BURST) is None
    with pytest.raises(Unavailable, match="HubSpot's burst limit leaves no room for creating calls"):
        limited(full, Tries(LIMIT_PATIENCE + 0.5), Lane.BURST)
    assert limited(full, Tries(LIMIT_PATIENCE + 0.5, 600.0), Lane.BURST) is None
