"""Recipes, run: a record of a vendor through a mapping that names a recipe, and what comes out, in words.

`recipes/cases/NAME.json` holds records of each recipe with the call that each becomes: `properties`, all of them, with
times as ISO, outcomes by label and owners by e-mail address; `links`, by object type and way; `key`. Or `skipped`, or
`rejected` with a pattern of the reason. `adapted` holds the same for what the page shows under "What to adapt", in its
order.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

from typing_extensions import assert_never

from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.conversion import Vocabulary
from destination_hubspot_calls.hubspot import standard_properties
from destination_hubspot_calls.hubspot.models import Owner, Property
from destination_hubspot_calls.mapping import Mapper, Router, StreamPlan
from destination_hubspot_calls.messages import Call, Record, Rejection, Skipped, Stream

ROOT = Path(__file__).resolve().parents[1]
CASES = Path(__file__).with_name("recipes") / "cases"
PAGES = ROOT / "docs" / "recipes"
STREAM = Stream("calls")
KEY = "dialer_call_id"
OWNERS = {"agent1@example.com": "501", "agent2@example.com": "502"}
OUTCOMES = {outcome.id: outcome.label for outcome in standard_properties.DISPOSITIONS}

Case = dict[str, Any]
Outcome = dict[str, Any]


def recorded(name: str) -> dict[str, list[Any]]:
    """What `cases/NAME.json` holds."""
    stored: dict[str, list[Any]] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return stored


def mapping(name: str, own: dict[str, Any] | None = None) -> dict[str, Any]:
    """A mapping that names a recipe, with rules of its own beside it."""
    return {"stream_name": STREAM.name, "recipe": name, "external_id_property": KEY, **(own or {})}


def configuration(*mappings: dict[str, Any]) -> dict[str, Any]:
    """A whole configuration, as a person saves it."""
    token = "pat-na1-00000000-0000-0000-0000-000000000000"
    return {"credentials": {"auth_type": "access_token", "access_token": token}, "mappings": list(mappings)}


def outcome(name: str, data: dict[str, Any], own: dict[str, Any] | None = None) -> Outcome:
    """What a recipe makes of a record."""
    mapped = mapper(json.dumps(mapping(name, own))).map(Record(STREAM, data, b"the line"))
    match mapped:
        case Call():
            return _call(mapped)
        case Rejection():
            return {"rejected": mapped.reason}
        case Skipped():
            return {"skipped": True}
        case _:
            assert_never(mapped)


@cache
def mapper(raw: str) -> Mapper:
    """The mapper of a mapping, given as JSON."""
    config = read_config(configuration(json.loads(raw)))
    return Router(config.mappings, vocabulary(raw), {STREAM: StreamPlan()}).mapper(STREAM)


def vocabulary(raw: str) -> Vocabulary:
    """What every account has, and text properties of all names that a mapping fills beside them."""
    named = {rule["property"] for rule in json.loads(raw).get("properties", ())} | {KEY}
    more = {
        name: Property.model_validate({"name": name, "type": "string", "hasUniqueValue": name == KEY})
        for name in named - standard_properties.PROPERTIES.keys()
    }
    owners = tuple(Owner(id=owner, email=email) for email, owner in OWNERS.items())
    return Vocabulary({**standard_properties.PROPERTIES, **more}, standard_properties.DISPOSITIONS, owners)


def snippets(name: str) -> list[dict[str, Any]]:
    """What a page shows under "What to adapt", in its order."""
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    _, _, section = text.partition("## What to adapt\n")
    section, _, _ = section.partition("\n## ")
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL)]


def _call(call: Call) -> Outcome:
    properties: dict[str, str] = json.loads(call.properties)
    key = properties.pop(KEY)
    said = {name: _in_words(name, value) for name, value in properties.items()}
    links: dict[str, list[str]] = {}
    for rule, value in call.links:
        links.setdefault(f"{rule.object_type} {rule.match_by}", []).append(value)
    return {"properties": said, "links": links, "key": key}


def _in_words(name: str, value: str) -> str:
    if name == "hs_timestamp":
        return _time(value)
    if name == "hs_call_disposition":
        return OUTCOMES.get(value, value)
    if name == "hubspot_owner_id":
        return next((email for email, owner in OWNERS.items() if owner == value), value)
    return value


def _time(value: str) -> str:
    if not value.isdigit():
        return value
    written = datetime.fromtimestamp(int(value) / 1000, timezone.utc).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z").replace(".000Z", "Z")
