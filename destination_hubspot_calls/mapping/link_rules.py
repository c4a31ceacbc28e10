"""What a record says of the records that its call is to be linked to."""

from collections.abc import Iterator
from functools import cache

from destination_hubspot_calls.config.model import Mapping
from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.text import word
from destination_hubspot_calls.messages import RECORD_ID, LinkRule

# A record id is a 64-bit number; of the rest nothing that names a record is as long as a paragraph.
_MAX_ID = 19
_MAX_TEXT = 1000


@cache
def link_rules(mapping: Mapping) -> tuple[LinkRule, ...]:
    """A mapping's association rules; always the same objects, as rules are compared by identity."""
    return tuple(
        LinkRule(
            place=rule.place,
            object_type=rule.object_type,
            match_by=rule.match_by or RECORD_ID,
            label=rule.label,
            rejects_missing=rule.rejects_missing,
            default_country=rule.default_country,
            source=rule.source,
        )
        for rule in mapping.associations
    )


def flat(found: list[object]) -> Iterator[object]:
    """The values of a list, and of the lists in it."""
    waiting: list[object] = [found]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif item is not None:
            yield item


def name(value: object, rule: LinkRule) -> str:
    """The text by which HubSpot knows the other end, blank if the value is; raises InvalidValue if it is not one."""
    text = word(value)
    if rule.match_by == RECORD_ID and text and not _is_id(text):
        raise InvalidValue("is no record id, which has digits only (no match)")
    if len(text) > _MAX_TEXT or isinstance(value, bool):
        raise InvalidValue("can be the name of no record (no match)")
    return text


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_ID
