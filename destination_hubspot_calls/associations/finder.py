"""Finders of records: which of them a rule takes."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from difflib import get_close_matches
from typing import Protocol

from destination_hubspot_calls.associations.domain import Domain
from destination_hubspot_calls.associations.match import Match
from destination_hubspot_calls.associations.normalizer import Caseless, Email, Exact, Normalizer, Number, RecordId
from destination_hubspot_calls.associations.read_finder import ReadFinder
from destination_hubspot_calls.associations.search_finder import SearchFinder
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.messages import RECORD_ID, LinkRule

_CALCULATED = {
    "phone": "hs_searchable_calculated_phone_number",
    "mobilephone": "hs_searchable_calculated_mobile_number",
}
"""The properties with phone numbers, and those that HubSpot calculates of them to be searched."""
_PHONES = frozenset({*_CALCULATED, *_CALCULATED.values()})


class WrongRule(Exception):
    """A rule that cannot find anything: which of its keys is wrong, and what to change."""

    def __init__(self, rule: LinkRule, key: str, words: str) -> None:
        super().__init__(f"{rule.place}.{key}: {words}")
        self.key = key
        self.words = words


class Finder(Protocol):
    """Finds records of one object type by one property, many at once."""

    @property
    def normalizer(self) -> Normalizer:
        """How the property's values are written."""

    @property
    def room(self) -> int:
        """How much fits into one request, by the measure of `size`."""

    def size(self, key: str) -> int:
        """How much room a key takes."""

    def find(self, keys: Sequence[str]) -> Mapping[str, Match]:
        """What each of these keys leads to; they fit into one request. Raises HubSpotError."""


Definitions = Mapping[str, Property]
"""The properties of an object type by name."""


def needs_definitions(rule: LinkRule, object_type: str, client: Client) -> bool:
    """Whether the finder depends on what the account's properties are like; those of well-known ones do not."""
    return rule.match_by != RECORD_ID and _known_finder(rule, object_type, client) is None


def finder_for(rule: LinkRule, object_type: str, client: Client, definitions: Definitions | None) -> Finder | None:
    """The finder of a rule's records; None where its values are record ids. Raises WrongRule.

    `definitions` are None where they cannot be read or are not needed; what may be unique is searched then, as text.
    """
    if rule.default_country and not _has_numbers(rule.default_country):
        hint = " (the United Kingdom is GB)" if rule.default_country == "UK" else ""
        raise WrongRule(rule, "default_country", f"no country {rule.default_country} has phone numbers{hint}")
    if rule.match_by == RECORD_ID:
        return None
    return _known_finder(rule, object_type, client) or _defined_finder(rule, object_type, client, definitions)


def _known_finder(rule: LinkRule, object_type: str, client: Client) -> Finder | None:
    """The finder by a property that every account has."""
    match object_type, rule.match_by:
        case _, "hs_object_id":
            return ReadFinder(client, object_type, rule.match_by, RecordId())
        case "contacts", "email":
            return ReadFinder(client, object_type, rule.match_by, Email(), others=("hs_additional_emails",))
        case "contacts", "phone" | "mobilephone":
            return _phone(rule, object_type, client, _PHONES)
        case "companies", "domain":
            return _searched(rule, object_type, client, Domain())
        case _:
            return None


def _defined_finder(rule: LinkRule, object_type: str, client: Client, definitions: Definitions | None) -> Finder:
    """The finder by a property that an account may define as it likes."""
    definition = _definition(rule, definitions)
    if definition.unique:
        return ReadFinder(client, object_type, rule.match_by, Number() if definition.type == "number" else Exact())
    if rule.match_by in _CALCULATED:
        return _phone(rule, object_type, client, definitions or {rule.match_by})
    if rule.match_by == "domain":
        return _searched(rule, object_type, client, Domain())
    return _searched(rule, object_type, client, _normalizer_of(definition))


def _definition(rule: LinkRule, definitions: Definitions | None) -> Property:
    if definitions is None:
        return Property(name=rule.match_by)
    if rule.match_by not in definitions:
        near = get_close_matches(rule.match_by, definitions, n=3)
        hint = f"; the nearest are {', '.join(near)}" if near else ""
        raise WrongRule(rule, "match_by", f"{rule.object_type} have no property {rule.match_by}{hint}")
    return definitions[rule.match_by]


def _normalizer_of(definition: Property) -> Normalizer:
    match definition.type:
        case "number":
            return Number()
        case "string" | "phone_number":
            return Caseless()
        case _:
            return Exact()  # options, which a search compares with their case


def _phone(rule: LinkRule, object_type: str, client: Client, known: Container[str]) -> Finder:
    """By `phone` a mobile number is found too. `known` are the properties that there are."""
    # The library is a fortieth of the start of every command, and most of them read no phone numbers.
    from destination_hubspot_calls.associations.phone import Phone, WrittenPhone  # noqa: PLC0415

    names = tuple(name for name in (rule.match_by, "mobilephone") if name in known)
    phone = Phone(rule.default_country)
    where = tuple(dict.fromkeys(_CALCULATED[name] for name in names if _CALCULATED[name] in known))
    if where:
        return SearchFinder(client, object_type, where, names, phone)
    return SearchFinder(client, object_type, names, names, WrittenPhone(phone))


def _has_numbers(country: str) -> bool:
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - see above

    return country in SUPPORTED_REGIONS


def _searched(rule: LinkRule, object_type: str, client: Client, normalizer: Normalizer) -> Finder:
    return SearchFinder(client, object_type, (rule.match_by,), (rule.match_by,), normalizer)
