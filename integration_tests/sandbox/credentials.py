"""Tokens: static ones with their scopes, OAuth clients, and what expires when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from integration_tests.sandbox.wire import Body

_PLURALS = (
    "contacts",
    "companies",
    "deals",
    "leads",
    "orders",
    "appointments",
    "courses",
    "listings",
    "services",
    "projects",
    "feedback_submissions",
    "custom",
)
ALL_SCOPES = (
    "oauth",
    "tickets",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.schemas.custom.read",
    "crm.objects.owners.read",
    "crm.objects.contacts.sensitive.read.v2",
    "crm.objects.contacts.sensitive.write.v2",
    *(f"crm.objects.{plural}.{right}" for plural in _PLURALS for right in ("read", "write")),
)
DEFAULT_TOKEN = "pat-na1-sandbox"


@dataclass(slots=True)
class Token:
    """An access token. ``expires_ms`` 0: never."""

    value: str
    scopes: frozenset[str]
    oauth: bool = False
    expires_ms: int = 0
    revoked: bool = False
    rate_limit: int | None = None
    client_id: str = ""
    user_id: int = 9001
    app_id: int = 77001
    window_key: str = ""
    """What a rate window belongs to: a token of its own, or (OAuth) the app in this account."""


@dataclass(slots=True)
class Client:
    """An OAuth app as this account has it installed."""

    client_id: str
    client_secret: str
    refresh_token: str
    scopes: frozenset[str]
    expires_in: int = 1800
    rotate: bool = False
    keep_old_refresh: bool = False
    single_access_token: bool = False
    rate_limit: int | None = None
    revoked: bool = False
    refreshes: int = 0
    refresh_tokens: set[str] = field(default_factory=set)


class Credentials:
    """All tokens and clients of the account."""

    def __init__(self) -> None:
        self.tokens: dict[str, Token] = {}
        self.clients: dict[str, Client] = {}
        self._issued = 0

    def put_token(self, body: Mapping[str, object]) -> Token:
        """``{"token", "scopes"?, "expires_in"?, "revoked"?, "rate_limit"?, "oauth"?}``; ValueError if malformed."""
        value = body.get("token")
        if not isinstance(value, str) or not value:
            raise ValueError("a token needs token")
        token = Token(
            value=value,
            scopes=_scopes(body),
            oauth=bool(body.get("oauth", False)),
            revoked=bool(body.get("revoked", False)),
            rate_limit=_whole(body, "rate_limit"),
            window_key=value,
        )
        self.tokens[value] = token
        return token

    def put_client(self, body: Mapping[str, object]) -> Client:
        """``{"client_id", "client_secret", "refresh_token", "scopes"?, "expires_in"?, "rotate"?, ...}``."""
        needed = ("client_id", "client_secret", "refresh_token")
        if any(not isinstance(body.get(name), str) for name in needed):
            raise ValueError("a client needs client_id, client_secret, refresh_token")
        expires_in = _whole(body, "expires_in")
        client = Client(
            client_id=str(body["client_id"]),
            client_secret=str(body["client_secret"]),
            refresh_token=str(body["refresh_token"]),
            scopes=_scopes(body),
            expires_in=1800 if expires_in is None else expires_in,
            rotate=bool(body.get("rotate", False)),
            keep_old_refresh=bool(body.get("keep_old_refresh", False)),
            single_access_token=bool(body.get("single_access_token", False)),
            rate_limit=_whole(body, "rate_limit"),
            revoked=bool(body.get("revoked", False)),
        )
        client.refresh_tokens.add(client.refresh_token)
        self.clients[client.client_id] = client
        return client

    def refresh(self, client: Client, now: int) -> Body:
        """A new access token (and with ``rotate`` a new refresh token), as ``/oauth/v1/token`` answers (A)."""
        self._issued += 1
        client.refreshes += 1
        if client.single_access_token:
            for token in self.tokens.values():
                token.revoked = token.revoked or token.client_id == client.client_id
        if client.rotate:
            if not client.keep_old_refresh:
                client.refresh_tokens.clear()
            client.refresh_token = f"na1-refresh-{client.client_id}-{self._issued}"
            client.refresh_tokens.add(client.refresh_token)
        value = f"CN-access-{client.client_id}-{self._issued}"
        self.tokens[value] = _access(client, value, now)
        return {
            "token_type": "bearer",
            "refresh_token": client.refresh_token,
            "access_token": value,
            "expires_in": client.expires_in,
        }

    def expire(self, now: int) -> int:
        """Let all access tokens of OAuth apps have ended a second ago; says how many."""
        found = [token for token in self.tokens.values() if token.client_id]
        for token in found:
            token.expires_ms = now - 1000
        return len(found)


def default_credentials() -> Credentials:
    credentials = Credentials()
    credentials.put_token({"token": DEFAULT_TOKEN})
    credentials.put_client(
        {"client_id": "sandbox-client", "client_secret": "sandbox-secret", "refresh_token": "na1-sandbox-refresh"}
    )
    return credentials


def _scopes(body: Mapping[str, object]) -> frozenset[str]:
    given = body.get("scopes")
    if given is None:
        return frozenset(ALL_SCOPES)
    if not isinstance(given, list) or not all(isinstance(scope, str) for scope in given):
        raise ValueError("scopes must be a list of texts")
    return frozenset(given)


def _whole(body: Mapping[str, object], name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number")  # noqa: TRY004 - the control API's 400
    return value


def _access(client: Client, value: str, now: int) -> Token:
    return Token(
        value=value,
        scopes=client.scopes,
        oauth=True,
        expires_ms=now + client.expires_in * 1000,
        rate_limit=client.rate_limit,
        client_id=client.client_id,
        window_key=client.client_id,
    )
