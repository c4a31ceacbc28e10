"""Which conversion a property's definition asks for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from typing_extensions import assert_never

from destination_hubspot_calls.config.fields import Conversion
from destination_hubspot_calls.conversion import choice
from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.number import exact, plain, times
from destination_hubspot_calls.conversion.text import absent, text, word
from destination_hubspot_calls.conversion.timestamp import day, milliseconds
from destination_hubspot_calls.hubspot import standard_properties
from destination_hubspot_calls.hubspot.models import Disposition, Owner, Property

Convert = Callable[[object], str | None]
"""A value as HubSpot accepts it; None if nothing is left of it (a list of nulls). Raises InvalidValue."""

_Find = Callable[[str], str]

MAX_STRING = 65_536
"""HubSpot: "string … up to 65,536 characters"."""

_BOOLEANS = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}
_GUID = re.compile(r"[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What an account calls things, read once at the start.

    `dispositions` None: they may not be read; the standard ones are known and any GUID is taken. `owners` None: they
    were not read; ids are taken, e-mail addresses are not.
    """

    properties: Mapping[str, Property]
    dispositions: tuple[Disposition, ...] | None = None
    owners: tuple[Owner, ...] | None = None


def converter(definition: Property, conversion: Conversion | None, vocabulary: Vocabulary) -> Convert:
    """The conversion that a rule names, on top of the one that the property's definition asks for."""
    convert = _automatic(definition, vocabulary)
    match conversion:
        case None | "automatic":
            return convert
        case "seconds_to_milliseconds":
            return _times(1000, convert)
        case "minutes_to_milliseconds":
            return _times(60_000, convert)
        case "text_to_html":
            return _as_html(convert)
        case _:
            assert_never(conversion)


def _automatic(definition: Property, vocabulary: Vocabulary) -> Convert:
    if definition.name == "hs_attachment_ids":
        return _several(str)  # joined by `;`, whatever type it is said to have
    if definition.name == "hs_call_recording_url":
        return _secure_url
    if definition.name == "hs_call_disposition":
        return _chosen(definition, _outcome(vocabulary.dispositions))
    if definition.is_owner:
        return _chosen(definition, _owner(vocabulary.owners))
    if definition.type == "enumeration":
        return _chosen(definition, _option(definition))
    return _BY_TYPE.get(definition.type, _string)


def _string(value: object) -> str:
    written = value if isinstance(value, str) and value.isascii() else text(value)
    if len(written) > MAX_STRING:
        raise InvalidValue("is longer than the 65,536 characters that HubSpot holds (TOO_LONG)")
    return written


def _secure_url(value: object) -> str:
    """HubSpot's guide to calls: a recording's address must be HTTPS."""
    written = _string(value).strip()
    if not written.lower().startswith("https:"):
        raise InvalidValue("is no https address, and HubSpot takes no other (INVALID_URL)")
    return written


def _number(value: object) -> str:
    return plain(exact(value))


def _boolean(value: object) -> str:
    found = _BOOLEANS.get(word(value).casefold())
    if found is None:
        raise InvalidValue("is neither true nor false (INVALID_BOOLEAN)")
    return found


_BY_TYPE: Mapping[str, Convert] = {"datetime": milliseconds, "date": day, "number": _number, "bool": _boolean}


def _times(factor: int, convert: Convert) -> Convert:
    def converted(value: object) -> str | None:
        product = times(exact(value), factor)
        return convert(product if isinstance(product, int) else plain(product))

    return converted


def _as_html(convert: Convert) -> Convert:
    """Text for a property that HubSpot shows as HTML: characters stay what they are, lines stay lines."""

    def converted(value: object) -> str | None:
        lines = escape(text(value), quote=False).replace("\r\n", "\n").replace("\r", "\n")
        return convert(lines.replace("\n", "<br>"))

    return converted


def _chosen(definition: Property, find: _Find) -> Convert:
    return _several(find) if definition.multiple else lambda value: find(word(value))


def _several(find: _Find) -> Convert:
    """Checkboxes: a list, or texts joined by `;`; a name that holds a `;` itself is found first."""

    def split(part: str) -> list[str]:
        try:
            return [find(part)]
        except InvalidValue:
            if ";" not in part:
                raise
            return [find(item.strip()) for item in part.split(";") if item.strip()]

    def converted(value: object) -> str | None:
        parts = value if isinstance(value, list) else [value]
        found = [item for part in parts if not absent(part) for item in split(word(part))]
        return ";".join(dict.fromkeys(found)) or None

    return converted


def _option(definition: Property) -> _Find:
    if definition.external_options or not definition.options:
        return str
    return choice.options(definition.options).find


def _outcome(known: tuple[Disposition, ...] | None) -> _Find:
    find = choice.outcomes(standard_properties.DISPOSITIONS if known is None else known).find
    if known is not None:
        return find
    return lambda name: name.lower() if _GUID.fullmatch(name) else find(name)


def _owner(known: tuple[Owner, ...] | None) -> _Find:
    return _id if known is None else choice.owners(known).find


def _id(name: str) -> str:
    if not (name.isascii() and name.isdigit()):
        raise InvalidValue("is no owner's id, and the account's owners were not read (INVALID_OWNER)")
    return name
