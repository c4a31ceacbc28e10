"""One queue of keys for all batches: each key asked for once, full requests, failures that stay where they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.associations.cache import MAX_KEPT, Cache
from destination_hubspot_calls.associations.lookup import MAX_REFUSED, MIN_WHOLE, MISS_LASTS, Lookup, Unsearchable
from destination_hubspot_calls.associations.match import Match, NoMatch
from destination_hubspot_calls.associations.normalizer import Caseless, Exact, Normalizer, Number
from destination_hubspot_calls.hubspot.errors import Refusal, Unavailable
from destination_hubspot_calls.hubspot.models import Problem

ROOM = 10


@dataclass(eq=False)
class Directory:
    """A way to records: a key that begins with `no` has none, with `two` has several, with `bad` is refused."""

    normalizer: Normalizer = field(default_factory=Caseless)
    room: int = ROOM
    gate: threading.Event = field(default_factory=threading.Event)
    asked: list[Sequence[str]] = field(default_factory=list)
    failure: Exception | None = None
    refuses: bool = False
    """Everything, whoever asks for what."""
    most_at_once: int = 0
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def size(self, key: str) -> int:
        return len(key) if key.startswith("long") else 1

    def find(self, keys: Sequence[str]) -> Mapping[str, Match]:
        with self._lock:
            self.asked.append(tuple(keys))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            assert self.gate.wait(10)
            if self.failure:
                raise self.failure
            if self.refuses or any(key.startswith("bad") for key in keys):
                raise Refusal(400, Problem(category="VALIDATION_ERROR"))
            return {key: outcome(key) for key in keys}
        finally:
            with self._lock:
                self._at_once -= 1


def outcome(key: str) -> Match:
    if key.startswith("no"):
        return NoMatch.NONE
    return NoMatch.SEVERAL if key.startswith("two") else f"id of {key}"


@pytest.fixture
def directory() -> Directory:
    """One whose answers come at once."""
    made = Directory()
    made.gate.set()
    return made


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def names(count: int, start: int = 0) -> list[str]:
    return [f"k{number}" for number in range(start, start + count)]


# What is found


def test_each_value_gets_its_outcome(directory: Directory) -> None:
    """One record, none, several."""
    found = Lookup(directory, 100).find(["k1", "no", "two"])
    assert found == {"k1": "id of k1", "no": NoMatch.NONE, "two": NoMatch.SEVERAL}


def test_what_is_known_is_not_asked_again(directory: Directory) -> None:
    """Misses too, and another spelling of a key that is known."""
    lookup = Lookup(directory, 100)
    first = lookup.find(["K1", "no", "two"])
    assert lookup.find(["k1", "K1", "NO", "no", "Two"])["k1"] == first["K1"]
    assert directory.asked == [("k1", "no", "two")]


def test_every_way_of_writing_is_read_once(directory: Directory) -> None:
    """Reading a phone number takes longer than everything else about a link that is known."""
    read: list[str] = []

    class Slow(Caseless):
        def normalize(self, value: str) -> str | None:
            read.append(value)
            return value.lower() if value != "?" else None

    directory.normalizer = Slow()
    lookup = Lookup(directory, 100)
    for _ in range(3):
        found = lookup.find(["K1", "k1", "?"])
        assert found == {"K1": "id of k1", "k1": "id of k1", "?": NoMatch.UNREADABLE}
    assert sorted(read) == ["?", "K1", "k1"]


def test_keys_beyond_one_request_go_into_several(directory: Directory) -> None:
    """A list may hold more keys than a request takes."""
    found = Lookup(directory, 100).find(names(25))
    assert found == {key: outcome(key) for key in names(25)}
    assert [len(keys) for keys in directory.asked] == [10, 10, 5]


def test_a_key_too_long_for_a_request_is_no_match_and_not_asked_for(directory: Directory) -> None:
    """It would be refused, or worse, wait in front of the queue for ever."""
    found = Lookup(directory, 100).find(["long" * 10, "k1"])
    assert found == {"long" * 10: NoMatch.UNSEARCHABLE, "k1": "id of k1"}
    assert directory.asked == [("k1",)]


def test_a_key_that_fills_a_request_is_asked_for(directory: Directory) -> None:
    """It fits, if only just."""
    key = "long".ljust(ROOM, "g")
    assert Lookup(directory, 100).find([key]) == {key: f"id of {key}"}


def test_what_is_said_of_an_unreadable_value_is_its_normalizers(directory: Directory) -> None:
    """Only that knows what a value should look like."""
    directory.normalizer = Number()
    lookup = Lookup(directory, 100)
    assert lookup.invalid_reason == Number().invalid_reason
    assert lookup.cause("x") == Number().cause("x")


@pytest.mark.parametrize(
    "asked",
    [
        [("long1", "long2"), ("long3",)],
        [("long1",), ("longlong2", "k3")],
        [("k1", "longlong2"), ("long3",)],
    ],
)
def test_requests_are_filled_by_size(directory: Directory, asked: list[tuple[str, ...]]) -> None:
    """A search's limit is in characters: no request has more, and none less than fits of what comes next."""
    Lookup(directory, 100).find([key for keys in asked for key in keys])
    assert directory.asked == asked


