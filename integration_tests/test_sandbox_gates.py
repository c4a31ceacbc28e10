"""Tokens, scopes, statuses of the edge, and rate limits of the sandbox, held to what is known of HubSpot."""

from __future__ import annotations

import time

import pytest
import requests

from integration_tests.sandbox.hub import CALLS, Hub, call
from integration_tests.sandbox.process import Sandbox

# Tokens and scopes


def test_tokens_that_open_nothing(hub: Hub) -> None:
    """No token, an unknown one, garbage (which "expired 20705 day(s) ago"), a revoked one."""
    anonymous = requests.get(hub.sandbox.url + "/crm/v3/owners", timeout=30)
    assert (anonymous.status_code, anonymous.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    hub.token = "pat-na1-x"
    answer = hub.get("/crm/v3/owners")
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    hub.token = "garbage"
    answer = hub.get("/crm/v3/owners")
    assert (answer.status_code, answer.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert "expired 20705 day(s) ago" in answer.json()["message"]
    hub.sandbox.add_token("pat-na1-old", revoked=True)
    hub.token = "pat-na1-old"
    assert hub.get("/crm/v3/owners").status_code == 401


def test_missing_scopes(hub: Hub) -> None:
    """A static token is told which; an OAuth token gets a sentence without a category."""
    hub.sandbox.add_token("pat-na1-few", ["crm.objects.contacts.read"])
    hub.token = "pat-na1-few"
    assert hub.get("/crm/v3/properties/calls").status_code == 200
    for path, scope in (("/crm/v3/owners", "owners.read"), ("/crm/v3/objects/companies", "companies.read")):
        answer = hub.get(path)
        assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")
        assert answer.json()["errors"][0]["context"] == {"requiredGranularScopes": [f"crm.objects.{scope}"]}
    assert hub.create(call()).status_code == 403
    hub.sandbox.add_token("oauth-few", [], oauth=True)
    hub.token = "oauth-few"
    answer = hub.create(call())
    assert answer.status_code == 403
    assert "(requires one of [crm.objects.contacts.write])" in answer.json()["message"]
    assert "category" not in answer.json()


def refresh(sandbox: Sandbox, token: str, **more: str) -> requests.Response:
    form = {
        "grant_type": "refresh_token",
        "client_id": "app",
        "client_secret": "secret",
        "refresh_token": token,
        **more,
    }
    return requests.post(sandbox.url + "/oauth/v1/token", data=form, timeout=30)


def test_oauth_tokens_are_refreshed_and_expire(hub: Hub) -> None:
    """An expired one is EXPIRED_AUTHENTICATION; what a token can do is told by access-tokens."""
    hub.sandbox.add_client("app", "secret", "r0", expires_in=60)
    answer = refresh(hub.sandbox, "r0")
    assert answer.status_code == 200
    assert (answer.json()["expires_in"], answer.json()["refresh_token"]) == (60, "r0")
    hub.token = answer.json()["access_token"]
    assert hub.get("/crm/v3/owners").status_code == 200
    told = hub.get(f"/oauth/v1/access-tokens/{hub.token}").json()
    assert "crm.objects.contacts.write" in told["scopes"]
    assert hub.sandbox.expire_tokens() == 1
    answer = hub.get("/crm/v3/owners")
    assert (answer.status_code, answer.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert hub.sandbox.stats()["oauth"]["app"] == 1


def test_refresh_tokens_can_rotate(hub: Hub) -> None:
    """The old one is dead then; so is one of another app, and wrong credentials are told apart."""
    hub.sandbox.add_client("app", "secret", "r0", rotate=True)
    second = refresh(hub.sandbox, "r0").json()["refresh_token"]
    assert second != "r0"
    answer = refresh(hub.sandbox, "r0")
    assert (answer.status_code, answer.json()["status"]) == (400, "BAD_REFRESH_TOKEN")
    assert refresh(hub.sandbox, second).status_code == 200
    assert refresh(hub.sandbox, second, client_id="x").json()["status"] == "BAD_CLIENT_ID"
    assert refresh(hub.sandbox, second, client_secret="x").json()["status"] == "BAD_CLIENT_SECRET"
    assert refresh(hub.sandbox, second, grant_type="x").json()["status"] == "BAD_GRANT_TYPE"
    assert requests.post(hub.sandbox.url + "/oauth/v1/token", json={}, timeout=30).status_code == 415


def test_what_a_static_token_can_do(hub: Hub) -> None:
    """Told by access-token-info, which may refuse too."""
    path, body = "/oauth/v2/private-apps/get/access-token-info", {"tokenKey": hub.token}
    told = hub.post(path, body).json()
    assert told["hubId"] == 1_234_567
    assert "crm.objects.contacts.write" in told["scopes"]
    hub.sandbox.settings(token_info="refuse")
    assert hub.post(path, body).status_code == 404


def test_statuses_of_the_edge(hub: Hub) -> None:
    """404, 405, 413, 414, 415; wrong paths show in the statistics."""
    assert hub.get("/crm/v3/nothing").status_code == 404
    assert hub.ask("DELETE", "/crm/v3/owners").status_code == 405
    assert hub.get("/crm/v3/owners", email="x" * 9_000).status_code == 414
    answer = hub.ask("POST", f"{CALLS}/batch/create", data=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert hub.post("/crm/v3/objects/nothing/batch/create", {}).json()["message"] == (
        "Unable to infer object type from: nothing"
    )
    hub.sandbox.settings(max_body_bytes=10)
    assert hub.create(call()).status_code == 413
    assert hub.sandbox.stats()["strays"] == {"GET /crm/v3/nothing": 1, "DELETE /crm/v3/owners": 1}


# Rate limits


def test_the_burst_limit_rolls(hub: Hub) -> None:
    """Headers count down; what is too much is TEN_SECONDLY_ROLLING; a request's place is free after the interval."""
    hub.sandbox.settings(rate_limit=3, rate_interval_ms=1500)
    first = hub.get("/crm/v3/owners")
    assert first.headers["X-HubSpot-RateLimit-Max"] == "3"
    assert first.headers["X-HubSpot-RateLimit-Remaining"] == "2"
    assert first.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "1500"
    assert int(first.headers["X-HubSpot-RateLimit-Daily-Remaining"]) == 624_999
    time.sleep(0.8)
    assert [hub.get("/crm/v3/owners").status_code for _ in range(3)] == [200, 200, 429]
    time.sleep(0.8)
    answers = [hub.get("/crm/v3/owners") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert answers[1].headers["X-HubSpot-RateLimit-Remaining"] == "0"
    assert hub.sandbox.stats()["rate_limit"]["refused"]["burst"] == 2


def test_the_window_can_be_fixed(hub: Hub) -> None:
    """Then all places are free at once."""
    hub.sandbox.settings(rate_limit=3, rate_interval_ms=1000, rate_window="fixed")
    assert [hub.get("/crm/v3/owners").status_code for _ in range(4)] == [200, 200, 200, 429]
    time.sleep(1.05)
    assert [hub.get("/crm/v3/owners").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_the_daily_limit_is_the_accounts(hub: Hub) -> None:
    """It ends requests of every token."""
    hub.sandbox.add_token("pat-na1-other")
    hub.sandbox.settings(daily_limit=2)
    assert hub.get("/crm/v3/owners").headers["X-HubSpot-RateLimit-Daily"] == "2"
    hub.get("/crm/v3/owners")
    hub.token = "pat-na1-other"
    answer = hub.get("/crm/v3/owners")
    assert (answer.status_code, answer.json()["policyName"]) == (429, "DAILY")
    hub.sandbox.clear("limits")
    assert hub.get("/crm/v3/owners").status_code == 200


def test_searches_have_a_limit_of_their_own(hub: Hub) -> None:
    """Five a second, a body without policyName, and no headers."""
    answers = [hub.search("companies", "domain", "x") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[5].json()["category"] == "RATE_LIMITS"
    assert "policyName" not in answers[5].json()
    assert not [name for name in answers[0].headers if name.lower().startswith("x-hubspot-ratelimit")]
    time.sleep(1.05)
    assert hub.search("companies", "domain", "x").status_code == 200


def test_limits_are_per_token(hub: Hub) -> None:
    """A token may have one of its own; OAuth tokens share their app's, and are told no daily one."""
    hub.sandbox.settings(rate_limit=1)
    hub.sandbox.add_token("pat-na1-wide", rate_limit=5)
    assert [hub.get("/crm/v3/owners").status_code for _ in range(2)] == [200, 429]
    hub.token = "pat-na1-wide"
    assert hub.get("/crm/v3/owners").headers["X-HubSpot-RateLimit-Max"] == "5"
    hub.sandbox.add_client("app", "secret", "r0", rate_limit=2)
    tokens = [refresh(hub.sandbox, "r0").json()["access_token"] for _ in range(3)]
    statuses = []
    for hub.token in tokens:
        answer = hub.get("/crm/v3/owners")
        statuses.append(answer.status_code)
        assert "X-HubSpot-RateLimit-Daily" not in answer.headers
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize(("slack", "status"), [(100, 200), (0, 429)])
def test_requests_that_come_a_little_early(hub: Hub, slack: int, status: int) -> None:
    """A window is counted a little shorter, as requests travel at different speeds; to the millisecond if asked for."""
    hub.sandbox.settings(rate_limit=1, rate_interval_ms=1000, rate_slack_ms=slack)
    assert hub.get("/crm/v3/owners").status_code == 200
    time.sleep(0.93)
    assert hub.get("/crm/v3/owners").status_code == status
