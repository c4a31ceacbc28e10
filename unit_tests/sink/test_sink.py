"""The laws of states, held by the sink whatever is written in whatever order, and however it ends."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from destination_hubspot_calls.hubspot.errors import HubSpotError, Stopped, Unauthorized
from destination_hubspot_calls.messages import (
    Batch,
    Call,
    Checkpoint,
    CheckpointKind,
    Entry,
    LinkMiss,
    MissCause,
    Rejection,
    Stream,
    Unlinked,
)
from destination_hubspot_calls.results import BatchResult, Count, SettledState
from destination_hubspot_calls.sink.batch import Batcher
from destination_hubspot_calls.sink.settlement import Settlement
from destination_hubspot_calls.sink.sink import Sink, Window
from destination_hubspot_calls.sink.summary import Summary
from destination_hubspot_calls.sink.tolerance import Tolerance, TooManyRejected
from destination_hubspot_calls.sink.workers import MIN_WORKERS
from unit_tests.entries import CALLS, MAILS, call, checkpoint, link_rule, rejection

PATIENCE = 10.0


class HubSpotGoneWrong(HubSpotError):
    """What a batch fails of."""


class Fate(NamedTuple):
    """What is to become of an entry."""

    entry: Call | Rejection | Checkpoint
    refused: bool = False


class Pen:
    """HubSpot, as far as the sink sees it: batches wait in it until they are let out, in any order."""

    def __init__(self, refused: set[bytes], fails: Callable[[int], bool] = lambda _: False) -> None:
        self.began: list[list[Call]] = []
        self.written: set[bytes] = set()
        self._refused = refused
        self._fails = fails
        self._news = threading.Condition()
        self._free: set[int] = set()
        self._all_free = False
        self._left = 0

    def write(self, batch: Batch, result: BatchResult) -> None:
        calls = batch.calls
        with self._news:
            number = len(self.began)
            self.began.append(list(calls))
            self._news.notify_all()
            self._news.wait_for(lambda: self._all_free or number in self._free, PATIENCE)
            self._left += 1
            self._news.notify_all()
            if self._fails(number):
                raise HubSpotGoneWrong
            for place, item in enumerate(calls):
                if item.line in self._refused:
                    result.rejections[place] = Rejection(item.stream, item.name, "refused", item.line)
                else:
                    result.became[place] = Count.CREATED
            self.written |= {item.line for item in calls} - self._refused

    def let_out(self, chosen: int) -> None:
        """Let one of those in go, and wait until it has."""
        with self._news:
            inside = [number for number in range(len(self.began)) if number not in self._free]
            if inside:
                self._free.add(inside[chosen % len(inside)])
                left = self._left
                self._news.notify_all()
                self._news.wait_for(lambda: self._left > left, PATIENCE)

    def shut(self) -> None:
        """Let none go that come from now on."""
        with self._news:
            self._all_free = False

    def open(self) -> None:
        """Let all go, those to come too."""
        with self._news:
            self._all_free = True
            self._news.notify_all()


class Bench:
    """A sink between fakes, which notes each state with what was in and stored when it left."""

    def __init__(
        self, pen: Pen, *, most_calls: int = 3, most: int = 1_000_000, percent: float = 100, last_wait: float = PATIENCE
    ) -> None:
        self.pen, self.now = pen, 0.0
        self.left: list[SettledState] = []
        self.stored: list[Rejection] = []
        self.reported: list[Rejection] = []
        self.unlinked: list[Unlinked] = []
        self.known: list[set[bytes]] = []
        self.store_error: Exception | None = None
        self.ticks: list[int] = []
        self.stop, self.summary = threading.Event(), Summary()
        tolerance = Tolerance(self.summary.rejections, most=most, percent=percent)
        self.settlement = Settlement(
            self._emit, rejects=self, tolerance=tolerance, summary=self.summary, report=self, clock=self._clock
        )
        self.sink = Sink(
            pen.write,
            self.settlement,
            progress=self,
            stop=self.stop,
            window=Window(workers=8, last_wait=last_wait),
            batcher=Batcher(most_calls=most_calls, clock=self._clock),
            clock=self._clock,
        )

    def _clock(self) -> float:
        return self.now

    # A report, and progress.

    def rejected(self, rejections: Sequence[Rejection]) -> None:
        assert rejections
        self.reported += rejections

    def tick(self, *, in_flight: int) -> None:
        self.ticks.append(in_flight)

    def end(self) -> None:
        """Nobody listens."""

    # A store of rejected records.

    place = ""

    def probe(self) -> None:
        raise NotImplementedError

    def store(self, rejections: Sequence[Rejection]) -> None:
        if self.store_error:
            raise self.store_error
        self.stored += rejections

    def store_unlinked(self, unlinked: Sequence[Unlinked]) -> None:
        self.unlinked += unlinked

    def _emit(self, states: Sequence[SettledState]) -> None:
        known = self.pen.written | {item.line for item in self.stored}
        for settled in states:
            self.left.append(settled)
            self.known.append(known)

    def put(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.sink.put(entry)

    def put_last(self, entries: Sequence[Entry]) -> None:
        """Put entries, and the end behind them."""
        self.put(entries)
        self.sink.close()


@contextmanager
def bench(pen: Pen | None = None, **more: Any) -> Iterator[Bench]:
    """A bench whose threads end with the test."""
    made = Bench(pen or Pen(set()), **more)
    try:
        yield made
    finally:
        made.pen.open()
        made.sink.abandon()


@st.composite
def streams_of_entries(draw: st.DrawFn) -> list[Fate]:
    kinds = draw(st.lists(st.sampled_from("CCCCMMcmRrSTGL"), max_size=60))
    fates = []
    for number, kind in enumerate(kinds):
        stream = CALLS if kind in "CcRS" else MAILS
        if kind in "CMcm":
            fates.append(Fate(call(number, stream=stream), refused=kind in "cm"))
        elif kind in "Rr":
            fates.append(Fate(rejection(number, stream=stream)))
        elif kind in "ST":
            fates.append(Fate(checkpoint(number, stream=stream)))
        else:
            kind_of = CheckpointKind.GLOBAL if kind == "G" else CheckpointKind.LEGACY
            fates.append(Fate(checkpoint(number, stream=None, kind=kind_of)))
    return fates


Counted = tuple[Checkpoint, int, int, int]
"""A state with the records before it: written, rejected, created."""


def counts(settled: SettledState) -> Counted:
    created = settled.tally.get(Count.CREATED, 0)
    return settled.checkpoint, settled.written, settled.rejected, created


def expected(fates: Sequence[Fate]) -> list[Counted]:
    """Every state with the counts that its place gives it."""
    since: defaultdict[Stream, list[int]] = defaultdict(lambda: [0, 0])
    settled: list[Counted] = []
    for entry, refused in fates:
        if isinstance(entry, Checkpoint):
            covered = [entry.stream] if entry.stream else list(since)
            taken = [since.pop(stream, [0, 0]) for stream in covered]
            written = sum(item[0] for item in taken)
            settled.append((entry, written, sum(item[1] for item in taken), written))
        else:
            since[entry.stream][refused or isinstance(entry, Rejection)] += 1
    return settled


def assert_true_so_far(held: Bench, fates: Sequence[Fate]) -> None:
    """The states that left are the first ones, each once, with its counts, and all before each was in or stored."""
    assert [counts(settled) for settled in held.left] == expected(fates)[: len(held.left)]
    lines = [fate.entry.line for fate in fates]
    for settled, known in zip(held.left, held.known, strict=True):
        before = lines.index(settled.checkpoint.line)
        records = {fate.entry.line for fate in fates[:before] if not isinstance(fate.entry, Checkpoint)}
        assert records <= known


def refused_lines(fates: Sequence[Fate]) -> set[bytes]:
    return {fate.entry.line for fate in fates if fate.refused}


def drive(held: Bench, fates: Sequence[Fate], order: Sequence[int | None]) -> None:
    """Put all entries; between them let batches out as `order` says."""
    for place, fate in enumerate(fates):
        held.sink.put(fate.entry)
        chosen = order[place] if place < len(order) else None
        if chosen is not None:
            held.pen.let_out(chosen)
            held.sink.tick()


ORDERS = st.lists(st.none() | st.integers(0, 7), max_size=60)


@settings(max_examples=150, deadline=None)
@given(streams_of_entries(), st.integers(1, 7), ORDERS)
def test_every_state_leaves_once_in_order_when_it_is_true(
    fates: list[Fate], most_calls: int, order: list[int | None]
) -> None:
    """A state out of turn, twice, too early, or with wrong counts makes the source forget records."""
    with bench(Pen(refused_lines(fates)), most_calls=most_calls) as held:
        drive(held, fates, order)
        held.pen.open()
        held.sink.close()
    assert_true_so_far(held, fates)
    assert [counts(settled) for settled in held.left] == expected(fates)
    assert held.summary.rejections.total + held.summary.in_hubspot == sum(
        not isinstance(fate.entry, Checkpoint) for fate in fates
    )
    calls = [fate.entry.line for fate in fates if isinstance(fate.entry, Call)]
    assert Counter(item.line for batch in held.pen.began for item in batch) == Counter(calls)
    rejected = [fate.entry.line for fate in fates if fate.refused or isinstance(fate.entry, Rejection)]
    assert [item.line for item in held.stored] == rejected
    assert held.reported == held.stored


@settings(max_examples=150, deadline=None)
@given(streams_of_entries(), st.integers(1, 5), ORDERS, st.integers(0, 12))
def test_a_batch_that_fails_ends_the_sync_and_no_state_behind_it_leaves(
    fates: list[Fate], most_calls: int, order: list[int | None], failing: int
) -> None:
    """A state that covers a batch that failed would lose the batch; one before it that stays costs a repetition."""
    pen = Pen(refused_lines(fates), lambda number: number == failing)
    with bench(pen, most_calls=most_calls) as held:
        error = None
        try:
            drive(held, fates, order)
            pen.open()
            held.sink.close()
        except HubSpotGoneWrong as raised:
            error = raised
        pen.open()
        held.sink.abandon()
    assert_true_so_far(held, fates)
    assert (error is not None) == (len(pen.began) > failing)
    if error is not None:
        lost = {item.line for item in pen.began[failing]}
        left = [settled.checkpoint for settled in held.left]
        behind = [
            fate.entry for fate in fates[max(place for place, fate in enumerate(fates) if fate.entry.line in lost) :]
        ]
        assert not any(entry in left for entry in behind)


@settings(max_examples=100, deadline=None)
@given(streams_of_entries(), st.integers(1, 5), ORDERS, st.integers(0, 60))
@example([Fate(rejection(0)), Fate(rejection(1)), Fate(checkpoint(2))], 1, [], 1)
def test_a_sync_told_to_stop_lets_go_only_what_is_true(
    fates: list[Fate], most_calls: int, order: list[int | None], moment: int
) -> None:
    """SIGTERM may come at any moment; what was not answered by then is not covered."""
    with bench(Pen(refused_lines(fates)), most_calls=most_calls, last_wait=0.0) as held:
        drive(held, fates[:moment], order)
        held.stop.set()
        held.sink.abandon()
        left = len(held.left)
        held.pen.open()
        if moment < len(fates) and not isinstance(fates[moment].entry, Checkpoint):
            with pytest.raises(Stopped):
                held.put_last([fate.entry for fate in fates[moment:]])
    assert_true_so_far(held, fates)
    assert len(held.left) >= left


def test_states_with_nothing_in_flight_leave_at_once() -> None:
    """A source that has nothing new must not wait for its state until the end."""
    with bench() as held:
        held.put([checkpoint(1), checkpoint(2, stream=None)])
        assert [settled.checkpoint.line for settled in held.left] == [b"state 1", b"state 2"]


def test_a_state_behind_a_batch_in_flight_waits_for_it() -> None:
    """With no open call a state joins the newest batch, and is as true as that."""
    with bench(most_calls=1) as held:
        held.put([call(1), checkpoint(2), checkpoint(3)])
        assert held.left == []
        held.pen.open()
        held.sink.close()
    assert [(settled.written, settled.rejected) for settled in held.left] == [(1, 0), (0, 0)]


def test_states_make_no_batch_smaller() -> None:
    """A state after every record must not mean a request for every record."""
    with bench(most_calls=50) as held:
        held.pen.open()
        for number in range(100):
            held.put([call(number), checkpoint(1000 + number)])
        held.sink.close()
    assert [len(batch) for batch in held.pen.began] == [50, 50]
    assert len(held.left) == 100


def test_an_old_batch_leaves_while_the_source_pauses() -> None:
    """Without it the last records before a pause would wait for the next ones."""
    with bench() as held:
        held.pen.open()
        held.put([call(1), checkpoint(2)])
        held.now = 4.9
        held.sink.tick()
        assert held.pen.began == []
        held.now = 5.0
        held.sink.tick()
        until(held, lambda: len(held.left) == 1)


def test_rejections_are_stored_before_a_state_that_covers_them() -> None:
    """Store first, emit second: a store that fails keeps the state, and all behind it, from leaving."""
    with bench(most_calls=1) as held:
        held.store_error = OSError()
        held.put([call(1), checkpoint(2)])
        until_began(held.pen, 1)
        held.pen.let_out(0)
        until(held, lambda: len(held.left) == 1)
        held.put([call(3)])
        held.put([rejection(4)])
        held.put([call(5), checkpoint(6)])
        held.pen.open()
        with pytest.raises(OSError, match=r"^$"):
            held.sink.close()
        with pytest.raises(OSError, match=r"^$"):
            held.sink.abandon()
        assert len(held.left) == 1
        held.store_error = None


def test_calls_without_a_link_are_kept_before_their_state_leaves() -> None:
    """After the state nobody would send them again."""
    with bench(most_calls=1) as held:
        missing = LinkMiss(link_rule(), MissCause.NOBODY, "999")
        pen_write = held.pen.write

        def write(batch: Batch, result: BatchResult) -> None:
            pen_write(batch, result)
            result.misses[0] = [missing]

        held.sink._write = write
        held.put([call(1), checkpoint(2)])
        held.store_unlinked = lambda _: (_ for _ in ()).throw(OSError())  # type: ignore[method-assign,assignment]  # for a moment
        held.pen.open()
        with pytest.raises(OSError, match=r"^$"):
            held.put_last([])
        assert held.left == []
        del held.store_unlinked
        held.sink.abandon()
    assert [item.value for item in held.unlinked] == ["999"]
    assert len(held.left) == 1


def test_what_settles_together_is_stored_together() -> None:
    """One write to the store for each batch would be one object in S3 for each."""
    writes: list[Sequence[Rejection]] = []
    with bench(Pen({b"line 1", b"line 2"}), most_calls=1) as held:
        held.put([call(1), call(2), call(3), checkpoint(4)])
        held.pen.let_out(1)
        held.pen.let_out(1)
        held.store = writes.append  # type: ignore[assignment]  # notes the writes instead
        held.pen.open()
        held.sink.close()
    assert sum(map(len, writes)) == 2
    assert len(writes) <= 2


def test_the_error_that_came_first_is_told() -> None:
    """What follows of it (batches that no longer begin) would hide what a person has to do."""
    pen = Pen(set(), lambda number: number == 1)
    with bench(pen, most_calls=1, last_wait=0.2) as held:
        held.put([call(1), call(2), call(3)])
        until_began(pen, 3)
        pen.let_out(1)
        with pytest.raises(HubSpotGoneWrong):
            until(held, lambda: False)
        held.sink.abandon()
        with pytest.raises(Stopped):
            held.put_last([call(4), call(5)])
    assert held.left == []


def test_an_error_is_told_while_an_earlier_batch_hangs() -> None:
    """A token that was revoked must not be waited for behind a request that takes minutes."""
    pen = Pen(set(), lambda number: number == 1)
    with bench(pen, most_calls=1, last_wait=0.0) as held:
        held.put([call(1), call(2)])
        until_began(pen, 2)
        pen.let_out(1)
        with pytest.raises(HubSpotGoneWrong):
            held.sink.close()


def test_batches_before_a_failed_one_still_settle() -> None:
    """Their states are true, and spare the next run their records."""
    pen = Pen(set(), lambda number: number == 1)
    with bench(pen, most_calls=1) as held:
        held.put([call(1), checkpoint(2)])
        until_began(pen, 1)
        held.put([call(3), checkpoint(4)])
        until_began(pen, 2)
        pen.let_out(1)
        threading.Timer(0.1, pen.open).start()
        with pytest.raises(HubSpotGoneWrong):
            held.sink.close()
        held.sink.abandon()
    assert [settled.checkpoint.line for settled in held.left] == [b"state 2"]


def test_what_was_sent_is_waited_for_at_the_end() -> None:
    """Its answers come within seconds, and their states spare the next run their records."""
    with bench(most_calls=1) as held:
        held.put([call(1), checkpoint(2)])
        until_began(held.pen, 1)
        threading.Timer(0.1, held.pen.open).start()
        held.sink.abandon()
        assert [settled.checkpoint.line for settled in held.left] == [b"state 2"]


def test_too_many_rejected_records_at_the_very_end_hold_their_states_and_hide_no_error() -> None:
    """The sync ends for another reason, which is what a person has to hear."""
    with bench(Pen({b"line 1", b"line 2"}), most_calls=1, most=1) as held:
        held.put([call(1), call(2), checkpoint(3)])
        until_began(held.pen, 2)
        held.pen.open()
        held.sink.abandon()
        assert held.left == []


def test_no_batch_begins_after_one_has_failed() -> None:
    """With a revoked token each further batch would be one more refusal."""
    pen = Pen(set(), lambda number: number == 0)
    with bench(pen, most_calls=1) as held:
        held.put([call(number) for number in range(12)])
        until_began(pen, MIN_WORKERS)
        pen.let_out(0)
        with pytest.raises(HubSpotGoneWrong):
            held.sink.close()
        pen.open()
        held.sink.abandon()
    assert len(pen.began) == MIN_WORKERS


def test_a_hung_batch_holds_the_end_no_longer_than_the_last_wait() -> None:
    """A request may hang for two minutes; the platform waits less for a process that it ended."""
    with bench(most_calls=1, last_wait=0.1) as held:
        held.now = 1000.0
        held.put([call(1), checkpoint(2)])
        held.stop.set()
        held.sink.abandon()
        assert held.left == []
        assert held.pen.written == set()
        assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("writer-"))


def test_records_that_the_end_cut_off_are_counted_once() -> None:
    """A summary of a sync that was ended would leave them out, or tell of more records than came."""
    with bench(most_calls=2, last_wait=0.0) as held:
        held.put([call(1), call(2), call(3)])
        until_began(held.pen, 1)
        for _ in range(2):
            held.sink.abandon()
            assert held.summary.broken_off
            assert held.summary.streams[CALLS].unsent == 3


class OneAtATime:
    """A pen that no two calls of one key may be in at once; `done`: keys and numbers as they left it."""

    def __init__(self, pen: Pen) -> None:
        self.done: list[tuple[str, int]] = []
        self._pen = pen
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    def write(self, batch: Batch, result: BatchResult) -> None:
        calls = batch.calls
        with self._lock:
            self._running.update({item.name for item in calls})
            assert max(self._running.values()) == 1
        self._pen.write(batch, result)
        with self._lock:
            self._running.subtract({item.name for item in calls})
            self.done.extend((item.name, int(item.line.split()[1])) for item in calls)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(1, 4), ORDERS)
def test_writes_of_one_key_follow_each_other(keys: list[int], most_calls: int, order: list[int | None]) -> None:
    """An older version that overtakes a newer one would stand in HubSpot."""
    pen = Pen(set())
    one_at_a_time = OneAtATime(pen)
    with bench(pen, most_calls=most_calls) as held:
        held.sink._write = one_at_a_time.write
        fates = [Fate(call(number, key=str(key))) for number, key in enumerate(keys)]
        for place, fate in enumerate(fates):
            held.sink.put(fate.entry)
            chosen = order[place] if place < len(order) else None
            # A batch that waits for a key is not in the pen, so not every choice lets one out.
            if chosen is not None and any(pen.began):
                with pen._news:
                    pen._free.add(chosen)
                    pen._news.notify_all()
        pen.open()
        held.sink.close()
    for key in {name for name, _ in one_at_a_time.done}:
        numbers = [number for name, number in one_at_a_time.done if name == key]
        assert numbers == sorted(numbers)


def test_the_window_is_bounded_by_count() -> None:
    """Without a bound a slow HubSpot would fill the memory with batches."""
    with bench(most_calls=1) as held:
        feeding = threading.Thread(
            target=lambda: held.put([call(number) for number in range(Window().batches + 50)]), daemon=True
        )
        feeding.start()
        until_began(held.pen, 8)
        feeding.join(0.3)
        assert feeding.is_alive()
        assert len(held.sink._in_flight) == Window().batches + 1
        held.pen.open()
        feeding.join(PATIENCE)
        assert not feeding.is_alive()


def test_room_is_made_by_the_oldest_batch() -> None:
    """All that come would wait for the newest one, whose answer is the last to come."""
    with bench(most_calls=1) as held:
        calls = [call(number) for number in range(Window().batches + 1)]
        feeding = threading.Thread(target=lambda: held.put(calls), daemon=True)
        feeding.start()
        until_waits(held)
        held.pen.let_out(0)
        feeding.join(PATIENCE)
        assert not feeding.is_alive()


@pytest.mark.parametrize("kind", ["states", "rejections", "calls"])
def test_the_window_is_bounded_by_bytes(kind: str) -> None:
    """Long lines of any kind behind a slow batch would fill the memory all the same."""
    line = b"x" * 1_000_000
    big: dict[str, Callable[[int], Entry]] = {
        "states": lambda _: Checkpoint(CheckpointKind.STREAM, CALLS, line),
        "rejections": lambda number: rejection(number, line=line),
        "calls": lambda number: call(number, line=line),
    }
    with bench(most_calls=1) as held:
        held.put([call(0)])
        until_began(held.pen, 1)
        feeding = threading.Thread(target=lambda: held.put([big[kind](number) for number in range(90)]), daemon=True)
        feeding.start()
        feeding.join(0.3)
        assert feeding.is_alive()
        assert 60_000_000 < held.sink._size + held.settlement.size < 70_000_000
        held.pen.open()
        feeding.join(PATIENCE)
        assert not feeding.is_alive()


def test_what_is_settled_takes_no_room() -> None:
    """A sync of a gigabyte would go on batch by batch once 64 MB have passed."""
    line = b"x" * 1_000_000
    with bench(most_calls=1) as held:
        held.pen.open()
        held.put([call(number, line=line) for number in range(80)])
        held.put([checkpoint(80)])
        until(held, lambda: len(held.left) == 1)
        held.pen.shut()
        feeding = threading.Thread(target=lambda: held.put([call(81), call(82)]), daemon=True)
        feeding.start()
        feeding.join(PATIENCE)
        assert not feeding.is_alive()
        assert held.settlement.size == 0


@pytest.mark.parametrize("kind", ["rejections", "states"])
def test_what_is_held_back_for_suspicion_is_let_go_when_it_fills_the_memory(kind: str) -> None:
    """Ten minutes of a wide table's rejected rows, or of states behind one, are more than the memory holds."""
    with bench(most=1000) as held:
        held.put([rejection(0), checkpoint(1)])
        held.now = 5.0
        held.sink.tick()
        assert held.left == []
        if kind == "states":
            big = [Checkpoint(CheckpointKind.STREAM, CALLS, b"x" * 1_000_000) for _ in range(70)]
            held.put(big)
        else:
            held.put([rejection(number, line=b"x" * 4_200_000) for number in range(1, 17)])
        assert held.left


