"""One request until it is answered: what is sent again, what is not, and how long it goes on; in virtual time."""

from __future__ import annotations

import io
import logging
import re
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import orjson
import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import DecodeError, MaxRetryError, NewConnectionError, ProtocolError, ProxyError
from urllib3.exceptions import SSLError as TlsError

from destination_hubspot_calls.hubspot.auth import StaticToken
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import (
    DailyLimit,
    Forbidden,
    HubSpotError,
    LostAnswer,
    MissingScopes,
    Refusal,
    Stopped,
    Unauthorized,
    Unavailable,
    Unexpected,
    WrongRegion,
)
from destination_hubspot_calls.hubspot.lanes import SEARCH_PAUSE, Lane, Lanes
from destination_hubspot_calls.hubspot.models import Problem
from destination_hubspot_calls.hubspot.rate_limit import RateLimiter
from destination_hubspot_calls.hubspot.transport import HttpTransport, Reply, Request
from destination_hubspot_calls.hubspot.waiting import Troubles

URL = "https://api.hubapi.com"
WRITE = Request("POST", "/crm/v3/objects/calls/batch/create", b"{}", repeatable=False, what="creating calls")
READ = Request("POST", "/crm/v3/objects/calls/batch/read", b"{}", what="reading calls")
TOKEN = "pat-na1-secret"

Answer = tuple[int, object, dict[str, str]] | Exception


def problem(status: int, message: str = "no", headers: dict[str, str] | None = None, **more: object) -> Answer:
    """An error of HubSpot's form."""
    return status, {"status": "error", "message": message, **more}, headers or {}


GOOD: Answer = (200, {"results": []}, {})
NEVER_SENT: tuple[Exception, ...] = (
    requests.exceptions.ConnectTimeout(),
    requests.exceptions.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused"))),  # type: ignore[arg-type]  # a pool that is never looked at
    requests.exceptions.ProxyError(
        MaxRetryError(None, "/", ProxyError("no proxy", NewConnectionError(None, "refused")))  # type: ignore[arg-type]  # a pool that is never looked at
    ),
)
LOST: tuple[Answer, ...] = (
    requests.exceptions.ReadTimeout(),
    requests.exceptions.ConnectionError(ProtocolError("reset", ConnectionResetError())),
    requests.exceptions.SSLError(MaxRetryError(None, "/", TlsError("bad record mac"))),  # type: ignore[arg-type]  # a pool that is never looked at
    requests.exceptions.SSLError(TlsError("unexpected end")),
    DecodeError(),
    requests.exceptions.ChunkedEncodingError(),
    requests.exceptions.ContentDecodingError(),
    problem(500),
    problem(408),
    (502, "<html>Bad Gateway</html>", {}),
    (503, "", {}),
    (200, "not JSON", {}),
    (400, "<html>a proxy's own words</html>", {}),
    (404, "", {}),
    (401, "", {}),
    (401, "<html>Log in to the proxy</html>", {}),
    (403, "<html>Blocked by the firewall</html>", {}),
)


class Server(BaseAdapter):
    """Gives these answers in turn, then the last one again; notes what was asked and when."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[requests.PreparedRequest] = []
        self.times: list[float] = []
        self.now = 0.0
        self.waits: list[float] = []
        self.stops_at: float | None = None

    def send(self, request: requests.PreparedRequest, *_: Any, **settings: Any) -> requests.Response:
        self.asked.append(request)
        self.times.append(self.now)
        self.settings = settings
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body, headers = answer
        content = body.encode() if isinstance(body, str) else orjson.dumps(body)
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        response.request, response.url = request, request.url or ""
        response.raw = HTTPResponse(io.BytesIO(content), headers, status, preload_content=False)
        return response

    def close(self) -> None:
        """Nothing is open."""

    def wait(self, seconds: float) -> bool:
        """Sleep in virtual time; says whether the process is to stop."""
        self.waits.append(seconds)
        self.now += seconds
        return self.stops_at is not None and self.now >= self.stops_at

    def clock(self) -> float:
        return self.now

    def unlimited(self) -> RateLimiter:
        """What is waited is the transport's own."""
        return RateLimiter(self.wait, limit=10**6, window=1e-3, clock=self.clock)

    def transport(self, **more: Any) -> HttpTransport:
        burst, search = (more.pop(name, None) or self.unlimited() for name in ("limiter", "search_limiter"))
        settings = {"lanes": Lanes(burst, search, self.unlimited()), "auth": StaticToken(TOKEN), **more}
        transport = HttpTransport(URL, wait=self.wait, clock=self.clock, **settings)
        transport._http._session.mount(URL, self)
        return transport


