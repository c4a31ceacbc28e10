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
