"""One request, from the socket to the answer: gates, faults, the work itself, faults again."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from integration_tests.sandbox import bodies, inputs, stream
from integration_tests.sandbox.bodies import Refused
from integration_tests.sandbox.credentials import Token
from integration_tests.sandbox.faults import Fault
from integration_tests.sandbox.hangup import CutShort, Hangup
from integration_tests.sandbox.object_types import ObjectType
from integration_tests.sandbox.poison import estranged, nothing
from integration_tests.sandbox.rate_limit import Limit
from integration_tests.sandbox.settings import Milliseconds
from integration_tests.sandbox.traffic import Recorded, Seen
from integration_tests.sandbox.wire import Answer, Body, iso
from integration_tests.sandbox.world import Commit, Exchange, World

Handler: TypeAlias = Callable[[Exchange], Answer]
Reply: TypeAlias = "Answer | Hangup | CutShort"
_LONGEST_WAIT = 3_600.0
_LONGEST_HEADER = 4_000
_GARBAGE_AGO = 20_705
_SHOWY = ("stranger", "drip", "bomb", "endless")
"""Faults that answer at length, whether anything was written or not."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What stands behind a path. ``scope`` is a scope's name, or ``read``/``write`` of the path's object type."""

    name: str
    handler: Handler
    scope: str | None = None
    takes_json: bool = False
    guarded: bool = True
    limit: Limit = "burst"


