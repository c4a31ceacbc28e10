"""The control API, under ``/_sandbox/``: no token, no limits, no faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integration_tests.sandbox.associations import shown
from integration_tests.sandbox.bodies import Refused
from integration_tests.sandbox.faults import Faults
from integration_tests.sandbox.rate_limit import RateLimits
from integration_tests.sandbox.settings import Settings
from integration_tests.sandbox.store import Record
from integration_tests.sandbox.traffic import Traffic
from integration_tests.sandbox.wire import JSON_TYPE, Body, iso
from integration_tests.sandbox.world import World

Part = Callable[[World, Mapping[str, object]], Body]
PAGE = 10_000


def stats(world: World) -> Body:
    """Everything that was counted."""
    account, calls = world.account, world.account.calls
    return {
        **world.traffic.as_json(),
        "late_commits_pending": world.late_commits,
        "calls": {
            "created": calls.created,
            "updated": calls.updated,
            "archived": calls.archived,
            "kept": len(calls.records),
            "keys": {name: len(held) for name, held in calls.unique.items()},
        },
        "records": {kind.plural: account.shelf(kind).created for kind in account.kinds.values()},
        "links": account.links_made,
        "faults": world.faults.as_json(),
        "rate_limit": {
            "refused": dict(world.limits.refused),
            "today": world.limits.today,
            "most_in_window": world.limits.most_in_window,
        },
        "oauth": {name: client.refreshes for name, client in account.credentials.clients.items()},
    }


def calls(world: World, offset: int, limit: int, object_type: str = "calls") -> Body:
    """Records as they are stored, archived ones too, oldest first."""
    kind = world.account.kind(object_type)
    records = list(world.account.shelf(kind).records.values())
    return {
        "total": len(records),
        "results": [_shown(record, world) for record in records[offset : offset + limit]],
    }


def seed_records(world: World, body: Mapping[str, object]) -> Body:
    """``{"object_type", "records": [properties | {"id", "properties"}]}`` or ``{"object_type", "generate"}``."""
    kind = world.account.kind(_text(body, "object_type"))
    now = int(str(body.get("created_at_ms", world.now())))
    if "generate" in body:
        template = _mapping(body["generate"])
        ids = world.account.seed(kind, _generated(template), now)
        return {"count": len(ids), "first_id": str(ids[0]), "last_id": str(ids[-1])}
    rows = [_mapping(row) for row in _list(body, "records")]
    properties = [_mapping(row["properties"]) if "properties" in row else row for row in rows]
    wished = [int(str(row["id"])) if "properties" in row and "id" in row else None for row in rows]
    made = world.account.seed(kind, [_strings(row) for row in properties], now, wished)
    return {"ids": [str(record_id) for record_id in made]}


def add_properties(world: World, body: Mapping[str, object]) -> Body:
    """``{"object_type", "properties": [definition]}`` or one definition beside ``object_type``."""
    kind = world.account.kind(_text(body, "object_type"))
    listed = _list(body, "properties") if "properties" in body else [body]
    made = [world.account.add_property(kind, {"groupName": "information", **_mapping(item)}) for item in listed]
    return {"properties": [definition.as_json() for definition in made]}


def add_labels(world: World, body: Mapping[str, object]) -> Body:
    """``{"to", "label", "type_id"?, "category"?}``, or ``{"labels": [...]}``."""
    listed = _list(body, "labels") if "labels" in body else [body]
    return {"labels": [world.account.add_label(_mapping(item)).as_json() for item in listed]}


def add_owners(world: World, body: Mapping[str, object]) -> Body:
    """``{"email", "id"?, "user_id"?, "archived"?}``, or ``{"owners": [...]}``."""
    listed = _list(body, "owners") if "owners" in body else [body]
    return {"owners": [owner.as_json() for owner in world.account.add_owners(_mapping(item) for item in listed)]}


def add_dispositions(world: World, body: Mapping[str, object]) -> Body:
    """``{"id", "label", "deleted"?}``, or ``{"dispositions": [...]}``."""
    listed = _list(body, "dispositions") if "dispositions" in body else [body]
    return {"dispositions": [world.account.add_disposition(_mapping(item)).as_json() for item in listed]}


def add_tokens(world: World, body: Mapping[str, object]) -> Body:
    """``{"token", "scopes"?, ...}``: a static one; ``{"client_id", ...}``: an OAuth app; or ``{"tokens": [...]}``.

    ``{"expire": true}``: every access token of an OAuth app is old from now on.
    """
    if body.get("expire"):
        return {"expired": world.account.credentials.expire(world.now())}
    listed = _list(body, "tokens") if "tokens" in body else [body]
    put = []
    for item in map(_mapping, listed):
        if "client_id" in item:
            put.append(world.account.credentials.put_client(item).client_id)
        else:
            put.append(world.account.credentials.put_token(item).value)
    return {"tokens": put}


def add_objects(world: World, body: Mapping[str, object]) -> Body:
    """``{"name", "type_id"?, "singular"?, "plural"?, "properties"?}``, or ``{"objects": [...]}``."""
    listed = _list(body, "objects") if "objects" in body else [body]
    kinds = [world.account.add_object(_mapping(item)) for item in listed]
    return {
        "objects": [
            {
                "type_id": kind.type_id,
                "name": kind.plural,
                "fully_qualified_name": kind.fully_qualified,
                "association_type_id": world.account.labels("0-48", kind.type_id)[0].type_id,
            }
            for kind in kinds
        ]
    }


def archive_records(world: World, body: Mapping[str, object]) -> Body:
    """``{"object_type", "ids": [...]}``: into the bin, as in HubSpot's own pages."""
    kind = world.account.kind(_text(body, "object_type"))
    shelf, done = world.account.shelf(kind), 0
    for record_id in _list(body, "ids"):
        record = shelf.records.get(int(str(record_id)))
        if record is not None and record.archived_ms is None:
            shelf.archive(record, world.now(), world.settings)
            done += 1
    return {"archived": done}


