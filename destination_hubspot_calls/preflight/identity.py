"""Which account a token belongs to, as a person knows it."""

from __future__ import annotations

from dataclasses import dataclass

from destination_hubspot_calls.config.region import DEFAULT_ADDRESS, pages_of_address
from destination_hubspot_calls.connection import Connection
from destination_hubspot_calls.hubspot.errors import HubSpotError, Stopped
from destination_hubspot_calls.hubspot.models import AccountDetails

_KINDS = {
    "STANDARD": "a standard account",
    "SANDBOX": "a sandbox account",
    "DEVELOPER_TEST": "a developer test account",
    "APP_DEVELOPER": "an app developer account",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """What HubSpot tells of an account, which it need not: empty if it does not. `time_zone` is an IANA name."""

    portal: int
    kind: str = ""
    time_zone: str = ""
    pages: str = ""

    def sentence(self, limit: int | None) -> str:
        """Which account it is, and where its pages are. `limit`: requests per 10 seconds, None if that is not known."""
        kind = _KINDS.get(self.kind, f"of the kind {self.kind}") if self.kind else ""
        zone = f"time zone {self.time_zone}" if self.time_zone else ""
        pace = "" if limit is None else f"{limit:,} requests per 10 seconds"
        facts = ", ".join(filter(None, (kind, zone, pace)))
        about = f": {facts}" if facts else ""
        return f"This is HubSpot account {self.portal}{about}. Its pages: https://{self.pages}/contacts/{self.portal}"


def read_details(connection: Connection) -> AccountDetails:
    """What HubSpot tells of the account; empty if it tells nothing. Raises Stopped."""
    try:
        return connection.brief.account()
    except Stopped:
        raise
    except HubSpotError:
        return AccountDetails()


def identity(details: AccountDetails, portal: int | None, address: str = DEFAULT_ADDRESS) -> Identity | None:
    """The account, by its details or at least by the number that its token tells; None if neither is known.

    `address`: of the API, which tells where the account's pages are if HubSpot does not.
    """
    number = portal or details.portal_id
    if number is None:
        return None
    return Identity(number, details.kind, _zone(details.time_zone), details.ui_domain or pages_of_address(address))


def _zone(name: str) -> str:
    # HubSpot's own example is "US/Eastern"; others were seen with other separators.
    return name.strip().replace(" ", "_")
