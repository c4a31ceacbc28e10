"""The sandbox's page: what a person sees in a browser, and can let go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import requests

from integration_tests.browser import Browser, program
from integration_tests.sandbox.hub import TO_CONTACT, Hub, call, link

SUPERVISOR = {"associationCategory": "USER_DEFINED", "associationTypeId": 22}
CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
in_browser = pytest.mark.skipif(program() is None, reason="there is no Chromium on this machine")


class Text(HTMLParser):
    """A page's words, and the documents in its frames."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.frames: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            self.frames.append(dict(attrs))


def page(hub: Hub, path: str = "/") -> Text:
    answer = requests.get(hub.sandbox.url + path, timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    return Text(answer.text)


def press(hub: Hub, fault: str) -> None:
    answer = requests.post(f"{hub.sandbox.url}/_page/faults", data={"fault": fault, "contact": "100002"}, timeout=30)
    assert (answer.status_code, answer.url) == (200, f"{hub.sandbox.url}/?contact=100002")


def said(hub: Hub, *words: str, path: str = "/") -> bool:
    """Whether the page has these words, one after the other."""
    return " ".join(words) in " ".join(page(hub, path).words)


def test_the_account(hub: Hub) -> None:
    """Which one it is, and how much is in it."""
    hub.sandbox.settings(account_name="One Company", account_type="STANDARD", time_zone="Asia/Tokyo", currency="EUR")
    hub.create(call(), call(to="100001"))
    for words in (["One", "Company"], ["Kind", "STANDARD"], ["Time", "zone", "Asia/Tokyo"], ["Currency", "EUR"]):
        assert said(hub, *words)
    assert said(hub, "Calls", "2", "Contacts", "5", "Companies", "3", "Links", "1", "Requests", "1")


OFFER = {
    "hs_timestamp": "1767225600000",
    "hs_call_title": "Call about <the> offer",
    "hs_call_body": "<b>bold</b> & more",
    "hs_call_duration": "3723000",
    "hs_call_direction": "INBOUND",
    "hs_call_status": "COMPLETED",
    "hs_call_disposition": CONNECTED,
    "hubspot_owner_id": "4000001",
}


def test_a_contacts_timeline(hub: Hub) -> None:
    """Title, owner, time in the account's zone, duration, outcome, label, who else, and the body in a frame."""
    types = [TO_CONTACT, SUPERVISOR]
    hub.create({**call(**OFFER), "associations": [{"to": {"id": "100002"}, "types": types}, link("20000001", 182)]})
    assert said(hub, "Contact Two 1 contact.two@example.com")
    seen = page(hub, "/?contact=100002")
    words = " ".join(seen.words)
    for expected in (
        "December 2025",
        "Call about <the> offer Logged call by Agent 1 Dec 31, 2025, 19:00 EST",
        "Outcome Connected Direction Inbound Duration 1:02:03 Status Completed Label Supervisor",
        "Also with Company One",
    ):
        assert expected in words
    (frame,) = seen.frames
    assert frame["sandbox"] in (None, "")
    assert "<b>bold</b> & more" in str(frame["srcdoc"])
    assert said(hub, "No calls yet.", path="/?contact=100003")


def test_calls_on_nobodys_timeline(hub: Hub) -> None:
    """They are invisible in HubSpot; here they have a place of their own."""
    hub.create(call(hs_call_title="Lonely"), call(to="100001"))
    assert said(hub, "timeline 1 calls that are linked to nothing")
    assert said(hub, "Lonely Logged call", path="/?unlinked=1")
    assert not said(hub, "Lonely")


def test_a_contact_that_is_not_there(hub: Hub) -> None:
    """A word, not a crash; a merged one is its winner."""
    assert said(hub, "No such contact", path="/?contact=7")
    assert said(hub, "No such contact", path="/?contact=<script>")
    hub.sandbox.merge("contacts", "100001", winner="100002")
    assert said(hub, "Contact Two contact.two@example.com · record 100002", path="/?contact=100001")


def test_the_last_requests(hub: Hub) -> None:
    """Method, path, inputs, status and fault of the last 100, the newest first; the page's own are none."""
    hub.sandbox.fault("status", "owners", status=502)
    hub.get("/crm/v3/owners")
    hub.create(call(), call())
    assert said(hub, "POST / crm/ v3/ objects/ calls/ batch/ create 2 201")
    assert said(hub, "GET / crm/ v3/ owners 502 status")
    for _ in range(100):
        hub.get("/crm/v3/owners")
    answer = requests.get(hub.sandbox.url, timeout=30).text
    assert (answer.count("<tr class="), "batch" in answer, "502" in answer) == (100, False, False)
    assert said(hub, "Requests", "102")


def test_buttons_let_things_go_wrong(hub: Hub) -> None:
    """503 for a while, a lost answer, slowness, a 429; and an end to it all. The open timeline stays open."""
    press(hub, "outage")
    assert said(hub, "Going wrong: 503, 10 s from the next request")
    assert [hub.get("/crm/v3/owners").status_code for _ in range(2)] == [503, 503]
    press(hub, "none")
    assert said(hub, "All well.")
    press(hub, "lose")
    with pytest.raises(requests.ConnectionError):
        hub.create(call())
    assert hub.sandbox.created() == 1
    press(hub, "limit")
    press(hub, "slow")
    assert said(hub, "Going wrong: rate burst, 1 time , latency, 10 s from the next request")
    answer = hub.get("/crm/v3/owners")
    assert (answer.status_code, answer.elapsed.total_seconds() > 1.9) == (429, True)


def test_the_page_is_nobody_elses(hub: Hub) -> None:
    """It lets nothing in but its own files, and no other site frame it; the paths of HubSpot stay what they are."""
    policy = requests.get(hub.sandbox.url, timeout=30).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert requests.post(hub.sandbox.url + "/", timeout=30).status_code == 405
    assert requests.get(hub.sandbox.url + "/crm", timeout=30).status_code == 404


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


@in_browser
def test_a_body_runs_nothing_and_asks_nobody(hub: Hub, browser: Browser) -> None:
    """Scripts, handlers, images, forms and links in the notes of a call stay what they are: text and shapes."""
    bait = hub.sandbox.url + "/bait"
    body = (
        f"<script>fetch('{bait}1')</script><img src='{bait}2' onerror='top.document.title=1'><p>Seen</p>"
        f"</iframe><script>document.title='broken out'</script>\"><script>document.title='2'</script>"
        f"<meta http-equiv=refresh content='0;url={bait}3'><iframe src='{bait}4'></iframe>"
        f"<style>@import '{bait}5';</style><link rel=stylesheet href='{bait}6'>"
    )
    title = "<script>document.title='title'</script>"
    hub.create(call(to="100001", hs_call_title=title, hs_call_body=body))
    browser.open(f"{hub.sandbox.url}/?contact=100001")
    browser.evaluate("new Promise(done => setTimeout(done, 500))")
    assert browser.evaluate("document.title") == "sandbox.example.com · HubSpot on this machine"
    assert browser.evaluate("document.querySelector('article h4').textContent") == title
    assert browser.evaluate("document.querySelectorAll('iframe').length") == 1
    assert hub.sandbox.stats()["strays"] == {}


@in_browser
def test_the_page_is_live(hub: Hub, browser: Browser) -> None:
    """A call that is written meanwhile appears, a frame that did not change is left alone, a press is a press."""
    hub.create(call(to="100001", hs_call_title="First", hs_call_body="notes"))
    browser.open(f"{hub.sandbox.url}/?contact=100001")
    browser.evaluate("window.frame = document.querySelector('iframe')")
    hub.get("/crm/v3/owners")
    browser.until("document.querySelectorAll('tbody tr').length === 2")
    assert browser.evaluate("document.querySelector('iframe') === window.frame")
    hub.create(call(to="100001", hs_call_title="Second"))
    browser.until("document.querySelectorAll('article').length === 2")
    assert browser.evaluate("document.querySelector('#calls').textContent") == "2"
    browser.evaluate("document.querySelector('button[value=outage]').click()")
    browser.until("document.querySelector('.planned b')")
    assert hub.get("/crm/v3/owners").status_code == 503
    assert browser.evaluate("document.querySelectorAll('article').length") == 2


@in_browser
@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_and_can_be_read(hub: Hub, browser: Browser, width: int, *, dark: bool) -> None:
    """Nothing is wider than the window, whatever a call holds; words stand out from the page, light and dark."""
    long = "W" * 300
    hub.create(call(to="100001", hs_call_title=long, hs_call_body=long, hs_call_duration="1"))
    browser.open(f"{hub.sandbox.url}/?contact=100001", width=width, dark=dark)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    ink, paper = (
        browser.evaluate(f"getComputedStyle(document.querySelector('{where}')).{what}")
        for where, what in (("h2", "color"), ("body", "backgroundColor"))
    )
    light, shade = sorted((brightness(ink), brightness(paper)), reverse=True)
    assert light - shade > 150
    assert (brightness(paper) < 100) is dark


def brightness(colour: str) -> float:
    """Of ``rgb(r, g, b)``: 0 to 255."""
    parts = [float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    return sum(parts) / 3
