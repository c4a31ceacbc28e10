"""A mapping's rules, compiled: made once, used for every stream that the mapping serves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from destination_hubspot_calls.config import model
from destination_hubspot_calls.config.problems import ConfigError, Problem
from destination_hubspot_calls.conversion import Convert, InvalidValue, Vocabulary, converter
from destination_hubspot_calls.conversion.text import absent
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.hubspot.standard_properties import NEVER_COPIED, TIME
from destination_hubspot_calls.mapping.expression import Data, Get, getter
from destination_hubspot_calls.mapping.link_rules import link_rules
from destination_hubspot_calls.mapping.value_map import Replace, replacement
from destination_hubspot_calls.messages import LinkRule


@dataclass(frozen=True, slots=True)
class PropertyFill:
    """How the property `name` of a call is filled.

    `fill` gives its text, or None for no value, or raises InvalidValue; then `skips` tells whether the record goes on
    with `default`. `place` is where that stands in the configuration.
    """

    name: str
    source: str | None
    place: str
    fill: Callable[[Data], str | None]
    skips: bool
    default: str | None = None

    @property
    def skipped(self) -> str:
        """What is counted where a value did not fit."""
        return f"{'left out' if self.default is None else 'default sent'}: {self.name} (did not fit)"

    def problem(self, invalid: InvalidValue) -> str:
        """What is said where a record is rejected for it."""
        return f'{self.name}: the value of "{self.source}" {invalid}'


class Rules:
    """What a mapping does with a record, whichever stream it is of.

    Raises ConfigError where a default does not fit its property: every record that needs it would be rejected.
    """

    def __init__(self, mapping: model.Mapping, vocabulary: Vocabulary) -> None:
        self.mapping = mapping
        self.place = mapping.place
        self.fills = _ruled(mapping, vocabulary)
        self.copies: dict[str, PropertyFill] = {}
        if mapping.copies_matching_fields:
            self._copy(vocabulary)
        self.link_rules: tuple[LinkRule, ...] = link_rules(mapping)
        self.links: tuple[tuple[LinkRule, Get], ...] = tuple((rule, getter(rule.source)) for rule in self.link_rules)
        self.no_time = _no_time(self.fills, mapping.place_of("properties"))
        self.no_link = (
            "no association: require_association is on, and no rule's field has a value to find a record by",
            mapping.place_of("require_association"),
        )
        self.key_place = mapping.place_of(
            "external_id_property" if mapping.external_id_source is None else "external_id_source"
        )
        self.fields: Mapping[str, str] = MappingProxyType(
            {filling.name: filling.source for filling in (*self.copies.values(), *self.fills) if filling.source}
        )

    def _copy(self, vocabulary: Vocabulary) -> None:
        """Adds the fields that are copied by their name: all that can be written and no rule fills."""
        filled = {NEVER_COPIED, self.mapping.external_id_property, *(filling.name for filling in self.fills)}
        for name, definition in vocabulary.properties.items():
            if name not in filled and definition.writable and not definition.archived:
                self.copies[name] = _copied(definition, self.mapping.place_of("leave_out_matching_fields"), vocabulary)
        if time := self.copies.pop(TIME, None):
            self.fills = (time, *self.fills)


def _ruled(mapping: model.Mapping, vocabulary: Vocabulary) -> tuple[PropertyFill, ...]:
    fills: list[PropertyFill] = []
    problems: list[Problem] = []
    for rule in mapping.properties:
        if rule.property == mapping.external_id_property or rule.is_empty:
            continue
        try:
            fills.append(_filling(rule, vocabulary))
        except InvalidValue as invalid:
            problems.append(Problem(f"{rule.place}.default", f"the default of {rule.property} {invalid}"))
    if problems:
        raise ConfigError(*problems)
    return tuple(fills)


def _no_time(fills: tuple[PropertyFill, ...], place: str) -> tuple[str, str]:
    """What is said of a record that has no time, and of which place: the rule's, else where there should be one."""
    for filling in fills:
        if filling.name == TIME:
            return (
                f'{TIME}: the value of "{filling.source}" is missing, and every call needs a time (REQUIRED)',
                filling.place,
            )
    return f"{TIME}: no rule fills it, and every call needs a time (REQUIRED)", place


def _filling(rule: model.PropertyRule, vocabulary: Vocabulary) -> PropertyFill:
    # What is not defined is somebody else's to find (preflight); here it is text.
    definition = vocabulary.properties.get(rule.property) or Property(name=rule.property)
    convert = converter(definition, rule.conversion, vocabulary)
    default = None if absent(rule.default) else convert(rule.default)
    return PropertyFill(
        name=rule.property,
        source=rule.source,
        place=rule.place,
        fill=_fill(rule, convert, default),
        skips=rule.skips_invalid and rule.property != TIME,
        default=default,
    )


def _copied(definition: Property, place: str, vocabulary: Vocabulary) -> PropertyFill:
    rule = model.PropertyRule(property=definition.name, source=definition.name)
    fill = _fill(rule, converter(definition, None, vocabulary), None)
    return PropertyFill(definition.name, definition.name, place, fill, skips=definition.name != TIME)


def _fill(rule: model.PropertyRule, convert: Convert, default: str | None) -> Callable[[Data], str | None]:
    if rule.source is None:
        return lambda _: default
    get = getter(rule.source)
    return _replaced(get, replacement(rule.values), convert, default) if rule.values else _plain(get, convert, default)


def _plain(get: Get, convert: Convert, default: str | None) -> Callable[[Data], str | None]:
    def fill(data: Data) -> str | None:
        value = get(data)
        return default if absent(value) else convert(value) or default

    return fill


def _replaced(get: Get, replace: Replace, convert: Convert, default: str | None) -> Callable[[Data], str | None]:
    def fill(data: Data) -> str | None:
        value = get(data)
        if absent(value):
            return default
        value = replace(value)
        return None if value is None else convert(value) or default

    return fill
