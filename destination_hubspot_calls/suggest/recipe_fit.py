"""The recipe whose fields a stream has."""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import log
from typing import NamedTuple

from destination_hubspot_calls import recipes
from destination_hubspot_calls.recipes.reads import Read, expressions, reads
from destination_hubspot_calls.suggest.sample import Sample, folded

GENERIC = frozenset({"csv", "warehouse"})
"""Recipes that are for no vendor: they fit everything a little."""
MIN_SHARE = 0.6
"""How much of what a recipe reads has to be there, rare names counting for more."""
MIN_FIELDS = 4
"""Fewer fields than that tell no source from another."""
MARKS = {"exotel": frozenset({"Sid", "CallSid", "call_sid"})}
"""Of vendors whose names are everyone's: fields of which one has to be there, written just so."""


class Fit(NamedTuple):
    """A recipe, and how many of the fields that it reads the records have."""

    name: str
    share: float
    found: int
    fields: int


def best_fit(sample: Sample) -> Fit | None:
    """The recipe that fits best; None where none does."""
    here, hollow = frozenset(map(_plain, sample.paths)), frozenset(map(_plain, sample.hollow))
    fits = [_fit(name, here, hollow) for name in recipes.names() if name not in GENERIC and _is_marked(name, sample)]
    best = max(fits, key=lambda fit: (fit.share, fit.found))
    return best if best.share >= MIN_SHARE and best.found >= MIN_FIELDS else None


def _fit(name: str, here: frozenset[str], hollow: frozenset[str]) -> Fit:
    weights = _weights()
    fields = [read for read in _fields(name) if not _is_unknown(read, here, hollow)]
    found = [read for read in fields if any(path in here for path in read)]
    total = sum(weights[read] for read in fields)
    share = sum(weights[read] for read in found) / total if total else 0.0
    return Fit(name, share, len(found), len(fields))


def _is_unknown(read: Read, here: frozenset[str], hollow: frozenset[str]) -> bool:
    """Whether nobody can say if a field is there: what it would be in is empty in all records."""
    if any(path in here for path in read):
        return False
    return any(f"{path}.".startswith(f"{empty}.") for path in read for empty in hollow)


def _is_marked(name: str, sample: Sample) -> bool:
    return name not in MARKS or not MARKS[name].isdisjoint(sample.paths)


@cache
def _fields(name: str) -> tuple[Read, ...]:
    """What a recipe reads, without case, blanks, `_`, and `-`."""
    found = (read for source in expressions(recipes.read(name)) for read in reads(source))
    return tuple(dict.fromkeys(tuple(map(_plain, read)) for read in found))


@cache
def _weights() -> dict[Read, float]:
    """How much a field tells: one that many recipes read, such as `id` or `direction`, tells little."""
    names = [name for name in recipes.names() if name not in GENERIC]
    uses = Counter(read for name in names for read in _fields(name))
    return {read: log(1 + len(names) / count) for read, count in uses.items()}


def _plain(path: str) -> str:
    return folded(path.replace("[]", "").replace('"', ""))
