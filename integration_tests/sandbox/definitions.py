"""What a property is: its type, its options, and who may write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from integration_tests.sandbox.wire import Body

TYPES = frozenset({"bool", "date", "datetime", "enumeration", "number", "phone_number", "string"})
FIELD_TYPES = frozenset(
    {
        "booleancheckbox",
        "calculation_equation",
        "checkbox",
        "date",
        "file",
        "html",
        "number",
        "phonenumber",
        "radio",
        "select",
        "text",
        "textarea",
    }
)
UNIQUE_PER_OBJECT = 10
"""A: at most ten properties with unique values per kind of object."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value an enumeration may take."""

    label: str
    value: str
    hidden: bool = False
    display_order: int = -1
    description: str = ""

    def as_json(self) -> Body:
        return {
            "label": self.label,
            "value": self.value,
            "description": self.description,
            "displayOrder": self.display_order,
            "hidden": self.hidden,
        }


BOOLEAN_OPTIONS = (Option("Yes", "true", display_order=0), Option("No", "false", display_order=1))


@dataclass(frozen=True, slots=True)
class Definition:
    """A property as ``GET /crm/v3/properties/{objectType}`` shows it (A)."""

    name: str
    type: str = "string"
    field_type: str = "text"
    label: str = ""
    group: str = "callinformation"
    description: str = ""
    options: tuple[Option, ...] = ()
    unique: bool = False
    calculated: bool = False
    read_only: bool = False
    hidden: bool = False
    archived: bool = False
    external_options: bool = False
    referenced: str | None = None
    standard: bool = False
    sensitivity: str = "non_sensitive"

    @property
    def several(self) -> bool:
        """Whether a value may be a list, joined with ``;``."""
        return self.field_type == "checkbox"

    def as_definition(self) -> Body:
        """What it would be created with, in the words of ``from_json``."""
        return {
            **self.as_json(),
            "options": [] if self.options == BOOLEAN_OPTIONS else [option.as_json() for option in self.options],
            "readOnlyValue": self.read_only,
        }

    def as_json(self) -> Body:
        body: Body = {
            "updatedAt": "2024-01-01T00:00:00.000Z",
            "createdAt": "2024-01-01T00:00:00.000Z",
            "name": self.name,
            "label": self.label or self.name,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [option.as_json() for option in self.options],
            "displayOrder": -1,
            "calculated": self.calculated,
            "externalOptions": self.external_options,
            "archived": self.archived,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.standard,
            "modificationMetadata": self._modification(),
            "formField": False,
            "dataSensitivity": self.sensitivity,
        }
        referenced: Body = {} if self.referenced is None else {"referencedObjectType": self.referenced}
        archived: Body = {"archivedAt": "2024-06-01T00:00:00.000Z"} if self.archived else {}
        return body | referenced | archived

    def _modification(self) -> Body:
        return {
            "archivable": not self.standard,
            "readOnlyDefinition": self.standard,
            "readOnlyValue": self.read_only or self.calculated,
        }


SENSITIVITIES = ("non_sensitive", "sensitive", "highly_sensitive")
"""A: what ``dataSensitivity`` may be."""


def from_json(body: Mapping[str, object]) -> Definition:
    """A definition in HubSpot's words (``PropertyCreate``, A) plus ``calculated``, ``readOnlyValue``, ``archived``.

    Raises ValueError where HubSpot would refuse it.
    """
    _judge(body)
    kind = str(body["type"])
    options = body.get("options") or []
    if not isinstance(options, list):
        raise ValueError("options must be a list")  # noqa: TRY004 - HubSpot's 400
    given = tuple(_option(option, place) for place, option in enumerate(options))
    return Definition(
        name=str(body["name"]),
        sensitivity=str(body.get("dataSensitivity", "non_sensitive")),
        type=kind,
        field_type=str(body["fieldType"]),
        label=str(body["label"]),
        group=str(body["groupName"]),
        description=str(body.get("description", "")),
        options=given or (BOOLEAN_OPTIONS if kind == "bool" else ()),
        unique=bool(body.get("hasUniqueValue", False)),
        calculated=bool(body.get("calculated", False)),
        read_only=bool(body.get("readOnlyValue", False)),
        hidden=bool(body.get("hidden", False)),
        archived=bool(body.get("archived", False)),
        external_options=bool(body.get("externalOptions", False)),
        referenced=str(body["referencedObjectType"]) if body.get("referencedObjectType") else None,
    )


def _judge(body: Mapping[str, object]) -> None:
    """Raise ValueError where HubSpot would refuse a definition, but for its options."""
    missing = [name for name in ("name", "label", "type", "fieldType", "groupName") if not body.get(name)]
    if missing:
        raise ValueError(f"Some required fields were not set: [{', '.join(missing)}]")
    kind, field_type = str(body["type"]), str(body["fieldType"])
    if kind not in TYPES:
        raise ValueError(f"{kind} is not a property type")
    if field_type not in FIELD_TYPES:
        raise ValueError(f"{field_type} is not a field type")
    name = str(body["name"])
    if name != name.lower() or not name.replace("_", "").isalnum():
        raise ValueError(f"{name} is not a property name: lower case letters, digits and underscores")
    sensitivity = str(body.get("dataSensitivity", "non_sensitive"))
    if sensitivity not in SENSITIVITIES:
        raise ValueError(f"{sensitivity} is not a data sensitivity")


def _option(option: object, place: int) -> Option:
    if not isinstance(option, Mapping) or not isinstance(option.get("value"), str):
        raise ValueError("an option needs label and value")  # noqa: TRY004 - HubSpot's 400
    return Option(
        label=str(option.get("label", option["value"])),
        value=option["value"],
        hidden=bool(option.get("hidden", False)),
        display_order=int(str(option.get("displayOrder", place))),
        description=str(option.get("description", "")),
    )
