"""What can be chosen: options, call outcomes, owners."""

from collections.abc import Callable, Iterable, Sequence

from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.hubspot.models import Disposition, Option, Owner

_MAX_LISTED = 12
"""Choices that a reason names: those of a call's status."""


class Choice:
    """Finds what a text means: a value as it is, a label as it is, a value without case, a label without case.

    The first step that knows the text decides, and does not fit if it knows it twice.
    """

    def __init__(
        self,
        values: Iterable[tuple[str, str]],
        *,
        unknown: str,
        ambiguous: str,
        known: Sequence[str] = (),
        code: str = "INVALID_OPTION",
    ) -> None:
        pairs = tuple(values)
        self._exact = _names(pairs, str)
        self._folded = _names(pairs, str.casefold)
        self._unknown = f"{unknown} ({code})"
        self._unknown_in_full = f"{unknown} {_listed(known)} ({code})" if known else ""
        self._ambiguous = ambiguous

    def find(self, word: str) -> str:
        """The value that a trimmed text means; raises InvalidValue."""
        names, word = (self._exact, word) if word in self._exact else (self._folded, word.casefold())
        found = names.get(word)
        if found is None:
            raise InvalidValue(self._ambiguous) if word in names else InvalidValue(self._unknown, self._unknown_in_full)
        return found


def options(known: Sequence[Option]) -> Choice:
    """A property's options, hidden ones too."""
    return Choice(
        ((option.value, option.label) for option in known),
        unknown="is none of the options",
        ambiguous="is the name of several options (INVALID_OPTION)",
        known=[option.value for option in known if not option.hidden],
    )


def outcomes(known: Sequence[Disposition]) -> Choice:
    """An account's call outcomes, deleted ones not."""
    present = [outcome for outcome in known if not outcome.deleted]
    return Choice(
        ((outcome.id, outcome.label) for outcome in present),
        unknown="is none of the account's call outcomes",
        ambiguous="is the name of several call outcomes (INVALID_OPTION)",
        known=[outcome.label for outcome in present],
    )


def owners(known: Iterable[Owner]) -> Choice:
    """An account's owners by id and e-mail address; a former user's address only where no present one has it."""
    everyone = tuple(known)
    present = {owner.email.casefold() for owner in everyone if not owner.archived}
    return Choice(
        ((owner.id, "" if owner.archived and owner.email.casefold() in present else owner.email) for owner in everyone),
        unknown="is not the id or e-mail address of an owner",
        code="INVALID_OWNER",
        ambiguous="is the e-mail address of several owners (INVALID_OWNER)",
    )


def _listed(known: Sequence[str]) -> str:
    """The first of what can be chosen."""
    more = len(known) - _MAX_LISTED
    return ", ".join(known[:_MAX_LISTED]) + (f", and {more} more" if more > 0 else "")


def _names(pairs: tuple[tuple[str, str], ...], fold: Callable[[str], str]) -> dict[str, str | None]:
    values, labels = _named(pairs, 0, fold), _named(pairs, 1, fold)
    return labels | values  # a value comes before a label of the same text


def _named(pairs: tuple[tuple[str, str], ...], part: int, fold: Callable[[str], str]) -> dict[str, str | None]:
    """What each text stands for; None where that is several values."""
    named: dict[str, str | None] = {}
    for pair in pairs:
        if name := fold(pair[part].strip()):
            named[name] = pair[0] if named.get(name, pair[0]) == pair[0] else None
    return named
