"""Records by a property with unique values: read in bulk, as they are now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from destination_hubspot_calls.associations.notation import Notation
from destination_hubspot_calls.associations.outcome import Outcome, only
from destination_hubspot_calls.hubspot.client import MOST_INPUTS, Client
from destination_hubspot_calls.hubspot.models import Result

READS = 3
"""How often keys are asked for while an answer says nothing of some of them."""


@dataclass(frozen=True, slots=True)
class Unique:
    """Reads records by the values of the property `by`. `others` hold further values of it, joined by `;`."""

    client: Client
    object_type: str
    by: str
    notation: Notation
    others: tuple[str, ...] = ()

    @property
    def room(self) -> int:
        """How much fits into one request, by the measure of `size`: keys."""
        return MOST_INPUTS

    def size(self, key: str) -> int:  # noqa: ARG002 - a key is a key, however long
        """How much room a key takes."""
        return 1

    def find(self, keys: Sequence[str]) -> Mapping[str, Outcome]:
        """What each of these keys leads to; they fit into one request. Raises HubSpotError."""
        found: dict[str, set[str]] = {key: set() for key in keys}
        left = list(keys)
        for _ in range(READS):
            reading = self.client.read_records(self.object_type, self.by, left, (self.by, *self.others))
            self._sort(reading.results, found)
            silent = [key for key in left if not found[key] and key not in reading.missing]
            # An answer without the records that are missing is short too: one that tells nothing new ends it.
            if reading.complete or not silent or len(silent) == len(left):
                break
            left = silent
        return {key: only(ids) for key, ids in found.items()}

    def _sort(self, results: Sequence[Result], found: dict[str, set[str]]) -> None:
        """Note whose record each is. HubSpot may take values for one that differ in case: the same text comes first."""
        by_value: dict[str, set[str]] = defaultdict(set)
        by_folded: dict[str, set[str]] = defaultdict(set)
        for result in results:
            for value in self._values(result):
                by_value[value].add(result.id)
                by_folded[value.casefold()].add(result.id)
        for key in found:
            found[key] |= by_value.get(key) or by_folded.get(key.casefold(), set())

    def _values(self, result: Result) -> Iterator[str]:
        yield (result.properties.get(self.by) or "").strip()
        if self.by == "hs_object_id":
            yield result.id
        for name in self.others:
            for value in (result.properties.get(name) or "").split(";"):
                yield value.strip()
