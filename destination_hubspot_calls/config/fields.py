"""The kinds of text and number that a configuration is made of. What is said of a wrong one quotes nothing of it."""

from __future__ import annotations

import re
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from destination_hubspot_calls import recipes
from destination_hubspot_calls.config.region import REGIONS

API_HOSTS: Final = frozenset(region.address.removeprefix("https://") for region in REGIONS)
ANY_STREAM: Final = "*"
ACCOUNT_ZONE: Final = "account"
"""As a `time_zone`: the HubSpot account's own."""


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _one_word(text: str) -> str:
    if re.search(r"\s", text):
        raise ValueError("must be HubSpot's internal name, like hs_call_title, which has no blanks; not the label")
    return text


def _credential(text: str) -> str:
    # It becomes an HTTP header, which holds nothing else; a client's own complaint would quote it.
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError("must be plain characters without blanks; copy it again, in full and with nothing before it")
    return text


def _pair(item: str) -> str:
    if "=" not in item:
        raise ValueError(
            "must have a \"=\" between the source's value and HubSpot's, like in=INBOUND; write %2C for a comma in it"
        )
    return item


def _country(code: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", code):
        raise ValueError("must be a country's two-letter ISO code, like DE or US")
    return code.upper()


def _time_zone(name: str) -> str:
    if name == ACCOUNT_ZONE or _is_zone(name):
        return name
    near = _close_zones(name)
    raise ValueError(
        f"is not a time zone{f'; did you mean {near[0]}?' if near else '.'} "
        f"Enter an IANA name, like Europe/Berlin, or {ACCOUNT_ZONE} for the HubSpot account's own"
    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, not a name, a folder of them
        return False
    return True


def _close_zones(name: str) -> list[str]:
    """Zones that are spelled like it, or whose city is."""
    zones = sorted(available_timezones(), key=lambda zone: (zone.startswith(("Etc/", "posix", "right")), zone))
    spellings = {zone.rpartition("/")[2].casefold(): zone for zone in reversed(zones)}
    spellings |= {zone.casefold(): zone for zone in zones}
    near = get_close_matches(name.strip().replace(" ", "_").casefold(), spellings, n=1, cutoff=0.75)
    return [spellings[match] for match in near]


def _recipe(name: str) -> str:
    known = recipes.names()
    if name in known:
        return name
    near = get_close_matches(name.casefold().replace(" ", "-"), known, n=1)
    listed = ", ".join(known)
    raise ValueError(f"is not a recipe; {f'did you mean {near[0]}?' if near else f'there are {listed}'}")


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a web address, like https://s3.example.com")
    return url


def _base_url(url: str) -> str:
    """HubSpot's hosts by https, or this machine: the token goes nowhere else."""
    allowed = f"must be https:// and one of {', '.join(sorted(API_HOSTS))}, or a loopback address"
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(allowed) from None
    hubspot = scheme == "https" and host in API_HOSTS and port in (None, 443)
    here = scheme in ("http", "https") and _is_loopback(host)
    beside = "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment
    if not (hubspot or here) or beside:
        raise ValueError(allowed)
    return f"{scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _api_version(version: object) -> object:
    if version == "2026-09":
        raise ValueError(
            "2026-09 is not supported yet: it requires properties that an account's form of new calls or its "
            "conditional rules require, and asks OAuth apps for permissions of their own; choose v3 or 2026-03"
        )
    return version


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _whole(value: object) -> object:
    # JSON has one kind of number: 1000.0 is 1000.
    return int(value) if isinstance(value, float) and value.is_integer() else value


Exact = Annotated[str, AfterValidator(_not_blank)]
"""A name that is compared as it is: fields and streams may well begin or end with a blank."""
Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[Filled, AfterValidator(_one_word)]
Credential = Annotated[Filled, AfterValidator(_credential)]
Trimmed = Annotated[str, StringConstraints(strip_whitespace=True)]
Switch = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0), BeforeValidator(_whole)]
Positive = Annotated[int, Field(strict=True, ge=1), BeforeValidator(_whole)]
Percent = Annotated[int, Field(strict=True, ge=0, le=100), BeforeValidator(_whole)]
Pair = Annotated[str, AfterValidator(_pair)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]

IfBlank = BeforeValidator(_none_if_blank)
"""An empty box of the form says as much as none."""
MaybeText = Annotated[str | None, IfBlank]
MaybeTrimmed = Annotated[Trimmed | None, IfBlank]
MaybeName = Annotated[Name | None, IfBlank]
MaybeCredential = Annotated[Credential | None, IfBlank]
MaybeAddress = Annotated[Annotated[Trimmed, AfterValidator(_web_address)] | None, IfBlank]
Country = Annotated[Annotated[Trimmed, AfterValidator(_country)] | None, IfBlank]
"""Two letters, upper case. Whether numbers can be read by it, preflight tells."""
TimeZone = Annotated[Annotated[Trimmed, AfterValidator(_time_zone)] | None, IfBlank]
RecipeName = Annotated[
    Annotated[Trimmed, AfterValidator(_recipe), Field(json_schema_extra={"enum": [*recipes.names()]})] | None, IfBlank
]

Conversion = Literal[
    "automatic", "seconds_to_milliseconds", "minutes_to_milliseconds", "text_to_html", "markdown_to_html"
]
RejectOrSkip = Literal["reject", "skip"]
DateOrder = Literal["day_first", "month_first"]
OnUpdate = Literal["overwrite", "keep", "if_empty"]
RegionName = Literal["North America", "North America 2", "Canada", "Europe", "Asia and Pacific"]
ApiVersion = Annotated[Literal["v3", "2026-03"], BeforeValidator(_api_version)]
