"""OAuth tokens: fetched once for all threads, in time, and again where HubSpot refuses one."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from destination_hubspot_calls.hubspot.auth import (
    MAX_EXPIRED,
    MAX_REFUSALS,
    PAUSES,
    RENEWAL_MARGIN,
    SECOND_THOUGHT,
    OAuthToken,
    StaticToken,
)
from destination_hubspot_calls.hubspot.errors import LostAnswer, Refusal, Unauthorized, Unavailable
from destination_hubspot_calls.hubspot.models import Problem, TokenAnswer


class Endpoint:
    """HubSpot's token endpoint: grants t1, t2, …, and rotates the refresh token where it is told to."""

    def __init__(self, *, lifetime: int = 1800, rotates: bool = False) -> None:
        self.forms: list[dict[str, str]] = []
        self.heard: list[tuple[str, str | None]] = []
        self.lifetime = lifetime
        self.rotates = rotates
        self.now = 1000.0
        self.error: Exception | None = None
        self.moment = 0.0

    def exchange(self, form: dict[str, str]) -> TokenAnswer:
        self.forms.append(form)
        time.sleep(self.moment)
        if self.error:
            raise self.error
        number = len(self.forms)
        refresh = f"r{number}" if self.rotates else form["refresh_token"]
        return TokenAnswer(access_token=f"t{number}", refresh_token=refresh, expires_in=self.lifetime)

    def auth(self) -> OAuthToken:
        return OAuthToken(
            "client",
            "client's secret",
            "r0",
            exchange=self.exchange,
            on_token=lambda token, rotated: self.heard.append((token, rotated)),
            clock=lambda: self.now,
        )


def test_a_token_is_fetched_once_and_kept() -> None:
    """One exchange a request would double the requests."""
    endpoint = Endpoint()
    auth = endpoint.auth()
    assert [auth.token(), auth.token()] == ["t1", "t1"]
    assert endpoint.forms == [
        {
            "grant_type": "refresh_token",
            "client_id": "client",
            "client_secret": "client's secret",
            "refresh_token": "r0",
        }
    ]


@pytest.mark.parametrize(("lifetime", "margin"), [(1800, RENEWAL_MARGIN), (30, 3.0), (1, 0.1)])
def test_a_token_is_renewed_before_it_ends(lifetime: int, margin: float) -> None:
    """A token that ends on its way costs a request, so it counts as old a little before."""
    endpoint = Endpoint(lifetime=lifetime)
    auth = endpoint.auth()
    auth.token()
    endpoint.now += lifetime - margin - 0.01
    assert auth.token() == "t1"
    endpoint.now += 0.02
    assert auth.token() == "t2"


def test_all_threads_share_one_exchange() -> None:
    """64 threads that find the token old at once must not fetch 64: with rotation, 63 would be dead."""
    endpoint = Endpoint()
    endpoint.moment = 0.05
    auth = endpoint.auth()
    together = threading.Barrier(8)

    def ask() -> str:
        together.wait()
        return auth.token()

    with ThreadPoolExecutor(8) as pool:
        tokens = {future.result() for future in [pool.submit(ask) for _ in range(8)]}
    assert tokens == {"t1"}
    assert len(endpoint.forms) == 1


def test_a_refused_token_is_replaced_once_for_all() -> None:
    """Many requests are refused at once with one token: one exchange serves them all."""
    endpoint = Endpoint()
    auth = endpoint.auth()
    auth.token()
    for number in range(1, 11):
        for _ in range(2):
            assert [auth.after_refusal(f"t{number}", 1), auth.token()] == [0.0, f"t{number + 1}"]


def test_fresh_tokens_that_are_refused_are_given_up_soon() -> None:
    """An app that may do nothing must end the sync, not fetch tokens for ever."""
    endpoint = Endpoint()
    auth = endpoint.auth()
    waits = [auth.after_refusal(auth.token(), refusals) for refusals in range(1, MAX_REFUSALS)]
    assert waits == [0.0] * (MAX_REFUSALS - 1)
    with pytest.raises(Unauthorized, match="Connect the account"):
        auth.after_refusal(auth.token(), MAX_REFUSALS)


def test_tokens_that_end_on_their_way_are_given_up_late() -> None:
    """They say nothing about the app, but a clock that is wrong must not keep a sync for ever either."""
    endpoint = Endpoint(lifetime=1)
    auth = endpoint.auth()
    waits = []
    for refusals in range(1, MAX_EXPIRED):
        token = auth.token()
        endpoint.now += 1
        waits.append(auth.after_refusal(token, refusals))
    assert waits == [0.0] * (MAX_EXPIRED - 1)
    token = auth.token()
    endpoint.now += 1
    with pytest.raises(Unauthorized):
        auth.after_refusal(token, MAX_EXPIRED)


def test_a_rotated_refresh_token_is_told_and_used() -> None:
    """The old one is dead: the next exchange needs the new one, and so does the next sync."""
    endpoint = Endpoint(rotates=True)
    auth = endpoint.auth()
    for token in ("t1", "t2"):
        assert auth.token() == token
        auth.after_refusal(token, 1)
    assert endpoint.heard == [("t1", "r1"), ("t2", "r2")]
    assert [form["refresh_token"] for form in endpoint.forms] == ["r0", "r1"]


