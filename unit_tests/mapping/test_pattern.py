"""Regular expressions of RE2."""

from __future__ import annotations

import pytest

from destination_hubspot_calls.mapping.pattern import Pattern, WrongPattern, check_template, compiled


@pytest.mark.parametrize("pattern", ["(", "a**", "[", r"(a)\1", "(?=a)", "(a{1000}){1000}", "\ud800"])
def test_a_wrong_pattern(pattern: str) -> None:
    """It is told where it is configured, not found out record by record."""
    with pytest.raises(WrongPattern):
        Pattern(pattern)


def test_a_pattern_is_compiled_once() -> None:
    """A million records have the same."""
    assert compiled("a+b") is compiled("a+b")


def test_templates() -> None:
    r"""`\1` stands for a group and `\\` for a backslash; a group that is not there is told."""
    assert Pattern("(a)(b)?").replaced("xa", r"[\1\2\\]") == "x[a\\]"
    assert Pattern("a").replaced("xa", r"\0\0") == "xaa"
    with pytest.raises(WrongPattern, match="no group 2"):
        check_template(r"\2", 1)


@pytest.mark.parametrize("text", ["", "a", "aXbXc", "XX", "äXö"])
def test_a_literal_is_what_the_engine_would_find(text: str) -> None:
    """Plain texts are replaced without it, for speed only."""
    assert Pattern("X").replaced(text, "-") == Pattern("[X]").replaced(text, "-")
    assert Pattern("X").parts(text) == Pattern("[X]").parts(text)


def test_empty_matches() -> None:
    """They are between the characters, and no endless loop."""
    assert Pattern("x*").replaced("äb", "-") == "-ä-b-"