def read(reply: Reply) -> object:
    return orjson.loads(reply.body)


def slept(server: Server) -> float:
    return server.times[-1] - server.times[0]


def test_an_answer_is_returned_with_hubspots_own_time() -> None:
    """Whether a call is young is told by HubSpot's clock, not by ours."""
    server = Server((207, {"a": 1}, {"Date": "Fri, 02 Jan 2026 00:00:00 GMT"}))
    body, date = server.transport().send(WRITE, lambda reply: (read(reply), reply.date))
    assert body == {"a": 1}
    assert date == datetime(2026, 1, 2, tzinfo=timezone.utc)
    (asked,) = server.asked
    assert asked.url == URL + WRITE.path
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.body == b"{}"
    assert server.settings["timeout"] == (10.0, 120.0)


@pytest.mark.parametrize("answer", NEVER_SENT, ids=repr)
@pytest.mark.parametrize("request_", [WRITE, READ], ids=["write", "read"])
def test_what_was_never_sent_is_sent_again(answer: Exception, request_: Request) -> None:
    """Nothing can have been done, so even a write is simply repeated."""
    server = Server(answer, answer, GOOD)
    assert server.transport().send(request_, read) == {"results": []}
    assert len(server.asked) == 3
    assert 1.0 <= slept(server) <= 3.0


@pytest.mark.parametrize(
    ("answer", "is_blocked"),
    [
        ((403, "<html>Blocked by the firewall</html>", {}), True),
        ((400, "<html>a proxy's own words</html>", {}), True),
        ((502, "<html>Bad Gateway</html>", {}), False),
        ((408, "", {}), False),
        (problem(500), False),
        ((200, "not JSON", {}), False),
    ],
    ids=repr,
)
def test_what_somebody_before_hubspot_turns_away_was_hardly_done(answer: Answer, *, is_blocked: bool) -> None:
    """A call without an external id may be sent again then, and makes no copy."""
    with pytest.raises(LostAnswer) as raised:
        Server(answer).transport().send(WRITE, read)
    assert raised.value.is_blocked is is_blocked


@pytest.mark.parametrize("answer", LOST, ids=repr)
def test_a_write_whose_answer_is_lost_is_not_repeated(answer: Answer) -> None:
    """It may have been done: whoever sent it has to look first."""
    server = Server(answer)
    with pytest.raises(LostAnswer):
        server.transport().send(WRITE, read)
    assert len(server.asked) == 1


@pytest.mark.parametrize("answer", LOST, ids=repr)
def test_a_read_whose_answer_is_lost_is_repeated(answer: Answer) -> None:
    """Asking twice does no harm."""
    server = Server(answer, answer, GOOD)
    assert server.transport().send(READ, read) == {"results": []}
    assert len(server.asked) == 3


def test_a_certificate_that_is_not_trusted_ends_the_sync_at_once() -> None:
    """It does not mend itself in ten minutes, and a person has to know what it is."""
    cause = TlsError(ssl.SSLCertVerificationError(1, "CERTIFICATE_VERIFY_FAILED"))
    server = Server(requests.exceptions.SSLError(MaxRetryError(None, "/", cause)))  # type: ignore[arg-type]  # a pool that is never looked at
    with pytest.raises(Unavailable, match="TLS certificate"):
        server.transport().send(WRITE, read)
    assert len(server.asked) == 1


