"""What a person may have meant, and what must not be repeated."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.preflight.suggestions import closest, listed, named, shown
from destination_hubspot_calls.preflight.token import looks_like

KNOWN = {
    "hs_timestamp": "Activity date",
    "hs_call_title": "Call title",
    "hs_call_direction": "Call direction",
    "hs_call_disposition": "Call outcome",
    "hs_call_duration": "Call duration",
    "hubspot_owner_id": "Activity assigned to",
}


@pytest.mark.parametrize(
    ("entered", "meant"),
    [
        ("hs_call_titel", ["hs_call_title"]),
        ("title", ["hs_call_title"]),
        ("Direction", ["hs_call_direction"]),
        ("hs_timestmp", ["hs_timestamp"]),
        ("owner_id", ["hubspot_owner_id"]),
        ("Call outcom", ["hs_call_disposition"]),
        ("activity-date", ["hs_timestamp"]),
        ("zzz", []),
    ],
)
def test_names_and_labels_are_found_in_spite_of_slips(entered: str, meant: list[str]) -> None:
    """People know properties by what HubSpot shows, and internal names all begin alike."""
    assert closest(entered, KNOWN)[:1] == meant


def test_of_nothing_nothing_is_near() -> None:
    """An account may have no labels at all."""
    assert closest("x", {}) == []


def test_a_long_list_is_cut() -> None:
    """A hundred options hide the sentence around them."""
    assert listed(map(str, range(20)), most=3) == "0, 1, 2 and 17 more"
    assert listed(["a"]) == "a"


@pytest.mark.parametrize(
    "secret",
    [
        "pat-na1-0d5c1b1e-7a55-4c1f-9a3e-1f2b3c4d5e6f",
        "my key pat-eu1-0d5c1b1e",
        "CPq2xZ0gMhcAAEAAAAAAAAAAAAAAAAAAAAAAAAEYgNu9Ag",
    ],
)
def test_what_may_be_a_secret_is_not_repeated(secret: str) -> None:
    """Tokens end up in the wrong box, and texts in tickets and chats."""
    assert secret not in shown(secret)
    assert "secret" in shown(secret)


@pytest.mark.parametrize("text", ["hs_call_title", "Call title", "9d9162e7-6cf3-4944-bf63-4dff82258764", "a" * 80])
def test_what_is_none_is_repeated_as_it_is(text: str) -> None:
    """A person must find what is meant."""
    assert shown(text) == text


def test_the_name_of_a_stream_is_never_hidden() -> None:
    """Nobody entered it, and a message that does not say which stream it means helps nobody."""
    assert named("warehouse_export_2026_dialer_1.calls_of_all_teams") == (
        '"warehouse_export_2026_dialer_1.calls_of_all_teams"'
    )


def test_what_was_entered_stays_on_its_line() -> None:
    """A text of many lines would tear the answer apart."""
    assert shown("a\nb\x1b[31m") == "a b [31m"
    assert shown("word " * 50) == f"{('word ' * 50)[:80]}…"


@pytest.mark.parametrize(
    ("token", "like"),
    [
        ("pat-na1-0d5c1b1e-7a55-4c1f-9a3e-1f2b3c4d5e6f", ""),
        ("pat-na1-0d5c1b1e", " It is not as long as such a token is: it may have been copied in part"),
        (
            "0d5c1b1e-7a55-4c1f-9a3e-1f2b3c4d5e6f",
            " It looks like an API key, a client id or a client secret: HubSpot's access tokens begin with pat-",
        ),
        ("eu1-7d8a-11ee-9c60-5d2b8f3b1a55", " It looks like an OAuth refresh token: choose OAuth to use that"),
        ("CPq2xZ0gMhc", " HubSpot's access tokens begin with pat-"),
    ],
)
def test_what_a_refused_token_looks_like(token: str, like: str) -> None:
    """HubSpot says the same of all of them; most are something else that was copied."""
    assert looks_like(token) == like
