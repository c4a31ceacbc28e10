"""HubSpot accounts for every input, or its fate is unknown: never by place, never by subtraction alone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.hubspot.accounting import (
    SILENCE,
    Accepted,
    Inputs,
    Outcome,
    Refused,
    Unknown,
    account,
)
from destination_hubspot_calls.hubspot.models import BatchAnswer, Problem, Result

NAME = "dialer_call_id"


def result(number: int, *, trace: bool = False, key: bool = False) -> Result:
    return Result(
        id=f"7{number}",
        objectWriteTraceId=str(number) if trace else "",
        properties={NAME: f"k{number}", "hs_object_id": f"7{number}"} if key else {},
    )


def error(*numbers: int, **more: Any) -> Problem:
    context = {"objectWriteTraceId": tuple(map(str, numbers))} if numbers else {}
    return Problem(category="VALIDATION_ERROR", context=context, **more)


def fates(answer: BatchAnswer, inputs: int, *, keys: bool = False) -> str:
    """The outcomes as letters: accepted, refused, unknown."""
    letters = {Accepted: "a", Refused: "r", Unknown: "?"}
    known = {(NAME, f"k{number}"): number for number in range(inputs)} if keys else {}
    outcomes: list[Outcome] = account(answer, Inputs(inputs, keys=known))
    return "".join(letters[type(outcome)] for outcome in outcomes)


@given(st.data())
def test_an_input_is_accepted_only_where_the_answer_says_so(data: st.DataObject) -> None:
    """Any mixture of written, refused and unmentioned inputs, in any order, named in any way."""
    inputs = data.draw(st.integers(1, 12))
    truth = data.draw(st.lists(st.sampled_from("ar?"), min_size=inputs, max_size=inputs))
    traced = data.draw(st.lists(st.booleans(), min_size=inputs, max_size=inputs))
    results = [result(place, trace=traced[place], key=True) for place, fate in enumerate(truth) if fate == "a"]
    refused = [place for place, fate in enumerate(truth) if fate == "r"]
    errors = [error(*refused)] if data.draw(st.booleans()) and refused else [error(place) for place in refused]
    answer = BatchAnswer(
        results=tuple(data.draw(st.permutations(results))), errors=tuple(data.draw(st.permutations(errors)))
    )
    assert fates(answer, inputs, keys=True) == "".join(truth)


@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 3))
def test_without_names_all_are_accepted_only_where_the_numbers_agree(inputs: int, results: int, refused: int) -> None:
    """Results that nobody can assign prove something only if there is one for each input that is left."""
    inputs = max(inputs, refused)
    answer = BatchAnswer(
        results=tuple(result(90 + number) for number in range(results)),
        errors=tuple(error(number) for number in range(refused)),
    )
    left = inputs - refused
    assert fates(answer, inputs) == "r" * refused + ("a" if results == left else "?") * left


def test_some_results_by_name_and_the_rest_by_number() -> None:
    """HubSpot may name some and not others."""
    answer = BatchAnswer(results=(result(2, trace=True), result(0, key=True), result(91)))
    assert fates(answer, 3, keys=True) == "aaa"
    assert fates(answer, 4, keys=True) == "a?a?"


def test_an_empty_answer_accounts_for_nothing() -> None:
    """It is a 2xx, and happens in production."""
    assert fates(BatchAnswer(), 3) == "???"
    assert account(BatchAnswer(), Inputs(1)) == [Unknown(SILENCE, is_blocked=False)]


def test_an_error_that_names_nobody_is_the_only_one_left() -> None:
    """By elimination, and only then; two are left: nobody knows which."""
    one_left = BatchAnswer(results=(result(0, trace=True),), errors=(error(),))
    assert fates(one_left, 2) == "ar"
    assert fates(one_left, 3) == "a??"
    assert fates(BatchAnswer(errors=(error(), error())), 1) == "r"


def test_names_that_are_none_of_ours_are_passed_over() -> None:
    """A trace id beyond the inputs, or one that is no number, must not be an index."""
    answer = BatchAnswer(
        results=(Result(id="1", objectWriteTraceId="99"), Result(id="2", objectWriteTraceId="-1")),
        errors=(error(77), Problem(context={"objectWriteTraceId": ("x", "")})),
    )
    assert fates(answer, 3) == "???"
    assert fates(BatchAnswer(errors=(error(3), error(2))), 3) == "??r"


def test_what_is_written_after_all_is_written() -> None:
    """An input that is named both ways is in HubSpot."""
    assert fates(BatchAnswer(results=(result(0, trace=True),), errors=(error(0),)), 1) == "a"


def test_a_result_that_is_told_twice_is_one_call() -> None:
    """Three results of two calls account for two inputs, so the third's fate is unknown."""
    twice = BatchAnswer(results=(result(90), result(91), result(91)))
    assert fates(twice, 3) == "???"
    assert fates(BatchAnswer(results=(result(0, trace=True), result(0))), 2) == "a?"


