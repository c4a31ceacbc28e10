"""What a configuration says of HubSpot → a client for it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from typing_extensions import assert_never

from destination_hubspot_calls.config.model import AccessToken, Config, OAuth
from destination_hubspot_calls.hubspot.auth import Auth, OAuthToken, StaticToken
from destination_hubspot_calls.hubspot.client import Client, Transport
from destination_hubspot_calls.hubspot.lanes import Lanes, waiting
from destination_hubspot_calls.hubspot.paths import paths_of
from destination_hubspot_calls.hubspot.rate_limit import RateLimiter
from destination_hubspot_calls.hubspot.retry import REQUEST_PATIENCE
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
    paths = paths_of(config.api_version)
    capped = config.requests_per_10_seconds
    limiter = RateLimiter(stop.wait, most=capped)
    search_limiter = RateLimiter(stop.wait, limit=SEARCHES, window=1.0)
    lanes = Lanes(limiter, search_limiter, RateLimiter(stop.wait), capped=capped is not None)
    troubles = Troubles()
    sent: Counter[str] = Counter()

    def transport(auth: Auth | None, connections: int, patience: float = patience) -> HttpTransport:
        return HttpTransport(
            config.api_base_url,
            wait=stop.wait,
            lanes=lanes,
            auth=auth,
            connections=connections,
            timeouts=(CONNECT_TIMEOUT, min(READ_TIMEOUT, patience)),
            patience=patience,
            troubles=troubles,
            sent=sent,
        )

    auth = _auth(config, Client(transport(None, 1), paths), on_token)
    authorized = transport(auth, connections)
    brief = transport(auth, 2, min(BRIEF, patience))
    return Connection(
        Client(authorized, paths),
        Client(brief, paths),
        limiter,
        authorized.pause,
        auth.token,
        authorized,
        lambda: waiting(lanes, troubles),
        troubles,
        sent,
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
