"""Whether HubSpot holds already what is to be sent, in whatever form it tells it."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.hubspot.comparison import instant, same_value


@pytest.mark.parametrize(
    ("sent", "held", "kind", "same"),
    [
        ("a", "a", "", True),
        ("", None, "", True),
        ("a", None, "", False),
        ("a", "", "", False),
        ("", "a", "", False),
        ("x" * 65_536, "x" * 65_536, "string", True),
        ("x" * 65_536, "x" * 65_535 + "y", "string", False),
        ("1767225600000", "2026-01-01T00:00:00Z", "datetime", True),
        ("1767225600000", "2026-01-01T00:00:00.000Z", "datetime", True),
        ("1767225600001", "2026-01-01T00:00:00.000Z", "datetime", False),
        ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z", "datetime", True),
        ("2026-01-01", "1767225600000", "date", True),
        ("2026-01-01", "2026-01-02", "date", False),
        ("no time", "1767225600000", "datetime", False),
        ("no time", "none", "datetime", False),
        ("true", "True", "bool", True),
        ("true", "false", "bool", False),
        ("1", "1.0", "number", True),
        ("1", "1", "number", True),
        ("1", "2", "number", False),
        ("1e3", "1000", "number", True),
        ("one", "uno", "number", False),
        ("a;b", "b;a", "enumeration", True),
        ("a;b", "a;c", "enumeration", False),
        ("a", "A", "enumeration", False),
        # Text that looks like something else is what it is.
        ("007", "7", "string", False),
        ("1.0", "1", "string", False),
        ("a;b", "b;a", "string", False),
        ("true", "True", "string", False),
        ("2026-01-01T00:00:00Z", "1767225600000", "string", False),
        # Of an unknown type: a time in two forms, where one of them cannot be another thing.
        ("1767225600000", "2026-01-01T00:00:00Z", "", True),
        ("007", "7", "", False),
        ("1767225600000", "01767225600000", "", False),
    ],
)
def test_one_value_in_two_forms_is_one(sent: str, held: str | None, kind: str, *, same: bool) -> None:
    """A value that is taken for another is sent with every sync; one that is taken for the same never is."""
    assert same_value(sent, held, kind) is same


@pytest.mark.parametrize("text", ["", "x", "-", "9" * 41, "2026-13-01T00:00:00Z", "१२३T"])
def test_what_is_no_time_has_no_instant(text: str) -> None:
    """Two values that are both none would be the same."""
    assert instant(text) is None
