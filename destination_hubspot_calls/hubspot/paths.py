"""Where each version of HubSpot's API has its endpoints: the one table of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of one version. The bodies are the same in both that there are.

    `accounts` tells about the account itself; `schemas` are those of custom objects.
    """

    objects: str
    properties: str
    associations: str
    owners: str
    schemas: str
    accounts: str

    def batch(self, object_type: str, what: str) -> str:
        """A batch endpoint of an object type: create, read, update, upsert, archive."""
        return f"{self.objects}/{object_type}/batch/{what}"

    def links(self, object_type: str, what: str) -> str:
        """A batch endpoint of the links from calls to an object type: create, read."""
        return f"{self.associations}/calls/{object_type}/batch/{what}"


V3 = Paths(
    objects="/crm/v3/objects",
    properties="/crm/v3/properties",
    associations="/crm/v4/associations",
    owners="/crm/v3/owners",
    schemas="/crm-object-schemas/v3/schemas",
    accounts="/account-info/v3",
)
"""Unsupported after September 2027; its associations, which are v4, after 2027-03-30."""


def _dated(date: str) -> Paths:
    return Paths(
        objects=f"/crm/objects/{date}",
        properties=f"/crm/properties/{date}",
        associations=f"/crm/associations/{date}",
        owners=f"/crm/owners/{date}",
        schemas=f"/crm-object-schemas/{date}/schemas",
        accounts=f"/account-info/{date}",
    )


VERSIONS: Mapping[str, Paths] = MappingProxyType({"v3": V3, "2026-03": _dated("2026-03")})
"""What the key `api_version` can be; config/fields.py says of 2026-09 what is missing."""

DISPOSITIONS = "/calling/v1/dispositions"
"""Call outcomes: no date version has a successor."""
TOKEN_INFO = "/oauth/v2/private-apps/get/access-token-info"  # noqa: S105 - a path, no secret
OAUTH = "/oauth/2026-03"
"""`/token` and `/token/introspect`, whatever the version of the rest."""
OAUTH_V1 = "/oauth/v1"
"""`/token` and `/access-tokens/{token}`: ends on 2027-02-16; for hosts that do not know the new one."""
