"""Phone numbers as HubSpot's search knows them: area code and local number, without the country (B)."""

from __future__ import annotations

import re

_TWO_DIGITS = frozenset(
    str(code)
    for code in (
        *(20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49),
        *(51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66),
        *(81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98),
    )
)


def searchable(phone: str) -> str:
    """``+49 30 1234567`` and ``+36 30 1234567`` both give ``301234567``: the key has no country.

    D: a national number loses its leading zeros, an extension is cut.
    """
    number = re.split(r"(?i)\s*(?:ext|x|#|;)", phone.strip(), maxsplit=1)[0].replace("(0)", "")
    digits = re.sub(r"\D", "", number)
    if number.lstrip("( ").startswith("+"):
        return digits[_country_digits(digits) :]
    if digits.startswith("00"):
        return digits[2 + _country_digits(digits[2:]) :]
    return digits.lstrip("0")


def _country_digits(digits: str) -> int:
    """How many digits the country code has (ITU-T E.164): 1 and 7 are one, some are two, the rest three."""
    if digits[:1] in ("1", "7"):
        return 1
    return 2 if digits[:2] in _TWO_DIGITS else 3
