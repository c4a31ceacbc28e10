"""Links between records: checked, made, listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from integration_tests.sandbox import bodies, inputs, rendering
from integration_tests.sandbox.account import Account
from integration_tests.sandbox.bodies import Objection
from integration_tests.sandbox.inputs import Link
from integration_tests.sandbox.object_types import AssociationType, ObjectType
from integration_tests.sandbox.refusals import account_refusal
from integration_tests.sandbox.store import Record, as_id
from integration_tests.sandbox.wire import Answer, Body
from integration_tests.sandbox.world import Exchange

LINK_LIMIT = 2_000
READ_LIMIT = 1_000
_LINK = frozenset({"from", "to", "types"})


def check_links(account: Account, kind: ObjectType, links: Iterable[Link]) -> Objection | None:
    """What is wrong with the associations of one input, in HubSpot's words (C); None if nothing."""
    bad_ids: list[str] = []
    bad_types: list[str] = []
    seen: set[tuple[str, str]] = set()
    for link_ in links:
        known = []
        for category, number in link_.types:
            association = account.association_types.get((category, number))
            if association is None:
                bad_types.append(f"{category}={number}")
            elif association.from_type != kind.type_id:
                return _reverse(association, kind)
            else:
                known.append(association)
        targets = {association.to_type for association in known}
        for type_id in targets:
            if not _there(account, type_id, link_.to):
                bad_ids.append(f"{account.kinds[type_id].legacy_name}={link_.to} is not valid")
            if (type_id, link_.to) in seen and account.settings.duplicate_targets == "refuse":
                bad_ids.append(f"{account.kinds[type_id].legacy_name}={link_.to} is associated twice")
            seen.add((type_id, link_.to))
    if bad_types:
        told = [f"{spec} is not a valid association definition id" for spec in bad_types]
        return _invalid(account, {"associationSpec": bad_types, "INVALID_ASSOCIATION_TYPE_ID": told})
    return _invalid(account, {"INVALID_OBJECT_IDS": bad_ids}) if bad_ids else None


def _invalid(account: Account, context: Mapping[str, list[str]]) -> Objection:
    """C: the same words come without any name or id, too (switch association_context)."""
    named = rendering.chance(account.settings.association_context, account.dice)
    return bodies.bad_association(context if named else {})


def link(record: Record, links: Iterable[Link], account: Account) -> int:
    """Tie a record to others; says how many ties are new. No types, no tie (B)."""
    made = 0
    for link_ in links:
        for spec in link_.types:
            to_type = account.association_types[spec].to_type
            held = record.links.setdefault((to_type, account.shelves[to_type].survivor(int(link_.to))), set())
            made += spec not in held
            held.add(spec)
    return made


def relink(record: Record, wanted: Link, account: Account) -> int:
    """Tie again: for a pair that is tied already the labels sent replace those there, the unlabelled stays (A)."""
    types, rule = account.association_types, account.settings.relinking
    labelled = any(types[spec].label is not None for spec in wanted.types)
    lost = 0
    if rule == "replace" or (rule == "labels" and labelled):
        for to_type in {types[spec].to_type for spec in wanted.types}:
            held = record.links.get((to_type, int(wanted.to)), set())
            replaced = {spec for spec in held if types[spec].label is not None and spec not in wanted.types}
            held -= replaced
            lost += len(replaced)
    return link(record, [wanted], account) - lost


def list_labels(exchange: Exchange) -> Answer:
    """GET /crm/v4/associations/{from}/{to}/labels (A); the unlabelled one has label null."""
    account = exchange.account
    from_kind, to_kind = account.kind(exchange.params["object_type"]), account.kind(exchange.params["to_type"])
    found = account.labels(from_kind.type_id, to_kind.type_id)
    return Answer(200, {"results": [association.as_json() for association in found]})


def create_links(exchange: Exchange) -> Answer:
    """POST /crm/v4/associations/{from}/{to}/batch/create (A): up to 2,000, idempotent; 201, or 207 with errors."""
    account, settings = exchange.account, exchange.settings
    from_kind, to_kind = account.kind(exchange.params["object_type"]), account.kind(exchange.params["to_type"])
    started = exchange.world.now()
    asked = [_asked(item, exchange) for item in inputs.batch(exchange.body, settings, LINK_LIMIT)]
    refused = account_refusal(settings, links=True, written=account.shelf(from_kind).created)
    if refused is not None and settings.account_refusal_as == "request":
        raise refused.as_refusal()
    results: list[Body] = []
    objections: list[tuple[str | None, Objection]] = []
    for from_id, wanted in asked:
        objection = refused or _objection(account, from_kind, to_kind, from_id, wanted)
        if objection is None:
            tied = _tie(exchange, from_kind, to_kind, from_id, wanted)
            results += [] if tied is None else [tied]
        elif settings.bad_link == "request":
            raise objection.as_refusal()
        else:
            objections.append((None, objection))
    exchange.world.traffic.inputs[f"{exchange.endpoint} written"] += len(results)
    results = _told(results, exchange)
    if not objections:
        return Answer(201, rendering.batch(results, started, exchange.world.now()))
    return _with_errors(exchange, results, rendering.errors(objections, settings, exchange.world.random), started)


