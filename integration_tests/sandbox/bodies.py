"""HubSpot's refusals, body by body, as they were captured or documented (certainty A-D at each)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from integration_tests.sandbox.wire import Answer, Body

DOCS = "https://developers.hubspot.com"
EDGE_PAGE = (
    '<!DOCTYPE html>\n<html lang="en-US"><head><title>api.hubapi.com | {status}</title></head>'
    "<body><h1>Error {status}</h1><p>The web server reported an error.</p></body></html>\n"
)


class Refused(Exception):
    """Ends the handling of a request with HubSpot's refusal of all of it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one value does not fit its property."""

    code: str
    message: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why one input cannot be written. ``kind`` says which switch decides whether it sinks the request."""

    kind: str
    message: str
    category: str = "VALIDATION_ERROR"
    context: Mapping[str, list[str]] = field(default_factory=dict)
    details: tuple[Body, ...] = ()
    status: int = 400

    def as_refusal(self) -> Refused:
        """The whole request's answer: the captured form, which names no input."""
        return refused(self.status, self.message, self.category, context=self.context, errors=self.details)


def correlation_id() -> str:
    return str(uuid.uuid4())


def error_body(
    message: str,
    category: str | None = None,
    *,
    context: Mapping[str, list[str]] | None = None,
    errors: Iterable[Body] = (),
    **more: object,
) -> Body:
    """HubSpot's error envelope; fields that say nothing are left out, as in the captures (B)."""
    body: Body = {"status": "error", "message": message, "correlationId": correlation_id()}
    listed = list(errors)
    if listed:
        body["errors"] = listed
    if context:
        body["context"] = dict(context)
    if category is not None:
        body["category"] = category
    body.update(more)
    return body


def refused(
    status: int,
    message: str,
    category: str | None = "VALIDATION_ERROR",
    *,
    context: Mapping[str, list[str]] | None = None,
    errors: Iterable[Body] = (),
    headers: dict[str, str] | None = None,
    **more: object,
) -> Refused:
    return Refused(Answer(status, error_body(message, category, context=context, errors=errors, **more), headers or {}))


def malformed(what: str, column: int = 2) -> Refused:
    """JSON that HubSpot's parser refuses: "Invalid input JSON on line 1, column 2: ..." (B)."""
    return refused(400, f"Invalid input JSON on line 1, column {column}: {what}")


def fields_missing(names: Iterable[str], column: int = 2) -> Refused:
    """B: "Invalid input JSON on line 1, column 2. Some required fields were not set: [inputs]"."""
    listed = ", ".join(names)
    return refused(400, f"Invalid input JSON on line 1, column {column}. Some required fields were not set: [{listed}]")


def wrong_json_type(wanted: str, value: object) -> Refused:
    """B: "Cannot deserialize value of type `java.lang.String` from Object value (token ...)"."""
    kind, token = _JSON_KINDS.get(type(value), ("Object value", "START_OBJECT"))
    return malformed(f"Cannot deserialize value of type `{wanted}` from {kind} (token `JsonToken.{token}`)", 54)


_JSON_KINDS: dict[type, tuple[str, str]] = {
    dict: ("Object value", "START_OBJECT"),
    list: ("Array value", "START_ARRAY"),
    int: ("Integer value", "VALUE_NUMBER_INT"),
    float: ("Floating-point value", "VALUE_NUMBER_FLOAT"),
    bool: ("Boolean value", "VALUE_BOOLEAN"),
    type(None): ("Null value", "VALUE_NULL"),
    str: ("String value", "VALUE_STRING"),
}


def bad_values(problems: list[Problem], portal: int, kind: str = "bad_property") -> Objection:
    """A: "Property values were not valid: [...]" with a JSON list inside the message.

    ``errors`` holds the first problem only, as captured (C): the list in the message is the longer one.
    """
    listed = [
        {
            "isValid": False,
            "message": problem.message,
            "error": problem.code,
            "name": problem.name,
            "localizedErrorMessage": problem.message,
            "portalId": portal,
        }
        for problem in problems
    ]
    first = problems[0]
    detail: Body = {"message": first.message, "code": first.code, "context": {"propertyName": [first.name]}}
    text = orjson.dumps(listed).decode()
    return Objection(kind, f"Property values were not valid: {text}", details=(detail,))


def required_missing(object_name: str, names: list[str]) -> Objection:
    """B for CALL's message, C for its context."""
    return Objection(
        "missing_required",
        f"Error creating {object_name}. Some required properties were not set.",
        context={"properties": names},
    )


def value_taken(portal: int, object_name: str, name: str, value: str, new_id: int, existing_id: int) -> Objection:
    """B: the clash on a unique property; the first id never exists, the second is the owner of the value."""
    coordinates = (
        f"PropertyValueCoordinates{{portalId={portal}, objectTypeId=ObjectTypeId{{legacyObjectType={object_name}}}, "
        f"propertyName={name}, value={value}}}"
    )
    return Objection("unique_clash", f"Cannot set {coordinates} on {new_id}. {existing_id} already has that value.")


