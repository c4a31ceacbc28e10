"""How the values of a property are written, and when two of them are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

from destination_hubspot_calls.messages import MissCause

_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")
_MAX_NUMBER = 40
_MAX_ID = 19
"""Digits of a record id, which is a number of 64 bits."""


class Normalizer(Protocol):
    """Two values mean the same where they have the same key. The key of a key is the key."""

    @property
    def invalid_reason(self) -> str:
        """What is said of a value that has no key, as in `the value of "field" …`."""

    @property
    def sample(self) -> str | None:
        """A value that HubSpot must be able to look up, whoever has it; None where there is none for sure."""

    def cause(self, value: str, /) -> str:
        """Why a value has no key, in few words that can be counted."""

    def normalize(self, value: str) -> str | None:
        """What a trimmed value means; None where it cannot be a value of this normalizer."""

    def variants(self, key: str) -> tuple[str, ...]:
        """How HubSpot may have a key written down, for a search."""


@dataclass(frozen=True, slots=True)
class Exact:
    """Every character counts: options, unique texts."""

    invalid_reason: str = "cannot be looked up"
    sample: str | None = None

    def cause(self, _value: str) -> str:
        return MissCause.NOT_A_NAME

    def normalize(self, value: str) -> str | None:
        return value

    def variants(self, key: str) -> tuple[str, ...]:
        return (key,)


@dataclass(frozen=True, slots=True)
class Caseless:
    """Text, which HubSpot's search compares without case."""

    invalid_reason: str = "cannot be looked up"
    sample: str | None = "example"

    def cause(self, _value: str) -> str:
        return MissCause.NOT_A_NAME

    def normalize(self, value: str) -> str | None:
        return value.lower()

    def variants(self, key: str) -> tuple[str, ...]:
        return (key,)


@dataclass(frozen=True, slots=True)
class Number:
    """A number: 5, 5.0 and 5e0 are one."""

    invalid_reason: str = "is not a number, which the property it is compared with holds"
    sample: str | None = "1"

    def cause(self, _value: str) -> str:
        return MissCause.NOT_A_NUMBER

    def normalize(self, value: str) -> str | None:
        try:
            number = Decimal(value)
        except InvalidOperation:
            return None
        if not number.is_finite() or abs(number.adjusted()) > _MAX_NUMBER:
            return None
        return f"{number.normalize():f}" if number else "0"

    def variants(self, key: str) -> tuple[str, ...]:
        return (key,)


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address, which HubSpot keeps in lower case."""

    invalid_reason: str = "is not an e-mail address"
    sample: str | None = "someone@example.com"

    def cause(self, _value: str) -> str:
        return MissCause.NOT_AN_ADDRESS

    def normalize(self, value: str) -> str | None:
        return value.lower() if _EMAIL.fullmatch(value) else None

    def variants(self, key: str) -> tuple[str, ...]:
        return (key,)


@dataclass(frozen=True, slots=True)
class RecordId:
    """The id of a record."""

    invalid_reason: str = "is not a record id, which has digits only"
    sample: str | None = "1"

    def cause(self, _value: str) -> str:
        return MissCause.NOT_AN_ID

    def normalize(self, value: str) -> str | None:
        is_one = value.isascii() and value.isdigit() and len(value) <= _MAX_ID and int(value) < 2**63
        return value if is_one else None

    def variants(self, key: str) -> tuple[str, ...]:
        return (key,)