def _with_errors(exchange: Exchange, results: list[Body], errors: list[Body], started: int) -> Answer:
    world = exchange.world
    return Answer(207, rendering.with_errors(results, errors, started, world.now(), exchange.settings, world.random))


def _told(results: list[Body], exchange: Exchange) -> list[Body]:
    """D: whether every pair that was made comes back (switch link_results), and in no particular order (B)."""
    settings, dice = exchange.settings, exchange.world.random
    if settings.shuffle_results:
        dice.shuffle(results)
    match settings.link_results:
        case "none":
            return []
        case "some":
            return [item for item in results if dice.random() < 0.5]
        case _:
            return results


def create_default_links(exchange: Exchange) -> Answer:
    """POST .../batch/associate/default: the unlabelled type, whatever it is (A)."""
    account, settings = exchange.account, exchange.settings
    from_kind, to_kind = account.kind(exchange.params["object_type"]), account.kind(exchange.params["to_type"])
    default = next(item for item in account.labels(from_kind.type_id, to_kind.type_id) if item.label is None)
    started, results = exchange.world.now(), []
    for item in inputs.batch(exchange.body, settings, LINK_LIMIT):
        held = inputs.mapping(item)
        inputs.needed(held, ("from", "to"))
        wanted = Link(inputs.target(held["to"], settings), ((default.category, default.type_id),))
        from_id = inputs.target(held["from"], settings)
        objection = _objection(account, from_kind, to_kind, from_id, wanted)
        if objection is not None:
            raise objection.as_refusal()
        _tied(exchange, from_kind, to_kind, from_id, wanted)
        spec = {"associationCategory": default.category, "associationTypeId": default.type_id}
        results.append({"from": {"id": from_id}, "to": {"id": wanted.to}, "associationSpec": spec})
    return Answer(200, rendering.batch(results, started, exchange.world.now()))


def create_link(exchange: Exchange) -> Answer:
    """PUT /crm/v4/objects/{from}/{id}/associations/{to}/{id}: 201."""
    account = exchange.account
    from_kind, to_kind = account.kind(exchange.params["object_type"]), account.kind(exchange.params["to_type"])
    wanted = Link(exchange.params["to_id"], inputs.types(exchange.body, exchange.settings))
    objection = _objection(account, from_kind, to_kind, exchange.params["id"], wanted)
    if objection is not None:
        raise objection.as_refusal()
    return Answer(201, _tied(exchange, from_kind, to_kind, exchange.params["id"], wanted))


def read_links(exchange: Exchange) -> Answer:
    """POST /crm/v4/associations/{from}/{to}/batch/read: 200; records without links are left out, and make it a 207."""
    account, settings = exchange.account, exchange.settings
    from_kind, to_kind = account.kind(exchange.params["object_type"]), account.kind(exchange.params["to_type"])
    started = exchange.world.now()
    results: list[Body] = []
    none: list[str] = []
    for item in inputs.batch(exchange.body, settings, READ_LIMIT):
        held = inputs.mapping(item, "PublicFetchAssociationsBatchRequest")
        inputs.needed(held, ("id",))
        inputs.only(held, frozenset({"id", "after"}), settings)
        from_id, after = inputs.text(held["id"]), inputs.text(held.get("after") or "0")
        page = _page(_found(account, from_kind, to_kind, from_id), after, settings.links_page)
        if page["to"]:
            results.append({"from": {"id": from_id}, **page})
        else:
            none.append(from_id)
    if not none:
        return Answer(200, rendering.batch(results, started, exchange.world.now()))
    return _with_errors(exchange, results, [_no_links(from_kind, to_kind, from_id) for from_id in none], started)


def _no_links(from_kind: ObjectType, to_kind: ObjectType, from_id: str) -> Body:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {to_kind.singular} is associated with {from_kind.singular} {from_id}.",
        "context": {"fromObjectId": [from_id], "toObjectType": [to_kind.singular]},
    }


def list_links(exchange: Exchange) -> Answer:
    """GET /crm/v4/objects/{from}/{id}/associations/{to}."""
    account = exchange.account
    from_kind, to_kind = account.kind(exchange.params["object_type"]), account.kind(exchange.params["to_type"])
    if not _there(account, from_kind.type_id, exchange.params["id"]):
        raise bodies.refused(404, "resource not found", "OBJECT_NOT_FOUND")
    found = _found(account, from_kind, to_kind, exchange.params["id"])
    limit = as_id(exchange.query.get("limit", str(exchange.settings.links_page))) or exchange.settings.links_page
    page = _page(found, exchange.query.get("after", "0"), limit)
    return Answer(200, {"results": page.pop("to"), **page})