# Many threads


def test_keys_of_waiting_batches_share_a_request() -> None:
    """While a request that is not full is under way, the keys of other batches gather for the next."""
    directory = Directory(room=100)
    lookup = Lookup(directory, 1000)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(lookup.find, ["first"])
        until(lambda: directory.asked)
        others = [pool.submit(lookup.find, names(10, 10 * number)) for number in range(5)]
        until(lambda: len(lookup._queue) == 50)
        assert directory.asked == [("first",)]
        directory.gate.set()
        assert first.result(10) == {"first": "id of first"}
        for other in others:
            assert all(found == outcome(key) for key, found in other.result(10).items())
    assert sorted(map(len, directory.asked)) == [1, 50]
    assert directory.most_at_once == 1


def test_full_requests_do_not_wait_for_others() -> None:
    """HubSpot takes seconds to answer; a hundred new keys need not."""
    directory = Directory()
    lookup = Lookup(directory, 1000)
    with ThreadPoolExecutor(8) as pool:
        pool.submit(lookup.find, ["first"])
        until(lambda: directory.asked)
        done = [pool.submit(lookup.find, names(ROOM, ROOM * number)) for number in range(3)]
        until(lambda: len(directory.asked) == 4)
        directory.gate.set()
        assert all(len(each.result(10)) == ROOM for each in done)
    assert directory.most_at_once == 4


def test_a_request_that_lacks_one_key_waits_while_another_is_under_way() -> None:
    """It would be one more than is needed: the next batch may fill it."""
    directory = Directory()
    lookup = Lookup(directory, 1000)
    with ThreadPoolExecutor(2) as pool:
        pool.submit(lookup.find, ["first"])
        until(lambda: directory.asked)
        almost = pool.submit(lookup.find, names(ROOM - 1))
        until(lambda: len(lookup._queue) == ROOM - 1 or len(directory.asked) > 1)
        assert directory.asked == [("first",)]
        directory.gate.set()
        assert len(almost.result(10)) == ROOM - 1


def test_two_batches_fill_a_request_between_them() -> None:
    """What is more than full goes at once, and the rest with the next."""
    directory = Directory()
    lookup = Lookup(directory, 1000)
    with ThreadPoolExecutor(8) as pool:
        pool.submit(lookup.find, ["first"])
        until(lambda: directory.asked)
        pool.submit(lookup.find, names(6))
        until(lambda: len(lookup._queue) == 6)
        pool.submit(lookup.find, names(6, 6))
        until(lambda: len(directory.asked) == 2)
        assert [len(keys) for keys in directory.asked] == [1, ROOM]
        assert len(lookup._queue) == 2
        directory.gate.set()
    assert [len(keys) for keys in directory.asked] == [1, ROOM, 2]


@pytest.mark.parametrize("requests", [2, 3])
def test_who_waits_sends_what_another_has_left_over(requests: int) -> None:
    """One batch with keys for several requests need not send them one after another."""
    directory = Directory()
    lookup = Lookup(directory, 1000)
    with ThreadPoolExecutor(8) as pool:
        pool.submit(lookup.find, ["first"])
        until(lambda: directory.asked)
        for _ in range(requests - 1):
            waiting = pool.submit(lookup.find, ["first"])
            until(waiting.running)
        many = pool.submit(lookup.find, names(requests * ROOM))
        until(lambda: len(directory.asked) == requests + 1)
        directory.gate.set()
        assert len(many.result(10)) == requests * ROOM
    assert directory.most_at_once == requests + 1


