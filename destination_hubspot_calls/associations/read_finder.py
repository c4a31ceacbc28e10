"""Records by a property with unique values: read in bulk, as they are now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from destination_hubspot_calls.associations.match import Match, NoMatch, only
from destination_hubspot_calls.associations.normalizer import Normalizer
from destination_hubspot_calls.hubspot.batch_read import OBJECT_ID, read_accounted, values
from destination_hubspot_calls.hubspot.client import MAX_INPUTS, Client, ReadResult
from destination_hubspot_calls.hubspot.models import Result

MERGED = "hs_merged_object_ids"
"""The ids of the records that live on in this one, joined by `;`."""
MAX_MERGED = 20
"""Keys of one request that are read alone where merged records answer for some of them."""


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
        reading = self._read(keys)
        found = self._sorted(keys, reading.results)
        return {**found, **self._find_merged(found, reading)}

    def _read(self, keys: Sequence[str]) -> ReadResult:
        others = (*self.others, MERGED) if self.by == OBJECT_ID else self.others
        also = () if self.by == OBJECT_ID else (MERGED,)
        pause = self.client.pause
        return read_accounted(self.client, self.object_type, self.by, keys, pause=pause, others=others, also=also)

    def _find_merged(self, found: Mapping[str, Match], reading: ReadResult) -> dict[str, Match]:
        """The records that live on in others: HubSpot answers the winner, whose own value is another.

        A winner with none of the values is meant by the one key that is neither found nor named as missing; where that
        does not tell, each of these keys is read alone.
        """
        if self.by == OBJECT_ID:  # its earlier ids are among its values
            return {}
        winners = [result for result in reading.results if result.properties.get(MERGED)]
        open_keys = [key for key, match in found.items() if match is NoMatch.NONE and key not in reading.missing]
        if not winners or not open_keys:
            return {}
        asked = {key.casefold() for key in found}
        strays = {item.id for item in winners if asked.isdisjoint(value.casefold() for value in self._values(item))}
        if strays and len(open_keys) == 1:
            return {open_keys[0]: only(strays)}
        return {key: only({result.id for result in self._read([key]).results}) for key in open_keys[:MAX_MERGED]}

    def _values(self, result: Result) -> Iterator[str]:
        return values(result, self.by, (*self.others, MERGED) if self.by == OBJECT_ID else self.others)

    def _sorted(self, keys: Sequence[str], results: Sequence[Result]) -> Mapping[str, Match]:
        """Whose record each is. HubSpot may take values for one that differ in case: the same text comes first."""
        by_value: dict[str, set[str]] = defaultdict(set)
        by_folded: dict[str, set[str]] = defaultdict(set)
        for result in results:
            for value in self._values(result):
                by_value[value].add(result.id)
                by_folded[value.casefold()].add(result.id)
        return {key: only(by_value.get(key) or by_folded.get(key.casefold(), set())) for key in keys}
