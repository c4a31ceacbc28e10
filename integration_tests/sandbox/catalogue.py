"""What an account tells about itself: properties, schemas, owners, outcomes, details."""

from __future__ import annotations

from datetime import datetime, timedelta

from integration_tests.sandbox import bodies, inputs
from integration_tests.sandbox.definitions import SENSITIVITIES
from integration_tests.sandbox.object_types import ObjectType
from integration_tests.sandbox.settings import zone
from integration_tests.sandbox.store import as_id
from integration_tests.sandbox.wire import Answer, Body
from integration_tests.sandbox.world import Exchange

OWNERS_LIMIT = 500
_UPDATABLE = frozenset(
    {
        "calculationFormula",
        "currencyPropertyName",
        "description",
        "displayOrder",
        "fieldType",
        "formField",
        "groupName",
        "hidden",
        "label",
        "numberDisplayHint",
        "options",
        "showCurrencySymbol",
        "textDisplayHint",
        "type",
    }
)
_CREATABLE = _UPDATABLE | {"dataSensitivity", "externalOptions", "hasUniqueValue", "name", "referencedObjectType"}
"""A: the fields of PropertyUpdate and PropertyCreate."""


def list_properties(exchange: Exchange) -> Answer:
    """GET /crm/v3/properties/{objectType}?archived= (A)."""
    account = exchange.account
    kind = account.kind(exchange.params["object_type"])
    archived, sensitivity = exchange.flag("archived"), exchange.query.get("dataSensitivity", "non_sensitive")
    if sensitivity not in SENSITIVITIES:
        raise bodies.refused(400, f"dataSensitivity is one of {', '.join(SENSITIVITIES)}")
    exchange.must_see(sensitivity)
    held = [item for item in account.definitions[kind.type_id].values() if item.sensitivity == sensitivity]
    return Answer(200, {"results": [account.shown(item).as_json() for item in held if item.archived == archived]})


def read_property(exchange: Exchange) -> Answer:
    """GET /crm/v3/properties/{objectType}/{name}: 200 or 404."""
    account = exchange.account
    kind = account.kind(exchange.params["object_type"])
    found = account.definitions[kind.type_id].get(exchange.params["name"])
    if found is None or found.archived != exchange.flag("archived"):
        raise bodies.refused(404, f"Property {exchange.params['name']} does not exist.", "OBJECT_NOT_FOUND")
    return Answer(200, account.shown(found).as_json())


def create_property(exchange: Exchange) -> Answer:
    """POST /crm/v3/properties/{objectType}: 201; an existing name is a 409."""
    account = exchange.account
    kind = account.kind(exchange.params["object_type"])
    body = inputs.mapping(exchange.body, "PropertyCreate")
    name = body.get("name")
    if not isinstance(name, str):
        raise bodies.wrong_json_type("string", name)
    if name in account.definitions[kind.type_id]:
        raise bodies.refused(409, f"Property named {name} already exists.", "OBJECT_ALREADY_EXISTS")
    inputs.only(body, _CREATABLE, exchange.settings)
    groups = account.groups(kind)
    if isinstance(body.get("groupName"), str) and body["groupName"] not in groups:
        raise bodies.refused(400, f"Property group {body['groupName']} does not exist.")
    try:
        return Answer(201, account.add_property(kind, body).as_json())
    except ValueError as error:
        raise bodies.refused(400, str(error)) from None


def update_property(exchange: Exchange) -> Answer:
    """PATCH /crm/v3/properties/{objectType}/{name}: 200; options are replaced by those sent (A)."""
    account = exchange.account
    kind = account.kind(exchange.params["object_type"])
    body = inputs.mapping(exchange.body, "PropertyUpdate")
    inputs.only(body, _UPDATABLE, exchange.settings)
    held = account.definitions[kind.type_id].get(exchange.params["name"])
    if held is None or held.archived:
        raise bodies.refused(404, f"Property {exchange.params['name']} does not exist.", "OBJECT_NOT_FOUND")
    if held.standard:
        raise bodies.refused(400, f"Property {held.name} is read-only and cannot be changed.")
    try:
        return Answer(200, account.add_property(kind, {**held.as_definition(), **body}).as_json())
    except ValueError as error:
        raise bodies.refused(400, str(error)) from None


def archive_property(exchange: Exchange) -> Answer:
    """DELETE /crm/v3/properties/{objectType}/{name}: 204."""
    account = exchange.account
    kind = account.kind(exchange.params["object_type"])
    if exchange.params["name"] in account.definitions[kind.type_id]:
        account.archive_property(kind, exchange.params["name"])
    return Answer(204)


