"""Which conversion a property's definition asks for."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from typing_extensions import assert_never

from destination_hubspot_calls.config.fields import Conversion
from destination_hubspot_calls.conversion import choice, duration, html
from destination_hubspot_calls.conversion.address import addresses
from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.number import exact, plain
from destination_hubspot_calls.conversion.text import absent, text, word
from destination_hubspot_calls.conversion.timestamp import TimeReader
from destination_hubspot_calls.hubspot import standard_properties
from destination_hubspot_calls.hubspot.models import Disposition, Owner, Property

Convert = Callable[[object], str | None]
"""A value as HubSpot accepts it; None if nothing is left of it (a list of nulls). Raises InvalidValue."""

_Find = Callable[[str], str]

Shorten = Callable[[str], str]
"""What becomes of a text that is longer than HubSpot holds. Raises InvalidValue."""

MAX_STRING = 65_536
"""HubSpot: "string … up to 65,536 characters"."""

_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "y", "t", "1"), "true"),
    **dict.fromkeys(("false", "no", "n", "f", "0"), "false"),
}
_MAX_ADVISED = 100
"""Characters of a text that advice is given about."""
_GUID = re.compile(r"[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}", re.ASCII | re.IGNORECASE)
_DECIMAL_ID = re.compile(r"\d{1,19}\.0+", re.ASCII)
_WITH_COMMA = re.compile(r"\s*[+-]?[\d.]*,[\d.,]*\d\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What an account calls things, read once at the start.

    `dispositions` None: they may not be read; the standard ones are known and any GUID is accepted. `owners` None:
    they were not read; ids are accepted, e-mail addresses are not. `zone` is the account's own time zone, if read.
    """

    properties: Mapping[str, Property]
    dispositions: tuple[Disposition, ...] | None = None
    owners: tuple[Owner, ...] | None = None
    zone: str | None = None

    @property
    def kinds(self) -> Mapping[str, str]:
        """The types of the properties of calls, by name."""
        return {name: definition.type for name, definition in self.properties.items()}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a mapping has its values read, and what it remarks of those that fit: counts, by what a summary calls them.

    `cuts`: text that is too long is cut, and that is remarked, instead of being invalid.
    """

    times: TimeReader = field(default_factory=TimeReader)
    remarks: Counter[str] = field(default_factory=Counter)
    cuts: bool = False


def converter(
    definition: Property, conversion: Conversion | None, vocabulary: Vocabulary, manner: Manner | None = None
) -> Convert:
    """The conversion that a rule names, on top of the one that the property's definition asks for."""
    manner = manner or Manner()
    is_html = definition.field_type == "html" or conversion in {"text_to_html", "markdown_to_html"}
    shorten = _shortener(definition, manner, is_html=is_html)
    convert = _automatic(definition, vocabulary, manner.times, shorten)
    match conversion:
        case None | "automatic":
            return convert
        case "seconds_to_milliseconds":
            return _length(convert, "seconds")
        case "minutes_to_milliseconds":
            return _length(convert, "minutes")
        case "text_to_html":
            return lambda value: convert(html.from_text(text(value)))
        case "markdown_to_html":
            return _rendered(convert, shorten)
        case _:
            assert_never(conversion)


def _automatic(definition: Property, vocabulary: Vocabulary, times: TimeReader, shorten: Shorten) -> Convert:
    if definition.name == "hs_attachment_ids":
        return _several(str)  # joined by `;`, whatever type it is said to have
    if definition.name == "hs_call_recording_url":
        return _secure_url(_string(_refuse))  # half an address leads nowhere
    if definition.name == "hs_call_disposition":
        return _chosen(definition, _outcome(vocabulary.dispositions))
    if definition.is_owner:
        return _chosen(definition, _owner(vocabulary.owners))
    by_type: dict[str, Callable[[], Convert]] = {
        "enumeration": lambda: _chosen(definition, _option(definition)),
        "datetime": lambda: _instant(definition.name, times),
        "date": lambda: times.day,
        "number": lambda: _number,
        "bool": lambda: _boolean,
    }
    return by_type.get(definition.type, lambda: _string(shorten))()


def _string(shorten: Shorten) -> Callable[[object], str]:
    def converted(value: object) -> str:
        written = value if isinstance(value, str) and value.isascii() else text(value)
        return written if len(written) <= MAX_STRING else shorten(written)

    return converted


def _refuse(_: str) -> NoReturn:
    raise InvalidValue("is longer than the 65,536 characters that HubSpot holds (TOO_LONG)")


