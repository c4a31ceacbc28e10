"""What a person sees of the account: its contacts, and a contact's timeline as HubSpot draws it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice

from integration_tests.sandbox.account import CALL_ID, Account, Owner
from integration_tests.sandbox.settings import zone
from integration_tests.sandbox.store import Record, as_id

MAX_CALLS = 5_000
"""The newest calls that are looked through for the page; a load test holds more, and nobody reads them."""
MAX_PEOPLE = 100
MAX_ENTRIES = 50
CONTACT_ID = "0-1"
_LINE_CHARACTERS = 90
_MAX_LINES = 14


@dataclass(frozen=True, slots=True)
class Person:
    """A contact in the list, and how many of the looked-through calls are its."""

    id: str
    name: str
    detail: str
    calls: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One call on a timeline, every value as it is shown. ``body`` is HTML that nobody has cleaned."""

    id: str
    title: str
    at: str
    month: str
    owner: str
    outcome: str
    status: str
    direction: str
    duration: str
    labels: tuple[str, ...]
    also: tuple[str, ...]
    body: str
    deleted: bool

    @property
    def lines(self) -> int:
        """How many lines the body may need: a frame that runs nothing cannot be measured."""
        text = self.body.replace("</p>", "\n").replace("<br>", "\n").replace("</li>", "\n")
        return min(_MAX_LINES, sum(1 + len(line) // _LINE_CHARACTERS for line in text.split("\n")))


class Timelines:
    """The account as one request for the page sees it."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._zone: tzinfo = zone(account.settings.time_zone)
        self._calls: list[Record] = list(islice(reversed(account.calls.records.values()), MAX_CALLS))

    @property
    def looked_through(self) -> int:
        return len(self._calls)

    @property
    def unlinked(self) -> int:
        """Calls that are on nobody's timeline."""
        return sum(1 for call in self._calls if not call.links and call.archived_ms is None)

    def people(self) -> list[Person]:
        """Contacts, those with the most calls first."""
        counts = self._counts()
        records = self._account.shelves[CONTACT_ID].records
        with_calls = sorted(counts, key=lambda record_id: (-counts[record_id], record_id))
        without = (record_id for record_id in records if record_id not in counts)
        chosen = islice((it for it in (*with_calls, *without) if it in records), MAX_PEOPLE)
        return [self._person(records[record_id], counts.get(record_id, 0)) for record_id in chosen]

    def person(self, record_id: str) -> Person | None:
        """One contact, by its id or that of a record merged into it."""
        shelf = self._account.shelves[CONTACT_ID]
        record = shelf.records.get(shelf.survivor(as_id(record_id) or 0))
        return None if record is None else self._person(record, self._counts().get(record.id, 0))

    def entries(self, record_id: str | None) -> list[Entry]:
        """A contact's calls, or (None) those that are linked to nothing; the latest first."""
        if record_id is None:
            found = [call for call in self._calls if not call.links]
        else:
            place = (CONTACT_ID, as_id(record_id) or 0)
            found = [call for call in self._calls if place in call.links]
        found.sort(key=lambda call: call.properties.get("hs_timestamp", ""), reverse=True)
        return [self._entry(call, record_id) for call in found[:MAX_ENTRIES]]

    def _counts(self) -> Mapping[int, int]:
        counts: dict[int, int] = {}
        for call in self._calls:
            for type_id, record_id in call.links:
                if type_id == CONTACT_ID:
                    counts[record_id] = counts.get(record_id, 0) + 1
        return counts

    def _person(self, record: Record, calls: int) -> Person:
        held = record.properties
        name = " ".join(part for part in (held.get("firstname", ""), held.get("lastname", "")) if part)
        detail = held.get("email") or held.get("phone") or held.get("mobilephone") or ""
        return Person(str(record.id), name or detail or f"Contact {record.id}", detail, calls)

    def _entry(self, call: Record, record_id: str | None) -> Entry:
        held = call.properties
        at = datetime.fromisoformat(held.get("hs_timestamp", "1970-01-01T00:00:00.000Z").replace("Z", "+00:00"))
        local = at.astimezone(self._zone)
        return Entry(
            id=str(call.id),
            title=held.get("hs_call_title", "Call"),
            at=f"{local:%b} {local.day}, {local:%Y, %H:%M %Z}",
            month=f"{local:%B %Y}",
            owner=self._owner(held.get("hubspot_owner_id")),
            outcome=self._outcome(held.get("hs_call_disposition")),
            status=self._option("hs_call_status", held.get("hs_call_status")),
            direction=self._option("hs_call_direction", held.get("hs_call_direction")),
            duration=_duration(held.get("hs_call_duration")),
            labels=tuple(self._labels(call, record_id)),
            also=tuple(self._others(call, record_id)),
            body=held.get("hs_call_body", ""),
            deleted=call.archived_ms is not None,
        )

    def _owner(self, owner_id: str | None) -> str:
        owner: Owner | None = self._account.owners.get(owner_id or "")
        return "" if owner is None else f"{owner.first_name} {owner.last_name}"

    def _outcome(self, key: str | None) -> str:
        found = self._account.dispositions.get(key or "")
        return key or "" if found is None else found.label

    def _option(self, name: str, value: str | None) -> str:
        options = self._account.definitions[CALL_ID][name].options
        return next((option.label for option in options if option.value == value), value or "")

    def _labels(self, call: Record, record_id: str | None) -> Iterator[str]:
        """The labels of the link by which a call is on this timeline."""
        specs = call.links.get((CONTACT_ID, as_id(record_id or "") or 0), set())
        for spec in sorted(specs):
            label = self._account.association_types[spec].label
            if label is not None:
                yield label

    def _others(self, call: Record, record_id: str | None) -> Iterator[str]:
        for type_id, other in call.links:
            if (type_id, str(other)) != (CONTACT_ID, record_id):
                yield self._named(type_id, other)

    def _named(self, type_id: str, record_id: int) -> str:
        kind, record = self._account.kinds[type_id], self._account.shelves[type_id].records.get(record_id)
        if record is None:
            return f"{kind.singular} {record_id}"
        if type_id == CONTACT_ID:
            return self._person(record, 0).name
        return next(_first(record, kind.default_properties), f"{kind.singular} {record_id}")


def _first(record: Record, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        value = record.value(name)
        if value:
            yield value


def _duration(milliseconds: str | None) -> str:
    """``1:05`` or ``1:02:03``; what is not a number as it is."""
    if milliseconds is None:
        return ""
    try:
        seconds = int(float(milliseconds)) // 1000
    except ValueError:
        return milliseconds
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"
