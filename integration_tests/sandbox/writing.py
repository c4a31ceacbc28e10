"""Create, update, upsert, archive: what HubSpot does with a batch, strictly.

Without a unique ``objectWriteTraceId`` on every input all is written or nothing (A). With one on each, the good
are written and the bad are named in a 207 (A).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from integration_tests.sandbox import bodies, inputs, rendering
from integration_tests.sandbox.account import CALL_ID
from integration_tests.sandbox.associations import check_links, link
from integration_tests.sandbox.bodies import Objection, Problem
from integration_tests.sandbox.inputs import Change, Draft
from integration_tests.sandbox.object_types import ObjectType
from integration_tests.sandbox.poison import Poison
from integration_tests.sandbox.reading import resolve
from integration_tests.sandbox.refusals import account_refusal, missing_values
from integration_tests.sandbox.settings import Settings
from integration_tests.sandbox.store import Record, Shelf, as_id, fold, kept_as
from integration_tests.sandbox.wire import Answer, Body
from integration_tests.sandbox.world import SENSITIVE_SCOPES, Exchange

_T = TypeVar("_T")
_I = TypeVar("_I", Draft, Change)
_SINKS = ("bad_association", "bad_property", "missing_required", "unique_clash")


@dataclass(slots=True)
class Outcome:
    """What became of a batch, input by input."""

    results: list[Body] = field(default_factory=list)
    objections: list[tuple[str | None, Objection]] = field(default_factory=list)


def create_batch(exchange: Exchange) -> Answer:
    """POST .../batch/create: 201, or 207 where some were refused."""
    writer = _Writer(exchange)
    drafts = inputs.drafts(exchange.body, exchange.settings)
    create = writer.create_each if _traced([draft.trace for draft in drafts]) else writer.create_all
    return writer.carry_out(drafts, create, 201)


def create_single(exchange: Exchange) -> Answer:
    """POST /crm/v3/objects/{type}: 201 with the record."""
    writer = _Writer(exchange)
    draft = inputs.single_draft(exchange.body, exchange.settings)
    writer.poison.refuse([draft.properties])
    outcome = writer.create_all([draft])
    return Answer(201, outcome.results[0])


def update_batch(exchange: Exchange) -> Answer:
    """POST .../batch/update: 200, or 207."""
    writer = _Writer(exchange)
    changes = inputs.changes(exchange.body, exchange.settings)
    _refuse_duplicates(changes, exchange.settings)
    each = _traced([change.trace for change in changes])
    return writer.carry_out(changes, lambda kept: writer.update(kept, each=each), 200)


def upsert_batch(exchange: Exchange) -> Answer:
    """POST .../batch/upsert: 200, or 207; by a unique property only (B), and perhaps not for calls (B-)."""
    if exchange.settings.upsert == "missing":
        return bodies.path_not_found()
    writer = _Writer(exchange)
    if exchange.settings.upsert == "refuse":
        raise bodies.refused(400, f"Upsert is not supported for object type {writer.kind.type_id}")
    changes = inputs.changes(exchange.body, exchange.settings)
    _refuse_duplicates(changes, exchange.settings)
    each = _traced([change.trace for change in changes])
    return writer.carry_out(changes, lambda kept: writer.upsert(kept, each=each), 200)


def update_single(exchange: Exchange) -> Answer:
    """PATCH /crm/v3/objects/{type}/{id}: 200 with the record."""
    writer = _Writer(exchange)
    held = inputs.mapping(exchange.body, "SimplePublicObjectInput")
    inputs.needed(held, ("properties",))
    inputs.only(held, frozenset({"properties"}), exchange.settings)
    values = inputs.properties(held["properties"], exchange.settings)
    change = Change(None, exchange.params["id"], exchange.query.get("idProperty"), values)
    outcome = writer.update([change], each=False)
    if outcome.objections:
        raise bodies.refused(404, "resource not found", "OBJECT_NOT_FOUND")
    return Answer(200, outcome.results[0])


def archive_batch(exchange: Exchange) -> Answer:
    """POST .../batch/archive: 204, unknown ids included."""
    kind = exchange.account.kind(exchange.params["object_type"])
    ids = [inputs.target(item, exchange.settings) for item in inputs.batch(exchange.body, exchange.settings)]
    archive(exchange, kind, ids)
    return Answer(204)


def archive_single(exchange: Exchange) -> Answer:
    kind = exchange.account.kind(exchange.params["object_type"])
    archive(exchange, kind, [exchange.params["id"]])
    return Answer(204)


def archive(exchange: Exchange, kind: ObjectType, ids: Iterable[str]) -> int:
    """Move records to the bin; says how many were there."""
    shelf, now, done = exchange.account.shelf(kind), exchange.world.now(), 0
    for record_id in ids:
        record = shelf.records.get(as_id(record_id) or 0)
        if record is not None and record.archived_ms is None:
            shelf.archive(record, now, exchange.settings)
            done += 1
    return done


class _Writer:
    """One request's writes to one shelf."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.account = exchange.account
        self.settings = exchange.settings
        self.kind = self.account.kind(exchange.params["object_type"])
        self.shelf: Shelf = self.account.shelf(self.kind)
        self.started = exchange.world.now()
        self._checks = self.account.checks(self.kind)
        self._unique = self.account.unique_names(self.kind)
        definitions = self.account.definitions[self.kind.type_id]
        self._sensitive = {name for name, item in definitions.items() if item.sensitivity in SENSITIVE_SCOPES}
        self._keep = self.settings.mode == "keep" or self.kind.type_id != "0-48"
        self.poison = Poison(self.settings.poison)

    def carry_out(self, batch: Sequence[_I], work: Callable[[Sequence[_I]], Outcome], status: int) -> Answer:
        """The answer to a batch, unless one of its inputs is one that HubSpot cannot stand."""
        if not self.poison.rules:
            return self.answer(work(batch), status)
        poison, given = self.poison, [item.properties for item in batch]
        poison.refuse(given)
        answer = self.answer(work([item for item in batch if not poison.passed_over(item.properties)]), status)
        return poison.bent(given, answer, self.exchange.world.random)

    def create_all(self, drafts: Sequence[Draft]) -> Outcome:
        """All or nothing: the first objection is the answer, and says not whose it is."""
        ready = [self._checked(draft) for draft in drafts]
        taken: dict[tuple[str, str], int] = {}
        for draft, (properties, objection) in zip(drafts, ready, strict=True):
            found = objection or self._clash(properties, taken) or check_links(self.account, self.kind, draft.links)
            if found is not None and self._left_behind(found):
                self._store_first(drafts, ready)
            if found is not None:
                raise found.as_refusal()
            self._take(properties, taken)
        outcome = Outcome()
        for draft, (properties, _) in self._shared(list(zip(drafts, ready, strict=True))):
            outcome.results.append(self._store(draft, properties))
        return outcome

    def create_each(self, drafts: Sequence[Draft]) -> Outcome:
        """Each for itself; what a switch gives to the whole request is looked for before anything is written."""
        ready = [self._checked(draft) for draft in drafts]
        self._refuse_whole(drafts, ready)
        outcome = Outcome()
        for draft, (properties, objection) in self._shared(list(zip(drafts, ready, strict=True))):
            found = objection or self._clash(properties) or check_links(self.account, self.kind, draft.links)
            if found is None:
                outcome.results.append(self._traced_result(self._store(draft, properties), draft.trace))
                continue
            if self._left_behind(found):
                self._store(draft, properties, links=False)
            outcome.objections.append((draft.trace, found))
        return outcome

    def update(self, changes: Sequence[Change], *, each: bool) -> Outcome:
        """Known records are changed; unknown ones are named in a 207, trace ids or not (B)."""
        found = [self._resolved(change) for change in changes]
        outcome = Outcome()
        ready: list[tuple[Change, Record, dict[str, str]]] = []
        for change, record in zip(changes, found, strict=True):
            if record is None:
                outcome.objections.append((change.trace, bodies.not_found(self.kind.legacy_name, [change.id])))
                continue
            properties, objection = self._values(change.properties)
            refused = account_refusal(self.settings, links=False, written=self.shelf.created)
            objection = refused or objection or self.poison.objection(change.properties)
            objection = objection or self._clash(properties, own=record.id)
            if objection is None:
                ready.append((change, record, properties))
            else:
                self._object(outcome, change, objection, each=each)
        for change, record, properties in self._shared(ready):
            objection = self._clash(properties, own=record.id)
            if objection is not None:
                outcome.objections.append((change.trace, objection))
                continue
            self._change(record, properties)
            outcome.results.append(self._traced_result(self._rendered(record), change.trace))
        return outcome

    def upsert(self, changes: Sequence[Change], *, each: bool) -> Outcome:
        """Known by the unique property: changed. Unknown: created with it."""
        outcome = Outcome()
        ready: list[tuple[Change, Record | None, dict[str, str]]] = []
        for change in changes:
            record = self._resolved(change)
            if record is None and change.id_property in (None, "hs_object_id"):
                outcome.objections.append((change.trace, bodies.not_found(self.kind.legacy_name, [change.id])))
                continue
            values = dict(change.properties)
            if record is None and change.id_property:
                values.setdefault(change.id_property, change.id)
            properties, objection = self._values(values)
            if record is None:
                objection = objection or self._required(properties)
            objection = objection or self._clash(properties, own=record.id if record else None)
            if objection is None:
                ready.append((change, record, properties))
            else:
                self._object(outcome, change, objection, each=each)
        for change, record, properties in self._shared(ready):
            outcome.results.append(self._traced_result(self._upserted(change, record, properties), change.trace))
        return outcome

    def _object(self, outcome: Outcome, change: Change, objection: Objection, *, each: bool) -> None:
        """Name an input that is refused, or refuse the whole request for it."""
        if not each or self._sinks(objection):
            raise objection.as_refusal()
        outcome.objections.append((change.trace, objection))

    def _upserted(self, change: Change, record: Record | None, properties: dict[str, str]) -> Body:
        if record is None:
            return {**self._store(Draft(change.trace, properties, ()), properties), "new": True}
        self._change(record, properties)
        return {**self._rendered(record), "new": False}

    def answer(self, outcome: Outcome, status: int) -> Answer:
        """Results in no particular order (B), errors in groups (A)."""
        world = self.exchange.world
        if self.settings.shuffle_results:
            world.random.shuffle(outcome.results)
        world.traffic.inputs[f"{self.exchange.endpoint} written"] += len(outcome.results)
        if not outcome.objections:
            return Answer(status, rendering.batch(outcome.results, self.started, world.now()))
        world.traffic.inputs[f"{self.exchange.endpoint} refused"] += len(outcome.objections)
        errors = rendering.errors(outcome.objections, self.settings, world.random)
        body = rendering.with_errors(outcome.results, errors, self.started, world.now(), self.settings, world.random)
        return Answer(207, body)

    # One input

    def _checked(self, draft: Draft) -> tuple[dict[str, str], Objection | None]:
        properties, objection = self._values(draft.properties)
        refused = account_refusal(self.settings, links=bool(draft.links), written=self.shelf.created)
        objection = refused or objection or self.poison.objection(draft.properties)
        return properties, objection or self._required(properties)

    def _values(self, given: dict[str, str]) -> tuple[dict[str, str], Objection | None]:
        """The values as they are stored, or everything that is wrong with them. Blank text clears (A)."""
        checks = self._checks
        stored: dict[str, str] = {}
        problems: list[Problem] = []
        self._must_write(given)
        for name, value in given.items():
            check = checks.get(name)
            if check is None:
                problems.append(_unknown(name))
            elif value == "":
                stored[name] = ""
            else:
                fits = check(value)
                if isinstance(fits, str):
                    stored[name] = fits
                else:
                    problems.append(fits)
        if problems:
            return stored, bodies.bad_values(problems, self.account.portal)
        stored.update({name: kept_as(stored[name], self.settings) for name in self._unique if name in stored})
        return stored, None

    def _must_write(self, given: dict[str, str]) -> None:
        """Refused if there is a sensitive value that the token may not set; D for the scope of calls."""
        token, definitions = self.exchange.token, self.account.definitions[self.kind.type_id]
        if token is None or not self._sensitive:
            return
        for name in self._sensitive & given.keys():
            needed = SENSITIVE_SCOPES[definitions[name].sensitivity].replace(".read", ".write")
            if needed not in token.scopes:
                raise bodies.scopes_missing([needed])

    def _required(self, properties: dict[str, str]) -> Objection | None:
        missing = [name for name in self.kind.required if not properties.get(name)]
        if missing:
            return bodies.required_missing(self.kind.legacy_name, missing)
        return missing_values(self.settings, properties) if self.kind.type_id == CALL_ID else None

    def _clash(
        self, properties: dict[str, str], taken: dict[tuple[str, str], int] | None = None, own: int | None = None
    ) -> Objection | None:
        for name in self._unique:
            value = properties.get(name)
            if not value:
                continue
            holder = self.shelf.holder(name, value, self.settings)
            if holder is None and taken:
                holder = taken.get((name, fold(value, self.settings)))
            elif holder is not None and self._raced(holder):
                holder = None
            if holder is not None and holder != own:
                return self._taken(name, value, holder)
        return None

    def _take(self, properties: dict[str, str], taken: dict[tuple[str, str], int]) -> None:
        """Remember an input's unique values against those after it."""
        for name in self._unique:
            if properties.get(name):
                taken[name, fold(properties[name], self.settings)] = self.shelf.allocate()

    def _taken(self, name: str, value: str, holder: int) -> Objection:
        if name == "email" and self.kind.type_id == "0-1":
            return bodies.contact_exists(holder)
        portal, new_id = self.account.portal, self.shelf.allocate()
        return bodies.value_taken(portal, self.kind.legacy_name, name, value, new_id, holder)

    def _raced(self, holder: int) -> bool:
        """D: two creates at the same instant might both be let in (switch unique_race_ms)."""
        race = self.settings.unique_race_ms
        record = self.shelf.records.get(holder) if race else None
        return record is not None and self.started - record.fresh_ms < race

    def _store(self, draft: Draft, properties: dict[str, str], *, links: bool = True) -> Body:
        now = self.started
        kept = {name: value for name, value in properties.items() if value != ""}
        record = Record(self.shelf.allocate(), kept, now, now, now)
        self.shelf.add(record, self.settings, keep=self._keep)
        if links and self.exchange.commit.links and not self._loses_links(draft):
            self.account.links_made += link(record, draft.links, self.account)
        return rendering.written(record, self.kind, self.account.portal)

    def _loses_links(self, draft: Draft) -> bool:
        """C: a call that is answered as created, and lacks the links that were sent with it."""
        share = self.settings.unlinked_share
        if not share and not self.poison.rules:
            return False
        return (share > 0 and self.exchange.world.random.random() < share) or self.poison.unlinked(draft.properties)

    def _change(self, record: Record, properties: dict[str, str]) -> None:
        merged = {name: self._added(record, name, value) for name, value in properties.items()}
        self.shelf.change(record, merged, self.exchange.world.now(), self.settings, keep=self._keep)

    def _added(self, record: Record, name: str, value: str) -> str:
        """A: ``;a`` adds ``a`` to the values of a checkbox property."""
        if not value.startswith(";") or not self.account.definitions[self.kind.type_id][name].several:
            return value
        parts = record.properties.get(name, "").split(";") + value[1:].split(";")
        return ";".join(dict.fromkeys(part for part in parts if part))

    def _rendered(self, record: Record) -> Body:
        return rendering.written(record, self.kind, self.account.portal)

    def _resolved(self, change: Change) -> Record | None:
        by, key, what = change.id_property, change.id, "update/upsert"
        found = resolve(self.exchange, self.kind, by, key, what=what)
        if found is not None or self.settings.update_archived == "not_found":
            return found
        deleted = resolve(self.exchange, self.kind, by, key, archived=True, what=what)
        if deleted is not None and self.settings.update_archived == "revive":
            self.shelf.revive(deleted, self.settings)
        return deleted

    # The batch

    def _refuse_whole(self, drafts: Sequence[Draft], ready: Sequence[tuple[dict[str, str], Objection | None]]) -> None:
        if all(getattr(self.settings, name) == "input" for name in _SINKS) and not self.settings.account_refusal:
            return
        taken: dict[tuple[str, str], int] = {}
        for draft, (properties, objection) in zip(drafts, ready, strict=True):
            found = objection or self._clash(properties, taken) or check_links(self.account, self.kind, draft.links)
            if found is not None and self._sinks(found):
                raise found.as_refusal()
            self._take(properties, taken)

    def _sinks(self, objection: Objection) -> bool:
        switch = "account_refusal_as" if objection.kind == "account_refusal" else objection.kind
        return getattr(self.settings, switch, "input") == "request"

    def _left_behind(self, objection: Objection) -> bool:
        """D: if calls and links are two transactions, a bad link leaves the call (switch transaction)."""
        return objection.kind == "bad_association" and self.settings.transaction == "two"

    def _store_first(self, drafts: Sequence[Draft], ready: Sequence[tuple[dict[str, str], Objection | None]]) -> None:
        """All calls of an all-or-nothing batch whose links failed: there, and without links."""
        for draft, (properties, objection) in zip(drafts, ready, strict=True):
            if objection is None and self._clash(properties) is None:
                self._store(draft, properties, links=False)

    def _shared(self, ready: list[_T]) -> list[_T]:
        """All, or the share of them that a fault lets through."""
        share = self.exchange.commit.share
        if share >= 1.0:
            return ready
        return [item for item in ready if self.exchange.world.faults.dice.random() < share]

    def _traced_result(self, result: Body, trace: str | None) -> Body:
        """D: whether a result names its trace id (switch echo_trace_id)."""
        if trace is not None and rendering.chance(self.settings.echo_trace_id, self.exchange.world.random):
            result["objectWriteTraceId"] = trace
        return result


def _traced(traces: list[str | None]) -> bool:
    """Each input has one, and no two the same."""
    return None not in traces and len(set(traces)) == len(traces)


def _unknown(name: str) -> Problem:
    return Problem("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist', name)


def _refuse_duplicates(changes: Sequence[Change], settings: Settings) -> None:
    seen: set[tuple[str | None, str]] = set()
    twice = []
    for change in changes:
        key = (change.id_property, fold(change.id, settings))
        if key in seen:
            twice.append(change.id)
        seen.add(key)
    if twice:
        raise bodies.duplicate_ids(twice)
