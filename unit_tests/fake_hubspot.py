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
from destination_hubspot_calls.hubspot.models import (
    AssociationType,
    BatchAnswer,
    LinkAnswer,
    LinkedRecord,
    Problem,
    Result,
)
from unit_tests.entries import PROPERTY

NOW = datetime(2026, 1, 2, tzinfo=timezone.utc)
CONTACTS = frozenset({"100001", "100002", "100003"})
BAD = "bad"
"""A value of hs_call_title that HubSpot refuses."""

Where = Literal["input", "request"]
Keeps = Literal["as sent", "lower", "trimmed"]
"""How unique values are kept; those that are kept alike are one."""

MISHAPS = (
    "fine",
    "lost before",  # nothing was written, no answer came
    "lost after",  # all was written, no answer came
    "lost in the middle",  # some was written, no answer came
    "without links",  # calls were written, their links were not, no answer came
    "lost links",  # links were not made, a 2xx without results came
    "late",  # no answer came, and the write happens while the next request is under way
    "silent",  # all was written, a 2xx without results came
    "empty",  # nothing was written, a 2xx without results came
    "forgetful",  # all was written, some results are missing
    "half done",  # some was written, and only that has results
    "strangers",  # nothing was written, and as many results are about other people's calls
    "strangers after",  # all was written, and the results are about other people's calls
)
READ_MISHAPS = ("fine", "empty", "forgetful")

Body = dict[str, Any]


