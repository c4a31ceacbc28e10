"""A mapping for one stream, why it is as it is, and what of it has to be asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import orjson

from destination_hubspot_calls.config.model import Mapping as ReadMapping
from destination_hubspot_calls.config.recipe import with_recipe
from destination_hubspot_calls.conversion import Vocabulary
from destination_hubspot_calls.hubspot import standard_properties
from destination_hubspot_calls.hubspot.models import Owner, Property
from destination_hubspot_calls.mapping import Mapper, Router, StreamPlan
from destination_hubspot_calls.mapping.expression import getter
from destination_hubspot_calls.messages import Call, Record, Skipped, Stream
from destination_hubspot_calls.suggest import kinds
from destination_hubspot_calls.suggest.recipe_fit import Fit, best_fit
from destination_hubspot_calls.suggest.rules import reasoned
from destination_hubspot_calls.suggest.sample import Column, Sample

MIN_CALLS = 0.5
"""How many of the records a recipe has to make calls of, or skip, to be the one."""
SHOWN = 3
"""Values that are shown of each rule."""

_OUTCOMES = {outcome.id: outcome.label for outcome in standard_properties.DISPOSITIONS}

Json = dict[str, Any]
Ask = Callable[[str, tuple[str, ...]], str | None]
"""Asks a person: the question, and the answers that there are (none: any). None: nobody is there, or nobody knows."""


@dataclass(frozen=True, slots=True)
class Comment:
    """What is said beside a part of a mapping: why it is there, and the first values that it becomes."""

    place: str
    reason: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mapping in its JSON form, what is said of it, and what a person still has to tell."""

    mapping: Json
    comments: tuple[Comment, ...]
    open_questions: tuple[str, ...]
    calls: int
    records: int


def suggest(stream: Stream, sample: Sample, ask: Ask, *, has_key: bool = False) -> Suggestion:
    """A mapping for a stream. `has_key`: its catalog names a primary key."""
    fit = best_fit(sample)
    mapping, why = _by_recipe(stream, fit) if fit else ({}, [])
    if not fit or _made(mapping, stream, sample) < MIN_CALLS * len(sample.records):
        mapping, why = _by_rules(stream, sample, has_key=has_key)
    asked = _Asked(mapping, sample, ask)
    asked.all()
    calls, values = _outcomes(mapping, stream, sample)
    comments = [
        Comment(comment.place, comment.reason, values.get(comment.place, ())) for comment in (*why, *asked.said)
    ]
    said = {comment.place for comment in comments}
    comments += [Comment(place, "", shown) for place, shown in values.items() if place not in said]
    return Suggestion(mapping, tuple(comments), tuple(asked.open), calls, len(sample.records))


def _by_recipe(stream: Stream, fit: Fit) -> tuple[Json, list[Comment]]:
    mapping = {"stream_name": stream.name, "recipe": fit.name, "external_id_property": _key_name(fit.name)}
    reason = f"{fit.found} of the {fit.fields} fields that the recipe {fit.name} reads are there"
    return mapping, [Comment("recipe", reason), _create(mapping)]


def _by_rules(stream: Stream, sample: Sample, *, has_key: bool) -> tuple[Json, list[Comment]]:
    mapping: Json = {"stream_name": stream.name, "properties": [], "associations": []}
    comments = []
    for found in reasoned(sample):
        if found.kind in ("properties", "associations"):
            mapping[found.kind].append(dict(found.rule))
            comments.append(Comment(_place(found.kind, found.rule), found.reason))
        elif not has_key:
            mapping[found.kind] = found.rule
            comments.append(Comment(found.kind, found.reason))
    mapping["external_id_property"] = _key_name(stream.name)
    if has_key:
        comments.append(Comment("external id", "the stream's primary key"))
    if not any(rule["property"] == "hs_timestamp" for rule in mapping["properties"]):
        comments.append(
            Comment("hs_timestamp", "no field looks like the time of a call: enter one, or no call can be made")
        )
    return mapping, [*comments, _create(mapping)]


def _create(mapping: Json) -> Comment:
    name = mapping["external_id_property"]
    return Comment(
        "external_id_property",
        f"create {name} in HubSpot, a text property of calls with unique values, or name the one that you have",
    )


def _key_name(name: str) -> str:
    """A name that HubSpot accepts for a property: it begins with a letter."""
    words = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_").removesuffix("calls").strip("_")
    return f"{words if words[:1].isalpha() else f'source_{words}'.strip('_')}_call_id"


def _place(kind: str, rule: Mapping[str, Any]) -> str:
    return (
        str(rule["property"])
        if kind == "properties"
        else f"{rule['object_type']} by {rule.get('match_by', 'record_id')}"
    )


