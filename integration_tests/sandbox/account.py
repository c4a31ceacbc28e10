"""One HubSpot account: what it knows, and the records on its shelves."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from integration_tests.sandbox import bodies
from integration_tests.sandbox.credentials import Credentials, default_credentials
from integration_tests.sandbox.definitions import UNIQUE_PER_OBJECT, Definition, Option, from_json
from integration_tests.sandbox.object_types import STANDARD_TYPES, AssociationType, ObjectType, custom
from integration_tests.sandbox.object_types import standard_associations as associations_of_calls
from integration_tests.sandbox.settings import Settings
from integration_tests.sandbox.standard_properties import DISPOSITIONS, standard_definitions
from integration_tests.sandbox.store import Record, Shelf
from integration_tests.sandbox.values import Check, compile_check
from integration_tests.sandbox.wire import Body

PORTAL = 1_234_567
FIRST_IDS = {"0-48": 70_000_000_000, "0-1": 100_000, "0-2": 20_000_000, "0-3": 3_000_000_000, "0-5": 500_000_000}
"""Each kind counts from a place of its own, so that a mixed-up id is found out."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A user who can own records; ``archived``: a former one. ``id`` is never a ``user_id``."""

    id: str
    email: str
    first_name: str
    last_name: str
    user_id: int
    archived: bool = False

    def as_json(self) -> Body:
        return {
            "id": self.id,
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            **({} if self.archived else {"userId": self.user_id}),
            "userIdIncludingInactive": self.user_id,
            "createdAt": "2023-01-02T03:04:05.678Z",
            "updatedAt": "2024-01-02T03:04:05.678Z",
            "archived": self.archived,
        }


@dataclass(frozen=True, slots=True)
class Disposition:
    """A call outcome: of every account, custom, or a deleted one."""

    id: str
    label: str
    deleted: bool = False

    def as_json(self) -> Body:
        return {"id": self.id, "label": self.label, "deleted": self.deleted}