def test_authorities_that_are_not_there_end_the_sync_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """REQUESTS_CA_BUNDLE names a file that the container does not have."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authorities.pem")
    with pytest.raises(Unavailable, match="REQUESTS_CA_BUNDLE"):
        over_the_wire("https://127.0.0.1:1").send(WRITE, read)


def test_a_body_that_does_not_fit_is_a_lost_answer() -> None:
    """A 2xx that says something else than it should tells nothing of what was done."""

    def refuse(_reply: Reply) -> object:
        raise ValueError

    server = Server(GOOD)
    with pytest.raises(LostAnswer):
        server.transport().send(WRITE, refuse)


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_a_refusal_in_hubspots_words_is_raised_at_once(status: int) -> None:
    """It will not change by asking again, and it names whom it means."""
    server = Server(problem(status, "x", category="VALIDATION_ERROR"))
    with pytest.raises(Refusal) as raised:
        server.transport().send(READ, read)
    assert raised.value.status == status
    assert raised.value.problem.category == "VALIDATION_ERROR"
    assert len(server.asked) == 1


def test_a_body_that_is_too_long_is_refused_by_whoever_says_so() -> None:
    """It is a proxy that says it, in its own words; half of the body may pass."""
    server = Server((413, "<html>Request Entity Too Large</html>", {}))
    with pytest.raises(Refusal) as raised:
        server.transport().send(WRITE, read)
    assert raised.value.status == 413
    assert raised.value.problem == Problem()


WRITES: tuple[Callable[[Client], object], ...] = (
    lambda client: client.create_calls([b"{}", b"{}"]),
    lambda client: client.update_calls([b"{}", b"{}"]),
    lambda client: client.link_calls("contacts", [b"{}", b"{}"]),
)


@pytest.mark.parametrize("write", WRITES)
def test_an_endpoint_that_is_not_found_is_no_verdict_on_records(write: Callable[[Client], object]) -> None:
    """It would reject each record of the batch, one by one, for an address that is wrong."""
    server = Server(problem(404, "resource not found"))
    with pytest.raises(Unexpected, match="404"):
        write(Client(server.transport()))
    assert len(server.asked) == 1


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("more", [{"category": "OBJECT_NOT_FOUND"}, {"context": {"ids": ["1"]}}])
def test_a_record_that_is_not_found_is_a_refusal(write: Callable[[Client], object], more: dict[str, Any]) -> None:
    """A call may be deleted between the look and the update."""
    with pytest.raises(Refusal):
        write(Client(Server(problem(404, **more)).transport()))


def test_definitions_that_are_not_found_are_a_refusal() -> None:
    """Of an object type that the account does not have: the preflight says so."""
    client = Client(Server(problem(404, "resource not found")).transport())
    with pytest.raises(Refusal):
        client.properties("pets")
    with pytest.raises(Refusal):
        client.association_types("pets")


def test_a_lock_is_waited_for_and_the_write_repeated() -> None:
    """423: nothing was done, and HubSpot asks for two seconds."""
    server = Server(problem(423), GOOD)
    server.transport().send(WRITE, read)
    assert slept(server) >= 2.0


@pytest.mark.parametrize("status", [423, 477, 503])
def test_retry_after_is_honoured(status: int) -> None:
    """Wherever it appears, in seconds or as a date."""
    server = Server(problem(status, headers={"Retry-After": "90"}), GOOD)
    server.transport().send(READ, read)
    assert 90 <= slept(server) < 91
    later = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=100), usegmt=True)
    server = Server(problem(status, headers={"Retry-After": later}), GOOD)
    server.transport().send(READ, read)
    assert 95 < slept(server) < 101


def test_retry_after_is_honoured_where_a_write_is_lost() -> None:
    """Whoever looks for what became of it asks HubSpot too."""
    server = Server(problem(503, headers={"Retry-After": "90"}))
    with pytest.raises(LostAnswer):
        server.transport().send(WRITE, read)
    assert 90 <= server.now < 91
    assert len(server.asked) == 1


@pytest.mark.parametrize("asked", ["0", "Fri, 02 Jan 2015 00:00:00 GMT"])
@pytest.mark.parametrize("status", [401, 429, 503])
def test_a_retry_after_of_nothing_asks_for_nothing(status: int, asked: str) -> None:
    """Refused requests at full pace are what a limit is against: the usual pause stays."""
    answer: Answer = (status, "", {"Retry-After": asked})
    server = Server(answer, answer, GOOD)
    limiter = RateLimiter(server.wait, limit=1000, clock=server.clock)
    server.transport(limiter=limiter).send(READ, read)
    assert slept(server) >= 1.0


@pytest.mark.parametrize("request_", [WRITE, READ], ids=["write", "read"])
@pytest.mark.parametrize("status", [429, 477, 503])
def test_a_wait_above_five_minutes_ends_the_sync(status: int, request_: Request) -> None:
    """A process that sleeps for hours costs, and looks like one that hangs."""
    server = Server(problem(status, headers={"Retry-After": "3600"}))
    with pytest.raises(Unavailable, match="3600 s"):
        server.transport().send(request_, read)
    assert server.now == 0.0


def test_trying_ends_after_ten_minutes() -> None:
    """Then it is an outage, and the platform is to try again later."""
    server = Server(problem(503))
    with pytest.raises(Unavailable, match="again and again"):
        server.transport().send(READ, read)
    assert 500 < server.now <= 600
    assert 20 < len(server.asked) < 60


def test_a_long_wait_in_line_costs_no_patience() -> None:
    """Sixty-four threads behind a cap of one: who comes last is tried as often as who came first."""
    server = Server(problem(503), GOOD)
    limiter = server.unlimited()
    limiter.pause(700.0)
    assert server.transport(limiter=limiter).send(READ, read) == {"results": []}
    assert len(server.asked) == 2
    assert server.times[0] >= 700.0


def test_trying_is_bounded_while_a_limit_leaves_no_room() -> None:
    """Others may use up the limit for hours."""
    server = Server(problem(429, policyName="TEN_SECONDLY_ROLLING"))
    with pytest.raises(Unavailable, match="limit leaves no room"):
        server.transport().send(WRITE, read)
    assert 500 < server.now <= 620


def test_a_burst_limit_pauses_the_limiter_and_the_write_is_sent_again() -> None:
    """A 429 was not carried out; and all threads have to slow down, not this one alone."""
    server = Server(problem(429, policyName="TEN_SECONDLY_ROLLING"), GOOD)
    limiter = RateLimiter(server.wait, clock=server.clock)
    server.transport(limiter=limiter).send(WRITE, read)
    assert slept(server) >= 0.5


def test_a_search_limit_pauses_searches_only() -> None:
    """It is counted by the second, and apart."""
    server = Server(problem(429, category="RATE_LIMITS"), GOOD)
    pauses: list[tuple[str, float | None]] = []

    class Noted(RateLimiter):
        name = ""

        def pause(self, seconds: float | None = None, started: float | None = None) -> None:
            pauses.append((self.name, seconds))

    limiters = {name: Noted(server.wait, clock=server.clock) for name in ("limiter", "search_limiter")}
    for name, limiter in limiters.items():
        limiter.name = name
    server.transport(**limiters).send(Request("POST", "/crm/v3/objects/contacts/search", b"{}", lane=Lane.SEARCH), read)
    assert pauses == [("search_limiter", SEARCH_PAUSE)]


@pytest.mark.parametrize("more", [{"policyName": "DAILY"}, {"message": "You have reached your daily limit."}])
def test_a_daily_limit_ends_the_sync_at_once(more: dict[str, str]) -> None:
    """It resets at midnight: nothing is to be waited for here."""
    server = Server((429, {"status": "error", **more}, {}))
    with pytest.raises(DailyLimit):
        server.transport().send(WRITE, read)
    assert len(server.asked) == 1


def test_a_daily_limit_of_associations_is_named() -> None:
    """An account has 500,000 of these a day, and may have room for all others."""
    own = {"X-HubSpot-RateLimit-Max": "150", "X-HubSpot-RateLimit-Remaining": "149"}
    general = {"X-HubSpot-RateLimit-Max": "190", "X-HubSpot-RateLimit-Remaining": "189"}
    spent = problem(429, policyName="DAILY")
    server = Server((200, {}, general), (200, {}, own), spent, spent)
    transport = server.transport()
    links = Request("POST", "/links", b"{}", what="reading links", lane=Lane.ASSOCIATIONS)
    transport.send(READ, read)
    transport.send(links, read)
    with pytest.raises(DailyLimit, match="that of requests about associations"):
        transport.send(links, read)
    with pytest.raises(DailyLimit) as raised:
        transport.send(READ, read)
    assert "associations" not in str(raised.value)


def test_a_refused_token_is_asked_once_more_and_then_a_person_has_to_act() -> None:
    """HubSpot says that a 401 alone is no proof of a bad token."""
    server = Server(problem(401), GOOD)
    server.transport().send(WRITE, read)
    assert slept(server) == pytest.approx(5.0, abs=0.1)
    server = Server(problem(401))
    with pytest.raises(Unauthorized) as raised:
        server.transport().send(WRITE, read)
    assert len(server.asked) == 2
    assert TOKEN not in str(raised.value)


def test_missing_scopes_are_named() -> None:
    """A person has to add them, by name."""
    scopes = ["crm.objects.contacts.write"]
    detail = {"message": "…", "context": {"requiredGranularScopes": scopes}}
    context = {"context": {"requiredGranularScopes": scopes}}
    for more in ({"errors": [detail]}, context, {**context, "category": "FORBIDDEN"}):
        server = Server(problem(403, **more))
        with pytest.raises(MissingScopes) as raised:
            server.transport().send(WRITE, read)
        assert raised.value.scopes == ("crm.objects.contacts.write",)


def test_of_a_sentence_about_scopes_their_names_are_kept() -> None:
    """An OAuth token is told them in no other way, and the rest of the sentence may repeat what was sent."""
    said = "You may not write erika@example.com in portal 1234567 (requires one of [contacts-write, Erika Example])"
    for message, named in ((said, ": contacts-write"), ("erika@example.com is not yours", "")):
        server = Server(problem(403, message))
        with pytest.raises(MissingScopes) as raised:
            server.transport().send(WRITE, read)
        assert str(raised.value) == f"the token lacks scopes for creating calls{named}"


@pytest.mark.parametrize(
    ("category", "kind"),
    [("ACCOUNT_SUSPENDED", Forbidden), ("MISSING_SCOPES", MissingScopes), ("said: a b", MissingScopes)],
)
def test_what_an_account_may_not_is_told_by_hubspots_code(category: str, kind: type[HubSpotError]) -> None:
    """It is no matter of scopes, and a sentence may repeat what was sent."""
    server = Server(problem(403, "erika@example.com is suspended", category=category))
    with pytest.raises(Forbidden) as raised:
        server.transport().send(WRITE, read)
    assert type(raised.value) is kind
    assert "erika" not in str(raised.value)
    assert ("ACCOUNT_SUSPENDED" in str(raised.value)) == (kind is Forbidden)


def test_a_wrong_region_for_a_moment_is_waited_for() -> None:
    """488: HubSpot moves an account, and nothing was done."""
    server = Server(problem(488, correctHublet="eu1"), problem(488, correctHublet="eu1"), GOOD)
    assert server.transport().send(WRITE, read) == {"results": []}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"correctHublet": "eu1"},
            r"region eu1 \(488\): set api_base_url to https://api-eu1.hubapi.com, or choose Europe as the region$",
        ),
        (
            {"message": "Hub 7 is unknown to this Hublet, but it appears to exist in Hublet na2"},
            "https://api-na2.hubapi.com",
        ),
        ({"correctHublet": "evil.example"}, "in another region .*the address of that region$"),
    ],
)
@pytest.mark.parametrize("patience", [600.0, 15.0])
def test_a_wrong_region_that_lasts_names_the_address_to_set(more: dict[str, Any], words: str, patience: float) -> None:
    """Only a person can change it, so ten minutes of waiting are of no use."""
    server = Server(problem(488, **more))
    with pytest.raises(WrongRegion, match=words):
        server.transport(patience=patience).send(WRITE, read)
    assert server.now <= 95.0


def test_a_burst_of_refused_tokens_in_mid_sync_is_waited_for() -> None:
    """The token worked a moment ago, so it is HubSpot's trouble."""
    server = Server(GOOD, problem(401), problem(401), problem(401), GOOD)
    transport = server.transport()
    transport.send(WRITE, read)
    transport.send(WRITE, read)
    assert len(server.asked) == 5
    assert server.now == pytest.approx(30.0, abs=0.2)


