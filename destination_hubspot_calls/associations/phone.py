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
_NOT_A_LETTER = re.compile(r"[^a-z]")
_WORDS = ("anonymous", "restricted", "blocked", "unknown", "unavailable", "private")
"""What networks say for a number that is kept back; Twilio's page on calls from strange numbers has them dialled."""
_WITHHELD = frozenset({*_WORDS, "withheld", "hidden", "nocallerid", "unknowncaller", "privatenumber", "unknownnumber"})
_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_DIALLED = frozenset(word.translate(_KEYPAD) for word in _WORDS)
"""The words as digits: 266696687, 7378742833, 2562533, 8656696, 86282452253, 7748283."""
_MOBILE_PREFIX = {52: "1", 54: "9"}
"""Mexico and Argentina: the digit after the country code of mobile numbers, which may be there or not."""
_WITH_CODE = range(11, 16)
"""Digits of numbers that may be taken for ones with a country code (E.164 has at most 15)."""
_DECIMAL = re.compile(r"\s*(\+?\d{5,15})\.0+\s*", re.ASCII)
_SCIENTIFIC = re.compile(r"\s*\+?(\d)(?:\.(\d{1,20}))?E\+?(\d{1,2})\s*", re.ASCII | re.IGNORECASE)
_WORDS_BEHIND = re.compile(r"[\s(\[]+[^\W\d_][^\d]*$")
_MIN_BEFORE_WORDS = 9
"""Digits before words that are no part of a number."""
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
    sample: str | None = "+14155550102"

    @property
    def invalid_reason(self) -> str:
        """What is said of a value that is no number, or one of an unknown country."""
        if self.country:
            return f"is not a phone number, neither with a country code nor of {self.country}"
        return "is not a phone number with a country code (default_country would read those without)"

    def cause(self, value: str) -> str:
        """Digits that could be a number of some country lack a country code."""
        if is_withheld(value, self.country):
            return MissCause.WITHHELD
        lacks_code = self.country is None and "+" not in value and len(_digits(value)) >= _MIN_DIGITS
        return MissCause.NO_COUNTRY if lacks_code else MissCause.NOT_A_NUMBER

    def normalize(self, value: str) -> str | None:
        if is_withheld(value, self.country):
            return None
        bare = _bare(value.partition("@")[0])  # of a SIP address, the one who is called
        number = _parsed(bare) or _without_code(bare, self.country)
        return f"+{number.country_code}{_significant(number)}" if number else None

    def variants(self, key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for number in _spellings(key) for text in _searched(number)))


@dataclass(frozen=True, slots=True)
class WrittenPhone:
    """A phone number in E.164, in a property that HubSpot has no calculated one for: looked for as people write it."""

    phone: Phone
    sample: str | None = "+14155550102"

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
        return tuple(dict.fromkeys(text.lower() for number in _spellings(key) for text in _written(number)))


def is_withheld(value: str, country: str | None = None) -> bool:
    """Whether a text stands for a number that the caller kept back: every such call has the same one.

    Words, the same words dialled on a keypad (Twilio's +266696687 and others of its kind), numbers of one digit.
    """
    digits = _digits(value)
    if not digits:
        return _NOT_A_LETTER.sub("", value.lower()) in _WITHHELD or "anonymous.invalid" in value  # SIP (RFC 3323)
    number = _parsed(value, country)
    national = national_significant_number(number) if number else digits
    if not digits.strip("0") or any(len(set(text)) == 1 for text in (digits, national) if len(text) >= _MIN_DIGITS):
        return True
    return digits in _DIALLED and not (number and is_valid_number(number))


def _bare(value: str) -> str:
    """A number as it was before a spreadsheet made a decimal of it, and without the words behind it.

    `4155550132.0` and `1.4155550132E10` are whole; of `1.41556E+10` digits are lost, so it is none.
    """
    if whole := _DECIMAL.fullmatch(value):
        return whole[1]
    if scientific := _SCIENTIFIC.fullmatch(value):
        first, others, exponent = scientific.groups("")
        return f"{first}{others}" if len(others) == int(exponent) else ""
    # The library would dial the letters of a word; of 1-800-FLOWERS they are part.
    before = _WORDS_BEHIND.sub("", value)
    return before if before != value and len(_digits(before)) >= _MIN_BEFORE_WORDS else value


def _without_code(value: str, country: str | None) -> PhoneNumber | None:
    """A number without a `+`: one of its country, else one that begins with its country code, with 00 before or not.

    What could be a number of the country by its length alone is one only where it is none of another.
    """
    national = _parsed(value, country) if country else None
    if national and is_valid_number(national):
        return national
    digits = _digits(value)
    digits = digits[2:] if digits.startswith("00") else digits if len(digits) in _WITH_CODE else ""
    foreign = _parsed(f"+{digits}") if digits and "+" not in value else None
    if foreign and is_valid_number(foreign):
        return foreign
    if national and is_possible_number_with_reason(national) == ValidationResult.IS_POSSIBLE:
        return national
    return None


def _significant(number: PhoneNumber) -> str:
    """Its digits after the country code, without what is dialled before a mobile number from abroad.

    With the leading zero of an Italian number.
    """
    text = national_significant_number(number)
    prefix = _MOBILE_PREFIX.get(number.country_code or 0)
    return text[1:] if prefix and text.startswith(prefix) and len(text) == 11 else text


def _spellings(key: str) -> tuple[PhoneNumber, ...]:
    """The number of a key, and with the prefix for mobile numbers where there is one."""
    number = parse(key)
    prefix = _MOBILE_PREFIX.get(number.country_code or 0)
    return (number, parse(f"+{number.country_code}{prefix}{_significant(number)}")) if prefix else (number,)


def _searched(number: PhoneNumber) -> tuple[str, ...]:
    national = format_number(number, PhoneNumberFormat.NATIONAL)
    return (
        str(number.national_number),
        national_significant_number(number),
        _digits(national).lstrip("0"),  # 8 495 … in Russia: a prefix for calls within the country
    )


def _written(number: PhoneNumber) -> tuple[str, ...]:
    key = format_number(number, PhoneNumberFormat.E164)
    international = format_number(number, PhoneNumberFormat.INTERNATIONAL)
    national = format_number(number, PhoneNumberFormat.NATIONAL)
    return (key, international, key[1:], national, _digits(national))


def _parsed(value: str, country: str | None = None) -> PhoneNumber | None:
    """A number; without a `country` it must have its code, and what follows that is taken as it is."""
    try:
        return parse(value[:_MAX_TEXT], country)
    except NumberParseException:
        return None


def _digits(value: str) -> str:
    return _NOT_A_DIGIT.sub("", value)
