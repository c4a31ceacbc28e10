"""Inputs that HubSpot, or the firewall before it, cannot stand: chosen by a value they hold."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from integration_tests.sandbox import bodies
from integration_tests.sandbox.bodies import Objection
from integration_tests.sandbox.wire import Answer, Body

ANSWERS: dict[str, dict[str, object]] = {
    "request": {"status": 400},
    "input": {},
    "fail": {"status": 500},
    "firewall": {"status": 403, "body": "html"},
    "silent": {},
    "silent_input": {},
    "unlinked": {},
    "stranger": {"when": "after"},
}
"""What a rule can answer with, and the defaults of its parameters. Their meanings stand in README.md."""
_CHOICES = {"when": ("before", "after"), "body": ("json", "html", "empty")}
_WHOLE = ("request", "fail", "firewall", "silent")


@dataclass(frozen=True, slots=True)
class Rule:
    """Which inputs, and what comes of them. ``property`` ``*``: any. ``value``: all of it, ``contains``: a part."""

    answer: str = "request"
    property: str = "*"
    value: str | None = None
    contains: str | None = None
    when: str = "before"
    status: int = 400
    body: str = "json"
    message: str = "There was a problem with the request."

    def strikes(self, properties: Mapping[str, object]) -> bool:
        values = properties.values() if self.property == "*" else [properties.get(self.property)]
        return any(isinstance(value, str) and self._fits(value) for value in values)

    def refusal(self) -> Answer:
        """The whole request's answer."""
        match self.answer:
            case "request":
                return bodies.refused(self.status, self.message).answer
            case "silent":
                return nothing()
            case _:
                return bodies.edge(self.status, self.body)

    def _fits(self, value: str) -> bool:
        return value == self.value if self.contains is None else self.contains in value


def nothing() -> Answer:
    """B: seen in production: a 2xx that says nothing about any input."""
    return Answer(207, {"status": "COMPLETE", "results": [], "errors": []})


class Poison:
    """The rules of an account, applied to the inputs of one request."""

    def __init__(self, rules: Sequence[Mapping[str, object]] | None) -> None:
        self.rules = [parse(rule) for rule in rules or ()]

    def refuse(self, batch: Iterable[Mapping[str, str]]) -> None:
        """Refused if one of the inputs costs the whole request, and nothing is written."""
        if self.rules:
            for properties in batch:
                for rule in self._struck(properties, *_WHOLE, when="before"):
                    raise bodies.Refused(rule.refusal())

    def stop(self, name: str | None, values: Iterable[str]) -> None:
        """Refused if a firewall stops a read for one of the values that it asks for, of the property ``name``."""
        for value in values if self.rules else ():
            for rule in self._struck({name or "hs_object_id": value}, "firewall", when="before"):
                raise bodies.Refused(rule.refusal())

    def objection(self, properties: Mapping[str, str]) -> Objection | None:
        for rule in self._struck(properties, "input"):
            return Objection("poison", rule.message)
        return None

    def passed_over(self, properties: Mapping[str, str]) -> bool:
        """Whether an input is neither written nor named."""
        return bool(self._struck(properties, "silent_input", when="before"))

    def unlinked(self, properties: Mapping[str, str]) -> bool:
        return bool(self._struck(properties, "unlinked"))

    def bent(self, batch: Iterable[Mapping[str, str]], answer: Answer, dice: random.Random) -> Answer:
        """The answer to a batch that was written, as its inputs make it."""
        if not self.rules:
            return answer
        for properties in batch:
            for rule in self._struck(properties, *_WHOLE, when="after"):
                return rule.refusal()
        if not isinstance(answer.body, dict) or not isinstance(answer.body.get("results"), list):
            return answer
        kept = [item for item in answer.body["results"] if not self._hides(item)]
        results = [estranged(item, dice) if self._struck(item["properties"], "stranger") else item for item in kept]
        return answer.with_body({**answer.body, "results": results})

    def _hides(self, result: Body) -> bool:
        properties = result["properties"]
        return isinstance(properties, dict) and bool(self._struck(properties, "silent_input", when="after"))

    def _struck(self, properties: Mapping[str, object], *answers: str, when: str | None = None) -> list[Rule]:
        return [
            rule
            for rule in self.rules
            if rule.answer in answers and (when is None or rule.when == when) and rule.strikes(properties)
        ]


def estranged(result: Body, dice: random.Random) -> Body:
    """A result about somebody else's call: of the same form, with nothing of ours in it."""
    number = str(dice.randrange(90_000_000_000, 99_000_000_000))
    held = result.get("properties")
    properties = dict.fromkeys(held, f"stranger-{number}") if isinstance(held, dict) else {}
    properties.update({name: number for name in ("hs_object_id",) if name in properties})
    changed: Body = {**result, "id": number, "properties": properties}
    if "objectWriteTraceId" in result:
        changed["objectWriteTraceId"] = f"stranger-{number}"
    return changed


def parse(body: Mapping[str, object]) -> Rule:
    """A rule from JSON; ValueError names what does not fit."""
    answer = body.get("answer", "request")
    if answer not in ANSWERS:
        raise ValueError(f"poison answers with one of {', '.join(ANSWERS)}, not {answer!r}")
    known = set(Rule.__dataclass_fields__)
    if not body.keys() <= known:
        raise ValueError(f"poison: unknown: {', '.join(sorted(body.keys() - known))}")
    if ("value" in body) == ("contains" in body):
        raise ValueError("poison needs either value or contains")
    given = {**ANSWERS[str(answer)], **body}
    for name, choices in _CHOICES.items():
        if name in given and given[name] not in choices:
            raise ValueError(f"poison: {name} is one of {', '.join(choices)}")
    return replace(Rule(), **given)  # type: ignore[arg-type]  # names and choices were looked at above
