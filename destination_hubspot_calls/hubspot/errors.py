"""What can go wrong with a request, and what to do about it: one tree, one table.

HubSpotError
├── Refusal        HubSpot read the request and declines it: nothing of it was done
├── LostAnswer     it may or may not have been done: whoever sent it has to find out
├── Unauthorized   the credential is not accepted: a person has to act
├── Forbidden      the account does not let this be done: a person has to act
│   ├── MissingScopes  the credential may not do it
│   └── AccountRefusal it refuses records whatever they are
├── WrongRegion    the account is kept elsewhere: a person has to name the address
├── Unavailable    time heals it, but not soon: the sync ends and is tried again later
│   └── DailyLimit the account's requests of the day are spent
├── Unexpected     an answer that no rule knows: nothing is concluded from it
└── Stopped        the process was told to stop: nothing was sent
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum, auto

from destination_hubspot_calls.config.region import address_of_code, name_of_code
from destination_hubspot_calls.hubspot.models import Problem


class HubSpotError(Exception):
    """Something went wrong between this process and HubSpot; the text holds neither values nor secrets."""


class Refusal(HubSpotError):
    """HubSpot declines a whole request; `problem` is what it says."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(f"HubSpot refused the request ({status} {problem.category or 'no category'})")
        self.status = status
        self.problem = problem


class Blocked(Refusal):
    """Something before HubSpot turns a request away for what it holds: others pass."""

    def __init__(self, what: str) -> None:
        super().__init__(403, Problem(category="BLOCKED"))
        self.args = (f"a firewall or proxy before HubSpot turns away a request for {what}, for what is in it",)


class LostAnswer(HubSpotError):
    """The request was sent and its answer is missing, unreadable, or an error of the server.

    `is_blocked`: somebody before HubSpot turned it away, so that it was hardly done.
    """

    def __init__(self, why: str, *, is_blocked: bool = False) -> None:
        super().__init__(why)
        self.is_blocked = is_blocked


class Unauthorized(HubSpotError):
    """The credential is not accepted."""


class Forbidden(HubSpotError):
    """HubSpot does not allow something to this account or credential; `category` is its code."""

    def __init__(self, what: str, category: str, words: str | None = None) -> None:
        super().__init__(
            words
            or f"HubSpot forbids {what} ({category}): see in HubSpot whether the account is active, and what the "
            "token's owner may do there"
        )
        self.what = what
        self.category = category


class MissingScopes(Forbidden):
    """The credential lacks scopes; `scopes` are their names, where HubSpot tells them."""

    def __init__(self, what: str, scopes: tuple[str, ...]) -> None:
        named = f": {', '.join(scopes)}" if scopes else ""
        super().__init__(what, "MISSING_SCOPES", f"the token lacks scopes for {what}{named}")
        self.scopes = scopes


class AccountRefusal(Forbidden):
    """The account refuses records, whatever they are. `said`: HubSpot's category, and words that hold no value."""

    def __init__(self, said: str) -> None:
        words = (
            f"HubSpot refuses calls for a reason that lies in the account, not in the records ({said}). Look at the "
            "permissions of the user behind the token, at the account's limits and billing (Settings > Account & "
            "Billing), and at whether the account is active; then run the sync again, no state covers these records"
        )
        super().__init__("writing calls", said, words)


class WrongRegion(HubSpotError):
    """HubSpot keeps the account in another region than the address is of, and that is not for a moment."""

    def __init__(self, region: str) -> None:
        where = f"the region {region}" if region else "another region"
        host = address_of_code(region) if region else "the address of that region"
        name = name_of_code(region)
        choice = f", or choose {name} as the region" if name else ""
        super().__init__(f"HubSpot keeps this account in {where} (488): set api_base_url to {host}{choice}")
        self.region = region


class Unavailable(HubSpotError):
    """HubSpot cannot be used now; the text says until when, where that is known."""


class DailyLimit(Unavailable):
    """The account's requests of the day are spent; `of`: those of which, where it is not all."""

    def __init__(self, of: str = "") -> None:
        super().__init__(
            f"HubSpot's daily request limit of this account{of} is used up. It resets at midnight in the account's "
            "time zone (Settings > Account defaults); run the sync again after that, spread syncs over the day, or "
            "raise the limit with HubSpot's API add-on"
        )


class Unexpected(HubSpotError):
    """HubSpot, or something before it, answered in a way that this client does not know."""


class Stopped(HubSpotError):
    """The process was told to stop, so nothing more is sent."""

    def __init__(self) -> None:
        super().__init__("stopped on request")


class Verdict(Enum):
    """What an answer's status means for the request."""

    DONE = auto()
    REFUSED = auto()
    NOT_DONE = auto()
    """Not carried out; the same request may be sent again."""
    AMBIGUOUS = auto()
    """Perhaps carried out."""
    LIMITED = auto()
    UNAUTHORIZED = auto()
    FORBIDDEN = auto()
    PROXY = auto()
    """A proxy wants a name and a password."""
    UNEXPECTED = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """A verdict, and the shortest pause in seconds before the next try.

    `from_anyone`: it holds whoever gives it. Other refusals count only in the form that HubSpot gives them: a proxy's
    tell neither that a record is wrong nor that a token is.
    """

    verdict: Verdict
    pause: float = 0.0
    from_anyone: bool = False


# 407 is a proxy's. 423 is "wait at least 2 seconds", 477 a migration with Retry-After, 488 a wrong region, 52x come
# from the network before HubSpot (its guide on error handling). 413 is what a proxy says of a long body: halving helps.
RULES: dict[int, Rule] = {
    400: Rule(Verdict.REFUSED),
    401: Rule(Verdict.UNAUTHORIZED),
    403: Rule(Verdict.FORBIDDEN),
    404: Rule(Verdict.REFUSED),
    407: Rule(Verdict.PROXY),
    408: Rule(Verdict.AMBIGUOUS, 1.0),
    409: Rule(Verdict.REFUSED),
    413: Rule(Verdict.REFUSED, from_anyone=True),
    422: Rule(Verdict.REFUSED),
    423: Rule(Verdict.NOT_DONE, 2.0),
    425: Rule(Verdict.NOT_DONE, 1.0),
    429: Rule(Verdict.LIMITED),
    477: Rule(Verdict.NOT_DONE, 10.0),
    488: Rule(Verdict.NOT_DONE, 2.0),
}

MAX_WAIT = 300.0
"""Seconds. A longer wait that HubSpot asks for ends the sync, so that it holds no resources meanwhile."""
MAX_BACKOFF = 30.0
"""Seconds."""


def rule_for(status: int) -> Rule:
    """The rule for an HTTP status; HubSpot changes its success codes unannounced, so every 2xx is one."""
    if 200 <= status < 300:
        return Rule(Verdict.DONE)
    if status >= 500:
        return RULES.get(status, Rule(Verdict.AMBIGUOUS, 1.0))
    return RULES.get(status, Rule(Verdict.UNEXPECTED))


def backoff(attempt: int, least: float = 0.0) -> float:
    """Seconds before try number `attempt` + 1: doubling from one second, with jitter, never under `least`."""
    return max(least, min(MAX_BACKOFF, 2.0 ** min(attempt, 10)) * random.uniform(0.5, 1.0))  # noqa: S311 - jitter keeps no secret
