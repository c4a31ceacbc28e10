"""Many batches in flight, settled in the order they came: store what was rejected, then let the states go."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass

from destination_hubspot_calls.hubspot.errors import Stopped
from destination_hubspot_calls.messages import Batch, Checkpoint, Entry, Key
from destination_hubspot_calls.rejects import Rejects
from destination_hubspot_calls.results import BatchResult, SettledState
from destination_hubspot_calls.sink.batch import Batcher
from destination_hubspot_calls.sink.checkpoint import Checkpointer
from destination_hubspot_calls.sink.dry_report import DryReport
from destination_hubspot_calls.sink.report import Report
from destination_hubspot_calls.sink.tolerance import Tolerance, TooManyRejected
from destination_hubspot_calls.sink.workers import Workers

WORKERS = 64
"""Requests in flight: 19 a second at 2 s each need 40, and some wait for a key or a second try."""
MAX_BATCHES = 96
MAX_BYTES = 64_000_000
"""Bytes of entries in flight: what bounds memory."""
STEP = 0.5
"""Seconds between two looks at whether the process is to stop, while waiting."""
LAST_WAIT = 20.0
"""Seconds that batches in flight have to be answered once a sync ends early."""
SUSPENSE = 600.0
"""Seconds that states are held back for a stream whose records so far were all rejected."""


@dataclass(slots=True)
class InFlight:
    """A batch and the promise of what becomes of it."""

    batch: Batch
    written: Future[BatchResult]


class Sink:
    """Takes entries in order and lets states go in order, each once, when everything before it is in or stored.

    `write` brings a batch's calls in (in many threads). `emit` sends states to Airbyte (in the caller's thread). A
    deque of futures is the whole checkpointer. `stop` is set once nothing more is to be sent. After an error, of the
    sink or of its caller, `abandon` lets go what is true.
    """

    def __init__(
        self,
        write: Callable[[Batch], BatchResult],
        *,
        emit: Callable[[Sequence[SettledState]], None],
        rejects: Rejects,
        tolerance: Tolerance,
        report: Report | DryReport,
        stop: threading.Event,
        workers: int = WORKERS,
        last_wait: float = LAST_WAIT,
        batcher: Batcher | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._emit = emit
        self._rejects = rejects
        self._tolerance = tolerance
        self._report = report
        self._stop = stop
        self._last_wait = last_wait
        self._clock = clock
        self._batcher = batcher or Batcher(clock=clock)
        self._checkpointer = Checkpointer()
        self._workers: Workers[BatchResult] = Workers(workers)
        self._in_flight: deque[InFlight] = deque()
        self._judged: list[BatchResult] = []
        self._held_since = 0.0
        self._size = 0
        self._keys: dict[Key, Future[BatchResult]] = {}
        self._error: BaseException | None = None
        # Set once no batch is to begin any more.
        self._ending = threading.Event()

    def put(self, entry: Entry) -> None:
        """Take the next entry. Blocks while too much is in flight. Raises what ends the sync."""
        if isinstance(entry, Checkpoint) and self._batcher.is_empty:
            self._join(entry)
        elif batch := self._batcher.add(entry):
            self._start(batch)
        else:
            return
        self._make_room()

    def tick(self) -> None:
        """Some time went by: close a batch that is old, settle what is done, report. Raises what ends the sync."""
        batch = self._batcher.close_old()
        if batch:
            self._start(batch)
        self._settle_done()
        self._report.tick(in_flight=len(self._in_flight))

    def close(self) -> None:
        """Nothing more comes: write and settle everything. Raises what ends the sync."""
        batch = self._batcher.close()
        if batch:
            self._start(batch)
        while self._in_flight:
            self._await_oldest()
        self._tolerance.stop_waiting()
        self._release()
        self._workers.close()

    def abandon(self) -> None:
        """The sync ends early: what is in flight has 20 s to end well, and the states that are true then leave.

        Batches that have not begun do not begin. What they failed of is not raised again.
        """
        deadline = self._clock() + self._last_wait
        self._ending.set()
        self._workers.close()
        try:
            while self._in_flight and self._is_written(self._in_flight[0], deadline):
                self._judge_oldest()
            self._tolerance.stop_waiting()
        except TooManyRejected:
            pass  # what is held back stays so
        try:
            self._release_if_due()
        finally:
            self._stop.set()
            wait([item.written for item in self._in_flight], timeout=max(0.0, deadline - self._clock()))

    def _is_written(self, item: InFlight, deadline: float) -> bool:
        done = wait([item.written], timeout=max(0.0, deadline - self._clock())).done
        return bool(done) and item.written.exception() is None

    # ---- into HubSpot

    def _start(self, batch: Batch) -> None:
        before = {self._keys[call.key] for call in batch.calls if call.key in self._keys} if self._keys else set()
        written: Future[BatchResult] = (
            self._workers.submit(lambda: self._work(batch, before)) if batch.calls else _done(BatchResult(batch))
        )
        written.add_done_callback(self._note_failure)
        for call in batch.calls:
            if call.key:
                self._keys[call.key] = written
        self._in_flight.append(InFlight(batch, written))
        self._size += batch.size

    def _work(self, batch: Batch, before: set[Future[BatchResult]]) -> BatchResult:
        """In a thread: write, once the writes of earlier batches with one of the same keys are done.

        Workers begin batches in order, so those waited for have all begun.
        """
        while before and not self._ending.is_set():
            before = wait(before, timeout=STEP).not_done
        if self._ending.is_set() or self._stop.is_set():
            raise Stopped
        return self._write(batch)

    def _note_failure(self, written: Future[BatchResult]) -> None:
        error = written.exception()
        if error:
            # The first one tells what happened; those that come of it follow.
            self._error = self._error or error
            self._ending.set()

    def _join(self, checkpoint: Checkpoint) -> None:
        """A state that no open call stands before is as true as the newest batch; where there is none, it is true."""
        if not self._in_flight and not self._judged:
            self._start(Batch(self._clock()))
        batch = self._in_flight[-1].batch if self._in_flight else self._judged[-1].batch
        batch.add(checkpoint)
        self._size += checkpoint.size

    # ---- settling

    def _make_room(self) -> None:
        self._settle_done()
        while len(self._in_flight) > MAX_BATCHES or (self._in_flight and self._size > MAX_BYTES):
            self._await_oldest()
        if self._size > MAX_BYTES:
            self._tolerance.stop_waiting()
            self._release_if_due()

    def _await_oldest(self) -> None:
        oldest = self._in_flight[0].written
        while not wait([oldest], timeout=STEP).done:
            self._raise_failure()
            self._report.tick(in_flight=len(self._in_flight))
        self._settle_done()

    def _settle_done(self) -> None:
        self._raise_failure()
        while self._in_flight and self._in_flight[0].written.done():
            self._judge_oldest()
        if self._judged:
            self._release_if_due()

    def _raise_failure(self) -> None:
        """Raise what a batch failed of, whichever it is: those before it settle when the sink is abandoned."""
        if self._stop.is_set():
            raise Stopped
        if self._error:
            raise self._error

    def _judge_oldest(self) -> None:
        oldest = self._in_flight[0]
        result = oldest.written.result()
        self._tolerance.judge(result)
        self._in_flight.popleft()
        self._forget_keys(oldest)
        if not self._judged:
            self._held_since = self._clock()
        self._judged.append(result)

    def _forget_keys(self, settled: InFlight) -> None:
        for call in settled.batch.calls:
            if call.key and self._keys.get(call.key) is settled.written:
                del self._keys[call.key]

    def _release_if_due(self) -> None:
        if self._tolerance.is_suspicious and self._clock() - self._held_since < SUSPENSE:
            return
        self._tolerance.stop_waiting()
        self._release()

    def _release(self) -> None:
        """Store first, emit second. What settles together is stored together."""
        judged = self._judged
        rejections = [
            rejection
            for result in judged
            if result.rejections or len(result.batch.calls) < len(result.batch.entries)
            for _, rejection in result.outcomes()
            if rejection
        ]
        if rejections:
            self._rejects.store(rejections)
        # Not before: what could not be stored stays in the way of the states behind it. Nor later: what is stored
        # must not be stored again, nor a state sent twice, where sending fails half-way.
        self._judged = []
        states = [state for result in judged for state in self._checkpointer.settle(result)]
        if states:
            self._emit(states)
        for result in judged:
            self._size -= result.batch.size
            self._report.settled(result)


def _done(written: BatchResult) -> Future[BatchResult]:
    future: Future[BatchResult] = Future()
    future.set_result(written)
    return future
