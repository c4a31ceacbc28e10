"""What an update sends: what differs, as far as the rules let it be written."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.delivery.changes import changes, compared
from destination_hubspot_calls.delivery.pending import PendingCall
from unit_tests.entries import call

HELD = {"hs_timestamp": "2026-01-01T00:00:00Z", "hs_call_title": "theirs", "hs_call_body": None}


def test_only_what_differs_is_sent() -> None:
    """HubSpot tells times in another form than the one it was sent, which is no difference."""
    ours = call(1, hs_call_body="body")
    assert changes(ours, HELD, {"hs_timestamp": "datetime"}) == {"hs_call_title": "call 1", "hs_call_body": "body"}
    assert changes(ours, {**HELD, "hs_call_title": "call 1", "hs_call_body": "body"}, {}) == {}


def test_a_key_is_no_change() -> None:
    """HubSpot may keep it in lower case: it would be sent with every sync."""
    held = {**HELD, "hs_call_title": "call 1", "dialer_call_id": "k1"}
    assert changes(call(1, key="K1", updates=True), held, {}) == {}


@pytest.mark.parametrize(
    ("on_update", "held", "sent"),
    [
        (None, "theirs", True),
        (None, None, True),
        ("keep", "theirs", False),
        ("keep", None, False),
        ("if_empty", "theirs", False),
        ("if_empty", None, True),
        ("if_empty", " ", True),
    ],
)
def test_a_rule_says_whose_edit_wins(on_update: str | None, held: str | None, *, sent: bool) -> None:
    """What people enter in HubSpot may be worth more than what the source has."""
    ours = call(1, hs_call_body="ours")._replace(on_update={"hs_call_body": on_update} if on_update else {})
    found = changes(ours, {**HELD, "hs_call_title": "call 1", "hs_call_body": held}, {})
    assert found == ({"hs_call_body": "ours"} if sent else {})


def test_what_updates_send_is_read() -> None:
    """Calls that are left as they are need no values: they can be 65,536 characters long each."""
    ours = [PendingCall(0, call(0, updates=True, a="1"), ()), PendingCall(1, call(1, b="1"), ())]
    assert compared(ours) == ("hs_timestamp", "hs_call_title", "a")
    assert compared(ours[1:]) == ()