def test_what_was_sent_is_in_the_queue_no_more() -> None:
    """Else every key would look like a full request, however few there are, and go alone."""
    directory = Directory()
    directory.gate.set()
    lookup = Lookup(directory, 1000)
    for number in range(3):
        lookup.find(names(ROOM, 100 + ROOM * number))
    directory.gate.clear()
    with ThreadPoolExecutor(3) as pool:
        pool.submit(lookup.find, ["first"])
        until(lambda: len(directory.asked) == 4)
        others = [pool.submit(lookup.find, [key]) for key in ("k1", "k2")]
        until(lambda: len(lookup._queue) == 2)
        assert len(directory.asked) == 4
        directory.gate.set()
        assert all(len(each.result(10)) == 1 for each in others)
    assert sorted(directory.asked[4]) == ["k1", "k2"]


def test_a_key_under_way_is_waited_for() -> None:
    """Two batches with one new key make one request."""
    directory = Directory()
    lookup = Lookup(directory, 100)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(lookup.find, ["k1"])
        until(lambda: directory.asked)
        other = pool.submit(lookup.find, ["K1"])
        until(other.running)
        directory.gate.set()
        assert one.result(10)["k1"] == other.result(10)["K1"] == "id of k1"
    assert directory.asked == [("k1",)]


BATCHES = st.lists(st.lists(st.integers(0, 40).map(lambda n: f"k{n}"), max_size=ROOM), max_size=30)


@given(BATCHES, st.integers(1, 8))
def test_every_key_is_asked_for_once_whatever_batches_come_at_once(batches: list[list[str]], threads: int) -> None:
    """Right answers for all, no key twice, and no more requests than batches."""
    directory = Directory()
    directory.gate.set()
    lookup = Lookup(directory, 1000)
    with ThreadPoolExecutor(threads) as pool:
        done: list[Future[dict[str, Match]]] = [pool.submit(lookup.find, batch) for batch in batches]
        for batch, each in zip(batches, done, strict=True):
            assert each.result(10) == {key: outcome(key) for key in batch}
    asked = [key for keys in directory.asked for key in keys]
    assert len(asked) == len(set(asked))
    assert len(directory.asked) <= len([batch for batch in batches if batch])


# What goes wrong


def test_a_failure_reaches_all_who_wait_and_is_not_remembered(directory: Directory) -> None:
    """The next to ask is answered: what failed says nothing of the key."""
    directory.gate.clear()
    directory.failure = Unavailable("not now")
    lookup = Lookup(directory, 100)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(lookup.find, ["k1"])]
        until(lambda: directory.asked)
        waiting += [pool.submit(lookup.find, ["k1"]), pool.submit(lookup.find, ["K1"])]
        until(lambda: all(each.running() for each in waiting))
        directory.gate.set()
        for each in waiting:
            with pytest.raises(Unavailable):
                each.result(10)
    directory.failure = None
    assert lookup.find(["k1"]) == {"k1": "id of k1"}


def test_a_refused_key_does_not_take_the_others_with_it(directory: Directory) -> None:
    """HubSpot refuses a whole request for one odd value: that one is no match, the rest are found."""
    keys = ["k1", "k2", "bad", "k3", "k4"]
    found = Lookup(directory, 100).find(keys)
    assert found.pop("bad") is NoMatch.UNSEARCHABLE
    assert found == {key: outcome(key) for key in keys if key != "bad"}


def test_a_way_that_is_always_refused_ends_after_a_few_requests(directory: Directory) -> None:
    """Then it is the property that HubSpot refuses: a person must know, and not after 199 requests."""
    directory.refuses = True
    with pytest.raises(Unsearchable, match="VALIDATION_ERROR"):
        Lookup(directory, 100).find([f"bad{number}" for number in range(ROOM)])
    assert len(directory.asked) < 10


def test_refusals_are_borne_once_anything_was_answered(directory: Directory) -> None:
    """Odd values may come one after another."""
    lookup = Lookup(directory, 100)
    lookup.find(["k1"])
    for number in range(2 * MAX_REFUSED):
        assert lookup.find([f"bad{number}"]) == {f"bad{number}": NoMatch.UNSEARCHABLE}
    assert ("example",) not in directory.asked


def test_a_whole_request_of_odd_values_is_borne_once_anything_was_answered(directory: Directory) -> None:
    """The property can be looked up, as was seen."""
    directory.normalizer = Exact()
    directory.room = MIN_WHOLE
    lookup = Lookup(directory, 100)
    lookup.find(["k1"])
    found = lookup.find([f"bad{number}" for number in range(MIN_WHOLE)])
    assert set(found.values()) == {NoMatch.UNSEARCHABLE}