def _shortener(definition: Property, manner: Manner, *, is_html: bool) -> Shorten:
    remark = f"values of {definition.name} cut to {MAX_STRING:,} characters"

    def shorten(written: str) -> str:
        if not manner.cuts:
            _refuse(written)
        manner.remarks[remark] += 1
        return html.cut(written, MAX_STRING) if is_html else f"{written[: MAX_STRING - 1]}{html.ELLIPSIS}"

    return shorten


def _secure_url(convert: Callable[[object], str]) -> Convert:
    """HubSpot's guide to calls: a recording's address must be HTTPS."""

    def converted(value: object) -> str:
        written = convert(value).strip()
        if not written.lower().startswith("https:"):
            raise InvalidValue("is not an https address, and HubSpot accepts no other (INVALID_URL)")
        return written

    return converted


def _instant(name: str, times: TimeReader) -> Convert:
    remark = f"times of {name} without an offset, taken for UTC, as time_zone is not set"
    return times.milliseconds(remark)


def _number(value: object) -> str:
    try:
        return plain(exact(value))
    except InvalidValue as invalid:
        raise InvalidValue(_advice(value) or str(invalid)) from None


def _advice(value: object) -> str:
    """What is said of a short text that is not a number, where something can be done about it."""
    if not isinstance(value, str) or len(value) > _MAX_ADVISED:
        return ""
    if _WITH_COMMA.fullmatch(value):
        return (
            "is not a number, as it has a comma: replace(field, ',', '.') as the source makes a point of it, "
            "replace(field, ',', '') takes it out (INVALID_NUMBER)"
        )
    try:
        duration.milliseconds(value, "seconds")
    except InvalidValue:
        return ""
    return (
        "is not a number but a length: set conversion to seconds_to_milliseconds, or to minutes_to_milliseconds where "
        "a clock of two parts ends in minutes (INVALID_NUMBER)"
    )


def _boolean(value: object) -> str:
    found = _BOOLEANS.get(word(value).casefold())
    if found is None:
        raise InvalidValue(
            "is neither true nor false: true, yes, y, t, 1 and false, no, n, f, 0 are accepted (INVALID_BOOLEAN)"
        )
    return found


def _length(convert: Convert, unit: duration.Unit) -> Convert:
    def converted(value: object) -> str | None:
        length = duration.milliseconds(value, unit)
        return convert(length if isinstance(length, int) else plain(length))

    return converted


def _rendered(convert: Convert, shorten: Shorten) -> Convert:
    """Markdown; the rest of what is longer than HubSpot holds anyway is not even rendered."""

    def converted(value: object) -> str | None:
        written = text(value)
        rendered = html.from_markdown(written[:MAX_STRING])
        return convert(rendered) if len(written) <= MAX_STRING else shorten(rendered)

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
    find = choice.options(definition.options).find
    return _yes_or_no(find) if {option.value for option in definition.options} == {"true", "false"} else find


def _yes_or_no(find: _Find) -> _Find:
    """Options that are a boolean in all but name: what a boolean accepts is accepted, after what they are called."""

    def found(name: str) -> str:
        try:
            return find(name)
        except InvalidValue:
            if name.casefold() not in _BOOLEANS:
                raise
            return _boolean(name)

    return found


def _outcome(known: tuple[Disposition, ...] | None) -> _Find:
    find = choice.outcomes(standard_properties.DISPOSITIONS if known is None else known).find
    if known is not None:
        return find
    return lambda name: name.lower() if _GUID.fullmatch(name) else find(name)


def _owner(known: tuple[Owner, ...] | None) -> _Find:
    return _id if known is None else _named_owner(choice.owners(known).find)


def _named_owner(find: _Find) -> _Find:
    """An owner by id or e-mail address, which may stand in a text: `Ann <ann@example.com>`."""

    def found(name: str) -> str:
        try:
            return find(_undecimal(name))
        except InvalidValue:
            within = addresses(name)
            if len(within) != 1:
                raise
            return find(within[0])

    return found


def _undecimal(name: str) -> str:
    """An id of which a tool for tables made a decimal, as some of its rows are empty."""
    return name.partition(".")[0] if _DECIMAL_ID.fullmatch(name) else name


def _id(name: str) -> str:
    name = _undecimal(name)
    if not (name.isascii() and name.isdigit()):
        raise InvalidValue("is not an owner's id, and the account's owners were not read (INVALID_OWNER)")
    return name
