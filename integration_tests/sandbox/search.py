"""The search index: behind the store by seconds, small in its requests, slow in its limits (A)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

from integration_tests.sandbox import bodies, inputs, rendering
from integration_tests.sandbox.definitions import Definition
from integration_tests.sandbox.inputs import mapping
from integration_tests.sandbox.object_types import ObjectType
from integration_tests.sandbox.store import Record, as_id
from integration_tests.sandbox.wire import Answer, Body
from integration_tests.sandbox.world import Exchange

BODY_LIMIT = 3_000
"""A: characters of a search request's body."""
PAGE_LIMIT = 200
TOTAL_LIMIT = 10_000
GROUPS, FILTERS, FILTERS_IN_ALL = 5, 6, 18
_FIELDS = frozenset({"after", "filterGroups", "limit", "properties", "query", "sorts"})
_FILTER = frozenset({"highValue", "operator", "propertyName", "value", "values"})
_ONE = frozenset({"EQ", "NEQ", "GT", "GTE", "LT", "LTE", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"})
_MANY = frozenset({"IN", "NOT_IN"})
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GT": operator.gt,
    "GTE": operator.ge,
    "LT": operator.lt,
    "LTE": operator.le,
}
_NUMERIC = frozenset({"number", "datetime", "date"})
_NONE = frozenset({"HAS_PROPERTY", "NOT_HAS_PROPERTY"})


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one property."""

    name: str
    operator: str
    values: tuple[str, ...]
    kind: str

    def holds(self, value: str | None) -> bool:
        match self.operator:
            case "HAS_PROPERTY":
                return value is not None
            case "NOT_HAS_PROPERTY":
                return value is None
            case "NEQ" | "NOT_IN" | "NOT_CONTAINS_TOKEN":
                return value is None or not self._positive(value)
            case _:
                return value is not None and self._positive(value)

    def _positive(self, value: str) -> bool:
        first = self.values[0]
        match self.operator:
            case "EQ" | "NEQ":
                return self._comparable(value) == self._comparable(first)
            case "IN" | "NOT_IN":
                # A: for strings they must be given in lower case.
                wanted = [_number(it) for it in self.values] if self.numeric else self.values
                return self._comparable(value) in wanted
            case "CONTAINS_TOKEN" | "NOT_CONTAINS_TOKEN":
                return first.lower().strip("*") in value.lower()
            case "BETWEEN":
                return _number(first) <= _number(value) <= _number(self.values[1])
            case _:
                return _COMPARISONS[self.operator](_number(value), _number(first))

    @property
    def numeric(self) -> bool:
        """Whether values are compared as numbers: times as milliseconds, given as such (A) or in ISO 8601 (C)."""
        return self.kind in _NUMERIC

    @property
    def _folds(self) -> bool:
        return self.kind in ("string", "phone_number")

    def _comparable(self, value: str) -> str | float:
        if self.numeric:
            return _number(value)
        return value.lower() if self._folds else value


def search(exchange: Exchange) -> Answer:
    """POST .../search: ``{"total", "results", "paging"?}``."""
    account, settings = exchange.account, exchange.settings
    kind = account.kind(exchange.params["object_type"])
    body = _body(exchange)
    groups = _groups(body, kind, exchange)
    after, limit = _range(body)
    if not after:  # another page asks nothing new, nor does another property for the same value
        exchange.asked(list(dict.fromkeys(value for group in groups for item in group for value in item.values)))
    seen = _seen(exchange)
    found = [record for record in _candidates(exchange, kind, groups) if _matches(seen(record), groups)]
    query = inputs.text(body.get("query") or "").lower()
    found = sorted(
        (record for record in found if not query or _mentions(record, kind, query)), key=lambda record: record.id
    )
    _sort(found, body, account.definitions[kind.type_id])
    wanted = inputs.texts(body.get("properties") or [])
    results = [
        rendering.read(seen(record) or record, kind, wanted, account.definitions[kind.type_id], settings)
        for record in found[after : after + limit]
    ]
    more: Body = {"paging": {"next": {"after": str(after + limit)}}} if after + limit < len(found) else {}
    return Answer(200, {"total": len(found), "results": results, **more})


def _body(exchange: Exchange) -> Body:
    """What is asked for, as far as every search has to have it."""
    if len(exchange.raw.decode("utf-8", "replace")) > BODY_LIMIT:
        raise bodies.refused(400, f"The search request body must not be longer than {BODY_LIMIT} characters.")
    body = mapping(exchange.body, "PublicObjectSearchRequest")
    inputs.only(body, _FIELDS, exchange.settings)
    if exchange.settings.required_fields == "schema":
        inputs.needed(body, sorted(_FIELDS - {"query"}))
    return body


def _range(body: Body) -> tuple[int, int]:
    """The place of the first result that is asked for, and how many are."""
    limit = body.get("limit", 10)
    if type(limit) is not int or not 0 <= limit <= PAGE_LIMIT:
        raise bodies.refused(400, f"limit must be between 0 and {PAGE_LIMIT}")
    after = _after(body)
    if after + limit > TOTAL_LIMIT:
        raise bodies.refused(400, f"Search is limited to {TOTAL_LIMIT} results.")
    return after, limit


_SYSTEM = frozenset({"hs_object_id", "createdate", "hs_createdate", "lastmodifieddate", "hs_lastmodifieddate"})
"""Properties that a record has without being given them."""


def _groups(body: Body, kind: ObjectType, exchange: Exchange) -> list[list[Filter]]:
    groups = []
    for group in inputs.listing(body.get("filterGroups") or []):
        held = mapping(group, "FilterGroup")
        inputs.needed(held, ("filters",))
        inputs.only(held, frozenset({"filters"}), exchange.settings)
        groups.append([_filter(item, kind, exchange) for item in inputs.listing(held["filters"])])
    if len(groups) > GROUPS or any(len(group) > FILTERS for group in groups):
        raise bodies.refused(400, f"A search has at most {GROUPS} filterGroups with {FILTERS} filters each.")
    if sum(map(len, groups)) > FILTERS_IN_ALL:
        raise bodies.refused(400, f"A search has at most {FILTERS_IN_ALL} filters.")
    return groups


def _filter(item: object, kind: ObjectType, exchange: Exchange) -> Filter:
    definitions, shelf = exchange.account.definitions[kind.type_id], exchange.account.shelf(kind)
    held = mapping(item, "Filter")
    inputs.needed(held, ("operator", "propertyName"))
    inputs.only(held, _FILTER, exchange.settings)
    name, comparison = inputs.text(held["propertyName"]), inputs.text(held["operator"])
    definition = definitions.get(name)
    if definition is None or definition.archived:
        raise bodies.refused(400, f"There was a problem with the request. Property {name} does not exist.")
    values = _values(held, comparison, name)
    if any(not value.strip() for value in values):
        raise bodies.malformed(f"value must be non-empty and non-blank, if specified {{propertyName: '{name}'}}", 92)
    if name == "hs_object_id":
        values = tuple(str(shelf.survivor(number)) if (number := as_id(it)) is not None else it for it in values)
    return Filter(name, comparison, values, definition.type)


def _values(held: Body, comparison: str, name: str) -> tuple[str, ...]:
    if comparison in _NONE:
        return ()
    if comparison in _MANY:
        values = tuple(inputs.texts(held.get("values") or []))
        if not values:
            raise bodies.malformed(f"operator {comparison} requires values {{propertyName: '{name}'}}")
        return values
    if comparison in _ONE or comparison == "BETWEEN":
        if held.get("value") is None or (comparison == "BETWEEN" and held.get("highValue") is None):
            raise bodies.malformed(f"operator {comparison} requires a value {{propertyName: '{name}'}}")
        high = (inputs.text(held["highValue"]),) if comparison == "BETWEEN" else ()
        return (inputs.text(held["value"]), *high)
    raise bodies.malformed(f'Cannot deserialize value of type `FilterOperator` from String "{comparison}"')


def _seen(exchange: Exchange) -> Callable[[Record], Record | None]:
    """A record as the index has it by now: as it is, as it was before its last change, or not yet (B)."""
    lag, now = exchange.settings.search_lag_ms, exchange.world.now()

    def seen(record: Record) -> Record | None:
        if record.archived_ms is not None or (record.fresh_ms and now - record.fresh_ms < lag):
            return None
        if record.before is not None and now - record.before[1] < lag:
            return Record(record.id, record.before[0], record.created_ms, record.updated_ms)
        return record

    return seen


def _candidates(exchange: Exchange, kind: ObjectType, groups: list[list[Filter]]) -> Iterable[Record]:
    """Those an index on one property of each group gives; all records if a group has no such property."""
    shelf = exchange.account.shelf(kind)
    picked: dict[int, Record] = {}
    for group in groups:
        narrow = next((item for item in group if _indexed(item)), None)
        if narrow is None:
            return shelf.records.values()
        picked.update({record.id: record for record in shelf.holding(narrow.name, narrow.values)})
    return picked.values() if groups else shelf.records.values()


def _indexed(item: Filter) -> bool:
    return item.operator in ("EQ", "IN") and item.name not in _SYSTEM and not item.numeric


def _matches(record: Record | None, groups: list[list[Filter]]) -> bool:
    """OR between groups, AND within one (A)."""
    if record is None:
        return False
    return not groups or any(all(item.holds(_value(record, item.name)) for item in group) for group in groups)


def _mentions(record: Record, kind: ObjectType, query: str) -> bool:
    """Free text is looked for in the properties a kind is shown by (A)."""
    return any(query in (record.value(name) or "").lower() for name in kind.default_properties)


def _value(record: Record, name: str) -> str | None:
    if name == "hs_object_id":
        return str(record.id)
    if name in ("createdate", "hs_createdate"):
        return str(record.created_ms)
    if name in ("lastmodifieddate", "hs_lastmodifieddate"):
        return str(record.updated_ms)
    return record.value(name)


def _sort(found: list[Record], body: Body, definitions: dict[str, Definition]) -> None:
    """One rule at most (A): a name, ``-name``, or ``{"propertyName", "direction"}``."""
    sorts = inputs.listing(body.get("sorts") or [])
    if len(sorts) > 1:
        raise bodies.refused(400, "Only one sort is allowed.")
    for rule in sorts:
        if isinstance(rule, dict):
            name, down = str(rule.get("propertyName")), rule.get("direction") == "DESCENDING"
        else:
            name, down = inputs.text(rule).removeprefix("-"), inputs.text(rule).startswith("-")
        if name not in definitions:
            raise bodies.refused(400, f"There was a problem with the request. Property {name} does not exist.")
        numeric = definitions[name].type in _NUMERIC
        found.sort(key=lambda record: _sortable(_value(record, name), numeric=numeric), reverse=down)


def _sortable(value: str | None, *, numeric: bool) -> tuple[bool, float, str]:
    return (value is not None, _number(value or "") if numeric else 0.0, value or "")


def _number(value: str) -> float:
    """A number as it is, a time in milliseconds; what is neither is no number, and equals nothing."""
    try:
        return float(value)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return float("nan")
    return moment.replace(tzinfo=moment.tzinfo or timezone.utc).timestamp() * 1000


def _after(body: Body) -> int:
    after = body.get("after")
    if after in (None, ""):
        return 0
    text = inputs.text(after) if not isinstance(after, int) else str(after)
    offset = as_id(text)
    if offset is None:
        raise bodies.refused(400, f"after: {text} is not a cursor")
    return offset