def test_what_tells_about_tokens_proves_none() -> None:
    """It answers for a token of another region, too, whose first real request is refused for good."""
    server = Server(GOOD, problem(401))
    transport = server.transport()
    Client(transport).token_info(TOKEN)
    with pytest.raises(Unauthorized):
        transport.send(READ, read)
    assert len(server.asked) == 3


def test_tokens_refused_for_long_in_mid_sync_are_not_the_configurations_fault() -> None:
    """The platform tries again; a `check` tells whether the token was revoked."""
    server = Server(GOOD, problem(401))
    transport = server.transport()
    transport.send(WRITE, read)
    with pytest.raises(Unavailable, match="token that worked"):
        transport.send(WRITE, read)
    assert 119 < server.now < 125


def test_a_path_that_a_host_may_lack_is_refused_in_any_words() -> None:
    """Old hosts say 404 in HTML; whoever asks has another path to try."""
    server = Server((404, "<html>", {}))
    with pytest.raises(Refusal) as raised:
        server.transport().send(Request("POST", "/new", b"{}", may_lack=True), read)
    assert raised.value.status == 404


def test_of_such_a_path_a_404_alone_is_a_refusal() -> None:
    """An outage is waited for, and what the token may not is told, as of any other path."""
    request = Request("POST", "/new", b"{}", may_lack=True)
    assert Server(problem(503), GOOD).transport().send(request, read) == {"results": []}
    with pytest.raises(Forbidden):
        Server(problem(403)).transport().send(request, read)


