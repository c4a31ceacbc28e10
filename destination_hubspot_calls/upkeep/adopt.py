"""Calls that are in HubSpot without an external id get the one of the record that they were made of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from destination_hubspot_calls.hubspot.batch_read import read_accounted
from destination_hubspot_calls.hubspot.client import MAX_INPUTS, Client
from destination_hubspot_calls.hubspot.comparison import instant
from destination_hubspot_calls.hubspot.inputs import encode_update
from destination_hubspot_calls.hubspot.query import Condition, Operator
from destination_hubspot_calls.hubspot.standard_properties import TIME
from destination_hubspot_calls.messages import Call
from destination_hubspot_calls.upkeep.undo import batches

NUMBERS = frozenset({"hs_call_to_number", "hs_call_from_number"})
"""Properties that hold phone numbers, whose blanks and dashes mean nothing."""

Signs = tuple[str, ...]
"""The values by which a record and a call are taken for the same, one a property."""


@dataclass(slots=True)
class Adoption:
    """What became of the records: `pairs` are the external id and the id of the call that is to have it."""

    key_property: str
    match: tuple[str, ...]
    pairs: dict[str, str] = field(default_factory=dict)
    known: int = 0
    """Records whose call has its external id already."""
    unlike: int = 0
    """Records that no call without an external id is like."""
    ambiguous: int = 0
    """Records that several calls are like, or that share their call with another record."""
    incomplete: int = 0
    """Records without a value to compare, or without an external id."""
    _records: dict[Signs, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, call: Call) -> None:
        """Take the call that a record becomes."""
        properties: dict[str, str] = orjson.loads(call.properties)
        signs = self._signs(properties)
        if call.key is None or signs is None:
            self.incomplete += 1
        elif call.key.value not in self._records[signs]:
            self._records[signs].append(call.key.value)

    def settle(self, client: Client) -> None:
        """Read the calls of HubSpot, and pair those that are alike without a doubt. Raises HubSpotError."""
        self._leave_out_known(client)
        calls: dict[Signs, list[str]] = defaultdict(list)
        if self._records:
            names = dict.fromkeys((*self.match, self.key_property))
            for result in client.find_calls(self._conditions(), list(names)):
                signs = self._signs(result.properties)
                if signs in self._records and not result.properties.get(self.key_property):
                    calls[signs].append(result.id)
        for signs, keys in self._records.items():
            alike = calls.get(signs, [])
            if len(keys) == len(alike) == 1:
                self.pairs[keys[0]] = alike[0]
            elif alike:
                self.ambiguous += len(keys)
            else:
                self.unlike += len(keys)

    def _leave_out_known(self, client: Client) -> None:
        """What has been adopted by an earlier run, or made by a sync, needs nothing."""
        for batch in batches([key for keys in self._records.values() for key in keys]):
            reading = read_accounted(client, "calls", self.key_property, batch, pause=client.pause)
            held = {result.properties.get(self.key_property) for result in reading.results}
            self.known += sum(key in held for key in batch)
            for signs in list(self._records):
                left = [key for key in self._records[signs] if key not in held]
                if left:
                    self._records[signs] = left
                else:
                    del self._records[signs]

    def _conditions(self) -> list[Condition]:
        conditions = [Condition(self.key_property, Operator.UNKNOWN)]
        if TIME in self.match:
            times = [int(signs[self.match.index(TIME)]) for signs in self._records]
            conditions.append(Condition(TIME, Operator.AT_LEAST, str(min(times))))
            conditions.append(Condition(TIME, Operator.BELOW, str(max(times) + 1)))
        return conditions

    def _signs(self, properties: Mapping[str, str | None]) -> Signs | None:
        signs = tuple(sign(name, properties.get(name)) for name in self.match)
        return signs if all(signs) else None


def sign(name: str, value: str | None) -> str:
    """A value as it is compared: times to the millisecond, phone numbers without blanks, texts without case."""
    text = (value or "").strip()
    if name == TIME:
        milliseconds = instant(text)
        return "" if milliseconds is None else str(milliseconds)
    if name in NUMBERS:
        return re.sub(r"[^\d+]", "", text)
    return text.casefold()


def adopt(pairs: Mapping[str, str], key_property: str, client: Client) -> Iterator[tuple[int, int]]:
    """Give calls their external ids; yields after each request how many were confirmed, and how many were not.

    Raises HubSpotError; those before it have theirs, and a further run goes on with the rest.
    """
    items = list(pairs.items())
    for start in range(0, len(items), MAX_INPUTS):
        batch = items[start : start + MAX_INPUTS]
        inputs = [encode_update(call_id, {key_property: key}, trace) for trace, (key, call_id) in enumerate(batch)]
        confirmed = {result.id for result in client.update_calls(inputs).results}
        done = sum(call_id in confirmed for _, call_id in batch)
        yield done, len(batch) - done


def missing_properties(match: Iterable[str], filled: Iterable[str]) -> list[str]:
    """Properties to compare that no rule of the mapping fills."""
    known = set(filled)
    return [name for name in match if name not in known]
