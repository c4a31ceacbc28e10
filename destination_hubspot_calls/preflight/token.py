"""Whose token it is, what it may do, and what one that HubSpot does not accept looks like."""

from __future__ import annotations

import re
from dataclasses import dataclass

from typing_extensions import assert_never

from destination_hubspot_calls.config.model import AccessToken, Config, OAuth
from destination_hubspot_calls.connection import Connection
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import HubSpotError, Stopped
from destination_hubspot_calls.hubspot.models import TokenInfo

STATIC_PREFIX = "pat-"
"""What the tokens of service keys and private apps begin with."""

_ACCESS_TOKEN = re.compile(r"pat-[a-z]+\d-[0-9a-f-]{36}", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_REFRESH_TOKEN = re.compile(r"(?:na|eu|ap)\d-[0-9a-f-]{20,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """What HubSpot tells of a token, which it need not: None if it does not.

    `is_short_lived`: it is an OAuth app's access token, which ends within half an hour; one that stays was asked for.
    """

    portal: int | None = None
    scopes: frozenset[str] | None = None
    is_short_lived: bool = False


def read_token_owner(connection: Connection, config: Config) -> TokenOwner:
    """Ask whose token it is. What HubSpot refuses to tell stays unknown. Raises Stopped."""
    match config.credentials:
        case AccessToken(access_token=token):
            return _of_static(connection.brief, token)
        case OAuth(client_id=client_id, client_secret=secret):
            return _owner(_oauth_info(connection.brief, connection.token(), client_id, secret))
        case _:
            assert_never(config.credentials)


def _of_static(client: Client, token: str) -> TokenOwner:
    try:
        return _owner(client.token_info(token))
    except Stopped:
        raise
    except HubSpotError:
        pass
    info = None if token.startswith(STATIC_PREFIX) else _oauth_info(client, token)
    return _owner(info, is_short_lived=info is not None)


def _oauth_info(client: Client, token: str, client_id: str = "", client_secret: str = "") -> TokenInfo | None:
    try:
        return client.oauth_token_info(token, client_id, client_secret)
    except Stopped:
        raise
    except HubSpotError:
        return None


def _owner(info: TokenInfo | None, *, is_short_lived: bool = False) -> TokenOwner:
    if info is None:
        return TokenOwner()
    return TokenOwner(info.hub_id, frozenset(info.scopes) or None, is_short_lived)


def looks_like(token: str) -> str:
    """What it may be instead, or what is wrong with its form; empty if it looks right. Repeats nothing of it."""
    if _ACCESS_TOKEN.fullmatch(token):
        return ""
    if token.startswith("pat-"):
        return " It is not as long as such a token is: it may have been copied in part"
    if _UUID.fullmatch(token):
        return " It looks like an API key, a client id or a client secret: HubSpot's access tokens begin with pat-"
    if _REFRESH_TOKEN.fullmatch(token):
        return " It looks like an OAuth refresh token: choose OAuth to use that"
    return " HubSpot's access tokens begin with pat-"
