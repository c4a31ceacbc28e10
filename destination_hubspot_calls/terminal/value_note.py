"""What a value that HubSpot gets means to a person."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from destination_hubspot_calls.conversion import Vocabulary
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.sink import lines

DURATION = "hs_call_duration"
DISPOSITION = "hs_call_disposition"


def note(name: str, value: str, vocabulary: Vocabulary) -> str:
    """A time in UTC and in the account's zone, a length in minutes, the label of an option, outcome or owner."""
    definition = vocabulary.properties.get(name) or Property(name=name)
    if definition.type == "datetime":
        return _moment(value, vocabulary.zone)
    if name == DURATION and value.isdecimal():
        return lines.duration(int(value))
    if name == DISPOSITION:
        return next((item.label for item in vocabulary.dispositions or () if item.id == value), "")
    if definition.is_owner:
        return next((item.email for item in vocabulary.owners or () if item.id == value), "")
    labels = {option.value: option.label for option in definition.options}
    found = [labels.get(part, "") for part in value.split(";")]
    return ", ".join(found) if found != [value] and all(found) else ""


def _moment(value: str, zone: str | None) -> str:
    try:
        moment = _instant(value)
        here = moment.astimezone(ZoneInfo(zone)) if zone else None
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
        return ""
    words = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    return words if here is None else f"{words}, {here:%Y-%m-%d %H:%M:%S} {zone}"


def _instant(value: str) -> datetime:
    if value.lstrip("-").isdecimal():
        return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=int(value))
    return datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(timezone.utc)
