"""A mapping of the cases as it is written with the connector's abilities."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from destination_hubspot_calls import recipes

HERE = Path(__file__).parent
ABILITIES: dict[str, Any] = json.loads((HERE / "abilities.json").read_text(encoding="utf-8"))

Json = dict[str, Any]


def mapping_of(source: Json) -> Json:
    """The mapping of a `.config.json`: a user's own with its wishes written out, or a recipe with what is filled in."""
    if "recipe" in source:
        return _with_recipe(source)
    mapping: Json = deepcopy(source["mapping"])
    for rule in (*mapping["properties"], *mapping["associations"], mapping):
        _grant(rule, mapping)
    return mapping


def _with_recipe(source: Json) -> Json:
    """As a user fills it in: the recipe's own row with more in it, and links beside the recipe's."""
    rules = {rule["property"]: rule for rule in recipes.read(source["recipe"])["properties"]}
    filled = [
        {**rules.get(name, {}), "property": name, **_mended(more)} for name, more in source.get("fill", {}).items()
    ]
    return {
        "stream_name": source["stream"],
        "recipe": source["recipe"],
        "properties": filled,
        "associations": source.get("more_associations", []),
    }


def _mended(more: Json) -> Json:
    """The page of Gong advised `!a.b`, which JMESPath reads as `(!a).b`; it says `!(a.b)` now, and so does check."""
    found = more.get("source")
    return {**more, "source": found.replace("!metaData.isPrivate", "!(metaData.isPrivate)")} if found else more


def _grant(rule: Json, mapping: Json) -> None:
    """Write a wish out: into the rule, or into the mapping."""
    wish, given = rule.pop("wish", None), rule.pop("args", {})
    if wish is None or ABILITIES[wish] is None:
        return
    granted = _written_out(ABILITIES[wish], given)
    mapping.update(granted.pop("@mapping", {}))
    rule.update(granted)


def _written_out(template: Any, given: Json) -> Any:
    if isinstance(template, dict):
        return {key: _written_out(value, given) for key, value in template.items()}
    for name, value in given.items():
        template = template.replace(f"{{{name}}}", value)
    return template
