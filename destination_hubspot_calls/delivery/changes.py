"""What an update would change of a call that is in HubSpot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from destination_hubspot_calls.delivery.pending import PendingCall
from destination_hubspot_calls.hubspot.comparison import same_value
from destination_hubspot_calls.messages import Call, OnUpdate

Kinds = Mapping[str, str]
"""The types of properties by name, as far as they are known."""


def changes(call: Call, held: Mapping[str, str | None], kinds: Kinds) -> dict[str, str]:
    """The properties that an update has to send: those that HubSpot holds otherwise, and that may be written.

    Its key is not one of them: by that it was found, and HubSpot may spell it in its own way.
    """
    properties: dict[str, str] = orjson.loads(call.properties)
    if call.key:
        properties.pop(call.key.property, None)
    return {
        name: value
        for name, value in properties.items()
        if _is_written(call.on_update.get(name), held.get(name))
        and not same_value(value, held.get(name), kinds.get(name, ""))
    }


def _is_written(on_update: str | None, held: str | None) -> bool:
    if on_update is None:
        return True
    return on_update == OnUpdate.IF_EMPTY and not (held or "").strip()


def compared(calls: Iterable[PendingCall]) -> tuple[str, ...]:
    """The properties whose values in HubSpot tell what the updates among some calls would change."""
    names: dict[str, None] = {}
    for pending in calls:
        if pending.call.updates:
            names |= dict.fromkeys(orjson.loads(pending.call.properties))
    return tuple(names)
