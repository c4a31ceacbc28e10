"""The association rules, held against the account's object types, labels and properties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from functools import partial

from destination_hubspot_calls.associations import (
    Finder,
    LinkType,
    UnknownLabel,
    WrongRule,
    finder_for,
    link_type,
    needs_definitions,
)
from destination_hubspot_calls.config.model import Mapping
from destination_hubspot_calls.config.recipe import OF_RECIPE
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.concurrent import ConcurrentReads, PendingRead
from destination_hubspot_calls.hubspot.models import AssociationType, Page, Property
from destination_hubspot_calls.hubspot.objects import STANDARD, ObjectType, standard_object
from destination_hubspot_calls.messages import RECORD_ID, LinkRule
from destination_hubspot_calls.preflight.custom_objects import CustomObject, custom_objects
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.scopes import READ_CALLS, Lacks, read_scope
from destination_hubspot_calls.preflight.suggestions import closest, did_you_mean, labelled, listed, quoted, shown


def wrong_countries(mappings: Iterable[Mapping]) -> frozenset[str]:
    """The countries of mappings that no phone number can be of."""
    countries = frozenset(filter(None, (mapping.default_country for mapping in mappings)))
    if not countries:
        return countries
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - slow to load, and most commands read no numbers

    return countries - SUPPORTED_REGIONS


def check_country(mapping: Mapping, findings: Findings) -> None:
    """Whether numbers can be read as a mapping's country has them."""
    if wrong_countries([mapping]):
        hint = " (the United Kingdom is GB)" if mapping.default_country == "UK" else ""
        findings.problem(
            mapping.place_of("default_country"), f"no country {mapping.default_country} has phone numbers{hint}"
        )


@dataclass(frozen=True, slots=True)
class Ends:
    """How the links of association rules are made, and how their other ends are found (not if those are ids).

    `dropped`: the places of recipes' rules that this account has nothing for.
    """

    link_types: Map[LinkRule, LinkType]
    finders: Map[LinkRule, Finder]
    dropped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Read:
    """What is read of one object type; None: not needed."""

    types: PendingRead[tuple[AssociationType, ...]]
    definitions: PendingRead[tuple[Property, ...]] | None
    records: PendingRead[Page] | None


