"""Whose token it is, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import assert_never

from destination_hubspot_calls.config.model import AccessToken, Config, OAuth
from destination_hubspot_calls.connection import Connection
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import HubSpotError, Stopped
from destination_hubspot_calls.hubspot.models import TokenInfo

STATIC_PREFIX = "pat-"
"""What the tokens of service keys and private apps begin with."""


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """What HubSpot tells of a token, which it need not: None where it does not.

    `passes`: it is an OAuth app's access token, which ends within half an hour, where one that stays was asked for.
    """

    portal: int | None = None
    scopes: frozenset[str] | None = None
    passes: bool = False


def read_token_owner(connection: Connection, config: Config) -> TokenOwner:
    """Ask whose token it is. What HubSpot refuses to tell stays unknown. Raises Stopped."""
    match config.credentials:
        case AccessToken(access_token=token):
            return _of_static(connection.brief, token)
        case OAuth():
            return _holder(_oauth_info(connection.brief, connection.token()))
        case _:
            assert_never(config.credentials)


def read_portal(connection: Connection) -> int | None:
    """The number of the account; None where HubSpot does not tell. Raises Stopped."""
    try:
        return connection.brief.account().portal_id
    except Stopped:
        raise
    except HubSpotError:
        return None


def _of_static(client: Client, token: str) -> TokenOwner:
    try:
        return _holder(client.token_info(token))
    except Stopped:
        raise
    except HubSpotError:
        pass
    info = None if token.startswith(STATIC_PREFIX) else _oauth_info(client, token)
    return _holder(info, passes=info is not None)


def _oauth_info(client: Client, token: str) -> TokenInfo | None:
    try:
        return client.oauth_token_info(token)
    except Stopped:
        raise
    except HubSpotError:
        return None


def _holder(info: TokenInfo | None, *, passes: bool = False) -> TokenOwner:
    if info is None:
        return TokenOwner()
    return TokenOwner(info.hub_id, frozenset(info.scopes) or None, passes)
