"""How a rule's links are made: to which object type, and of which types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from destination_hubspot_calls.hubspot.inputs import encode_type
from destination_hubspot_calls.hubspot.models import AssociationType
from destination_hubspot_calls.hubspot.objects import standard_object
from destination_hubspot_calls.messages import LinkRule


class UnknownLabel(Exception):
    """A rule asks for a kind of link that the account does not have; the text says which there are."""


@dataclass(frozen=True, slots=True)
class LinkType:
    """How a rule's links are made: the object type, and the types of link, the default one included."""

    object_type: str
    types: tuple[AssociationType, ...]
    encoded: tuple[bytes, ...]


def link_type(rule: LinkRule, types: Sequence[AssociationType]) -> LinkType:
    """The kind of link that a rule asks for, among those the account has. Raises UnknownLabel."""
    wanted = [_default(rule, types)]
    if rule.label is not None:
        labelled = _labelled(rule, types)
        if labelled not in wanted:
            wanted.append(labelled)
    standard = standard_object(rule.object_type)
    object_type = standard.plural if standard else rule.object_type
    return LinkType(object_type, tuple(wanted), tuple(encode_type(kind) for kind in wanted))


def _default(rule: LinkRule, types: Sequence[AssociationType]) -> AssociationType:
    for kind in types:
        if not kind.label:
            return kind
    standard = standard_object(rule.object_type)
    if standard:
        return AssociationType(category="HUBSPOT_DEFINED", typeId=standard.link)
    raise UnknownLabel(f"{rule.place}: calls cannot be associated with {rule.object_type}")


def _labelled(rule: LinkRule, types: Sequence[AssociationType]) -> AssociationType:
    wanted = (rule.label or "").strip()
    for kind in types:
        if (kind.label or "").strip().casefold() == wanted.casefold() or str(kind.type_id) == wanted:
            return kind
    known = ", ".join(f'"{kind.label}" ({kind.type_id})' for kind in types if kind.label) or "none"
    raise UnknownLabel(f'{rule.place}.label: no label "{wanted}" from calls to {rule.object_type}. There are: {known}')
