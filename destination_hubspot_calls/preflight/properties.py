"""The rules of call properties, held against the account's definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from destination_hubspot_calls.config import model
from destination_hubspot_calls.config.fields import ANY_STREAM, Conversion
from destination_hubspot_calls.config.model import PropertyRule
from destination_hubspot_calls.config.recipe import OF_RECIPE
from destination_hubspot_calls.conversion import Convert, InvalidValue, Manner, Vocabulary, converter
from destination_hubspot_calls.conversion.text import absent
from destination_hubspot_calls.hubspot import standard_properties
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import MissingScopes
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.hubspot.standard_properties import NEVER_COPIED, TIME
from destination_hubspot_calls.mapping.rules import time_reader
from destination_hubspot_calls.mapping.value_map import target
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.suggestions import (
    closest,
    did_you_mean,
    either,
    labelled,
    listed,
    quoted,
    shown,
)

_WHERE = "HubSpot lists them under Settings > Properties > Call properties"
_KINDS = {
    "enumeration": "a choice of options",
    "bool": "true or false",
    "date": "a date",
    "datetime": "a point in time",
    "number": "a number",
    "string": "a text",
}
ADD_OPTIONS = "The command destination-hubspot-calls setup --config config.json --options adds it, once you have agreed"
_NOT_OVER = frozenset({"CALLING_CRM_USER", "CONNECTING", "IN_PROGRESS", "QUEUED", "RINGING"})
"""Statuses of calls that go on; HubSpot was seen to show such a call on no timeline."""
# `automatic` fits all. Seconds of a point in time are read as such by `automatic` too, but do no harm.
_FITS: Mapping[Conversion, frozenset[str]] = {
    "seconds_to_milliseconds": frozenset({"number", "string", "datetime"}),
    "minutes_to_milliseconds": frozenset({"number", "string"}),
    "text_to_html": frozenset({"string"}),
    "markdown_to_html": frozenset({"string"}),
}


def call_properties(client: Client) -> tuple[Property, ...]:
    """The account's, or those of every account if the token may not read them. Raises HubSpotError."""
    try:
        return client.properties("calls")
    except MissingScopes:
        return tuple(standard_properties.PROPERTIES.values())


def named_rules(mapping: model.Mapping) -> Iterator[PropertyRule]:
    """The rules of a mapping that do something."""
    return (rule for rule in mapping.properties if not rule.is_empty)


class Definitions:
    """The call properties of an account, to be asked for by what people call them.

    `vocabulary` holds those that every account has if `known` is false: the token may not read the account's own.
    `archived`: the names of those that are archived.
    """

    def __init__(self, vocabulary: Vocabulary, *, known: bool, archived: frozenset[str] = frozenset()) -> None:
        self.vocabulary = vocabulary
        self.known = known
        self.labels = {name: item.label for name, item in vocabulary.properties.items()}
        self._archived = archived

    def find(self, name: str) -> Property | None:
        """The property of this internal name."""
        return self.vocabulary.properties.get(name)

    def knows(self, name: str) -> bool:
        """Whether a property has or had this name."""
        return name in self.vocabulary.properties or name in self._archived

    def unknown(self, name: str, *, hints: bool = True) -> str:
        """What is said of a name that no call property has; with `hints` which is meant."""
        if name in self._archived:
            return f"{name} is archived in HubSpot: restore it under Settings > Properties, or name another"
        if owners := labelled(name, self.labels):
            return f"{quoted(name)} is the label of {either(owners)}: enter {either(owners)}"
        words = f"calls have no property {shown(name)}"
        return f"{words}.{did_you_mean(closest(name, self.labels)) or f' {_WHERE}'}" if hints else words


def check_time(mapping: model.Mapping, findings: Findings) -> None:
    """Whether a rule fills the one property that every call must have."""
    ruled = [rule.property for rule in named_rules(mapping)]
    if TIME in ruled or (mapping.copies_matching_fields and not ruled):
        return
    words = f"no rule fills {TIME}, the time of the call, which HubSpot requires"
    if mapping.copies_matching_fields and mapping.stream_name == ANY_STREAM:
        findings.warn(mapping.place_of("properties"), f"{words}: every stream needs a field of this name")
    else:
        findings.problem(
            mapping.place_of("properties"), f"{words}: add it, with the field that holds the time as its source"
        )


def check_rule(rule: PropertyRule, mapping: model.Mapping, definitions: Definitions, findings: Findings) -> None:
    """Whether a property can be written, and what is configured for it be sent."""
    definition = definitions.find(rule.property)
    if definition is not None:
        manner = Manner(time_reader(mapping, definitions.vocabulary))
        convert = converter(definition, rule.conversion, definitions.vocabulary, manner)
        _check_defined(rule, definition, convert, definitions, findings)
    elif definitions.known:
        findings.problem(f"{rule.place}.property", definitions.unknown(rule.property))
    else:
        findings.note(f"whether calls have the property {shown(rule.property)}, as their definitions cannot be read")


