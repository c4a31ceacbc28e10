"""Records by a property whose values are not unique: searched for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from destination_hubspot_calls.associations.match import Match, only
from destination_hubspot_calls.associations.normalizer import Normalizer
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.models import Page
from destination_hubspot_calls.hubspot.query import FIRST_PAGE, MAX_FOUND, MAX_PAGED, Query

MAX_KEYS = MAX_FOUND // 2
"""Keys of one search: where a page ends with more to come, one of its keys at least was found twice."""


@dataclass(frozen=True, slots=True)
class SearchFinder:
    """Searches the properties `where` for a key's variants, and keeps records that have the key in one of `read`."""

    client: Client
    object_type: str
    where: tuple[str, ...]
    read: tuple[str, ...]
    normalizer: Normalizer

    @property
    def room(self) -> int:
        """How much fits into one request, by the measure of `size`: characters."""
        return self._query(()).room

    def size(self, key: str) -> int:
        """How much room a key takes."""
        query = self._query(())
        written = sum(query.size(spelling) for spelling in self.normalizer.variants(key))
        return max(written, query.room // MAX_KEYS)

    def find(self, keys: Sequence[str]) -> Mapping[str, Match]:
        """What each of these keys leads to; they fit into one request. Raises HubSpotError."""
        found: dict[str, set[str]] = {key: set() for key in keys}
        query, after = self._query(keys), FIRST_PAGE
        while True:
            page = self.client.search(self.object_type, query, after)
            self._sort(page, found)
            if not _has_next(page, after):
                break
            # What was found twice is decided: the rest need not wade through all its pages.
            narrower = self._query([key for key in keys if len(found[key]) < 2])
            query, after = (query, page.after) if narrower == query else (narrower, FIRST_PAGE)
            if not query.values:
                break
        return {key: only(ids) for key, ids in found.items()}

    def _query(self, keys: Sequence[str]) -> Query:
        variants = dict.fromkeys(spelling for key in keys for spelling in self.normalizer.variants(key))
        return Query(self.where, tuple(variants), self.read)

    def _sort(self, page: Page, found: dict[str, set[str]]) -> None:
        """Note which keys a page's records have: a search finds more than that, such as numbers of other countries."""
        for result in page.results:
            for name in self.read:
                key = self.normalizer.normalize((result.properties.get(name) or "").strip())
                if key in found:
                    found[key].add(result.id)


def _has_next(page: Page, after: str) -> bool:
    """Whether there is another page that may be asked for."""
    following = page.after
    return following.isdecimal() and int(following) + MAX_FOUND <= MAX_PAGED and following != after
