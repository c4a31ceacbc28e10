"""Records and batches as HubSpot shows them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

from integration_tests.sandbox.bodies import Objection
from integration_tests.sandbox.definitions import Definition
from integration_tests.sandbox.object_types import ObjectType
from integration_tests.sandbox.settings import Mixed, Settings
from integration_tests.sandbox.store import Record
from integration_tests.sandbox.wire import Body, iso


def written(record: Record, kind: ObjectType, portal: int) -> Body:
    """The result of a write: what is set, and what HubSpot adds."""
    created, updated = iso(record.created_ms), iso(record.updated_ms)
    record_id = str(record.id)
    return {
        "id": record_id,
        "properties": {
            **record.properties,
            kind.created_property: created,
            kind.modified_property: updated,
            "hs_object_id": record_id,
            "hs_object_source": "INTEGRATION",
            "hs_object_source_id": "77001",
            "hs_object_source_label": "INTEGRATION",
        },
        "createdAt": created,
        "updatedAt": updated,
        "archived": False,
        "url": f"https://app.hubspot.com/contacts/{portal}/record/{kind.type_id}/{record_id}",
    }


def read(
    record: Record,
    kind: ObjectType,
    wanted: Sequence[str],
    definitions: dict[str, Definition],
    settings: Settings,
) -> Body:
    """The result of a read: the properties asked for (unknown ones are ignored, B), else the kind's default ones.

    One without a value is null (B; the schema has no null: switch nulls).
    """
    created, updated = iso(record.created_ms), iso(record.updated_ms)
    always = {kind.created_property: created, kind.modified_property: updated, "hs_object_id": str(record.id)}
    asked = (name for name in wanted or kind.default_properties if name not in always and name in definitions)
    values = {name: record.value(name) for name in asked}
    held = {name: value for name, value in values.items() if value is not None or settings.nulls}
    body: Body = {
        "id": str(record.id),
        "properties": {**held, **always},
        "createdAt": created,
        "updatedAt": updated,
        "archived": record.archived_ms is not None,
    }
    if record.archived_ms is not None:
        body["archivedAt"] = iso(record.archived_ms)
    return body


def with_errors(
    results: list[Body], listed: list[Body], started: int, now: int, settings: Settings, dice: random.Random
) -> Body:
    """The body of a 207. ``numErrors`` counts groups (B), and in captures is not always there."""
    body = batch(results, started, now, numErrors=len(listed), errors=listed)
    if settings.error_form == "mixed" and dice.random() < 0.2:
        del body["numErrors"]
    return body


def batch(results: list[Body], started: int, now: int, **more: object) -> Body:
    return {
        "status": "COMPLETE",
        "results": results,
        **more,
        "startedAt": iso(started),
        "completedAt": iso(now),
    }


def errors(objections: Iterable[tuple[str | None, Objection]], settings: Settings, dice: random.Random) -> list[Body]:
    """``errors[]`` of a 207. Equal ones may be one with several trace ids; some lack fields the schema requires (B)."""
    grouped: dict[tuple[object, ...], list[str]] = {}
    first: dict[tuple[object, ...], Objection] = {}
    for place, (trace, objection) in enumerate(objections):
        if objection.kind == "not_found":
            alone, about = not chance(settings.group_not_found, dice), ""
        else:
            alone, about = not chance(settings.group_errors, dice), str(objection.context)
        key = (objection.category, objection.message, about, place if alone else -1)
        held = first.get(key)
        first[key] = objection if held is None else _with_ids_of(held, objection)
        grouped.setdefault(key, []).extend([] if trace is None else [trace])
    return [_error(first[key], traces, settings, dice) for key, traces in grouped.items()]


def _with_ids_of(one: Objection, other: Objection) -> Objection:
    """One error about the ids of both."""
    ids = [*one.context.get("ids", ()), *other.context.get("ids", ())]
    return replace(one, context={**one.context, "ids": ids}) if ids else one


def _error(objection: Objection, traces: list[str], settings: Settings, dice: random.Random) -> Body:
    context = dict(objection.context)
    names = settings.not_found_names
    if objection.kind == "not_found" and traces and names == "trace":
        context.pop("ids", None)
    if traces and not (objection.kind == "not_found" and names == "ids"):
        context["objectWriteTraceId"] = traces
    body: Body = {"status": "error", "category": objection.category, "message": objection.message}
    if not chance(settings.error_context, dice):
        context = {}
    if context:
        body["context"] = context
    if objection.kind == "missing_required" and objection.details:
        body["errors"] = list(objection.details)
    form = settings.error_form
    if form == "mixed":
        form = dice.choice(("bare", "full"))
        if dice.random() < 0.2:
            body.pop(dice.choice(("status", "category")))
    if form == "full":
        body = {"id": objection.category.lower(), **body, "errors": list(objection.details), "links": {}}
        body.setdefault("context", {})
        body.setdefault("status", "error")
        body.setdefault("category", objection.category)
    return body


def chance(switch: Mixed, dice: random.Random) -> bool:
    if switch == "mixed":
        return dice.random() < 0.5
    return switch == "yes"
