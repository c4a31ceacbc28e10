"""HubSpot as a batch meets it, without a wire: strict, and as unreliable as a list of mishaps says."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

import orjson

from destination_hubspot_calls.hubspot.client import ReadResult
from destination_hubspot_calls.hubspot.errors import LostAnswer, Refusal
from destination_hubspot_calls.hubspot.models import BatchAnswer, LinkAnswer, Problem, Result
from unit_tests.entries import PROPERTY

NOW = datetime(2026, 1, 2, tzinfo=timezone.utc)
CONTACTS = frozenset({"100001", "100002", "100003"})
BAD = "bad"
"""A value of hs_call_title that HubSpot refuses."""

Where = Literal["input", "request"]

MISHAPS = (
    "fine",
    "lost before",  # nothing was written, no answer came
    "lost after",  # all was written, no answer came
    "lost in the middle",  # some was written, no answer came
    "without links",  # calls were written, their links were not, no answer came
    "late",  # no answer came, and the write happens while the next request is under way
    "silent",  # all was written, a 2xx without results came
    "empty",  # nothing was written, a 2xx without results came
    "forgetful",  # all was written, some results are missing
    "half done",  # some was written, and only that has results
)
READ_MISHAPS = ("fine", "empty", "forgetful")

Body = dict[str, Any]


@dataclass(slots=True)
class Held:
    """A call that HubSpot holds."""

    properties: dict[str, str]
    links: set[str]
    created_at: str


@dataclass(slots=True)
class FakeHubSpot:
    """The endpoints that a batch uses. `mishaps` strike one request each, in turn; then all goes well."""

    mishaps: list[str] = field(default_factory=list)
    seed: int = 0
    echo: float = 0.5
    """How often a result names its trace id."""
    bad_property: Where = "input"
    bad_link: Where = "input"
    clash: Where = "input"
    names_nothing: bool = False
    """A refusal of a whole request does not say which value it is about."""
    leaves_behind: bool = False
    """A call whose link is refused is written all the same, without links."""
    calls: dict[str, Held] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    requests: Counter[str] = field(default_factory=Counter)
    _late: list[list[Body]] = field(default_factory=list)
    _poor_reads: int = 0
    _random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._random.seed(self.seed)

    def add(self, key: str, title: str = "there before", age: timedelta = timedelta(days=2)) -> str:
        """A call that is there already."""
        return self._store({PROPERTY: key, "hs_call_title": title}, set(), NOW - age)

    def by_key(self) -> dict[str, list[Held]]:
        """The calls of each key."""
        found: dict[str, list[Held]] = {}
        for held in self.calls.values():
            if PROPERTY in held.properties:
                found.setdefault(held.properties[PROPERTY], []).append(held)
        return found

    # ---- what a client offers

    def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        """POST calls/batch/create."""
        mishap = self._begin("create", inputs)
        drafts = [orjson.loads(item) for item in inputs]
        assert len({draft["objectWriteTraceId"] for draft in drafts}) == len(drafts) <= 100
        if mishap in ("lost before", "late", "empty"):
            if mishap == "late":
                self._late.append(drafts)
            return self._unanswered(mishap)
        some = mishap in ("lost in the middle", "half done")
        chosen = [draft for draft in drafts if not some or self._random.random() < 0.5]
        results, errors = self._create(chosen, links=mishap != "without links")
        return self._answered(mishap, results, errors)

    def update_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        """POST calls/batch/update. A lost answer is asked for again by the transport, so it never comes here."""
        mishap = self._begin("update", inputs)
        changes = [orjson.loads(item) for item in inputs]
        assert len({change["id"] for change in changes}) == len(changes) <= 100
        if mishap == "empty":
            return BatchAnswer()
        results, errors = [], []
        for change in changes:
            if change["properties"].get("hs_call_title") == BAD:
                errors.append(self._error(change, _bad_value()))
            else:
                self.calls[change["id"]].properties.update(change["properties"])
                results.append(self._result(change["id"], change))
        return self._answered(mishap, results, errors)

    def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
        """POST associations/calls/{type}/batch/create."""
        mishap = self._begin("link", inputs)
        assert object_type == "contacts"
        pairs = [(item["from"]["id"], item["to"]["id"]) for item in map(orjson.loads, inputs)]
        bad = {to for _, to in pairs if to not in CONTACTS}
        if bad and self.bad_link == "request":
            raise Refusal(400, _bad_links(bad))
        made = [(call, to) for call, to in pairs if to not in bad]
        for call, to in made:
            self.calls[call].links.add(to)
        if mishap in ("silent", "forgetful"):
            made = [pair for pair in made if self._random.random() < 0.5]
        errors = tuple(
            Problem(category="VALIDATION_ERROR", message=f"{to} is not a valid ID", context={"id": (to,)}) for to in bad
        )
        return LinkAnswer.model_validate(
            {"results": [{"fromObjectId": call, "toObjectId": to} for call, to in made], "errors": errors}
        )

    def read_records(
        self,
        object_type: str,
        id_property: str,
        keys: Sequence[str],
        properties: Iterable[str],
        *,
        archived: bool = False,
    ) -> ReadResult:
        """POST calls/batch/read by a unique property."""
        mishap = self._begin("read", keys)
        # What three reads in a row say nothing of is taken for missing.
        self._poor_reads = self._poor_reads + 1 if mishap in ("empty", "forgetful") else 0
        if self._poor_reads > 2:
            mishap, self._poor_reads = "fine", 0
        assert (object_type, id_property, list(properties)) == ("calls", PROPERTY, [PROPERTY])
        assert len(set(keys)) == len(keys) <= 100
        there = {
            held.properties[PROPERTY]: (number, held)
            for number, held in self.calls.items()
            if held.properties.get(PROPERTY) in keys and (number in self.archived) == archived
        }
        missing = frozenset(keys) - there.keys()
        results = [
            # HubSpot answers some properties that nobody asked for.
            Result(id=number, createdAt=held.created_at, properties={PROPERTY: key, "hs_object_id": number})
            for key, (number, held) in there.items()
        ]
        self._random.shuffle(results)
        if mishap == "empty":
            return ReadResult((), NOW, complete=False)
        if mishap == "forgetful" and results:
            return ReadResult(tuple(results[1:]), NOW, complete=False, missing=missing)
        return ReadResult(tuple(results), NOW, complete=True, missing=missing)

    # ---- what it does

    def _begin(self, endpoint: str, inputs: Sequence[object]) -> str:
        self.requests[endpoint] += 1
        mishap = self.mishaps.pop(0) if self.mishaps else "fine"
        late, self._late = self._late, []
        for drafts in late:
            self._create(drafts, links=True, asked=False)
        return mishap

    def _create(self, drafts: list[Body], *, links: bool, asked: bool = True) -> tuple[list[Result], list[Problem]]:
        if asked:
            self._refuse_all(drafts)
        results, errors = [], []
        for draft in drafts:
            objection = self._objection(draft)
            if objection is None:
                targets = _targets(draft) if links else set()
                results.append(self._result(self._store(draft["properties"], targets, NOW), draft))
                continue
            errors.append(self._error(draft, objection[1]))
            if objection[0] == "bad_link" and self.leaves_behind:
                self._store(draft["properties"], set(), NOW)
        return results, errors

    def _refuse_all(self, drafts: list[Body]) -> None:
        """Where one objection sinks the request: the first, but for bad links, which are all named."""
        for kind, problem in filter(None, map(self._objection, drafts)):
            if getattr(self, kind) == "request":
                unknown = set().union(*map(_targets, drafts)) - CONTACTS
                raise Refusal(400, _bad_links(unknown) if kind == "bad_link" else self._problem(problem))

    def _objection(self, draft: Body) -> tuple[str, Problem] | None:
        properties = draft["properties"]
        if properties.get("hs_call_title") == BAD:
            return "bad_property", _bad_value()
        key = properties.get(PROPERTY)
        for number, held in self.calls.items():
            if key is not None and held.properties.get(PROPERTY) == key:
                return "clash", _taken(key, number)
        bad = _targets(draft) - CONTACTS
        return ("bad_link", _bad_links(bad)) if bad else None

    def _store(self, properties: dict[str, str], links: set[str], created: datetime) -> str:
        number = str(70_000_000_000 + len(self.calls))
        self.calls[number] = Held(dict(properties), links, created.isoformat().replace("+00:00", "Z"))
        return number

    # ---- what it says

    def _answered(self, mishap: str, results: list[Result], errors: list[Problem]) -> BatchAnswer:
        if mishap in ("lost after", "lost in the middle", "without links", "silent"):
            return self._unanswered(mishap)
        self._random.shuffle(results)
        self._random.shuffle(errors)
        if mishap == "forgetful":
            results = results[1:]
        return BatchAnswer(results=tuple(results), errors=tuple(errors))

    def _unanswered(self, mishap: str) -> BatchAnswer:
        if mishap in ("silent", "empty"):
            return BatchAnswer()
        raise LostAnswer(mishap)

    def _result(self, number: str, draft: Body) -> Result:
        trace = draft["objectWriteTraceId"] if self._random.random() < self.echo else ""
        return Result(id=number, objectWriteTraceId=trace, properties=draft["properties"])

    def _error(self, draft: Body, problem: Problem) -> Problem:
        return problem.model_copy(
            update={"context": {**problem.context, "objectWriteTraceId": (draft["objectWriteTraceId"],)}}
        )

    def _problem(self, problem: Problem) -> Problem:
        return Problem(status="error", message="Bad request") if self.names_nothing else problem


def _targets(draft: Body) -> set[str]:
    return {end["to"]["id"] for end in draft["associations"]}


def _bad_value() -> Problem:
    said = orjson.dumps([{"isValid": False, "message": "bad is bad", "error": "INVALID", "name": "hs_call_title"}])
    return Problem(category="VALIDATION_ERROR", message=f"Property values were not valid: {said.decode()}")


def _taken(key: str, number: str) -> Problem:
    coordinates = f"PropertyValueCoordinates{{propertyName={PROPERTY}, value={key}}}"
    words = f"Cannot set {coordinates} on 1. {number} already has that value."
    return Problem(category="VALIDATION_ERROR", message=words)


def _bad_links(ids: set[str]) -> Problem:
    named = tuple(f"CONTACT={number} is not valid" for number in sorted(ids))
    return Problem(
        category="VALIDATION_ERROR",
        message="One or more associations are invalid",
        context={"INVALID_OBJECT_IDS": named},
    )
