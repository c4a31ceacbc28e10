"""OAuth, and what a token tells about itself."""

from __future__ import annotations

from urllib.parse import parse_qs

from integration_tests.sandbox import bodies, inputs
from integration_tests.sandbox.credentials import Client, Token
from integration_tests.sandbox.wire import Answer, Body
from integration_tests.sandbox.world import Exchange


def issue_token(exchange: Exchange) -> Answer:
    """POST /oauth/v1/token, form-encoded (A)."""
    form = _form(exchange)
    if form.get("grant_type") != "refresh_token":
        raise _oauth_error("BAD_GRANT_TYPE", "invalid_request", "missing or invalid grant type")
    client = _client(exchange, form)
    if client.revoked or form.get("refresh_token") not in client.refresh_tokens:
        raise _oauth_error("BAD_REFRESH_TOKEN", "invalid_grant", "refresh token is invalid, expired or revoked")
    issued = exchange.account.credentials.refresh(client, exchange.world.now())
    about = {"hub_id": exchange.account.portal, "scopes": sorted(client.scopes), "user_id": 9001}
    return Answer(200, {**issued, **about, "token_use": "access_token"})


def _form(exchange: Exchange) -> dict[str, str]:
    if not exchange.content_type.startswith("application/x-www-form-urlencoded"):
        raise bodies.unsupported_media_type()
    return {name: values[-1] for name, values in parse_qs(exchange.raw.decode("utf-8", "replace")).items()}


def _identified(exchange: Exchange) -> tuple[dict[str, str], Client]:
    form = _form(exchange)
    return form, _client(exchange, form)


def _client(exchange: Exchange, form: dict[str, str]) -> Client:
    """The app that asks, by its id and its secret."""
    client = exchange.account.credentials.clients.get(form.get("client_id", ""))
    if client is None:
        raise _oauth_error("BAD_CLIENT_ID", "invalid_client", "missing or invalid client id")
    if form.get("client_secret") != client.client_secret:
        raise _oauth_error("BAD_CLIENT_SECRET", "invalid_client", "missing or invalid client secret")
    return client


def introspect(exchange: Exchange) -> Answer:
    """POST /oauth/{version}/token/introspect, form-encoded; an unknown token is a 200 with ``active: false`` (A)."""
    form, client = _identified(exchange)
    value, account = form.get("token", ""), exchange.account
    if value in client.refresh_tokens and not client.revoked:
        return Answer(
            200, {**_told(exchange, client), "token": value, "token_type": "bearer", "token_use": "refresh_token"}
        )
    token = account.credentials.tokens.get(value)
    now = exchange.world.now()
    if token is None or token.revoked or token.client_id != client.client_id or token.expires_ms <= now:
        return Answer(200, {"active": False})
    left = (token.expires_ms - now) // 1000
    about = {"token": value, "token_type": "bearer", "token_use": "access_token", "expires_in": left}
    more = {"is_private_distribution": False, "signed_access_token": _signed(exchange, token)}
    return Answer(200, {**_told(exchange, client), **about, **more})


def _told(exchange: Exchange, client: Client) -> Body:
    return {
        "active": True,
        "app_id": 77001,
        "client_id": client.client_id,
        "hub_id": exchange.account.portal,
        "hub_domain": exchange.settings.account_name,
        "scopes": sorted(client.scopes),
        "user": "agent1@example.com",
        "user_id": 9001,
    }


def _signed(exchange: Exchange, token: Token) -> Body:
    """A: what the schema requires; the signature is none."""
    return {
        "appId": token.app_id,
        "appInstallId": "1",
        "audience": "",
        "expiresAt": token.expires_ms,
        "hubId": exchange.account.portal,
        "hublet": exchange.settings.region or "na1",
        "installingUserId": token.user_id,
        "isPrivateDistribution": False,
        "isServiceAccount": False,
        "isUserLevel": False,
        "newSignature": "",
        "scopeToScopeGroupPks": "",
        "scopes": "",
        "signature": "",
        "trialScopeToScopeGroupPks": "",
        "trialScopes": "",
        "userId": token.user_id,
    }


def token_details(exchange: Exchange) -> Answer:
    """GET /oauth/v1/access-tokens/{token} (A)."""
    token = exchange.account.credentials.tokens.get(exchange.params["token"])
    if token is None or not token.oauth or token.revoked:
        raise bodies.refused(404, "token not found", "OBJECT_NOT_FOUND")
    left = max(0, (token.expires_ms - exchange.world.now()) // 1000)
    if left == 0:
        raise bodies.refused(404, "token expired", "OBJECT_NOT_FOUND")
    return Answer(
        200,
        {
            "token": token.value,
            "user": "agent1@example.com",
            "hub_domain": exchange.settings.account_name,
            "scopes": sorted(token.scopes),
            "hub_id": exchange.account.portal,
            "app_id": token.app_id,
            "expires_in": left,
            "user_id": token.user_id,
            "token_type": "access",
        },
    )


def private_app_details(exchange: Exchange) -> Answer:
    """POST /oauth/v2/private-apps/get/access-token-info {"tokenKey"} (B); may refuse some tokens (D: a switch)."""
    body = inputs.mapping(exchange.body)
    inputs.needed(body, ("tokenKey",))
    key = inputs.text(body["tokenKey"])
    token = None if exchange.settings.is_elsewhere(key) else exchange.account.credentials.tokens.get(key)
    if token is None or token.oauth or token.revoked or exchange.settings.token_info == "refuse":
        raise bodies.refused(404, "Could not find the access token.", "OBJECT_NOT_FOUND")
    return Answer(
        200,
        {
            "userId": token.user_id,
            "hubId": exchange.account.portal,
            "appId": token.app_id,
            "scopes": sorted(token.scopes),
        },
    )


def _oauth_error(status: str, error: str, message: str) -> bodies.Refused:
    """A for BAD_REFRESH_TOKEN; the others in its form."""
    return bodies.Refused(
        Answer(400, {"error": error, "error_description": message, "status": status, "message": message})
    )
