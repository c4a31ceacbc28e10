"""The properties every account has, as tables: ``name type fieldType flags``.

The calls' names are those of an account's own listing (B); types and read-only flags where no capture
holds them are inferred (D). Flags: r read-only, c calculated, h hidden, u unique, x options kept elsewhere,
o an owner.
"""

from __future__ import annotations

from integration_tests.sandbox.definitions import BOOLEAN_OPTIONS, Definition, Option

DISPOSITIONS = {
    "9d9162e7-6cf3-4944-bf63-4dff82258764": "Busy",
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "Connected",
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": "Left live message",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "Left voicemail",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "No answer",
    "17b47fee-58de-441e-a44c-c6300d46f273": "Wrong number",
}
"""A: the outcomes of every account."""

_EVERY = """
hs_object_id number number r
hs_createdate datetime date r
hs_lastmodifieddate datetime date r
hs_all_accessible_team_ids enumeration checkbox rx
hs_all_assigned_business_unit_ids enumeration checkbox x
hs_all_owner_ids enumeration checkbox rx
hs_all_team_ids enumeration checkbox rx
hs_created_by_user_id number number r
hs_merged_object_ids enumeration checkbox rx
hs_object_source string text r
hs_object_source_detail_1 string text r
hs_object_source_detail_2 string text r
hs_object_source_detail_3 string text r
hs_object_source_id string text r
hs_object_source_label string text r
hs_object_source_user_id number number r
hs_read_only bool booleancheckbox r
hs_shared_team_ids enumeration checkbox x
hs_shared_user_ids enumeration checkbox x
hs_unique_creation_key string text r
hs_updated_by_user_id number number r
hs_user_ids_of_all_notification_followers enumeration checkbox rx
hs_user_ids_of_all_notification_unfollowers enumeration checkbox rx
hs_user_ids_of_all_owners enumeration checkbox rx
hs_was_imported bool booleancheckbox r
hubspot_owner_assigneddate datetime date r
hubspot_owner_id enumeration select xo
hubspot_team_id enumeration select rx
"""

_CALL = """
hs_timestamp datetime date
hs_call_title string text
hs_call_body string html
hs_call_duration number number
hs_call_direction enumeration select
hs_call_status enumeration select
hs_call_disposition enumeration select
hs_activity_type enumeration select
hs_call_from_number string text
hs_call_to_number string text
hs_call_recording_url string text
hs_call_source enumeration select
hs_at_mentioned_owner_ids enumeration checkbox x
hs_attachment_ids enumeration checkbox x
hs_body_preview string text r
hs_body_preview_html string html r
hs_body_preview_is_truncated bool booleancheckbox r
hs_call_app_id number number
hs_call_authed_url_provider string text h
hs_call_callee_object_id number number
hs_call_callee_object_type enumeration select
hs_call_deal_stage_during_call enumeration select rx
hs_call_external_account_id string text
hs_call_external_id string text
hs_call_from_number_nickname string text
hs_call_has_transcript bool booleancheckbox r
hs_call_has_voicemail bool booleancheckbox
hs_call_location enumeration select
hs_call_meeting_id string text
hs_call_ms_teams_payload string text h
hs_call_phone_number_source enumeration select
hs_call_primary_deal number number r
hs_call_recording_duration number number
hs_call_routing_strategy_type enumeration select h
hs_call_suggested_next_actions string text r
hs_call_summary string textarea r
hs_ai_summary string textarea r
hs_call_summary_execution_id string text r
hs_call_to_number_nickname string text
hs_call_transcript_audio_num_channels number number r
hs_call_transcript_tracked_terms enumeration checkbox rx
hs_call_transcription_id number number r
hs_call_unified_phone_number_id number number h
hs_call_unique_external_id string text hr
hs_call_video_meeting_type enumeration select
hs_call_video_recording_url string text
hs_call_zoom_meeting_uuid string text
hs_calls_service_call_id number number r
hs_campaign_guid string text
hs_connected_count number number cr
hs_created_by number number r
hs_engagement_source string text
hs_engagement_source_id string text
hs_follow_up_action string text
hs_gdpr_deleted bool booleancheckbox r
hs_hosted_video_conference_url string text
hs_modified_by number number r
hs_product_name string text
hs_queue_membership_ids enumeration checkbox rx
hs_unique_id string text r
hs_unknown_visitor_conversation bool booleancheckbox r
hs_voicemail_count number number cr
"""

_CONTACT = """
email string text u
firstname string text
lastname string text
phone string phonenumber
mobilephone string phonenumber
company string text
website string text
hs_additional_emails enumeration checkbox x
hs_searchable_calculated_phone_number string text cr
hs_searchable_calculated_mobile_number string text cr
hs_email_domain string text cr
lifecyclestage enumeration radio
createdate datetime date r
lastmodifieddate datetime date r
"""