class AssociationCheck:
    """Reads what the rules need, all at once, and then says what does not fit."""

    def __init__(
        self,
        client: Client,
        rules: Sequence[LinkRule],
        scopes: frozenset[str] | None,
        wrong_countries: frozenset[str],
        readings: ConcurrentReads,
    ) -> None:
        self._client = client
        self._rules = rules
        self._readings = readings
        self._wrong_countries = wrong_countries
        self._schemas: PendingRead[tuple[CustomObject, ...]] | None = None
        self._reverse: dict[str, PendingRead[tuple[AssociationType, ...]]] = {}
        by_type: dict[str, list[LinkRule]] = {}
        for rule in rules:
            by_type.setdefault(_path(rule), []).append(rule)
        self._read = {name: self._start(name, those, scopes) for name, those in by_type.items()}

    def _start(self, name: str, rules: Sequence[LinkRule], scopes: frozenset[str] | None) -> _Read:
        start, client = self._readings.start, self._client
        looked_up = any(rule.match_by != RECORD_ID for rule in rules)
        is_open = scopes is not None and read_scope(name) in scopes
        return _Read(
            start(lambda: client.association_types(name)),
            start(lambda: client.properties(name))
            if any(needs_definitions(rule, name, client) for rule in rules)
            else None,
            start(lambda: client.first_record(name)) if looked_up and not is_open else None,
        )

    def ends(self, findings: Findings, lacks: Lacks) -> Ends:
        """What the rules lead to. What is wrong is told; a rule of which something is wrong may be missing."""
        self._read_more()
        dropped = {rule.place for rule in self._rules if self._is_dropped(rule, findings)}
        link_types: dict[LinkRule, LinkType] = {}
        finders: dict[LinkRule, Finder] = {}
        for rule in self._rules:
            if rule.place in dropped:
                continue
            if kind := self._kind(rule, findings, lacks):
                link_types[rule] = kind
            if finder := self._find_finder(rule, findings, lacks):
                finders[rule] = finder
        return Ends(link_types, finders, frozenset(dropped))

    def _is_dropped(self, rule: LinkRule, findings: Findings) -> bool:
        """Whether it is a recipe's, and this account cannot have it: nobody who chose the recipe has asked for it."""
        if not rule.place.startswith(OF_RECIPE):
            return False
        read = self._read[_path(rule)]
        definitions = read.definitions.value if read.definitions is not None else None
        if read.types.value is None and read.types.missing is None:
            why = f"HubSpot has no {rule.object_type} here that calls can be linked to"
        elif (
            definitions is not None
            and needs_definitions(rule, _path(rule), self._client)
            and (rule.match_by not in _by_name(definitions))
        ):
            why = f"{rule.object_type} have no property {rule.match_by} here"
        else:
            return False
        findings.advise(
            rule.place, f"this link is not made, as {why}. An association to {rule.object_type} of your own replaces it"
        )
        return True

    def _read_more(self) -> None:
        """What only mistakes make worth knowing."""
        for rule in self._rules:
            types = self._read[_path(rule)].types
            if types.value is None and types.missing is None:
                self._schemas = self._schemas or self._readings.start(lambda: custom_objects(self._client))
            elif types.value and _is_number(rule.label) and not _labelled(rule, types.value):
                name = _path(rule)
                self._reverse[name] = self._readings.start(partial(self._client.association_types, name, reverse=True))

    # ---- object types and labels

    def _kind(self, rule: LinkRule, findings: Findings, lacks: Lacks) -> LinkType | None:
        types = self._read[_path(rule)].types
        if types.missing is not None:
            return _unread_kind(rule, findings, lacks)
        if types.value is None:
            findings.problem(f"{rule.place}.object_type", self._unknown_object(rule))
            return None
        if rule.label is not None and not _labelled(rule, types.value):
            findings.problem(f"{rule.place}.label", self._unknown_label(rule, rule.label, types.value))
            return None
        try:
            return link_type(rule, types.value)
        except UnknownLabel:
            findings.problem(
                f"{rule.place}.object_type", f"calls cannot be linked to {shown(rule.object_type)} in HubSpot"
            )
            return None

    def _unknown_object(self, rule: LinkRule) -> str:
        custom = (self._schemas.value if self._schemas else None) or ()
        for one in custom:
            if rule.object_type.casefold() in one.names:
                return f"the custom object {quoted(one.label)} is {one.name} or {one.type_id} here: enter one of these"
        known = {kind.plural: kind.singular for kind in STANDARD} | {one.name: one.label for one in custom}
        there = did_you_mean(closest(rule.object_type, known)) or f" There are {listed(known, most=40)}"
        unread = ""
        if self._schemas is not None and self._schemas.value is None:
            unread = " (custom objects could not be listed: the token lacks crm.schemas.custom.read)"
        return f"HubSpot has no object type {shown(rule.object_type)} that calls can be linked to.{there}{unread}"

    def _unknown_label(self, rule: LinkRule, label: str, types: Sequence[AssociationType]) -> str:
        if _is_number(label):
            for words in self._misread_number(rule, int(label), types):
                return words
        labels = {item.label: str(item.type_id) for item in types if item.label}
        words = f"there is no label {quoted(label)} from calls to {rule.object_type}."
        if near := closest(label, dict.fromkeys(labels, "")):
            return f"{words}{did_you_mean(near)}"
        if not labels:
            return f"{words} There is none at all: leave it empty, or make one in HubSpot under Settings > Objects"
        return f"{words} The labels are {listed(f'{quoted(text)} ({number})' for text, number in labels.items())}"

    def _misread_number(self, rule: LinkRule, number: int, types: Sequence[AssociationType]) -> Iterator[str]:
        """What a number stands for that is no link from calls to this object type."""
        plain = next((str(item.type_id) for item in types if not item.label), "")
        right = f"The one from calls to {rule.object_type} is {plain}: enter that, or leave the label empty"
        for kind in STANDARD:
            if number == kind.reverse:
                yield f"{number} is the link from {kind.plural} to calls. {right}"
            if number == kind.link:
                yield f"{number} is the link from calls to {kind.plural}. {right}"
        for there in self._reverse[_path(rule)].value or ():
            if number == there.type_id:
                back = [item for item in types if item.label and item.label == there.label]
                name = f" {quoted(there.label)}" if there.label else ""
                ours = f"The one from calls to {rule.object_type} is {back[0].type_id}: enter that" if back else right
                yield f"{number} is the link{name} from {rule.object_type} to calls. {ours}"

    # ---- look-ups

    def _find_finder(self, rule: LinkRule, findings: Findings, lacks: Lacks) -> Finder | None:
        read = self._read[_path(rule)]
        if read.records is not None and (missing := read.records.missing):
            for scope in missing.scopes or (read_scope(rule.object_type),):
                lacks.add(scope, f"look up {rule.object_type}")
        if read.types.value is None and read.types.missing is None:
            return None  # the object type is wrong, and its properties are none
        definitions = self._definitions(rule, read, findings)
        try:
            return finder_for(rule, _path(rule), self._client, definitions)
        except WrongRule as error:
            if error.key == "default_country" and rule.default_country in self._wrong_countries:
                return None  # told where the mapping says it
            is_unknown = definitions is not None and rule.match_by not in definitions and error.key == "match_by"
            words = _unknown_property(rule, definitions or {}) if is_unknown else error.words
            findings.problem(f"{rule.place}.{error.key}", words)
        return None

    def _definitions(self, rule: LinkRule, read: _Read, findings: Findings) -> dict[str, Property] | None:
        if read.definitions is None or not needs_definitions(rule, _path(rule), self._client):
            return None
        if read.definitions.value is None:
            findings.note(
                f"whether {rule.object_type} have the property {shown(rule.match_by)}, as theirs cannot be read"
            )
            return None
        definitions = _by_name(read.definitions.value)
        definition = definitions.get(rule.match_by)
        if definition and not definition.unique and rule.match_by not in _SEARCHED:
            findings.warn(
                f"{rule.place}.match_by",
                f"{rule.match_by} of {rule.object_type} need not be unique in HubSpot, so it is searched, which is "
                "slower, and a value that several records have is no match",
            )
        return definitions


