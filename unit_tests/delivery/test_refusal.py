"""What HubSpot says against an input: whom it means, and how it is said on, without a value."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.associations.link_type import link_type
from destination_hubspot_calls.associations.target import Target
from destination_hubspot_calls.delivery.refusal import (
    MAX_DETAIL,
    account_reason,
    detail,
    is_about_links,
    is_about_taken_value,
    lacks_required,
    named_holder,
    named_properties,
    named_targets,
    names_no_cause,
    property_errors,
    raise_if_about_account,
    reason,
    reasons,
    unnamed_reason,
    words_of,
)
from destination_hubspot_calls.hubspot.errors import AccountRefusal
from destination_hubspot_calls.hubspot.models import Problem
from unit_tests.entries import call, link_rule

FIELDS = {"hs_call_direction": "type", "hs_timestamp": "at"}


def problem(**fields: Any) -> Problem:
    return Problem.model_validate(fields)


def not_valid(*items: dict[str, str]) -> str:
    return f"Property values were not valid: {orjson.dumps(items).decode()}"


def target(number: str, object_type: str = "contacts") -> Target:
    rule = link_rule(object_type)
    return Target(rule, link_type(rule, ()), number)


OPTION = {"name": "hs_call_direction", "error": "INVALID_OPTION", "message": "secret was not one of: INBOUND"}


def test_complaints_are_found_wherever_they_stand() -> None:
    """In the message, in errors, in the context: each form was captured."""
    in_message = problem(message=not_valid(OPTION))
    in_errors = problem(
        errors=[{"message": "secret", "code": "INVALID_OPTION", "context": {"propertyName": ["hs_call_direction"]}}]
    )
    in_context = problem(context={"properties": ["hs_timestamp"]}, message="Some required properties were not set.")
    assert [(item.property, item.code) for item in property_errors(in_message)] == [
        ("hs_call_direction", "INVALID_OPTION")
    ]
    assert [(item.property, item.code) for item in property_errors(in_errors)] == [
        ("hs_call_direction", "INVALID_OPTION")
    ]
    assert [(item.property, item.code) for item in property_errors(in_context)] == [("hs_timestamp", "REQUIRED")]


@pytest.mark.parametrize("text", ["", "[", "{}", "7", "[1, null]", '[{"name": ["a"]}]'])
def test_a_message_that_is_cut_or_odd_is_no_complaint_that_ends_the_sync(text: str) -> None:
    """HubSpot's messages are meant for people."""
    property_errors(problem(message=f"Property values were not valid: {text}"))


def test_each_property_is_a_reason_of_its_own_with_the_value_that_was_sent() -> None:
    """By combination two faults make three lines; and a person wants to see what did not fit."""
    other = {"name": "hs_call_title", "error": "TOO_LONG", "message": ""}
    sent = call(1, hs_call_direction="sideways", hs_call_title="t" * 100)
    told = reasons(problem(message=not_valid(OPTION, other)), sent)
    assert [(item.about, item.value) for item in told] == [
        ("hs_call_direction", "sideways"),
        ("hs_call_title", "t" * 80),
    ]
    assert "; ".join(item.words for item in told) == reason(problem(message=not_valid(OPTION, other)), sent.fields)
    assert reasons(problem(category="OTHER"), sent) == ()


def test_reasons_name_property_field_and_code_and_no_value() -> None:
    """They are logged and counted; what HubSpot says repeats values."""
    said = problem(message=not_valid(OPTION, {"name": "hs_x", "error": "secret words", "message": "secret"}))
    text = reason(said, FIELDS)
    assert text == (
        'hs_call_direction: HubSpot refuses the value from field "type" (INVALID_OPTION); '
        "hs_x: HubSpot refuses the value (INVALID)"
    )
    assert reason(problem(context={"properties": ["hs_timestamp"]}), FIELDS) == (
        'HubSpot requires a value for hs_timestamp, and field "at" has none (REQUIRED)'
    )
    assert "secret" not in reason(problem(message=not_valid({"name": "Secret Name", "error": "X"})), FIELDS)


@given(st.text(), st.text(), st.text(), st.text())
def test_no_reason_repeats_what_hubspot_says(message: str, category: str, name: str, code: str) -> None:
    """Whatever it says, only names and codes of the form of names and codes go on."""
    marked = "Sécret"
    texts = (
        reason(problem(message=marked + message, category=marked + category), {}),
        reason(problem(message=not_valid({"name": marked + name, "error": marked + code})), {}),
    )
    assert all(marked not in text for text in texts)


def test_targets_are_guilty_by_record_or_by_type_of_link() -> None:
    """So that the batch is sent again without those links alone."""
    targets = [target("100001"), target("999"), target("999", "deals"), target("9990")]
    named = problem(context={"INVALID_OBJECT_IDS": ["CONTACT=999 is not valid"]})
    assert named_targets(named, targets) == [targets[1]]
    unnamed_type = problem(context={"INVALID_OBJECT_IDS": ["999 is not valid"]})
    assert targets[1] in named_targets(unnamed_type, targets)
    by_type = problem(context={"INVALID_ASSOCIATION_TYPE_ID": ["HUBSPOT_DEFINED=206 is not a valid association"]})
    assert named_targets(by_type, targets) == [targets[2]]
    assert named_targets(problem(message="999 is not valid"), targets) == []