class Account:
    """Everything one account holds. Its settings decide the rules its checks are compiled to."""

    def __init__(self, settings: Settings) -> None:
        self.portal = PORTAL
        self.settings = settings
        self.credentials: Credentials = default_credentials()
        self.kinds: dict[str, ObjectType] = {}
        self.shelves: dict[str, Shelf] = {}
        self.definitions: dict[str, dict[str, Definition]] = {}
        self.owners: dict[str, Owner] = {}
        self.dispositions = {key: Disposition(key, label) for key, label in DISPOSITIONS.items()}
        self.association_types: dict[tuple[str, int], AssociationType] = {}
        self.links_made = 0
        self.dice = random.Random(settings.seed)
        self._checks: dict[str, dict[str, Check]] = {}
        self._names: dict[str, ObjectType] = {}
        self._next_association_type = 20
        for kind in STANDARD_TYPES:
            self._add_kind(kind)
        for association in associations_of_calls():
            self.association_types[association.category, association.type_id] = association

    # What kinds of records there are

    def kind(self, name: str) -> ObjectType:
        """The kind a path or an id names; refused if there is none (B: 400 without a category)."""
        found = self._names.get(name.lower())
        if found is None:
            raise bodies.unknown_object_type(name)
        return found

    def called(self, name: str) -> str:
        """A kind's plural name, however a path spells it; an unknown one as it is."""
        found = self._names.get(name.lower())
        return name if found is None else found.plural

    def shelf(self, kind: ObjectType) -> Shelf:
        return self.shelves[kind.type_id]

    @property
    def calls(self) -> Shelf:
        return self.shelves["0-48"]

    def add_object(self, body: Mapping[str, object]) -> ObjectType:
        """A custom object: ``{"name", "type_id"?, "singular"?, "plural"?, "properties"?}``."""
        name = body.get("name")
        if not isinstance(name, str) or name != name.lower():
            raise ValueError("an object needs a name in lower case")
        type_id = str(body.get("type_id") or f"2-{self.portal + len(self.shelves)}")
        labels = (str(body.get("singular", name.capitalize())), str(body.get("plural", f"{name.capitalize()}s")))
        kind = custom(self.portal, type_id, name, labels)
        self._add_kind(kind)
        for number, (there, back) in enumerate(((CALL_ID, type_id), (type_id, CALL_ID))):
            place = self._next_association_type + number
            self.association_types["USER_DEFINED", place] = AssociationType("USER_DEFINED", place, there, back)
        self._next_association_type += 2
        listed = body.get("properties", [])
        if not isinstance(listed, list):
            raise ValueError("properties must be a list of definitions")  # noqa: TRY004 - the control API's 400
        for definition in listed:
            self.add_property(kind, definition)
        return kind

    def _add_kind(self, kind: ObjectType) -> None:
        self.kinds[kind.type_id] = kind
        place = FIRST_IDS.get(kind.type_id, (len(self.shelves) + 1) * 40_000_000_000)
        self.shelves[kind.type_id] = Shelf(kind, place)
        self.definitions[kind.type_id] = {
            definition.name: definition for definition in standard_definitions(kind.type_id)
        }
        self._name_kinds()
        self._recompile(kind.type_id)

    def _name_kinds(self) -> None:
        strict = self.settings.custom_object_names == "strict"
        self._names = {name: kind for kind in self.kinds.values() for name in kind.names(strict=strict)}

    # What their properties are

    def add_property(self, kind: ObjectType, body: Mapping[str, object]) -> Definition:
        """Create or replace a property; ValueError where HubSpot would refuse the definition."""
        definition = from_json(body)
        held = self.definitions[kind.type_id]
        unique = sum(other.unique for other in held.values() if other.name != definition.name and not other.standard)
        if definition.unique and unique >= UNIQUE_PER_OBJECT:
            raise ValueError(f"{kind.plural} have {UNIQUE_PER_OBJECT} properties with unique values already")
        held[definition.name] = definition
        self._recompile(kind.type_id)
        return definition

    def groups(self, kind: ObjectType) -> set[str]:
        """The property groups of a kind: those its properties are in."""
        return {definition.group for definition in self.definitions[kind.type_id].values()}

    def archive_property(self, kind: ObjectType, name: str) -> None:
        held = self.definitions[kind.type_id]
        held[name] = replace(held[name], archived=True)
        self._recompile(kind.type_id)

    def shown(self, definition: Definition) -> Definition:
        """As the account lists it: the outcomes are options of hs_call_disposition, or kept elsewhere (D)."""
        if definition.name == "hs_activity_type" and self.settings.activity_type_options == "external":
            return replace(definition, options=(), external_options=True)
        if definition.name != "hs_call_disposition":
            return definition
        if self.settings.disposition_options == "external":
            return replace(definition, options=(), external_options=True)
        options = tuple(
            Option(item.label, item.id, display_order=place)
            for place, item in enumerate(self.dispositions.values())
            if not item.deleted or self.settings.deleted_disposition == "accept"
        )
        return replace(definition, options=options)

    def checks(self, kind: ObjectType) -> dict[str, Check]:
        """Property name -> the function that says whether a value fits."""
        return self._checks[kind.type_id]

    def unique_names(self, kind: ObjectType) -> list[str]:
        return [item.name for item in self.definitions[kind.type_id].values() if item.unique and not item.archived]

    def apply(self, settings: Settings) -> None:
        """Turn switches: the rules are compiled anew, unique values indexed anew."""
        self.settings = settings
        self._name_kinds()
        for type_id in self.kinds:
            self._recompile(type_id)

    def _recompile(self, type_id: str) -> None:
        self._compile_checks(type_id)
        kind = self.kinds[type_id]
        self.shelves[type_id].rebuild(self.unique_names(kind), self.settings)

    def _compile_checks(self, type_id: str) -> None:
        owners = {
            owner.id for owner in self.owners.values() if not owner.archived or self.settings.archived_owner == "accept"
        }
        self._checks[type_id] = {
            definition.name: compile_check(self._ruled(definition), self.settings, owners)
            for definition in self.definitions[type_id].values()
            if not definition.archived
        }

    def _ruled(self, definition: Definition) -> Definition:
        """Outcomes are checked against the account's own list, wherever the options are shown."""
        if definition.name != "hs_call_disposition":
            return definition
        options = tuple(
            Option(item.label, item.id)
            for item in self.dispositions.values()
            if not item.deleted or self.settings.deleted_disposition == "accept"
        )
        return replace(definition, options=options, external_options=False)

    # Who and what else is there

    def add_owners(self, listed: Iterable[Mapping[str, object]]) -> list[Owner]:
        """``{"email", "id"?, "first_name"?, "last_name"?, "user_id"?, "archived"?}`` each."""
        added = [self._add_owner(body) for body in listed]
        for type_id in self.kinds:
            self._compile_checks(type_id)
        return added

    def _add_owner(self, body: Mapping[str, object]) -> Owner:
        email = body.get("email")
        if not isinstance(email, str):
            raise ValueError("an owner needs an email")  # noqa: TRY004 - the control API's 400
        number = len(self.owners) + 1
        owner = Owner(
            id=str(body.get("id", 4_000_000 + number)),
            email=email,
            first_name=str(body.get("first_name", "Agent")),
            last_name=str(body.get("last_name", number)),
            user_id=int(str(body.get("user_id", 9_000_000 + number))),
            archived=bool(body.get("archived", False)),
        )
        self.owners[owner.id] = owner
        return owner

    def add_disposition(self, body: Mapping[str, object]) -> Disposition:
        """``{"id", "label", "deleted"?}``."""
        disposition = Disposition(str(body["id"]), str(body["label"]), bool(body.get("deleted", False)))
        self.dispositions[disposition.id] = disposition
        self._compile_checks(CALL_ID)
        return disposition

    def add_label(self, body: Mapping[str, object]) -> AssociationType:
        """A label of calls: ``{"to", "label", "type_id"?, "category"?}``, both directions (A: they differ)."""
        target = self.kind(str(body["to"])).type_id
        category = str(body.get("category", "USER_DEFINED"))
        given = body.get("type_id")
        number = int(str(given)) if given is not None else self._next_association_type
        label = str(body["label"])
        there = AssociationType(category, number, CALL_ID, target, label)
        self.association_types[category, number] = there
        self.association_types[category, number + 1] = AssociationType(category, number + 1, target, CALL_ID, label)
        self._next_association_type = max(self._next_association_type, number + 2)
        return there

    def labels(self, from_type: str, to_type: str) -> list[AssociationType]:
        return [
            association
            for association in self.association_types.values()
            if association.from_type == from_type and association.to_type == to_type
        ]

    # Records that are simply there

    def merge(self, kind: ObjectType, winner: int, losers: Iterable[int], now: int) -> None:
        """Merge records of a kind, as a person does on HubSpot's pages; links to the losers go to the winner."""
        shelf = self.shelf(kind)
        for loser in losers:
            shelf.merge(shelf.records[winner], shelf.records[loser], now, self.settings)
            for other in self.shelves.values():
                for record in other.records.values():
                    moved = record.links.pop((kind.type_id, loser), set())
                    if moved:
                        record.links.setdefault((kind.type_id, winner), set()).update(moved)

    def seed(
        self, kind: ObjectType, rows: Iterable[Mapping[str, str]], now: int, ids: Iterable[int | None] | None = None
    ) -> list[int]:
        """Put records on the shelf as they are, unchecked and at once visible. Returns their ids."""
        shelf = self.shelf(kind)
        given = iter(ids) if ids is not None else None
        made: list[int] = []
        for row in rows:
            wished = next(given, None) if given is not None else None
            record_id = shelf.allocate() if wished is None else wished
            shelf.reserve(record_id)
            properties = dict(row)
            if kind.type_id == "0-1" and "email" in properties:
                properties["email"] = properties["email"].lower()
            shelf.add(Record(record_id, properties, now, now), self.settings)
            made.append(record_id)
        return made


CALL_ID = "0-48"
