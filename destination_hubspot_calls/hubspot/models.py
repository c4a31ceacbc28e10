"""The wire: what HubSpot answers, read leniently (unknown fields are ignored, every field may be missing)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, RootModel
from pydantic_core import CoreSchema, core_schema


def _texts(value: Any) -> tuple[str, ...]:
    """A context's value as texts: real bodies hold a list, a single value, or nothing."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(item if isinstance(item, str) else str(item) for item in values)


def _context(value: Any) -> dict[str, tuple[str, ...]]:
    return {str(key): _texts(texts) for key, texts in value.items()} if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _objects(value: Any) -> list[Any]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _flag(value: Any) -> bool:
    return value is True


def _properties(value: Any) -> dict[str, str | None]:
    if not isinstance(value, dict):
        return {}
    return {key: None if item is None else _text(item) for key, item in value.items()}


@dataclass(frozen=True, slots=True)
class OrElse:
    """Repairs what does not fit its type. What fits is read without a call into Python, and that is nearly all."""

    repair: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The type itself, and the repair before it only where that fails."""
        schema = handler(source)
        repaired = core_schema.no_info_before_validator_function(self.repair, schema)
        return core_schema.union_schema([schema, repaired], mode="left_to_right")


Text = Annotated[str, OrElse(_text)]
Flag = Annotated[bool, OrElse(_flag)]
Values = Annotated[dict[str, str | None], OrElse(_properties)]
Context = Annotated[dict[str, tuple[str, ...]], OrElse(_context)]


class Wire(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, populate_by_name=True)


class Option(Wire):
    """One allowed value of an enumeration property."""

    value: Text = ""
    label: Text = ""
    hidden: Flag = False


class Modification(Wire):
    """Who may change a property."""

    read_only: Flag = Field(default=False, alias="readOnlyValue")
    read_only_options: Flag = Field(default=False, alias="readOnlyOptions")


class Property(Wire):
    """A property's definition (GET /crm/v3/properties/{objectType}).

    `type`: string, number, date, datetime, bool, enumeration, phone_number, json, object_coordinates.
    `field_type` tells checkboxes (`checkbox`: several values) from selects and booleans.
    """

    name: Text
    label: Text = ""
    group: Text = Field(default="", alias="groupName")
    type: Text = "string"
    field_type: Text = Field(default="", alias="fieldType")
    options: Annotated[tuple[Option, ...], OrElse(_objects)] = ()
    unique: Flag = Field(default=False, alias="hasUniqueValue")
    calculated: Flag = False
    hidden: Flag = False
    archived: Flag = False
    sensitivity: Text = Field(default="", alias="dataSensitivity")
    external_options: Flag = Field(default=False, alias="externalOptions")
    referenced_object_type: Text = Field(default="", alias="referencedObjectType")
    modification: Modification | None = Field(default=None, alias="modificationMetadata")

    @property
    def writable(self) -> bool:
        """Whether a call may be created with it (HubSpot refuses read-only and calculated ones)."""
        return not self.calculated and not (self.modification and self.modification.read_only)

    @property
    def identifies(self) -> bool:
        """Whether its values can tell calls apart: text of our own, and no two the same."""
        return self.unique and self.writable and self.type == "string"

    @property
    def takes_options(self) -> bool:
        """Whether options can be added: HubSpot keeps those of its own enumerations as they are."""
        fixed = self.name.startswith("hs_") or (self.modification is not None and self.modification.read_only_options)
        return self.type == "enumeration" and self.writable and not fixed and not self.external_options

    @property
    def multiple(self) -> bool:
        """Whether it holds several options, joined by `;`."""
        return self.type == "enumeration" and self.field_type == "checkbox"

    @property
    def is_owner(self) -> bool:
        """Whether its values are owners' ids."""
        return self.referenced_object_type == "OWNER" or self.name == "hubspot_owner_id"


class Owner(Wire):
    """A user that records can belong to: `id` is what a property takes, `userId` is something else."""

    id: Text
    email: Text = ""
    archived: Flag = False


class Disposition(Wire):
    """A call outcome: `id` is the GUID that HubSpot takes, `label` what the account shows."""

    id: Text
    label: Text = ""
    deleted: Flag = False