def test_each_try_is_counted_by_what_it_does() -> None:
    """A dry run tells from it how many requests a sync will need."""
    sent = Counter[str]()
    server = Server(problem(503), problem(429), GOOD)
    transport = server.transport(sent=sent)
    transport.send(READ, read)
    transport.send(WRITE, read)
    assert sent == {"reading calls": 3, "creating calls": 1}


def test_what_a_limit_refused_is_told_as_tried_again_at_once() -> None:
    """How long it waits then is the limit's matter, which is told apart."""
    server = Server(problem(429), GOOD)
    troubles = Troubles(server.clock)
    seen: list[str] = []

    class Watched(RateLimiter):
        def acquire(self) -> float:
            seen.extend(str(trouble) for trouble in troubles.now())
            return super().acquire()

    limiter = Watched(server.wait, clock=server.clock)
    server.transport(troubles=troubles, limiter=limiter).send(READ, read)
    assert seen == ["HubSpot's burst limit leaves no room to reading calls, since 0 s; try 2 in 0 s"]


def test_a_proxys_407_ends_the_sync_at_once() -> None:
    """It does not mend itself, and a person has to know what it is."""
    server = Server((407, "", {}))
    with pytest.raises(Unavailable, match="HTTPS_PROXY"):
        server.transport().send(WRITE, read)
    assert len(server.asked) == 1


