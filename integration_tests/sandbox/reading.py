"""Records by id or by a unique property: straight from the store, not from the search index."""

from __future__ import annotations

from collections.abc import Sequence

from integration_tests.sandbox import bodies, inputs, rendering
from integration_tests.sandbox.associations import shown
from integration_tests.sandbox.object_types import ObjectType
from integration_tests.sandbox.poison import Poison
from integration_tests.sandbox.store import Record, as_id, fold
from integration_tests.sandbox.wire import Answer, Body
from integration_tests.sandbox.world import Exchange

_READ = frozenset({"idProperty", "inputs", "properties", "propertiesWithHistory"})
LIST_LIMIT = 100


def read_batch(exchange: Exchange) -> Answer:
    """POST .../batch/read (A): 200, or 207 with one error for all that are missing (B)."""
    kind, settings = exchange.account.kind(exchange.params["object_type"]), exchange.settings
    body = inputs.mapping(exchange.body, "BatchReadInput")
    listed = inputs.batch(body, settings, known=_READ)
    if settings.required_fields == "schema":
        inputs.needed(body, sorted(_READ - {"idProperty"}))
    wanted = inputs.texts(body.get("properties") or [])
    by = inputs.text(body["idProperty"]) if body.get("idProperty") is not None else None
    ids = [inputs.target(item, settings) for item in listed]
    alike = [fold(item, settings) for item in ids] if by not in (None, "hs_object_id", "email") else ids
    if settings.duplicate_reads == "refuse" and len(set(alike)) < len(alike):
        raise bodies.duplicate_ids(sorted({ids[place] for place, it in enumerate(alike) if alike.count(it) > 1}))
    Poison(settings.poison).stop(by, ids)
    exchange.asked(ids)
    return _found(exchange, kind, by, ids, wanted)


def read_single(exchange: Exchange) -> Answer:
    """GET /crm/v3/objects/{type}/{id}: 200 or 404."""
    kind = exchange.account.kind(exchange.params["object_type"])
    archived = exchange.flag("archived")
    record = resolve(exchange, kind, exchange.query.get("idProperty"), exchange.params["id"], archived=archived)
    if record is None:
        raise bodies.refused(404, "resource not found", "OBJECT_NOT_FOUND")
    body = _rendered(exchange, kind, record, _names(exchange.query.get("properties")))
    _associate(exchange, record, body)
    return Answer(200, body)


def list_records(exchange: Exchange) -> Answer:
    """GET /crm/v3/objects/{type}: pages of up to 100, by id."""
    kind = exchange.account.kind(exchange.params["object_type"])
    limit = _limit(exchange.query.get("limit"), 10, LIST_LIMIT)
    after = exchange.query.get("after", "0")
    last = as_id(after)
    if last is None:
        raise bodies.refused(400, f"after: {after} is not a cursor")
    archived = exchange.flag("archived")
    records = exchange.account.shelf(kind).records
    ids = sorted(key for key in records if key > last and (records[key].archived_ms is not None) == archived)
    wanted = _names(exchange.query.get("properties"))
    results = []
    for record_id in ids[:limit]:
        body = _rendered(exchange, kind, records[record_id], wanted)
        _associate(exchange, records[record_id], body)
        results.append(body)
    page: Body = {"results": results}
    if len(ids) > limit:
        page["paging"] = {"next": {"after": str(ids[limit - 1])}}
    return Answer(200, page)


def resolve(
    exchange: Exchange, kind: ObjectType, by: str | None, key: str, *, archived: bool = False, what: str = "read"
) -> Record | None:
    """The record of this id, or of this value of a unique property; refused (B) if the property is not unique.

    Archived ones only where they are asked for; fresh ones may not be there yet (D: switch read_lag_ms).
    """
    account, settings = exchange.account, exchange.settings
    shelf = account.shelf(kind)
    if by is None or by == "hs_object_id":
        record_id = as_id(key)
    elif by not in account.unique_names(kind):
        raise bodies.refused(
            400,
            f"Unable to perform {what} by non-unique {kind.type_id} property {by} in portal ID {account.portal}",
        )
    else:
        sought = key.strip().lower() if by == "email" else key
        record_id = shelf.archived_holder(by, sought, settings) if archived else shelf.holder(by, sought, settings)
    if record_id is None:
        return None
    record_id = shelf.survivor(record_id)
    record = shelf.records.get(record_id) or shelf.counted_record(record_id, by, key)
    if record is None or (record.archived_ms is not None) != archived:
        return None
    hidden = settings.read_lag_ms and exchange.world.now() - record.fresh_ms < settings.read_lag_ms
    return None if hidden else record


def _found(exchange: Exchange, kind: ObjectType, by: str | None, ids: Sequence[str], wanted: Sequence[str]) -> Answer:
    world, settings = exchange.world, exchange.settings
    started = world.now()
    records: dict[int, Record] = {}
    missing: list[str] = []
    archived = exchange.flag("archived")
    for key in ids:
        record = resolve(exchange, kind, by, key, archived=archived)
        if record is None:
            missing.append(key)
        else:
            records[record.id] = record
    results = [_rendered(exchange, kind, record, wanted) for record in records.values()]
    if settings.shuffle_results:
        world.random.shuffle(results)
    if not missing:
        return Answer(200, rendering.batch(results, started, world.now()))
    objection = bodies.not_found(kind.legacy_name, missing)
    if not results and settings.all_missing == "404":
        raise objection.as_refusal()
    errors = rendering.errors([(None, objection)], settings, world.random)
    return Answer(207, rendering.with_errors(results, errors, started, world.now(), settings, world.random))


def _rendered(exchange: Exchange, kind: ObjectType, record: Record, wanted: Sequence[str]) -> Body:
    return rendering.read(record, kind, wanted, exchange.account.definitions[kind.type_id], exchange.settings)


def _associate(exchange: Exchange, record: Record, body: Body) -> None:
    """The links a GET asked for with ``associations=contacts,companies``."""
    asked = _names(exchange.query.get("associations"))
    if not asked:
        return
    linked: dict[str, dict[str, list[Body]]] = {}
    for item in shown(record, exchange.account):
        if item["type"] in asked:
            place = linked.setdefault(str(item["type"]), {"results": []})
            singular = exchange.account.kind(str(item["type"])).singular
            place["results"].append({"id": item["id"], "type": f"call_to_{singular}"})
    body["associations"] = linked


def _names(query: str | None) -> list[str]:
    return [name.strip() for name in (query or "").split(",") if name.strip()]


def _limit(given: str | None, default: int, most: int) -> int:
    if given is None:
        return default
    number = as_id(given)
    if number is None or not 0 < number <= most:
        raise bodies.refused(400, f"limit: {given} must be between 1 and {most}")
    return number
