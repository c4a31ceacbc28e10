"""The property that makes a call one of a kind, held against the account's definitions."""

from __future__ import annotations

import json
import re

from destination_hubspot_calls.config.model import Config, Mapping
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.hubspot.paths import V3
from destination_hubspot_calls.mapping.expression import plain_path
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.properties import Definitions, named_rules
from destination_hubspot_calls.preflight.suggestions import either, may_be_secret, shown

_GROUP = "callinformation"
SETUP = "The command destination-hubspot-calls setup --config config.json makes it, once you have agreed"
APART = "a source that keeps them apart, like join('-', ['twilio', sid])"
_MAX_UNIQUE = 10
"""Properties with unique values that calls can have (HubSpot's guide to properties)."""
_FULL = (
    "HubSpot allows calls ten properties with unique values, and all are there: use one of these, or delete one that "
    "nobody needs in HubSpot under Settings > Properties > Call properties, to make another"
)
_A_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")


def check_shared_property(mapping: Mapping, config: Config, findings: Findings) -> None:
    """Whether one field tells apart the records of all mappings whose keys go to one property."""
    source = mapping.external_id_source
    others = [
        other.place
        for other in config.mappings
        if other is not mapping and other.external_id_property == mapping.external_id_property
    ]
    if mapping.external_id_property is None or not others or source is None or plain_path(source) is None:
        return
    findings.warn(
        mapping.place_of("external_id_source"),
        f"{', '.join(others)} {'is' if len(others) == 1 else 'are'} for the same property, and keys must be unique "
        "across all streams that use it: records with equal keys are taken for one call. Unless the values of "
        f"{shown(source)} are unique everywhere, enter {APART}",
    )


def check_external_id(mapping: Mapping, definitions: Definitions, base_url: str, findings: Findings) -> None:
    """Whether the external id property can keep calls apart."""
    name = mapping.external_id_property
    if name is None:
        return
    definition = definitions.find(name)
    if definition is None and not definitions.known:
        findings.note(f"whether {shown(name)} has unique values, as the definitions of call properties cannot be read")
    elif words := _unfit(name, definition, definitions):
        is_full = len(_fitting(definitions)) >= _MAX_UNIQUE
        advice = _FULL if is_full else how_to_make(name, definition, definitions, base_url)
        findings.problem(mapping.place_of("external_id_property"), f"{words} {advice}")
    for rule in named_rules(mapping):
        if rule.property == name:
            findings.warn(
                rule.place, f"is ignored: {shown(name)} is filled by external_id_source, or the stream's primary key"
            )


def how_to_make(name: str, taken: Property | None, definitions: Definitions, base_url: str) -> str:
    """The steps to a property that fits, in HubSpot's settings and as one request to copy; it holds no secret."""
    entered, name = name, _free_name(name, taken, definitions)
    first = SETUP if name == entered else f"Enter a name that is free, such as {name}. {SETUP}"
    sample = definitions.find("hs_call_title")
    body = {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "type": "string",
        "fieldType": "text",
        "groupName": (sample.group if sample else "") or _GROUP,
        "hasUniqueValue": True,
    }
    steps = (
        "Or make it yourself: in HubSpot, open Settings > Properties, choose Call properties, and create a property "
        f"with the internal name {name}, the field type single-line text and, under Rules, a tick at "
        '"Require unique values for this property" (ten properties of calls can have it); '
        "then enter its name here"
    )
    request = (
        f'curl -X POST {base_url}{V3.properties}/calls -H "Authorization: Bearer $HUBSPOT_TOKEN" '
        f"-H 'Content-Type: application/json' -d '{json.dumps(body)}'"
    )
    return f"{first}. {steps}. Or send this once, with a token that may change properties: {request}"


def _unfit(name: str, definition: Property | None, definitions: Definitions) -> str:
    """Why a property cannot be the external id; empty if it can."""
    if definition is None:
        words = definitions.unknown(name, hints=False)
    elif not definition.writable:
        words = f"{name} is filled by HubSpot itself"
    elif not definition.unique:
        words = f"{name} may hold one value twice, and HubSpot makes only new properties unique"
    elif definition.type != "string":
        words = f"{name} is not a text property, and a key is text"
    else:
        return ""
    fitting = _fitting(definitions)
    return f"{words}.{f' There is {either(fitting)}, which would do.' if fitting else ''}"


def _fitting(definitions: Definitions) -> list[str]:
    """The properties that can be an external id."""
    return [item.name for item in definitions.vocabulary.properties.values() if item.identifies]


def _free_name(name: str, taken: Property | None, definitions: Definitions) -> str:
    """A name that HubSpot lets a new property have: the one that was meant, if it is free."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_").removeprefix("hs_")
    name = plain if _A_NAME.fullmatch(plain) and not may_be_secret(name) else "source_call_id"
    return f"{name}_unique" if taken is not None or definitions.knows(name) else name