def test_states_are_held_back_from_the_first_one_on() -> None:
    """A bad row every few minutes would put off the end of the wait again and again."""
    with bench(most=1000) as held:
        for number in range(2):
            held.put([rejection(2 * number), checkpoint(2 * number + 1)])
            held.now = 300.0 * number + 5.0
            held.sink.tick()
        held.now = 604.0
        held.sink.tick()
        assert held.left == []
        held.now = 605.0
        held.sink.tick()
        assert len(held.left) == 2


def test_a_state_covers_all_that_is_held_back() -> None:
    """It leaves with the newest batch: with an older one it would tell less than stands before it."""
    with bench(most=1000) as held:
        for number in range(3):
            held.put([rejection(number)])
            held.now += 5.0
            held.sink.tick()
        held.put([checkpoint(3)])
        assert held.left == []
        held.sink.close()
    assert [settled.rejected for settled in held.left] == [3]


def test_no_batch_begins_once_the_sync_is_given_up() -> None:
    """Its last seconds are for what was sent: what begins then would be cut off in the middle."""
    with bench(most_calls=1) as held:
        held.put([call(number) for number in range(9)])
        until_began(held.pen, MIN_WORKERS)
        ending = threading.Thread(target=held.sink.abandon)
        ending.start()
        held.pen.let_out(0)
        ending.join(0.2)
        held.pen.open()
        ending.join(PATIENCE)
    assert len(held.pen.began) == MIN_WORKERS


