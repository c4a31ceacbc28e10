"""The sandbox in a browser: what the account holds, what was asked of it, and what shall go wrong next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import jinja2
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from integration_tests.sandbox.timeline import Timelines
from integration_tests.sandbox.traffic import Seen
from integration_tests.sandbox.world import World

FOLDER = Path(__file__).parent
REQUESTS = 100
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing but this page's own files: the bodies of calls are anybody's HTML, and their frames inherit this."""


@dataclass(frozen=True, slots=True)
class Button:
    """A fault that a person can let happen."""

    name: str
    label: str
    meaning: str
    fault: Mapping[str, object]


BUTTONS = (
    Button(
        "outage",
        "503 for 10 s",
        "Every request is answered with 503",
        {"kind": "status", "status": 503, "lasts": 10},
    ),
    Button(
        "lose",
        "Lose the next answer",
        "The next create is carried out, and the connection is reset",
        {"kind": "drop", "when": "after", "endpoint": "create"},
    ),
    Button("slow", "Slow for 10 s", "Every answer takes 2 s longer", {"kind": "latency", "ms": 2000, "lasts": 10}),
    Button("limit", "429", "The next request is one too many", {"kind": "rate_burst"}),
)
_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page_routes(world: World) -> list[Route]:
    """``/`` and what it is made of."""

    async def page(request: Request) -> Response:
        return _html("page.html", {**seen(world, request.query_params), "buttons": BUTTONS})

    async def live(request: Request) -> Response:
        return _html("live.html", seen(world, request.query_params))

    async def plan(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        plan_fault(world, form.get("fault", ""))
        return RedirectResponse("/?" + urlencode(_chosen(form)), 303)

    return [
        Route("/", page, methods=["GET"]),
        Route("/_page/live", live, methods=["GET"]),
        Route("/_page/faults", plan, methods=["POST"]),
        Route("/_page/page.css", _file("page.css", "text/css"), methods=["GET"]),
        Route("/_page/page.js", _file("page.js", "text/javascript"), methods=["GET"]),
    ]


def plan_fault(world: World, name: str) -> None:
    """What a button says; one that is not there ends all faults."""
    button = next((one for one in BUTTONS if one.name == name), None)
    world.faults.plan({} if button is None else {"queue": [button.fault], "append": True})


def seen(world: World, query: Mapping[str, str]) -> dict[str, object]:
    """What the page shows of a world: everything is read anew at each request."""
    account, timelines = world.account, Timelines(world.account)
    chosen = _chosen(query)
    people = timelines.people()
    unlinked = "unlinked" in chosen
    person = timelines.person(chosen.get("contact", people[0].id if people else ""))
    return {
        "account": account,
        "settings": world.settings,
        "records": {kind.plural: len(account.shelf(kind).records) for kind in account.kinds.values()},
        "created": account.calls.created,
        "looked_through": timelines.looked_through,
        "people": people,
        "person": None if unlinked else person,
        "unlinked": timelines.unlinked,
        "shows_unlinked": unlinked,
        "entries": timelines.entries(None if unlinked or person is None else person.id) if unlinked or person else [],
        "planned": world.faults.planned(),
        "requests": [_request(one) for one in reversed(world.traffic.seen)],
        "total": world.traffic.total,
        "query": urlencode(chosen),
        "chosen": chosen,
    }


def _chosen(query: Mapping[str, str]) -> dict[str, str]:
    """The contact whose timeline is open, or the calls on nobody's."""
    return {name: query[name] for name in ("contact", "unlinked") if name in query}


def _request(one: Seen) -> dict[str, object]:
    at = datetime.fromtimestamp(one.at_ms / 1000, timezone.utc)
    kind = "lost" if one.status == 0 else "good" if one.status < 300 else "odd" if one.status < 500 else "bad"
    return {
        "one": one,
        "at": f"{at:%H:%M:%S}",
        "kind": "odd" if one.status == 207 else kind,
    }


def _html(name: str, values: Mapping[str, object]) -> Response:
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    text = _ENVIRONMENT.get_template(name).render(values)
    return Response(text, 200, headers, "text/html")


def _file(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_: Request) -> Response:
        return Response((FOLDER / name).read_bytes(), 200, {"Cache-Control": "no-store"}, media_type)

    return endpoint