class Gateway:
    """Serves every operation of HubSpot's face."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def serve(self, operation: Operation, request: Request) -> Response:
        world = self.world
        try:
            raw = await request.body()
        except ClientDisconnect:
            return Response()
        names = self._names(operation, request.path_params)
        traffic = world.traffic
        traffic.began(names[0], len(raw))
        status = 0
        try:
            reply, headers, fault = await self._reply(operation, request, raw, names)
            status = reply.status if isinstance(reply, Answer) else 0
        except Exception:
            traffic.crashes += 1
            raise
        finally:
            traffic.ended(names[0], status)
        traffic.seen.append(_seen(request, status, fault, world.now()))
        if traffic.recording:
            traffic.record(_recorded(request, names[0], raw, status, fault, world.now()))
        return self._encoded(reply, headers, fault, request)

    async def _reply(
        self, operation: Operation, request: Request, raw: bytes, names: tuple[str, ...]
    ) -> tuple[Reply, dict[str, str], Fault | None]:
        headers: dict[str, str] = {}
        try:
            token = self._past_the_gates(operation, request, raw, headers)
            exchange = self._exchange(operation, request, raw, names, token)
        except Refused as refusal:
            return refusal.answer, headers, None
        delays, fault = self.world.faults.draw(names, raw)
        before, after = self._times(delays)
        await _sleep(before)
        reply = await self._struck(operation, exchange, fault)
        await _sleep(after)
        return reply, headers, fault

    def _names(self, operation: Operation, params: Mapping[str, str]) -> tuple[str, ...]:
        """What faults and statistics call it: ``create:calls``, ``create``; of associations the target counts."""
        kind = params.get("to_type") or params.get("object_type")
        if kind is None:
            return (operation.name,)
        return (f"{operation.name}:{self.world.account.called(kind)}", operation.name)

    # The gates

    def _past_the_gates(
        self, operation: Operation, request: Request, raw: bytes, headers: dict[str, str]
    ) -> Token | None:
        """Length, token, limits, in the order HubSpot's edge has them (D). Refused if one is shut."""
        settings = self.world.settings
        if len(request.url.path) + len(request.url.query) > settings.max_uri:
            raise bodies.uri_too_long()
        if settings.max_body_bytes and len(raw) > settings.max_body_bytes:
            raise bodies.refused(413, "Request entity too large", None)
        if not operation.guarded:
            return None
        token = self._token(request)
        if settings.wrong_region is not None:
            raise bodies.wrong_region(self._portal, settings.wrong_region)
        refused, given = self.world.limits.admit(token, settings, operation.limit)
        headers.update(given)
        if refused is not None:
            raise Refused(refused)
        return token

    def _token(self, request: Request) -> Token:
        """B: a missing token is INVALID_AUTHENTICATION; garbage "expired 20705 day(s) ago"."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value.strip():
            raise bodies.no_credentials()
        token = self.world.account.credentials.tokens.get(value.strip())
        if token is None or token.revoked or self.world.settings.is_elsewhere(value):
            form = self.world.settings.bad_token
            if form == "invalid" or (form == "by_shape" and value.startswith("pat-")):
                raise bodies.no_credentials()
            raise bodies.token_expired(f"{_GARBAGE_AGO} day(s)", "1970-01-01T00:00:00Z")
        now = self.world.now()
        if token.expires_ms and token.expires_ms <= now:
            raise bodies.token_expired(f"{(now - token.expires_ms) // 1000} second(s)", iso(token.expires_ms))
        return token

    def _exchange(
        self, operation: Operation, request: Request, raw: bytes, names: tuple[str, ...], token: Token | None
    ) -> Exchange:
        content_type = request.headers.get("content-type", "")
        exchange = Exchange(
            self.world,
            names[0],
            request.path_params,
            _query(request),
            token=token,
            raw=raw,
            content_type=content_type,
        )
        if token is not None:
            self._check_scope(operation, exchange, token)
        if operation.takes_json:
            if not content_type.lower().startswith("application/json"):
                raise bodies.unsupported_media_type()
            exchange.body = inputs.parse(raw)
            listed = exchange.body.get("inputs") if isinstance(exchange.body, dict) else None
            request.scope["inputs"] = len(listed) if isinstance(listed, list) else 0
        return exchange

    def _check_scope(self, operation: Operation, exchange: Exchange, token: Token) -> None:
        """A: static tokens are told the scope; B: OAuth tokens get a sentence."""
        if operation.scope is None:
            return
        kind = self._kind(exchange)
        wanted = operation.scope
        if kind is not None and wanted in ("read", "write", "define"):
            wanted = {"read": kind.read_scope, "write": kind.write_scope, "define": kind.define_scope}[wanted]
        if wanted in token.scopes:
            return
        if not token.oauth:
            raise bodies.scopes_missing([wanted])
        name = kind.legacy_name if kind is not None else operation.name.upper()
        raise bodies.scopes_missing_oauth("edit" if wanted.endswith("write") else "view", name, self._portal, [wanted])

    def _kind(self, exchange: Exchange) -> ObjectType | None:
        name = exchange.params.get("object_type")
        return None if name is None else self.world.account.kind(name)

    @property
    def _portal(self) -> int:
        return self.world.account.portal

    @property
    def _dice(self) -> random.Random:
        return self.world.faults.dice

    # The work, and what may go wrong with it

    async def _struck(self, operation: Operation, exchange: Exchange, fault: Fault | None) -> Reply:
        if fault is None:
            return _work(operation, exchange)
        refused = self._refused(fault)
        if refused is not None:
            return refused
        exchange.commit = self._commit(fault)
        match fault.kind:
            case "status" | "locked" | "migrating" | "slow_commit" | "no_links" | "partial":
                self._commit_as_told(operation, exchange, fault)
                return _waiting(bodies.edge(fault.status, fault.body), fault)
            case "drop":
                self._commit_as_told(operation, exchange, fault)
                return Hangup(fault.how)
            case "hang":
                return await self._hung(operation, exchange, fault)
            case _:
                return self._bent(operation, exchange, fault)

    def _refused(self, fault: Fault) -> Answer | None:
        """The answers of a gate that a fault shuts: nothing is ever committed."""
        gates: dict[str, Callable[[], Answer]] = {
            "rate_burst": lambda: Answer(429, bodies.burst_limit(), {"X-HubSpot-RateLimit-Remaining": "0"}),
            "rate_daily": lambda: Answer(429, bodies.daily_limit(), {"X-HubSpot-RateLimit-Daily-Remaining": "0"}),
            "expired_token": lambda: bodies.token_expired("75 second(s)", iso(self.world.now() - 75_000)).answer,
            "bad_token": lambda: bodies.no_credentials().answer,
            "refuse": lambda: (
                bodies.refused(
                    fault.status, fault.message or "Bad request", fault.category, context=fault.context
                ).answer
            ),
            "wrong_region": lambda: bodies.wrong_region(self._portal, "eu1").answer,
        }
        gate = gates.get(fault.kind)
        return None if gate is None else _waiting(gate(), fault)

    def _commit(self, fault: Fault) -> Commit:
        """D: if calls and links are two transactions, a write whose answer is lost may have lost its links."""
        links = fault.links
        if self.world.settings.transaction == "two" and fault.when == "after" and fault.kind in ("status", "drop"):
            links = links and self._dice.random() < 0.5
        return Commit(links, fault.commit_share)

    def _commit_as_told(self, operation: Operation, exchange: Exchange, fault: Fault) -> None:
        """Do the work now, later, or never; its answer is lost."""
        if fault.when == "after":
            _work(operation, exchange)
        elif fault.when == "late":
            self._commit_later(operation, exchange, _draw(fault.ms, self._dice))

    def _commit_later(self, operation: Operation, exchange: Exchange, milliseconds: float) -> None:
        world, account = self.world, self.world.account
        world.late_commits += 1

        def commit() -> None:
            if world.account is not account:
                return
            world.late_commits -= 1
            try:
                _work(operation, exchange)
            except Exception:
                world.traffic.crashes += 1
                raise

        asyncio.get_running_loop().call_later(milliseconds / 1000, commit)

    async def _hung(self, operation: Operation, exchange: Exchange, fault: Fault) -> Reply:
        """No answer for a long time: then one after all, or the end of the connection."""
        answer: Answer | None = None
        if fault.when == "after":
            answer = _work(operation, exchange)
        elif fault.when == "late":
            self._commit_later(operation, exchange, _draw(fault.ms, self._dice) or fault.seconds * 1000)
        await _sleep(fault.seconds * 1000)
        if fault.how != "answer":
            return Hangup("close")
        return answer if answer is not None else _work(operation, exchange)

    def _bent(self, operation: Operation, exchange: Exchange, fault: Fault) -> Reply:
        """A 2xx that is not what it should be."""
        if fault.kind in ("empty", "batch_status") and fault.when != "after":
            self._commit_as_told(operation, exchange, fault)
            return nothing() if fault.kind == "empty" else _not_yet(fault, iso(self.world.now()))
        if fault.kind in _SHOWY and fault.when != "after":
            self._commit_as_told(operation, exchange, fault)
            return self._strangers(exchange, fault) if fault.kind == "stranger" else nothing()
        if fault.kind == "omit" and fault.when == "before":
            exchange.commit = Commit(exchange.commit.links, 1.0 - fault.share)
        answer = _work(operation, exchange)
        return answer if answer.status >= 300 else self._bend(answer, fault)

    def _bend(self, answer: Answer, fault: Fault) -> Reply:
        benders: dict[str, Callable[[Answer, Fault], Reply]] = {
            "empty": lambda _answer, _fault: nothing(),
            "stranger": self._estranged,
            "omit": self._omitted,
            "batch_status": _unfinished,
            "cut_body": lambda whole, cut: _Cut(whole) if cut.how == "json" else CutShort(whole),
            "ok_200": lambda whole, _: whole.with_status(200),
        }
        bend = benders.get(fault.kind)
        return answer if bend is None else bend(answer, fault)

    def _omitted(self, answer: Answer, fault: Fault) -> Answer:
        """Some results are not there; with ``when: before`` those were not written either."""
        if not isinstance(answer.body, dict) or fault.when == "before":
            return answer
        results = answer.body.get("results")
        if not isinstance(results, list):
            return answer
        kept = [item for item in results if self._dice.random() >= fault.share]
        if len(kept) == len(results):
            kept = kept[1:]
        return answer.with_body({**answer.body, "results": kept})

    def _estranged(self, answer: Answer, fault: Fault) -> Answer:
        """Results about other people's calls, in the right number."""
        if not isinstance(answer.body, dict) or not isinstance(answer.body.get("results"), list):
            return answer
        results = [
            estranged(item, self._dice) if self._dice.random() < fault.share else item
            for item in answer.body["results"]
        ]
        return answer.with_body({**answer.body, "results": results})

    def _strangers(self, exchange: Exchange, fault: Fault) -> Answer:
        """The same, with nothing written."""
        listed = exchange.body.get("inputs") if isinstance(exchange.body, dict) else None
        now = iso(self.world.now())
        about: Body = {"createdAt": now, "updatedAt": now, "archived": False}
        results = [{**item, **about} for item in listed or () if isinstance(item, dict)]
        body = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
        status = 201 if operation_of(exchange) in ("create", "associate") else 200
        return self._estranged(Answer(status, body), fault)

    def _times(self, delays: list[Fault]) -> tuple[float, float]:
        """Milliseconds before and after the commit."""
        settings = self.world.settings
        total = _draw(settings.latency_ms, self._dice) + sum(_draw(delay.ms, self._dice) for delay in delays)
        before = total * settings.latency_commit_share
        return before, total - before

    # The answer

    def _encoded(self, reply: Reply, headers: dict[str, str], fault: Fault | None, request: Request) -> Response:
        if isinstance(reply, Hangup):
            return reply
        all_headers = {
            "Date": formatdate(self.world.now() / 1000, usegmt=True),
            "X-HubSpot-Correlation-Id": bodies.correlation_id(),
            **headers,
        }
        if isinstance(reply, CutShort):
            reply.more.update(all_headers)
            return reply
        all_headers.update(reply.headers)
        content = reply.encoded()
        if isinstance(reply, _Cut):
            content = content[: len(content) // 2]
        kind = fault.kind if fault is not None else ""
        if self._packs(kind, len(content), request):
            content = gzip.compress(content, 1)
            all_headers["Content-Encoding"] = "gzip"
        if reply.status != 204:
            all_headers["Content-Type"] = (
                fault.value if fault is not None and kind == "content_type" else reply.content_type()
            )
        return _streamed(Response(content, reply.status, all_headers), fault)

    def _packs(self, kind: str, size: int, request: Request) -> bool:
        switch = self.world.settings.gzip
        if kind == "gzip" or switch == "always":
            return size > 0
        return switch == "accept" and size > 1_000 and "gzip" in request.headers.get("accept-encoding", "")


class _Cut(Answer):
    """An answer whose JSON ends in the middle, while the length says that this is all."""

    __slots__ = ()

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status, answer.body, answer.headers, answer.html)