def test_states_wait_for_the_verdict_on_a_suspect_stream() -> None:
    """A mapping that is wrong for every record must not let a state over the first twenty."""
    with bench(most=1000) as held:
        held.pen.open()
        for number in range(19):
            held.put([rejection(number), checkpoint(1000 + number)])
        held.now = 5.0
        held.sink.tick()
        assert held.left == []
        assert held.stored == []
        with pytest.raises(TooManyRejected):
            held.put_last([rejection(19), checkpoint(2000)])
        held.sink.abandon()
    assert held.left == []


def test_a_good_record_lets_the_states_of_its_stream_go() -> None:
    """One record that fits shows that it is the rows and not the mapping."""
    with bench(most=1000, most_calls=1) as held:
        held.pen.open()
        held.put([*(rejection(number) for number in range(19)), checkpoint(1000), call(19)])
        until(held, lambda: len(held.left) == 1)
    assert len(held.stored) == 19


@pytest.mark.parametrize("end", ["close", "abandon"])
def test_states_that_wait_for_a_verdict_leave_at_the_end(end: str) -> None:
    """Fewer than twenty records came: the rule does not speak, and the states are true."""
    with bench(most=1000) as held:
        held.put([*(rejection(number) for number in range(15)), checkpoint(1000)])
        held.now = 5.0
        held.sink.tick()
        assert held.left == []
        getattr(held.sink, end)()
        assert [settled.rejected for settled in held.left] == [15]


