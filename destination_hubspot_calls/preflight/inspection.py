"""What can be told before the first write: what the account has, held against what the configuration asks for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from destination_hubspot_calls.associations import LinkKind, UnknownLabel, link_kind
from destination_hubspot_calls.config import Config, ConfigError, Mapping, PropertyRule
from destination_hubspot_calls.conversion import Vocabulary
from destination_hubspot_calls.hubspot import standard
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import MissingScopes, Refusal
from destination_hubspot_calls.hubspot.models import AssociationType
from destination_hubspot_calls.hubspot.objects import standard_object
from destination_hubspot_calls.mapping.links import link_rules
from destination_hubspot_calls.messages import LinkRule

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(slots=True)
class Findings:
    """What is wrong with a configuration, each with what to change, and what could not be looked at."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def raise_problems(self) -> None:
        """Raise ConfigError where there is any problem."""
        if self.problems:
            raise ConfigError(*self.problems)


@dataclass(frozen=True, slots=True)
class Account:
    """What an account has of what a configuration asks for."""

    vocabulary: Vocabulary
    kinds: dict[LinkRule, LinkKind]
    findings: Findings


def inspect(client: Client, config: Config) -> Account:
    """Read what the configuration needs of the account, and name all that does not fit. Writes nothing."""
    findings = Findings()
    vocabulary = _vocabulary(client, config, findings)
    for index, mapping in enumerate(config.mappings):
        findings.problems += _mapping_problems(f"mappings[{index}]", mapping, vocabulary)
    rules = [
        rule for index, mapping in enumerate(config.mappings) for rule in link_rules(mapping, f"mappings[{index}]")
    ]
    return Account(vocabulary, _kinds(client, rules, findings), findings)


def _vocabulary(client: Client, config: Config, findings: Findings) -> Vocabulary:
    read = _readable(lambda: client.properties("calls"), "the definitions of call properties", findings)
    properties = standard.PROPERTIES if read is None else {item.name: item for item in read if not item.archived}
    named = {rule.property for mapping in config.mappings for rule in mapping.properties if rule.source or rule.default}
    dispositions = owners = None
    if "hs_call_disposition" in named or any(mapping.copy_matching_fields for mapping in config.mappings):
        dispositions = _readable(client.dispositions, "call outcomes", findings)
    if any(properties[name].is_owner for name in named if name in properties):
        owners = _readable(lambda: (*client.owners(), *client.owners(archived=True)), "owners", findings)
    return Vocabulary(properties, dispositions, owners)


def _readable(read: Callable[[], T], what: str, findings: Findings) -> T | None:
    """What a read gives; None where the token may not read it, which is told but stops nothing."""
    try:
        return read()
    except MissingScopes as missing:
        findings.notes.append(f"{what} could not be read, so they are not checked: {missing}")
        return None


def _mapping_problems(place: str, mapping: Mapping, vocabulary: Vocabulary) -> list[str]:
    problems = []
    for index, rule in enumerate(mapping.properties):
        if rule.source or rule.default:
            problems += _rule_problems(f"{place}.properties[{index}]", rule, vocabulary)
    filled = {rule.property for rule in mapping.properties if rule.source or rule.default}
    if "hs_timestamp" not in filled and not mapping.copy_matching_fields:
        problems.append(f"{place}: no rule fills hs_timestamp, the time of the call, which HubSpot requires")
    return problems


def _rule_problems(place: str, rule: PropertyRule, vocabulary: Vocabulary) -> list[str]:
    definition = vocabulary.properties.get(rule.property)
    if definition is None:
        near = get_close_matches(rule.property, vocabulary.properties, n=3)
        hint = f"; the nearest are {', '.join(near)}" if near else ""
        return [f"{place}.property: calls have no property {rule.property}{hint}"]
    if not definition.writable:
        return [f"{place}.property: {rule.property} is read-only or calculated in HubSpot; take the rule out"]
    return []


def _kinds(client: Client, rules: Sequence[LinkRule], findings: Findings) -> dict[LinkRule, LinkKind]:
    types: dict[str, tuple[AssociationType, ...] | None] = {}
    kinds = {}
    for rule in rules:
        if rule.object_type not in types:
            types[rule.object_type] = _types(client, rule, findings)
        known = types[rule.object_type]
        if known is None:
            continue
        try:
            kinds[rule] = link_kind(rule, known)
        except UnknownLabel as error:
            findings.problems.append(str(error))
    return kinds


def _types(client: Client, rule: LinkRule, findings: Findings) -> tuple[AssociationType, ...] | None:
    standard_type = standard_object(rule.object_type)
    try:
        return client.association_types(standard_type.plural if standard_type else rule.object_type)
    except Refusal:
        findings.problems.append(
            f"{rule.place}.object_type: HubSpot has no object type {rule.object_type} that calls can be linked to"
        )
    except MissingScopes as missing:
        findings.notes.append(f"the kinds of link to {rule.object_type} could not be read: {missing}")
        return () if standard_type and rule.label is None else None
    return None
