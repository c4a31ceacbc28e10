"""Which calls are alike in what a rule of the account can look at: values that few others are, as options are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import orjson

from destination_hubspot_calls.delivery.pending import PendingCall

MAX_OPTIONS = 12
"""Values of one property in a batch that may be options; times, names and keys have more."""

Likeness = tuple[tuple[str, str], ...]


class Likenesses:
    """Groups the calls of a batch, and remembers of which groups one lacks a value that is required of some."""

    def __init__(self, calls: Sequence[PendingCall]) -> None:
        held = {pending: orjson.loads(pending.call.properties) for pending in calls}
        values: dict[str, set[str]] = defaultdict(set)
        for properties in held.values():
            for name, value in properties.items():
                values[name].add(value)
        few = sorted(name for name, found in values.items() if len(found) <= min(MAX_OPTIONS, len(calls) // 2))
        self._of: dict[PendingCall, Likeness] = {
            pending: tuple((name, properties.get(name, "")) for name in few) for pending, properties in held.items()
        }
        self._lacking: set[Likeness] = set()

    def groups(self, calls: Sequence[PendingCall]) -> list[list[PendingCall]]:
        """Calls that are alike, together."""
        groups: dict[Likeness, list[PendingCall]] = defaultdict(list)
        for pending in calls:
            groups[self._of[pending]].append(pending)
        return list(groups.values())

    def note(self, pending: PendingCall) -> None:
        """Note that a call, sent alone, is refused for a value that it lacks."""
        self._lacking.add(self._of[pending])

    def is_noted(self, pending: PendingCall) -> bool:
        """Whether one like it is."""
        return self._of[pending] in self._lacking
