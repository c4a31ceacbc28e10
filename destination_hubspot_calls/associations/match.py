"""What a look-up finds for one value."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum, auto


class NoMatch(Enum):
    """Why a value leads to no record."""

    NONE = auto()
    """HubSpot has no record with it."""
    SEVERAL = auto()
    """HubSpot has several, and nothing says which is meant."""
    UNREADABLE = auto()
    """It cannot be what it is said to be: a phone number without a country, text where a number should be."""
    UNSEARCHABLE = auto()
    """HubSpot refuses to look for it, or it is too long to be asked for."""


Match = str | NoMatch
"""The id of the one record that a value leads to, or why it leads to none."""


def only(ids: Collection[str]) -> Match:
    """What records found for one value come to."""
    if len(ids) == 1:
        return next(iter(ids))
    return NoMatch.SEVERAL if ids else NoMatch.NONE