def test_an_error_that_passes_says_nothing_against_an_input() -> None:
    """It would be rejected for a moment's trouble of HubSpot's."""
    passing = Problem(category="INTERNAL_ERROR", context={"objectWriteTraceId": ("0",)})
    assert fates(BatchAnswer(errors=(passing,)), 1) == "?"
    assert fates(BatchAnswer(errors=(passing, error(1))), 2) == "?r"


def holding(number: int, **properties: str | None) -> Result:
    """A result that names nobody, with what a call holds as HubSpot tells it."""
    return Result(id=f"7{number}", properties={"hs_call_body": None, **properties})


def contents(*titles: str) -> list[bytes]:
    return [
        orjson.dumps({"hs_timestamp": str(1_767_225_600_000 + place), "hs_call_title": title})
        for place, title in enumerate(titles)
    ]


def told(place: int, title: str) -> Result:
    return holding(place, hs_timestamp=f"2026-01-01T00:00:00.{place:03d}Z", hs_call_title=title)


def kinds(outcomes: list[Outcome]) -> str:
    return "".join({Accepted: "a", Refused: "r", Unknown: "?"}[type(outcome)] for outcome in outcomes)


def test_what_results_hold_tells_which_input_is_missing() -> None:
    """One error that names nobody, and no trace id: sent again together, the others would be made twice."""
    answer = BatchAnswer(results=(told(2, "c"), told(0, "a")), errors=(error(),))
    outcomes = account(answer, Inputs(3, contents=contents("a", "b", "c")))
    assert kinds(outcomes) == "ara"
    assert outcomes[0] == Accepted("70")


def test_inputs_that_hold_the_same_stand_for_each_other() -> None:
    """Two of three are in, and it does not matter which."""
    same = [orjson.dumps({"hs_timestamp": "1767225600000", "hs_call_title": "a"})] * 3
    results = tuple(holding(n, hs_timestamp="2026-01-01T00:00:00Z", hs_call_title="a") for n in range(2))
    assert kinds(account(BatchAnswer(results=results, errors=(error(), error())), Inputs(3, contents=same))) == "aar"


def test_inputs_of_other_properties_are_told_apart() -> None:
    """One that holds less would fit the result of one that holds more."""
    less, more = ({"hs_timestamp": "1767225600000"}, {"hs_timestamp": "1767225600000", "hs_call_title": "a"})
    results = (holding(1, hs_timestamp="2026-01-01T00:00:00Z", hs_call_title="a"),)
    inputs = Inputs(2, contents=[orjson.dumps(less), orjson.dumps(more)])
    assert kinds(account(BatchAnswer(results=results, errors=(error(), error())), inputs)) == "ra"


@pytest.mark.parametrize(
    "stranger",
    [
        Result(id="9", objectWriteTraceId="stranger"),
        Result(id="9", objectWriteTraceId="2"),
        Result(id="9", properties={NAME: "k7"}),
        Result(id="9", objectWriteTraceId="0", properties={NAME: "k1"}),
        Result(id="9", objectWriteTraceId="0", properties={NAME: "k7"}),
    ],
)
def test_a_result_about_somebody_else_proves_nothing(stranger: Result) -> None:
    """As many results as inputs: by elimination both would be in HubSpot."""
    keys = {(NAME, "k0"): 0, (NAME, "k1"): 1}
    assert kinds(account(BatchAnswer(results=(stranger, Result(id="8"))), Inputs(2, keys=keys))) == "??"
    named = Result(id="71", properties={NAME: "k1"})
    assert kinds(account(BatchAnswer(results=(stranger, named)), Inputs(2, keys=keys))) == "?a"
    # One is left for one, but this answer cannot be believed.
    assert kinds(account(BatchAnswer(results=(stranger, named, Result(id="8"))), Inputs(2, keys=keys))) == "?a"


