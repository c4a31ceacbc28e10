"""Web addresses and e-mail addresses → the domain that a company is known by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from destination_hubspot_calls.messages import MissCause

_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|mailto:|//)?"  # https://
    r"(?:[^/?#@\s]*@)?"  # user@
    r"([^/?#:@\s<>,;]+)"
    r"(?::[0-9]*)?(?:[/?#].*)?",  # :8080/path
    re.DOTALL,
)
_MAX_HOST = 253
"""Characters of a domain name (RFC 1035)."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain, in lower case, without `www.`, in the letters of its language.

    HubSpot's pages store domains so; what came in through its API may have the `www.`, or be written with ASCII
    letters only, so all of these are looked for.
    """

    invalid_reason: str = "holds no domain"
    sample: str | None = "example.com"

    def cause(self, _value: str) -> str:
        return MissCause.NOT_AN_ADDRESS

    def normalize(self, value: str) -> str | None:
        found = _HOST.fullmatch(value.lower())
        host = found[1].rstrip(".") if found else ""
        host = host.removeprefix("www.") if host.count(".") > 1 else host
        if "." not in host or host.startswith(".") or ".." in host or len(host) > _MAX_HOST:
            return None
        return _in_letters(host)

    def variants(self, key: str) -> tuple[str, ...]:
        names = dict.fromkeys((key, _in_ascii(key)))
        return tuple(f"{prefix}{name}" for name in names for prefix in ("", "www."))


def _in_ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _in_letters(host: str) -> str:
    if "xn--" not in host:
        return host
    try:
        letters = host.encode().decode("idna")
    except UnicodeError:
        return host
    return letters if _in_ascii(letters) == host else host