def _page(found: list[Mapping[str, object]], after: str, limit: int) -> Body:
    """Some of a record's links, and where the next ones begin (A: ``paging`` of each result)."""
    start = as_id(after)
    if start is None:
        raise bodies.refused(400, f"after: {after} is not a cursor")
    page: Body = {"to": found[start : start + limit]}
    if start + limit < len(found):
        page["paging"] = {"next": {"after": str(start + limit)}}
    return page


def shown(record: Record, account: Account) -> list[Body]:
    """A record's links as the control API shows them."""
    return [
        {
            "type": account.kinds[type_id].plural,
            "id": str(record_id),
            "typeIds": sorted(number for _, number in specs),
            "types": [f"{category}={number}" for category, number in sorted(specs)],
        }
        for (type_id, record_id), specs in record.links.items()
    ]


def _asked(item: object, exchange: Exchange) -> tuple[str, Link]:
    held = inputs.mapping(item, "PublicAssociationMultiPost")
    inputs.needed(held, _LINK)
    inputs.only(held, _LINK, exchange.settings)
    settings = exchange.settings
    to_id, from_id = inputs.target(held["to"], settings), inputs.target(held["from"], settings)
    return from_id, Link(to_id, inputs.types(held["types"], settings))


def _objection(
    account: Account, from_kind: ObjectType, to_kind: ObjectType, from_id: str, wanted: Link
) -> Objection | None:
    for record_id in (from_id, wanted.to):
        if as_id(record_id) is None:
            return Objection("bad_link", f"{record_id} is not a valid ID", context={"id": [record_id]})
    for spec in wanted.types:
        association = account.association_types.get(spec)
        known = association is not None and association.from_type == from_kind.type_id
        if known and association is not None and association.to_type != to_kind.type_id:
            return _wrong_pair(association, to_kind)
    objection = check_links(account, from_kind, [wanted])
    if objection is not None:
        return objection
    if not _there(account, from_kind.type_id, from_id):
        return _invalid(account, {"INVALID_OBJECT_IDS": [f"{from_kind.legacy_name}={from_id} is not valid"]})
    return None


def _tie(exchange: Exchange, from_kind: ObjectType, to_kind: ObjectType, from_id: str, wanted: Link) -> Body | None:
    """Tie a pair, unless a switch has it lost in silence: then its result is missing, or is there all the same."""
    settings = exchange.settings
    lost = wanted.to in (settings.link_lost_to or ())
    lost = lost or (settings.link_lost_share > 0 and exchange.world.random.random() < settings.link_lost_share)
    if lost and not settings.link_lost_named:
        return None
    return _tied(exchange, from_kind, to_kind, from_id, wanted, make=not lost)


def _tied(
    exchange: Exchange, from_kind: ObjectType, to_kind: ObjectType, from_id: str, wanted: Link, *, make: bool = True
) -> Body:
    account = exchange.account
    record = account.shelf(from_kind).records.get(int(from_id))
    if record is not None and make:
        account.links_made += relink(record, wanted, account)
    labels = [account.association_types[spec].label for spec in wanted.types]
    return {
        "fromObjectTypeId": from_kind.type_id,
        "fromObjectId": from_id,
        "toObjectTypeId": to_kind.type_id,
        "toObjectId": wanted.to,
        "labels": [label for label in labels if label is not None],
    }


def _found(account: Account, from_kind: ObjectType, to_kind: ObjectType, from_id: str) -> list[Mapping[str, object]]:
    record = account.shelf(from_kind).linked(as_id(from_id) or 0)
    if record is None:
        return []
    return [
        {"toObjectId": str(to_id), "associationTypes": [account.association_types[spec].as_json() for spec in specs]}
        for (type_id, to_id), specs in record.links.items()
        if type_id == to_kind.type_id
    ]


def _there(account: Account, type_id: str, record_id: str) -> bool:
    shelf, number = account.shelves[type_id], as_id(record_id)
    if number is None:
        return False
    if account.settings.merged_links == "winner":
        number = shelf.survivor(number)
    record = shelf.records.get(number)
    if record is None:
        return shelf.counted(number) and number not in shelf.merged
    return record.archived_ms is None


def _reverse(association: AssociationType, kind: ObjectType) -> Objection:
    """D: the neighbour's number is the other direction."""
    return Objection(
        "bad_association",
        f"invalid from object type {kind.type_id} for associations to be created. expected: {association.from_type}",
    )


def _wrong_pair(association: AssociationType, to_kind: ObjectType) -> Objection:
    return Objection(
        "bad_association",
        f"invalid to object type {to_kind.type_id} for associations to be created. expected: {association.to_type}",
    )
