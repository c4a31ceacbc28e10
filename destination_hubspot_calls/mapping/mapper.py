"""One stream's records → calls."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

from destination_hubspot_calls.conversion import InvalidValue
from destination_hubspot_calls.conversion.text import absent, shown
from destination_hubspot_calls.hubspot.standard_properties import TIME
from destination_hubspot_calls.mapping import external_id, link_rules
from destination_hubspot_calls.mapping.expression import Data
from destination_hubspot_calls.mapping.property_fill import PropertyFill
from destination_hubspot_calls.mapping.rules import Rules
from destination_hubspot_calls.mapping.time_hint import TimeHint
from destination_hubspot_calls.messages import (
    RECORD_ID,
    Call,
    Key,
    Link,
    LinkMiss,
    LinkRule,
    MissCause,
    Reason,
    Record,
    Rejection,
    Skipped,
    Stream,
)
from destination_hubspot_calls.results import Count, Tally

MIN_RECORDS = 20
"""Records before a source that never found a value is reported."""


class StreamPlan(NamedTuple):
    """What the catalog says of a stream: the paths of its primary key, whether it is append + dedup, and whether
    another namespace has a stream of its name.
    """

    primary_key: external_id.PrimaryKey = ()
    updates: bool = False
    shares_name: bool = False


class Mapper:
    """Maps each record to a call, or to a rejection that names everything that is wrong with it. It never raises.

    A record that `only_if` rules out is skipped, and counted.
    """

    def __init__(self, rules: Rules, stream: Stream, plan: StreamPlan) -> None:
        self.tally = Tally()
        self._rules = rules
        self._only_if = rules.only_if
        self._remarks = rules.remarks
        self._skipped = Skipped(stream)
        self._updates = plan.updates
        self._needs_link = rules.mapping.require_association
        self._property = rules.mapping.external_id_property or ""
        self._external_id = external_id.external_id(
            rules.mapping, plan.primary_key, stream, shares_name=plan.shares_name
        )
        self._primary_key = external_id.joined(plan.primary_key) if plan.primary_key else None
        self._records = 0
        # The rules that found no value yet, by their place. They are few soon, and cost nothing once there are none.
        self._unfilled = {fill.place: fill.source for fill in rules.fills if fill.source}
        self._unfilled |= {rule.place: rule.named_source for rule in rules.link_rules}
        self._time_hint = TimeHint(rules)

    @property
    def never_filled(self) -> tuple[str, ...]:
        """Rules whose source found no value in any of at least 20 records: it may be misspelt, or fail on each."""
        if self._records < MIN_RECORDS:
            return ()
        return tuple(f"{place}.source ({source})" for place, source in self._unfilled.items())

    def map(self, record: Record) -> Call | Rejection | Skipped:
        """The call that the record becomes, or all reasons why it becomes none; no reason holds a value."""
        data = record.data
        if self._only_if is not None and _is_false(self._only_if(data)):
            self.tally.add(Count.SKIPPED)
            return self._skipped
        problems: list[Reason] = []
        misses: list[LinkMiss] = []
        properties, identity = self._properties(data, problems), self._key(data, problems)
        wanted = self._links(data, misses, problems)
        name = external_id.name(identity.value) if identity else self._name(data)
        if problems:
            self._remarks.clear()
            return self._rejection(record, name, problems)
        if self._remarks:
            self._tell_remarks()
        return self._call(record, properties, wanted, name, identity, tuple(misses))

    def _call(
        self,
        record: Record,
        properties: dict[str, str],
        wanted: tuple[Link, ...],
        name: str,
        identity: Key | None,
        misses: tuple[LinkMiss, ...],
    ) -> Call:
        if identity:
            properties[identity.property] = identity.value
        return Call(
            stream=record.stream,
            properties=_encoded(properties),
            links=wanted,
            line=record.line,
            name=name,
            key=identity,
            updates=self._updates,
            needs_link=self._needs_link,
            fields=self._rules.fields,
            on_update=self._rules.on_update,
            misses=misses,
        )

    def _properties(self, data: Data, problems: list[Reason]) -> dict[str, str]:
        properties: dict[str, str] = {}
        self._fill(properties, self._rules.fills, data, problems)
        self._records += 1
        if self._unfilled:
            self._note_filled(properties)
        if copies := self._rules.copies.of(data):
            self._fill(properties, copies, data, problems)
        if TIME not in properties and all(problem.about != TIME for problem in problems):
            words, place = self._rules.no_time
            problems.append(Reason(f"{words}{self._time_hint.hint(data)}", TIME, place))
        return properties

    def _note_filled(self, properties: dict[str, str]) -> None:
        for fill in self._rules.fills:
            if fill.name in properties:
                self._unfilled.pop(fill.place, None)

    def _tell_remarks(self) -> None:
        for remark, number in self._remarks.items():
            self.tally.add(remark, number)
        self._remarks.clear()

    def _fill(
        self, properties: dict[str, str], fills: Iterable[PropertyFill], data: Data, problems: list[Reason]
    ) -> None:
        for fill in fills:
            try:
                text = fill.fill(data)
            except InvalidValue as invalid:
                text = self._reject_or_skip(fill, invalid, data, problems)
            if text is not None:
                properties[fill.name] = text

    def _reject_or_skip(
        self, fill: PropertyFill, invalid: InvalidValue, data: Data, problems: list[Reason]
    ) -> str | None:
        self._unfilled.pop(fill.place, None)
        if not fill.skips:
            problems.append(Reason(fill.problem(invalid), fill.name, fill.place, shown(fill.find(data))))
            return None
        self.tally.add(fill.skipped)
        return fill.default

    def _key(self, data: Data, problems: list[Reason]) -> Key | None:
        if self._external_id is None:
            return None
        try:
            return Key(self._property, self._external_id(data))
        except InvalidValue as invalid:
            problems.append(Reason(f"{self._property}: {invalid}", self._property, self._rules.key_place))
            return None

    def _links(self, data: Data, misses: list[LinkMiss], problems: list[Reason]) -> tuple[Link, ...]:
        wanted: list[Link] = []
        for rule, get, is_plain, split in self._rules.links:
            found = get(data)
            if found is None:
                misses.append(LinkMiss(rule, MissCause.EMPTY, ""))
                continue
            # A number is what its digits say; most ids are numbers.
            text = str(found) if type(found) is int else found
            if isinstance(text, str) and is_plain(text):
                wanted.append(Link(rule, text))
            elif not self._take_links(rule, link_rules.values(found, split), wanted, misses, problems):
                misses.append(LinkMiss(rule, MissCause.EMPTY, ""))
                continue
            if self._unfilled:
                self._unfilled.pop(rule.place, None)
        if self._needs_link and not wanted:
            words, place = self._rules.no_link
            problems.append(Reason(words, "associations", place))
        return tuple(wanted)

    def _take_links(
        self,
        rule: LinkRule,
        values: Sequence[object],
        wanted: list[Link],
        misses: list[LinkMiss],
        problems: list[Reason],
    ) -> bool:
        """Whether there was anything among the values: a link, or what cannot be one."""
        before = len(misses) + len(problems)
        names = [self._link_name(value, rule, misses, problems) for value in values]
        found = [Link(rule, name) for name in dict.fromkeys(names) if name]
        wanted += found
        return bool(found) or len(misses) + len(problems) > before

    def _link_name(self, value: object, rule: LinkRule, misses: list[LinkMiss], problems: list[Reason]) -> str | None:
        try:
            return link_rules.name(value, rule)
        except InvalidValue as invalid:
            if rule.rejects_missing:
                words = f'{rule.object_type}: the value of "{rule.named_source}" {invalid}'
                problems.append(Reason(words, rule.object_type, rule.place, shown(value)))
            else:
                cause = MissCause.NOT_AN_ID if rule.match_by == RECORD_ID else MissCause.NOT_A_NAME
                misses.append(LinkMiss(rule, cause, shown(value)))
            return None

    def _name(self, data: Data) -> str:
        """What a person knows a record by that has no external id, or none that is right."""
        if self._primary_key is None:
            return ""
        try:
            return external_id.name(self._primary_key(data))
        except InvalidValue:
            return ""

    def _rejection(self, record: Record, name: str, problems: list[Reason]) -> Rejection:
        reasons = tuple({problem.words: problem for problem in reversed(problems)}.values())[::-1]
        words = "; ".join(reason.words for reason in reasons)
        return Rejection(record.stream, name, words, record.line, rule=problems[0].rule, reasons=reasons)


def _is_false(found: object) -> bool:
    """As JMESPath has it, and blank text: null, false, and what is empty."""
    return found is False or absent(found) or found == {}


def _encoded(properties: dict[str, str]) -> bytes:
    """JSON, copied: what orjson returns keeps the 4 kB that it was written into, and a sync holds thousands of them."""
    return bytes(memoryview(orjson.dumps(properties)))
