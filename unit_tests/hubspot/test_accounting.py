"""HubSpot accounts for every input, or its fate is unknown: never by place, never by subtraction alone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.hubspot.accounting import Accepted, Inputs, Outcome, Refused, Unknown, account
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
