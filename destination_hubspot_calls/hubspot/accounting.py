"""A batch's answer → what became of each input. HubSpot must account for an input, or its fate is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from destination_hubspot_calls.hubspot.models import BatchAnswer, Problem, Result, Traced, TracedAnswer

Keys = Mapping[Any, int]
"""Positions by (property, value); a named tuple of the two will do."""
TRACE_ID = "objectWriteTraceId"
PASSING = frozenset({"INTERNAL_ERROR", "RATE_LIMITS", "RATE_LIMIT", "SERVICE_UNAVAILABLE", "TIMEOUT"})
"""Categories that say nothing against an input: it is sent again."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """HubSpot has it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """HubSpot does not have it, and says why."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Unknown:
    """HubSpot may or may not have it."""


Outcome = Accepted | Refused | Unknown


def account(answer: BatchAnswer | TracedAnswer, inputs: int, keys: Keys) -> list[Outcome]:
    """Match an answer to `inputs` inputs whose trace ids were their positions ("0", "1", …).

    `keys` tells the position of each (property, value) that is unique. Results come in any order and may lack
    the trace id, so: by trace id, then by key, else by elimination, which counts only where the numbers agree.
    """
    outcomes: list[Outcome] = [Unknown()] * inputs
    anonymous = _refusals(answer.errors, outcomes)
    unmatched = _results(answer.results, outcomes, keys)
    open_positions = [position for position, outcome in enumerate(outcomes) if isinstance(outcome, Unknown)]
    if open_positions and unmatched == len(open_positions):
        for position in open_positions:
            outcomes[position] = Accepted()
    elif len(open_positions) == 1 and not unmatched and anonymous:
        outcomes[open_positions[0]] = Refused(anonymous[0])
    return outcomes


def names_nobody(answer: BatchAnswer | TracedAnswer) -> bool:
    """Whether an answer has errors that do not tell whose they are."""
    return any(not _named(error) for error in answer.errors)


def _refusals(errors: Sequence[Problem], outcomes: list[Outcome]) -> list[Problem]:
    """Note the inputs that errors name; the errors that name none are returned."""
    anonymous = []
    for error in errors:
        if error.category in PASSING:
            continue
        named = _named(error)
        for position in named:
            if position < len(outcomes):
                outcomes[position] = Refused(error)
        if not named:
            anonymous.append(error)
    return anonymous


def _named(error: Problem) -> list[int]:
    return [int(trace) for trace in error.context.get(TRACE_ID, ()) if trace.isdecimal()]


def _results(results: Sequence[Result | Traced], outcomes: list[Outcome], keys: Keys) -> int:
    """Note the inputs that results belong to; how many records there are beside those is returned."""
    matched: set[str] = set()
    unmatched: set[str] = set()
    for result in results:
        position = _position(result, keys)
        if position is not None and position < len(outcomes):
            outcomes[position] = Accepted()
            matched.add(result.id)
        else:
            unmatched.add(result.id)
    return len(unmatched - matched)


def _position(result: Result | Traced, keys: Keys) -> int | None:
    if result.trace_id.isdecimal():
        return int(result.trace_id)
    if isinstance(result, Traced):
        return None
    for name, value in result.properties.items():
        if value is not None and (name, value) in keys:
            return keys[name, value]
    return None