def contact_exists(existing_id: int) -> Objection:
    """B: contacts by e-mail are the exception, 409 CONFLICT."""
    return Objection(
        "unique_clash",
        f"Contact already exists. Existing ID: {existing_id}",
        "CONFLICT",
        {"existingId": [str(existing_id)]},
        status=409,
    )


def bad_association(context: Mapping[str, list[str]]) -> Objection:
    return Objection("bad_association", "One or more associations are invalid", context=context)


def not_found(object_name: str, ids: list[str]) -> Objection:
    """B: one error for many ids."""
    return Objection(
        "not_found",
        f"Could not get some {object_name} objects, they may be deleted or not exist. Check that ids are valid.",
        "OBJECT_NOT_FOUND",
        {"ids": ids},
        status=404,
    )


def duplicate_ids(ids: list[str]) -> Refused:
    """B: whole request, with trace ids or without."""
    listed = ", ".join(ids)
    return refused(400, f"Duplicate IDs found in batch input: [{listed}]. IDs must be unique", context={"ids": ids})


def too_many(limit: int) -> Refused:
    return refused(
        400,
        f"The maximum number of inputs supported in a batch is {limit}. "
        "Please reduce the number of items and try again",
    )


def empty_batch() -> Refused:
    return refused(400, "Batch input provided should have at least one object.", None)


def unknown_object_type(name: str) -> Refused:
    """B: 400 without a category."""
    return refused(400, f"Unable to infer object type from: {name}", None)


def no_credentials() -> Refused:
    return refused(
        401,
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
        f"details at {DOCS}/docs/methods/auth/oauth-overview",
        "INVALID_AUTHENTICATION",
    )


def token_expired(ago: str, expire_time: str) -> Refused:
    return refused(
        401,
        f"The OAuth token used to make this call expired {ago} ago.",
        "EXPIRED_AUTHENTICATION",
        context={"expire time": [expire_time]},
    )


def scopes_missing(scopes: list[str]) -> Refused:
    """A for static tokens."""
    detail: Body = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": scopes},
    }
    return refused(
        403,
        "This app hasn't been granted all required scopes to make this call. "
        f"Read more about required scopes here: {DOCS}/scopes.",
        "MISSING_SCOPES",
        errors=[detail],
        links={"scopes": f"{DOCS}/scopes"},
    )


def scopes_missing_oauth(action: str, object_name: str, portal: int, scopes: list[str]) -> Refused:
    """B for OAuth tokens: a sentence, and no category."""
    return refused(
        403,
        f"You do not have permissions to {action} object type ObjectTypeId{{legacyObjectType={object_name}}} "
        f"in portal {portal} (requires one of [{', '.join(scopes)}])",
        None,
    )


def path_not_found() -> Answer:
    return Answer(404, error_body("resource not found"))


def method_not_allowed() -> Answer:
    """D: the captures hold no 405."""
    return Answer(405, error_body("HTTP 405 Method Not Allowed"))


def unsupported_media_type() -> Refused:
    """D: the captures hold no 415."""
    return refused(415, "HTTP 415 Unsupported Media Type", None)


def uri_too_long() -> Refused:
    return Refused(Answer(414, html=EDGE_PAGE.format(status=414)))


def wrong_region(portal: int, hublet: str) -> Refused:
    """B: the account is kept in another region; nothing was done."""
    return refused(
        488,
        f"Hub {portal} is unknown to this Hublet, but it appears to exist in Hublet {hublet}",
        None,
        correctHublet=hublet,
    )


def burst_limit() -> Body:
    return _rate_limit("You have reached your ten_secondly_rolling limit.", "TEN_SECONDLY_ROLLING")


def daily_limit() -> Body:
    return _rate_limit("You have reached your daily limit.", "DAILY")


def search_limit() -> Body:
    """C: a category, no policyName."""
    return error_body("You have reached your secondly limit.", "RATE_LIMITS")


def _rate_limit(message: str, policy: str) -> Body:
    return error_body(message, errorType="RATE_LIMIT", policyName=policy, requestId=correlation_id())


def edge(status: int, form: str = "json") -> Answer:
    """An answer of a status that HubSpot's edge gives: its body as JSON, as a page, or none."""
    if form == "html":
        return Answer(status, html=EDGE_PAGE.format(status=status))
    if form == "empty":
        return Answer(status)
    return Answer(status, error_body(_EDGE_MESSAGES.get(status, "internal error")))


_EDGE_MESSAGES = {
    423: "The resource is locked for 2 seconds.",
    477: "The account is being migrated. Please retry later.",
    500: "internal error",
    502: "Bad Gateway",
    503: "Service temporarily unavailable",
    504: "Gateway timeout",
}