class _Asked:
    """What the values leave open, asked for, or named where nobody can be asked."""

    def __init__(self, mapping: Json, sample: Sample, ask: Ask) -> None:
        self._mapping = mapping
        self._sample = sample
        self._ask = ask
        self.said: list[Comment] = []
        self.open: list[str] = []

    def all(self) -> None:
        read = _read(self._mapping)
        times = self._column(rule.source for rule in read.properties if rule.property == "hs_timestamp")
        phones = self._column(rule.source for rule in read.associations if rule.match_by == "phone")
        self._order(times)
        sources = [rule.source or "" for rule in read.properties if rule.property == "hs_timestamp"]
        if kinds.lacks_offset(times) and not read.time_zone and not any(map(_says_utc, sources)):
            self._question("time_zone", "the times have no offset. In which zone are they, such as Europe/Berlin?", ())
        if kinds.lacks_country(phones) and not read.default_country:
            self._question(
                "default_country", "numbers have no country code. Of which country are they, such as DE?", ()
            )

    def _order(self, times: Column) -> None:
        orders = kinds.date_orders([times])
        if orders is None:
            return
        if len(orders) == 1:
            (order,) = orders
            self._mapping["date_order"] = order
            self.said.append(Comment("date_order", f"days and months with slashes can only be read as {order}"))
        else:
            question = "days and months with slashes can be read in two ways. Which is first?"
            self._question("date_order", question, ("day_first", "month_first"))

    def _question(self, key: str, question: str, answers: tuple[str, ...]) -> None:
        answer = self._ask(question, answers)
        if answer and _is_right(key, answer):
            self._mapping[key] = answer
            self.said.append(Comment(key, "as you said"))
        else:
            self.open.append(f"{key}: {question}")

    def _column(self, sources: Iterable[str | None]) -> Column:
        """What rules find in the records, as a column."""
        gets = [getter(source) for source in sources if source]
        found = [value for data in self._sample.records for get in gets for value in _several(get(data))]
        return Column("", tuple(found), len(self._sample.records))


def _says_utc(source: str) -> bool:
    """Whether a field's name says that its times are of UTC, as they are taken to be."""
    return bool(re.search(r"(?<![a-z])(?:utc|gmt)(?![a-z])", source.replace("_", " "), re.IGNORECASE))


def _is_right(key: str, answer: str) -> bool:
    try:
        ReadMapping.model_validate({"stream_name": "?", key: answer})
    except ValueError:
        return False
    return True


def _several(value: object) -> list[object]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if one not in (None, "", False) and one != []]


def _read(mapping: Json) -> ReadMapping:
    return with_recipe(ReadMapping.model_validate(mapping))


def _mapper(mapping: Json, stream: Stream, sample: Sample) -> Mapper:
    """A mapper without an account: what every account has, the key, and an owner for each address."""
    key = str(mapping["external_id_property"])
    addresses = {value for column in sample.columns for value in column.values if kinds.is_email(value)}
    properties = {
        **standard_properties.PROPERTIES,
        key: Property.model_validate({"name": key, "type": "string", "hasUniqueValue": True}),
    }
    owners = tuple(Owner(id=str(address), email=str(address)) for address in addresses)
    vocabulary = Vocabulary(properties, standard_properties.DISPOSITIONS, owners)
    if "external_id_source" not in mapping and "recipe" not in mapping:  # the catalog's key is not looked at here
        mapping = {name: value for name, value in mapping.items() if name != "external_id_property"}
    return Router([_read(mapping)], vocabulary, {stream: StreamPlan()}).mapper(stream)


def _made(mapping: Json, stream: Stream, sample: Sample) -> int:
    """How many records become calls, or are skipped."""
    mapper = _mapper(mapping, stream, sample)
    entries = (mapper.map(Record(stream, dict(data), b"")) for data in sample.records)
    return sum(isinstance(entry, (Call, Skipped)) for entry in entries)


def _outcomes(mapping: Json, stream: Stream, sample: Sample) -> tuple[int, dict[str, tuple[str, ...]]]:
    """How many calls there would be, and the first different values of each property and link."""
    mapper = _mapper(mapping, stream, sample)
    calls, shown = 0, dict[str, dict[str, None]]()
    for data in sample.records:
        entry = mapper.map(Record(stream, dict(data), b""))
        if not isinstance(entry, Call):
            continue
        calls += 1
        found = [*orjson.loads(entry.properties).items()]
        found += [(f"{link.rule.object_type} by {link.rule.match_by}", link.value) for link in entry.links]
        for place, value in found:
            kept = shown.setdefault(place, {})
            if len(kept) < SHOWN:
                kept[_in_words(place, str(value))] = None
    return calls, {place: tuple(kept) for place, kept in shown.items()}


def _in_words(place: str, value: str) -> str:
    """A value as a person reads it."""
    if place == standard_properties.TIME and value.lstrip("-").isdigit():
        return datetime.fromtimestamp(int(value) / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    return _OUTCOMES.get(value, value)
