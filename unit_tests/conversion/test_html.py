"""HTML that is made of text, and HTML that is cut."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.conversion import html

CUTS: dict[str, tuple[str, int, str]] = {
    "text": ("abcdef", 4, "abc…"),
    "never in an entity": ("ab&amp;cd", 5, "ab…"),
    "behind an entity": ("ab&amp;cdef", 9, "ab&amp;c…"),
    "never in a tag": ("ab<br>cd", 5, "ab…"),
    "tags are closed": ("<b>abcdefgh</b>", 11, "<b>abc…</b>"),
    "all that are open, inside out": ("<p><b>abcdefghijkl</b></p>", 20, "<p><b>abcde…</b></p>"),
    "a tag that leaves no room for its end": ("abc<b>defgh</b>", 9, "abc…"),
    "a closed tag takes no more room": ("<b>a</b>bcdefgh", 12, "<b>a</b>bcd…"),
    "br is not closed": ("a<br>bcdefgh", 8, "a<br>bc…"),
    "nor is what closes itself": ("a<x-y/>bcdefgh", 10, "a<x-y/>bc…"),
    "attributes": ('<a href="x">abcdefgh</a>', 19, '<a href="x">ab…</a>'),
    "an end without a beginning": ("a</b>bcdefgh", 8, "a</b>bc…"),
    "ends in the wrong order": ("<p><b>a</p>bcdefgh", 16, "<p><b>a</p>bcde…"),
    "less than": ("a < b and more", 8, "a < b a…"),
    "an ampersand": ("a & b and more", 8, "a & b a…"),
    "a comment is not begun": ("abc<!-- d --> efgh", 14, "abc…"),
    "nothing fits": ("<b>abc</b>", 5, "…"),
}


@pytest.mark.parametrize(("whole", "most", "expected"), CUTS.values(), ids=CUTS.keys())
def test_a_cut(whole: str, most: int, expected: str) -> None:
    """What is cut is shown as it would have been, as far as it goes."""
    assert html.cut(whole, most) == expected


class Checker(HTMLParser):
    """Notes tags that are not closed in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.broken = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.broken |= not self.open or self.open.pop() != tag


TREES = st.recursive(
    st.text(max_size=12).map(escape) | st.just("<br>"),
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>",
        st.sampled_from(["b", "p", "li", "strong"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=30,
)


@given(TREES, st.integers(1, 200))
def test_what_is_cut_is_still_html(whole: str, most: int) -> None:
    """However long it is and wherever the cut falls: within the limit, every tag closed, no entity torn."""
    found = html.cut(whole, most)
    checker = Checker()
    checker.feed(found)
    checker.close()
    assert len(found) <= max(most, 1)
    assert not checker.broken
    assert not checker.open
    assert found.count("&") == sum(found.count(entity) for entity in ("&amp;", "&lt;", "&gt;", "&quot;", "&#x27;"))


HOSTILE = {
    "comments without an end": "<!--" * 20_000,
    "tags without an end": "<b " * 30_000,
    "tags that are never closed": "<b>" * 30_000,
    "tags closed by others": "<b>" * 15_000 + "</i>" * 15_000,
    "less than": "<" * 100_000,
    "ampersands": "&" * 100_000,
    "entities without an end": "&a" * 50_000,
    "a million letters": "a" * 1_000_000,
}


@pytest.mark.parametrize("whole", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_html(whole: str) -> None:
    """A text that is made to be slow is cut as quickly as any."""
    assert len(html.cut(whole, 65_536)) <= 65_536


MARKDOWN = {
    "stars": "**a " * 16_000,
    "brackets": "[" * 9_000,
    "lists in lists": "".join(f"{' ' * level}- a\n" for level in range(300)),
    "quotes": "> " * 30_000,
    "letters": "a" * 65_536,
}


@pytest.mark.parametrize("text", MARKDOWN.values(), ids=MARKDOWN.keys())
def test_hostile_markdown(text: str) -> None:
    """It is rendered, and nothing crashes."""
    assert html.from_markdown(text)


def test_markdown_of_a_table() -> None:
    """AI notes have them."""
    assert "<td>Ann</td>" in html.from_markdown("| who | what |\n|-|-|\n| Ann | calls |")
