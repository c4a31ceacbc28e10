"""Which links calls have: read for many batches at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from destination_hubspot_calls.delivery.hubspot import LinkStore
from destination_hubspot_calls.hubspot.client import MAX_LINKS_READ
from destination_hubspot_calls.hubspot.errors import Stopped, backoff
from destination_hubspot_calls.hubspot.inputs import encode_type

MAX_ATTEMPTS = 3
"""How often the links of a call are read while HubSpot says nothing of it; then it has none."""

LinksOfCall = Mapping[str, frozenset[bytes]]
"""The encoded types of link by the id of the record at the other end."""


@dataclass(slots=True, eq=False)
class _Question:
    """Whose links are wanted, and by and by what was found."""

    call_id: str
    links: LinksOfCall | None = None
    error: Exception | None = None

    @property
    def is_open(self) -> bool:
        return self.links is None and self.error is None


@dataclass(slots=True)
class _Queue:
    """The calls whose links to one object type are wanted, and how many requests for them are under way."""

    questions: list[_Question] = field(default_factory=list)
    under_way: int = 0


class LinkReader:
    """Reads links for all threads: the calls of several batches share a request.

    A request is sent, by one of the threads that wait, as soon as it is full; one that is not is sent only while no
    other is under way. So a lone batch never waits, and while requests take their time the calls of other batches
    gather for the next. Nothing is remembered: links change.
    """

    def __init__(self, client: LinkStore, pause: Callable[[float], None]) -> None:
        self._client = client
        self._pause = pause
        # Guards all below; waited on until a question is answered. Never held during a request.
        self._turn = threading.Condition()
        self._queues: dict[str, _Queue] = {}

    def read(self, object_type: str, call_ids: Iterable[str]) -> dict[str, LinksOfCall]:
        """The links to an object type of each call. Raises HubSpotError."""
        with self._turn:
            queue = self._queues.setdefault(object_type, _Queue())
            wanted = [_Question(call_id) for call_id in dict.fromkeys(call_ids)]
            queue.questions += wanted
        while block := self._next_block(queue, wanted):
            self._send(object_type, queue, block)
        for question in wanted:
            if question.error is not None:
                raise question.error
        return {question.call_id: question.links or {} for question in wanted}

    def _next_block(self, queue: _Queue, wanted: list[_Question]) -> list[_Question]:
        """Wait until it is this thread's turn to send a request, or until all it wants is answered: then nothing."""
        with self._turn:
            while any(question.is_open for question in wanted):
                if queue.questions and (len(queue.questions) >= MAX_LINKS_READ or not queue.under_way):
                    block = queue.questions[:MAX_LINKS_READ]
                    del queue.questions[:MAX_LINKS_READ]
                    queue.under_way += 1
                    return block
                self._turn.wait()
        return []

    def _send(self, object_type: str, queue: _Queue, block: list[_Question]) -> None:
        found: Mapping[str, LinksOfCall] = {}
        error: Exception = Stopped()
        try:
            found = self._ask(object_type, [question.call_id for question in block])
        except Exception as raised:  # noqa: BLE001 - those who wait for these calls raise it
            error = raised
        finally:
            with self._turn:
                for question in block:
                    question.links = found.get(question.call_id)
                    question.error = error if question.links is None else None
                queue.under_way -= 1
                self._turn.notify_all()

    def _ask(self, object_type: str, call_ids: list[str]) -> dict[str, LinksOfCall]:
        """Read until HubSpot accounts for each call: one that it leaves out may have links all the same."""
        found: dict[str, LinksOfCall] = {}
        left = list(dict.fromkeys(call_ids))
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                self._pause(backoff(attempt - 1))
            for call_id, records in self._client.read_links(object_type, left).items():
                found[call_id] = {to: frozenset(map(encode_type, record.types)) for to, record in records.items()}
            left = [call_id for call_id in left if call_id not in found]
            if not left:
                break
        return {**found, **{call_id: {} for call_id in left}}