_COMPANY = """
name string text
domain string text
hs_additional_domains enumeration checkbox x
phone string phonenumber
city string text
createdate datetime date r
hs_searchable_calculated_phone_number string text cr
"""

_DEAL = """
dealname string text
amount number number
dealstage enumeration radio x
pipeline enumeration select x
closedate datetime date
createdate datetime date r
"""

_TICKET = """
subject string text
content string textarea
hs_pipeline enumeration select x
hs_pipeline_stage enumeration select x
hs_ticket_priority enumeration select
hs_ticket_category enumeration checkbox
createdate datetime date r
"""

_LEAD = """
hs_lead_name string text
hs_lead_type enumeration select
"""

_TABLES = {
    "0-48": ("callinformation", _CALL),
    "0-1": ("contactinformation", _CONTACT),
    "0-2": ("companyinformation", _COMPANY),
    "0-3": ("dealinformation", _DEAL),
    "0-5": ("ticketinformation", _TICKET),
    "0-136": ("lead_information", _LEAD),
}

_OPTIONS = {
    "hs_call_direction": {"INBOUND": "Inbound", "OUTBOUND": "Outbound"},
    "hs_call_status": {
        "BUSY": "Busy",
        "CALLING_CRM_USER": "Calling CRM user",
        "CANCELED": "Canceled",
        "COMPLETED": "Completed",
        "CONNECTING": "Connecting",
        "FAILED": "Failed",
        "IN_PROGRESS": "In progress",
        "MISSED": "Missed",
        "NO_ANSWER": "No answer",
        "QUEUED": "Queued",
        "RINGING": "Ringing",
    },
    "hs_call_source": {"INTEGRATIONS_PLATFORM": "Integrations platform"},
    "hs_activity_type": {
        "Discovery call": "Discovery call",
        "Product demo": "Product demo",
        "Follow-up": "Follow-up",
    },
    "hs_call_callee_object_type": {"CONTACT": "Contact", "COMPANY": "Company"},
    "hs_call_location": {"DESKTOP": "Desktop", "MOBILE": "Mobile", "WEB": "Web"},
    "hs_call_phone_number_source": {"HUBSPOT": "HubSpot", "EXTERNAL": "External"},
    "hs_call_routing_strategy_type": {"SIMULTANEOUS": "Simultaneous", "ROUND_ROBIN": "Round robin"},
    "hs_call_video_meeting_type": {"ZOOM": "Zoom", "TEAMS": "Teams"},
    "lifecyclestage": {"subscriber": "Subscriber", "lead": "Lead", "customer": "Customer"},
    "hs_ticket_priority": {"LOW": "Low", "MEDIUM": "Medium", "HIGH": "High"},
    "hs_ticket_category": {"PRODUCT_ISSUE": "Product issue", "BILLING_ISSUE": "Billing issue"},
    "hs_lead_type": {"NEW_BUSINESS": "New business", "UPSELL": "Upsell"},
}

_LABELS = {
    "hs_timestamp": "Activity date",
    "hs_call_title": "Call title",
    "hs_call_body": "Call notes",
    "hs_call_disposition": "Call outcome",
    "hs_activity_type": "Call and meeting type",
    "hubspot_owner_id": "Activity assigned to",
    "hs_object_id": "Record ID",
}


def standard_definitions(type_id: str) -> list[Definition]:
    """The properties HubSpot itself defines for a kind of object."""
    group, table = _TABLES.get(type_id, ("information", ""))
    rows = {line.split()[0]: line.split() for line in (_EVERY + table).splitlines() if line}
    return [_definition(row, group) for row in rows.values()]


def _definition(row: list[str], group: str) -> Definition:
    name, kind, field_type = row[:3]
    flags = row[3] if len(row) > 3 else ""
    values = DISPOSITIONS if name == "hs_call_disposition" else _OPTIONS.get(name, {})
    options = tuple(Option(label, value, display_order=place) for place, (value, label) in enumerate(values.items()))
    return Definition(
        name=name,
        type=kind,
        field_type=field_type,
        label=_LABELS.get(name, name.removeprefix("hs_").replace("_", " ").capitalize()),
        group=group,
        options=BOOLEAN_OPTIONS if kind == "bool" else options,
        unique="u" in flags,
        calculated="c" in flags,
        read_only="r" in flags,
        hidden="h" in flags,
        external_options="x" in flags,
        referenced="OWNER" if "o" in flags else None,
        standard=True,
    )
