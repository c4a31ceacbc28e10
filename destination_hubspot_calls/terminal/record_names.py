"""What the records at the other ends of links are called."""

from __future__ import annotations

from collections.abc import Iterable

from destination_hubspot_calls.hubspot.client import MAX_INPUTS, Client
from destination_hubspot_calls.hubspot.errors import HubSpotError, Stopped
from destination_hubspot_calls.hubspot.models import Result

SHOWN = {
    "contacts": ("firstname", "lastname", "email"),
    "companies": ("name", "domain"),
    "deals": ("dealname",),
    "tickets": ("subject",),
    "leads": ("hs_lead_name",),
}
"""The properties that HubSpot's own pages call a record by."""


class RecordNames:
    """Names of records, read once each; a record that cannot be read has none."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._names: dict[tuple[str, str], str] = {}

    def read(self, targets: Iterable[tuple[str, str]]) -> None:
        """Read the names of records, by object type and id. Raises Stopped."""
        by_type: dict[str, list[str]] = {}
        for object_type, record_id in dict.fromkeys(targets):
            if object_type in SHOWN and (object_type, record_id) not in self._names:
                by_type.setdefault(object_type, []).append(record_id)
        for object_type, ids in by_type.items():
            for start in range(0, len(ids), MAX_INPUTS):
                for result in self._read(object_type, ids[start : start + MAX_INPUTS]):
                    words = (result.properties.get(name) or "" for name in SHOWN[object_type])
                    self._names[object_type, result.id] = " ".join(filter(None, words))

    def of(self, object_type: str, record_id: str) -> str:
        """A record's name, or nothing."""
        return self._names.get((object_type, record_id), "")

    def _read(self, object_type: str, ids: list[str]) -> Iterable[Result]:
        try:
            return self._client.read_records(object_type, "hs_object_id", ids, SHOWN[object_type]).results
        except Stopped:
            raise
        except HubSpotError:
            return ()  # a name is good to see, and not needed
