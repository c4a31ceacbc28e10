"""Records by keys, read until HubSpot has accounted for each key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from destination_hubspot_calls.hubspot.client import ReadResult
from destination_hubspot_calls.hubspot.errors import backoff
from destination_hubspot_calls.hubspot.models import Result

MAX_ATTEMPTS = 3
"""How often a key is read while no answer says whether it is there."""
OBJECT_ID = "hs_object_id"


class RecordReader(Protocol):
    """What reads records; the client does."""

    def read_records(
        self,
        object_type: str,
        id_property: str,
        keys: Sequence[str],
        properties: Iterable[str],
        *,
        archived: bool = False,
    ) -> ReadResult:
        """Find up to 100 records by the values of a property that is unique."""


def read_accounted(
    client: RecordReader,
    object_type: str,
    by: str,
    keys: Sequence[str],
    *,
    pause: Callable[[float], None],
    others: Sequence[str] = (),
    also: Sequence[str] = (),
    archived: bool = False,
) -> ReadResult:
    """Read up to 100 records by a unique property, and again those keys of which an answer says nothing.

    A key of which `MAX_ATTEMPTS` answers say nothing is not there: HubSpot may leave out what it misses; `complete`
    is False then. `others` are properties that hold further values of `by`, joined by `;`, `also` those that are wanted
    besides. Raises HubSpotError.
    """
    left, wanted = list(keys), tuple(dict.fromkeys((by, *others, *also)))
    results: list[Result] = []
    missing: set[str] = set()
    reading = ReadResult((), None, complete=not left)
    for attempt in range(MAX_ATTEMPTS):
        if not left:
            break
        if attempt:
            pause(backoff(attempt - 1))
        reading = client.read_records(object_type, by, left, wanted, archived=archived)
        results += reading.results
        missing |= reading.missing
        left = [] if reading.complete else _silent(left, reading, by, others)
    return ReadResult(tuple(results), reading.date, not left, frozenset(missing))


def values(result: Result, by: str, others: Sequence[str] = ()) -> Iterator[str]:
    """The keys by which HubSpot finds a record."""
    yield (result.properties.get(by) or "").strip()
    if by == OBJECT_ID:
        yield result.id
    for name in others:
        for value in (result.properties.get(name) or "").split(";"):
            yield value.strip()


def _silent(keys: Sequence[str], reading: ReadResult, by: str, others: Sequence[str]) -> list[str]:
    """The keys that are neither found nor named as missing.

    HubSpot may take values for one that differ in case: what is found is for the key that is spelled like it.
    """
    told = {key.strip() for result in reading.results for key in values(result, by, others)} | reading.missing
    asked = {key.strip() for key in keys}
    folded = {key.casefold() for key in told - asked}
    return [key for key in keys if key.strip() not in told and key.strip().casefold() not in folded]
