"""Everything the program holds while it runs, and one request on its way through it."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from integration_tests.sandbox import bodies
from integration_tests.sandbox.account import Account
from integration_tests.sandbox.credentials import Token
from integration_tests.sandbox.default_account import default_account
from integration_tests.sandbox.faults import Faults
from integration_tests.sandbox.rate_limit import RateLimits
from integration_tests.sandbox.settings import Settings
from integration_tests.sandbox.traffic import Traffic

SENSITIVE_SCOPES = {
    "sensitive": "crm.objects.contacts.sensitive.read.v2",
    "highly_sensitive": "crm.objects.contacts.highly_sensitive.read.v2",
}
"""A: among the scopes that open a listing of properties."""


class World:
    """The account, its limits, its faults, and what has come by."""

    def __init__(self) -> None:
        self.start(Settings())

    def start(self, settings: Settings) -> None:
        """Begin (anew) with the default account, nothing counted, nothing planned."""
        self.settings = settings
        self.account: Account = default_account(self.settings)
        self.faults = Faults(self.settings.seed)
        self.limits = RateLimits()
        self.traffic = Traffic()
        self.random = random.Random(self.settings.seed)
        self.late_commits = 0
        self.traffic.keep_last(settings.record_requests)

    def now(self) -> int:
        """HubSpot's clock, in epoch milliseconds."""
        return time.time_ns() // 1_000_000 + self.settings.clock_skew_ms

    def turn(self, changes: Mapping[str, object]) -> None:
        """Change switches; ValueError if one is unknown, and then none is changed."""
        settings = self.settings.changed(changes)
        reseeded = settings.seed != self.settings.seed
        self.settings = settings
        self.account.apply(settings)
        self.traffic.keep_last(settings.record_requests)
        if reseeded:
            self.random = random.Random(settings.seed)
            self.faults.reseed(settings.seed)


@dataclass(frozen=True, slots=True)
class Commit:
    """How a write is carried out: a fault may leave out the links, or some of the inputs."""

    links: bool = True
    share: float = 1.0


@dataclass(slots=True)
class Exchange:
    """One request, past the gates."""

    world: World
    endpoint: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: object = None
    token: Token | None = None
    commit: Commit = field(default_factory=Commit)
    raw: bytes = b""
    content_type: str = ""

    @property
    def account(self) -> Account:
        return self.world.account

    @property
    def settings(self) -> Settings:
        return self.world.settings

    def must_see(self, sensitivity: str) -> None:
        """Refused if the token may not see sensitive values; D for which scope opens those of calls."""
        needed = SENSITIVE_SCOPES.get(sensitivity)
        if needed is not None and self.token is not None and needed not in self.token.scopes:
            raise bodies.scopes_missing([needed])

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() == "true"

    def asked(self, keys: list[str]) -> None:
        """Count what was looked up, for the statistics."""
        self.world.traffic.asked(self.endpoint, keys)
