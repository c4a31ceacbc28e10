"""How a person is told what was found out."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.config.problems import ConfigError, Problem
from destination_hubspot_calls.preflight import Findings


def test_one_problem_is_a_sentence() -> None:
    """A list of one would make a person look for the others."""
    findings = Findings(account="This is HubSpot account 7.")
    findings.problem("mappings[0].properties[1].property", "is none")
    assert findings.text() == "mappings[0].properties[1].property: is none\nThis is HubSpot account 7."


def test_several_are_numbered_in_the_order_of_the_form() -> None:
    """Whoever goes through the form finds them one after another, the second row before the tenth."""
    places = [
        "dry_run",
        "object_storage_config",
        "mappings[1].stream_name",
        "mappings[0].external_id_property",
        "mappings[0].associations[0].label",
        "mappings[0].properties[10].source",
        "mappings[0].properties[2].values[11]",
        "mappings[0].properties[2].values[2]",
        "mappings",
        "connection: the stream x",
        "credentials.access_token",
    ]
    findings = Findings()
    for place in places:
        findings.problem(place, "wrong")
    lines = findings.text().splitlines()
    assert lines[0] == "11 things to change:"
    assert lines[1:] == [f"{number}. {place}: wrong" for number, place in enumerate(reversed(places), 1)]


def test_the_same_is_told_once() -> None:
    """Two streams with one mapping need not hear it twice."""
    findings = Findings()
    for _ in range(2):
        findings.problem("mappings[0]", "wrong")
        findings.note("the rest")
        findings.warn("mappings[0]", "odd")
        findings.advise("mappings[0]", "costly")
    assert findings.problems == [Problem("mappings[0]", "wrong")]
    assert (findings.warnings, findings.advice) == ([Problem("mappings[0]", "odd")], [Problem("mappings[0]", "costly")])
    assert findings.notes == ["the rest"]


def test_what_the_account_tells_replaces_what_the_form_tells() -> None:
    """That a label has blanks is of no interest once it is known which property is meant."""
    other = Problem("mappings[0].properties[11]", "x")
    findings = Findings(form=[Problem("mappings[0].properties[1].property", "has blanks"), other])
    findings.problem("mappings[0].properties[1].property", "is the label of hs_call_title")
    assert findings.problems == [
        Problem("mappings[0].properties[1].property", "is the label of hs_call_title"),
        other,
    ]


def test_a_long_list_is_cut() -> None:
    """Nobody reads the hundred-and-seventieth before the first fifty are changed."""
    findings = Findings()
    for number in range(170):
        findings.problem(f"mappings[{number}]", "wrong")
    lines = findings.text().splitlines()
    assert lines[0] == "170 things to change:"
    assert lines[-2:] == ["50. mappings[49]: wrong", "and 120 more"]
    assert len(lines) == 52


def test_what_costs_something_is_told_apart_from_what_may_be_wrong() -> None:
    """Whoever asked for it need not look for a mistake."""
    findings = Findings()
    findings.warn("mappings[0].properties[0].source", "odd")
    findings.advise("object_storage_config", "rejected records are kept nowhere")
    assert findings.remarks() == [
        "Perhaps wrong: mappings[0].properties[0].source: odd",
        "Note: object_storage_config: rejected records are kept nowhere",
    ]


def test_secrets_are_in_no_text() -> None:
    """A token in the box of a stream's name must not reach a screen that others see."""
    findings = Findings(secrets=("pat-secret",))
    findings.problem("mappings", "none is for pat-secret")
    findings.warn("mappings", "pat-secret")
    findings.note("pat-secret")
    assert "pat-secret" not in findings.text()
    assert "pat-secret" not in "".join(findings.remarks())


def test_problems_end_what_asked() -> None:
    """The error's text is all of it, and a person has to act."""
    findings = Findings(account="This is HubSpot account 7.")
    findings.raise_problems()
    findings.problem("mappings", "is empty")
    findings.note("the rest")
    with pytest.raises(ConfigError) as raised:
        findings.raise_problems()
    assert str(raised.value) == "mappings: is empty\nThis is HubSpot account 7.\nNot checked: the rest"
