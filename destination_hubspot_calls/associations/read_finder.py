"""Records by a property with unique values: read in bulk, as they are now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from destination_hubspot_calls.associations.match import Match, only
from destination_hubspot_calls.associations.normalizer import Normalizer
from destination_hubspot_calls.hubspot.batch_read import read_accounted, values
from destination_hubspot_calls.hubspot.client import MAX_INPUTS, Client
from destination_hubspot_calls.hubspot.models import Result


@dataclass(frozen=True, slots=True)
class ReadFinder:
    """Reads records by the values of the property `by`. `others` hold further values of it, joined by `;`."""

    client: Client
    object_type: str
    by: str
    normalizer: Normalizer
    others: tuple[str, ...] = ()

    @property
    def room(self) -> int:
        """How much fits into one request, by the measure of `size`: keys."""
        return MAX_INPUTS

    def size(self, key: str) -> int:  # noqa: ARG002 - a key is a key, however long
        """How much room a key takes."""
        return 1

    def find(self, keys: Sequence[str]) -> Mapping[str, Match]:
        """What each of these keys leads to; they fit into one request. Raises HubSpotError."""
        pause = self.client.pause
        reading = read_accounted(self.client, self.object_type, self.by, keys, pause=pause, others=self.others)
        return self._sorted(keys, reading.results)

    def _sorted(self, keys: Sequence[str], results: Sequence[Result]) -> Mapping[str, Match]:
        """Whose record each is. HubSpot may take values for one that differ in case: the same text comes first."""
        by_value: dict[str, set[str]] = defaultdict(set)
        by_folded: dict[str, set[str]] = defaultdict(set)
        for result in results:
            for value in values(result, self.by, self.others):
                by_value[value].add(result.id)
                by_folded[value.casefold()].add(result.id)
        return {key: only(by_value.get(key) or by_folded.get(key.casefold(), set())) for key in keys}
