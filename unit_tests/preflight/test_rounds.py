"""How often a check waits for HubSpot: its reads go out together, as far as their answers do not need each other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any, TypeVar

from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.connection import Connection
from destination_hubspot_calls.hubspot import standard_properties
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import Refusal
from destination_hubspot_calls.hubspot.models import (
    AccountDetails,
    AssociationType,
    Disposition,
    Owner,
    Page,
    Problem,
    Property,
    TokenInfo,
)
from destination_hubspot_calls.hubspot.objects import STANDARD
from destination_hubspot_calls.hubspot.rate_limit import RateLimiter
from destination_hubspot_calls.preflight import check_account
from unit_tests.wire import answers

T = TypeVar("T")

NAP = 0.15
"""Seconds that a read takes, so that those which may go together do."""


class SlowHubSpot(Client):
    """Answers after a nap. `rounds`: how many reads stood one behind the other, at most."""

    def __init__(self) -> None:
        super().__init__(answers())
        self.rounds = 0
        self.reads = 0
        self._lock = threading.Lock()

    def _slowly(self, answer: T) -> T:
        with self._lock:
            mine = self.rounds + 1
            self.reads += 1
        time.sleep(NAP)
        with self._lock:
            self.rounds = max(self.rounds, mine)
        return answer

    def token_info(self, token: str) -> TokenInfo:
        return self._slowly(TokenInfo(hub_id=7, scopes=("crm.objects.contacts.write",)))

    def account(self) -> AccountDetails:
        return self._slowly(AccountDetails(portalId=7))

    def properties(
        self, object_type: str, *, archived: bool = False, sensitivity: str | None = None
    ) -> tuple[Property, ...]:
        known = (
            standard_properties.PROPERTIES.values()
            if object_type == "calls"
            else [Property.model_validate({"name": "number", "hasUniqueValue": True})]
        )
        return self._slowly(() if archived else tuple(known))

    def association_types(self, object_type: str, *, reverse: bool = False) -> tuple[AssociationType, ...]:
        kind = next((kind for kind in STANDARD if kind.plural == object_type), None)
        if kind is None:
            self._slowly(None)
            raise Refusal(400, Problem())
        number = kind.reverse if reverse else kind.link
        return self._slowly((AssociationType(category="HUBSPOT_DEFINED", typeId=number),))

    def first_record(self, object_type: str) -> Page:
        return self._slowly(Page())

    def owners(self, *, archived: bool = False) -> Iterator[Owner]:
        yield from self._slowly(())

    def dispositions(self) -> tuple[Disposition, ...]:
        return self._slowly(standard_properties.DISPOSITIONS)

    def object_schemas(self) -> tuple[dict[str, Any], ...]:
        return self._slowly(())


def looked_at(**mapping: Any) -> SlowHubSpot:
    hubspot = SlowHubSpot()
    limiter = RateLimiter(lambda _: False)
    connection = Connection(hubspot, hubspot, limiter, lambda _: None, lambda: "token", answers())
    check_account(connection, configured(**mapping))
    return hubspot


def configured(**mapping: Any) -> Config:
    time_rule = {"property": "hs_timestamp", "source": "at"}
    rules = [time_rule, *mapping.pop("properties", ())]
    return read_config(
        {
            "credentials": {"auth_type": "access_token", "access_token": "pat-na1-x"},
            "mappings": [{"stream_name": "calls", "properties": rules, **mapping}],
        }
    )


def test_a_usual_configuration_needs_few_rounds() -> None:
    """At 300 ms each, three rounds are a second; one read after the other would be five."""
    hubspot = looked_at(
        properties=[
            {"property": "hubspot_owner_id", "source": "agent.email"},
            {"property": "hs_call_disposition", "source": "outcome"},
        ],
        associations=[
            {"object_type": "contacts", "source": "email", "match_by": "email"},
            {"object_type": "companies", "source": "domain", "match_by": "domain"},
            {"object_type": "deals", "source": "number", "match_by": "number"},
        ],
        external_id_property="hs_call_external_id",
    )
    assert hubspot.reads == 14
    assert hubspot.rounds <= 5


def test_the_worst_configuration_stays_within_bounds() -> None:
    """Every object type looked up, and everything wrong that makes more reads necessary: under 16 times 300 ms."""
    links = [{"object_type": kind.plural, "source": "x", "match_by": "number", "label": "1"} for kind in STANDARD]
    hubspot = looked_at(
        properties=[
            {"property": "hubspot_owner_id", "source": "agent.email"},
            {"property": "hs_call_disposition", "source": "outcome"},
            {"property": "nothing_of_the_kind", "source": "x"},
        ],
        associations=[*links, {"object_type": "gadgets", "source": "x"}],
        external_id_property="nothing_of_the_kind",
    )
    assert hubspot.reads == 58
    assert hubspot.rounds <= 14
