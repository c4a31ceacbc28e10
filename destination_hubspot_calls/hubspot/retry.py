"""The tries of one request: what an answer means for it, how long each wait is, and when it is given up."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from pydantic import ValidationError

from destination_hubspot_calls.hubspot.errors import (
    MAX_WAIT,
    DailyLimit,
    Forbidden,
    HubSpotError,
    LostAnswer,
    MissingScopes,
    Refusal,
    Rule,
    Unavailable,
    Unexpected,
    Verdict,
    WrongRegion,
    backoff,
)
from destination_hubspot_calls.hubspot.exchange import Answer
from destination_hubspot_calls.hubspot.lanes import Lane
from destination_hubspot_calls.hubspot.models import Problem
from destination_hubspot_calls.hubspot.rate_limit import WINDOW
from destination_hubspot_calls.hubspot.unreachable import proxy_refusal
from destination_hubspot_calls.hubspot.waiting import Troubles

logger = logging.getLogger(__name__)

REQUEST_PATIENCE = 600.0
"""Seconds that one request is tried for from its first turn on, waits included."""
LIMIT_PATIENCE = 2.5 * WINDOW
"""Seconds that a request is tried for at least where it is a limit that refuses it: others leave room by then."""
MAX_BLOCKED = 2
"""Tries of a request that somebody before HubSpot turns away, before it is asked whether that is for what it holds."""
REGION_PATIENCE = 60.0
"""Seconds after which a wrong region is not one of the moments in which HubSpot moves an account."""
ONE_OF = re.compile(r"requires (?:one|any|all) of \[([^\]]*)\]")
"""Where an OAuth token's refusal names scopes: in a sentence only."""
SCOPE = re.compile(r"[a-z][a-z0-9._-]{2,79}")
MAX_DIGITS = 9
"""Digits of a number of seconds."""
CODE = re.compile(r"[A-Z][A-Z0-9_]{2,39}")
"""A category, which repeats nothing that was sent."""
REGION = re.compile(r"^[a-z]{2}\d\b")
IN_ITS_OWN_WORDS = frozenset({Verdict.REFUSED, Verdict.UNAUTHORIZED, Verdict.FORBIDDEN})
"""Verdicts that are believed where HubSpot's form of an error shows that it is HubSpot who speaks."""


class Attempts:
    """The tries of one request. `what` says in words what it does, as in "creating calls"."""

    def __init__(
        self,
        what: str,
        patience: float,
        *,
        clock: Callable[[], float],
        pause: Callable[[float], None],
        troubles: Troubles,
    ) -> None:
        self.what = what
        self.refusals = 0
        """How often a token was refused."""
        self.patience = patience
        """Seconds that it is tried for."""
        self._clock = clock
        self._pause = pause
        self._troubles = troubles
        self._began = clock()
        self._count = 0

    @property
    def took(self) -> float:
        """Seconds since its first turn."""
        return self._clock() - self._began

    @property
    def count(self) -> int:
        """How many tries came to nothing."""
        return self._count

    def again(self, why: str, asked: float | None = None, least: float = 0.0) -> None:
        """Wait before the next try: what HubSpot asks for, else a growing time. Raises Unavailable, Stopped."""
        seconds = max(asked, least) if asked is not None else backoff(self._count, least)
        self.check(why, seconds)
        self.wait(why, seconds)

    def wait(self, why: str, seconds: float) -> None:
        """Wait before the next try, and let it be known. Raises Stopped."""
        self.note(why, seconds)
        self._pause(seconds)

    def note(self, why: str, seconds: float) -> None:
        """Count a try that came to nothing; the next one is in so many seconds."""
        self._count += 1
        self._troubles.note(id(self), self.what, why, self._count + 1, seconds)
        logger.debug("%s: %s; try %d in %.1f s", self.what, why, self._count + 1, seconds)

    def check(self, why: str, seconds: float, patience: float | None = None) -> None:
        """Raise Unavailable where a wait of `seconds` is too long."""
        if seconds > MAX_WAIT:
            raise Unavailable(f"{self._about(why)} and asks to wait {seconds:.0f} s: run the sync again after that")
        if self.took + seconds > (self.patience if patience is None else max(patience, self.patience)):
            raise Unavailable(f"{self._about(why)}, {self._told()}: run the sync again later")

    def end(self) -> None:
        """It was answered, or given up."""
        if self._count:
            self._troubles.end(id(self))

    def _about(self, why: str) -> str:
        return f"{why} {'to' if why.startswith('HubSpot answers') else 'for'} {self.what}"

    def _told(self) -> str:
        if self._count == 0:
            return "in one try"
        return f"again and again: {self._count + 1} tries in {self.took:.0f} s"