@pytest.mark.parametrize(
    ("said", "names_none"),
    [
        ({"category": "VALIDATION_ERROR", "message": "There was a problem with the request."}, True),
        ({"message": not_valid(OPTION)}, False),
        ({"context": {"INVALID_OBJECT_IDS": ["CONTACT=999 is not valid"]}}, False),
        ({"category": "CONFLICT"}, False),
    ],
)
def test_a_problem_that_names_no_cause_may_be_the_accounts(said: dict[str, Any], *, names_none: bool) -> None:
    """What names a property, a link or a value that is taken is about the calls, however many there are."""
    assert names_no_cause(problem(**said)) is names_none


def test_a_refusal_of_all_is_told_by_its_category() -> None:
    """Where it has one of the form of a category: HubSpot's texts repeat values."""
    assert unnamed_reason(problem(category="NOT_ALLOWED")) == "NOT_ALLOWED, for every call of a batch"
    assert unnamed_reason(problem(category="my secret")) == "no category, for every call of a batch"


def test_refusals_are_alike_in_category_and_words() -> None:
    """Ids and links of a refusal differ each time."""
    said = {"category": "A", "subCategory": "B", "message": "C", "correlationId": "1"}
    assert words_of(problem(**said)) == words_of(problem(**{**said, "correlationId": "2"})) == ("A", "B", "C")


def test_properties_are_guilty_where_an_input_holds_what_is_wrong() -> None:
    """A value that only another input holds, or a property that this one has, finds the right ones."""
    said = problem(message=not_valid(OPTION))
    assert named_properties(said, b'{"hs_call_direction":"secret"}')
    assert not named_properties(said, b'{"hs_call_direction":"INBOUND"}')
    assert not named_properties(said, b'{"hs_call_title":"secret"}')
    unknown = problem(message=not_valid({"name": "hs_x", "error": "PROPERTY_DOESNT_EXIST", "message": "no hs_x"}))
    assert named_properties(unknown, b'{"hs_x":"anything"}')
    assert not named_properties(unknown, b"{}")
    required = problem(context={"properties": ["hs_timestamp"]})
    assert named_properties(required, b"{}")
    assert not named_properties(required, b'{"hs_timestamp":"1"}')


@pytest.mark.parametrize(
    ("message", "value"),
    [
        ('PROSPECT1 was not one of the allowed options: [label: "Prospect"\nvalue: "PROSPECT"\n]', "PROSPECT1"),
        ("tomorrow was not a valid long.", "tomorrow"),
        ("1786334400000 is at 4:0:0.0 UTC, not midnight!", "1786334400000"),
        ("Owner with id 77 does not exist.", "77"),
    ],
)
def test_a_value_that_is_only_mentioned_is_not_guilty(message: str, value: str) -> None:
    """HubSpot lists the allowed options: whoever holds one of them would be rejected in the guilty one's place."""
    said = problem(message=not_valid({"name": "type", "error": "INVALID", "message": message}))
    assert named_properties(said, orjson.dumps({"type": value}))
    for other in ("PROSPECT", "Prospect", "PROSPECT11", "long", "4", "7", "tomorrow was", "valid"):
        assert not named_properties(said, orjson.dumps({"type": other}))


