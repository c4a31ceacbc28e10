"""What a configuration says of HubSpot → a client for it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from typing_extensions import assert_never

from destination_hubspot_calls.config.model import AccessToken, Config, OAuth
from destination_hubspot_calls.hubspot.auth import Auth, OAuthToken, StaticToken
from destination_hubspot_calls.hubspot.client import Client, Transport
from destination_hubspot_calls.hubspot.lanes import Lanes, waiting
from destination_hubspot_calls.hubspot.paths import VERSIONS
from destination_hubspot_calls.hubspot.rate_limit import RateLimiter
from destination_hubspot_calls.hubspot.retry import REQUEST_PATIENCE
from destination_hubspot_calls.hubspot.stopping import Stopping
from destination_hubspot_calls.hubspot.transport import CONNECT_TIMEOUT, READ_TIMEOUT, HttpTransport
from destination_hubspot_calls.hubspot.waiting import Troubles, Waiting

SEARCHES = 5
"""Searches a second and account (HubSpot's usage guidelines)."""

BRIEF = 10.0
"""Seconds."""

OnToken = Callable[[str, "str | None"], None]


@dataclass(frozen=True, slots=True)
class Connection:
    """A client, the limiter that paces it, and the token that it sends (asking for it may fetch one).

    `brief` gives up soon: for what is good to know and not needed. `transport` is the client's own.
    """

    client: Client
    brief: Client
    limiter: RateLimiter
    pause: Callable[[float], None]
    token: Callable[[], str]
    transport: Transport
    waiting: Callable[[], Waiting] = Waiting
    """What requests wait for at the moment."""
    troubles: Troubles = field(default_factory=Troubles)
    """What is tried again, for those who do so on their own."""
    sent: Counter[str] = field(default_factory=Counter)
    """Requests by what they do, about."""
    finishing: Callable[[], AbstractContextManager[None]] = nullcontext
    """In it a thread's requests and waits go on when the process is to stop: they are part of what was sent."""


def connect(
    config: Config,
    stop: threading.Event,
    *,
    on_token: OnToken,
    connections: int = 1,
    patience: float = REQUEST_PATIENCE,
) -> Connection:
    """A client for the configured account; `connections` requests at once. Sends nothing yet.

    `on_token` hears of each new access token, and of a refresh token that HubSpot rotated. `patience`: seconds that
    a request is tried for.
    """
    stopping = Stopping(stop)
    paths, lanes = VERSIONS[config.api_version], _lanes(config, stopping)
    sender = _Sender(config.address, stopping, lanes)
    auth = _auth(config, Client(sender.transport(None, 1, patience), paths), on_token)
    authorized = sender.transport(auth, connections, patience)
    return Connection(
        Client(authorized, paths),
        Client(sender.transport(auth, 2, min(BRIEF, patience)), paths),
        lanes.burst,
        authorized.pause,
        auth.token,
        authorized,
        lambda: waiting(lanes, sender.troubles),
        sender.troubles,
        sender.sent,
        stopping.finishing,
    )


def _lanes(config: Config, stop: Stopping) -> Lanes:
    capped = config.requests_per_10_seconds
    search = RateLimiter(stop.wait, limit=SEARCHES, window=1.0)
    return Lanes(RateLimiter(stop.wait, most=capped), search, RateLimiter(stop.wait), capped=capped is not None)


@dataclass(frozen=True, slots=True)
class _Sender:
    """What all transports of a connection share."""

    base_url: str
    stop: Stopping
    lanes: Lanes
    troubles: Troubles = field(default_factory=Troubles)
    sent: Counter[str] = field(default_factory=Counter)

    def transport(self, auth: Auth | None, connections: int, patience: float) -> HttpTransport:
        return HttpTransport(
            self.base_url,
            wait=self.stop.wait,
            lanes=self.lanes,
            auth=auth,
            connections=connections,
            timeouts=(CONNECT_TIMEOUT, min(READ_TIMEOUT, patience)),
            patience=patience,
            troubles=self.troubles,
            sent=self.sent,
        )


def _auth(config: Config, unauthorized: Client, on_token: OnToken) -> Auth:
    match config.credentials:
        case AccessToken(access_token=token):
            return StaticToken(token)
        case OAuth() as oauth:
            return OAuthToken(
                oauth.client_id,
                oauth.client_secret,
                oauth.refresh_token,
                exchange=unauthorized.exchange,
                on_token=on_token,
            )
        case _:
            assert_never(config.credentials)
