"""How the values of a property are written, and when two of them are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")
_LONGEST_NUMBER = 40


class Notation(Protocol):
    """Two values mean the same where they have the same key. The key of a key is the key."""

    @property
    def misfit(self) -> str:
        """What is said of a value that has no key, as in `the value of "field" …`."""

    def key(self, value: str) -> str | None:
        """What a trimmed value means; None where it cannot be a value of this notation."""

    def spellings(self, key: str) -> tuple[str, ...]:
        """How HubSpot may have a key written down, for a search."""


@dataclass(frozen=True, slots=True)
class Exact:
    """Every character counts: options, unique texts."""

    misfit: str = "cannot be looked up"

    def key(self, value: str) -> str | None:
        return value

    def spellings(self, key: str) -> tuple[str, ...]:
        return (key,)


@dataclass(frozen=True, slots=True)
class Caseless:
    """Text, which HubSpot's search compares without case."""

    misfit: str = "cannot be looked up"

    def key(self, value: str) -> str | None:
        return value.lower()

    def spellings(self, key: str) -> tuple[str, ...]:
        return (key,)


@dataclass(frozen=True, slots=True)
class Number:
    """A number: 5, 5.0 and 5e0 are one."""

    misfit: str = "is no number, which the property it is compared with holds"

    def key(self, value: str) -> str | None:
        try:
            number = Decimal(value)
        except InvalidOperation:
            return None
        if not number.is_finite() or abs(number.adjusted()) > _LONGEST_NUMBER:
            return None
        return f"{number.normalize():f}" if number else "0"

    def spellings(self, key: str) -> tuple[str, ...]:
        return (key,)


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address, which HubSpot keeps in lower case."""

    misfit: str = "is no e-mail address"

    def key(self, value: str) -> str | None:
        return value.lower() if _EMAIL.fullmatch(value) else None

    def spellings(self, key: str) -> tuple[str, ...]:
        return (key,)


@dataclass(frozen=True, slots=True)
class RecordId:
    """The id of a record."""

    misfit: str = "is no record id, which has digits only"

    def key(self, value: str) -> str | None:
        return value if value.isascii() and value.isdigit() else None

    def spellings(self, key: str) -> tuple[str, ...]:
        return (key,)