def test_a_limit_is_waited_for_longer_than_a_short_patience() -> None:
    """A check beside a sync on the same token: two windows, and then it says what it waited for."""
    server = Server(*[problem(429, policyName="TEN_SECONDLY_ROLLING")] * 4, GOOD)
    assert server.transport(patience=5.0).send(READ, read) == {"results": []}
    server = Server(problem(429, policyName="TEN_SECONDLY_ROLLING"))
    with pytest.raises(Unavailable, match="HubSpot's burst limit leaves no room for reading calls, again and again: "):
        server.transport(patience=5.0).send(READ, read)
    assert 20 <= server.now <= 40


def test_the_end_of_an_outage_tells_what_it_was_and_how_long() -> None:
    """Ten minutes of 503 are to be told as that."""
    server = Server(problem(503))
    with pytest.raises(
        Unavailable, match=r"HubSpot answers 503 to reading calls, again and again: \d+ tries in 5\d\d s"
    ):
        server.transport().send(READ, read)


@pytest.mark.parametrize(("patience", "tries"), [(0.1, ", in one try:"), (1.2, ", again and again: 2 tries in 1 s:")])
def test_the_number_of_tries_is_told_as_people_count(patience: float, tries: str) -> None:
    """One try is no "again and again" of many."""
    with pytest.raises(Unavailable, match=tries):
        Server(problem(503)).transport(patience=patience).send(READ, read)


