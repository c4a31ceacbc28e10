"""The property that names the sync which made a call, held against the account's definitions."""

from __future__ import annotations

from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.preflight.external_id import SETUP
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.properties import Definitions, named_rules

PLACE = "run_property"


def check_run_property(config: Config, definitions: Definitions, findings: Findings) -> None:
    """Whether a run's name can be written to it."""
    name = config.run_property
    if name is None:
        return
    if words := _unfit(name, config, definitions):
        findings.problem(PLACE, words)
    elif definitions.find(name) is None:
        findings.note(f"whether calls have the property {name}, as their definitions cannot be read")
    for mapping in config.mappings:
        for rule in named_rules(mapping):
            if rule.property == name:
                findings.warn(rule.place, f"is ignored: {name} is filled with the run's name, as run_property says")


def _unfit(name: str, config: Config, definitions: Definitions) -> str:
    """Why it cannot be written; empty if it can."""
    definition = definitions.find(name)
    if any(mapping.external_id_property == name for mapping in config.mappings):
        return f"{name} is the external id property, which differs for each call: name another"
    if definition is None:
        return f"{definitions.unknown(name)}. {SETUP}" if definitions.known else ""
    if not definition.writable:
        return f"{name} is filled by HubSpot itself: name another"
    if definition.unique:
        return f"{name} must have unique values, and a run makes many calls: name another"
    if definition.type != "string":
        return f"{name} is not a text property, and a run's name is text: name another"
    return ""
