"""HubSpot's three limits: per token in ten seconds, per account a day, searches per account a second (A)."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from integration_tests.sandbox import bodies
from integration_tests.sandbox.credentials import Token
from integration_tests.sandbox.settings import Settings
from integration_tests.sandbox.wire import Answer

Limit: TypeAlias = Literal["burst", "search", "associations"]
"""Which limit an endpoint falls under."""
ASSOCIATIONS_OF = {100: 100, 110: 150, 190: 150, 250: 200}
"""A: the association endpoints' own burst limit, by the plan's general one (OAuth apps: that of Professional, D)."""
_SECOND = 1000.0


@dataclass(slots=True)
class _Window:
    """When the requests of one token came in. Rolling: each counts for an interval; fixed: until the window ends."""

    stamps: deque[float] = field(default_factory=deque)
    opened: float = 0.0

    def held(self, now: float, interval: float, *, rolling: bool) -> int:
        if rolling:
            while self.stamps and self.stamps[0] <= now - interval:
                self.stamps.popleft()
        elif now - self.opened >= interval:
            self.opened = now
            self.stamps.clear()
        return len(self.stamps)


class RateLimits:
    """Counts requests, and says when one is too many. Times are those of a monotonic clock."""

    def __init__(self) -> None:
        self.refused = {"burst": 0, "daily": 0, "search": 0, "associations": 0}
        self.today = 0
        self.associations_today = 0
        self.most_in_window = 0
        self._bursts: dict[str, _Window] = {}
        self._search = _Window()

    def admit(self, token: Token, settings: Settings, limit: Limit) -> tuple[Answer | None, dict[str, str]]:
        """The refusal, if it is one, and the headers every answer to this request carries."""
        now = time.monotonic() * _SECOND
        if self._day_is_spent(settings, limit):
            self.refused["daily"] += 1
            return Answer(429, bodies.daily_limit()), self._headers(token, settings, now, limit)
        if limit == "search":
            refused = self._admit_search(now, settings)
        else:
            refused = self._admit_burst(token, now, settings, limit)
        if refused is None:
            self.today += 1
            self.associations_today += limit == "associations"
        return refused, self._headers(token, settings, now, limit)

    def _day_is_spent(self, settings: Settings, limit: Limit) -> bool:
        """A: the account's day, and that of its association endpoints within it."""
        if settings.daily_limit and self.today >= settings.daily_limit:
            return True
        own = settings.association_daily_limit if limit == "associations" else 0
        return bool(own) and self.associations_today >= own

    def _admit_search(self, now: float, settings: Settings) -> Answer | None:
        held = self._search.held(now, counted(_SECOND, settings), rolling=True)
        if settings.search_limit and held >= settings.search_limit:
            self.refused["search"] += 1
            return Answer(429, bodies.search_limit())
        self._search.stamps.append(now)
        return None

    def _admit_burst(self, token: Token, now: float, settings: Settings, what: Limit) -> Answer | None:
        limit = limit_of(token, settings, what)
        if not limit:
            return None
        window = self._window(token, what)
        held = window.held(now, counted(settings.rate_interval_ms, settings), rolling=settings.rate_window == "rolling")
        if held >= limit:
            self.refused[what] += 1
            if settings.rate_count_refused:
                window.stamps.append(now)
            return Answer(429, bodies.burst_limit())
        window.stamps.append(now)
        self.most_in_window = max(self.most_in_window, held + 1)
        return None

    def _window(self, token: Token, what: Limit) -> _Window:
        return self._bursts.setdefault(f"{what} {token.window_key}", _Window())

    def _headers(self, token: Token, settings: Settings, now: float, what: Limit) -> dict[str, str]:
        """A: on every answer but search; the daily ones not with OAuth."""
        limit = limit_of(token, settings, what)
        if what == "search" or not settings.rate_headers or not limit:
            return {}
        window = self._window(token, what)
        held = window.held(now, counted(settings.rate_interval_ms, settings), rolling=settings.rate_window == "rolling")
        headers = {
            "X-HubSpot-RateLimit-Max": str(limit),
            "X-HubSpot-RateLimit-Remaining": str(max(0, limit - held)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(settings.rate_interval_ms),
        }
        if not token.oauth and settings.daily_limit:
            headers["X-HubSpot-RateLimit-Daily"] = str(settings.daily_limit)
            headers["X-HubSpot-RateLimit-Daily-Remaining"] = str(max(0, settings.daily_limit - self.today))
        return headers


def counted(interval: float, settings: Settings) -> float:
    """How long a request counts: a little less than an interval, for requests travel at different speeds.

    Without that a client which starts five searches a second is refused two of the first ten: its first ones wait for
    their connections, and so come closer to the next ones than they were sent.
    """
    return interval - min(settings.rate_slack_ms, interval / 10)


def limit_of(token: Token, settings: Settings, what: Limit = "burst") -> int:
    """Requests in an interval; 0: none is counted."""
    general = settings.oauth_rate_limit if token.oauth else settings.rate_limit
    general = general if token.rate_limit is None else token.rate_limit
    if what != "associations":
        return general
    return ASSOCIATIONS_OF.get(general, general) if settings.association_limit is None else settings.association_limit
