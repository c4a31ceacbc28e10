"""The kinds of records an account has, and how calls are associated with each (A: HubSpot's association guide)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A kind of record: the names a path may call it by, and the scopes that open it."""

    type_id: str
    singular: str
    plural: str
    read_scope: str
    write_scope: str
    created_property: str = "hs_createdate"
    modified_property: str = "hs_lastmodifieddate"
    default_properties: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    fully_qualified: str | None = None
    labels: tuple[str, str] = ("", "")

    @property
    def legacy_name(self) -> str:
        """The name in HubSpot's messages: CONTACT, CALL, ..."""
        return self.singular.upper() if self.fully_qualified is None else self.type_id

    @property
    def define_scope(self) -> str:
        """A: the scope that opens its properties for change; those of calls are under the contacts' (D)."""
        return self.write_scope.replace("crm.objects.", "crm.schemas.")

    def names(self, *, strict: bool) -> set[str]:
        """What this type may be called in a path. Custom objects by their bare name: not in every account (B)."""
        if self.fully_qualified is None:
            return {self.type_id, self.singular, self.plural}
        names = {self.type_id, self.fully_qualified, f"p_{self.plural}"}
        return names if strict else names | {self.plural}


def _standard(type_id: str, singular: str, plural: str, scope: str, **more: object) -> ObjectType:
    return ObjectType(
        type_id,
        singular,
        plural,
        f"crm.objects.{scope}.read" if scope != "tickets" else "tickets",
        f"crm.objects.{scope}.write" if scope != "tickets" else "tickets",
        **more,  # type: ignore[arg-type]  # by name, in the table below only
    )


CALL = _standard("0-48", "call", "calls", "contacts", required=("hs_timestamp",))
CONTACT = _standard(
    "0-1",
    "contact",
    "contacts",
    "contacts",
    created_property="createdate",
    modified_property="lastmodifieddate",
    default_properties=("email", "firstname", "lastname"),
)
COMPANY = _standard(
    "0-2", "company", "companies", "companies", created_property="createdate", default_properties=("name", "domain")
)
DEAL = _standard(
    "0-3",
    "deal",
    "deals",
    "deals",
    created_property="createdate",
    default_properties=("dealname", "amount", "dealstage", "pipeline", "closedate"),
)
TICKET = _standard(
    "0-5",
    "ticket",
    "tickets",
    "tickets",
    created_property="createdate",
    default_properties=("subject", "content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category"),
)
STANDARD_TYPES = (
    CALL,
    CONTACT,
    COMPANY,
    DEAL,
    TICKET,
    _standard("0-136", "lead", "leads", "leads", default_properties=("hs_lead_name",)),
    _standard("0-123", "order", "orders", "orders"),
    _standard("0-421", "appointment", "appointments", "appointments"),
    _standard("0-410", "course", "courses", "courses"),
    _standard("0-420", "listing", "listings", "listings"),
    _standard("0-162", "service", "services", "services"),
    _standard("0-970", "project", "projects", "projects"),
    _standard("0-19", "feedback_submission", "feedback_submissions", "feedback_submissions"),
)

CALL_TO = {
    "0-1": (194, 193),
    "0-2": (182, 181),
    "0-3": (206, 205),
    "0-5": (220, 219),
    "0-136": (597, 596),
    "0-123": (773, 772),
    "0-421": (913, 912),
    "0-410": (867, 866),
    "0-420": (891, 890),
    "0-162": (841, 840),
    "0-970": (1258, 1257),
    "0-19": (1156, 1155),
}
"""Object type id -> (association type of call to object, of object to call)."""


def custom(portal: int, type_id: str, name: str, labels: tuple[str, str]) -> ObjectType:
    return ObjectType(
        type_id,
        name,
        name,
        "crm.objects.custom.read",
        "crm.objects.custom.write",
        fully_qualified=f"p{portal}_{name}",
        labels=labels,
        default_properties=(),
    )


@dataclass(frozen=True, slots=True)
class AssociationType:
    """One way in which a record of one type stands to one of another."""

    category: str
    type_id: int
    from_type: str
    to_type: str
    label: str | None = None

    def as_json(self) -> dict[str, object]:
        return {"category": self.category, "typeId": self.type_id, "label": self.label}


def standard_associations() -> list[AssociationType]:
    """Both directions of every HubSpot-defined association of calls."""
    there = [AssociationType("HUBSPOT_DEFINED", pair[0], "0-48", other) for other, pair in CALL_TO.items()]
    back = [AssociationType("HUBSPOT_DEFINED", pair[1], other, "0-48") for other, pair in CALL_TO.items()]
    return there + back
