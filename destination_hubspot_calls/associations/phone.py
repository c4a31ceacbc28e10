"""Phone numbers, whatever way they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    is_valid_number,
    national_significant_number,
    parse,
)

from destination_hubspot_calls.messages import MissCause

_NOT_A_DIGIT = re.compile(r"\D")
_MAX_TEXT = 250
"""Characters that the library reads."""
_MIN_DIGITS = 5
"""Digits of the shortest numbers of a country, short codes aside (ITU-T E.164 sets no least number)."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number in E.164. `country` (ISO code) is where numbers without a country code belong.

    HubSpot's search knows numbers by calculated properties that hold area code and local number only (its guide on
    searching the CRM), as digits: +33655555555 is 655555555.
    """

    country: str | None

    @property
    def invalid_reason(self) -> str:
        """What is said of a value that is no number, or one of an unknown country."""
        if self.country:
            return f"is no phone number, neither with a country code nor of {self.country}"
        return "is no phone number with a country code (default_country would read those without)"

    def cause(self, value: str) -> str:
        """Digits that could be a number of some country lack a country code."""
        lacks_code = self.country is None and "+" not in value and len(_digits(value)) >= _MIN_DIGITS
        return MissCause.NO_COUNTRY if lacks_code else MissCause.NOT_A_NUMBER

    def normalize(self, value: str) -> str | None:
        number = _parsed(value) or _national(value, self.country) or _dialled(value)
        return format_number(number, PhoneNumberFormat.E164) if number else None

    def variants(self, key: str) -> tuple[str, ...]:
        number = parse(key)
        national = format_number(number, PhoneNumberFormat.NATIONAL)
        return tuple(
            dict.fromkeys(
                (
                    str(number.national_number),
                    national_significant_number(number),  # with the leading zero of an Italian number
                    _digits(national).lstrip("0"),  # 8 495 … in Russia: a prefix for calls within the country
                )
            )
        )


@dataclass(frozen=True, slots=True)
class WrittenPhone:
    """A phone number in E.164, in a property that HubSpot has no calculated one for: looked for as people write it."""

    phone: Phone

    @property
    def invalid_reason(self) -> str:
        """What is said of a value that is no number, or one of an unknown country."""
        return self.phone.invalid_reason

    def cause(self, value: str) -> str:
        """As of any number."""
        return self.phone.cause(value)

    def normalize(self, value: str) -> str | None:
        return self.phone.normalize(value)

    def variants(self, key: str) -> tuple[str, ...]:
        number = parse(key)
        international = format_number(number, PhoneNumberFormat.INTERNATIONAL)
        national = format_number(number, PhoneNumberFormat.NATIONAL)
        known = (key, international, key[1:], national, _digits(national))
        return tuple(dict.fromkeys(item.lower() for item in known))


def _national(value: str, country: str | None) -> PhoneNumber | None:
    """A number as it is dialled in its own country; not what lacks an area code or is too long to be one."""
    number = _parsed(value, country) if country else None
    if number is None or is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return number


def _dialled(value: str) -> PhoneNumber | None:
    """A number with the 00 that stands before a country code in most countries."""
    digits = _digits(value)
    number = _parsed(f"+{digits[2:]}") if digits.startswith("00") else None
    return number if number and is_valid_number(number) else None


def _parsed(value: str, country: str | None = None) -> PhoneNumber | None:
    """A number; without a `country` it must have its code, and what follows that is taken as it is."""
    try:
        return parse(value[:_MAX_TEXT], country)
    except NumberParseException:
        return None


def _digits(value: str) -> str:
    return _NOT_A_DIGIT.sub("", value)