def test_what_is_tried_again_is_told_while_it_is() -> None:
    """A person sees what a sync waits for: what was asked, what came, since when, and when it is tried again."""
    seen: list[str] = []
    server = Server(problem(503), problem(503), problem(503), GOOD)
    troubles = Troubles(server.clock)

    def wait(seconds: float) -> bool:
        seen.extend(str(trouble) for trouble in troubles.now())
        return Server.wait(server, seconds)

    transport = server.transport(troubles=troubles)
    transport._wait = wait
    transport.send(READ, read)
    assert [re.sub(r"\d+ s", "n s", words) for words in seen] == [
        f"HubSpot answers 503 to reading calls, since n s; try {attempt} in n s" for attempt in (2, 3, 4)
    ]
    assert troubles.now() == ()


def test_debugging_tells_requests_and_waits_without_content(caplog: pytest.LogCaptureFixture) -> None:
    """LOG_LEVEL=debug is for logs that are sent to others."""
    caplog.set_level(logging.DEBUG, "destination_hubspot_calls")
    server = Server(problem(503), (200, {"secret": "Erika"}, {}))
    server.transport().send(Request("POST", "/x/erika@example.com", b'{"a":"Erika"}', what="reading calls"), read)
    told = [re.sub(r"in \d+\.\d+", "in n", item.getMessage()) for item in caplog.records]
    assert told == [
        "reading calls: 503 after 0.00 s (13 bytes sent, 33 received)",
        "reading calls: HubSpot answers 503; try 2 in n s",
        "reading calls: 200 after 0.00 s (13 bytes sent, 18 received)",
    ]


@pytest.mark.parametrize("status", [301, 405, 415, 418])
def test_an_unknown_answer_concludes_nothing(status: int) -> None:
    """Neither done nor refused: nobody may go on from there; and no redirect takes the token elsewhere."""
    server = Server((status, "", {"Location": "https://elsewhere.example.com"}))
    with pytest.raises(Unexpected, match=str(status)):
        server.transport().send(WRITE, read)
    assert len(server.asked) == 1


def test_a_stop_ends_every_wait() -> None:
    """The back-off, the second thought about a token, and the limiter."""
    for answer in (problem(503), problem(401), problem(429)):
        server = Server(answer)
        server.stops_at = 0.4
        with pytest.raises(Stopped):
            server.transport().send(READ, read)
        assert len(server.asked) == 1


def test_nothing_is_sent_once_the_process_is_to_stop() -> None:
    """SIGTERM came while the request stood in line."""
    server = Server(GOOD)
    server.stops_at = 0.0
    with pytest.raises(Stopped):
        server.transport().send(READ, read)
    assert server.asked == []


def test_the_token_is_taken_after_the_limiters_wait() -> None:
    """One that is taken before it may have ended meanwhile: 337 refusals where four would do."""
    order: list[str] = []

    class Auth:
        def token(self) -> str:
            order.append("token")
            return TOKEN

        def accepted(self, token: str) -> None:
            order.append("accepted")

        def after_refusal(self, token: str, refusals: int) -> float:
            raise NotImplementedError

    class Turn(RateLimiter):
        def acquire(self) -> float:
            order.append("turn")
            return 0.0

    server = Server(GOOD)
    server.transport(auth=Auth(), limiter=Turn(server.wait)).send(READ, read)
    assert order == ["turn", "token", "accepted"]


