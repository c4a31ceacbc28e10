"""Where values come from: whether the texts entered can find any."""

from __future__ import annotations

import re
from collections.abc import Iterator

from destination_hubspot_calls.config.model import Mapping
from destination_hubspot_calls.mapping.expression import breaks_off, known_functions, unknown_functions
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.suggestions import closest, either, quoted

_MEANT = re.compile(r"\[[?*\]]|\|\||&&|\.\.|`|\b(?:{})\(".format("|".join(known_functions())))
"""What stands in expressions and hardly in a field's name."""


def sources(mapping: Mapping) -> Iterator[tuple[str, str]]:
    """All the places of a mapping where a source is entered, each with it."""
    for rule in mapping.properties:
        if rule.source is not None and rule.property != mapping.external_id_property:
            yield f"{rule.place}.source", rule.source
    for link in mapping.associations:
        yield f"{link.place}.source", link.source
    for key, source in (("only_if", mapping.only_if), ("external_id_source", mapping.external_id_source)):
        if source is not None:
            yield mapping.place_of(key), source


def check_source(place: str, source: str, fields: frozenset[str], findings: Findings) -> None:
    """Whether a source can find anything; `fields` are those that streams are known to have, empty if none are."""
    if source in fields:
        return
    if unknown := unknown_functions(source):
        _tell_unknown_function(place, source, unknown[0], findings)
        return
    place_of_fault = breaks_off(source)
    if place_of_fault is None:
        return
    if _is_meant_as_expression(source):
        findings.problem(
            place,
            f"{quoted(source)} is no JMESPath expression: it breaks off at character {place_of_fault}. "
            f"If it is a field's name, put it in double quotes",
        )
    elif not fields:
        findings.warn(place, f"{quoted(source)} is no JMESPath expression, so it is taken for a field's name")


def _tell_unknown_function(place: str, source: str, name: str, findings: Findings) -> None:
    near = closest(name, dict.fromkeys(known_functions(), ""))
    hint = f"Did you mean {either(near)}?" if near else f"It has {', '.join(known_functions())}."
    findings.problem(
        place,
        f"JMESPath has no function {name}, so {quoted(source)} finds nothing. {hint} "
        "If it is a field's name, put it in double quotes",
    )


def _is_meant_as_expression(source: str) -> bool:
    return bool(_MEANT.search(source)) or any(
        source.count(one) != source.count(other) for one, other in ("()", "[]", "{}")
    )
