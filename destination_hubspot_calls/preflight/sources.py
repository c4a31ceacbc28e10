"""Where values come from: whether the texts entered can find any."""

from __future__ import annotations

import re
from collections.abc import Iterator

from destination_hubspot_calls.config.model import Mapping
from destination_hubspot_calls.mapping.expression import (
    breaks_off,
    doubts,
    misuses,
    negations,
    plain_path,
    unknown_functions,
)
from destination_hubspot_calls.mapping.functions import known_functions
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.suggestions import closest, either, quoted, shown

_MEANT = re.compile(
    r"[=!<>]=|\s[=<>]\s|'\s*\+|\+\s*'|\s\?\s.*\s:\s|\[[?*\]]|\|\||&&|\.\.|`|\b(?:{})\(".format(
        "|".join(known_functions())
    )
)
"""What stands in expressions and hardly in a field's name."""
_TEMPLATE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
"""How many tools write a field's place in a text."""
_JSON_PATH = re.compile(r"\$\.?(?=[\w.\[]|$)")
"""What a JSONPath begins with."""
_BRACES = re.compile(r"\$?\{\s*([^{}:,]*?)\s*\}")
"""The same with one brace, which is a template only where it is not an expression."""
_ARITHMETIC = re.compile(r"[\w.]+(?: ?[+*] ?[\w.]+| ?/ ?\d+)+")
"""How most languages calculate, and put texts together; headings of columns seldom look so."""
_HALF_A_PATH = re.compile(r"\w(?:\.|->)\w")
"""What stands in a path, and seldom in a column's heading."""


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
    if meant := _of_another_language(source):
        findings.problem(place, meant)
    elif unknown := unknown_functions(source):
        _tell_unknown_function(place, source, unknown[0], findings)
    elif (character := breaks_off(source)) is not None:
        _check_name(place, source, character, findings, is_known=bool(fields))
    else:
        mild = negations(source)
        for words in misuses(source):
            tell = findings.warn if words in mild else findings.problem
            tell(place, f"{quoted(source)}: {words}")
        for words in doubts(source, fields):
            findings.warn(place, f"{quoted(source)}: {words}")


def _of_another_language(source: str) -> str:
    """What is said of a template or a JSONPath; empty for others."""
    text = source.strip()
    template = _TEMPLATE if _TEMPLATE.search(text) else _BRACES
    found = template.search(text)
    if found and breaks_off(text) is not None:
        together = "" if template.fullmatch(text) else ", or join('', [first, ' ', last]) for several"
        enter = _path_alone(found[1].removeprefix("$").removeprefix("."))
        return f"{quoted(source)} is a template, which JMESPath does not have: enter {enter}{together}"
    if found := _JSON_PATH.match(text):
        enter = _path_alone(text[found.end() :]) if found.end() < len(text) else "@"
        return f"{quoted(source)} is a JSONPath: JMESPath begins with the field, so enter {enter}"
    return ""


def _path_alone(inner: str) -> str:
    """What is left of a template or a JSONPath, if that is a path."""
    return shown(inner) if plain_path(inner) and breaks_off(inner) is None else "the path alone, as in agent.name"


def _check_name(place: str, source: str, character: int, findings: Findings, *, is_known: bool) -> None:
    """What is not an expression can only be a field's name, as a column's heading is."""
    if _is_meant_as_expression(source):
        findings.problem(
            place,
            f"{quoted(source)} is not a JMESPath expression: syntax error at character {character}. "
            "If it is a field's name, put it in double quotes",
        )
    elif not is_known and (advice := _advice(place, source)):
        findings.warn(
            place,
            f"{quoted(source)} is not a JMESPath expression (syntax error at character {character}), so it is taken "
            f"for a field's name{advice}",
        )


def _advice(place: str, source: str) -> str:
    """What may be meant by what is no expression; empty for what may well be a heading."""
    if _ARITHMETIC.fullmatch(source.strip()):
        return (
            ". Functions calculate, as in add(a, b) or multiply(a, `60`), and put texts together, as in "
            "join(' ', [a, b])"
        )
    if place.endswith("only_if") and " " in source:
        return (
            ", and records without that field are skipped. Comparisons are written as in status == 'done', and joined "
            "by && or ||"
        )
    if _HALF_A_PATH.search(source):
        return '. In a path, put names with blanks or signs in double quotes, as in a."b c"'
    return ""


def _tell_unknown_function(place: str, source: str, name: str, findings: Findings) -> None:
    near = closest(name, dict.fromkeys(known_functions(), ""))
    hint = f"Did you mean {either(near)}?" if near else f"There are {', '.join(known_functions())}."
    findings.problem(
        place,
        f"there is no function {name}, so {quoted(source)} finds nothing. {hint} "
        "If it is a field's name, put it in double quotes",
    )


def _is_meant_as_expression(source: str) -> bool:
    return bool(_MEANT.search(source)) or any(
        source.count(one) != source.count(other) for one, other in ("()", "[]", "{}")
    )