def test_few_requests_left_of_the_day_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """A person can still stop something less important."""
    caplog.set_level(logging.WARNING, "destination_hubspot_calls")
    headers = {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": "49"}
    server = Server((200, {}, headers))
    transport = server.transport()
    for _ in range(3):
        transport.send(READ, read)
    assert [item.getMessage() for item in caplog.records] == [
        "Only 49 requests are left of this account's daily limit at HubSpot."
    ]


def test_no_answer_sets_a_cookie() -> None:
    """Threads share the session."""
    server = Server((200, {}, {"Set-Cookie": "a=b"}), GOOD)
    transport = server.transport()
    transport.send(READ, read)
    transport.send(READ, read)
    assert "Cookie" not in server.asked[1].headers


def listening(answer: bytes, seconds: float = 0.0) -> tuple[socket.socket, str]:
    """A server on this machine that reads a request, says this after a while, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(10_000)
            threading.Event().wait(seconds)
            connection.sendall(answer)

    threading.Thread(target=accept, daemon=True).start()
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def over_the_wire(url: str, **more: Any) -> HttpTransport:
    limiter = RateLimiter(lambda _: False, limit=1000)
    return HttpTransport(url, wait=lambda _: False, lanes=Lanes(limiter, limiter, limiter), **more)


def test_a_real_read_timeout_is_a_lost_answer() -> None:
    """The server took the request and says nothing."""
    listener, url = listening(b"", seconds=1.0)
    with listener, pytest.raises(LostAnswer):
        over_the_wire(url, timeouts=(1.0, 0.1)).send(WRITE, read)


def test_a_real_reset_is_a_lost_answer() -> None:
    """The connection ends while the answer is awaited."""
    listener, url = listening(b"")
    with listener, pytest.raises(LostAnswer):
        over_the_wire(url).send(WRITE, read)


@pytest.mark.parametrize("location", [b"http://[", b"//\xff", b"https://x:port/"])
def test_a_real_redirect_to_nowhere_concludes_nothing(location: bytes) -> None:
    """It is not followed, so it may say what it likes."""
    listener, url = listening(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
    with listener, pytest.raises(Unexpected, match="302"):
        over_the_wire(url).send(WRITE, read)


@pytest.mark.parametrize(
    "header",
    [
        f"X-HubSpot-RateLimit-Max: {'9' * 5000}",
        f"X-HubSpot-RateLimit-Daily: {'9' * 5000}",
        "Date: Fri, 02 Jan 99999999999 00:00:00 GMT",
        f"Date: Fri, 02 Jan {'9' * 5000} 00:00:00 GMT",
        "Date: Fri, 02 Jan 2026 00:00:00 +99999999999999999999",
    ],
    ids=lambda header: header[:40],
)
def test_a_real_answer_with_absurd_headers_is_an_answer(header: str) -> None:
    """What they count is not what was asked for."""
    listener, url = listening(f"HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: 2\r\n\r\n{{}}".encode())
    with listener:
        assert over_the_wire(url).send(WRITE, read) == {}


def test_a_real_half_body_is_a_lost_answer() -> None:
    """The head promises more than what comes."""
    half = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    listener, url = listening(half)
    with listener, pytest.raises(LostAnswer):
        over_the_wire(url).send(WRITE, read)


def test_a_server_that_is_not_there_was_never_asked() -> None:
    """The write is sent again until patience ends, and then it is an outage, not a lost answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    now = iter(range(0, 10_000, 10))
    with pytest.raises(Unavailable, match="cannot be reached"):
        over_the_wire(url, patience=50.0, clock=lambda: next(now)).send(WRITE, read)


def test_errors_of_other_libraries_do_not_pass() -> None:
    """Their texts may hold anything: URLs, headers, bodies."""
    for answer in [*LOST, *NEVER_SENT]:
        server = Server(answer)
        with pytest.raises(HubSpotError) as raised:
            server.transport(patience=1.0).send(WRITE, read)
        assert TOKEN not in str(raised.value)


def test_a_request_that_can_be_divided_is_soon_given_up_where_a_firewall_stops_it() -> None:
    """What it holds may be the cause; whoever asked it tries with less."""
    server = Server(*[(403, "<html>blocked</html>", {})] * 9)
    with pytest.raises(LostAnswer) as lost:
        server.transport().send(replace(READ, divisible=True), read)
    assert lost.value.is_blocked
    assert len(server.asked) == 3


def test_a_request_that_nobody_can_divide_is_tried_on_where_a_firewall_stops_it() -> None:
    """With less it would be another request: nobody expects a lost answer of it."""
    server = Server(*[(403, "<html>blocked</html>", {})] * 9, GOOD)
    assert server.transport().send(READ, read) == {"results": []}
