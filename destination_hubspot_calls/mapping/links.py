"""What a record says of the records that its call is to be linked to."""

from collections.abc import Iterator
from functools import cache

from destination_hubspot_calls.config import Mapping
from destination_hubspot_calls.conversion.misfit import Misfit
from destination_hubspot_calls.conversion.text import absent, word
from destination_hubspot_calls.messages import LinkRule

RECORD_ID = "record_id"

# A record id is a 64-bit number; of the rest nothing that names a record is as long as a paragraph.
_LONGEST_ID = 19
_LONGEST = 1000


@cache
def link_rules(mapping: Mapping, place: str) -> tuple[LinkRule, ...]:
    """A mapping's association rules; always the same objects, as rules are compared by identity."""
    return tuple(
        LinkRule(
            place=f"{place}.associations[{index}]",
            object_type=rule.object_type,
            match_by=rule.match_by or RECORD_ID,
            label=rule.label,
            rejects_missing=rule.rejects_missing,
            default_country=rule.default_country,
            source=rule.source,
        )
        for index, rule in enumerate(mapping.associations)
    )


def values(found: object) -> Iterator[object]:
    """The values of a list, of the lists in it too, or the value itself; without those that are none."""
    waiting = [found]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif not absent(item):
            yield item


def name(value: object, rule: LinkRule) -> str:
    """A value as the text by which HubSpot knows the other end; raises Misfit where it can name none."""
    text = word(value)
    if rule.match_by == RECORD_ID and not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID):
        raise Misfit("is no record id, which has digits only (no match)")
    if len(text) > _LONGEST or isinstance(value, bool):
        raise Misfit("can be the name of no record (no match)")
    return text