@pytest.mark.parametrize(
    "said",
    [
        {"message": "Cannot set PropertyValueCoordinates{propertyName=k, value=v} on 1. 2 already has that value."},
        {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 7"},
        {"message": "Object already exists"},
    ],
)
def test_a_clash_is_a_reason_to_look_again(said: dict[str, str]) -> None:
    """The call may be there already, written by a request whose answer was lost."""
    assert is_about_taken_value(problem(**said))


def test_details_hold_hubspots_words_once_and_cut() -> None:
    """For the store of rejected records: all that HubSpot said, but no list of ten thousand options."""
    said = problem(
        message="first",
        errors=[{"message": "first"}, {"message": "x" * 10_000}],
        context={"INVALID_OBJECT_IDS": ["CONTACT=999 is not valid"]},
    )
    assert detail(said) == f"first / {'x' * MAX_DETAIL} / CONTACT=999 is not valid"
    assert detail(problem()) == ""


def test_a_good_value_among_the_allowed_options_is_not_guilty() -> None:
    """HubSpot lists every option that it would have taken, so each good value stands in the message."""
    said = 'gone was not one of the allowed options: [label: "Incoming" value: "INBOUND", value: "OUTBOUND"]'
    refused = problem(message=not_valid({**OPTION, "message": said}))
    assert named_properties(refused, b'{"hs_call_direction":"INBOUND"}') == []
    assert len(named_properties(refused, b'{"hs_call_direction":"gone"}')) == 1


@pytest.mark.parametrize(
    ("said", "links"),
    [
        ({"message": "One or more associations are invalid"}, True),
        ({"message": "invalid from object type 0-48 for associations to be created. expected: 0-1"}, True),
        ({"context": {"INVALID_OBJECT_IDS": ["CONTACT=1 is not valid"]}}, True),
        ({"subCategory": "crm.associations.INVALID_IDENTIFIER", "message": "x is not a valid ID"}, True),
        ({"message": "Property call_associations does not exist"}, False),
        (
            {"message": "Cannot set {value=call_associations|17} on 1. 2 already has that value."},
            False,
        ),
        ({"message": "One or more associations are invalid: no"}, False),
        ({}, False),
    ],
)
def test_links_are_spoken_of_in_a_code_or_a_whole_sentence(said: dict[str, Any], *, links: bool) -> None:
    """HubSpot's texts repeat values: a word in one of them cost other calls of a contact their links."""
    assert is_about_links(problem(**said)) is links


@pytest.mark.parametrize(
    ("said", "reason_given"),
    [
        (
            {"category": "VALIDATION_ERROR", "message": "Missing 'Edit Associations' permission."},
            "VALIDATION_ERROR: Missing 'Edit Associations' permission",
        ),
        ({"category": "ACCOUNT_SUSPENDED", "message": "secret"}, "ACCOUNT_SUSPENDED"),
        ({"category": "LIMIT_REACHED"}, "LIMIT_REACHED"),
        ({"category": "RECORD_LIMIT_EXCEEDED"}, "RECORD_LIMIT_EXCEEDED"),
        ({"category": "RATE_LIMITS"}, None),
        ({"category": "VALIDATION_ERROR", "message": "There was a problem with the request."}, None),
        ({"category": "LIMIT_REACHED", "message": "One or more associations are invalid"}, None),
        ({"message": "The title Missing 'Edit Associations' permission. is odd"}, None),
    ],
)
def test_what_lies_in_the_account_is_no_matter_of_the_record(said: dict[str, Any], reason_given: str | None) -> None:
    """A thousand good rows would be rejected for a permission; and a record's text must not stop the sync."""
    assert account_reason(problem(**said)) == reason_given
    if reason_given:
        with pytest.raises(AccountRefusal, match=r"lies in the account"):
            raise_if_about_account(problem(**said))
    else:
        raise_if_about_account(problem(**said))


@pytest.mark.parametrize(
    ("said", "holder"),
    [
        ({"message": "Cannot set PropertyValueCoordinates{value=a} on 7. 8 already has that value."}, "8"),
        ({"message": "Contact already exists. Existing ID: 9"}, "9"),
        ({"category": "CONFLICT", "context": {"existingId": ["10"]}}, "10"),
        ({"message": "11 already has that value"}, None),
        ({}, None),
    ],
)
def test_the_holder_of_a_value_is_named(said: dict[str, Any], holder: str | None) -> None:
    """By its id it is found, however HubSpot spells the value."""
    assert named_holder(problem(**said)) == holder


@pytest.mark.parametrize("code", ["REQUIRED", "MISSING_REQUIRED_PROPERTY", "MISSING_CONDITIONAL_REQUIRED_PROPERTY"])
def test_a_value_that_the_account_requires_is_named_with_who_could_fill_it(code: str) -> None:
    """The person has to add a rule, or a value to the source."""
    wanted = {"message": "A value for custom_reason must be provided", "code": code}
    said = problem(errors=[{**wanted, "context": {"propertyName": ["custom_reason"]}}])
    assert reason(said, {}) == f"HubSpot requires a value for custom_reason, and no rule fills it ({code})"
    assert reason(said, {"custom_reason": "why"}) == (
        f'HubSpot requires a value for custom_reason, and field "why" has none ({code})'
    )
    assert lacks_required(said, b"{}")
    assert lacks_required(said, b'{"custom_reason":""}')
    assert not lacks_required(said, b'{"custom_reason":"x"}')
    # Where it depends on another value, not every input that lacks it is wrong.
    assert bool(named_properties(said, b"{}")) is (code != "MISSING_CONDITIONAL_REQUIRED_PROPERTY")


def test_a_required_value_is_named_by_its_sentence_too() -> None:
    """An error may come without its context."""
    said = problem(errors=[{"message": "A value for firstname must be provided"}])
    assert reason(said, {}) == "HubSpot requires a value for firstname, and no rule fills it (REQUIRED)"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"message": "Cannot set PropertyValueCoordinates{value=secret} on 7. 8 already has that value."},
            "HubSpot refuses the call: a unique value is taken already (UNIQUE_VALUE_CONFLICT)",
        ),
        (
            {"message": "One or more associations are invalid"},
            "HubSpot refuses an association of the call (INVALID_ASSOCIATION)",
        ),
        ({"category": "VALIDATION_ERROR", "message": "secret"}, "HubSpot refuses the call (VALIDATION_ERROR)"),
        ({"message": "secret"}, "HubSpot refuses the call (no code)"),
    ],
)
def test_a_refusal_without_a_property_is_named_by_what_it_is_about(said: dict[str, Any], words: str) -> None:
    """A person counts by it, and looks for HubSpot's own words in the store."""
    assert reason(problem(**said), {}) == words