def merge_records(world: World, body: Mapping[str, object]) -> Body:
    """``{"object_type", "winner"?, "losers": [...]}``: the losers live on in the winner, or in a new record."""
    kind = world.account.kind(_text(body, "object_type"))
    losers = [int(str(record_id)) for record_id in _list(body, "losers")]
    given = body.get("winner")
    winner = int(str(given)) if given is not None else world.account.seed(kind, [{}], world.now())[0]
    there = world.account.shelf(kind).records
    if any(record_id not in there for record_id in (winner, *losers)) or winner in losers:
        raise ValueError("winner and losers must be there, and differ")
    world.account.merge(kind, winner, losers, world.now())
    return {"winner": str(winner)}


def plan_faults(world: World, body: Mapping[str, object]) -> Body:
    """``{"seed"?, "rates": [...], "queue": [...], "append"?}``; ``{}`` ends them all."""
    world.faults.plan(body)
    return world.faults.as_json()


def turn_settings(world: World, body: Mapping[str, object]) -> Body:
    """Any of the switches; answers with all of them."""
    world.turn(body)
    return world.settings.as_json()


def clear(world: World, body: Mapping[str, object]) -> Body:
    """``{"what": ["traffic", "faults", "limits"]}``: forget counts without touching records; all three by default."""
    what = _list(body, "what") if "what" in body else ["traffic", "faults", "limits"]
    if "traffic" in what:
        world.traffic = Traffic()
        world.traffic.keep_last(world.settings.record_requests)
    if "faults" in what:
        world.faults = Faults(world.settings.seed)
    if "limits" in what:
        world.limits = RateLimits()
    return {}


SCENARIO: dict[str, Part] = {
    "settings": turn_settings,
    "objects": lambda world, body: _each(add_objects, world, body),
    "properties": lambda world, body: _each(add_properties, world, body),
    "labels": lambda world, body: _each(add_labels, world, body),
    "owners": lambda world, body: _each(add_owners, world, body),
    "dispositions": lambda world, body: _each(add_dispositions, world, body),
    "tokens": lambda world, body: _each(add_tokens, world, body),
    "records": lambda world, body: _each(seed_records, world, body),
    "archive": lambda world, body: _each(archive_records, world, body),
    "faults": plan_faults,
}
"""A scenario's parts, in the order in which they are played."""


