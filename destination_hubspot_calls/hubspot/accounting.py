"""A batch's answer → what became of each input. HubSpot must account for an input, or its fate is unknown."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from destination_hubspot_calls.hubspot.comparison import instant
from destination_hubspot_calls.hubspot.models import BatchAnswer, Problem, Result
from destination_hubspot_calls.hubspot.standard_properties import TIME

TRACE_ID = "objectWriteTraceId"
PASSING = frozenset({"INTERNAL_ERROR", "RATE_LIMITS", "RATE_LIMIT", "SERVICE_UNAVAILABLE", "TIMEOUT"})
"""Categories that say nothing against an input: it is sent again."""
SILENCE = "HubSpot answers, but does not confirm the call"

_TIME = re.compile(rb'"%b":"([^"\\\\]*)"' % TIME.encode())

Values = tuple[tuple[str, str], ...]
"""Properties and what they hold, in a form in which what is sent and what is answered are equal."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """HubSpot has it; `id` is its record's, empty where the answer does not tell which of its records it is.

    `is_new`: an upsert created it.
    """

    id: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """HubSpot does not have it, and says why."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Unknown:
    """HubSpot may or may not have it; `why` nobody knows. `is_blocked`: it hardly has."""

    why: str = SILENCE
    is_blocked: bool = False


Outcome = Accepted | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was sent, as far as an answer can tell of it. Trace ids were the positions ("0", "1", …).

    `keys` has the position of each (property, value) that is unique, `ids` that of each record's id (of updates),
    `contents` the encoded properties. `wants_ids`: it matters which record is whose.
    """

    count: int
    keys: Mapping[tuple[str, str], int] = field(default_factory=dict)
    ids: Mapping[str, int] = field(default_factory=dict)
    contents: Sequence[bytes] = ()
    wants_ids: bool = False


def account(answer: BatchAnswer, inputs: Inputs) -> list[Outcome]:
    """Match an answer to the inputs of its request.

    Results come in any order and may lack the trace id, so: by trace id, by record id, by key, by content, else by
    elimination, which counts only where the numbers agree and nothing contradicts: a result about somebody else's
    call proves nothing.
    """
    outcomes: list[Outcome] = [Unknown()] * inputs.count
    anonymous = _refusals(answer.errors, outcomes, inputs)
    results = _Results(inputs)
    for result in answer.results:
        results.take(result)
    for position, result in results.matched.items():
        outcomes[position] = _accepted(result)
    _by_elimination(results, outcomes, inputs)
    left = _unknown(outcomes)
    if len(left) == 1 and not results.loose and anonymous:
        outcomes[left[0]] = Refused(anonymous[0])
    return outcomes


def names_nobody(answer: BatchAnswer) -> bool:
    """Whether an answer has errors that do not tell whose they are."""
    return any(not _traced(error) for error in answer.errors)


def _by_elimination(results: _Results, outcomes: list[Outcome], inputs: Inputs) -> None:
    """What results that name nobody prove of the inputs that are left."""
    left = _unknown(outcomes)
    if not results.loose or not left:
        return
    contents = [(position, inputs.contents[position]) for position in left] if inputs.contents else []
    agrees = len(results.loose) == len(left) and not results.strangers and not _is_strange(results.loose, contents)
    if contents and (inputs.wants_ids or not agrees):
        for position, result in _by_content(results.loose.values(), contents).items():
            outcomes[position] = _accepted(result)
            del results.loose[result.id]
    if agrees:
        left, rest = _unknown(outcomes), list(results.loose.values())
        for position in left:
            outcomes[position] = _accepted(rest[0]) if len(rest) == 1 else Accepted()
        results.loose.clear()


def _accepted(result: Result) -> Accepted:
    return Accepted(result.id, result.is_new)


def _unknown(outcomes: Sequence[Outcome]) -> list[int]:
    return [position for position, outcome in enumerate(outcomes) if isinstance(outcome, Unknown)]


# ---- errors


def _refusals(errors: Sequence[Problem], outcomes: list[Outcome], inputs: Inputs) -> list[Problem]:
    """Note the inputs that errors name; the errors that name none are returned."""
    anonymous = []
    for error in errors:
        if error.category in PASSING:
            continue
        named = [*_traced(error), *_named(error, inputs)]
        for position in named:
            if position < len(outcomes):
                outcomes[position] = Refused(error)
        if not named:
            anonymous.append(error)
    return anonymous


def _traced(error: Problem) -> list[int]:
    return [int(trace) for trace in error.context.get(TRACE_ID, ()) if _is_number(trace)]


def _named(error: Problem, inputs: Inputs) -> list[int]:
    """The inputs of an update that an error names by their records' ids."""
    ids = (*error.context.get("ids", ()), *error.context.get("id", ()))
    return [inputs.ids[record_id] for record_id in ids if record_id in inputs.ids]