def judge(answer: Answer, rule: Rule, attempts: Attempts, *, repeatable: bool, divisible: bool) -> None:
    """Wait until the request may be sent again, or raise what its answer comes to.

    Of the verdicts that need more than the answer, those about tokens and limits are the transport's.
    """
    problem = problem_of(answer)
    why, asked = f"HubSpot answers {answer.status}", retry_after(answer)
    match verdict_of(rule, problem):
        case Verdict.PROXY:
            raise Unavailable(proxy_refusal(answer.status))
        case Verdict.REFUSED:
            raise Refusal(answer.status, problem or Problem())
        case Verdict.FORBIDDEN:
            raise _forbidden(attempts.what, problem or Problem())
        case Verdict.NOT_DONE if answer.status == 488:
            _wait_for_region(problem or Problem(), attempts, why, rule.pause)
        case Verdict.NOT_DONE:
            attempts.again(why, asked, rule.pause)
        case Verdict.AMBIGUOUS:
            is_blocked = problem is None and rule.verdict in IN_ITS_OWN_WORDS
            if is_blocked and divisible and attempts.count >= MAX_BLOCKED:
                raise LostAnswer(why, is_blocked=True)
            lose(attempts, why, asked, rule.pause, repeatable=repeatable, is_blocked=is_blocked)
        case _:
            raise Unexpected(f"HubSpot answered {attempts.what} with status {answer.status}")


def verdict_of(rule: Rule, problem: Problem | None) -> Verdict:
    """A rule's verdict; where it is perhaps not HubSpot who speaks, neither a record nor a token is judged by it."""
    if problem is None and rule.verdict in IN_ITS_OWN_WORDS and not rule.from_anyone:
        return Verdict.AMBIGUOUS
    return rule.verdict


def lose(
    attempts: Attempts,
    why: str,
    asked: float | None = None,
    least: float = 0.0,
    *,
    repeatable: bool,
    is_blocked: bool = False,
) -> None:
    """An answer is lost: wait before the request is sent again, or raise LostAnswer where it must not be."""
    if repeatable:
        attempts.again(why, asked, least)
        return
    attempts.check(why, asked or 0.0)
    if asked is not None:  # before whoever looks for what became of it asks again
        attempts.wait(why, asked)
    raise LostAnswer(why, is_blocked=is_blocked)


def limited(answer: Answer, attempts: Attempts, lane: Lane) -> float | None:
    """Seconds that HubSpot asks to wait after a 429, None where it asks for none. Raises DailyLimit, Unavailable.

    Of a day's requests an account has so many, and of these so many about associations (HubSpot's guide).
    """
    problem = problem_of(answer) or Problem()
    if problem.policy == "DAILY" or "daily" in problem.message.lower():
        raise DailyLimit(" (or that of requests about associations)" if lane is Lane.ASSOCIATIONS else "")
    asked = retry_after(answer)
    attempts.check(f"{lane.value} leaves no room", asked or 0.0, LIMIT_PATIENCE)
    return asked


def problem_of(answer: Answer) -> Problem | None:
    """HubSpot's words, or None where the body is not an error of HubSpot's form."""
    try:
        problem = Problem.model_validate_json(answer.body)
    except ValidationError:
        return None
    return problem if problem.message or problem.category or problem.status else None


def date_of(text: str | None) -> datetime | None:
    """A header's date; None where there is none or it is not one."""
    try:
        date = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def retry_after(answer: Answer) -> float | None:
    """Seconds (documented for 477 only, honoured wherever it appears); none at all asks for nothing."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal() and len(text) <= MAX_DIGITS:
        return float(text) or None
    date = date_of(text)
    seconds = (date - datetime.now(timezone.utc)).total_seconds() if date else 0.0
    return seconds if seconds > 0 else None


def _wait_for_region(problem: Problem, attempts: Attempts, why: str, pause: float) -> None:
    """HubSpot moves accounts, which takes moments. Raises WrongRegion where it lasts."""
    if attempts.took < REGION_PATIENCE:
        try:
            attempts.again(why, None, pause)
        except Unavailable:
            pass
        else:
            return
    said = REGION.search(problem.hublet) or REGION.search(problem.message.rpartition("Hublet ")[2])
    raise WrongRegion(said[0] if said else "")


def _forbidden(what: str, problem: Problem) -> HubSpotError:
    """Names of scopes and categories alone are kept: HubSpot's sentences may repeat what was sent."""
    told = [*problem.context.get("requiredGranularScopes", ()), *problem.context.get("requiredScopes", ())]
    for detail in problem.errors:
        told += detail.context.get("requiredGranularScopes", ())
    for names in ONE_OF.findall(problem.message):
        told += names.split(",")
    scopes = (name.strip() for name in told)
    named = tuple(dict.fromkeys(name for name in scopes if SCOPE.fullmatch(name)))
    if named or problem.category in {"", "MISSING_SCOPES"} or not CODE.fullmatch(problem.category):
        return MissingScopes(what, named)
    return Forbidden(what, problem.category)
