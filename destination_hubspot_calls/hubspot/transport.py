"""Requests to HubSpot: paced, authorized, and sent until they are answered or cannot be."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from destination_hubspot_calls.hubspot.auth import Auth
from destination_hubspot_calls.hubspot.errors import Refusal, Stopped, Verdict, rule_for
from destination_hubspot_calls.hubspot.exchange import Answer, Http
from destination_hubspot_calls.hubspot.lanes import Lane, Lanes, Turn
from destination_hubspot_calls.hubspot.models import Problem
from destination_hubspot_calls.hubspot.retry import (
    REQUEST_PATIENCE,
    Attempts,
    date_of,
    judge,
    limited,
    lose,
    problem_of,
    verdict_of,
)
from destination_hubspot_calls.hubspot.unreachable import NoAnswer, NotSent
from destination_hubspot_calls.hubspot.waiting import Troubles

logger = logging.getLogger(__name__)

T = TypeVar("T")

CONNECT_TIMEOUT = 10.0
"""Seconds."""
READ_TIMEOUT = 120.0
"""Seconds from the end of a request until its answer is there to the last byte."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to send. `repeatable`: doing it twice does no harm, so a lost answer is simply asked for again.

    `what` says it in words, as in "HubSpot answers 503 to creating calls". `may_lack`: HubSpot may not have this path
    at all, so a 404 is a refusal in whatever form it comes. `proves_token`: an answer shows that the token is a good
    one; what tells about tokens may answer for one that nothing else takes. `divisible`: it holds values of which one
    may be what somebody before HubSpot turns away, so it is soon given up where that happens.
    """

    method: str
    path: str
    body: bytes | None = None
    repeatable: bool = True
    what: str = "a request"
    lane: Lane = Lane.BURST
    content_type: str = "application/json"
    may_lack: bool = False
    proves_token: bool = True
    divisible: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the body, and HubSpot's own time (None where it does not tell)."""

    body: bytes
    date: datetime | None


class HttpTransport:
    """Sends requests to one host, each until it is answered or cannot be.

    `wait(seconds)` sleeps and says whether the process is to stop. `sent` counts requests by what they do, each try of
    each; those of threads that send at the same instant may count as one. Raises only HubSpotError.
    """

    def __init__(
        self,
        base_url: str,
        *,
        wait: Callable[[float], bool],
        lanes: Lanes,
        auth: Auth | None = None,
        connections: int = 1,
        timeouts: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
        patience: float = REQUEST_PATIENCE,
        troubles: Troubles | None = None,
        sent: Counter[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = Http(base_url, connections=connections, timeouts=timeouts)
        self._wait = wait
        self._lanes = lanes
        self._auth = auth
        self._patience = patience
        self._clock = clock
        self._troubles = troubles or Troubles(clock)
        self._sent: Counter[str] = Counter() if sent is None else sent
        self._warned_of_day = False

    def send(self, request: Request, read: Callable[[Reply], T]) -> T:
        """Send `request` until it is answered, and return what `read` makes of the answer.

        `read` raises ValueError where the body is not what it should be: the answer then counts as lost.
        Raises LostAnswer (only where the request is not repeatable, or is divisible and blocked), Refusal,
        Unauthorized, Forbidden, WrongRegion, Unavailable, Unexpected, Stopped.
        """
        turn = self._lanes.acquire(request.lane)
        # From the first turn on: how long the line before it was says nothing about HubSpot.
        attempts = Attempts(request.what, self._patience, clock=self._clock, pause=self.pause, troubles=self._troubles)
        try:
            while True:
                reply = self._once(request, turn, attempts)
                if reply is not None:
                    try:
                        return read(reply)
                    except (ValueError, ValidationError):
                        lose(attempts, "an answer that cannot be read", repeatable=request.repeatable)
                turn = self._lanes.acquire(request.lane)
        finally:
            attempts.end()

    def pause(self, seconds: float) -> None:
        """Sleep. Raises Stopped where the process is to stop."""
        if self._wait(seconds):
            raise Stopped

    def _once(self, request: Request, turn: Turn, attempts: Attempts) -> Reply | None:
        """One try, and the wait after it; None where it is to be tried again."""
        self._sent[request.what] += 1
        # After the wait in line: a token taken before it may have ended meanwhile.
        token = self._auth.token() if self._auth else ""
        try:
            answer = self._exchange(request, token)
        except (NotSent, NoAnswer) as error:
            _fail(error, request, attempts)
            return None
        rule = rule_for(answer.status)
        match verdict_of(rule, problem_of(answer)) if rule.verdict is not Verdict.DONE else Verdict.DONE:
            case Verdict.DONE:
                self._note_success(request, turn, answer, token)
                return Reply(answer.body, date_of(answer.headers.get("Date")))
            case Verdict.UNAUTHORIZED if self._auth:
                self._reauthorize(self._auth, token, attempts)
            case Verdict.LIMITED:
                limit = self._lanes.limit_of(turn)
                self._lanes.pause(turn, limited(answer, attempts, limit))
                attempts.note(f"{limit.value} leaves no room", 0.0)
            case _ if answer.status == 404 and request.may_lack:
                raise Refusal(answer.status, problem_of(answer) or Problem())
            case _:
                judge(answer, rule, attempts, repeatable=request.repeatable, divisible=request.divisible)
        return None

    def _exchange(self, request: Request, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        began = self._clock()
        answer = self._http.send(request.method, request.path, request.body, headers)
        if logger.isEnabledFor(logging.DEBUG):
            sizes = len(request.body or b""), len(answer.body)
            logger.debug(
                "%s: %d after %.2f s (%d bytes sent, %d received)",
                request.what,
                answer.status,
                self._clock() - began,
                *sizes,
            )
        return answer

    def _note_success(self, request: Request, turn: Turn, answer: Answer, token: str) -> None:
        if self._auth and request.proves_token:
            self._auth.accepted(token)
        self._lanes.learn(turn, answer.headers)
        left = self._lanes.daily_left
        if left is not None and not self._warned_of_day:
            self._warned_of_day = True
            logger.warning("Only %d requests are left of this account's daily limit at HubSpot.", left)

    def _reauthorize(self, auth: Auth, token: str, attempts: Attempts) -> None:
        """Wait until a refused request may be sent again. Raises Unauthorized, Unavailable, Stopped."""
        attempts.refusals += 1
        attempts.wait("HubSpot refuses the token", auth.after_refusal(token, attempts.refusals))


def _fail(error: NotSent | NoAnswer, request: Request, attempts: Attempts) -> None:
    """Wait after a try that was not answered. Raises what ends a request."""
    if isinstance(error, NotSent):
        attempts.again(str(error))
    else:
        lose(attempts, str(error), repeatable=request.repeatable)
