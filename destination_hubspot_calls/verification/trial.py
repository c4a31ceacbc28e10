"""The calls that an account is asked with: made, remembered, and archived at the end, whatever came between."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from destination_hubspot_calls.hubspot.client import MAX_INPUTS, Client
from destination_hubspot_calls.hubspot.errors import HubSpotError, Refusal, Unexpected
from destination_hubspot_calls.hubspot.inputs import encode_create, encode_type
from destination_hubspot_calls.hubspot.models import AssociationType, BatchAnswer, Problem
from destination_hubspot_calls.hubspot.standard_properties import TIME

TITLE = "Test of destination-hubspot-calls (can be deleted)"
NOBODY = "999999999999999"
"""An id that no record has."""
CONTACT = AssociationType(category="HUBSPOT_DEFINED", typeId=194)
"""The kind of link from a call to a contact that every account has (HubSpot's guide to associations)."""


@dataclass(frozen=True, slots=True)
class Input:
    """A call to create: its key, the contacts it is linked to, and further properties."""

    key: str = ""
    contacts: tuple[str, ...] = ()
    title: str = TITLE


@dataclass(frozen=True, slots=True)
class TrialAnswer:
    """What a batch came to: the ids that were made, and what was refused, as a whole or by input."""

    ids: tuple[str, ...] = ()
    traces: int = 0
    """Results that say which input they are of."""
    refusal: Problem | None = None
    status: int = 0
    errors: tuple[Problem, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether HubSpot refused the request as a whole."""
        return self.refusal is not None


class Trial:
    """Makes test calls. `key_property`: a text property with unique values, or nothing if the account has none."""

    def __init__(self, client: Client, key_property: str | None, contact: str | None) -> None:
        self.client = client
        self.key_property = key_property
        self.contact = contact
        self.names: list[str] = [TITLE]
        """Texts that were sent, which no report may hold."""
        self._ids: dict[str, None] = {}
        self._mark = secrets.token_hex(4)
        self._number = 0

    @property
    def pause(self) -> Callable[[float], None]:
        """Sleeps."""
        return self.client.pause

    def key(self, end: str = "") -> str:
        """A key that no other call has."""
        self._number += 1
        key = f"trial-{self._mark}-{self._number}{end}"
        self.names.append(key)
        return key

    def create(self, *inputs: Input) -> TrialAnswer:
        """Create calls in one request. Raises HubSpotError, but for a refusal."""
        encoded = [encode_create(self._properties(item), self._ends(item), trace) for trace, item in enumerate(inputs)]
        try:
            return self._answer(self.client.create_calls(encoded))
        except Refusal as refusal:
            return TrialAnswer(refusal=refusal.problem, status=refusal.status)

    def update(self, call_id: str) -> TrialAnswer:
        """Give a call its title again. Raises HubSpotError, but for a refusal."""
        body = {"id": call_id, "properties": {"hs_call_title": TITLE}, "objectWriteTraceId": "0"}
        try:
            return self._answer(self.client.update_calls([orjson.dumps(body)]))
        except Refusal as refusal:
            return TrialAnswer(refusal=refusal.problem, status=refusal.status)

    def upsert(self, *keys: str) -> TrialAnswer:
        """Create or update calls by their keys. Raises HubSpotError, but for a refusal."""
        inputs = [
            {
                "id": key,
                "idProperty": self.key_property,
                "properties": orjson.loads(self._properties(Input(key))),
                "objectWriteTraceId": str(trace),
            }
            for trace, key in enumerate(keys)
        ]
        try:
            return self._answer(self.client.upsert_calls([orjson.dumps(item) for item in inputs]))
        except Refusal as refusal:
            return TrialAnswer(refusal=refusal.problem, status=refusal.status)
        except Unexpected:
            return TrialAnswer(refusal=Problem(category="there is no such endpoint"), status=404)

    def find(self, key: str) -> str | None:
        """The id of the call that has a key, character by character. Raises HubSpotError."""
        assert self.key_property is not None
        found = self.client.read_records("calls", self.key_property, [key], [self.key_property])
        ids = [result.id for result in found.results if result.properties.get(self.key_property) == key]
        self._ids.update(dict.fromkeys(ids))
        return ids[0] if ids else None

    def archive(self, call_id: str) -> None:
        """Put a call into the bin. Raises HubSpotError."""
        self.client.archive_calls([call_id])

    def clean(self) -> tuple[int, int]:
        """Archive all that was made; how many were, and how many may remain."""
        for key in self.names[1:]:
            if self.key_property is not None:
                self._try(lambda key=key: self.find(key))  # type: ignore[misc] # mypy reads no default of a lambda
        left = 0
        for batch in _batches(list(self._ids)):
            if not self._try(lambda batch=batch: self.client.archive_calls(batch)):  # type: ignore[misc] # the same
                left += len(batch)
        return len(self._ids) - left, left

    def _try(self, ask: Callable[[], object]) -> bool:
        try:
            ask()
        except HubSpotError:
            return False
        return True

    def _properties(self, item: Input) -> bytes:
        properties = {TIME: str(int(time.time() * 1000)), "hs_call_title": item.title}
        if item.key and self.key_property is not None:
            properties[self.key_property] = item.key
        return orjson.dumps(properties)

    def _ends(self, item: Input) -> list[tuple[str, tuple[bytes, ...]]]:
        return [(contact, (encode_type(CONTACT),)) for contact in item.contacts]

    def _answer(self, answer: BatchAnswer) -> TrialAnswer:
        ids = tuple(result.id for result in answer.results)
        self._ids.update(dict.fromkeys(ids))
        traces = sum(bool(result.trace_id) for result in answer.results)
        return TrialAnswer(ids, traces, errors=answer.errors)


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), MAX_INPUTS):
        yield ids[start : start + MAX_INPUTS]
