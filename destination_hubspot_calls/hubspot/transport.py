"""One request: paced, authorized, repeated where that is safe, and its answer judged."""

from __future__ import annotations

import logging
import re
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
from pydantic import ValidationError
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from destination_hubspot_calls.hubspot.auth import Auth
from destination_hubspot_calls.hubspot.errors import (
    MAX_WAIT,
    DailyLimit,
    HubSpotError,
    LostAnswer,
    MissingScopes,
    Refusal,
    Rule,
    Stopped,
    Unauthorized,
    Unavailable,
    Unexpected,
    Verdict,
    backoff,
    rule_for,
)
from destination_hubspot_calls.hubspot.models import Problem
from destination_hubspot_calls.hubspot.rate_limit import RateLimiter

logger = logging.getLogger(__name__)

T = TypeVar("T")

CONNECT_TIMEOUT = 10.0
"""Seconds."""
READ_TIMEOUT = 120.0
"""Seconds."""
REQUEST_PATIENCE = 600.0
"""Seconds that one request is tried for from its first turn on, waits included."""
UNTRUSTED = (
    "the TLS certificate at HubSpot's address cannot be verified, so nothing was sent: where a proxy reads along, "
    "REQUESTS_CA_BUNDLE has to name a file with its certificate authority, and the clock has to be right"
)
ONE_OF = re.compile(r"requires (?:one|any|all) of \[([^\]]*)\]")
"""Where an OAuth token's refusal names scopes: in a sentence only."""
SCOPE = re.compile(r"[a-z][a-z0-9._-]{2,79}")
IN_ITS_OWN_WORDS = frozenset({Verdict.REFUSED, Verdict.UNAUTHORIZED, Verdict.FORBIDDEN})
"""Verdicts that are believed where HubSpot's form of an error shows that it is HubSpot who speaks."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to send. `repeatable`: doing it twice does no harm, so a lost answer is simply asked for again.

    `what` says it in words, as in "HubSpot answers 503 to creating calls".
    """

    method: str
    path: str
    body: bytes | None = None
    repeatable: bool = True
    what: str = "a request"
    searches: bool = False
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the body, and HubSpot's own time (None where it does not tell)."""

    body: bytes
    date: datetime | None


