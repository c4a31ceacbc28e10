"""Credentials → the authorization of a request."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Protocol

from destination_hubspot_calls.config.region import address_of_code, name_of_code
from destination_hubspot_calls.hubspot.errors import Refusal, Unauthorized, Unavailable
from destination_hubspot_calls.hubspot.models import TokenAnswer

RENEWAL_MARGIN = 60.0
"""Seconds before its end at which a token counts as old; a tenth of its life where that is shorter."""
MAX_REFUSALS = 3
"""Fresh tokens that one request tries."""
MAX_EXPIRED = 20
"""Tokens that one request tries where each ends before it arrives."""
SECOND_THOUGHT = 5.0
"""Seconds after which a refused static token is tried once more: HubSpot says that a 401 alone proves nothing."""
PAUSES = (5.0, 10.0, 15.0, 30.0, 60.0)
"""Seconds before each further try with a token that worked in this process: bursts of refusals pass (reported)."""

_REFUSED = "HubSpot does not accept the token: it is wrong, was revoked, or has expired"
_STATIC = "Copy the token of the Service Key or private app again"
_REGION = re.compile(r"pat-([a-z]{2}\d)-", re.IGNORECASE)


class Auth(Protocol):
    """What a request is authorized with."""

    def token(self) -> str:
        """The bearer token to send now. Raises what a refresh may raise."""

    def accepted(self, token: str) -> None:
        """HubSpot answered a request with this token: it is a good one, whatever comes."""

    def after_refusal(self, token: str, refusals: int) -> float:
        """Seconds to wait before a request that was refused `refusals` times is sent again.

        Raises Unauthorized where that is of no use, Unavailable where it is of no use now.
        """


class StaticToken:
    """A token that does not change: a Service Key's or a private app's."""

    def __init__(self, value: str) -> None:
        self._value = value
        self._worked = False

    def token(self) -> str:
        """The token."""
        return self._value

    def accepted(self, token: str) -> None:  # noqa: ARG002 - there is no other token
        """It is a good one."""
        self._worked = True

    def after_refusal(self, token: str, refusals: int) -> float:  # noqa: ARG002 - there is no other token
        """Once more after a moment; up to two minutes where it worked before."""
        if self._worked:
            return _pause(refusals)
        if refusals > 1:
            raise Unauthorized(f"{_REFUSED}. {_STATIC}{self._region()}")
        return SECOND_THOUGHT

    def _region(self) -> str:
        """Tokens of some regions were refused at the address of all (two reports)."""
        region = _REGION.match(self._value)
        if region is None or region[1].lower() == "na1":
            return ""
        name = region[1].lower()
        host, choice = address_of_code(name), name_of_code(name)
        chosen = f", or choose {choice} as the region" if choice else ""
        return f". It is a token of the region {name}: if api_base_url is not {host} yet, try that{chosen}"


class OAuthToken:
    """A token that is refreshed once for all threads, before it ends or after it was refused.

    `exchange` sends the form to HubSpot's token endpoint. `on_token` hears of each new access token and of a
    refresh token that HubSpot rotated (None where it did not), before either is used.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        *,
        exchange: Callable[[dict[str, str]], TokenAnswer],
        on_token: Callable[[str, str | None], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._form = {"grant_type": "refresh_token", "client_id": client_id, "client_secret": client_secret}
        self._refresh_token = refresh_token
        self._exchange = exchange
        self._on_token = on_token
        self._clock = clock
        self._token = ""
        self._ends = 0.0
        self._worked = False
        # Held while a token is fetched: the threads that need it wait for the one that fetches.
        self._lock = threading.Lock()

    def token(self) -> str:
        """The current token, refreshed first where it is about to end. Raises Unauthorized."""
        with self._lock:
            if self._clock() >= self._ends:
                self._refresh()
            return self._token

    def accepted(self, token: str) -> None:  # noqa: ARG002 - what one token may, its successors may
        """The app may do what it does."""
        self._worked = True

    def after_refusal(self, token: str, refusals: int) -> float:
        """At once, with another token: the one that another thread fetched meanwhile, or a new one.

        A token that ended on its way says nothing about the app, so it is given up later.
        """
        with self._lock:
            alive = token == self._token and self._clock() < self._ends
            if alive:
                self._ends = 0.0
        most = MAX_REFUSALS if alive else MAX_EXPIRED
        if refusals < most:
            return 0.0
        if self._worked:
            return _pause(refusals - most + 1)
        raise Unauthorized(f"{_REFUSED}. Connect the account to the app again")

    def _refresh(self) -> None:
        try:
            answer = self._exchange({**self._form, "refresh_token": self._refresh_token})
        except Refusal as refusal:
            raise _unauthorized(refusal) from None
        if not answer.access_token:
            raise Unauthorized("HubSpot answered the OAuth refresh without an access token")
        rotated = answer.refresh_token if answer.refresh_token not in ("", self._refresh_token) else None
        self._on_token(answer.access_token, rotated)
        self._refresh_token = rotated or self._refresh_token
        self._token = answer.access_token
        lifetime = float(answer.expires_in)
        self._ends = self._clock() + lifetime - min(RENEWAL_MARGIN, lifetime / 10)


def _pause(refusals: int) -> float:
    """Seconds before another try with a token that worked. Raises Unavailable."""
    if refusals > len(PAUSES):
        raise Unavailable(
            f"HubSpot refuses a token that worked in this sync, {refusals} times in {sum(PAUSES):.0f} s: run the sync "
            "again later; if that is refused too, the token was revoked"
        )
    return PAUSES[refusals - 1]


def _unauthorized(refusal: Refusal) -> Unauthorized:
    """What a person can do, by what the token endpoint says (`status`: BAD_REFRESH_TOKEN, …)."""
    said = refusal.problem.status
    if said in {"BAD_CLIENT_ID", "BAD_CLIENT_SECRET"}:
        return Unauthorized(
            f"HubSpot does not know the OAuth app ({said}): copy client id and client secret again from the app's page "
            "in HubSpot, under Auth"
        )
    if said == "BAD_REFRESH_TOKEN":
        return Unauthorized(
            f"HubSpot does not accept the refresh token ({said}): the app was uninstalled from the account, its access "
            "was revoked, or the token is of another app. Install the app and connect the account again, and see that "
            "client id, client secret and refresh token belong together"
        )
    code = said if re.fullmatch("[A-Z_]{3,40}", said) else refusal.status
    return Unauthorized(
        f"HubSpot grants the OAuth app no access token ({code}): connect the account to the app again, and see that "
        "client id, client secret and refresh token belong together"
    )
