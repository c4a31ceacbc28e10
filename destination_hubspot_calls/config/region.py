"""Where HubSpot keeps an account's data, and the address of its API there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DEFAULT_ADDRESS: Final = "https://api.hubapi.com"
"""Of North America, and of most accounts elsewhere: HubSpot forwards what comes in there."""


@dataclass(frozen=True, slots=True)
class Region:
    """A data center of HubSpot: `code` as tokens and answers bear it, `name` as a person chooses it."""

    code: str
    name: str
    address: str

    @property
    def pages(self) -> str:
        """The host of the pages of accounts there."""
        return "app.hubspot.com" if self.address == DEFAULT_ADDRESS else f"app-{self.code}.hubspot.com"


REGIONS: Final = (
    Region("na1", "North America", DEFAULT_ADDRESS),
    Region("na2", "North America 2", "https://api-na2.hubapi.com"),
    Region("na3", "Canada", "https://api-na3.hubapi.com"),
    Region("eu1", "Europe", "https://api-eu1.hubapi.com"),
    Region("ap1", "Asia and Pacific", "https://api-ap1.hubapi.com"),
)


def address_of_code(code: str) -> str:
    """The address of a region's API by its code; one that came after this release is named like the others."""
    return next((region.address for region in REGIONS if region.code == code), f"https://api-{code}.hubapi.com")


def address_of_name(name: str) -> str:
    """The address of a region's API, as a person chooses it."""
    return next(region.address for region in REGIONS if region.name == name)


def name_of_code(code: str) -> str | None:
    """What a person chooses in the form; None where that has no such region."""
    return next((region.name for region in REGIONS if region.code == code), None)


def pages_of_address(address: str) -> str:
    """The host of the account's pages, as far as the address of its API tells."""
    return next((region.pages for region in REGIONS if region.address == address), REGIONS[0].pages)


def name_of_address(address: str) -> str | None:
    """The region that an address is of; None if it is not one of HubSpot's."""
    return next((region.name for region in REGIONS if region.address == address), None)
