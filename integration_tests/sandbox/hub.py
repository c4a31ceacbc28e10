"""HubSpot's face as a client without any cleverness sees it: for tests of the sandbox and of what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from integration_tests.sandbox.process import Sandbox

CALLS = "/crm/v3/objects/calls"
TO_CONTACT = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}
Json = dict[str, Any]


class Hub:
    """Asks with the default token, until another is set."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.token = sandbox.token
        self.session = requests.Session()

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.session.request(method, self.sandbox.url + path, headers=headers, timeout=30, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.ask("GET", path, params=query)

    def post(self, path: str, body: object, **more: Any) -> requests.Response:
        return self.ask("POST", path, json=body, **more)

    def create(self, *inputs: Json, **more: Any) -> requests.Response:
        return self.post(f"{CALLS}/batch/create", {"inputs": list(inputs)}, **more)

    def read(self, *keys: str, by: str = "dialer_call_id", kind: str = "calls", **more: Any) -> requests.Response:
        body = {"idProperty": by, "inputs": [{"id": key} for key in keys], "properties": [by]}
        return self.post(f"/crm/v3/objects/{kind}/batch/read", body, **more)

    def search(self, kind: str, name: str, *values: str, **more: Any) -> requests.Response:
        groups = [{"filters": [{"propertyName": name, "operator": "IN", "values": list(values)}]}]
        return self.post(f"/crm/v3/objects/{kind}/search", {"filterGroups": groups, **more})

    def close(self) -> None:
        self.session.close()


@contextmanager
def fresh(sandbox: Sandbox) -> Iterator[Hub]:
    """A client of a sandbox as it is at the start, which must not have failed inside at the end."""
    sandbox.reset()
    hub = Hub(sandbox)
    try:
        yield hub
    finally:
        hub.close()
    assert sandbox.stats()["crashes"] == 0


def call(trace: str | None = None, /, to: str | None = None, **properties: Any) -> Json:
    """An input of batch/create that is right but for what is given."""
    made: Json = {"properties": {"hs_timestamp": "1700000000000", **properties}, "associations": []}
    if trace is not None:
        made["objectWriteTraceId"] = trace
    if to is not None:
        made["associations"] = [{"to": {"id": to}, "types": [TO_CONTACT]}]
    return made


def traces(error: Json) -> list[str]:
    found: list[str] = error["context"]["objectWriteTraceId"]
    return found


def link(to: str, *numbers: int, category: str = "HUBSPOT_DEFINED") -> Json:
    types = [{"associationCategory": category, "associationTypeId": number} for number in numbers]
    return {"to": {"id": to}, "types": types}