def test_odd_values_at_the_start_are_not_taken_for_a_wrong_rule(directory: Directory) -> None:
    """Ids beyond 64 bits, three in a row: behind them are a hundred good ones."""
    lookup = Lookup(directory, 100)
    for number in range(2 * MAX_REFUSED):
        assert lookup.find([f"bad{number}"]) == {f"bad{number}": NoMatch.UNSEARCHABLE}
        assert (("example",) in directory.asked) == (number + 1 >= MAX_REFUSED)
    assert lookup.find(["k1"]) == {"k1": "id of k1"}
    assert directory.asked.count(("example",)) == 1


@pytest.mark.parametrize("more", [0, 1])
def test_where_no_value_is_good_for_sure_a_whole_request_decides(directory: Directory, more: int) -> None:
    """Of a list of options none is known here: a few odd values prove nothing, all of a full request do."""
    directory.normalizer = Exact()
    directory.room = MIN_WHOLE + more
    lookup = Lookup(directory, 100)
    assert set(lookup.find([f"bad{number}" for number in range(MIN_WHOLE - 1)]).values()) == {NoMatch.UNSEARCHABLE}
    with pytest.raises(Unsearchable, match="VALIDATION_ERROR"):
        lookup.find([f"bad{number}" for number in range(100, 100 + directory.room)])


# Memory


def test_a_miss_is_asked_again_after_some_minutes(directory: Directory) -> None:
    """Another sync adds contacts meanwhile; one that was found stays."""
    now = 0.0
    lookup = Lookup(directory, 100, lambda: now)
    values = ["k1", "no1", "two1", "No1"]
    lookup.find(values)
    now = MISS_LASTS - 1
    lookup.find(values)
    assert len(directory.asked) == 1
    now = MISS_LASTS
    lookup.find(values)
    assert directory.asked[1] == ("no1", "two1")
    assert len(directory.asked) == 2


def test_a_later_miss_lasts_as_long(directory: Directory) -> None:
    """Those of about one time are kept as one, and others not: all would be asked for with the first of them."""
    now = 0.0
    lookup = Lookup(directory, 100, lambda: now)
    for now, key in ((0.0, "no1"), (MISS_LASTS / 20, "no2"), (MISS_LASTS / 2, "no3"), (MISS_LASTS, "no4")):  # noqa: B007 - a clock
        lookup.find([key])
    now = 1.4 * MISS_LASTS
    lookup.find(["no3", "no4"])
    assert len(directory.asked) == 4
    now = 1.6 * MISS_LASTS
    lookup.find(["no3", "no4"])
    assert directory.asked[4:] == [("no3",)]


def test_what_is_forgotten_is_asked_again_however_it_is_written(directory: Directory) -> None:
    """What it led to is gone."""
    lookup = Lookup(directory, 100)
    lookup.find(["K1", "k2"])
    lookup.forget(["K1"])
    lookup.find(["K1", "k2"])
    assert directory.asked == [("k1", "k2"), ("k1",)]


def test_no_more_is_remembered_than_said(directory: Directory) -> None:
    """A million keys must not need a million places; the newest are there."""
    lookup = Lookup(directory, 20)
    for number in range(100):
        lookup.find([f"k{number}"])
    assert len(lookup._known) <= 20
    lookup.find(names(10, 90))
    assert len(directory.asked) == 100


def test_what_is_used_stays() -> None:
    """One customer calls all day, a thousand once."""
    cache: Cache[int] = Cache(10)
    cache.put("often", 1)
    for number in range(1000):
        cache.put(f"once{number}", number)
        assert cache.get("often") == 1
    assert cache.get("once0") is None


def test_very_long_keys_are_not_kept() -> None:
    """The bound is in keys, so that of their length makes it one of bytes."""
    cache: Cache[int] = Cache(10)
    cache.put("x" * (MAX_KEPT + 1), 1)
    assert len(cache) == 0


def test_threads_may_share_a_cache() -> None:
    """It grows no further than it should, and gives nobody another's value."""
    cache: Cache[str] = Cache(50)

    def use(keys: Iterable[int]) -> None:
        for key in keys:
            cache.put(str(key), f"value {key}")
            assert cache.get(str(key)) in (f"value {key}", None)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(use, range(start, 4000, 4)) for start in range(4)]:
            done.result(10)
    assert len(cache) <= 50
