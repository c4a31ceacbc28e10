"""Which links calls have: asked for until HubSpot tells of each, and let be where the token may not read them."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable

import pytest

from destination_hubspot_calls.delivery.gathering import InFlight
from destination_hubspot_calls.delivery.link_reader import LinkReader
from destination_hubspot_calls.delivery.writer import Writer
from destination_hubspot_calls.hubspot.errors import MissingScopes
from destination_hubspot_calls.hubspot.models import LinkedRecord
from destination_hubspot_calls.messages import Batch
from destination_hubspot_calls.results import Count
from unit_tests.delivery.test_writer import linked, writer
from unit_tests.entries import CALLS
from unit_tests.fake_hubspot import FakeHubSpot


def reader(hubspot: FakeHubSpot) -> LinkReader:
    return LinkReader(hubspot, lambda _: None, InFlight())


def test_a_call_of_which_an_answer_says_nothing_is_asked_for_again() -> None:
    """It may have links all the same, and labels that would be replaced."""
    hubspot = FakeHubSpot()
    for number in range(3):
        hubspot.calls[hubspot.add(f"k{number}")].links["100001"] = {
            b'{"associationCategory":"USER_DEFINED","associationTypeId":7}'
        }
    hubspot.mishaps = ["forgetful", "empty"]
    links = reader(hubspot).read("contacts", hubspot.calls)
    assert all(held["100001"] for held in links.values())
    assert hubspot.requests["read links"] == 3


def test_a_call_of_which_no_answer_says_anything_has_no_links() -> None:
    """The sync must not wait for it for ever."""
    hubspot = FakeHubSpot(mishaps=["empty"] * 9)
    pauses: list[float] = []
    number = hubspot.add("k")
    reading = LinkReader(hubspot, pauses.append, InFlight())
    assert reading.read("contacts", [number]) == {number: {}}
    assert hubspot.requests["read links"] == 3
    assert [math.ceil(pause) for pause in pauses] == [1, 2]


class Closed(FakeHubSpot):
    """The token may write links, and not read them."""

    def read_links(self, object_type: str, call_ids: Iterable[str]) -> dict[str, dict[str, LinkedRecord]]:
        self.requests["read links"] += 1
        raise MissingScopes("reading links", ("crm.objects.contacts.read",))


def test_what_may_not_be_read_is_written_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    """A sync that worked without this right goes on, and says once what it cannot keep."""
    caplog.set_level(logging.WARNING)
    hubspot = Closed()
    found: Writer = writer(hubspot)
    found.write(Batch.of([linked(n, updates=True, title="first") for n in range(100)]))
    written = found.write(Batch.of([linked(n, updates=True, title="second") for n in range(100)]))
    assert hubspot.requests["read links"] == 1
    assert written.tallies.of(CALLS).counts[Count.LINKED] == 100
    assert all(held.linked == {"100001"} for held in hubspot.calls.values())
    (message,) = caplog.messages
    assert "crm.objects.contacts.read" in message
