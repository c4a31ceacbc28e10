"""What a configuration needs in the account and does not find there: properties of calls, options of enumerations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from typing_extensions import assert_never

from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import Refusal
from destination_hubspot_calls.hubspot.models import Option, Property

GROUP = "callinformation"
"""The group of call properties that every account has (HubSpot's guide to properties)."""
MAX_UNIQUE = 10
"""Properties with unique values that an object type can have (HubSpot's guide to properties)."""
_UNLISTED = "*"
"""What `values` writes for all that is not listed."""


@dataclass(frozen=True, slots=True)
class NewProperty:
    """A text property of calls that is to be made. `unique`: no two calls may have one value of it."""

    name: str
    purpose: str
    unique: bool

    @property
    def words(self) -> str:
        """What would be done, for a person."""
        kind = "text with unique values" if self.unique else "text"
        return f"create the call property {self.name} ({kind}), {self.purpose}"

    @property
    def definition(self) -> dict[str, object]:
        """The request (the schema's PropertyCreate)."""
        return {
            "name": self.name,
            "label": self.name.replace("_", " ").capitalize(),
            "type": "string",
            "fieldType": "text",
            "groupName": GROUP,
            "hasUniqueValue": self.unique,
        }


@dataclass(frozen=True, slots=True)
class NewOptions:
    """Options that are to be added to an enumeration; those it has stay."""

    definition: Property
    values: tuple[str, ...]

    @property
    def words(self) -> str:
        """What would be done, for a person."""
        return f"add to the call property {self.definition.name} the options {', '.join(self.values)}"

    @property
    def options(self) -> tuple[Option, ...]:
        """All options that it has then."""
        added = (Option(value=value, label=value.replace("_", " ").capitalize()) for value in self.values)
        return (*self.definition.options, *added)


Step = NewProperty | NewOptions


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, and what stands in the way of it and only a person can change."""

    steps: tuple[Step, ...]
    obstacles: tuple[str, ...]


def plan(config: Config, definitions: Sequence[Property], *, options: bool) -> Plan:
    """What the configuration needs and the account lacks; with `options`, those of mapped enumerations too."""
    known = {item.name: item for item in definitions if not item.archived}
    steps: list[Step] = []
    obstacles: list[str] = []
    for wanted in _wanted(config):
        found = known.get(wanted.name)
        if found is None:
            steps.append(wanted)
        elif obstacle := _obstacle(wanted, found):
            obstacles.append(obstacle)
    if options:
        steps += _new_options(config, known)
    return Plan(tuple(steps), tuple(obstacles))


def do(step: Step, client: Client) -> None:
    """Make it. What somebody made meanwhile is left as it is. Raises HubSpotError."""
    match step:
        case NewProperty():
            try:
                client.create_property("calls", step.definition)
            except Refusal as refusal:
                if refusal.status != 409:  # its name is taken: made by a request whose answer was lost, or by somebody
                    raise
        case NewOptions():
            client.set_options("calls", step.definition.name, step.options)
        case _:
            assert_never(step)


def refused_words(refusal: Refusal, step: Step, definitions: Sequence[Property]) -> str:
    """Why HubSpot does not make it, as far as that is known. Its own words name nothing but what was asked for."""
    unique = [item.name for item in definitions if item.identifies and not item.archived]
    if isinstance(step, NewProperty) and step.unique and len(unique) >= MAX_UNIQUE:
        return (
            f"calls have {len(unique)} properties with unique values, and HubSpot allows {MAX_UNIQUE}. Use one of them "
            f"as external_id_property, or delete one that nobody needs: {', '.join(unique)}"
        )
    return refusal.problem.message or "HubSpot does not say why"


def _wanted(config: Config) -> Iterator[NewProperty]:
    names = dict.fromkeys(mapping.external_id_property for mapping in config.mappings if mapping.external_id_property)
    for name in names:
        yield NewProperty(name, "by which a record's call is known again", unique=True)
    if config.run_property is not None:
        yield NewProperty(config.run_property, "which names the sync that created a call", unique=False)


def _obstacle(wanted: NewProperty, found: Property) -> str | None:
    if found.type != "string" or not found.writable:
        return f"{found.name} exists, and is not a text property that can be filled: choose another name"
    if wanted.unique and not found.unique:
        return (
            f"{found.name} exists and does not require unique values, which HubSpot cannot change afterwards: "
            "choose another name"
        )
    if not wanted.unique and found.unique:
        return f"{found.name} requires unique values, and a sync makes many calls: choose another name"
    return None


def _new_options(config: Config, known: Mapping[str, Property]) -> Iterator[NewOptions]:
    wanted: dict[str, dict[str, None]] = {}
    for mapping in config.mappings:
        for rule in mapping.properties:
            sent = (unquote(value.partition("=")[2]).strip() for value in rule.values or ())
            texts = [*sent, *([rule.default] if isinstance(rule.default, str) else [])]
            wanted.setdefault(rule.property, {}).update(dict.fromkeys(text for text in texts if text))
    for name, values in wanted.items():
        definition = known.get(name)
        if definition is None or definition.type != "enumeration" or not definition.takes_options:
            continue
        held = {text.casefold() for option in definition.options for text in (option.value, option.label)}
        missing = tuple(value for value in values if value.casefold() not in held and value != _UNLISTED)
        if missing:
            yield NewOptions(definition, missing)
