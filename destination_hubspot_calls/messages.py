"""What flows through the connector: records and checkpoints in, calls and rejections between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

OVERHEAD = 400
"""Bytes of the Python objects around the text of an entry, about (measured with 250,000 rejections)."""
RECORD_ID = "record_id"
"""The `match_by` of a rule whose value is the record's id: nothing is looked up."""


class Stream(NamedTuple):
    """A stream as the source names it; an empty namespace is none."""

    name: str
    namespace: str | None = None

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


class Record(NamedTuple):
    """One row of a source. `line` is the message as it came (no newline), so that it can be kept and replayed."""

    stream: Stream
    data: dict[str, Any]
    line: bytes


class CheckpointKind(Enum):
    """What a state covers: one stream, or everything before it."""

    STREAM = "STREAM"
    GLOBAL = "GLOBAL"
    LEGACY = "LEGACY"


class Checkpoint(NamedTuple):
    """A source's state; true once every record before it (of its stream, where it has one) is settled."""

    kind: CheckpointKind
    stream: Stream | None
    line: bytes

    @property
    def size(self) -> int:
        """Bytes that it holds, about."""
        return OVERHEAD + len(self.line)


class Key(NamedTuple):
    """What makes a call one of a kind: a property with unique values, and this call's value of it."""

    property: str
    value: str


MAX_SOURCE = 160
"""Characters of a source that messages repeat: a recipe's can be pages long, and its place is told besides."""


def in_short(source: str) -> str:
    """A source as messages name it: on one line, cut."""
    return source if len(source) <= MAX_SOURCE else f"{source[: MAX_SOURCE - 1]}…"


class LinkRule(NamedTuple):
    """One association rule of a mapping.

    `place` is where it stands in the configuration (`mappings[0].associations[2]`), for messages.
    """

    place: str
    object_type: str
    match_by: str
    label: str | None
    rejects_missing: bool
    default_country: str | None
    source: str

    @property
    def named_source(self) -> str:
        """Its source, as messages name it."""
        return in_short(self.source)


class Link(NamedTuple):
    """A link that a call asks for: the rule, and what the record says of the other end (an id, an e-mail, …)."""

    rule: LinkRule
    value: str


class MissCause:
    """Why a link was not made; what is wrong with a value is told by who reads it (`not an e-mail address`, …)."""

    NOBODY = "nobody has it"
    SEVERAL = "several have it"
    NO_COUNTRY = "no country code"
    WITHHELD = "withheld number"
    NOT_A_NUMBER = "not a number"
    NOT_AN_ADDRESS = "not an address"
    NOT_AN_ID = "not a record id"
    NOT_A_NAME = "not a text to look up"
    UNSEARCHABLE = "HubSpot cannot look it up"
    EMPTY = "empty"


class LinkMiss(NamedTuple):
    """A link that a rule did not make, and why. `value` is content: for the store only."""

    rule: LinkRule
    cause: str
    value: str


class OnUpdate:
    """What becomes of a property's value where the call exists already, if it is not simply written."""

    KEEP = "keep"
    """It is written only when the call is created."""
    IF_EMPTY = "if_empty"
    """It is written only where HubSpot has no value."""


class Call(NamedTuple):
    """A record as HubSpot is to hold it.

    `properties` is an encoded JSON object of text values. `name` is what a person knows the record by: its
    key, else its primary key, else nothing. `updates`: a call that is there already gets these properties.
    `fields` tells which source each property came from, for messages; the calls of a mapping share it.
    `misses` are the links that the record's own values rule out. `on_update` has the properties that are not simply
    written where the call exists already, each with one of OnUpdate's; the calls of a mapping share it.
    """

    stream: Stream
    properties: bytes
    links: tuple[Link, ...]
    line: bytes
    name: str
    key: Key | None = None
    updates: bool = False
    needs_link: bool = False
    fields: Mapping[str, str] = MappingProxyType({})
    misses: tuple[LinkMiss, ...] = ()
    on_update: Mapping[str, str] = MappingProxyType({})

    @property
    def size(self) -> int:
        """Bytes that it holds, about."""
        return OVERHEAD + len(self.properties) + len(self.line) + 64 * (len(self.links) + len(self.misses))


class Reason(NamedTuple):
    """One thing that is wrong with a record, in our own words, which hold no value.

    `about` is the property or the kind of object it is about, `rule` the place in the configuration. `value` is what
    did not fit, cut to be shown: content, for the store and for a person's own screen only.
    """

    words: str
    about: str = ""
    rule: str = ""
    value: str = ""


class Unlinked(NamedTuple):
    """A call that is in HubSpot without a link that its record asks for, by one rule.

    `value` holds what the rule found no record for: content, for the store only.
    """

    stream: Stream
    name: str
    line: bytes
    rule: LinkRule
    cause: str
    value: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that does not become a call.

    `reason` is in our own words and may be logged and counted: field, property, rule, code, never a value.
    `rule` is the place in the configuration that decided it. `detail` is HubSpot's own words, which may
    repeat the record's content: for the store of rejected records only. `reasons` are the single ones, where
    `reason` joins several.
    """

    stream: Stream
    name: str
    reason: str
    line: bytes
    rule: str = ""
    detail: str = ""
    reasons: tuple[Reason, ...] = ()

    @property
    def causes(self) -> tuple[Reason, ...]:
        """Each thing that is wrong, by itself."""
        return self.reasons or (Reason(self.reason, rule=self.rule),)

    @property
    def size(self) -> int:
        """Bytes that it holds, about."""
        return OVERHEAD * (1 + len(self.reasons)) + len(self.line) + len(self.reason) + len(self.detail)


class Skipped(NamedTuple):
    """A record that is to become no call: its mapping's `only_if` says so. In states it counts as written."""

    stream: Stream

    @property
    def size(self) -> int:
        """Bytes that it holds, about: its place in a list, as a mapper always returns the same one."""
        return 16


Entry = Call | Rejection | Skipped | Checkpoint


@dataclass(slots=True)
class Batch:
    """Up to 100 calls and everything that stood between them, in the order it came."""

    opened: float = 0.0
    """Seconds on the clock of whoever gathers it."""
    entries: list[Entry] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    size: int = 0

    def add(self, entry: Entry) -> None:
        """Append an entry."""
        self.entries.append(entry)
        self.size += entry.size
        if isinstance(entry, Call):
            self.calls.append(entry)

    @classmethod
    def of(cls, entries: Iterable[Entry], opened: float = 0.0) -> Batch:
        """A batch of these entries."""
        batch = cls(opened)
        for entry in entries:
            batch.add(entry)
        return batch
