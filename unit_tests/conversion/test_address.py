"""E-mail addresses in texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.conversion.address import addresses

FOUND: dict[str, tuple[str, list[str]]] = {
    "one": ("ann@example.com", ["ann@example.com"]),
    "with a name": ("Ann Example <ann@example.com>", ["ann@example.com"]),
    "with a name in quotes": ('"Example, Ann" <ann@example.com>', ["ann@example.com"]),
    "with an address for a name": ('"info@example.org" <ann@example.com>', ["ann@example.com"]),
    "mailto": ("mailto:ann@example.com", ["ann@example.com"]),
    "mailto with a subject": ("mailto:ann@example.com?subject=Call", ["ann@example.com"]),
    "mailto in brackets": ("<MAILTO:ann@example.com>", ["ann@example.com"]),
    "commas": ("ann@example.com,cleo@example.org", ["ann@example.com", "cleo@example.org"]),
    "semicolons": ("ann@example.com; Cleo <cleo@example.org>", ["ann@example.com", "cleo@example.org"]),
    "blanks": ("ann@example.com cleo@example.org", ["ann@example.com", "cleo@example.org"]),
    "lines": ("ann@example.com\r\ncleo@example.org\n", ["ann@example.com", "cleo@example.org"]),
    "a list as JSON": ('["ann@example.com", "cleo@example.org"]', ["ann@example.com", "cleo@example.org"]),
    "in a sentence": ("Write to ann@example.com.", ["ann@example.com"]),
    "in quotes": ("'ann@example.com'", ["ann@example.com"]),
    "in parentheses": ("Ann (ann@example.com)", ["ann@example.com"]),
    "the same twice": ("ann@example.com, ann@example.com", ["ann@example.com"]),
    "plus and apostrophe": ("o'neil+call@example.com", ["o'neil+call@example.com"]),
    "another script": ("jörg@exämple.de", ["jörg@exämple.de"]),
    "none": ("ann at example dot com", []),
    "an at alone": ("@", []),
    "no name": ("@example.com", []),
    "no host": ("ann@", []),
}


@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND.keys())
def test_addresses(text: str, expected: list[str]) -> None:
    """People, calendars, and mail programs write more than the address."""
    assert addresses(text) == expected


HOSTILE = ("a" * 65_000 + " @", "a@" * 30_000, "<" * 60_000 + "@", "<a@b" * 15_000, " " * 65_000 + "@", "@" * 65_000)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts(text: str) -> None:
    """A text that is made to be slow is searched as quickly as any."""
    assert len(addresses(text)) <= len(text)


@given(st.lists(st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.com", fullmatch=True), unique=True), st.sampled_from(", ;|\n"))
def test_several_are_all_found(wanted: list[str], separator: str) -> None:
    """In order, whatever stands between them."""
    assert addresses(separator.join(f"Name <{address}>" for address in wanted)) == wanted