@dataclass(slots=True)
class Held:
    """A call that HubSpot holds."""

    properties: dict[str, str]
    links: dict[str, set[bytes]]
    """The encoded types of link by contact."""
    created_at: str

    @property
    def linked(self) -> set[str]:
        """The contacts that it is linked to."""
        return set(self.links)


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
    names_no_link: bool = False
    """A refusal of links does not say which."""
    leaves_behind: bool = False
    """A call whose link is refused is written all the same, without links."""
    unlinked: int = 0
    """How many creates, after `linked_first`, lack their links and say nothing of it."""
    linked_first: int = 0
    silent_of: str = "\0"
    """A title: a write that holds it is answered with nothing, for ever, and not done."""
    fails_at: str = "\0"
    """A title: a request that holds it gets no answer, for ever, and is not done."""
    keeps: Keeps = "as sent"
    upserts: bool = True
    names_holders: bool = True
    """A refusal of a value that is taken says which record has it."""
    calls: dict[str, Held] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    requests: Counter[str] = field(default_factory=Counter)
    inputs: Counter[str] = field(default_factory=Counter)
    """What all requests to an endpoint held together."""
    _late: list[list[Body]] = field(default_factory=list)
    _poor_reads: int = 0
    _random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._random.seed(self.seed)

    def add(self, key: str, title: str = "there before", age: timedelta = timedelta(days=2)) -> str:
        """A call that is there already."""
        return self._store({PROPERTY: key, "hs_call_title": title}, {}, NOW - age)

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
        if stuck := self._stuck(drafts):
            return stuck
        if mishap in ("lost before", "late", "empty", "strangers"):
            if mishap == "late":
                self._late.append(drafts)
            return self._unanswered(mishap, drafts)
        some = mishap in ("lost in the middle", "half done")
        chosen = [draft for draft in drafts if not some or self._random.random() < 0.5]
        results, errors = self._create(chosen, links=mishap != "without links")
        return self._answered(mishap, results, errors, drafts)

    def update_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        """POST calls/batch/update."""
        mishap = self._begin("update", inputs)
        changes = [orjson.loads(item) for item in inputs]
        assert len({change["id"] for change in changes}) == len(changes) <= 100
        assert all(change["properties"] for change in changes)
        if stuck := self._stuck(changes):
            return stuck
        if mishap in ("empty", "lost before", "strangers"):
            return self._unanswered(mishap, changes)
        results, errors = [], []
        for change in changes:
            if change["properties"].get("hs_call_title") == BAD:
                errors.append(self._error(change, _bad_value()))
            else:
                self.calls[change["id"]].properties.update(self._kept(change["properties"]))
                results.append(self._result(change["id"], change))
        return self._answered(mishap, results, errors, changes)

    def upsert_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        """POST calls/batch/upsert."""
        mishap = self._begin("upsert", inputs)
        changes = [orjson.loads(item) for item in inputs]
        assert len({change["id"] for change in changes}) == len(changes) <= 100
        if not self.upserts:
            raise Refusal(400, Problem(category="VALIDATION_ERROR", message="No."))
        if stuck := self._stuck(changes):
            return stuck
        if mishap in ("empty", "lost before", "strangers"):
            return self._unanswered(mishap, changes)
        results, errors = [], []
        for change in changes:
            holder = self._holder(change["id"])
            if change["properties"].get("hs_call_title") == BAD or holder in self.archived:
                errors.append(self._error(change, _bad_value()))
                continue
            properties = {change["idProperty"]: change["id"], **change["properties"]}
            number = holder or self._store(properties, {}, NOW)
            self.calls[number].properties.update(self._kept(properties))
            results.append(self._result(number, change).model_copy(update={"is_new": holder is None}))
        return self._answered(mishap, results, errors, changes)

    def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
        """POST associations/calls/{type}/batch/create: what is sent replaces the types that a pair has."""
        mishap = self._begin("link", inputs)
        assert object_type == "contacts"
        pairs = [(item["from"]["id"], item["to"]["id"], item["types"]) for item in map(orjson.loads, inputs)]
        bad = {to for _, to, _ in pairs if to not in CONTACTS}
        if bad and self.bad_link == "request":
            raise Refusal(400, self._bad_links(bad))
        made = [(call, to) for call, to, _ in pairs if to not in bad]
        for call, to, types in pairs:
            if to not in bad and mishap != "lost links":
                self.calls[call].links[to] = set(map(orjson.dumps, types))
        if mishap in ("silent", "forgetful", "lost links"):
            made = [pair for pair in made if self._random.random() < 0.5 and mishap != "lost links"]
        errors = tuple(
            Problem(category="VALIDATION_ERROR", message=f"{to} is not a valid ID", context={"id": (to,)}) for to in bad
        )
        return LinkAnswer.model_validate(
            {"results": [{"fromObjectId": call, "toObjectId": to} for call, to in made], "errors": errors}
        )

    def read_links(self, object_type: str, call_ids: Iterable[str]) -> dict[str, dict[str, LinkedRecord]]:
        """POST associations/calls/{type}/batch/read."""
        asked = list(call_ids)
        mishap = self._begin("read links", asked)
        assert object_type == "contacts"
        assert len(set(asked)) == len(asked) <= 1000
        if mishap in ("empty", "forgetful"):
            asked = asked[1:]
        return {
            call_id: {
                to: LinkedRecord(toObjectId=to, associationTypes=tuple(_type(item) for item in types))
                for to, types in self.calls[call_id].links.items()
            }
            for call_id in asked
        }

    def _read_mishap(self, keys: Sequence[str]) -> str:
        """What befalls a read. What three in a row say nothing of is taken for missing."""
        mishap = self._begin("read", keys)
        self._poor_reads = self._poor_reads + 1 if mishap in ("empty", "forgetful") else 0
        if self._poor_reads > 2:
            mishap, self._poor_reads = "fine", 0
        return mishap

    def _found(self, keys: Sequence[str], *, by_id: bool, archived: bool) -> dict[str, str]:
        """The ids of the calls that hold these keys."""
        if len({self._kept({PROPERTY: key})[PROPERTY] for key in keys}) < len(keys):
            raise Refusal(400, Problem(message="Duplicate IDs found in batch input"))
        numbers = {key: key if by_id and key in self.calls else self._holder(key) for key in keys}
        return {key: number for key, number in numbers.items() if number and (number in self.archived) == archived}

    def read_records(
        self,
        object_type: str,
        id_property: str,
        keys: Sequence[str],
        properties: Iterable[str],
        *,
        archived: bool = False,
    ) -> ReadResult:
        """POST {type}/batch/read by a unique property, or by id."""
        mishap = self._read_mishap(keys)
        assert len(set(keys)) == len(keys) <= 100
        if object_type == "contacts":
            found = tuple(Result(id=key, properties={}) for key in keys if key in CONTACTS)
            return ReadResult(found, NOW, complete=True)
        assert (object_type, id_property) in (("calls", "hs_object_id"), ("calls", PROPERTY))
        there = self._found(keys, by_id=id_property == "hs_object_id", archived=archived)
        missing = frozenset(keys) - there.keys()
        wanted = {*properties, PROPERTY}
        results = [self._shown(number, wanted) for number in there.values()]
        self._random.shuffle(results)
        if mishap == "empty":
            return ReadResult((), NOW, complete=False)
        if mishap == "forgetful" and results:
            return ReadResult(tuple(results[1:]), NOW, complete=False, missing=missing)
        return ReadResult(tuple(results), NOW, complete=True, missing=missing)

    def _shown(self, number: str, wanted: set[str]) -> Result:
        held = self.calls[number]
        # HubSpot answers some properties that nobody asked for.
        shown = {**{name: held.properties.get(name) for name in wanted}, "hs_object_id": number}
        return Result(id=number, createdAt=held.created_at, properties=shown)

    # ---- what it does

    def _begin(self, endpoint: str, inputs: Sequence[object]) -> str:
        self.requests[endpoint] += 1
        self.inputs[endpoint] += len(inputs)
        mishap = self.mishaps.pop(0) if self.mishaps else "fine"
        late, self._late = self._late, []
        for drafts in late:
            self._create(drafts, links=True, asked=False)
        return mishap

    def _stuck(self, inputs: Sequence[Body]) -> BatchAnswer | None:
        """What a request comes to that holds what HubSpot cannot stand."""
        titles = {item["properties"].get("hs_call_title") for item in inputs}
        if self.fails_at in titles:
            raise LostAnswer("HubSpot answers 500")
        return BatchAnswer() if self.silent_of in titles else None

    def _create(self, drafts: list[Body], *, links: bool, asked: bool = True) -> tuple[list[Result], list[Problem]]:
        if asked:
            self._refuse_all(drafts)
        results, errors = [], []
        for draft in drafts:
            objection = self._objection(draft)
            if objection is None:
                targets = _targets(draft) if links and not self._loses_links() else {}
                results.append(self._result(self._store(draft["properties"], targets, NOW), draft))
                continue
            errors.append(self._error(draft, objection[1]))
            if objection[0] == "bad_link" and self.leaves_behind:
                self._store(draft["properties"], {}, NOW)
        return results, errors

    def _loses_links(self) -> bool:
        if self.linked_first:
            self.linked_first -= 1
            return False
        self.unlinked -= 1
        return self.unlinked >= 0

    def _refuse_all(self, drafts: list[Body]) -> None:
        """Where one objection sinks the request: the first, but for bad links, which are all named."""
        for kind, problem in filter(None, map(self._objection, drafts)):
            if getattr(self, kind) == "request":
                unknown = set().union(*map(_targets, drafts)) - CONTACTS
                raise Refusal(400, self._bad_links(unknown) if kind == "bad_link" else self._problem(problem))

    def _objection(self, draft: Body) -> tuple[str, Problem] | None:
        properties = draft["properties"]
        if properties.get("hs_call_title") == BAD:
            return "bad_property", _bad_value()
        key = properties.get(PROPERTY)
        holder = self._holder(key) if key is not None else None
        if holder:
            return "clash", _taken(key or "", holder) if self.names_holders else Problem(category="CONFLICT")
        bad = _targets(draft).keys() - CONTACTS
        return ("bad_link", self._bad_links(bad)) if bad else None

    def _holder(self, key: str) -> str | None:
        kept = self._kept({PROPERTY: key})[PROPERTY]
        return next((number for number, held in self.calls.items() if held.properties.get(PROPERTY) == kept), None)

    def _kept(self, properties: dict[str, str]) -> dict[str, str]:
        key = properties.get(PROPERTY)
        if key is None or self.keeps == "as sent":
            return dict(properties)
        return {**properties, PROPERTY: key.lower() if self.keeps == "lower" else key.strip()}

    def _store(self, properties: dict[str, str], links: dict[str, set[bytes]], created: datetime) -> str:
        number = str(70_000_000_000 + len(self.calls))
        self.calls[number] = Held(self._kept(properties), links, created.isoformat().replace("+00:00", "Z"))
        return number

    # ---- what it says

    def _answered(
        self, mishap: str, results: list[Result], errors: list[Problem], inputs: Sequence[Body]
    ) -> BatchAnswer:
        if mishap in ("lost after", "lost in the middle", "without links", "silent", "strangers after"):
            return self._unanswered(mishap, inputs)
        self._random.shuffle(results)
        self._random.shuffle(errors)
        if mishap == "forgetful":
            results = results[1:]
        return BatchAnswer(results=tuple(results), errors=tuple(errors))

    def _unanswered(self, mishap: str, inputs: Sequence[Body]) -> BatchAnswer:
        if mishap in ("silent", "empty"):
            return BatchAnswer()
        if mishap in ("strangers", "strangers after"):
            held: list[dict[str, str | None]] = [
                dict.fromkeys(item["properties"], f"stranger {place}") for place, item in enumerate(inputs)
            ]
            results = (Result(id=f"9{place}", properties=properties) for place, properties in enumerate(held))
            return BatchAnswer(results=tuple(results))
        raise LostAnswer(mishap)

    def _result(self, number: str, draft: Body) -> Result:
        trace = draft["objectWriteTraceId"] if self._random.random() < self.echo else ""
        return Result(id=number, objectWriteTraceId=trace, properties=dict(self.calls[number].properties))

    def _error(self, draft: Body, problem: Problem) -> Problem:
        return problem.model_copy(
            update={"context": {**problem.context, "objectWriteTraceId": (draft["objectWriteTraceId"],)}}
        )

    def _bad_links(self, ids: Iterable[str]) -> Problem:
        named = tuple(f"CONTACT={number} is not valid" for number in sorted(ids))
        return Problem(
            category="VALIDATION_ERROR",
            message="One or more associations are invalid",
            context={} if self.names_no_link else {"INVALID_OBJECT_IDS": named},
        )

    def _problem(self, problem: Problem) -> Problem:
        return Problem(status="error", message="Bad request") if self.names_nothing else problem


def _targets(draft: Body) -> dict[str, set[bytes]]:
    return {end["to"]["id"]: set(map(orjson.dumps, end["types"])) for end in draft["associations"]}


def _type(encoded: bytes) -> AssociationType:
    item = orjson.loads(encoded)
    return AssociationType(category=item["associationCategory"], typeId=item["associationTypeId"])


def _bad_value() -> Problem:
    said = orjson.dumps([{"isValid": False, "message": "bad is bad", "error": "INVALID", "name": "hs_call_title"}])
    return Problem(category="VALIDATION_ERROR", message=f"Property values were not valid: {said.decode()}")


def _taken(key: str, number: str) -> Problem:
    coordinates = f"PropertyValueCoordinates{{propertyName={PROPERTY}, value={key}}}"
    words = f"Cannot set {coordinates} on 1. {number} already has that value."
    return Problem(category="VALIDATION_ERROR", message=words)
