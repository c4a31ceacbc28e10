"""Inputs that make HubSpot refuse in ways it should not: chosen by a value they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integration_tests.sandbox import bodies
from integration_tests.sandbox.bodies import Objection


class Poison:
    """Rules ``{"property", "value", "answer": "request" | "input", "status"?, "message"?}``.

    ``request``: the whole request is refused and nothing says why or for whom, so a client has to halve.
    """

    def __init__(self, rules: Sequence[Mapping[str, object]] | None) -> None:
        self.rules = rules or ()

    def refuse(self, properties: Mapping[str, str]) -> None:
        for rule in self._struck(properties, "request"):
            raise bodies.refused(int(str(rule.get("status", 400))), _message(rule))

    def objection(self, properties: Mapping[str, str]) -> Objection | None:
        for rule in self._struck(properties, "input"):
            return Objection("poison", _message(rule))
        return None

    def _struck(self, properties: Mapping[str, str], answer: str) -> list[Mapping[str, object]]:
        return [
            rule
            for rule in self.rules
            if rule.get("answer", "request") == answer
            and properties.get(str(rule.get("property"))) == rule.get("value")
        ]


def _message(rule: Mapping[str, object]) -> str:
    return str(rule.get("message", "There was a problem with the request."))
