"""The functions that expressions have beside JMESPath's own: null for whatever does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, Decimal
from functools import lru_cache, wraps
from typing import Any

import orjson
from jmespath.functions import Functions as StandardFunctions
from jmespath.functions import signature

from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.number import exact
from destination_hubspot_calls.conversion.text import absent, whole, word
from destination_hubspot_calls.conversion.timestamp import TimeReader
from destination_hubspot_calls.mapping.embedded_json import opened
from destination_hubspot_calls.mapping.pattern import WrongPattern, compiled

_PRECISION = Context(prec=50)
_LETTERS = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_APOSTROPHE = re.compile("(['\u2019])")
_MISFITS = (InvalidValue, WrongPattern, ArithmeticError, ValueError)

_ANYTHING: Any = {"types": []}
"""An argument as JMESPath declares it: of any type."""
_Function = Callable[..., object]


def _takes(number: int) -> Callable[[_Function], _Function]:
    """A function of so many arguments, which is null where they do not fit."""

    def wrap(function: _Function) -> _Function:
        @signature(*([_ANYTHING] * number))
        @wraps(function)
        def null_for_misfits(*arguments: Any) -> object:
            try:
                return function(*arguments)
            except _MISFITS:
                return None

        return null_for_misfits

    return wrap


class Functions(StandardFunctions):
    """JMESPath's functions and ours, for one mapping: `times` reads times as the mapping means them."""

    def __init__(self, times: TimeReader) -> None:
        self._times = times

    @_takes(2)
    def _func_seconds_between(self, start: object, end: object) -> int | float:
        microseconds = self._times.microseconds(end) - self._times.microseconds(start)
        return _plain(Decimal(microseconds).scaleb(-6, _PRECISION))

    @_takes(2)
    def _func_add(self, left: object, right: object) -> int | float:
        return _plain(_PRECISION.add(_decimal(left), _decimal(right)))

    @_takes(2)
    def _func_subtract(self, left: object, right: object) -> int | float:
        return _plain(_PRECISION.subtract(_decimal(left), _decimal(right)))

    @_takes(2)
    def _func_multiply(self, left: object, right: object) -> int | float:
        return _plain(_PRECISION.multiply(_decimal(left), _decimal(right)))

    @_takes(2)
    def _func_divide(self, left: object, right: object) -> int | float:
        return _plain(_PRECISION.divide(_decimal(left), _decimal(right)))

    @_takes(2)
    def _func_match(self, text: object, pattern: object) -> str | None:
        return compiled(_pattern(pattern)).first(_text(text))

    @_takes(3)
    def _func_replace(self, text: object, pattern: object, replacement: object) -> str:
        if not isinstance(replacement, str):
            replacement = _text(replacement)
        return compiled(_pattern(pattern)).replaced(_text(text), replacement)

    @_takes(2)
    def _func_split(self, text: object, pattern: object) -> list[str]:
        texts = [item for item in text if not absent(item)] if isinstance(text, list) else [text]
        separator = compiled(_pattern(pattern))
        parts = [part.strip() for item in texts for part in separator.parts(_text(item))]
        return [part for part in parts if part]

    @_takes(1)
    def _func_lower(self, text: object) -> str:
        return _text(text).lower()

    @_takes(1)
    def _func_upper(self, text: object) -> str:
        return _text(text).upper()

    @_takes(1)
    def _func_title(self, text: object) -> str:
        return _LETTERS.sub(lambda found: _capitalized(found[0]), _text(text))

    @_takes(1)
    def _func_trim(self, text: object) -> str:
        return _text(text).strip()

    @_takes(1)
    def _func_from_json(self, text: object) -> object:
        return orjson.loads(text) if isinstance(text, str) else None

    @_takes(3)
    def _func_find(self, items: object, name: object, value: object) -> object:
        found = opened(items)
        if not isinstance(found, list) or not isinstance(name, str) or absent(value):
            return None
        wanted = word(value)
        return next((item for item in found if isinstance(item, dict) and _says(item.get(name), wanted)), None)

    @_takes(2)
    def _func_field(self, record: object, names: object) -> object:
        found = opened(record)
        if not isinstance(found, dict):
            return None
        fields: dict[str, Any] = {}
        for field, value in found.items():
            if not absent(value):
                fields.setdefault(folded(field), value)
        wanted = names if isinstance(names, list) else [names]
        return next((fields[folded(name)] for name in wanted if isinstance(name, str) and folded(name) in fields), None)


def called_with(name: str) -> tuple[int, bool] | None:
    """How many arguments a function takes, and whether more are accepted; None where there is no such function."""
    known = Functions.FUNCTION_TABLE.get(name)
    if known is None:
        return None
    taken = known["signature"]
    return len(taken), bool(taken and taken[-1].get("variadic"))


def known_functions() -> tuple[str, ...]:
    """The functions that expressions have."""
    return tuple(sorted(Functions.FUNCTION_TABLE))


def _decimal(value: object) -> Decimal:
    return Decimal(exact(value))


def _plain(number: Decimal) -> int | float:
    """As JSON has numbers; raises ValueError for what is none."""
    if not number.is_finite():
        raise InvalidValue("is not finite")
    return int(number) if number == number.to_integral_value() else float(number)


def _text(value: object) -> str:
    """A text that is not blank, or a number as one; raises InvalidValue."""
    if isinstance(value, str) and value.strip():
        return value if value.isascii() else whole(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return word(value)
    raise InvalidValue("is not a text")


def _pattern(value: object) -> str:
    """A pattern, which may well be a blank."""
    return value if isinstance(value, str) and value else _text(value)


def _capitalized(letters: str) -> str:
    """One word: O'NEIL is O'Neil, and DON'T is Don't."""
    first, *others = _APOSTROPHE.split(letters.lower())
    shortest = len(first) == 1
    return "".join((first.capitalize(), *(part.capitalize() if shortest else part for part in others)))


def _says(value: object, wanted: str) -> bool:
    try:
        return word(value) == wanted
    except InvalidValue:
        return False


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A field's name as it is compared: without case, blanks, `_`, and `-`."""
    return "".join(name.split()).replace("_", "").replace("-", "").casefold()