class HttpTransport:
    """Sends requests to one host, each until it is answered or cannot be.

    `wait(seconds)` sleeps and says whether the process is to stop. Raises only HubSpotError.
    """

    def __init__(
        self,
        base_url: str,
        *,
        wait: Callable[[float], bool],
        limiter: RateLimiter,
        search_limiter: RateLimiter,
        auth: Auth | None = None,
        connections: int = 1,
        timeouts: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
        patience: float = REQUEST_PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base_url = base_url
        self._wait = wait
        self._limiter = limiter
        self._search_limiter = search_limiter
        self._auth = auth
        self._timeouts = timeouts
        self._patience = patience
        self._clock = clock
        self._session = _session(connections)
        self._blank = _blank(base_url)
        self._settings: dict[str, Any] = {**self._session.merge_environment_settings(base_url, {}, None, None, None)}
        self._warned_of_day = False

    def send(self, request: Request, read: Callable[[Reply], T]) -> T:
        """Send `request` until it is answered, and return what `read` makes of the answer.

        `read` raises ValueError where the body is not what it should be: the answer then counts as lost.
        Raises LostAnswer (only where the request is not repeatable), Refusal, Unauthorized, MissingScopes,
        Unavailable, Unexpected, Stopped.
        """
        attempts: Attempts | None = None
        while True:
            self._line(request).acquire()
            # From the first turn on: how long the line before it was says nothing about HubSpot.
            attempts = attempts or Attempts(self._clock() + self._patience, self._clock, self.pause)
            response, token = self._once(request, attempts)
            if response is None:
                continue
            rule = rule_for(response.status_code)
            if rule.verdict is Verdict.DONE:
                self._learn(request, response)
                try:
                    return read(_reply(response))
                except (ValueError, ValidationError):
                    self._lost(request, attempts, "an answer that cannot be read")
            else:
                self._judge(request, response, rule, token, attempts)

    def pause(self, seconds: float) -> None:
        """Sleep. Raises Stopped where the process is to stop."""
        if self._wait(seconds):
            raise Stopped

    def _line(self, request: Request) -> RateLimiter:
        return self._search_limiter if request.searches else self._limiter

    def _once(self, request: Request, attempts: Attempts) -> tuple[requests.Response | None, str]:
        # After the wait in line: a token taken before it may have ended meanwhile.
        token = self._auth.token() if self._auth else ""
        try:
            return self._exchange(self._prepare(request, token)), token
        except (OSError, HTTPError, ValueError) as error:
            causes = tuple(_causes(error))
        # What happens to a connection comes as an error of requests; the system's own is about the file of authorities.
        no_authorities = isinstance(causes[0], OSError) and not isinstance(causes[0], requests.RequestException)
        if no_authorities or any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            raise Unavailable(UNTRUSTED)
        if any(isinstance(cause, requests.exceptions.ConnectTimeout | NewConnectionError) for cause in causes):
            attempts.again("HubSpot cannot be reached")
        else:
            self._lost(request, attempts, "no answer")
        return None, token

    def _exchange(self, prepared: requests.PreparedRequest) -> requests.Response:
        """Straight to the adapter: a session would also read where a redirect leads, and fail where that is malformed.

        Raises what requests, urllib3 and the system raise.
        """
        adapter = self._session.get_adapter(self._base_url)
        response = adapter.send(prepared, timeout=self._timeouts, **self._settings)
        response.content  # noqa: B018 - reads the body, so that an answer that ends early fails here
        return response

    def _prepare(self, request: Request, token: str) -> requests.PreparedRequest:
        """Paths are quoted and headers are ours already, so that only the body is left to be prepared."""
        prepared = self._blank.copy()
        prepared.method = request.method
        prepared.url = self._base_url + request.path
        if request.body is not None:
            prepared.headers["Content-Type"] = request.content_type
        if token:
            prepared.headers["Authorization"] = f"Bearer {token}"
        prepared.prepare_body(request.body, files=None)
        return prepared

    def _learn(self, request: Request, response: requests.Response) -> None:
        if request.searches:
            return
        self._limiter.learn(response.headers)
        left = self._limiter.daily_left
        if left is not None and not self._warned_of_day:
            self._warned_of_day = True
            logger.warning("Only %d requests are left of this account's daily limit at HubSpot.", left)

    def _judge(self, request: Request, response: requests.Response, rule: Rule, token: str, attempts: Attempts) -> None:
        problem = _problem(response)
        verdict = rule.verdict
        if problem is None and verdict in IN_ITS_OWN_WORDS and not rule.from_anyone:
            # Perhaps not HubSpot: neither a record nor a token may be judged by it.
            verdict = Verdict.AMBIGUOUS
        problem = problem or Problem()
        if verdict is Verdict.REFUSED:
            raise Refusal(response.status_code, problem)
        if verdict is Verdict.UNAUTHORIZED:
            self._unauthorized(token, attempts)
        elif verdict is Verdict.FORBIDDEN:
            raise _forbidden(request, problem)
        elif verdict is Verdict.LIMITED:
            self._limited(request, response, problem, attempts)
        elif verdict is Verdict.NOT_DONE:
            attempts.again(f"HubSpot answers {response.status_code}", _retry_after(response), rule.pause)
        elif verdict is Verdict.AMBIGUOUS:
            self._lost(request, attempts, f"HubSpot answers {response.status_code}", _retry_after(response), rule.pause)
        else:
            raise Unexpected(f"HubSpot answered {request.method} {request.path} with status {response.status_code}")

    def _unauthorized(self, token: str, attempts: Attempts) -> None:
        attempts.refusals += 1
        seconds = self._auth.after_refusal(token, attempts.refusals) if self._auth else None
        if seconds is None:
            raise Unauthorized(
                "HubSpot does not accept the token: it is wrong, was revoked, or has expired. Copy the token of the "
                "Service Key or private app again, or authorize the OAuth app again"
            )
        self.pause(seconds)

    def _limited(self, request: Request, response: requests.Response, problem: Problem, attempts: Attempts) -> None:
        if problem.policy == "DAILY" or "daily" in problem.message.lower():
            raise DailyLimit
        asked = _retry_after(response)
        attempts.check("HubSpot's rate limit leaves no room", asked or 0.0)
        self._line(request).pause(asked if asked is not None else 1.0 if request.searches else None)

    def _lost(
        self, request: Request, attempts: Attempts, what: str, asked: float | None = None, least: float = 0.0
    ) -> None:
        if not request.repeatable:
            attempts.check(what, asked or 0.0)
            if asked is not None:  # before whoever looks for what became of it asks again
                self.pause(asked)
            raise LostAnswer(what)
        attempts.again(what, asked, least)


class Attempts:
    """The tries of one request: how long it may go on, and how long each wait is."""

    def __init__(self, deadline: float, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        self._deadline = deadline
        self._clock = clock
        self._pause = pause
        self._count = 0
        self.refusals = 0

    def again(self, why: str, asked: float | None = None, least: float = 0.0) -> None:
        """Wait before the next try: what HubSpot asks for, else a growing time. Raises Unavailable, Stopped."""
        seconds = max(asked, least) if asked is not None else backoff(self._count, least)
        self._count += 1
        self.check(why, seconds)
        self._pause(seconds)

    def check(self, why: str, seconds: float) -> None:
        """Raise Unavailable where a wait of `seconds` is too long."""
        if seconds > MAX_WAIT:
            raise Unavailable(f"{why} and asks to wait {seconds:.0f} s: run the sync again after that")
        if self._clock() + seconds > self._deadline:
            raise Unavailable(f"{why}, again and again: run the sync again later")


def _session(connections: int) -> requests.Session:
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)  # ignore-https-check: loopback only, config.py sees to that
    return session


def _blank(base_url: str) -> requests.PreparedRequest:
    """What all requests have in common: preparing it each time would be a sixth of what a request costs."""
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "destination-hubspot-calls"}
    blank = requests.PreparedRequest()
    blank.prepare("GET", base_url, headers=headers)
    return blank


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it wraps: requests' holds urllib3's, and that holds the system's."""
    found: BaseException | None = error
    while found is not None:
        yield found
        inner = found.reason if isinstance(found, MaxRetryError) else None
        found = inner or next((item for item in found.args if isinstance(item, BaseException)), None)


def _reply(response: requests.Response) -> Reply:
    return Reply(response.content, _date(response.headers.get("Date")))


def _date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def _problem(response: requests.Response) -> Problem | None:
    """HubSpot's words, or None where the body is not an error of HubSpot's form."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return None
    return problem if problem.message or problem.category or problem.status else None


def _retry_after(response: requests.Response) -> float | None:
    """Seconds (documented for 477 only, honoured wherever it appears); none at all asks for nothing."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text) or None
    date = _date(text)
    seconds = (date - datetime.now(timezone.utc)).total_seconds() if date else 0.0
    return seconds if seconds > 0 else None


def _forbidden(request: Request, problem: Problem) -> HubSpotError:
    """Names of scopes alone are kept: HubSpot's sentences may repeat what was sent."""
    told = [*problem.context.get("requiredGranularScopes", ()), *problem.context.get("requiredScopes", ())]
    for detail in problem.errors:
        told += detail.context.get("requiredGranularScopes", ())
    for names in ONE_OF.findall(problem.message):
        told += names.split(",")
    scopes = (name.strip() for name in told)
    named = tuple(dict.fromkeys(name for name in scopes if SCOPE.fullmatch(name)))
    return MissingScopes(f"{request.method} {request.path}", named)