def play(world: World, scenario: Mapping[str, object]) -> None:
    """Start as a scenario says: a part's value is what its path takes, or a list of that."""
    unknown = scenario.keys() - SCENARIO.keys()
    if unknown:
        raise ValueError(f"unknown parts of a scenario: {', '.join(sorted(unknown))}")
    for name, part in SCENARIO.items():
        if name in scenario:
            value = scenario[name]
            part(world, {"each": value} if isinstance(value, list) else _mapping(value))


def control_routes(world: World, scenario: Mapping[str, object] | None = None) -> list[Route]:
    """The paths. A refusal is a 400 with ``{"error": ...}``."""
    posts: dict[str, Part] = {
        "records": seed_records,
        "properties": add_properties,
        "labels": add_labels,
        "owners": add_owners,
        "dispositions": add_dispositions,
        "tokens": add_tokens,
        "objects": add_objects,
        "archive": archive_records,
        "merge": merge_records,
        "faults": plan_faults,
        "settings": turn_settings,
        "clear": clear,
        "play": _play,
        "reset": lambda held, body: _reset(held, body, scenario or {}),
    }
    routes = [Route(f"/_sandbox/{name}", _post(world, part), methods=["POST"]) for name, part in posts.items()]
    return routes + [Route(f"/_sandbox/{name}", _get(part), methods=["GET"]) for name, part in _gets(world).items()]


def _gets(world: World) -> dict[str, Callable[[Mapping[str, str]], Body]]:
    return {
        "stats": lambda _: stats(world),
        "settings": lambda _: world.settings.as_json(),
        "faults": lambda _: world.faults.as_json(),
        "calls": lambda query: calls(
            world, int(query.get("offset", 0)), int(query.get("limit", PAGE)), query.get("object_type", "calls")
        ),
        "requests": lambda query: {"requests": world.traffic.last(int(query.get("last", 100)))},
    }


def _reset(world: World, body: Mapping[str, object], scenario: Mapping[str, object]) -> Body:
    """As at the start, scenario included; ``{"keep_settings": true}`` leaves the switches as they are."""
    keep = bool(body.get("keep_settings"))
    world.start(world.settings if keep else Settings())
    play(world, {name: part for name, part in scenario.items() if not (keep and name == "settings")})
    return {}


def _play(world: World, body: Mapping[str, object]) -> Body:
    play(world, body)
    return {}


def _each(part: Part, world: World, body: Mapping[str, object]) -> Body:
    for item in _list(body, "each") if "each" in body else [body]:
        part(world, _mapping(item))
    return {}


def _post(world: World, part: Part) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            return _json(part(world, _mapping(orjson.loads(raw or b"{}"))))
        except Refused as refusal:
            return _json({"error": refusal.answer.body}, 400)
        except (ValueError, KeyError, TypeError) as error:
            return _json({"error": str(error)}, 400)

    return endpoint


def _get(part: Callable[[Mapping[str, str]], Body]) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        try:
            return _json(part(request.query_params))
        except Refused as refusal:
            return _json({"error": refusal.answer.body}, 400)
        except ValueError as error:
            return _json({"error": str(error)}, 400)

    return endpoint


def _json(body: Body, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, {"Content-Type": JSON_TYPE})


def _shown(record: Record, world: World) -> Body:
    return {
        "id": str(record.id),
        "properties": record.properties,
        "associations": shown(record, world.account),
        "createdAt": iso(record.created_ms),
        "updatedAt": iso(record.updated_ms),
        "archived": record.archived_ms is not None,
    }


def _generated(template: Mapping[str, object]) -> Iterator[Mapping[str, str]]:
    """``{"count", "start"?, "properties": {"email": "contact{i}@example.com"}}``: ``{i}`` counts."""
    start = int(str(template.get("start", 1)))
    properties = _strings(_mapping(template["properties"]))
    for number in range(start, start + int(str(template["count"]))):
        yield {name: value.replace("{i}", str(number)) for name, value in properties.items()}


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text")  # noqa: TRY004 - answered as a 400
    return value


def _list(body: Mapping[str, object], name: str) -> list[object]:
    value = body.get(name)
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list")  # noqa: TRY004 - answered as a 400
    return value


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"expected an object, not {value!r}")  # noqa: TRY004 - answered as a 400
    return value


def _strings(row: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in row.items()}