def test_states_do_not_wait_for_a_verdict_for_ever() -> None:
    """The platform ends a sync that shows no state for too long."""
    with bench(most=1000) as held:
        held.put([rejection(1), checkpoint(2)])
        held.now = 5.0
        held.sink.tick()
        held.now = 604.0
        held.sink.tick()
        assert held.left == []
        held.now = 700.0
        held.sink.tick()
        assert len(held.left) == 1


def test_too_many_rejected_records_end_the_sync_before_their_state() -> None:
    """Past the tolerance the batch is not covered, so that nothing is lost once its cause is mended."""
    with bench(Pen({b"line 2", b"line 4"}), most_calls=1, most=1) as held:
        held.pen.open()
        held.put([call(1), call(2), checkpoint(3)])
        until(held, lambda: len(held.left) == 1)
        with pytest.raises(TooManyRejected, match="2 records were rejected, more than max_rejected_records"):
            held.put_last([call(4), checkpoint(5)])
        held.sink.abandon()
    assert len(held.left) == 1
    assert [item.line for item in held.stored] == [b"line 2"]


def test_progress_is_told_while_a_batch_is_waited_for() -> None:
    """A sync that waits for HubSpot for minutes and says nothing looks like one that hangs."""
    with bench(most_calls=1) as held:
        held.put([call(1)])
        ending = threading.Thread(target=held.sink.close)
        ending.start()
        until_waits(held)
        held.pen.open()
        ending.join(PATIENCE)
    assert held.ticks[0] == 1


