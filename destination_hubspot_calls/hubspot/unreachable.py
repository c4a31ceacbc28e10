"""Why an exchange failed: what requests, urllib3 and the system raise, in words for a person."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from destination_hubspot_calls.hubspot.errors import Unavailable

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
"""What the standard library says of a proxy that refuses to connect."""


class NotSent(Exception):
    """Nothing reached HubSpot, so it may be sent again. The text says why."""


class NoAnswer(Exception):
    """It was sent, and no answer came, or none that can be read. The text says what came."""


def explain(error: Exception, base_url: str) -> Exception:
    """NotSent, NoAnswer, or Unavailable where trying again is of no use; the text names neither values nor secrets."""
    host = urlsplit(base_url).hostname or base_url
    causes = tuple(_causes(error))
    if lasting := _lasting(causes, host):
        return Unavailable(lasting)
    never_sent = _never_sent(causes)
    if never_sent is not None:
        return NotSent(f"{host} cannot be reached ({never_sent})")
    return error if isinstance(error, NoAnswer) else NoAnswer("no answer")


def proxy_refusal(status: int) -> str:
    """What a person can do about a proxy that does not let requests through; it never saw what they hold."""
    if status == 407:
        return (
            "the proxy asks for a name and a password (407), so nothing was sent: put them into HTTPS_PROXY, as in "
            "http://name:password@proxy:3128"  # ignore-https-check: a proxy is spoken to so
        )
    return f"the proxy refuses to connect to HubSpot ({status}), so nothing was sent: have the host allowed there"


def _lasting(causes: tuple[BaseException, ...], host: str) -> str:
    """What only a person can change; empty where there is nothing of the kind."""
    # What happens to a connection comes as an error of requests; the system's own is about the file of authorities.
    no_authorities = isinstance(causes[0], OSError) and not isinstance(causes[0], requests.RequestException)
    if no_authorities or any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return (
            f"the TLS certificate at {host} cannot be verified, so nothing was sent: where a proxy reads along, "
            "REQUESTS_CA_BUNDLE has to name a file with its certificate authority, and the clock has to be right"
        )
    status = _tunnel_status(causes)
    return proxy_refusal(status) if status in {401, 403, 407} else ""


def _never_sent(causes: tuple[BaseException, ...]) -> str | None:
    """Why no connection was made; None where one was."""
    by_proxy = any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes)
    for cause in causes:
        match cause:
            case requests.exceptions.ConnectTimeout():
                return "no connection within 10 s"
            case NameResolutionError() | socket.gaierror():
                return f"the name {'of the proxy ' if by_proxy else ''}is not found: see the spelling and the DNS"
            case NewConnectionError() if isinstance(cause.__cause__, ConnectionRefusedError):
                return f"the connection {'to the proxy ' if by_proxy else ''}is refused: see the port and the firewall"
            case NewConnectionError():
                return f"there is no way to {'the proxy' if by_proxy else 'it'}: see the network and the firewall"
    status = _tunnel_status(causes)
    return None if status is None else f"the proxy answers {status}"


def _tunnel_status(causes: tuple[BaseException, ...]) -> int | None:
    for cause in causes:
        found = _TUNNEL.match(str(cause)) if isinstance(cause, OSError) else None
        if found:
            return int(found[1])
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it wraps: requests' holds urllib3's, and that holds the system's."""
    found: BaseException | None = error
    while found is not None:
        yield found
        inner = found.reason if isinstance(found, MaxRetryError) else None
        found = inner or next((item for item in found.args if isinstance(item, BaseException)), None)
