"""What is told of a source before a record comes."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.preflight import Findings
from destination_hubspot_calls.preflight.sources import check_source


@pytest.mark.parametrize("source", ["!metaData.isPrivate", "![metaData.isPrivate][0]", "(!a.b) && c"])
def test_a_negated_path_is_no_problem(source: str) -> None:
    """It is read as its writer meant it, so nothing has to change; where it means another thing elsewhere is said."""
    findings = Findings()
    check_source("mappings[0].only_if", source, frozenset(), findings)
    assert findings.problems == []


def test_a_negated_path_is_remarked_on() -> None:
    """Whoever takes the expression to another tool gets what JMESPath says."""
    findings = Findings()
    check_source("mappings[0].only_if", "!metaData.isPrivate", frozenset(), findings)
    assert any("!metaData.isPrivate" in remark for remark in findings.remarks())


def told(source: str, place: str = "mappings[0].properties[1].source", *fields: str) -> tuple[list[str], list[str]]:
    """Problems, and what is only remarked on."""
    findings = Findings()
    check_source(place, source, frozenset(fields), findings)
    return [item.words for item in findings.problems], [item.words for item in findings.warnings]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('type == "call"', "compares with the field call: if a text is meant, put it in single quotes"),
        ("calls[?role == customer].name", "compares with the field customer"),
        ("is_call == true", "put it in back-ticks, as in `true`"),
        ("a || ' ' || b", "what stands behind a constant is never reached"),
        ('join(" ", [a, b])', "double quotes stand around a field's name"),
        ("first + last", "put texts together, as in join(' ', [a, b])"),
        ("Duration*60", "multiply(a, `60`)"),
    ],
)
def test_what_other_languages_write_otherwise_is_remarked_on(source: str, words: str) -> None:
    """It can be read, so that nothing else would tell why no record has a value."""
    problems, warnings = told(source)
    assert problems == []
    assert any(words in said for said in warnings)


@pytest.mark.parametrize("source", ["status = 'done'", "a + ' ' + b", "a ? 'b' : 'c'", "duration > 0"])
def test_what_is_plainly_meant_as_an_expression_is_a_problem(source: str) -> None:
    """A field of that name would be looked for in each record, and not be found."""
    problems, _ = told(source)
    assert any("is not a JMESPath expression" in said for said in problems)


def test_a_condition_that_is_none_is_remarked_on() -> None:
    """All records would be skipped, and the sync would end well."""
    _, warnings = told("status IS NOT NULL", "mappings[0].only_if")
    assert any("records without that field are skipped" in said for said in warnings)


@pytest.mark.parametrize(
    "source",
    [
        *(
            "type == 'call'",
            "status != null",
            "a || b || 'none'",
            "a || ''  || b",
            "Date / Time",
            "Call - ID",
            "start-time",
        ),
        *('"Call Type"', "notes || description || 'none'", "join('', [a, ' ', b])", "duration > `0`", "a == `true`"),
    ],
)
def test_what_is_right_is_not_remarked_on(source: str) -> None:
    """A remark on what works makes the others be overlooked."""
    assert told(source) == ([], [])


def test_a_comparison_with_a_field_that_there_is_is_no_mistake() -> None:
    """The catalog tells which fields there are."""
    assert told("started == ended", "mappings[0].only_if", "started", "ended") == ([], [])
