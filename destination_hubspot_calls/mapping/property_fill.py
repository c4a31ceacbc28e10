"""How one property of a call is filled."""

from collections.abc import Callable
from dataclasses import dataclass

from destination_hubspot_calls.conversion import InvalidValue
from destination_hubspot_calls.mapping.expression import Data, Get


@dataclass(frozen=True, slots=True)
class PropertyFill:
    """How the property `name` of a call is filled.

    `fill` gives its text, or None for no value, or raises InvalidValue; then `skips` tells whether the record goes on
    with `default`. `find` gives what its source holds; `source` is as messages name it. `place` is where that stands in
    the configuration.
    """

    name: str
    source: str | None
    place: str
    find: Get
    fill: Callable[[Data], str | None]
    skips: bool
    default: str | None = None

    @property
    def skipped(self) -> str:
        """What is counted where a value did not fit."""
        return f"{'skipped' if self.default is None else 'default sent'}: {self.name} (did not fit)"

    def problem(self, invalid: InvalidValue) -> str:
        """What is said where a record is rejected for it."""
        return f'{self.name}: the value of "{self.source}" {invalid.in_full}'
