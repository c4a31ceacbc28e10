"""A mapping's rules, compiled: made once, used for every stream that the mapping serves."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from destination_hubspot_calls.config import model
from destination_hubspot_calls.config.fields import ACCOUNT_ZONE
from destination_hubspot_calls.config.problems import ConfigError, Problem
from destination_hubspot_calls.conversion import Convert, InvalidValue, Manner, Vocabulary, converter
from destination_hubspot_calls.conversion.text import absent
from destination_hubspot_calls.conversion.timestamp import TimeReader
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.hubspot.standard_properties import NEVER_COPIED, TIME
from destination_hubspot_calls.mapping.copies import Copies
from destination_hubspot_calls.mapping.expression import Data, Get, getter
from destination_hubspot_calls.mapping.link_rules import link_rules, plain, splitter
from destination_hubspot_calls.mapping.property_fill import PropertyFill
from destination_hubspot_calls.mapping.value_map import Replace, replacement
from destination_hubspot_calls.messages import LinkRule, OnUpdate, in_short

NO_LINK = "no association: require_association is on, and no rule's field has a value to find a record by"


class Rules:
    """What a mapping does with a record, whichever stream it is of.

    `times` reads its times, and `remarks` counts what was done to values that fit. `only_if` finds whether a record is
    to become a call. Raises ConfigError where a default does not fit its property: every record that needs it would be
    rejected.
    """

    def __init__(self, mapping: model.Mapping, vocabulary: Vocabulary) -> None:
        self.mapping = mapping
        self.place = mapping.place
        self.remarks: Counter[str] = Counter()
        self.times = time_reader(mapping, vocabulary, self.remarks)
        self._vocabulary = vocabulary
        self._sources: dict[str, str] = {}
        self.only_if = getter(mapping.only_if, self.times) if mapping.only_if else None
        self.fills = self._ruled()
        copied = self._copied() if mapping.copies_matching_fields else frozenset()
        self.copies = Copies(copied, self._copy)
        if TIME in copied:
            self.fills = (self._copy(TIME, TIME), *self.fills)
        self.link_rules: tuple[LinkRule, ...] = link_rules(mapping)
        self.links = tuple(
            (rule, getter(rule.source, self.times), plain(rule), splitter(rule)) for rule in self.link_rules
        )
        self.no_time = _no_time(self.fills, mapping.place_of("properties"))
        self.no_link = (NO_LINK, mapping.place_of("require_association"))
        given = mapping.external_id_source is not None
        self.key_place = mapping.place_of("external_id_source" if given else "external_id_property")
        self.on_update = _on_update(mapping)
        self._sources.update({fill.name: fill.source for fill in self.fills if fill.source})
        self.fields: Mapping[str, str] = MappingProxyType(self._sources)

    def _ruled(self) -> tuple[PropertyFill, ...]:
        fills: list[PropertyFill] = []
        problems: list[Problem] = []
        for rule in self.mapping.properties:
            if rule.property == self.mapping.external_id_property or rule.is_empty:
                continue
            try:
                fills.append(self._fill(rule, rule.place))
            except InvalidValue as invalid:
                problems.append(Problem(f"{rule.place}.default", f"the default of {rule.property} {invalid}"))
        if problems:
            raise ConfigError(*problems)
        return tuple(fills)

    def _copied(self) -> frozenset[str]:
        """The properties that fields of their name are copied to: all that can be written and no rule fills."""
        filled = {NEVER_COPIED, self.mapping.external_id_property, *(fill.name for fill in self.fills)}
        known = self._vocabulary.properties.items()
        return frozenset(name for name, item in known if name not in filled and item.writable and not item.archived)

    def _copy(self, name: str, field: str) -> PropertyFill:
        rule = model.PropertyRule(property=name, source=field)
        self._sources.setdefault(name, field)
        place = self.mapping.place_of("leave_out_matching_fields")
        return replace(self._fill(rule, place), skips=name != TIME)

    def _fill(self, rule: model.PropertyRule, place: str) -> PropertyFill:
        # What is not defined is somebody else's to find (preflight); here it is text.
        definition = self._vocabulary.properties.get(rule.property) or Property(name=rule.property)
        default = None if absent(rule.default) else self._default(rule, definition)
        find = _nothing if rule.source is None else getter(rule.source, self.times)
        manner = Manner(self.times, self.remarks, cuts=rule.if_invalid is None)
        return PropertyFill(
            name=rule.property,
            source=None if rule.source is None else in_short(rule.source),
            place=place,
            find=find,
            fill=_filled(rule, find, converter(definition, rule.conversion, self._vocabulary, manner), default),
            skips=rule.skips_invalid and rule.property != TIME,
            default=default,
        )

    def _default(self, rule: model.PropertyRule, definition: Property) -> str | None:
        """What is entered as a default is read as a value is, but not remarked."""
        manner = Manner(time_reader(self.mapping, self._vocabulary))
        return converter(definition, rule.conversion, self._vocabulary, manner)(rule.default)


def time_reader(mapping: model.Mapping, vocabulary: Vocabulary, remarks: Counter[str] | None = None) -> TimeReader:
    """Reads times as a mapping means them; `remarks` are as those of a TimeReader."""
    zone = vocabulary.zone if mapping.time_zone == ACCOUNT_ZONE else mapping.time_zone
    return TimeReader(zone, mapping.date_order, remarks)


def _on_update(mapping: model.Mapping) -> Mapping[str, str]:
    """What becomes of a property that an existing call has, by its name, where it is not simply overwritten."""
    return MappingProxyType(
        {
            rule.property: rule.on_update
            for rule in mapping.properties
            if rule.on_update in (OnUpdate.KEEP, OnUpdate.IF_EMPTY) and not rule.is_empty
        }
    )


def _no_time(fills: tuple[PropertyFill, ...], place: str) -> tuple[str, str]:
    """What is said of a record that has no time, and of which place: the rule's, else where there should be one."""
    for fill in fills:
        if fill.name == TIME:
            return (
                f'{TIME}: the value of "{fill.source}" is missing, and every call needs a time (REQUIRED)',
                fill.place,
            )
    return f"{TIME}: no rule fills it, and every call needs a time (REQUIRED)", place


def _nothing(_: Data) -> object:
    return None


def _filled(rule: model.PropertyRule, find: Get, convert: Convert, default: str | None) -> Callable[[Data], str | None]:
    if rule.source is None:
        return lambda _: default
    return (
        _replaced(find, replacement(rule.values), convert, default) if rule.values else _plain(find, convert, default)
    )


def _plain(find: Get, convert: Convert, default: str | None) -> Callable[[Data], str | None]:
    def fill(data: Data) -> str | None:
        value = find(data)
        return default if absent(value) else convert(value) or default

    return fill


def _replaced(find: Get, change: Replace, convert: Convert, default: str | None) -> Callable[[Data], str | None]:
    def fill(data: Data) -> str | None:
        value = find(data)
        if absent(value):
            return default
        value = change(value)
        return None if value is None else convert(value) or default

    return fill
