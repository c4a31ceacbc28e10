"""OAuth, and what a token tells about itself."""

from __future__ import annotations

from urllib.parse import parse_qs

from integration_tests.sandbox import bodies, inputs
from integration_tests.sandbox.wire import Answer
from integration_tests.sandbox.world import Exchange


def issue_token(exchange: Exchange) -> Answer:
    """POST /oauth/v1/token, form-encoded (A)."""
    if not exchange.content_type.startswith("application/x-www-form-urlencoded"):
        raise bodies.unsupported_media_type()
    form = {name: values[-1] for name, values in parse_qs(exchange.raw.decode("utf-8", "replace")).items()}
    if form.get("grant_type") != "refresh_token":
        raise _oauth_error("BAD_GRANT_TYPE", "invalid_request", "missing or invalid grant type")
    client = exchange.account.credentials.clients.get(form.get("client_id", ""))
    if client is None:
        raise _oauth_error("BAD_CLIENT_ID", "invalid_client", "missing or invalid client id")
    if form.get("client_secret") != client.client_secret:
        raise _oauth_error("BAD_CLIENT_SECRET", "invalid_client", "missing or invalid client secret")
    if client.revoked or form.get("refresh_token") not in client.refresh_tokens:
        raise _oauth_error("BAD_REFRESH_TOKEN", "invalid_grant", "refresh token is invalid, expired or revoked")
    issued = exchange.account.credentials.refresh(client, exchange.world.now())
    about = {"hub_id": exchange.account.portal, "scopes": sorted(client.scopes), "user_id": 9001}
    return Answer(200, {**issued, **about, "token_use": "access_token"})


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
            "hub_domain": "sandbox.example.com",
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
    token = exchange.account.credentials.tokens.get(inputs.text(body["tokenKey"]))
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
