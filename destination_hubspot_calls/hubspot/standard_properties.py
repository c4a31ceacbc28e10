"""What every account has on calls, as HubSpot's guide to calls lists it: for tokens that may not read definitions.

An account's own properties, and what it changed, are not in here.
"""

from collections.abc import Mapping
from types import MappingProxyType

from destination_hubspot_calls.hubspot.models import Disposition, Property

TIME = "hs_timestamp"
"""The one property that every call must have."""
NEVER_COPIED = "hs_call_source"
"""Setting it enrols a call in HubSpot's recording pipeline: never by the accident of a field's name."""


def _property(name: str, kind: str, field_type: str, **others: object) -> Property:
    return Property.model_validate({"name": name, "type": kind, "fieldType": field_type, **others})


def _text(name: str, field_type: str = "text") -> Property:
    return _property(name, "string", field_type)


def _number(name: str) -> Property:
    return _property(name, "number", "number")


def _select(name: str, *values: str) -> Property:
    options = [{"value": value, "label": value.replace("_", " ").capitalize()} for value in values]
    return _property(name, "enumeration", "select", options=options)


def _read_only(name: str) -> Property:
    return _property(name, "string", "text", modificationMetadata={"readOnlyValue": True})


_WRITABLE = (
    _property(TIME, "datetime", "date"),
    _text("hs_call_title"),
    _text("hs_call_body", "html"),
    _select("hs_call_direction", "INBOUND", "OUTBOUND"),
    _select(
        "hs_call_status",
        "BUSY",
        "CALLING_CRM_USER",
        "CANCELED",
        "COMPLETED",
        "CONNECTING",
        "FAILED",
        "IN_PROGRESS",
        "MISSED",
        "NO_ANSWER",
        "QUEUED",
        "RINGING",
    ),
    _select("hs_call_disposition"),  # the outcomes have a list of their own
    _property("hs_call_has_voicemail", "bool", "booleancheckbox"),  # of missed calls: true and false are two states
    _number("hs_call_duration"),
    _text("hs_call_from_number"),
    _text("hs_call_to_number"),
    _text("hs_call_recording_url"),
    _text("hs_call_video_recording_url"),
    _number("hs_call_callee_object_id"),
    _select("hs_call_callee_object_type"),  # its options are the account's object types
    _property("hs_call_has_voicemail", "bool", "booleancheckbox"),
    _select("hs_call_source", "INTEGRATIONS_PLATFORM"),
    _number("hs_call_app_id"),
    _text("hs_call_external_id"),
    _text("hs_call_external_account_id"),
    _select("hs_activity_type"),  # the account's own list of call and meeting types
    _property("hs_attachment_ids", "enumeration", "checkbox", externalOptions=True),
    _property("hubspot_owner_id", "enumeration", "select", externalOptions=True, referencedObjectType="OWNER"),
)

_READ_ONLY = tuple(
    _read_only(name)
    for name in (
        "hs_body_preview",
        "hs_body_preview_html",
        "hs_body_preview_is_truncated",
        "hs_created_by",
        "hs_created_by_user_id",
        "hs_createdate",
        "hs_lastmodifieddate",
        "hs_merged_object_ids",
        "hs_modified_by",
        "hs_object_id",
        "hs_object_source",
        "hs_object_source_id",
        "hs_object_source_label",
        "hs_object_source_user_id",
        "hs_updated_by_user_id",
        "hubspot_owner_assigneddate",
    )
)

PROPERTIES: Mapping[str, Property] = MappingProxyType(
    {definition.name: definition for definition in (*_WRITABLE, *_READ_ONLY)}
)

DISPOSITIONS: tuple[Disposition, ...] = (
    Disposition(id="9d9162e7-6cf3-4944-bf63-4dff82258764", label="Busy"),
    Disposition(id="f240bbac-87c9-4f6e-bf70-924b57d47db7", label="Connected"),
    Disposition(id="a4c4c377-d246-4b32-a13b-75a56a4cd0ff", label="Left live message"),
    Disposition(id="b2cf5968-551e-4856-9783-52b3da59a7d0", label="Left voicemail"),
    Disposition(id="73a0d17f-1163-4015-bdd5-ec830791da20", label="No answer"),
    Disposition(id="17b47fee-58de-441e-a44c-c6300d46f273", label="Wrong number"),
)
