"""How a person is told what was found out."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.config.model import ConfigError
from destination_hubspot_calls.preflight import Findings


def test_one_problem_is_a_sentence() -> None:
    """A list of one would make a person look for the others."""
    findings = Findings(portal=7)
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
    assert findings.problems == ["mappings[0]: wrong"]
    assert findings.notes == ["the rest"]


def test_what_the_account_tells_replaces_what_the_form_tells() -> None:
    """That a label has blanks is of no interest once it is known which property is meant."""
    findings = Findings(form=["mappings[0].properties[1].property: has blanks", "mappings[0].properties[11]: x"])
    findings.problem("mappings[0].properties[1].property", "is the label of hs_call_title")
    assert findings.problems == [
        "mappings[0].properties[1].property: is the label of hs_call_title",
        "mappings[0].properties[11]: x",
    ]


def test_places_are_those_that_were_entered() -> None:
    """What is checked may lack rows that could not be read."""
    findings = Findings(original=lambda place: place.replace("[0]", "[1]"))
    findings.problem("mappings[0]", "wrong")
    findings.warn("mappings[0]", "odd")
    assert findings.text() == "mappings[1]: wrong\nPerhaps wrong: mappings[1]: odd"


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
    findings = Findings(portal=7)
    findings.raise_problems()
    findings.problem("mappings", "is empty")
    findings.note("the rest")
    with pytest.raises(ConfigError) as raised:
        findings.raise_problems()
    assert str(raised.value) == "mappings: is empty\nThis is HubSpot account 7.\nNot checked: the rest"
