"""What a record says of the records that its call is to be linked to."""

import re
from collections.abc import Callable, Iterator, Sequence

from destination_hubspot_calls.config.model import Mapping
from destination_hubspot_calls.conversion.address import addresses
from destination_hubspot_calls.conversion.converter import MAX_STRING
from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.text import word
from destination_hubspot_calls.mapping.embedded_json import opened
from destination_hubspot_calls.messages import RECORD_ID, LinkRule

Split = Callable[[str], Sequence[str]]

_AT_BLANKS = re.compile(r"[;|,\s]+")
_NUMBER = re.compile(r"\+?[\d ()./-]{2,40}\d", re.ASCII)
_AT_LINES = re.compile(r"[;|\r\n]+")  # a number may hold blanks, and a comma before its extension

# A record id is a 64-bit number; of the rest nothing that names a record is as long as a paragraph.
_MAX_ID = 19
_MAX_TEXT = 1000


def link_rules(mapping: Mapping) -> tuple[LinkRule, ...]:
    """A mapping's association rules."""
    return tuple(
        LinkRule(
            place=rule.place,
            object_type=rule.object_type,
            match_by=rule.match_by or RECORD_ID,
            label=rule.label,
            rejects_missing=rule.rejects_missing,
            default_country=rule.default_country or mapping.default_country,
            source=rule.source,
        )
        for rule in mapping.associations
    )


def splitter(rule: LinkRule) -> Split:
    """How the values of one text are told apart, by what the rule finds records by."""
    return _SPLITTERS.get(rule.match_by, _whole)


def plain(rule: LinkRule) -> Callable[[str], object]:
    """Tells texts that are one value and nothing else, as most are: they need no splitting, and no second look."""
    return _PLAIN.get(rule.match_by, lambda _: False)


def values(found: object, split: Split) -> Sequence[object]:
    """What a source found, one by one: a list's values, and those that stand in one text."""
    if isinstance(found, str) and found[:1] != "[":
        return split(found) if len(found) <= MAX_STRING else (found,)
    found = opened(found)
    if not isinstance(found, list):
        return (found,)
    return [part for item in _flat(found) for part in (values(item, split) if isinstance(item, str) else (item,))]


def _flat(found: list[object]) -> Iterator[object]:
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
        raise InvalidValue("is not a record id, which has digits only (no match)")
    if len(text) > _MAX_TEXT or isinstance(value, bool):
        raise InvalidValue("cannot be what a record is found by (no match)")
    return text


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_ID


_DECIMAL_ID = re.compile(r"(?<![\w.])(\d{1,19})\.0+(?![\w.])", re.ASCII)
"""An id in a column of which a tool for tables made decimals, as some of its rows are empty."""


def _whole(text: str) -> Sequence[str]:
    return (text,)


def _addresses(text: str) -> Sequence[str]:
    return addresses(text) or (text,)


def _ids(text: str) -> Sequence[str]:
    if text.isdigit():
        return (text,)
    parts = _AT_BLANKS.split(_DECIMAL_ID.sub(r"\1", text))
    return parts if any(map(_is_id, parts)) else (text,)  # what holds no id at all is one miss, not one a word


def _domains(text: str) -> Sequence[str]:
    """Domains, and the addresses that they are taken from; beside an address stands a name, which is neither."""
    parts = [item for part in _AT_BLANKS.split(text) for item in (addresses(part) if "@" in part else [part])]
    if "@" in text:
        parts = [part for part in parts if "." in part]
    return parts if any("." in part for part in parts) else (text,)


def _numbers(text: str) -> Sequence[str]:
    return _AT_LINES.split(text)


_PLAIN: dict[str, Callable[[str], object]] = {
    RECORD_ID: _is_id,
    "hs_object_id": _is_id,
    "email": re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}\w", re.ASCII).fullmatch,
    "phone": _NUMBER.fullmatch,
    "mobilephone": _NUMBER.fullmatch,
}
_SPLITTERS: dict[str, Split] = {
    RECORD_ID: _ids,
    "hs_object_id": _ids,
    "email": _addresses,
    "domain": _domains,
    "phone": _numbers,
    "mobilephone": _numbers,
}
