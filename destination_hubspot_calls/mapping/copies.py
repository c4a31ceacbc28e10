"""The fields of a record that are copied, as they are named like a property."""

from collections.abc import Callable, Iterable, Sequence

from destination_hubspot_calls.hubspot.standard_properties import TIME
from destination_hubspot_calls.mapping.expression import Data
from destination_hubspot_calls.mapping.property_fill import PropertyFill

MAX_FIELDS = 10_000
"""Names of fields that are remembered; a stream has some dozens."""


class Copies:
    """Tells which fields of a record fill a property of their name, without regard to case; the exact name wins.

    `names` are the properties that no rule fills. `make` makes what fills one from a field; it is asked once a field.
    """

    def __init__(self, names: Iterable[str], make: Callable[[str, str], PropertyFill]) -> None:
        self._names = {name.casefold(): name for name in names}
        self._make = make
        self._seen: set[str] = set()
        self._fills: dict[str, PropertyFill] = {}

    def of(self, data: Data) -> Sequence[PropertyFill]:
        """What fills properties from this record's fields."""
        if not self._seen.issuperset(data):
            self._learn(data)
        fills = self._fills
        if not fills or fills.keys().isdisjoint(data):
            return ()
        found = ((field, fills[field]) for field in data if field in fills)
        return [fill for field, fill in found if field == fill.name or fill.name not in data]

    def _learn(self, data: Data) -> None:
        if len(self._seen) > MAX_FIELDS:
            self._seen.clear()
            self._fills.clear()
        for field in data.keys() - self._seen:
            name = self._names.get(field.casefold())
            if name is not None and field != TIME:  # which every record is looked at for, copied or not
                self._fills[field] = self._make(name, field)
        self._seen.update(data)
