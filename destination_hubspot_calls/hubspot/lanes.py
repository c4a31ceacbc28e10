"""HubSpot's limits beside each other: of all requests, of searches, and of associations."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from destination_hubspot_calls.hubspot.rate_limit import RateLimiter
from destination_hubspot_calls.hubspot.waiting import Limit, Troubles, Waiting

logger = logging.getLogger(__name__)

SEARCH_PAUSE = 0.5
"""Seconds, of the one that a search is counted for."""
LONG_WAIT = 1.0
"""Seconds of waiting for a turn that are worth a line of a log for debugging."""
MIN_SENT = 20
"""Requests of a window from which on it shows whether another window counts them too."""


class Lane(Enum):
    """Which limit a request falls under; the value names it to a person."""

    BURST = "HubSpot's burst limit"
    SEARCH = "HubSpot's search limit"
    ASSOCIATIONS = "HubSpot's burst limit of associations"


@dataclass(frozen=True, slots=True)
class Turn:
    """A request that may start, the limiter that let it, and when."""

    lane: Lane
    limiter: RateLimiter
    started: float


class Lanes:
    """The limiters of one token, for all threads.

    Endpoints of associations have a limit of their own (HubSpot's guide of March 2026). Until an answer of theirs shows
    it, they stand in the line of all: where an account counts them together, nothing is sent too much. With a `cap`
    on all requests of the token they stay in that line, and keep their own limit as well.
    """

    def __init__(
        self, burst: RateLimiter, search: RateLimiter, associations: RateLimiter, *, capped: bool = False
    ) -> None:
        self.burst = burst
        self._search = search
        self._associations = associations
        self._capped = capped
        self._apart = False

    def acquire(self, lane: Lane) -> Turn:
        """Wait for the turn of one request. Raises Stopped where the process is to stop."""
        match lane:
            case Lane.SEARCH:
                return self._turn(lane, self._search)
            case Lane.ASSOCIATIONS if self._apart:
                if self._capped:
                    self.burst.acquire()
                return self._turn(lane, self._associations)
            case Lane.ASSOCIATIONS:
                self._associations.note()
        return self._turn(lane, self.burst)

    def _turn(self, lane: Lane, limiter: RateLimiter) -> Turn:
        came = limiter.now
        turn = Turn(lane, limiter, limiter.acquire())
        if turn.started - came > LONG_WAIT:
            logger.debug("waited %.1f s for %s", turn.started - came, self.limit_of(turn).value)
        return turn

    def learn(self, turn: Turn, headers: Mapping[str, str]) -> None:
        """Take over what an accepted request's answer tells; answers to searches tell nothing."""
        match turn.lane:
            case Lane.SEARCH:
                turn.limiter.speed_up()
            case Lane.ASSOCIATIONS if turn.limiter is self.burst:
                if self._is_apart(headers):
                    self._apart = True
                    self._associations.learn(headers)
                elif self.burst.told is not None:  # else it may be another limit's, and the first answer's at that
                    self.burst.learn(headers, turn.started)
            case _:
                turn.limiter.learn(headers, turn.started)

    def pause(self, turn: Turn, seconds: float | None) -> None:
        """A request was refused: stop those under its limit for so many seconds, or for longer each time."""
        if turn.lane is Lane.SEARCH:
            turn.limiter.slow_down()
            seconds = SEARCH_PAUSE if seconds is None else seconds
        turn.limiter.pause(seconds, turn.started)

    def limit_of(self, turn: Turn) -> Lane:
        """The limit that let a turn start: of associations it is that of all until they are known to have their own."""
        return Lane.BURST if turn.limiter is self.burst else turn.lane

    @property
    def daily(self) -> tuple[int, int] | None:
        """The day's requests and those that are left; None where HubSpot does not tell."""
        return self.burst.daily

    @property
    def daily_left(self) -> int | None:
        """Requests left of the day, once they are few; None while they are many or unknown."""
        return self.burst.daily_left

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What of each limit is in use, and who waits for it."""
        named = ((Lane.BURST, self.burst), (Lane.SEARCH, self._search), (Lane.ASSOCIATIONS, self._associations))
        return tuple(limiter.state(lane.value) for lane, limiter in named if limiter.is_used)

    def _is_apart(self, headers: Mapping[str, str]) -> bool:
        """Whether an association's answer counts other requests than all: by its limit, else by how few it counts."""
        told = self._associations.counted(headers)
        if told is None or self.burst.told is None:
            return False
        limit, used = told
        if limit != self.burst.told:
            return True
        sent = self.burst.sent
        return sent >= MIN_SENT and used < self._associations.sent + (sent - self._associations.sent) / 2


def waiting(lanes: Lanes, troubles: Troubles) -> Waiting:
    """What requests wait for at the moment."""
    daily, left = lanes.daily or (None, None)
    return Waiting(lanes.limits, troubles.now(), daily, left)
