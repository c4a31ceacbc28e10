"""The standard object types that calls can be linked to, by all the names HubSpot has for them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One object type: as paths name it, as errors name it, its type id, and the default link from calls to it.

    `reverse` is the link in the other direction, which a call may not be created with. Source of the numbers: the
    table in HubSpot's guide on associating records.
    """

    plural: str
    singular: str
    type_id: str
    link: int
    reverse: int


STANDARD = (
    ObjectType("contacts", "contact", "0-1", 194, 193),
    ObjectType("companies", "company", "0-2", 182, 181),
    ObjectType("deals", "deal", "0-3", 206, 205),
    ObjectType("tickets", "ticket", "0-5", 220, 219),
    ObjectType("leads", "lead", "0-136", 597, 596),
    ObjectType("orders", "order", "0-123", 773, 772),
    ObjectType("appointments", "appointment", "0-421", 913, 912),
    ObjectType("courses", "course", "0-410", 867, 866),
    ObjectType("listings", "listing", "0-420", 891, 890),
    ObjectType("projects", "project", "0-970", 1258, 1257),
    ObjectType("services", "service", "0-162", 841, 840),
    ObjectType("feedback_submissions", "feedback_submission", "0-19", 1156, 1155),
)

_BY_NAME = {name: kind for kind in STANDARD for name in (kind.plural, kind.singular, kind.type_id)}


def standard_object(name: str) -> ObjectType | None:
    """The standard object type of any of its names, in any case; None for a custom object."""
    return _BY_NAME.get(name.strip().lower())


def same_object_type(named: str | None, ours: str) -> bool:
    """Whether two names can mean one object type; names of custom objects are not known here, so they can."""
    one, other = standard_object(named or ""), standard_object(ours)
    return one is None or other is None or one is other
