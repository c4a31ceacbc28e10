"""The sandbox as a program beside the tests: started, spoken to, and stopped, and no other process touched."""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

from typing_extensions import Self

TOKEN = "pat-na1-sandbox"
ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 30.0
_STOP_SECONDS = 5.0


class Sandbox:
    """A context manager: inside it the program runs. ``settings`` and ``scenario`` are what it starts with.

    The program ends with this process, however this one ends: it holds the program's standard input.
    """

    def __init__(
        self,
        scenario: Mapping[str, object] | Path | None = None,
        *,
        port: int = 0,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.url = ""
        self.token = TOKEN
        self._scenario = scenario
        self._settings = settings
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        try:
            if isinstance(self._scenario, Mapping):
                self.play(self._scenario)
            if self._settings:
                self.settings(**self._settings)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the program and wait for its line."""
        command = [sys.executable, "-m", "integration_tests.sandbox", "--port", str(self._port), "--until-eof"]
        if isinstance(self._scenario, Path):
            command += ["--scenario", str(self._scenario)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self._first_line(self._process)
        if not line:
            self.stop()
            raise RuntimeError("the sandbox did not start")
        self.url = json.loads(line)["listening"]

    def stop(self) -> None:
        """End the program that was started here: politely, then not."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_SECONDS)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def wait(self) -> None:
        """Until the program has ended."""
        if self._process is not None:
            self._process.wait()

    # What has happened

    def stats(self) -> dict[str, Any]:
        return self._get("stats")

    def requests(self, last: int = 100) -> list[dict[str, Any]]:
        """The last requests; needs ``settings(record_requests=N)`` before."""
        return list(self._get("requests", last=last)["requests"])

    def calls(self, object_type: str = "calls") -> list[dict[str, Any]]:
        """All records of a kind, page by page, oldest first."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._get("calls", object_type=object_type, offset=len(found), limit=10_000)
            found += page["results"]
            if not page["results"] or len(found) >= page["total"]:
                return found

    def created(self) -> int:
        """How many calls were created."""
        return int(self.stats()["calls"]["created"])

    def duplicates(self, name: str) -> dict[str, int]:
        """Values of a property that more than one call holds, and how many do (archived ones not)."""
        values = Counter(call["properties"].get(name) for call in self.calls() if not call["archived"])
        return {value: number for value, number in values.items() if value is not None and number > 1}

    def count(self, endpoint: str, status: int | None = None) -> int:
        """Requests answered at an endpoint (``create`` or ``create:calls``), all or those of one status."""
        total = 0
        for name, statuses in self.stats()["requests"].items():
            if endpoint in (name, name.partition(":")[0]):
                total += sum(number for code, number in statuses.items() if status is None or code == str(status))
        return total

    # What shall happen

    def faults(
        self,
        *queue: Mapping[str, object],
        rates: Iterable[Mapping[str, object]] = (),
        seed: int | None = None,
        append: bool = False,
    ) -> dict[str, Any]:
        """Replace the plan (or add to it): a queue of single faults, and faults at a rate."""
        body: dict[str, object] = {"queue": list(queue), "rates": list(rates), "append": append}
        if seed is not None:
            body["seed"] = seed
        return self.post("faults", body)

    def fault(self, kind: str, endpoint: str = "*", **parameters: object) -> dict[str, Any]:
        """Queue one fault behind what is planned already."""
        return self.faults({"kind": kind, "endpoint": endpoint, **parameters}, append=True)

    def settings(self, **changes: object) -> dict[str, Any]:
        """Turn switches; answers with all of them."""
        return self.post("settings", changes)

    def clear(self, *what: str) -> None:
        """Forget counts: ``traffic``, ``faults``, ``limits``; all of them if none is named."""
        self.post("clear", {"what": list(what)} if what else {})

    def reset(self, *, keep_settings: bool = False) -> None:
        """As it was when it started, with its scenario and its settings, or with those of now."""
        self.post("reset", {"keep_settings": keep_settings})
        if isinstance(self._scenario, Mapping):
            self.play(
                {name: part for name, part in self._scenario.items() if not (keep_settings and name == "settings")}
            )
        if self._settings and not keep_settings:
            self.settings(**self._settings)

    def play(self, scenario: Mapping[str, object]) -> None:
        """Play a scenario's parts into the running program."""
        self.post("play", scenario)

    # What is there

    def seed(self, object_type: str, records: Iterable[Mapping[str, object]], **more: object) -> list[str]:
        """Records, given their properties (or ``{"id", "properties"}``); answers with their ids."""
        made = self.post("records", {"object_type": object_type, "records": list(records), **more})
        return list(made["ids"])

    def seed_contacts(self, *contacts: Mapping[str, object]) -> list[str]:
        return self.seed("contacts", contacts)

    def seed_companies(self, *companies: Mapping[str, object]) -> list[str]:
        return self.seed("companies", companies)

    def seed_deals(self, *deals: Mapping[str, object]) -> list[str]:
        return self.seed("deals", deals)

    def generate(self, object_type: str, count: int, start: int = 1, **properties: str) -> dict[str, Any]:
        """Many records at once; ``{i}`` in a property counts. Answers ``{"count", "first_id", "last_id"}``."""
        body = {"count": count, "start": start, "properties": properties}
        return self.post("records", {"object_type": object_type, "generate": body})

    def add_property(self, object_type: str, **definition: object) -> dict[str, Any]:
        """HubSpot's words: ``name, label, type, fieldType, options, hasUniqueValue``, ..."""
        made = self.post("properties", {"object_type": object_type, **definition})
        return dict(made["properties"][0])

    def add_label(self, to: str, label: str, **more: object) -> int:
        """A label from calls to another kind; answers with its association type id."""
        return int(self.post("labels", {"to": to, "label": label, **more})["labels"][0]["typeId"])

    def add_owner(self, email: str, **more: object) -> str:
        """Answers with the owner's id."""
        return str(self.post("owners", {"email": email, **more})["owners"][0]["id"])

    def add_disposition(self, disposition_id: str, label: str, *, deleted: bool = False) -> None:
        self.post("dispositions", {"id": disposition_id, "label": label, "deleted": deleted})

    def add_token(self, token: str, scopes: Iterable[str] | None = None, **more: object) -> None:
        """A static token (or an access token, with ``oauth=True``); without scopes it has them all."""
        self.post("tokens", {"token": token, **({} if scopes is None else {"scopes": list(scopes)}), **more})

    def add_client(self, client_id: str, client_secret: str, refresh_token: str, **more: object) -> None:
        """An OAuth app: ``scopes, expires_in, rotate, keep_old_refresh, single_access_token, revoked``."""
        body = {"client_id": client_id, "client_secret": client_secret, "refresh_token": refresh_token, **more}
        self.post("tokens", body)

    def expire_tokens(self) -> int:
        """Every access token of an OAuth app is old from now on."""
        return int(self.post("tokens", {"expire": True})["expired"])

    def add_object(self, name: str, **more: object) -> dict[str, Any]:
        """A custom object: ``type_id, singular, plural, properties``."""
        return dict(self.post("objects", {"name": name, **more})["objects"][0])

    def archive(self, object_type: str, *ids: str) -> int:
        return int(self.post("archive", {"object_type": object_type, "ids": list(ids)})["archived"])

    def merge(self, object_type: str, *losers: str, winner: str | None = None) -> str:
        """Merge records into one that is there, or a new one; answers with the winner's id."""
        body: dict[str, object] = {"object_type": object_type, "losers": list(losers)}
        return str(self.post("merge", body if winner is None else {**body, "winner": winner})["winner"])

    def wait_for_late_commits(self, seconds: float = 10.0) -> None:
        """Until no write of a fault is still to come."""
        end = time.monotonic() + seconds
        while self.stats()["late_commits_pending"]:
            if time.monotonic() > end:
                raise TimeoutError("late commits are still pending")
            time.sleep(0.05)

    # Its wire

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Any path of the control API; ValueError with its words where it refuses."""
        return self._ask("POST", path, json.dumps(body).encode())

    def _get(self, path: str, **query: object) -> dict[str, Any]:
        return self._ask("GET", f"{path}?{urlencode(query)}", None)

    def _ask(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=60)
        try:
            connection.request(method, f"/_sandbox/{path}", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            parsed: dict[str, Any] = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise ValueError(parsed.get("error"))
        return parsed

    def _first_line(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
        return process.stdout.readline() if ready else b""
