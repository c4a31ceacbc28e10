"""The key that identifies a call, and what a person knows it by."""

from collections.abc import Callable

from destination_hubspot_calls.config.fields import ANY_STREAM
from destination_hubspot_calls.config.model import Mapping
from destination_hubspot_calls.config.problems import ConfigError, Problem
from destination_hubspot_calls.conversion.converter import MAX_STRING
from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.number import exact, plain
from destination_hubspot_calls.conversion.text import absent, whole
from destination_hubspot_calls.mapping.expression import Data, Get, getter
from destination_hubspot_calls.messages import Stream

PrimaryKey = tuple[tuple[str, ...], ...]
"""Paths to the fields that it is made of."""

Text = Callable[[Data], str]
"""A record's key; raises InvalidValue, whose text names the field."""

_MAX_NAME = 64


def external_id(mapping: Mapping, primary_key: PrimaryKey, stream: Stream, *, shares_name: bool = False) -> Text | None:
    """What a mapping's external id is made of, or None where it has none.

    Under `*` the stream's name and `|` stand before it, so that the keys of two streams cannot meet. `shares_name`:
    the connection has a stream of that name in another namespace, so the namespace and a dot stand before the name.
    """
    if mapping.external_id_property is None:
        return None
    if mapping.external_id_source is not None:
        value = _part(mapping.external_id_source, getter(mapping.external_id_source))
    elif primary_key:
        value = joined(primary_key)
    else:
        raise ConfigError(
            Problem(
                f"{mapping.place}.external_id_source",
                f"is missing, and the stream {stream} has no primary key that could stand for it; say which field or "
                "expression tells its records apart",
            )
        )
    prefix = f"{_escaped(str(stream) if shares_name else stream.name)}|" if mapping.stream_name == ANY_STREAM else ""
    return _sendable(prefix, value)


def joined(primary_key: PrimaryKey) -> Text:
    r"""The parts of a primary key, joined with `|`; in a part `|` and `\` get a `\` before them."""
    parts = tuple(_part(".".join(path), _at(path)) for path in primary_key)
    return lambda data: "|".join([_escaped(part(data)) for part in parts])


def name(text: str) -> str:
    """A key as it may be logged: cut, and without characters that steer a terminal or cannot be written."""
    cut = text[:_MAX_NAME]
    return cut if cut.isprintable() else "".join(character if character.isprintable() else "�" for character in cut)


def _sendable(prefix: str, value: Text) -> Text:
    def sendable(data: Data) -> str:
        key = prefix + value(data)
        if len(key) > MAX_STRING:
            raise InvalidValue("the key is longer than the 65,536 characters that HubSpot holds (TOO_LONG)")
        return key if key.isascii() else whole(key)

    return sendable


def _part(field: str, get: Get) -> Text:
    def part(data: Data) -> str:
        try:
            return _text(get(data))
        except InvalidValue as invalid:
            raise InvalidValue(f'the value of "{field}" {invalid}') from None

    return part


def _text(value: object) -> str:
    """Text as it is, blanks around it too, since HubSpot's answer is compared with it; a number without a fraction."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return plain(exact(value))
    if absent(value):
        raise InvalidValue("is missing, and without its key a call cannot be told from others")
    raise InvalidValue("is neither text nor a number, so it cannot be a key")


def _at(path: tuple[str, ...]) -> Get:
    first, *others = path

    def get(data: Data) -> object:
        value: object = data.get(first)
        for step in others:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    return get


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("|", "\\|")
