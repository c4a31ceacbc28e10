"""Calls that this connector made are archived again: found, looked at, saved to a file, and only then archived."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TextIO

from typing_extensions import Self

from destination_hubspot_calls.hubspot.batch_read import read_accounted
from destination_hubspot_calls.hubspot.client import MAX_INPUTS, Client
from destination_hubspot_calls.hubspot.errors import MissingScopes
from destination_hubspot_calls.hubspot.models import LinkedRecord
from destination_hubspot_calls.hubspot.query import Condition, Operator
from destination_hubspot_calls.upkeep.found_call import CREATED, FoundCall

Kinds = Mapping[str, frozenset[tuple[str, int]]]
"""The kinds of link that a configuration's rules make, by object type."""


def of_run(client: Client, run_property: str, name: str) -> Iterator[str]:
    """The ids of the calls that one sync created. Raises HubSpotError."""
    for result in client.find_calls([Condition(run_property, Operator.EQUAL, name)], [run_property]):
        if result.properties.get(run_property) == name:
            yield result.id


def of_time(client: Client, run_property: str, since: int, until: int) -> Iterator[str]:
    """The ids of the calls that syncs created in a time, in milliseconds; `until` is not in it. Raises HubSpotError."""
    conditions = [
        Condition(run_property, Operator.KNOWN),
        Condition(CREATED, Operator.AT_LEAST, str(since)),
        Condition(CREATED, Operator.BELOW, str(until)),
    ]
    for result in client.find_calls(conditions, [run_property]):
        yield result.id


def of_keys(client: Client, key_property: str, keys: Iterable[str]) -> Iterator[str]:
    """The ids of the calls that have one of these external ids, character by character. Raises HubSpotError."""
    for batch in batches(list(dict.fromkeys(keys))):
        wanted = set(batch)
        reading = read_accounted(client, "calls", key_property, batch, pause=client.pause)
        for result in reading.results:
            if result.properties.get(key_property) in wanted:
                yield result.id


@dataclass(frozen=True, slots=True)
class Reading:
    """How calls are read before they are archived: all their properties, and their links to these object types."""

    client: Client
    properties: Sequence[str]
    object_types: Sequence[str]

    def calls(self, ids: Sequence[str]) -> list[FoundCall]:
        """Up to 100 calls that are there; those that were archived meanwhile are not. Raises HubSpotError."""
        answer = self.client.read_records("calls", "hs_object_id", ids, self.properties)
        calls = {result.id: FoundCall(result.id, result.properties) for result in answer.results}
        for object_type in self.object_types:
            for call_id, records in self._links(object_type, list(calls)).items():
                if call_id in calls:
                    calls[call_id].links[object_type] = records
        return list(calls.values())

    def _links(self, object_type: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, LinkedRecord]]:
        try:
            return self.client.read_links(object_type, ids) if ids else {}
        except MissingScopes:
            return {}  # the token may not see them, and could not have made them


class Ledger:
    """The file of what was archived: a line for each call, on the disk before the call is archived."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, calls: Iterable[FoundCall]) -> None:
        """Keep them; once this returns they survive. Raises OSError."""
        if self._file is None:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        for call in calls:
            self._file.write(json.dumps(call.as_json(), ensure_ascii=True) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def archive(calls: Sequence[FoundCall], reading: Reading, ledger: Ledger, progress: Callable[[int], None]) -> int:
    """Archive calls, each as it is now saved first; how many were. Raises HubSpotError, OSError.

    What was archived by then stays so, and doing it again does no harm: a lost answer is asked again.
    """
    done = 0
    for batch in batches([call.id for call in calls]):
        present = reading.calls(batch)
        ledger.write(present)
        if present:
            reading.client.archive_calls([call.id for call in present])
        done += len(present)
        progress(len(batch))
    return done


def batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    """A hundred at a time."""
    for start in range(0, len(items), MAX_INPUTS):
        yield items[start : start + MAX_INPUTS]