def _work(operation: Operation, exchange: Exchange) -> Answer:
    try:
        return operation.handler(exchange)
    except Refused as refusal:
        return refusal.answer


def _streamed(answer: Response, fault: Fault | None) -> Response:
    """The answer itself, or one that takes its time or never ends."""
    match fault.kind if fault is not None else None:
        case "drip" if fault is not None:
            milliseconds = fault.ms if isinstance(fault.ms, (int, float)) else fault.ms[0]
            return stream.dripping(answer, milliseconds / 1000, fault.seconds)
        case "bomb" if fault is not None:
            return stream.bomb(answer, fault.megabytes)
        case "endless":
            return stream.endless(answer)
        case "early_hints":
            return stream.EarlyHinted(answer)
        case _:
            return answer


def operation_of(exchange: Exchange) -> str:
    """``create`` of ``create:calls``."""
    return exchange.endpoint.partition(":")[0]


def _not_yet(fault: Fault, now: str) -> Answer:
    """D: a batch that is accepted and not carried out (or will be, when the fault says late)."""
    return Answer(200, {"status": fault.batch_status, "results": [], "startedAt": now, "completedAt": now})


def _unfinished(answer: Answer, fault: Fault) -> Answer:
    """PENDING, PROCESSING, CANCELED: A for the words, D for what stands beside them."""
    if not isinstance(answer.body, dict):
        return answer
    body = {**answer.body, "status": fault.batch_status}
    if not fault.results:
        body["results"] = []
    return answer.with_body(body)


