"""Misbehaviour on demand: at a rate (seeded), or as a queue of what happens to the next requests."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal, TypeAlias

from integration_tests.sandbox.wire import Body

When: TypeAlias = Literal["before", "after", "late"]

KINDS: dict[str, dict[str, object]] = {
    "latency": {"ms": 500},
    "status": {"status": 503, "when": "before", "body": "json"},
    "rate_burst": {"status": 429},
    "rate_daily": {"status": 429},
    "locked": {"status": 423},
    "migrating": {"status": 477, "retry_after": 2},
    "drop": {"when": "before", "how": "reset"},
    "cut_body": {"when": "after", "how": "length"},
    "empty": {"when": "before"},
    "omit": {"when": "after", "share": 0.3},
    "hang": {"when": "before", "seconds": 30, "how": "close"},
    "slow_commit": {"status": 504, "when": "late", "ms": 1000, "body": "json"},
    "no_links": {"status": 500, "when": "after", "links": False, "body": "json"},
    "partial": {"status": 500, "when": "after", "commit_share": 0.5, "body": "json"},
    "expired_token": {"status": 401},
    "bad_token": {"status": 401},
    "batch_status": {"batch_status": "PENDING", "when": "after", "results": False},
    "ok_200": {},
    "content_type": {"value": "text/plain"},
    "gzip": {},
    "refuse": {"status": 400, "message": "Bad request"},
    "wrong_region": {"status": 488},
    "unlinked": {"when": "after", "links": False},
    "stranger": {"when": "after", "share": 1.0},
    "drip": {"when": "after", "ms": 1000, "seconds": 3600},
    "bomb": {"when": "after", "megabytes": 4096},
    "endless": {"when": "after"},
    "early_hints": {"when": "after"},
}
"""Every kind and the defaults of its parameters."""

ENDPOINTS = frozenset(
    {
        "account",
        "archive",
        "archive_one",
        "archive_property",
        "associate",
        "associate_default",
        "associate_one",
        "create",
        "create_one",
        "create_property",
        "dispositions",
        "get",
        "labels",
        "list",
        "list_links",
        "owner",
        "owners",
        "properties",
        "property",
        "read",
        "read_links",
        "schemas",
        "search",
        "token",
        "token_details",
        "token_info",
        "update",
        "update_one",
        "update_property",
        "token_introspect",
        "upsert",
        "*",
    }
)
"""What a fault can be limited to, alone or as ``name:object_type``."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "when": ("before", "after", "late"),
    "how": ("reset", "close", "length", "json", "answer"),
    "body": ("json", "html", "empty"),
    "batch_status": ("PENDING", "PROCESSING", "CANCELED"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with a request. Parameters that a kind has no use for are ignored."""

    kind: str
    rate: float = 1.0
    endpoints: tuple[str, ...] = ("*",)
    times: int | None = None
    lasts: float | None = None
    skip: int = 0
    contains: str | None = None
    status: int = 503
    when: str = "before"
    how: str = "reset"
    ms: float | list[float] = 0
    seconds: float = 30
    share: float = 0.3
    commit_share: float = 1.0
    links: bool = True
    retry_after: float | str | None = None
    body: str = "json"
    batch_status: str = "PENDING"
    results: bool = False
    value: str = "text/plain"
    message: str = ""
    category: str | None = "VALIDATION_ERROR"
    context: dict[str, list[str]] = field(default_factory=dict)
    megabytes: int = 4096

    @property
    def commits(self) -> bool:
        """Whether the write is done before the answer goes wrong."""
        return self.when == "after"


@dataclass(slots=True)
class _Armed:
    """A fault in the plan, with what is left of it and a random stream of its own."""

    fault: Fault
    left: int | None
    skip: int
    seed: str
    streams: dict[str, random.Random] = field(default_factory=dict)
    ends: float | None = None
    """When it is over, on a monotonic clock; None before it has struck for the first time, or if it does not end."""

    def strikes(self, names: tuple[str, ...], raw: bytes) -> bool:
        fault = self.fault
        if self.over or not ("*" in fault.endpoints or any(name in fault.endpoints for name in names)):
            return False
        if fault.contains is not None and fault.contains.encode() not in raw:
            return False
        if fault.rate < 1.0 and self._stream(names[0]).random() >= fault.rate:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.left is not None:
            self.left -= 1
        if fault.lasts is not None and self.ends is None:
            self.ends = time.monotonic() + fault.lasts
        return True

    @property
    def told(self) -> str:
        """In a few words, with what is left of it."""
        what = str(self.fault.status) if self.fault.kind == "status" else self.fault.kind.replace("_", " ")
        if self.ends is not None:
            return f"{what}, {max(0, round(self.ends - time.monotonic()))} s"
        if self.fault.lasts is not None:
            return f"{what}, {self.fault.lasts:g} s from the next request"
        return what if self.left is None else f"{what}, {self.left} time{'' if self.left == 1 else 's'}"

    @property
    def over(self) -> bool:
        return self.left == 0 or (self.ends is not None and time.monotonic() > self.ends)

    def _stream(self, name: str) -> random.Random:
        """One stream per endpoint: what one endpoint meets does not depend on the others' traffic."""
        found = self.streams.get(name)
        if found is None:
            found = self.streams[name] = random.Random(f"{self.seed}/{name}")
        return found


class Faults:
    """The plan. Of the faults that strike a request the first wins, latency adds to all."""

    def __init__(self, seed: int) -> None:
        self.met: Counter[str] = Counter()
        self._seed = seed
        self._queue: list[_Armed] = []
        self._rates: list[_Armed] = []
        self.dice = random.Random(seed)

    def reseed(self, seed: int) -> None:
        self._seed = seed
        self.dice = random.Random(seed)
        for armed in self._rates + self._queue:
            armed.seed, armed.streams = f"{seed}/{armed.seed.partition('/')[2]}", {}

    def plan(self, body: Mapping[str, object]) -> None:
        """``{"seed"?, "rates": [fault], "queue": [fault], "append"?}``; ValueError names what does not fit."""
        unknown = body.keys() - {"seed", "rates", "queue", "append"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        rates = [parse(item, queued=False) for item in _listed(body, "rates")]
        queue = [parse(item, queued=True) for item in _listed(body, "queue")]
        seed = body.get("seed")
        if isinstance(seed, int):
            self.reseed(seed)
        if not body.get("append"):
            self._rates, self._queue = [], []
        self._rates += [self._arm(fault, f"rate{place}") for place, fault in enumerate(rates, len(self._rates))]
        self._queue += [self._arm(fault, f"queue{place}") for place, fault in enumerate(queue, len(self._queue))]

    def draw(self, names: tuple[str, ...], raw: bytes) -> tuple[list[Fault], Fault | None]:
        """The delays, and the one fault, that this request meets."""
        delays: list[Fault] = []
        chosen: Fault | None = None
        for armed in self._queue + self._rates:
            latency = armed.fault.kind == "latency"
            if not latency and chosen is not None:
                continue
            if armed.strikes(names, raw):
                self.met[armed.fault.kind] += 1
                if latency:
                    delays.append(armed.fault)
                else:
                    chosen = armed.fault
        self._queue = [armed for armed in self._queue if not armed.over]
        return delays, chosen

    def as_json(self) -> Body:
        return {
            "met": dict(self.met),
            "queued": [{"kind": armed.fault.kind, "left": armed.left} for armed in self._queue],
            "rates": [{"kind": armed.fault.kind, "rate": armed.fault.rate} for armed in self._rates],
        }

    def planned(self) -> list[str]:
        """What is still to go wrong, in words."""
        armed = [one for one in self._queue + self._rates if not one.over]
        return [one.told for one in armed]

    def _arm(self, fault: Fault, place: str) -> _Armed:
        return _Armed(fault, fault.times, fault.skip, f"{self._seed}/{place}")


def parse(body: object, *, queued: bool) -> Fault:
    """A fault from JSON. In the queue it strikes once unless ``times`` says otherwise."""
    if not isinstance(body, Mapping):
        raise ValueError("a fault is an object with kind")  # noqa: TRY004 - the control API's 400
    kind = body.get("kind")
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; known: {', '.join(KINDS)}")
    known = {item.name for item in fields(Fault)}
    unknown = body.keys() - known - {"endpoint", "max"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    given = {**KINDS[kind], **{name: value for name, value in body.items() if name in known}}
    if "endpoint" in body:
        given["endpoints"] = [body["endpoint"]]
    if "max" in body:
        given["times"] = body["max"]
    if queued and "lasts" not in given:
        given.setdefault("times", 1)
    given["endpoints"] = _endpoints(given.get("endpoints", ["*"]))
    for name, choices in _CHOICES.items():
        if name in given and given[name] not in choices:
            raise ValueError(f"{name} is one of {', '.join(choices)}")
    return replace(Fault(kind), **given)


def _endpoints(names: object) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("endpoints must be a list of names")
    for name in names:
        if name.partition(":")[0] not in ENDPOINTS:
            raise ValueError(f"unknown endpoint {name!r}; known: {', '.join(sorted(ENDPOINTS))}")
    return tuple(names)


def _listed(body: Mapping[str, object], name: str) -> list[object]:
    value = body.get(name, [])
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list")  # noqa: TRY004 - the control API's 400
    return value