class AssociationType(Wire):
    """A kind of link from calls to another object (GET …/labels); the unlabelled one is the default."""

    category: Text
    type_id: int = Field(alias="typeId")
    label: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from others; its label may be told or not."""
        return self.category, self.type_id


class Problem(Wire):
    """What HubSpot says is wrong, with a request or with some of its inputs. Every field may be missing."""

    status: Text = ""
    category: Text = ""
    sub_category: Text = Field(default="", alias="subCategory")
    message: Text = ""
    code: Text = ""
    policy: Text = Field(default="", alias="policyName")
    hublet: Text = Field(default="", alias="correctHublet")
    """The region that the account is kept in, of a request that came to another."""
    context: Context = Field(default_factory=dict)
    errors: Annotated[tuple[Problem, ...], OrElse(_objects)] = ()


class Result(Wire):
    """One record of a batch's answer."""

    id: Text
    created_at: Text = Field(default="", alias="createdAt")
    archived: Flag = False
    is_new: Flag = Field(default=False, alias="new")
    """Of an upsert: whether it created the record."""
    trace_id: Text = Field(default="", alias="objectWriteTraceId")
    properties: Values = Field(default_factory=dict)


class BatchAnswer(Wire):
    """The body of a 200, 201 or 207 of a batch endpoint. `numErrors` counts groups, so it is not read."""

    status: Text = ""
    results: Annotated[tuple[Result, ...], OrElse(_objects)] = ()
    errors: Annotated[tuple[Problem, ...], OrElse(_objects)] = ()


class LinkedPair(Wire):
    """Two records that are linked now."""

    from_id: Text = Field(default="", alias="fromObjectId")
    to_id: Text = Field(default="", alias="toObjectId")


class ObjectId(Wire):
    """A record's id where it stands alone."""

    id: Text = ""


class LinkedRecord(Wire):
    """The other end of a call's links, with all their types."""

    id: Text = Field(default="", alias="toObjectId")
    types: Annotated[tuple[AssociationType, ...], OrElse(_objects)] = Field(default=(), alias="associationTypes")


class LinkAnswer(Wire):
    """The body of a 201 or 207 of linking."""

    results: Annotated[tuple[LinkedPair, ...], OrElse(_objects)] = ()
    errors: Annotated[tuple[Problem, ...], OrElse(_objects)] = ()


class TokenAnswer(Wire):
    """What the token endpoint grants; `expires_in` is in seconds."""

    access_token: Text = ""
    refresh_token: Text = ""
    expires_in: int = 1800


class TokenInfo(Wire):
    """Whose token it is and what it may do; `active` is told by introspection alone."""

    active: bool | None = None
    hub_id: int | None = Field(default=None, validation_alias=AliasChoices("hubId", "hub_id"))
    scopes: Annotated[tuple[str, ...], OrElse(_texts)] = ()


class AccountDetails(Wire):
    """The account that a token belongs to.

    `kind` is STANDARD, DEVELOPER_TEST, SANDBOX, or APP_DEVELOPER; `time_zone` an IANA name, perhaps with another
    separator; `ui_domain` the host of its pages; `hosting` where its data lie (na1, eu1, …).
    """

    portal_id: int | None = Field(default=None, alias="portalId")
    kind: Text = Field(default="", alias="accountType")
    time_zone: Text = Field(default="", alias="timeZone")
    ui_domain: Text = Field(default="", alias="uiDomain")
    hosting: Text = Field(default="", alias="dataHostingLocation")


class Paging(Wire):
    """Where the next page begins."""

    class Next(Wire):
        """The next page."""

        after: Text = ""

    next: Next | None = None


class Page(Wire):
    """A page of a list or a search."""

    results: Annotated[tuple[Result, ...], OrElse(_objects)] = ()
    paging: Paging | None = None
    total: int | None = None

    @property
    def after(self) -> str:
        """The next page's mark, empty at the end."""
        return self.paging.next.after if self.paging and self.paging.next else ""


class LinksOf(Wire):
    """The links of one call to an object type, or the first of them."""

    call: ObjectId = Field(default_factory=ObjectId, alias="from")
    to: Annotated[tuple[LinkedRecord, ...], OrElse(_objects)] = ()
    paging: Paging | None = None

    @property
    def after(self) -> str:
        """The next page's mark, empty at the end."""
        return self.paging.next.after if self.paging and self.paging.next else ""


class LinksAnswer(Wire):
    """The body of a 200 or 207 of reading links; calls without any are errors, or nothing is said of them."""

    results: Annotated[tuple[LinksOf, ...], OrElse(_objects)] = ()
    errors: Annotated[tuple[Problem, ...], OrElse(_objects)] = ()


class Owners(Wire):
    """A page of owners."""

    results: Annotated[tuple[Owner, ...], OrElse(_objects)] = ()
    paging: Paging | None = None

    @property
    def after(self) -> str:
        """The next page's mark, empty at the end."""
        return self.paging.next.after if self.paging and self.paging.next else ""


class Properties(Wire):
    """An object type's property definitions."""

    results: tuple[Property, ...]


class AssociationTypes(Wire):
    """The kinds of link from calls to an object type."""

    results: tuple[AssociationType, ...]


class Dispositions(RootModel[tuple[Disposition, ...]]):
    """An account's call outcomes."""
