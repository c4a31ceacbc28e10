"""The program as an ASGI application: HubSpot's paths, in every version, and the control API beside them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from integration_tests.sandbox import associations, bodies, catalogue, oauth, reading, search, writing
from integration_tests.sandbox.control import control_routes
from integration_tests.sandbox.gateway import Gateway, Operation
from integration_tests.sandbox.page import page_routes
from integration_tests.sandbox.wire import JSON_TYPE, Answer
from integration_tests.sandbox.world import World

_CONTACTS_READ = "crm.objects.contacts.read"
_OBJECTS = "/crm/v3/objects/{object_type}"
_PROPERTIES = "/crm/v3/properties/{object_type}"
_ASSOCIATIONS = "/crm/v4/associations/{object_type}/{to_type}"
_LINKS = "/crm/v4/objects/{object_type}/{id}/associations/{to_type}"
_SCHEMAS = Operation("schemas", catalogue.list_schemas, "crm.schemas.custom.read")
_TOKEN = Operation("token", oauth.issue_token, guarded=False)

OPERATIONS: list[tuple[str, str, Operation]] = [
    ("POST", f"{_OBJECTS}/batch/create", Operation("create", writing.create_batch, "write", takes_json=True)),
    ("POST", f"{_OBJECTS}/batch/read", Operation("read", reading.read_batch, "read", takes_json=True)),
    ("POST", f"{_OBJECTS}/batch/update", Operation("update", writing.update_batch, "write", takes_json=True)),
    ("POST", f"{_OBJECTS}/batch/upsert", Operation("upsert", writing.upsert_batch, "write", takes_json=True)),
    ("POST", f"{_OBJECTS}/batch/archive", Operation("archive", writing.archive_batch, "write", takes_json=True)),
    ("POST", f"{_OBJECTS}/search", Operation("search", search.search, "read", takes_json=True, limit="search")),
    ("POST", _OBJECTS, Operation("create_one", writing.create_single, "write", takes_json=True)),
    ("GET", _OBJECTS, Operation("list", reading.list_records, "read")),
    ("GET", f"{_OBJECTS}/{{id}}", Operation("get", reading.read_single, "read")),
    ("PATCH", f"{_OBJECTS}/{{id}}", Operation("update_one", writing.update_single, "write", takes_json=True)),
    ("DELETE", f"{_OBJECTS}/{{id}}", Operation("archive_one", writing.archive_single, "write")),
    ("GET", _PROPERTIES, Operation("properties", catalogue.list_properties, "read")),
    ("POST", _PROPERTIES, Operation("create_property", catalogue.create_property, "define", takes_json=True)),
    ("GET", f"{_PROPERTIES}/{{name}}", Operation("property", catalogue.read_property, "read")),
    (
        "PATCH",
        f"{_PROPERTIES}/{{name}}",
        Operation("update_property", catalogue.update_property, "define", takes_json=True),
    ),
    ("DELETE", f"{_PROPERTIES}/{{name}}", Operation("archive_property", catalogue.archive_property, "define")),
    ("GET", f"{_ASSOCIATIONS}/labels", Operation("labels", associations.list_labels, "read", limit="associations")),
    (
        "POST",
        f"{_ASSOCIATIONS}/batch/create",
        Operation("associate", associations.create_links, "write", takes_json=True, limit="associations"),
    ),
    (
        "POST",
        f"{_ASSOCIATIONS}/batch/associate/default",
        Operation(
            "associate_default", associations.create_default_links, "write", takes_json=True, limit="associations"
        ),
    ),
    (
        "POST",
        f"{_ASSOCIATIONS}/batch/read",
        Operation("read_links", associations.read_links, "read", takes_json=True, limit="associations"),
    ),
    ("GET", _LINKS, Operation("list_links", associations.list_links, "read", limit="associations")),
    (
        "PUT",
        f"{_LINKS}/{{to_id}}",
        Operation("associate_one", associations.create_link, "write", takes_json=True, limit="associations"),
    ),
    ("GET", "/crm-object-schemas/v3/schemas", _SCHEMAS),
    ("GET", "/crm/v3/schemas", _SCHEMAS),
    ("GET", "/crm/v3/owners", Operation("owners", catalogue.list_owners, "crm.objects.owners.read")),
    ("GET", "/crm/v3/owners/{id}", Operation("owner", catalogue.read_owner, "crm.objects.owners.read")),
    ("GET", "/calling/v1/dispositions", Operation("dispositions", catalogue.list_dispositions, _CONTACTS_READ)),
    ("GET", "/account-info/v3/details", Operation("account", catalogue.account_details)),
    ("POST", "/oauth/v1/token", _TOKEN),
    ("POST", "/oauth/v1/token/introspect", Operation("token_introspect", oauth.introspect, guarded=False)),
    ("GET", "/oauth/v1/access-tokens/{token}", Operation("token_details", oauth.token_details, guarded=False)),
    (
        "POST",
        "/oauth/v2/private-apps/get/access-token-info",
        Operation("token_info", oauth.private_app_details, guarded=False, takes_json=True),
    ),
]

_DATE = r"(?P<date>20\d\d-(?:03|09))"
_DATED = [
    (re.compile(rf"^/crm/objects/{_DATE}/([^/]+/[^/]+/associations/.*)$"), "/crm/v4/objects/"),
    (re.compile(rf"^/crm/objects/{_DATE}/(.*)$"), "/crm/v3/objects/"),
    (re.compile(rf"^/crm/properties/{_DATE}/(.*)$"), "/crm/v3/properties/"),
    (re.compile(rf"^/crm/associations/{_DATE}/(.*)$"), "/crm/v4/associations/"),
    (re.compile(rf"^/crm/owners/{_DATE}/?(.*)$"), "/crm/v3/owners/"),
    (re.compile(rf"^/crm-object-schemas/{_DATE}/(.*)$"), "/crm-object-schemas/v3/"),
    (re.compile(rf"^/account-info/{_DATE}/(.*)$"), "/account-info/v3/"),
    (re.compile(rf"^/oauth/{_DATE}/(token(?:/introspect)?)$"), "/oauth/v1/"),
    (re.compile(r"^/oauth/(?P<date>v3)/(token(?:/introspect)?)$"), "/oauth/v1/"),
]
_NUMBERED = re.compile(r"^/(?!oauth/)[a-z-]+/(v\d)/")


class Versions:
    """Leads the paths of every version to the same operations: the schemas are the same (A)."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["asked_path"] = scope["path"]
            scope["path"] = self._path(scope["path"])
        await self._app(scope, receive, send)

    def _path(self, path: str) -> str:
        served = self._world.settings.versions
        for pattern, prefix in _DATED:
            found = pattern.match(path)
            if found is not None:
                known = self._served(prefix)
                there = known is None or found["date"] in known
                return (prefix + found[2]).rstrip("/") if there else "/gone"
        if path.startswith("/oauth/v1/token/") or (path.startswith("/oauth/v1/") and not self._has_oauth_v1()):
            return "/gone"
        numbered = _NUMBERED.match(path)
        if numbered is not None and served is not None and numbered[1] not in served:
            return "/gone"
        return path

    def _served(self, prefix: str) -> list[str] | None:
        """The versions that there are of what stands under a prefix; None: all."""
        settings = self._world.settings
        return settings.oauth_versions if prefix == "/oauth/v1/" else settings.versions

    def _has_oauth_v1(self) -> bool:
        served = self._world.settings.oauth_versions
        return served is None or "v1" in served


def build(world: World, scenario: Mapping[str, object] | None = None) -> ASGIApp:
    """The whole program around one world, which a reset takes back to ``scenario``."""
    gateway = Gateway(world)
    routes = [Route(path, _endpoint(gateway, it), methods=[method]) for method, path, it in OPERATIONS]
    strays = {404: _stray(world, bodies.path_not_found), 405: _stray(world, bodies.method_not_allowed)}
    app = Starlette(routes=[*control_routes(world, scenario), *page_routes(world), *routes], exception_handlers=strays)
    app.router.redirect_slashes = False
    return Versions(app, world)


def _endpoint(gateway: Gateway, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await gateway.serve(operation, request)

    return endpoint


def _stray(world: World, answer: Callable[[], Answer]) -> Callable[[Request, Exception], Response]:
    """Answers what has no operation, and counts it: a client's mistake shows."""

    def handler(request: Request, _: Exception) -> Response:
        world.traffic.strayed(request.method, request.scope["asked_path"])
        refusal = answer()
        return Response(refusal.encoded(), refusal.status, {"Content-Type": JSON_TYPE})

    return handler
