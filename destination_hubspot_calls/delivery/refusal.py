"""What HubSpot says against an input → whom it means, and how we say it ourselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from destination_hubspot_calls.associations import Target
from destination_hubspot_calls.hubspot.errors import AccountRefusal
from destination_hubspot_calls.hubspot.models import Problem
from destination_hubspot_calls.hubspot.objects import same_object_type
from destination_hubspot_calls.messages import Call, Reason

EMBEDDED = "Property values were not valid: "
"""What stands before a JSON list of details in a message (HubSpot's guide on error handling)."""
LINK_PROBLEMS = ("INVALID_OBJECT_IDS", "INVALID_ASSOCIATION_TYPE_ID")
WHATEVER_THE_VALUE = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
CONDITIONAL = "MISSING_CONDITIONAL_REQUIRED_PROPERTY"
"""A value is required where another property has a certain value: not every input that lacks it is wrong."""
REQUIRED = frozenset({"REQUIRED", "MISSING_REQUIRED_PROPERTY", CONDITIONAL})
"""Codes by which HubSpot asks for a value that an input lacks."""
MAX_VALUE = 80
"""Characters of a value that are kept beside a reason: enough to know it by."""
MAX_DETAIL = 2000
"""Characters: an option list in a message can be very long."""

_BAD_LINKS = re.compile(
    r"One or more associations are invalid\.?"
    r"|invalid (?:from|to) object type \S+ for associations to be created\. expected: \S+"
)
"""Sentences about links, as a whole: a word inside a message proves nothing, since messages repeat values."""
_PERMISSION = re.compile(r"Missing '([A-Za-z][A-Za-z /-]{2,60})' permission\.?")
_ACCOUNT = re.compile(
    r"(?:^|_)(?:SUSPENDED|DEACTIVATED|BANNED|BILLING|PERMISSIONS?|LIMIT_(?:REACHED|EXCEEDED)|QUOTA_(?:REACHED|EXCEEDED))$"
)
"""Categories that are about the account."""
_HOLDER = re.compile(r"\} on \d+\. (\d+) already has that value\.?|Existing ID: (\d+)")
_TAKEN = ("already has that value", "already exists")
_WANTED = re.compile(r"A value for ([a-z][a-z0-9_]{0,250}) must be provided\.?")
_OBJECT_ID = re.compile(r"(?:(?P<type>[^=\s]+)=)?(?P<id>\S+) is not valid")
_TYPE_ID = re.compile(r"(?P<category>[A-Z_]+)=(?P<id>\d+)")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,60}")
_PROPERTY = re.compile(r"[a-z][a-z0-9_]{0,250}")


@dataclass(frozen=True, slots=True)
class PropertyError:
    """One property that HubSpot finds wrong; `code` and `message` may be empty."""

    property: str
    code: str
    message: str


def property_errors(problem: Problem) -> list[PropertyError]:
    """The properties that a problem names, from wherever it names them."""
    found = {item.property: item for item in _named(problem)}
    return list(found.values())


def _named(problem: Problem) -> Iterator[PropertyError]:
    for name in problem.context.get("properties", ()):
        yield PropertyError(name, "REQUIRED", problem.message)
    for error in problem.errors:
        wanted = _WANTED.fullmatch(error.message)
        for name in error.context.get("propertyName", (wanted[1],) if wanted else ()):
            yield PropertyError(name, error.code or ("REQUIRED" if wanted else ""), error.message)
    for item in _embedded(problem.message):
        yield PropertyError(str(item.get("name", "")), str(item.get("error", "")), str(item.get("message", "")))


def _embedded(message: str) -> list[dict[str, Any]]:
    _, found, text = message.partition(EMBEDDED)
    if not found:
        return []
    try:
        items = orjson.loads(text)
    except ValueError:
        return []
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def is_about_taken_value(problem: Problem) -> bool:
    """Whether a unique value may be another record's already. Only a reason to look again, never a proof."""
    return problem.category == "CONFLICT" or any(words in problem.message for words in _TAKEN)


def named_holder(problem: Problem) -> str | None:
    """The id of the record that HubSpot says holds a unique value already."""
    found = _HOLDER.search(problem.message)
    named = (found[1] or found[2]) if found else None
    return named or next(iter(problem.context.get("existingId", ())), None)


def is_about_links(problem: Problem) -> bool:
    """Whether a problem is about associations, whether or not it names one."""
    return (
        any(name in problem.context for name in LINK_PROBLEMS)
        or problem.sub_category.startswith("crm.associations.")
        or bool(_BAD_LINKS.fullmatch(problem.message))
    )


def account_reason(problem: Problem) -> str | None:
    """What HubSpot says against the account, if that is what a problem is about: its category, or a permission."""
    permission = _PERMISSION.fullmatch(problem.message)
    if permission:
        return f"{_code(problem.category) or 'no category'}: Missing '{permission[1]}' permission"
    if _ACCOUNT.search(problem.category) and not is_about_links(problem) and not property_errors(problem):
        return _code(problem.category) or None
    return None