_SEARCHED = frozenset({"phone", "mobilephone", "domain"})
"""What people know to be shared."""


def _unread_kind(rule: LinkRule, findings: Findings, lacks: Lacks) -> LinkType | None:
    """HubSpot's own links have numbers that are the same everywhere; all others must be read."""
    if standard_object(rule.object_type) and rule.label is None:
        findings.note(
            f"the kinds of link from calls to {rule.object_type}, as the token may not read them; the usual one is made"
        )
        return link_type(rule, ())
    lacks.add(READ_CALLS, "read the kinds of association")
    return None


def _by_name(definitions: Sequence[Property]) -> dict[str, Property]:
    return {item.name: item for item in definitions if not item.archived}


def _unknown_property(rule: LinkRule, definitions: Map[str, Property]) -> str:
    labels = {name: item.label for name, item in definitions.items()}
    if names := labelled(rule.match_by, labels):
        return f"{quoted(rule.match_by)} is the label of {names[0]}: enter {names[0]}"
    unique = [name for name, item in definitions.items() if item.unique]
    there = (
        f" With unique values there are {listed(unique)}"
        if unique
        else " HubSpot lists them under Settings > Properties"
    )
    hint = did_you_mean(closest(rule.match_by, labels)) or there
    return f"{rule.object_type} have no property {shown(rule.match_by)}.{hint}"


def _labelled(rule: LinkRule, types: Sequence[AssociationType]) -> bool:
    """Whether the account has the label that a rule asks for."""
    wanted = (rule.label or "").strip()
    return any(
        (kind.label or "").strip().casefold() == wanted.casefold() or str(kind.type_id) == wanted for kind in types
    )


def _is_number(label: str | None) -> bool:
    return label is not None and label.isascii() and label.isdigit()


def _path(rule: LinkRule) -> str:
    """An object type as paths name it."""
    kind: ObjectType | None = standard_object(rule.object_type)
    return kind.plural if kind else rule.object_type