def _is_number(trace: str) -> bool:
    return trace.isascii() and trace.isdecimal() and len(trace) < 9


# ---- results


class _Results:
    """The results of one answer, by whose they are; `loose` are those that name nobody, by their record's id."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._names = {name for name, _ in inputs.keys}
        self._spellings: dict[tuple[str, str], list[int]] | None = None
        self.matched: dict[int, Result] = {}
        self.loose: dict[str, Result] = {}
        self.strangers = 0
        self._matched_ids: set[str] = set()

    def take(self, result: Result) -> None:
        """Note whose it is. What names two inputs, or none of ours, is a stranger's."""
        position = self._position(result)
        if position is None:
            if result.id not in self._matched_ids:
                self.loose[result.id] = result
        elif 0 <= position < self._inputs.count:
            self.matched.setdefault(position, result)
            self._matched_ids.add(result.id)
            self.loose.pop(result.id, None)
        else:
            self.strangers += 1

    def _position(self, result: Result) -> int | None:
        """The input that a result names in each way that it does; None: it names nobody, -1: none of ours."""
        found: int | None = None
        if result.trace_id:
            found = int(result.trace_id) if _is_number(result.trace_id) else -1
        if self._inputs.ids:
            named = self._inputs.ids.get(result.id, -1)
            found = named if found in (None, named) else -1
        for name in self._names:
            value = result.properties.get(name)
            by_key = None if value is None else self._by_key(name, value)
            if by_key is not None:
                found = by_key if found in (None, by_key) else -1
        return found

    def _by_key(self, name: str, value: str) -> int | None:
        """The input with this unique value; -1: none. None: several, where HubSpot spells it in its own way."""
        exact = self._inputs.keys.get((name, value))
        if exact is not None:
            return exact
        if self._spellings is None:
            self._spellings = defaultdict(list)
            for (named, key), position in self._inputs.keys.items():
                self._spellings[named, folded(key)].append(position)
        alike = self._spellings.get((name, folded(value)), [])
        return alike[0] if len(alike) == 1 else None if alike else -1


def _is_strange(results: Mapping[str, Result], contents: Sequence[tuple[int, bytes]]) -> bool:
    """Whether a result has another time than every input, and nothing in common with any."""
    times = {_time_of(content) for _, content in contents}
    odd = [
        result.properties
        for result in results.values()
        if result.properties and instant(result.properties.get(TIME) or "") not in times
    ]
    if not odd or not contents:
        return False
    pairs = {pair for _, content in contents for pair in orjson.loads(content).items()}
    return any(pairs.isdisjoint(properties.items()) for properties in odd)


def _time_of(content: bytes) -> int | None:
    """An input's time; looked for before the whole is read, as nearly all of them have it in plain form."""
    found = _TIME.search(content)
    return instant(found[1].decode()) if found else instant(orjson.loads(content).get(TIME, ""))


def folded(value: str) -> str:
    """A unique value without case and the blanks around it: HubSpot may keep it so."""
    return value.strip().casefold()


def _by_content(results: Iterable[Result], inputs: Sequence[tuple[int, bytes]]) -> dict[int, Result]:
    """Each input's result, where one holds what was sent. Inputs that are the same can stand for each other."""
    by_names: dict[frozenset[str], dict[Values, list[int]]] = defaultdict(lambda: defaultdict(list))
    for position, content in inputs:
        properties: dict[str, str] = orjson.loads(content)
        by_names[frozenset(properties)][_comparable(properties, properties)].append(position)
    fits: dict[int, Result] = {}
    # The more properties are the same, the surer.
    for names in sorted(by_names, key=len, reverse=True):
        for result in results:
            open_positions = by_names[names].get(_comparable(result.properties, names), [])
            if open_positions and all(result.id != taken.id for taken in fits.values()):
                fits[open_positions.pop(0)] = result
    return fits


def _comparable(properties: Mapping[str, str | None], names: Iterable[str]) -> Values:
    return tuple((name, _plain(properties.get(name) or "")) for name in sorted(names))


def _plain(value: str) -> str:
    time = instant(value)
    return value.strip() if time is None else str(time)
