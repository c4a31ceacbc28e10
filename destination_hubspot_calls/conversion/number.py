"""Numbers, without losing a digit."""

import re
from decimal import Context, Decimal

from destination_hubspot_calls.conversion.errors import InvalidValue

_NUMERAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,4})?", re.ASCII | re.IGNORECASE)
_WIDE = Context(prec=1000)

# HubSpot computes with doubles: none has more places than these before or after the point.
_PLACES = 400
_BITS = 1300
_MAX_NUMERAL = 1000
_NOT_A_NUMBER = (
    "is not a number: digits are accepted, with a fraction behind a point, as in 95 or 95.25 (INVALID_NUMBER)"
)


def exact(value: object) -> int | Decimal:
    """A number or numeric text as the number that it says, to the last digit. NaN and the infinities are none."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value.bit_length() > _BITS:
            raise InvalidValue("is out of the range of numbers (INVALID_NUMBER)")
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else _decimal(repr(value))
    if isinstance(value, str):
        return _decimal(value.strip())
    raise InvalidValue(_NOT_A_NUMBER)


def plain(number: int | Decimal) -> str:
    """Digits without an exponent: without a fraction where it is zero, else with every digit of it."""
    if isinstance(number, int):
        return str(number)
    if not number:
        return "0"
    rounded = number.to_integral_value()
    return format(rounded if rounded == number else number, "f")


def times(number: int | Decimal, factor: int) -> int | Decimal:
    """The product, to the last digit: binary fractions would make 1.005 seconds 1004.9999999999999 milliseconds."""
    return number * factor if isinstance(number, int) else _WIDE.multiply(number, factor).normalize(_WIDE)


def full_year(year: int) -> int:
    """A year of two digits as POSIX reads it, where 69 to 99 are of the last century; any other as it is."""
    return year if year > 99 else year + (1900 if year >= 69 else 2000)


def _decimal(numeral: str) -> Decimal:
    if len(numeral) > _MAX_NUMERAL or not _NUMERAL.fullmatch(numeral):
        raise InvalidValue(_NOT_A_NUMBER)
    number = Decimal(numeral)
    if number and abs(number.adjusted()) >= _PLACES:
        raise InvalidValue("is out of the range of numbers (INVALID_NUMBER)")
    return number
