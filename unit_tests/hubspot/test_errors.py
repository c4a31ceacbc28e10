"""The table of what an answer's status means, and the waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.hubspot.errors import (
    MAX_BACKOFF,
    DailyLimit,
    MissingScopes,
    Refusal,
    Unavailable,
    Verdict,
    backoff,
    rule_for,
)
from destination_hubspot_calls.hubspot.models import Problem

TABLE = {
    Verdict.DONE: (200, 201, 202, 204, 207, 299),
    Verdict.REFUSED: (400, 404, 409, 413, 422),
    Verdict.NOT_DONE: (423, 425, 477),
    Verdict.AMBIGUOUS: (408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530, 599),
    Verdict.LIMITED: (429,),
    Verdict.UNAUTHORIZED: (401,),
    Verdict.FORBIDDEN: (403,),
    Verdict.UNEXPECTED: (100, 301, 302, 304, 402, 405, 410, 414, 415, 418, 451),
}


@pytest.mark.parametrize(
    ("status", "verdict"), [(status, verdict) for verdict, all_ in TABLE.items() for status in all_]
)
def test_every_status_has_its_verdict(status: int, verdict: Verdict) -> None:
    """A 5xx after a write may have written; a 4xx did not; and an unknown one proves nothing."""
    assert rule_for(status).verdict is verdict


def test_a_lock_is_waited_for_at_least_two_seconds() -> None:
    """HubSpot says so of 423."""
    assert rule_for(423).pause >= 2
    assert all(backoff(0, rule_for(423).pause) >= 2 for _ in range(100))


@given(st.integers(0, 1000), st.floats(0, 60))
def test_waits_grow_and_are_bounded(attempt: int, least: float) -> None:
    """Threads that wait equally long come back together; a wait that grows for ever is a sync that hangs."""
    seconds = backoff(attempt, least)
    assert seconds >= least
    assert seconds <= max(least, MAX_BACKOFF)
    assert seconds >= min(MAX_BACKOFF, 2.0 ** min(attempt, 10)) / 2


def test_errors_hold_no_words_of_hubspot() -> None:
    """Its messages repeat values, and an error's text is logged."""
    refusal = Refusal(400, Problem(category="VALIDATION_ERROR", message="secret is not valid"))
    assert str(refusal) == "HubSpot refused the request (400 VALIDATION_ERROR)"
    assert "crm.objects.contacts.write" in str(MissingScopes("POST /x", ("crm.objects.contacts.write",)))


def test_a_daily_limit_is_a_reason_to_come_back_later() -> None:
    """The platform tries again what is unavailable, and the text says when."""
    assert issubclass(DailyLimit, Unavailable)
    assert "midnight in the account's time zone" in str(DailyLimit())