def _check_defined(
    rule: PropertyRule, definition: Property, convert: Convert, definitions: Definitions, findings: Findings
) -> None:
    if not definition.writable:
        how = "calculated by HubSpot" if definition.calculated else "read-only in HubSpot"
        findings.problem(
            f"{rule.place}.property", f"{definition.name} is {how}, so it cannot be written: remove this rule"
        )
        return
    if unfitting := _unfitting(definition, rule.conversion):
        findings.problem(f"{rule.place}.conversion", unfitting)
        return
    _warn_of_use(rule, findings)
    for part, text in _texts(rule):
        if words := _misfit(text, definition, convert, definitions.vocabulary):
            findings.problem(f"{rule.place}.{part}", f"{definition.name}: {words}")
    if rule.skips_invalid and definition.name == TIME:
        findings.warn(
            f"{rule.place}.if_invalid", f"{TIME} cannot be skipped, so a record without a good one is rejected"
        )


def _warn_of_use(rule: PropertyRule, findings: Findings) -> None:
    """What HubSpot accepts, and does something with that few people want."""
    if rule.property == NEVER_COPIED:
        findings.warn(
            f"{rule.place}.property",
            f"{NEVER_COPIED} puts calls into HubSpot's own recording pipeline, which needs an app that is registered "
            "for it: remove this rule unless you have one",
        )
    if rule.property == "hs_call_status" and not rule.place.startswith(OF_RECIPE):
        going_on = dict.fromkeys(text.upper() for _, text in _texts(rule) if text.upper() in _NOT_OVER)
        if going_on:
            named = f"{' and '.join(going_on)} {'says' if len(going_on) == 1 else 'say'}"
            findings.warn(rule.place, f"{named} that a call is not over: HubSpot may hide it from timelines")


def _unfitting(definition: Property, conversion: Conversion | None) -> str | None:
    if conversion is None or conversion == "automatic":
        return None
    kind = "an owner" if definition.is_owner else _KINDS.get(definition.type, f"of type {definition.type}")
    if definition.type in _FITS[conversion] and not definition.is_owner:
        return None
    return f"{conversion} does not fit {definition.name}, which is {kind}: leave it at automatic"


def _texts(rule: PropertyRule) -> Iterator[tuple[str, str]]:
    for index, pair in enumerate(rule.values):
        if to := target(pair):
            yield f"values[{index}]", to
    if rule.default is not None and not absent(rule.default):
        yield "default", rule.default


def _misfit(text: str, definition: Property, convert: Convert, vocabulary: Vocabulary) -> str | None:
    """What is said of a text that a property does not accept; of several choices, of the first that is none."""
    try:
        convert(text)
    except InvalidValue as invalid:
        parts = text.split(";") if definition.multiple and ";" in text else []
        words = (_misfit(part, definition, convert, vocabulary) for part in parts)
        if first := next(filter(None, words), None):
            return first
        instead = _instead(text, definition, vocabulary)
        return f"{quoted(text)} {invalid}{f'.{instead}' if instead else ''}"
    return None


def _instead(text: str, definition: Property, vocabulary: Vocabulary) -> str:
    """What a property accepts, or the closest of it."""
    known = _choices(definition, vocabulary)
    if not known:
        return ""
    near = closest(text, known)
    # An option's value says little if it is an id.
    names = {name: label or name for name, label in known.items()} if _has_ids(definition) else {n: n for n in known}
    if near:
        return did_you_mean([names[name] for name in near])
    if definition.is_owner:
        return " HubSpot lists them under Settings > Users & Teams"
    adds = f". {ADD_OPTIONS}" if definition.type == "enumeration" and definition.takes_options else ""
    return f" There are {listed(names.values())}{adds}"


def _has_ids(definition: Property) -> bool:
    return definition.is_owner or definition.name == "hs_call_disposition"


def _choices(definition: Property, vocabulary: Vocabulary) -> dict[str, str]:
    """What can be chosen, with what it is called."""
    if definition.name == "hs_call_disposition":
        outcomes = standard_properties.DISPOSITIONS if vocabulary.dispositions is None else vocabulary.dispositions
        return {item.id: item.label for item in outcomes if not item.deleted}
    if definition.is_owner:
        return {item.id: item.email for item in vocabulary.owners or () if not item.archived}
    return {item.value: item.label for item in definition.options} if definition.type == "enumeration" else {}
