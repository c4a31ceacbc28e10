"""What a token that HubSpot does not accept looks like."""

from __future__ import annotations

import re

_ACCESS_TOKEN = re.compile(r"pat-[a-z]+\d-[0-9a-f-]{36}", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_REFRESH_TOKEN = re.compile(r"(?:na|eu|ap)\d-[0-9a-f-]{20,}", re.IGNORECASE)


def looks_like(token: str) -> str:
    """What it may be instead, or what is wrong with its form; empty where it looks right. Repeats nothing of it."""
    if _ACCESS_TOKEN.fullmatch(token):
        return ""
    if token.startswith("pat-"):
        return " It is not as long as such a token is: it may have been copied in part"
    if _UUID.fullmatch(token):
        return " It looks like an API key, a client id or a client secret: HubSpot's access tokens begin with pat-"
    if _REFRESH_TOKEN.fullmatch(token):
        return " It looks like an OAuth refresh token: choose OAuth to use that"
    return " HubSpot's access tokens begin with pat-"