def list_schemas(exchange: Exchange) -> Answer:
    """GET /crm-object-schemas/v3/schemas: the custom objects (A)."""
    kinds = [kind for kind in exchange.account.kinds.values() if kind.fully_qualified is not None]
    return Answer(200, {"results": [_schema(kind, exchange) for kind in kinds]})


def list_owners(exchange: Exchange) -> Answer:
    """GET /crm/v3/owners?email=&archived=&limit=&after= (A); former users only with archived=true (A)."""
    archived, email = exchange.flag("archived"), exchange.query.get("email")
    limit, after = as_id(exchange.query.get("limit", "100")), as_id(exchange.query.get("after", "0"))
    if limit is None or after is None or not 0 < limit <= OWNERS_LIMIT:
        raise bodies.refused(400, f"limit must be between 1 and {OWNERS_LIMIT}")
    if email is not None:
        exchange.asked([email])
    found = [
        owner
        for owner in sorted(exchange.account.owners.values(), key=lambda owner: int(owner.id))
        if owner.archived == archived
        and int(owner.id) > after
        and (email is None or owner.email.lower() == email.lower())
    ]
    page: Body = {"results": [owner.as_json() for owner in found[:limit]]}
    if len(found) > limit:
        page["paging"] = {"next": {"after": found[limit - 1].id}}
    return Answer(200, page)


def read_owner(exchange: Exchange) -> Answer:
    """GET /crm/v3/owners/{id}?idProperty=id|userId."""
    wanted, by_user = exchange.params["id"], exchange.query.get("idProperty") == "userId"
    for owner in exchange.account.owners.values():
        if wanted == (str(owner.user_id) if by_user else owner.id) and owner.archived == exchange.flag("archived"):
            return Answer(200, owner.as_json())
    raise bodies.refused(404, "resource not found", "OBJECT_NOT_FOUND")


def list_dispositions(exchange: Exchange) -> Answer:
    """GET /calling/v1/dispositions: a bare list, deleted ones in it (A)."""
    return Answer(200, [item.as_json() for item in exchange.account.dispositions.values()])


def account_details(exchange: Exchange) -> Answer:
    """GET /account-info/v3/details (A)."""
    settings = exchange.settings
    now = datetime.fromtimestamp(exchange.world.now() / 1000, zone(settings.time_zone))
    offset = now.utcoffset() or timedelta()
    region = settings.region or "na1"
    return Answer(
        200,
        {
            "portalId": exchange.account.portal,
            "accountType": settings.account_type,
            "timeZone": settings.time_zone,
            "companyCurrency": settings.currency,
            "additionalCurrencies": [],
            "utcOffset": now.isoformat()[-6:],
            "utcOffsetMilliseconds": int(offset.total_seconds()) * 1000,
            "uiDomain": "app.hubspot.com" if region == "na1" else f"app-{region}.hubspot.com",
            "dataHostingLocation": region,
        },
    )


def _associations(kind: ObjectType, exchange: Exchange) -> list[Body]:
    account = exchange.account
    return [
        {
            "id": str(item.type_id),
            "fromObjectTypeId": item.from_type,
            "toObjectTypeId": item.to_type,
            "name": f"{account.kinds[item.from_type].singular}_to_{account.kinds[item.to_type].singular}",
        }
        for item in account.association_types.values()
        if kind.type_id in (item.from_type, item.to_type)
    ]


def _schema(kind: ObjectType, exchange: Exchange) -> Body:
    account = exchange.account
    singular, plural = kind.labels
    custom = [item for item in account.definitions[kind.type_id].values() if not item.standard]
    return {
        "id": kind.type_id.partition("-")[2],
        "objectTypeId": kind.type_id,
        "fullyQualifiedName": kind.fully_qualified,
        "name": kind.plural,
        "labels": {"singular": singular, "plural": plural},
        "primaryDisplayProperty": custom[0].name if custom else None,
        "requiredProperties": list(kind.required),
        "searchableProperties": [],
        "secondaryDisplayProperties": [],
        "properties": [item.as_json() for item in account.definitions[kind.type_id].values()],
        "associations": _associations(kind, exchange),
        "archived": False,
        "portalId": account.portal,
        "createdAt": "2024-01-01T00:00:00.000Z",
        "updatedAt": "2024-01-01T00:00:00.000Z",
    }