def _waiting(answer: Answer, fault: Fault) -> Answer:
    if fault.retry_after is None:
        return answer
    return replace(answer, headers={**answer.headers, "Retry-After": str(fault.retry_after)})


def _draw(milliseconds: Milliseconds, dice: random.Random) -> float:
    if isinstance(milliseconds, list):
        return dice.uniform(milliseconds[0], milliseconds[-1])
    return milliseconds


async def _sleep(milliseconds: float) -> None:
    if milliseconds > 0:
        await asyncio.sleep(min(milliseconds / 1000, _LONGEST_WAIT))


def _query(request: Request) -> dict[str, str]:
    """A parameter given several times is the same as one with commas (A)."""
    query: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def _seen(request: Request, status: int, fault: Fault | None, now: int) -> Seen:
    scope = request.scope
    shown = None if fault is None else fault.kind
    return Seen(now, request.method, scope["asked_path"], status, shown, scope.get("inputs", 0))


def _recorded(request: Request, endpoint: str, raw: bytes, status: int, fault: Fault | None, now: int) -> Recorded:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Recorded(
        now,
        request.method,
        path,
        endpoint,
        {name: value[:_LONGEST_HEADER] for name, value in request.headers.items()},
        raw,
        status,
        None if fault is None else fault.kind,
    )
