"""Many batches in flight, settled in the order they came."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Protocol

from destination_hubspot_calls.hubspot.errors import Stopped
from destination_hubspot_calls.messages import Batch, Checkpoint, Entry
from destination_hubspot_calls.results import BatchResult
from destination_hubspot_calls.shutdown import LAST_WAIT
from destination_hubspot_calls.sink.batch import Batcher
from destination_hubspot_calls.sink.key_order import KeyOrder
from destination_hubspot_calls.sink.settlement import Settlement
from destination_hubspot_calls.sink.tolerance import TooManyRejected
from destination_hubspot_calls.sink.workers import Workers

Write = Callable[[Batch, BatchResult], object]
"""Brings a batch's calls in, and fills its result meanwhile. Raises what ends the sync."""


class Ticks(Protocol):
    """Whoever wants to know, about twice a second, that time goes by, and when all is written."""

    def tick(self, *, in_flight: int) -> None:
        """Some time went by; so many batches are in flight."""

    def end(self) -> None:
        """All is written."""


WORKERS = 64
"""Requests in flight at most: 19 a second at 2 s each need 40, and some wait for a key or a second try."""
STEP = 0.5
"""Seconds between two looks at whether the process is to stop, while waiting."""


@dataclass(frozen=True, slots=True)
class Window:
    """How much may be in flight: batches, and bytes of entries, which is what bounds memory.

    112 batches: at 2 s an answer a batch whose links are read back takes 4 s, and 100 come behind it meanwhile, which
    are settled after it (250 requests in 10 s). `last_wait`: seconds that batches in flight have to be answered once a
    sync ends early.
    """

    workers: int = WORKERS
    batches: int = 112
    bytes: int = 64_000_000
    last_wait: float = LAST_WAIT


@dataclass(slots=True)
class BatchInFlight:
    """What is to become of a batch, and the promise of it."""

    result: BatchResult
    written: Future[BatchResult]


class Sink:
    """Takes entries in order, and has what was written settled in order.

    `write` brings batches in (in many threads). A deque of futures is the whole checkpointer. `stop` is set once
    nothing more is to be sent. After an error, of the sink or of its caller, `abandon` lets go what is true.
    """

    def __init__(
        self,
        write: Write,
        settlement: Settlement,
        *,
        progress: Ticks,
        stop: threading.Event,
        window: Window = Window(),
        batcher: Batcher | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._settlement = settlement
        self._progress = progress
        self._stop = stop
        self._window = window
        self._clock = clock
        self._batcher = batcher or Batcher(clock=clock)
        self._workers: Workers[BatchResult] = Workers(window.workers)
        self._in_flight: deque[BatchInFlight] = deque()
        self._size = 0  # bytes of entries in flight
        self._keys: KeyOrder[BatchResult] = KeyOrder()
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
        """Some time went by: close a batch that is old, settle what is done. Raises what ends the sync."""
        batch = self._batcher.close_old()
        if batch:
            self._start(batch)
        self._settle_done()
        self._workers.grow()
        self._progress.tick(in_flight=len(self._in_flight))

    def close(self) -> None:
        """Nothing more comes: write and settle everything. Raises what ends the sync."""
        batch = self._batcher.close()
        if batch:
            self._start(batch)
        while self._in_flight:
            self._await_oldest()
        self._progress.end()
        self._settlement.stop_waiting()
        self._settlement.release()
        self._workers.close()

    def abandon(self) -> None:
        """The sync ends early: what is in flight has 20 s to end well, and the states that are true then leave.

        Batches that have not begun do not begin. What they failed of is not raised again.
        """
        deadline = self._clock() + self._window.last_wait
        self._ending.set()
        self._workers.close()
        self._judge_last(deadline)
        try:
            self._settlement.release_if_due()
        finally:
            self._stop.set()
            wait([item.written for item in self._in_flight], timeout=max(0.0, deadline - self._clock()))
            self._break_off()

    def _judge_last(self, deadline: float) -> None:
        try:
            while not self._settlement.is_closed and self._in_flight and self._is_written(self._in_flight[0], deadline):
                self._judge_oldest()
        except TooManyRejected:
            pass  # what is held back stays so
        if not self._settlement.is_closed:
            self._settlement.stop_waiting()

    def _break_off(self) -> None:
        """Nothing more becomes of what is in flight, or waits to be: have it counted."""
        last = self._batcher.close()
        results = [item.result for item in self._in_flight]
        self._settlement.break_off([*results, BatchResult(last)] if last else results)

    def _is_written(self, item: BatchInFlight, deadline: float) -> bool:
        done = wait([item.written], timeout=max(0.0, deadline - self._clock())).done
        return bool(done) and item.written.exception() is None

    # ---- into HubSpot

    def _start(self, batch: Batch) -> None:
        result = BatchResult(batch)
        before = self._keys.before(batch)
        written = self._workers.submit(lambda: self._work(result, before)) if batch.calls else _done(result)
        written.add_done_callback(self._note_failure)
        self._keys.enter(batch, written)
        self._in_flight.append(BatchInFlight(result, written))
        self._size += batch.size

    def _work(self, result: BatchResult, before: set[Future[BatchResult]]) -> BatchResult:
        """In a thread: write, once the writes of earlier batches with one of the same keys are done.

        Workers begin batches in order, so those waited for have all begun.
        """
        while before and not self._ending.is_set():
            before = wait(before, timeout=STEP).not_done
        if self._ending.is_set() or self._stop.is_set():
            raise Stopped
        self._write(result.batch, result)
        return result

    def _note_failure(self, written: Future[BatchResult]) -> None:
        error = written.exception()
        if error:
            # The first one tells what happened; those that come of it follow.
            self._error = self._error or error
            self._ending.set()

    def _join(self, checkpoint: Checkpoint) -> None:
        """A state that no open call stands before is as true as the newest batch; where there is none, it is true."""
        if not self._in_flight:
            if self._settlement.join(checkpoint):
                return
            self._start(Batch(self._clock()))
        self._in_flight[-1].result.batch.add(checkpoint)
        self._size += checkpoint.size

    # ---- settling

    def _make_room(self) -> None:
        self._settle_done()
        while len(self._in_flight) > self._window.batches or (self._in_flight and self._is_full()):
            self._await_oldest()
        if self._is_full():
            self._settlement.stop_waiting()
            self._settlement.release_if_due()

    def _is_full(self) -> bool:
        return self._size + self._settlement.size > self._window.bytes

    def _await_oldest(self) -> None:
        oldest = self._in_flight[0].written
        while not wait([oldest], timeout=STEP).done:
            self._raise_failure()
            self._workers.grow()
            self._progress.tick(in_flight=len(self._in_flight))
        self._settle_done()

    def _settle_done(self) -> None:
        self._raise_failure()
        while self._in_flight and self._in_flight[0].written.done():
            self._judge_oldest()
        self._settlement.release_if_due()

    def _raise_failure(self) -> None:
        """Raise what a batch failed of, whichever it is: those before it settle when the sink is abandoned."""
        if self._stop.is_set():
            raise Stopped
        if self._error:
            raise self._error

    def _judge_oldest(self) -> None:
        oldest = self._in_flight[0]
        result = oldest.written.result()
        self._in_flight.popleft()
        self._size -= result.batch.size
        self._keys.leave(result.batch, oldest.written)
        self._settlement.judge(result)


def _done(written: BatchResult) -> Future[BatchResult]:
    future: Future[BatchResult] = Future()
    future.set_result(written)
    return future