def test_a_result_that_holds_nothing_of_ours_proves_nothing() -> None:
    """Without keys and trace ids its values show whether it is about one of our calls."""
    strange = holding(9, hs_timestamp="2020-01-01T00:00:00Z", hs_call_title="theirs")
    inputs = Inputs(2, contents=contents("a", "b"))
    assert kinds(account(BatchAnswer(results=(told(0, "a"), strange)), inputs)) == "a?"
    # HubSpot may change a value, and answer none of them.
    changed = holding(9, hs_timestamp="2026-01-01T00:00:00.001Z", hs_call_title="cleaned")
    assert kinds(account(BatchAnswer(results=(told(0, "a"), changed)), inputs)) == "aa"
    cut = holding(9, hs_timestamp="2026-01-01T00:00:00Z", hs_call_title="b")
    assert kinds(account(BatchAnswer(results=(told(0, "a"), cut)), inputs)) == "aa"
    assert kinds(account(BatchAnswer(results=(told(0, "a"), Result(id="9"))), inputs)) == "aa"


def test_calls_without_a_time_are_told_from_strangers_too() -> None:
    """A mapping may leave the time to HubSpot, which sets one then."""
    inputs = Inputs(1, contents=[b'{"hs_call_title":"a"}'])
    ours = holding(1, hs_timestamp="2026-01-01T00:00:00Z", hs_call_title="a")
    assert kinds(account(BatchAnswer(results=(ours,)), inputs)) == "a"
    strange = holding(1, hs_timestamp="2026-01-01T00:00:00Z", hs_call_title="theirs")
    assert kinds(account(BatchAnswer(results=(strange,)), inputs)) == "?"


def test_a_key_that_hubspot_spells_otherwise_names_its_input() -> None:
    """In lower case or trimmed; of two inputs that are one to HubSpot it names neither."""
    lower = BatchAnswer(results=(Result(id="1", properties={NAME: "ca-1"}), Result(id="2", properties={NAME: "CA-2"})))
    keys = {(NAME, " CA-1"): 0, (NAME, "CA-2"): 1}
    assert account(lower, Inputs(2, keys=keys)) == [Accepted("1"), Accepted("2")]
    alike = {(NAME, "CA-1"): 0, (NAME, "Ca-1"): 1}
    assert kinds(account(BatchAnswer(results=lower.results[:1]), Inputs(2, keys=alike))) == "??"


def test_ids_are_told_where_they_matter() -> None:
    """Links are read back by the ids of the calls: which is whose is found by content then."""
    results = (told(1, "b"), told(0, "a"))
    sent = contents("a", "b")
    assert account(BatchAnswer(results=results), Inputs(2, contents=sent)) == [Accepted(), Accepted()]
    assert account(BatchAnswer(results=results[:1]), Inputs(1)) == [Accepted("71")]
    wanted = account(BatchAnswer(results=results), Inputs(2, contents=sent, wants_ids=True))
    assert wanted == [Accepted("70"), Accepted("71")]


def test_an_upsert_tells_what_it_created() -> None:
    """New calls get their links without a look at what is there."""
    answer = BatchAnswer.model_validate({"results": [{"id": "1", "new": True, "objectWriteTraceId": "0"}]})
    assert account(answer, Inputs(1)) == [Accepted("1", is_new=True)]


def test_updates_are_told_apart_by_their_records() -> None:
    """A result about another call is a stranger's, however many there are."""
    updates = Inputs(3, ids={"70": 0, "71": 1, "72": 2})
    answer = BatchAnswer(results=(Result(id="71"), Result(id="99"), Result(id="72")))
    assert kinds(account(answer, updates)) == "?aa"
    assert kinds(account(BatchAnswer(results=(Result(id="70", objectWriteTraceId="1"),)), updates)) == "???"


def test_an_error_that_names_several_records_refuses_each_of_them() -> None:
    """They would be sent again and again for ten minutes."""
    gone = Problem(category="OBJECT_NOT_FOUND", context={"ids": ("70", "72", "99")})
    answer = BatchAnswer(results=(Result(id="71"),), errors=(gone,))
    assert kinds(account(answer, Inputs(3, ids={"70": 0, "71": 1, "72": 2}))) == "rar"


def test_one_result_is_left_for_one_input() -> None:
    """Two results for one input that is left account for neither: one of them is about something else."""
    answer = BatchAnswer(results=(result(0, trace=True), result(91), result(92)))
    assert fates(answer, 2) == "a?"
    assert fates(BatchAnswer(results=(result(91),), errors=(error(),)), 1) == "a"
    assert fates(BatchAnswer(results=(result(91), result(92)), errors=(error(),)), 1) == "?"
