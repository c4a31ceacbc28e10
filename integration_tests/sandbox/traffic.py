"""What has come by: counts for the tests to look at, and if wanted the last requests themselves."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

import orjson

from integration_tests.sandbox.wire import Body

MAX_KEYS = 1_000_000
"""Keys remembered to tell which were asked for twice; beyond, they are only counted."""
MAX_SEEN = 100
"""Last requests that the page shows."""
MAX_STRAYS = 100
"""Different paths without an operation that are told apart."""


@dataclass(slots=True)
class Lookups:
    """Keys asked for at one endpoint."""

    requests: int = 0
    keys: int = 0
    again: int = 0
    seen: set[int] = field(default_factory=set)

    def add(self, keys: list[str]) -> None:
        self.requests += 1
        self.keys += len(keys)
        for key in keys:
            mark = hash(key)
            if mark in self.seen:
                self.again += 1
            elif len(self.seen) < MAX_KEYS:
                self.seen.add(mark)


@dataclass(slots=True)
class Recorded:
    """One request as it was answered."""

    at_ms: int
    method: str
    path: str
    endpoint: str
    headers: dict[str, str]
    raw: bytes
    status: int
    fault: str | None

    def as_json(self) -> Body:
        try:
            body: object = orjson.loads(self.raw) if self.raw else None
        except orjson.JSONDecodeError:
            body = self.raw.decode("utf-8", "replace")
        return {
            "at_ms": self.at_ms,
            "method": self.method,
            "path": self.path,
            "endpoint": self.endpoint,
            "headers": self.headers,
            "body": body,
            "bytes": len(self.raw),
            "status": self.status,
            "fault": self.fault,
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """One request in short; a status of 0 is an answer that never left. ``inputs``: of a batch."""

    at_ms: int
    method: str
    path: str
    status: int
    fault: str | None
    inputs: int


class Traffic:
    """Counters; a status of 0 is an answer that never left."""

    def __init__(self) -> None:
        self.statuses: dict[str, Counter[str]] = {}
        self.inputs: Counter[str] = Counter()
        self.running: Counter[str] = Counter()
        self.most_running: Counter[str] = Counter()
        self.lookups: dict[str, Lookups] = {}
        self.bytes_in = 0
        self.strays: Counter[str] = Counter()
        self.crashes = 0
        self.seen: deque[Seen] = deque(maxlen=MAX_SEEN)
        self._recorded: deque[Recorded] = deque(maxlen=0)

    def keep_last(self, count: int) -> None:
        if count != self._recorded.maxlen:
            self._recorded = deque(self._recorded, maxlen=count)

    def began(self, endpoint: str, size: int) -> None:
        self.bytes_in += size
        for name in (endpoint, "all"):
            self.running[name] += 1
            self.most_running[name] = max(self.most_running[name], self.running[name])

    def ended(self, endpoint: str, status: int) -> None:
        self.statuses.setdefault(endpoint, Counter())[str(status)] += 1
        for name in (endpoint, "all"):
            self.running[name] -= 1

    def strayed(self, method: str, path: str) -> None:
        """A request to a path that is not there, or not for this method."""
        if len(self.strays) < MAX_STRAYS:
            self.strays[f"{method} {path}"] += 1

    def asked(self, endpoint: str, keys: list[str]) -> None:
        self.lookups.setdefault(endpoint, Lookups()).add(keys)

    @property
    def total(self) -> int:
        return sum(sum(counts.values()) for counts in self.statuses.values())

    @property
    def recording(self) -> bool:
        return bool(self._recorded.maxlen)

    def record(self, request: Recorded) -> None:
        self._recorded.append(request)

    def last(self, count: int) -> list[Body]:
        return [item.as_json() for item in list(self._recorded)[-count:]] if count else []

    def as_json(self) -> Body:
        return {
            "requests": {name: dict(counts) for name, counts in self.statuses.items()},
            "requests_total": self.total,
            "inputs": dict(self.inputs),
            "max_concurrent": dict(self.most_running),
            "running": +self.running,
            "bytes_in": self.bytes_in,
            "strays": dict(self.strays),
            "crashes": self.crashes,
            "lookups": {
                name: {"requests": item.requests, "keys": item.keys, "asked_again": item.again}
                for name, item in self.lookups.items()
            },
        }
