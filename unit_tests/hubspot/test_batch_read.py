"""Records by keys: what is asked again, how often, and what counts as not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from destination_hubspot_calls.hubspot.batch_read import MAX_ATTEMPTS, read_accounted, values
from destination_hubspot_calls.hubspot.client import ReadResult
from destination_hubspot_calls.hubspot.models import Result


def found(key: str, record_id: str = "1", **more: str) -> Result:
    return Result(id=record_id, properties={"email": key, **more})


def answer(*results: Result, complete: bool = False, missing: Sequence[str] = ()) -> ReadResult:
    return ReadResult(results, None, complete, frozenset(missing))


class Reader:
    """Gives these answers in turn; notes which keys were asked for, which properties, and the waits."""

    def __init__(self, *answers: ReadResult) -> None:
        self.answers = list(answers)
        self.asked: list[list[str]] = []
        self.wanted: list[tuple[str, ...]] = []
        self.archived: list[bool] = []
        self.waits: list[float] = []

    def read_records(
        self,
        object_type: str,
        id_property: str,
        keys: Sequence[str],
        properties: Iterable[str],
        *,
        archived: bool = False,
    ) -> ReadResult:
        assert (object_type, id_property) == ("contacts", "email")
        self.asked.append(list(keys))
        self.wanted.append(tuple(properties))
        self.archived.append(archived)
        return self.answers.pop(0)

    def read(self, *keys: str, others: Sequence[str] = (), also: Sequence[str] = ()) -> ReadResult:
        return read_accounted(self, "contacts", "email", keys, pause=self.waits.append, others=others, also=also)


def test_what_an_answer_accounts_for_is_asked_once() -> None:
    """Found, or named as missing, or complete without a name: another request would tell nothing new."""
    for first in (answer(found("a"), missing=["b"]), answer(found("a"), complete=True)):
        reader = Reader(first)
        result = reader.read("a", "b")
        assert reader.asked == [["a", "b"]]
        assert reader.waits == []
        assert result == ReadResult((found("a"),), None, complete=True, missing=first.missing)


def test_what_no_answer_speaks_of_is_asked_again_and_then_not_there() -> None:
    """HubSpot may leave out what it misses; whoever reads has to know that nothing showed it."""
    reader = Reader(answer(found("a")), *[answer()] * (MAX_ATTEMPTS - 1))
    result = reader.read("a", "b", "c")
    assert reader.asked == [["a", "b", "c"], *[["b", "c"]] * (MAX_ATTEMPTS - 1)]
    assert result == ReadResult((found("a"),), None, complete=False)


def test_the_waits_between_readings_grow() -> None:
    """What is not there yet may be in a moment; the first reading is at once."""
    reader = Reader(*[answer()] * MAX_ATTEMPTS)
    reader.read("a")
    first, second = reader.waits
    assert 0.5 <= first <= 1.0 <= second <= 2.0


def test_what_several_answers_hold_is_put_together() -> None:
    """The second answer tells of the second half only."""
    reader = Reader(answer(found("a"), missing=["b"]), answer(found("c", "2"), missing=["d"]))
    result = reader.read("a", "b", "c", "d")
    assert reader.asked[1] == ["c", "d"]
    assert result == ReadResult((found("a"), found("c", "2")), None, complete=True, missing=frozenset("bd"))


def test_no_keys_need_no_request() -> None:
    """An empty batch is a 400."""
    reader = Reader()
    assert reader.read() == ReadResult((), None, complete=True)
    assert reader.asked == []


def test_each_wanted_property_is_asked_for_once() -> None:
    """The key's own comes first, and each once: a name that comes twice would be read twice."""
    reader = Reader(answer(complete=True))
    reader.read("a", others=["more"], also=["email", "name", "more"])
    assert reader.wanted == [("email", "more", "name")]
    assert reader.archived == [False]


def test_deleted_records_are_read_where_they_are_asked_for() -> None:
    """A key that a deleted call holds is taken, and no other reading shows it."""
    reader = Reader(answer(complete=True))
    read_accounted(reader, "contacts", "email", ["a"], pause=reader.waits.append, archived=True)
    assert reader.archived == [True]


@pytest.mark.parametrize(
    ("key", "told"),
    [("a@b.example", "A@B.example"), ("A@B.example", "a@b.example"), (" a@b.example ", "a@b.example"), ("b", "b ")],
)
def test_what_hubspot_spells_otherwise_answers_the_key_that_it_is_like(key: str, told: str) -> None:
    """It may take values for one that differ in case or blanks; asked again, the key would have the same answer."""
    reader = Reader(answer(found(told)))
    assert reader.read(key).complete
    assert len(reader.asked) == 1


def test_a_record_that_is_spelled_like_one_key_answers_no_other() -> None:
    """Of two keys that differ in case, the other may have a record of its own, which was left out."""
    reader = Reader(answer(found("a")), answer(found("A", "2")))
    assert reader.read("a", "A").complete
    assert reader.asked == [["a", "A"], ["A"]]


def test_a_record_is_found_by_any_of_its_further_values() -> None:
    """A contact's second addresses stand in one property, one after the other."""
    reader = Reader(answer(found("a", more="b; C ;d")))
    assert reader.read("b", "c", "d", "a", others=["more"]).complete
    assert list(values(found("a", more="b; C ;d"), "email", ["more"])) == ["a", "b", "C", "d"]


def test_a_record_has_its_own_id_whether_it_is_among_the_properties_or_not() -> None:
    """HubSpot need not repeat as a property what it tells as the record's id."""
    assert list(values(Result(id="7", properties={}), "hs_object_id")) == ["", "7"]
    for by in ("email", "phone"):
        assert list(values(Result(id="7", properties={}), by)) == [""]
