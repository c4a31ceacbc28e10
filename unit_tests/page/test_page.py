"""The page of a run: its numbers are the summary's, and nothing that stands in a record is more than text in it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from html.parser import HTMLParser

from destination_hubspot_calls.messages import Batch, Reason, Rejection
from destination_hubspot_calls.page.history import MAX_POINTS, History
from destination_hubspot_calls.page.page import Facts, render
from destination_hubspot_calls.results import BatchResult, Count
from destination_hubspot_calls.sink.summary import Summary
from unit_tests.entries import CALLS, call

HOSTILE = '<script>alert(1)</script><img src="x" onerror=alert(1)>" onload="alert(1)'
WRONG = "hs_timestamp: not a time"
FACTS = Facts("This is HubSpot account 7", datetime(2026, 11, 25, tzinfo=timezone.utc))


class Tags(HTMLParser):
    """All tags of a page, with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def page(*texts: str, error: str = "") -> str:
    """The page of a run whose records hold these texts wherever a text can be."""
    history = History(clock=iter(range(1000)).__next__)
    summary = Summary(watch=history.add)
    calls = [
        call(number, hs_call_title=text, hs_call_body=text, hs_call_duration="61000")
        for number, text in enumerate(texts)
    ]
    rejections = [Rejection(CALLS, text, WRONG, b"", reasons=(Reason(WRONG, value=text),)) for text in texts]
    summary.add(BatchResult(Batch.of(calls), became=dict.fromkeys(range(len(calls)), Count.CREATED)))
    summary.add(BatchResult(Batch.of(rejections)))
    return render(summary, history, Facts(HOSTILE if HOSTILE in texts else FACTS.account, FACTS.began, error=error))


def test_the_numbers_are_those_of_the_summary() -> None:
    """A page that says another number than the log is worse than none."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page("one", "two", "three")))
    assert " 6 records " in text
    assert " 3 created " in text
    assert " 3 rejected " in text
    assert "hs_timestamp: not a time" in text
    assert "one (1 record)" in text
    assert "1 min 01 s" in text
    assert "The first 3 calls, as a timeline shows them" in text


def test_hostile_values_stay_text() -> None:
    """Whoever can call can write into a page that an admin opens."""
    tags = Tags()
    tags.feed(page(HOSTILE, "x" * 65_536, "\u202eright to left", "{{ 7 * 7 }}"))
    kinds = {tag for tag, _ in tags.found}
    assert not kinds & {"script", "img", "link", "object", "embed", "base", "form"}
    assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on")]
    frames = [attributes for tag, attributes in tags.found if tag == "iframe"]
    assert frames
    assert all(attributes["sandbox"] == "" for attributes in frames)
    assert page("x" * 65_536).count("x" * 2001) == 0


def test_the_page_asks_nothing_of_anybody() -> None:
    """It is opened from a disk, by somebody who may be offline, and must not tell that it was."""
    text = page("one")
    assert "default-src 'none'" in text
    assert not re.search(r"https?://|//[a-z]|url\(|@import", text)


def test_an_end_that_was_not_well_is_said() -> None:
    """The numbers alone look like a success."""
    assert "The sync was told to stop." in page("one", error="The sync was told to stop.")


def test_an_empty_run_has_a_page() -> None:
    """A dry run of nothing is a finding, too."""
    assert "Calls into HubSpot" in render(Summary(), History(), FACTS)


def test_a_long_run_stays_small() -> None:
    """Millions of records are days, ten samples, and some points."""
    history = History(clock=iter(range(100_000)).__next__)
    result = BatchResult(Batch.of([call(1)]))
    for _ in range(20_000):
        history.add(result)
    assert history.records == 20_000
    assert len(history.points) <= MAX_POINTS
    assert len(history.samples) == 10
    paces = [pace for _, pace in history.pace]
    assert all(0.9 < pace < 1.1 for pace in paces)
