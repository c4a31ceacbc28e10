"""What each stage of the line costs by itself, in one thread: CPU microseconds a record.

python -m benchmarks.stages CONFIG CATALOG LINES
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from benchmarks.records import STREAM, state
from destination_hubspot_calls.airbyte.catalog import read_catalog
from destination_hubspot_calls.airbyte.protocol import encode_state, read_items, read_line
from destination_hubspot_calls.associations import LinkResolver
from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.connection import Connection, connect
from destination_hubspot_calls.delivery.link_audit import LinkAudit
from destination_hubspot_calls.delivery.writer import Writer
from destination_hubspot_calls.hubspot.accounting import Inputs, account
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.inputs import encode_batch, encode_create
from destination_hubspot_calls.hubspot.models import BatchAnswer
from destination_hubspot_calls.hubspot.transport import Reply, Request
from destination_hubspot_calls.mapping import Router
from destination_hubspot_calls.messages import Batch, Call, Checkpoint, Record, Stream
from destination_hubspot_calls.preflight import check_account, plans
from destination_hubspot_calls.results import SettledState
from destination_hubspot_calls.shutdown import Shutdown

ROUNDS = 7
CREATE = "/crm/v3/objects/calls/batch/create"
TYPES = (
    (b'{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":194}',),
    (b'{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":182}',),
)


class Stages:
    """Each stage as a function that treats all the lines once."""

    def __init__(self, config: Mapping[str, Any], catalog: Mapping[str, Any], lines: Path) -> None:
        read = read_config(config)
        shutdown = Shutdown()
        connection = connect(read, shutdown.event, on_token=lambda token, rotated: None)
        self.lines = lines
        self.records = [item for item in _items(lines) if isinstance(item, Record)]
        selected = read_catalog(catalog)
        found = check_account(connection, read, selected)
        self.mapper = Router(read.mappings, found.vocabulary, plans(selected)).mapper(Stream(STREAM))
        self.calls = [call for call in map(self.mapper.map, self.records) if isinstance(call, Call)]
        self.properties = [orjson.loads(call.properties) for call in self.calls]
        self.batches = [self.calls[start : start + 100] for start in range(0, len(self.calls), 100)]
        self.bodies = [_body(batch) for batch in self.batches]
        self.connection = connection
        self.replies = [_send(connection, body, lambda reply: reply) for body in self.bodies]
        resolver = LinkResolver(found.link_types, found.finders)
        client = Client(Echo(self.replies))
        self.writer = Writer(client, resolver, pause=connection.pause, audit=NoAudit(connection.pause))
        self.states = [state(number) for number in range(len(self.records))]

    def parse(self) -> None:
        """The floor of reading: orjson alone."""
        for line in self.lines.read_bytes().splitlines():
            orjson.loads(line)

    def read(self) -> None:
        """Lines to records."""
        for _ in _items(self.lines):
            pass

    def map_and_encode(self) -> None:
        """Records to calls, whose properties are encoded."""
        for record in self.records:
            self.mapper.map(record)

    def encode_properties(self) -> None:
        """The part of mapping that is encoding."""
        for properties in self.properties:
            orjson.dumps(properties)

    def encode_bodies(self) -> None:
        """Calls to bodies."""
        for batch in self.batches:
            _body(batch)

    def send(self) -> None:
        """Bodies to answers, unread; one connection."""
        for body in self.bodies:
            _send(self.connection, body, lambda reply: reply)

    def answers(self) -> None:
        """Answers to what became of each call."""
        for batch, reply in zip(self.batches, self.replies, strict=True):
            keys: dict[tuple[str, str], int] = {call.key: place for place, call in enumerate(batch) if call.key}
            contents = [call.properties for call in batch]
            account(BatchAnswer.model_validate_json(reply.body), Inputs(len(batch), keys=keys, contents=contents))

    def write(self) -> None:
        """Calls to what became of them, where answers come at once: bodies and answers are parts of it."""
        for batch in self.batches:
            assert not self.writer.write(Batch.of(batch)).rejections

    def states_out(self) -> None:
        """A state for every record: read, and written again."""
        for line in self.states:
            item = read_line(line, 1)
            assert isinstance(item, Checkpoint)
            encode_state(SettledState(item, 1, 0))


class Echo:
    """Stands in for the transport: it has the answers to all batches already, in their order."""

    def __init__(self, answers: Sequence[Reply]) -> None:
        self._answers = cycle(answers)

    def send(self, request: Request, read: Callable[[Reply], Any]) -> Any:
        """The next answer, as it is read."""
        return read(next(self._answers))

    def pause(self, seconds: float) -> None:
        """Nothing here waits."""


class NoAudit(LinkAudit):
    """Reads no links back."""

    is_due = False

    def picks(self) -> bool:
        """Whether a batch has its links read back."""
        return False


def _items(lines: Path) -> Iterable[object]:
    file = os.open(lines, os.O_RDONLY)
    try:
        yield from read_items(file)
    finally:
        os.close(file)


def _body(calls: Iterable[Call]) -> bytes:
    return encode_batch(
        [
            encode_create(
                call.properties, ((link.value, types) for link, types in zip(call.links, TYPES, strict=True)), position
            )
            for position, call in enumerate(calls)
        ]
    )


def _send(connection: Connection, body: bytes, read: Callable[[Reply], Reply]) -> Reply:
    return connection.client._transport.send(Request("POST", CREATE, body), read)


def _cost(stage: Callable[[], None], records: int) -> float:
    costs = []
    for _ in range(ROUNDS):
        began = time.process_time()
        stage()
        costs.append((time.process_time() - began) / records * 1e6)
    return median(costs)


def main(config: str, catalog: str, lines: str) -> None:
    """Print each stage's cost as JSON."""
    stages = Stages(json.loads(Path(config).read_text()), json.loads(Path(catalog).read_text()), Path(lines))
    count = len(stages.records)
    costs = {
        name: _cost(stage, count)
        for name, stage in (
            ("orjson.loads", stages.parse),
            ("reading", stages.read),
            ("mapping", stages.map_and_encode),
            ("encoding of properties", stages.encode_properties),
            ("encoding of bodies", stages.encode_bodies),
            ("HTTP", stages.send),
            ("answers", stages.answers),
            ("delivery", stages.write),
            ("states", stages.states_out),
        )
    }
    costs["mapping"] -= costs["encoding of properties"]
    costs["delivery"] -= costs["encoding of bodies"] + costs["answers"]
    costs["encoding"] = costs.pop("encoding of properties") + costs.pop("encoding of bodies")
    sys.stdout.write(json.dumps(costs) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:4])
