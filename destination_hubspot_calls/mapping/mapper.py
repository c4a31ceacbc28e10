"""One stream's records → calls."""

from collections.abc import Iterable
from typing import NamedTuple

import orjson

from destination_hubspot_calls.conversion import InvalidValue
from destination_hubspot_calls.hubspot.standard_properties import TIME
from destination_hubspot_calls.mapping import external_id, link_rules
from destination_hubspot_calls.mapping.expression import Data
from destination_hubspot_calls.mapping.rules import PropertyFill, Rules
from destination_hubspot_calls.messages import Call, Key, Link, LinkRule, Record, Rejection, Skipped, Stream
from destination_hubspot_calls.results import Count, Tally

TELLING = 20
"""Records after which it tells something that a source found nothing in any."""


class StreamPlan(NamedTuple):
    """What the catalog says of a stream: the paths of its primary key, and whether it is append + dedup."""

    primary_key: external_id.PrimaryKey = ()
    updates: bool = False


class _Problem(NamedTuple):
    """Why a record is rejected: what of the call it is about, the words, and the place in the configuration."""

    about: str
    words: str
    place: str


class Mapper:
    """Maps each record to a call, or to a rejection that names everything that is wrong with it. It never raises."""

    def __init__(self, rules: Rules, stream: Stream, plan: StreamPlan) -> None:
        self.tally = Tally()
        self._rules = rules
        self._updates = plan.updates
        self._needs_link = rules.mapping.require_association
        self._property = rules.mapping.external_id_property or ""
        self._external_id = external_id.external_id(rules.mapping, rules.place, plan.primary_key, stream)
        self._primary_key = external_id.joined(plan.primary_key) if plan.primary_key else None
        self._records = 0
        # The rules that found no value yet, by what they fill. It is empty soon, and costs nothing then.
        self._silent = {filling.name: filling for filling in rules.fills if filling.source}

    @property
    def link_rules(self) -> tuple[LinkRule, ...]:
        """The mapping's association rules, the same objects as those of its calls' links."""
        return self._rules.link_rules

    @property
    def never_filled(self) -> tuple[str, ...]:
        """Rules whose source found no value in any of at least 20 records: it may be misspelt, or fail on each."""
        if self._records < TELLING:
            return ()
        return tuple(f"{filling.place}.source ({filling.source})" for filling in self._silent.values())

    def map(self, record: Record) -> Call | Rejection | Skipped:
        """The call that the record becomes, or all reasons why it becomes none; no reason holds a value."""
        data = record.data
        problems: list[_Problem] = []
        properties = self._properties(data, problems)
        identity = self._key(data, problems)
        wanted = self._links(data, problems)
        name = external_id.name(identity.value) if identity else self._name(data)
        if problems:
            return self._rejection(record, name, problems)
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
        )

    def _properties(self, data: Data, problems: list[_Problem]) -> dict[str, str]:
        properties: dict[str, str] = {}
        self._fill(properties, self._rules.fills, data, problems)
        self._records += 1
        if self._silent:
            for name in self._silent.keys() & properties.keys():
                del self._silent[name]
        copies = self._rules.copies
        if not copies.keys().isdisjoint(data):
            self._fill(properties, [copies[field] for field in data if field in copies], data, problems)
        if TIME not in properties and all(problem.about != TIME for problem in problems):
            problems.append(_Problem(TIME, *self._rules.no_time))
        return properties

    def _fill(
        self, properties: dict[str, str], fills: Iterable[PropertyFill], data: Data, problems: list[_Problem]
    ) -> None:
        for filling in fills:
            try:
                text = filling.fill(data)
            except InvalidValue as invalid:
                text = self._misfit(filling, invalid, problems)
            if text is not None:
                properties[filling.name] = text

    def _misfit(self, filling: PropertyFill, invalid: InvalidValue, problems: list[_Problem]) -> str | None:
        self._silent.pop(filling.name, None)
        if not filling.skips:
            problems.append(_Problem(filling.name, filling.problem(invalid), filling.place))
            return None
        self.tally.add(filling.skipped)
        return filling.default

    def _key(self, data: Data, problems: list[_Problem]) -> Key | None:
        if self._external_id is None:
            return None
        try:
            return Key(self._property, self._external_id(data))
        except InvalidValue as invalid:
            problems.append(_Problem(self._property, f"{self._property}: {invalid}", self._rules.key_place))
            return None

    def _links(self, data: Data, problems: list[_Problem]) -> tuple[Link, ...]:
        wanted: dict[Link, None] = {}
        for rule, get in self._rules.links:
            found = get(data)
            if found is None:
                continue
            for value in link_rules.flat(found) if isinstance(found, list) else (found,):
                if name := self._link_name(value, rule, problems):
                    wanted[Link(rule, name)] = None
        if self._needs_link and not wanted:
            problems.append(_Problem("associations", *self._rules.no_link))
        return tuple(wanted)

    def _link_name(self, value: object, rule: LinkRule, problems: list[_Problem]) -> str | None:
        try:
            return link_rules.name(value, rule)
        except InvalidValue as invalid:
            if rule.rejects_missing:
                words = f'{rule.object_type}: the value of "{rule.source}" {invalid}'
                problems.append(_Problem(rule.object_type, words, rule.place))
            else:
                self.tally.add(Count.MISSED)
            return None

    def _name(self, data: Data) -> str:
        """What a person knows a record by that has no external id, or none that is right."""
        if self._primary_key is None:
            return ""
        try:
            return external_id.name(self._primary_key(data))
        except InvalidValue:
            return ""

    def _rejection(self, record: Record, name: str, problems: list[_Problem]) -> Rejection:
        words = "; ".join(dict.fromkeys(problem.words for problem in problems))
        return Rejection(record.stream, name, words, record.line, rule=problems[0].place)


def _encoded(properties: dict[str, str]) -> bytes:
    """JSON, copied: what orjson returns keeps the 4 kB that it was written into, and a sync holds thousands of them."""
    return bytes(memoryview(orjson.dumps(properties)))