def test_a_writer_that_raises_anything_ends_the_sync() -> None:
    """A bug in a thread must not look like a batch that is still on its way."""

    def write(_batch: Batch, _result: BatchResult) -> None:
        raise ZeroDivisionError

    with bench(most_calls=1) as held:
        held.sink._write = write
        with pytest.raises(ZeroDivisionError):
            held.put_last([call(1)])


def test_an_error_of_hubspot_is_raised_as_it_came() -> None:
    """Whether a person has to act depends on its kind."""
    error = Unauthorized("no")

    def raising(_batch: Batch, _result: BatchResult) -> None:
        raise error

    with bench(most_calls=1) as held:
        held.sink._write = raising
        with pytest.raises(Unauthorized) as raised:
            held.put_last([call(1)])
        assert raised.value is error


def until(held: Bench, holds: Callable[[], bool]) -> None:
    """Let the sink tick until something holds."""
    for _ in range(1000):
        held.sink.tick()
        if holds():
            return
        threading.Event().wait(0.005)
    pytest.fail("it never held")


def until_waits(held: Bench) -> None:
    """Wait until the sink waits, and says so."""
    for _ in range(1000):
        if held.ticks:
            return
        threading.Event().wait(0.005)
    pytest.fail("it never waited")


def until_began(pen: Pen, count: int) -> None:
    """Wait until so many batches are being written."""
    with pen._news:
        assert pen._news.wait_for(lambda: len(pen.began) >= count, PATIENCE)
