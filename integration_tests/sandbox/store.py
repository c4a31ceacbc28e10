"""Records in memory, one shelf per kind, and who holds which unique value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from integration_tests.sandbox.object_types import ObjectType
from integration_tests.sandbox.phone import searchable
from integration_tests.sandbox.settings import Settings

PHONE_KEYS = {
    "hs_searchable_calculated_phone_number": "phone",
    "hs_searchable_calculated_mobile_number": "mobilephone",
}
MAX_DIGITS = 20


@dataclass(slots=True)
class Record:
    """One record. ``fresh_ms`` is when it was written through the API, 0 for a seeded one."""

    id: int
    properties: dict[str, str]
    created_ms: int
    updated_ms: int
    fresh_ms: int = 0
    archived_ms: int | None = None
    links: dict[tuple[str, int], set[tuple[str, int]]] = field(default_factory=dict)
    """(object type id, record id) -> {(category, association type id)}"""
    before: tuple[dict[str, str], int] | None = None
    """What an update replaced, and when: the search index still shows it for a while."""

    def value(self, name: str) -> str | None:
        """A property's value, the calculated phone keys among them."""
        return value_of(self.properties, name)


MAX_RECENT = 10_000
"""Records of counting mode whose links can be read: those that were made last."""


class Shelf:
    """All records of one kind. In counting mode it keeps numbers, unique values, and the links of the newest only."""

    def __init__(self, kind: ObjectType, first_id: int) -> None:
        self.kind = kind
        self.records: dict[int, Record] = {}
        self.unique: dict[str, dict[str, int]] = {}
        self.created = 0
        self.updated = 0
        self.archived = 0
        self.only_counted = False
        self._first_id = first_id
        self._next_id = first_id
        self._indexed: dict[str, dict[str, list[int]]] = {}
        self._bin: dict[int, Record] = {}
        self._recent: dict[int, Record] = {}
        self.merged: dict[int, int] = {}
        """A record that was merged into another -> that one."""
        self.inherited: list[tuple[str, str, int]] = []
        """Unique values of merged records, and who has them now."""

    def allocate(self) -> int:
        self._next_id += 1
        return self._next_id

    def reserve(self, record_id: int) -> None:
        self._next_id = max(self._next_id, record_id)

    def add(self, record: Record, settings: Settings, *, keep: bool = True) -> None:
        """Take a new record in; its unique values are its own from here on."""
        self.created += 1
        self.only_counted = self.only_counted or not keep
        if keep or settings.count_keys:
            self._claim(record, settings)
        if keep:
            self.records[record.id] = record
            for name in self._indexed:
                self._index(name, record)
        else:
            self._recent[record.id] = record
            if len(self._recent) > MAX_RECENT:
                del self._recent[next(iter(self._recent))]

    def linked(self, record_id: int) -> Record | None:
        """A record whose links are known."""
        return self.records.get(record_id) or self._recent.get(record_id)

    def counted(self, record_id: int) -> bool:
        """Whether an id was given out for a record that was counted but not kept."""
        return self.only_counted and self._first_id < record_id <= self._next_id

    def counted_record(self, record_id: int, by: str | None, key: str) -> Record | None:
        """What is known of a record that was only counted: its id, and the key it was found by."""
        if not self.counted(record_id):
            return None
        return Record(record_id, {} if by is None or by == "hs_object_id" else {by: key}, 0, 0)

    def change(
        self, record: Record, properties: dict[str, str], now: int, settings: Settings, *, keep: bool = True
    ) -> None:
        """Set (or with blank text clear) some of a record's properties."""
        self.updated += 1
        record.updated_ms = now
        if not keep:
            record.properties.update(properties)
            return
        self._release(record, settings)
        record.before = (dict(record.properties), now)
        for name, value in properties.items():
            if value == "":
                record.properties.pop(name, None)
            else:
                record.properties[name] = value
        self._claim(record, settings)
        for name in self._indexed:
            self._index(name, record)

    def archive(self, record: Record, now: int, settings: Settings) -> None:
        self.archived += 1
        record.archived_ms = now
        self._bin[record.id] = record
        if settings.archived_unique == "free":
            self._release(record, settings)

    def holder(self, name: str, value: str, settings: Settings) -> int | None:
        """Whose value it is, as uniqueness sees it."""
        return self.unique.get(name, {}).get(fold(value, settings))

    def archived_holder(self, name: str, value: str, settings: Settings) -> int | None:
        """The newest archived record with a unique value, which need not be its own any more."""
        wanted = fold(value, settings)
        for record in reversed(self._bin.values()):
            if fold(record.properties.get(name, ""), settings) == wanted:
                return record.id
        return None

    def revive(self, record: Record, settings: Settings) -> None:
        """Take a record out of the bin again."""
        record.archived_ms = None
        self._bin.pop(record.id, None)
        self._claim(record, settings)

    def survivor(self, record_id: int) -> int:
        """The record that one lives on in after a merge; itself if it was not merged."""
        while record_id in self.merged:
            record_id = self.merged[record_id]
        return record_id

    def merge(self, winner: Record, loser: Record, now: int, settings: Settings) -> None:
        """Let one record live on in another: its ids and addresses are the winner's (B)."""
        self._release(loser, settings)
        del self.records[loser.id]
        self.merged[loser.id] = winner.id
        held = winner.properties
        earlier = [*held.get("hs_merged_object_ids", "").split(";"), str(loser.id)]
        earlier += loser.properties.get("hs_merged_object_ids", "").split(";")
        held["hs_merged_object_ids"] = ";".join(dict.fromkeys(part for part in earlier if part))
        if self.kind.type_id == "0-1" and "email" in loser.properties:
            also = [*held.get("hs_additional_emails", "").split(";"), loser.properties["email"]]
            also += loser.properties.get("hs_additional_emails", "").split(";")
            if "email" not in held:
                held["email"] = also.pop(1)
            held["hs_additional_emails"] = ";".join(dict.fromkeys(part for part in also if part))
        for name, value in loser.properties.items():
            held.setdefault(name, value)
            if name in self.unique:
                self.inherited.append((name, value, winner.id))
        winner.updated_ms = now
        self._claim(winner, settings)
        self._claim_inherited(settings)
        for name in self._indexed:
            self._index(name, winner)

    def _claim_inherited(self, settings: Settings) -> None:
        if settings.merged_unique == "winner":
            for name, value, winner in self.inherited:
                self.unique.get(name, {}).setdefault(fold(value, settings), self.survivor(winner))

    def rebuild(self, unique_names: Iterable[str], settings: Settings) -> None:
        """Index anew: a property became unique, or a switch about unique values was turned."""
        names = set(unique_names)
        kept = {name: held for name, held in self.unique.items() if name in names and not self.records}
        self.unique = {name: kept.get(name, {}) for name in names}
        for record in self.records.values():
            if record.archived_ms is None or settings.archived_unique == "taken":
                self._claim(record, settings)
        self._claim_inherited(settings)

    def holding(self, name: str, values: Iterable[str]) -> Iterator[Record]:
        """Records with one of these values, compared without case; from an index made at first use."""
        index = self._indexed.get(name)
        if index is None:
            index = self._indexed[name] = {}
            for record in self.records.values():
                self._index(name, record)
        seen: set[int] = set()
        for value in values:
            for record_id in index.get(value.lower(), ()):
                if record_id not in seen and record_id in self.records:
                    seen.add(record_id)
                    yield self.records[record_id]

    def _claim(self, record: Record, settings: Settings) -> None:
        for name, held in self.unique.items():
            value = record.properties.get(name)
            if value:
                self._hold(held, fold(value, settings), record)
        emails = self.unique.get("email")
        if emails is not None and self.kind.type_id == "0-1":
            for address in record.properties.get("hs_additional_emails", "").split(";"):
                if address:
                    self._hold(emails, address.strip().lower(), record)

    def _hold(self, held: dict[str, int], value: str, record: Record) -> None:
        """The first one keeps a value, unless it is deleted and this one is not: a record that is made again."""
        if record.archived_ms is None and held.get(value) in self._bin:
            held[value] = record.id
        held.setdefault(value, record.id)

    def _release(self, record: Record, settings: Settings) -> None:
        for name, held in self.unique.items():
            values = [record.properties.get(name, "")]
            if name == "email":
                values += record.properties.get("hs_additional_emails", "").split(";")
            for value in values:
                key = fold(value, settings)
                if held.get(key) == record.id:
                    del held[key]

    def _index(self, name: str, record: Record) -> None:
        versions = [record.properties] if record.before is None else [record.before[0], record.properties]
        for properties in versions:
            value = value_of(properties, name)
            if value:
                ids = self._indexed[name].setdefault(value.lower(), [])
                if record.id not in ids[-1:]:
                    ids.append(record.id)


def as_id(text: str) -> int | None:
    """A record's id from a request: decimal digits, as many as 64 bits hold."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < MAX_DIGITS else None


def value_of(properties: Mapping[str, str], name: str) -> str | None:
    source = PHONE_KEYS.get(name)
    if source is None:
        return properties.get(name)
    phone = properties.get(source)
    return searchable(phone) or None if phone else None


def fold(value: str, settings: Settings) -> str:
    """A unique value as it is compared (D: case and blanks are switches)."""
    if settings.unique_blanks == "trimmed":
        value = value.strip()
    return value if settings.unique_case == "sensitive" else value.lower()


def kept_as(value: str, settings: Settings) -> str:
    """A unique value as it is stored (D: HubSpot may trim it, or lower-case it)."""
    if settings.unique_blanks == "trimmed":
        value = value.strip()
    return value.lower() if settings.unique_case == "lowered" else value