def raise_if_about_account(problem: Problem) -> None:
    """Raise AccountRefusal if a problem is about the account, whatever was sent."""
    said = account_reason(problem)
    if said:
        raise AccountRefusal(said)


def names_no_cause(problem: Problem) -> bool:
    """Whether a problem says nothing of what is wrong with an input: no property, no link, no value that is taken."""
    return not (property_errors(problem) or is_about_links(problem) or is_about_taken_value(problem))


def words_of(problem: Problem) -> tuple[str, str, str]:
    """What is the same where HubSpot says the same twice."""
    return problem.category, problem.sub_category, problem.message


def unnamed_reason(problem: Problem) -> str:
    """What is said of a refusal that comes for every call of a batch alike."""
    return f"{_code(problem.category) or 'no category'}, for every call of a batch"


def named_targets(problem: Problem, targets: Iterable[Target]) -> list[Target]:
    """The targets that a problem names by record or by type of link."""
    ids = [found for text in problem.context.get("INVALID_OBJECT_IDS", ()) if (found := _OBJECT_ID.search(text))]
    types = {
        (found["category"], int(found["id"]))
        for text in problem.context.get("INVALID_ASSOCIATION_TYPE_ID", ())
        if (found := _TYPE_ID.search(text))
    }
    return [
        target
        for target in targets
        if any(found["id"] == target.id and same_object_type(found["type"], target.object_type) for found in ids)
        or any((kind.category, kind.type_id) in types for kind in target.types)
    ]


def named_properties(problem: Problem, properties: bytes) -> list[PropertyError]:
    """The property_errors that fit an input's encoded properties: it holds what is wrong, or lacks what is missing."""
    named = property_errors(problem)
    if not named:
        return []
    held: dict[str, str] = orjson.loads(properties)
    return [item for item in named if _fits(item, held)]


def lacks_required(problem: Problem, properties: bytes) -> bool:
    """Whether an input lacks a value that HubSpot requires, of all inputs or of some."""
    wanted = [item.property for item in property_errors(problem) if item.code in REQUIRED]
    held: dict[str, str] = orjson.loads(properties) if wanted else {}
    return any(not held.get(name) for name in wanted)


def _fits(error: PropertyError, held: dict[str, str]) -> bool:
    value = held.get(error.property)
    if error.code in REQUIRED:
        return not value and error.code != CONDITIONAL
    return value is not None and (error.code in WHATEVER_THE_VALUE or _is_about(error.message, value))


def _is_about(message: str, value: str) -> bool:
    """Whether a message says what is wrong with this very value.

    It may name others beside: the options that are allowed, each of which another input may rightly hold.
    """
    return message.startswith((f"{value} was ", f"{value} is ")) or f" id {value} does not exist" in message


def reason(problem: Problem, fields: Mapping[str, str]) -> str:
    """A refusal in our own words: property, field, and HubSpot's code, never a value or HubSpot's own text."""
    said = [_property_reason(item, fields) for item in property_errors(problem)]
    if said:
        return "; ".join(said)
    if is_about_links(problem):
        return "HubSpot refuses an association of the call (INVALID_ASSOCIATION)"
    if is_about_taken_value(problem):
        return "HubSpot refuses the call: a unique value is taken already (UNIQUE_VALUE_CONFLICT)"
    return f"HubSpot refuses the call ({_code(problem.category) or 'no code'})"


def reasons(problem: Problem, call: Call) -> tuple[Reason, ...]:
    """The same, one for each property that HubSpot refuses, with the value that was sent; none for other refusals."""
    errors = property_errors(problem)
    if not errors:
        return ()
    sent: dict[str, str] = orjson.loads(call.properties)
    return tuple(
        Reason(_property_reason(error, call.fields), error.property, value=sent.get(error.property, "")[:MAX_VALUE])
        for error in errors
    )


def _property_reason(error: PropertyError, fields: Mapping[str, str]) -> str:
    # Names from HubSpot's answer are shown only in the form of a name, as its texts may repeat values.
    name = error.property if _PROPERTY.fullmatch(error.property) else "a property"
    source = fields.get(error.property)
    if error.code in REQUIRED:
        lack = f'field "{source}" has none' if source else "no rule fills it"
        return f"HubSpot requires a value for {name}, and {lack} ({_code(error.code)})"
    of = f' from field "{source}"' if source else ""
    return f"{name}: HubSpot refuses the value{of} ({_code(error.code) or 'INVALID'})"


def _code(text: str) -> str:
    return text if _CODE.fullmatch(text) else ""


def detail(problem: Problem) -> str:
    """HubSpot's own words, for the store of rejected records."""
    texts: list[str] = [problem.message, *(error.message for error in problem.errors)]
    texts += [text for name in LINK_PROBLEMS for text in problem.context.get(name, ())]
    return " / ".join(dict.fromkeys(text[:MAX_DETAIL] for text in texts if text))