def test_a_refresh_token_that_stays_is_not_told() -> None:
    """A configuration that did not change need not be stored again."""
    endpoint = Endpoint()
    endpoint.auth().token()
    assert endpoint.heard == [("t1", None)]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("BAD_REFRESH_TOKEN", "uninstalled.*Install the app and connect the account again"),
        ("BAD_CLIENT_ID", "copy client id and client secret again"),
        ("BAD_CLIENT_SECRET", "copy client id and client secret again"),
        ("BAD_HUB", r"\(BAD_HUB\): connect the account"),
        ("client's secret is wrong", r"\(400\): connect the account"),
        ("", r"\(400\): connect the account"),
    ],
)
def test_a_refused_exchange_says_what_to_do(status: str, words: str) -> None:
    """Only a person can mend it; what HubSpot says beyond its codes stays out, as it might repeat the form."""
    endpoint = Endpoint()
    endpoint.error = Refusal(400, Problem(status=status, message="client's secret"))
    with pytest.raises(Unauthorized, match=words) as refused:
        endpoint.auth().token()
    assert "secret is wrong" not in str(refused.value)
    assert "client's secret" not in str(refused.value)


def test_an_exchange_without_a_token_is_no_success() -> None:
    """Requests without a token would be refused one by one, with words that mislead."""
    endpoint = Endpoint()
    auth = OAuthToken("c", "s", "r", exchange=lambda _: TokenAnswer(), on_token=lambda *_: None)
    with pytest.raises(Unauthorized, match="without an access token"):
        auth.token()
    assert endpoint.heard == []


def test_what_else_goes_wrong_is_not_the_credentials() -> None:
    """An outage of the token endpoint must not be told as a revoked app."""
    endpoint = Endpoint()
    endpoint.error = LostAnswer("no answer")
    with pytest.raises(LostAnswer):
        endpoint.auth().token()


def test_a_static_token_has_a_second_chance_only() -> None:
    """There is no other token, and HubSpot says that a 401 alone proves nothing."""
    auth = StaticToken("pat")
    assert auth.token() == "pat"
    assert auth.after_refusal("pat", 1) == SECOND_THOUGHT
    with pytest.raises(Unauthorized, match="Copy the token"):
        auth.after_refusal("pat", 2)


def test_a_token_that_worked_has_two_minutes() -> None:
    """Bursts of 401 in mid-sync pass; a person who is told that a good token is wrong changes it for nothing."""
    static, oauth = StaticToken("pat"), Endpoint().auth()
    static.accepted("pat")
    assert [static.after_refusal("pat", refusals) for refusals in range(1, len(PAUSES) + 1)] == [*PAUSES]
    assert sum(PAUSES) == 120.0
    with pytest.raises(Unavailable, match=r"token that worked in this sync, 6 times in 120 s.*was revoked"):
        static.after_refusal("pat", len(PAUSES) + 1)
    oauth.accepted(oauth.token())
    waits = [oauth.after_refusal(oauth.token(), refusals) for refusals in range(1, MAX_REFUSALS + len(PAUSES))]
    assert waits == [0.0] * (MAX_REFUSALS - 1) + [*PAUSES]
    with pytest.raises(Unavailable):
        oauth.after_refusal(oauth.token(), MAX_REFUSALS + len(PAUSES))


@pytest.mark.parametrize(
    ("token", "host"),
    [
        ("pat-eu1-1", "https://api-eu1.hubapi.com"),
        ("PAT-AP1-1", "https://api-ap1.hubapi.com"),
        ("pat-na2-1", "https://api-na2.hubapi.com"),
        ("pat-na1-1", None),
    ],
)
def test_a_refused_token_of_a_region_names_the_address_to_try(token: str, host: str | None) -> None:
    """Two reports needed the region's own address where HubSpot's default one said 401."""
    with pytest.raises(Unauthorized) as refused:
        StaticToken(token).after_refusal(token, 2)
    assert ("api_base_url" in str(refused.value)) == (host is not None)
    assert (host or "") in str(refused.value)
    assert token not in str(refused.value)


@pytest.mark.parametrize(
    ("token", "end"), [("pat-eu1-1", ", or choose Europe as the region"), ("pat-zz9-1", "try that")]
)
def test_the_region_to_choose_is_named_where_there_is_one(token: str, end: str) -> None:
    """A person fills in a form: what it offers is easier than an address, and what it does not cannot be chosen."""
    with pytest.raises(Unauthorized) as refused:
        StaticToken(token).after_refusal(token, 2)
    assert str(refused.value).endswith(end)


def test_a_rotated_token_is_told_before_it_is_used() -> None:
    """Who hears of it may fail; then the token before it is still the one that this process knows."""
    endpoint = Endpoint(rotates=True)
    used: list[str] = []

    def hear(token: str, rotated: str | None) -> None:
        used.append(auth._token)
        endpoint.heard.append((token, rotated))

    auth = OAuthToken("c", "s", "r0", exchange=endpoint.exchange, on_token=hear, clock=lambda: endpoint.now)
    auth.token()
    auth.after_refusal("t1", 1)
    auth.token()
    assert used == ["", "t1"]
