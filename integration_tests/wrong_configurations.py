"""Wrong configurations, and what a person is told of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integration_tests.sandbox.process import Sandbox

Change = dict[str, Any]

READ, WRITE = "crm.objects.contacts.read", "crm.objects.contacts.write"
TIME = {"property": "hs_timestamp", "source": "started_at"}
FEW = "pat-na1-few"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A change to a configuration that is right, and what `check` then tells.

    `told`: what is to be changed, in order. `remarks`: what stands below that. `world`: what the account is to have or
    lack for it. `asked`: whether HubSpot is asked, so that its account is named. `{url}` is the sandbox's address.
    """

    name: str
    change: Change
    told: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    world: Callable[[Sandbox], object] = lambda sandbox: None
    asked: bool = True


def configuration(url: str, token: str, change: Mapping[str, Any]) -> Change:
    """A configuration that is right, but for the change."""
    right = {
        "credentials": {"auth_type": "access_token", "access_token": token},
        "api_base_url": url,
        "mappings": [{"stream_name": "calls", "properties": [TIME]}],
    }
    return {**right, **change}


def mapping(*rules: Change, **others: Any) -> Change:
    """One mapping that fills the time, and more."""
    return {"mappings": [{"stream_name": "calls", "properties": [TIME, *rules], **others}]}


def rule(name: str, source: str = "x", **others: Any) -> Change:
    """One more rule for a property."""
    return mapping({"property": name, "source": source, **others})


def link(object_type: str = "contacts", source: str = "contact_id", **others: Any) -> Change:
    """One association rule."""
    return mapping(associations=[{"object_type": object_type, "source": source, **others}])


def token(value: str) -> Change:
    """Another access token."""
    return {"credentials": {"auth_type": "access_token", "access_token": value}}


def oauth(**others: str) -> Change:
    """The sandbox's OAuth app, and what is wrong with it."""
    right = {
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "refresh_token": "na1-sandbox-refresh",
    }
    return {"credentials": {"auth_type": "oauth2.0", **right, **others}}


def few(*scopes: str) -> Callable[[Sandbox], object]:
    """A token with these scopes only."""
    return lambda sandbox: sandbox.add_token(FEW, scopes)


def few_client(*scopes: str) -> Callable[[Sandbox], object]:
    """An OAuth app with these scopes only."""
    return lambda sandbox: sandbox.add_client("few-client", "few-secret", "na1-few-refresh", scopes=list(scopes))


def hushed(*scopes: str) -> Callable[[Sandbox], object]:
    """A token with these scopes, which HubSpot does not tell."""

    def prepare(sandbox: Sandbox) -> None:
        sandbox.add_token(FEW, scopes)
        sandbox.settings(token_info="refuse")

    return prepare


def switched(**settings: Any) -> Callable[[Sandbox], object]:
    """Some of HubSpot's uncertain habits."""
    return lambda sandbox: sandbox.settings(**settings)


def defined(**definition: Any) -> Callable[[Sandbox], object]:
    """One more call property."""
    return lambda sandbox: sandbox.add_property("calls", **definition)


SETUP = "The command destination-hubspot-calls setup --config config.json makes it, once you have agreed"


def how_to_make(name: str, label: str, *, entered: bool = False) -> str:
    """The steps to an external id property, and the request; another name than was entered is proposed first."""
    first = "" if entered else f"Enter a name that is free, such as {name}. "
    return (
        f"{first}{SETUP}. Or make it yourself: in HubSpot, open Settings > Properties, choose Call properties, and create a "
        f"property with the internal name {name}, the field type single-line text and, under Rules, a tick at "
        '"Require unique values for this property" (ten properties of calls can have it); then enter its name here. '
        "Or send this once, with a token that may change properties: curl -X POST {url}/crm/v3/properties/calls "
        "-H \"Authorization: Bearer $HUBSPOT_TOKEN\" -H 'Content-Type: application/json' -d '{"
        f'"name": "{name}", "label": "{label}", "type": "string", "fieldType": "text", "groupName": "callinformation", '
        '"hasUniqueValue": true}\''
    )


ACCOUNT_UNASKED = "Not checked: what only the account can tell"
NOBODY_TO_ASK = "Not checked: the rest, as HubSpot cannot be asked with these credentials or at this address"

WRONG = (
    Wrong(
        "a token that was revoked",
        token("pat-na1-0d5c1b1e-7a55-4c1f-9a3e-1f2b3c4d5e6f"),
        told=(
            "credentials.access_token: HubSpot does not accept the token: it is wrong, was revoked, or has expired. Copy the token of the Service Key or private app again.",
        ),
        remarks=(ACCOUNT_UNASKED,),
        asked=False,
    ),
    Wrong(
        "a token with Bearer before it",
        token("Bearer pat-na1-x"),
        told=(
            "credentials.access_token: must be plain characters without blanks; copy it again, in full and with nothing before it",
        ),
        remarks=(NOBODY_TO_ASK,),
        asked=False,
    ),
    Wrong(
        "no credentials",
        {"credentials": None},
        told=("credentials: is missing",),
        remarks=(NOBODY_TO_ASK,),
        asked=False,
    ),
    Wrong(
        "an unknown kind of credentials",
        {"credentials": {"auth_type": "api_key", "access_token": "x"}},
        told=("credentials.auth_type: choose access_token or oauth2.0",),
        remarks=(NOBODY_TO_ASK,),
        asked=False,
    ),
    Wrong(
        "an OAuth app that HubSpot does not know",
        oauth(client_id="other"),
        told=(
            "credentials: HubSpot does not know the OAuth app (BAD_CLIENT_ID): copy client id and client secret again from the app's page in HubSpot, under Auth",
        ),
        remarks=(ACCOUNT_UNASKED,),
        asked=False,
    ),
    Wrong(
        "a wrong client secret",
        oauth(client_secret="other-secret"),
        told=(
            "credentials: HubSpot does not know the OAuth app (BAD_CLIENT_SECRET): copy client id and client secret again from the app's page in HubSpot, under Auth",
        ),
        remarks=(ACCOUNT_UNASKED,),
        asked=False,
    ),
    Wrong(
        "a refresh token of another app",
        oauth(refresh_token="na1-other"),
        told=(
            "credentials: HubSpot does not accept the refresh token (BAD_REFRESH_TOKEN): the app was uninstalled from the account, its access was revoked, or the token is of another app. Install the app and connect the account again, and see that client id, client secret and refresh token belong together",
        ),
        remarks=(ACCOUNT_UNASKED,),
        asked=False,
    ),
    Wrong(
        "a token that may not write",
        token(FEW),
        told=(
            "credentials: the token lacks the scope crm.objects.contacts.write (to write calls). Tick it for the service key or private app in HubSpot's settings, under Integrations",
        ),
        world=few(READ),
    ),
    Wrong(
        "a token that may not read owners",
        token(FEW) | rule("hubspot_owner_id", "agent.email"),
        told=(
            "credentials: the token lacks the scope crm.objects.owners.read (to find owners by e-mail address). Tick it for the service key or private app in HubSpot's settings, under Integrations",
        ),
        world=few(READ, WRITE),
    ),
    Wrong(
        "a token that may not look up companies",
        token(FEW) | link("companies", "d", match_by="domain"),
        told=(
            "credentials: the token lacks the scope crm.objects.companies.read (to look up companies). Tick it for the service key or private app in HubSpot's settings, under Integrations",
        ),
        world=few(READ, WRITE),
    ),
    Wrong(
        "a token that may look up neither tickets nor custom objects",
        token(FEW)
        | mapping(
            associations=[
                {"object_type": "tickets", "source": "t", "match_by": "subject"},
                {"object_type": "machines", "source": "s", "match_by": "serial"},
            ]
        ),
        told=(
            "credentials: the token lacks the scopes tickets (to look up tickets), crm.objects.custom.read (to look up machines). Tick them for the service key or private app in HubSpot's settings, under Integrations",
        ),
        remarks=(
            "Not checked: whether tickets have the property subject, as theirs cannot be read",
            "Not checked: whether machines have the property serial, as theirs cannot be read",
        ),
        world=few(READ, WRITE),
    ),
    Wrong(
        "a token that may not find calls by their external id",
        token(FEW) | mapping(external_id_property="dialer_call_id", external_id_source="id"),
        told=(
            "credentials: the token lacks the scope crm.objects.contacts.read (to find calls by their external id). Tick it for the service key or private app in HubSpot's settings, under Integrations",
        ),
        remarks=(
            "Not checked: the account's own call properties, which cannot be read: the token lacks crm.objects.contacts.read; those that every account has are known",
            "Not checked: whether dialer_call_id has unique values, as the definitions of call properties cannot be read",
        ),
        world=few(WRITE),
    ),
    Wrong(
        "a token that may not read labels",
        token(FEW) | link(label="Supervisor"),
        told=(
            "credentials: the token lacks the scope crm.objects.contacts.read (to read the kinds of association). Tick it for the service key or private app in HubSpot's settings, under Integrations",
        ),
        remarks=(
            "Not checked: the account's own call properties, which cannot be read: the token lacks crm.objects.contacts.read; those that every account has are known",
        ),
        world=few(WRITE),
    ),
    Wrong(
        "an OAuth app that lacks scopes",
        oauth(client_id="few-client", client_secret="few-secret", refresh_token="na1-few-refresh")
        | link("companies", "d", match_by="domain"),
        told=(
            "credentials: the token lacks the scopes crm.objects.contacts.write (to write calls), crm.objects.companies.read (to look up companies). Add them to the OAuth app, and authorize the account again",
        ),
        world=few_client(READ),
    ),
    Wrong(
        "a token that HubSpot tells nothing of",
        token(FEW) | link("companies", "d", match_by="domain"),
        told=(
            "credentials: the token lacks the scope crm.objects.companies.read (to look up companies). Tick it for the service key or private app in HubSpot's settings, under Integrations",
        ),
        remarks=(
            "Not checked: whether the token may write calls (crm.objects.contacts.write), as HubSpot does not tell this token's scopes",
        ),
        world=hushed(READ),
    ),
    Wrong(
        "a property with a slip",
        rule("hs_call_titel"),
        told=("mappings[0].properties[1].property: calls have no property hs_call_titel. Did you mean hs_call_title?",),
    ),
    Wrong(
        "a property that sounds like others",
        rule("phone_number_dialled"),
        told=(
            "mappings[0].properties[1].property: calls have no property phone_number_dialled. Did you mean hs_call_phone_number_source, hs_call_unified_phone_number_id or hs_call_to_number_nickname?",
        ),
    ),
    Wrong(
        "a property like none",
        rule("zzz"),
        told=(
            "mappings[0].properties[1].property: calls have no property zzz. HubSpot lists them under Settings > Properties > Call properties",
        ),
    ),
    Wrong(
        "a property without its prefix",
        rule("direction"),
        told=("mappings[0].properties[1].property: calls have no property direction. Did you mean hs_call_direction?",),
    ),
    Wrong(
        "a label of two words for a property",
        rule("Call outcome"),
        told=(
            'mappings[0].properties[1].property: "Call outcome" is the label of hs_call_disposition: enter hs_call_disposition',
        ),
    ),
    Wrong(
        "a label of one word for a property",
        rule("Recorded"),
        told=('mappings[0].properties[1].property: "Recorded" is the label of recorded: enter recorded',),
    ),
    Wrong(
        "words for a property",
        rule("my own field"),
        told=(
            "mappings[0].properties[1].property: must be HubSpot's internal name, like hs_call_title, which has no blanks; not the label",
        ),
    ),
    Wrong(
        "a read-only property",
        rule("hs_createdate"),
        told=(
            "mappings[0].properties[1].property: hs_createdate is read-only in HubSpot, so it cannot be written: remove this rule",
        ),
    ),
    Wrong(
        "a calculated property",
        rule("dialer_score"),
        told=(
            "mappings[0].properties[1].property: dialer_score is calculated by HubSpot, so it cannot be written: remove this rule",
        ),
    ),
    Wrong(
        "an archived property",
        rule("dialer_gone"),
        told=(
            "mappings[0].properties[1].property: dialer_gone is archived in HubSpot: restore it under Settings > Properties, or name another",
        ),
    ),
    Wrong(
        "no time",
        {"mappings": [{"stream_name": "calls", "properties": [{"property": "hs_call_title", "source": "t"}]}]},
        told=(
            "mappings[0].properties: no rule fills hs_timestamp, the time of the call, which HubSpot requires: add it, with the field that holds the time as its source",
        ),
    ),
    Wrong(
        "the row of the time left empty",
        {
            "mappings": [
                {
                    "stream_name": "calls",
                    "properties": [{"property": "hs_timestamp"}, {"property": "hs_call_title", "source": "t"}],
                }
            ]
        },
        told=(
            "mappings[0].properties: no rule fills hs_timestamp, the time of the call, which HubSpot requires: add it, with the field that holds the time as its source",
        ),
    ),
    Wrong(
        "nothing mapped and nothing copied",
        {"mappings": [{"stream_name": "calls", "copy_matching_fields": False}]},
        told=(
            "mappings[0].properties: no rule fills hs_timestamp, the time of the call, which HubSpot requires: add it, with the field that holds the time as its source",
        ),
    ),
    Wrong(
        "replacements that are no options",
        rule("hs_call_direction", "type", values=["in=INBOUND", "out=OUTBOND", "x=sideways"]),
        told=(
            'mappings[0].properties[1].values[1]: hs_call_direction: "OUTBOND" is none of the options (INVALID_OPTION). Did you mean OUTBOUND?',
            'mappings[0].properties[1].values[2]: hs_call_direction: "sideways" is none of the options (INVALID_OPTION). There are INBOUND, OUTBOUND',
        ),
    ),
    Wrong(
        "a default that is no option",
        rule("hs_call_status", "s", default="done"),
        told=(
            'mappings[0].properties[1].default: hs_call_status: "done" is none of the options (INVALID_OPTION). There are BUSY, CALLING_CRM_USER, CANCELED, COMPLETED, CONNECTING, FAILED, IN_PROGRESS, MISSED, NO_ANSWER, QUEUED, RINGING',
        ),
    ),
    Wrong(
        "a default that is no option of the account's own",
        rule("queue", "q", default="zzz"),
        told=(
            'mappings[0].properties[1].default: queue: "zzz" is none of the options (INVALID_OPTION). There are first_line, second_line. The command destination-hubspot-calls setup --config config.json --options adds it, once you have agreed',
        ),
    ),
    Wrong(
        "one of several defaults that is no option",
        rule("topics", "t", default="billing;sails"),
        told=(
            'mappings[0].properties[1].default: topics: "sails" is none of the options (INVALID_OPTION). Did you mean sales?',
        ),
    ),
    Wrong(
        "replacements that are no call outcomes",
        rule("hs_call_disposition", "o", values=["1=Connected", "2=Voicemail left", "3=Gatekeeper"]),
        told=(
            'mappings[0].properties[1].values[1]: hs_call_disposition: "Voicemail left" is none of the account\'s call outcomes (INVALID_OPTION). Did you mean Left voicemail?',
            'mappings[0].properties[1].values[2]: hs_call_disposition: "Gatekeeper" is none of the account\'s call outcomes (INVALID_OPTION). There are Busy, Connected, Left live message, Left voicemail, No answer, Wrong number, Callback requested',
        ),
    ),
    Wrong(
        "a default that is no owner",
        rule("hubspot_owner_id", default="agent9@example.com"),
        told=(
            'mappings[0].properties[1].default: hubspot_owner_id: "agent9@example.com" is not the id or e-mail address of an owner (INVALID_OWNER). Did you mean agent1@example.com, agent2@example.com or agent3@example.com?',
        ),
    ),
    Wrong(
        "a default that is neither true nor false",
        rule("recorded", default="maybe"),
        told=(
            'mappings[0].properties[1].default: recorded: "maybe" is neither true nor false: true, yes, y, t, 1 and false, no, n, f, 0 are accepted (INVALID_BOOLEAN)',
        ),
    ),
    Wrong(
        "a default that is no number",
        rule("wait_seconds", default="a minute"),
        told=(
            'mappings[0].properties[1].default: wait_seconds: "a minute" is not a number: digits are accepted, with a fraction behind a point, as in 95 or 95.25 (INVALID_NUMBER)',
        ),
    ),
    Wrong(
        "a default that is no date",
        rule("follow_up_date", default="tomorrow"),
        told=(
            'mappings[0].properties[1].default: follow_up_date: "tomorrow" is not a date, as in 2026-01-31, nor a time of such a day (INVALID_DATE)',
        ),
    ),
    Wrong(
        "a default that is no time",
        mapping()
        | {
            "mappings": [
                {"stream_name": "calls", "properties": [{"property": "hs_timestamp", "source": "t", "default": "now"}]}
            ]
        },
        told=(
            'mappings[0].properties[0].default: hs_timestamp: "now" is not a time. ISO 8601 is accepted, as in 2026-01-31T10:11:12+01:00, an epoch, RFC 2822, a named month, as in 31-Jan-2026 10:11, 31.01.2026 10:11, and with date_order 31/01/2026 10:11; never without a year, month, or day (INVALID_DATETIME)',
        ),
    ),
    Wrong(
        "a default that cannot be converted",
        rule("hs_call_duration", conversion="seconds_to_milliseconds", default="short"),
        told=(
            'mappings[0].properties[1].default: hs_call_duration: "short" is neither a number nor a length that says its units, as in 01:02:03, PT1M35S, 1m 35s, or 1 hour 2 minutes (INVALID_NUMBER)',
        ),
    ),
    Wrong(
        "seconds for options",
        rule("hs_call_status", conversion="seconds_to_milliseconds"),
        told=(
            "mappings[0].properties[1].conversion: seconds_to_milliseconds does not fit hs_call_status, which is a choice of options: leave it at automatic",
        ),
    ),
    Wrong(
        "HTML for a number",
        rule("hs_call_duration", conversion="text_to_html"),
        told=(
            "mappings[0].properties[1].conversion: text_to_html does not fit hs_call_duration, which is a number: leave it at automatic",
        ),
    ),
    Wrong(
        "minutes for an owner",
        rule("hubspot_owner_id", conversion="minutes_to_milliseconds"),
        told=(
            "mappings[0].properties[1].conversion: minutes_to_milliseconds does not fit hubspot_owner_id, which is an owner: leave it at automatic",
        ),
    ),
    Wrong(
        "an unknown conversion",
        rule("hs_call_duration", conversion="seconds"),
        told=(
            "mappings[0].properties[1].conversion: choose automatic, seconds_to_milliseconds, minutes_to_milliseconds, text_to_html or markdown_to_html",
        ),
    ),
    Wrong(
        "a replacement without its sign",
        rule("hs_call_direction", values=["in:INBOUND"]),
        told=(
            "mappings[0].properties[1].values[0]: must have a \"=\" between the source's value and HubSpot's, like in=INBOUND; write %2C for a comma in it",
        ),
    ),
    Wrong(
        "two rules for a property",
        mapping({"property": "hs_call_title", "source": "a"}, {"property": "hs_call_title", "source": "b"}),
        told=("mappings[0].properties[2]: is for the same property as properties[1]; keep one of them",),
    ),
    Wrong(
        "a function that JMESPath has not",
        rule("hs_call_title", "shout(title)"),
        told=(
            'mappings[0].properties[1].source: there is no function shout, so "shout(title)" finds nothing. Did you mean sort? If it is a field\'s name, put it in double quotes',
        ),
    ),
    Wrong(
        "a template",
        rule("hs_call_title", "{{ agent.name }}"),
        told=(
            'mappings[0].properties[1].source: "{{ agent.name }}" is a template, which JMESPath does not have: enter agent.name',
        ),
    ),
    Wrong(
        "a template of several fields",
        rule("hs_call_title", "{{first_name}} {{last_name}}"),
        told=(
            "mappings[0].properties[1].source: \"{{first_name}} {{last_name}}\" is a template, which JMESPath does not have: enter first_name, or join('', [first, ' ', last]) for several",
        ),
    ),
    Wrong(
        "a template with one brace",
        rule("hs_call_title", "${agent.name}"),
        told=(
            'mappings[0].properties[1].source: "${agent.name}" is a template, which JMESPath does not have: enter agent.name',
        ),
    ),
    Wrong(
        "a template that does something",
        rule("hs_call_title", "{{ name | upper }}"),
        told=(
            'mappings[0].properties[1].source: "{{ name | upper }}" is a template, which JMESPath does not have: enter the path alone, as in agent.name',
        ),
    ),
    Wrong(
        "a JSONPath in brackets",
        rule("hs_call_title", "$['agent name']"),
        told=(
            "mappings[0].properties[1].source: \"$['agent name']\" is a JSONPath: JMESPath begins with the field, so enter the path alone, as in agent.name",
        ),
    ),
    Wrong(
        "a function without its argument",
        rule("hs_call_title", "upper()"),
        told=('mappings[0].properties[1].source: "upper()": the function upper takes 1 argument, not 0',),
    ),
    Wrong(
        "a JSONPath",
        rule("hs_call_title", "$.agent.name"),
        told=(
            'mappings[0].properties[1].source: "$.agent.name" is a JSONPath: JMESPath begins with the field, so enter agent.name',
        ),
    ),
    Wrong(
        "a JSONPath of the whole record",
        mapping(only_if="$"),
        told=('mappings[0].only_if: "$" is a JSONPath: JMESPath begins with the field, so enter @',),
    ),
    Wrong(
        "a condition that ends too soon",
        mapping(only_if="type == 'call' &&"),
        told=(
            "mappings[0].only_if: \"type == 'call' &&\" is not a JMESPath expression: syntax error at character 18. If it is a field's name, put it in double quotes",
        ),
    ),
    Wrong(
        "a function with too few arguments",
        rule("hs_call_title", "replace(title, 'a')"),
        told=(
            "mappings[0].properties[1].source: \"replace(title, 'a')\": the function replace takes 3 arguments, not 2",
        ),
    ),
    Wrong(
        "a pattern that is none",
        rule("hs_call_title", "match(title, '(')"),
        told=(
            "mappings[0].properties[1].source: \"match(title, '(')\": the pattern of match is not a regular expression of RE2 (missing ): ()",
        ),
    ),
    Wrong(
        "a replacement with a group that its pattern has not",
        rule("hs_call_title", "replace(title, '(a)', '\\2')"),
        told=(
            "mappings[0].properties[1].source: \"replace(title, '(a)', '\\2')\": the pattern of replace has no group 2, which the replacement refers to",
        ),
    ),
    Wrong(
        "a function with a slip",
        rule("hs_call_title", "joins(' ', [a, b])"),
        told=(
            "mappings[0].properties[1].source: there is no function joins, so \"joins(' ', [a, b])\" finds nothing. Did you mean join? If it is a field's name, put it in double quotes",
        ),
    ),
    Wrong(
        "an expression with a bracket too few",
        rule("hs_call_title", "join(' ', [first, last)"),
        told=(
            "mappings[0].properties[1].source: \"join(' ', [first, last)\" is not a JMESPath expression: syntax error at character 23. If it is a field's name, put it in double quotes",
        ),
    ),
    Wrong(
        "an expression that ends too soon",
        rule("hs_call_title", "participants[?role=='agent'.name"),
        told=(
            "mappings[0].properties[1].source: \"participants[?role=='agent'.name\" is not a JMESPath expression: syntax error at character 33. If it is a field's name, put it in double quotes",
        ),
    ),
    Wrong(
        "an association's source that ends too soon",
        link(source="customers[].id | "),
        told=(
            'mappings[0].associations[0].source: "customers[].id | " is not a JMESPath expression: syntax error at character 18. If it is a field\'s name, put it in double quotes',
        ),
    ),
    Wrong(
        "an external id's source that ends too soon",
        mapping(external_id_property="dialer_call_id", external_id_source="join('-', [a, b"),
        told=(
            "mappings[0].external_id_source: \"join('-', [a, b\" is not a JMESPath expression: syntax error at character 16. If it is a field's name, put it in double quotes",
        ),
    ),
    Wrong(
        "an object type with a slip",
        link("contcts"),
        told=(
            "mappings[0].associations[0].object_type: HubSpot has no object type contcts that calls can be linked to. Did you mean contacts?",
        ),
    ),
    Wrong(
        "an object type that is none",
        link("people"),
        told=(
            "mappings[0].associations[0].object_type: HubSpot has no object type people that calls can be linked to. There are contacts, companies, deals, tickets, leads, orders, appointments, courses, listings, projects, services, feedback_submissions, p1234567_machines",
        ),
    ),
    Wrong(
        "a custom object by its label",
        link("Machine"),
        told=(
            'mappings[0].associations[0].object_type: the custom object "Machines" is p1234567_machines or 2-1234567 here: enter one of these',
        ),
    ),
    Wrong(
        "a custom object by its short name",
        link("machines"),
        told=(
            'mappings[0].associations[0].object_type: the custom object "Machines" is p1234567_machines or 2-1234567 here: enter one of these',
        ),
        world=switched(custom_object_names="strict"),
    ),
    Wrong(
        "an object type where custom ones cannot be listed",
        token(FEW) | link("gadgets"),
        told=(
            "mappings[0].associations[0].object_type: HubSpot has no object type gadgets that calls can be linked to. There are contacts, companies, deals, tickets, leads, orders, appointments, courses, listings, projects, services, feedback_submissions (custom objects could not be listed: the token lacks crm.schemas.custom.read)",
        ),
        world=few(READ, WRITE),
    ),
    Wrong(
        "calls linked to calls",
        link("calls"),
        told=("mappings[0].associations[0].object_type: calls cannot be linked to calls in HubSpot",),
    ),
    Wrong(
        "an association label with a slip",
        link(label="Supervisr"),
        told=(
            'mappings[0].associations[0].label: there is no label "Supervisr" from calls to contacts. Did you mean Supervisor?',
        ),
    ),
    Wrong(
        "an association label that is none",
        link(label="Boss"),
        told=(
            'mappings[0].associations[0].label: there is no label "Boss" from calls to contacts. The labels are "Supervisor" (22)',
        ),
    ),
    Wrong(
        "an association label where there are none",
        link("deals", label="Boss"),
        told=(
            'mappings[0].associations[0].label: there is no label "Boss" from calls to deals. There is none at all: leave it empty, or make one in HubSpot under Settings > Objects',
        ),
    ),
    Wrong(
        "the reverse link of contacts",
        link("contacts", label="193"),
        told=(
            "mappings[0].associations[0].label: 193 is the link from contacts to calls. The one from calls to contacts is 194: enter that, or leave the label empty",
        ),
    ),
    Wrong(
        "the reverse link of companies",
        link("companies", label="181"),
        told=(
            "mappings[0].associations[0].label: 181 is the link from companies to calls. The one from calls to companies is 182: enter that, or leave the label empty",
        ),
    ),
    Wrong(
        "the reverse link of deals",
        link("deals", label="205"),
        told=(
            "mappings[0].associations[0].label: 205 is the link from deals to calls. The one from calls to deals is 206: enter that, or leave the label empty",
        ),
    ),
    Wrong(
        "the reverse link of tickets",
        link("tickets", label="219"),
        told=(
            "mappings[0].associations[0].label: 219 is the link from tickets to calls. The one from calls to tickets is 220: enter that, or leave the label empty",
        ),
    ),
    Wrong(
        "the reverse link of leads",
        link("leads", label="596"),
        told=(
            "mappings[0].associations[0].label: 596 is the link from leads to calls. The one from calls to leads is 597: enter that, or leave the label empty",
        ),
    ),
    Wrong(
        "the reverse link of another object type",
        link("contacts", label="181"),
        told=(
            "mappings[0].associations[0].label: 181 is the link from companies to calls. The one from calls to contacts is 194: enter that, or leave the label empty",
        ),
    ),
    Wrong(
        "the link to another object type",
        link("contacts", label="182"),
        told=(
            "mappings[0].associations[0].label: 182 is the link from calls to companies. The one from calls to contacts is 194: enter that, or leave the label empty",
        ),
    ),
    Wrong(
        "a label's reverse link",
        link("contacts", label="23"),
        told=(
            'mappings[0].associations[0].label: 23 is the link "Supervisor" from contacts to calls. The one from calls to contacts is 22: enter that',
        ),
    ),
    Wrong(
        "a custom object's reverse link",
        link("machines", label="21"),
        told=(
            "mappings[0].associations[0].label: 21 is the link from machines to calls. The one from calls to machines is 20: enter that, or leave the label empty",
        ),
    ),
    Wrong(
        "a link's number that is none",
        link("contacts", label="999"),
        told=(
            'mappings[0].associations[0].label: there is no label "999" from calls to contacts. The labels are "Supervisor" (22)',
        ),
    ),
    Wrong(
        "a property to match by with a slip",
        link("deals", match_by="customer_nr"),
        told=(
            "mappings[0].associations[0].match_by: deals have no property customer_nr. Did you mean customer_number?",
        ),
    ),
    Wrong(
        "a property to match by that is nearly one",
        link("deals", match_by="dealname1"),
        told=("mappings[0].associations[0].match_by: deals have no property dealname1. Did you mean dealname?",),
    ),
    Wrong(
        "a label to match by",
        link("machines", match_by="Serial"),
        told=('mappings[0].associations[0].match_by: "Serial" is the label of serial: enter serial',),
    ),
    Wrong(
        "a label of two words to match by",
        link("deals", match_by="Customer number"),
        told=(
            "mappings[0].associations[0].match_by: must be HubSpot's internal name, like hs_call_title, which has no blanks; not the label",
        ),
    ),
    Wrong(
        "a property to match by like none",
        link("tickets", match_by="zzz"),
        told=(
            "mappings[0].associations[0].match_by: tickets have no property zzz. HubSpot lists them under Settings > Properties",
        ),
    ),
    Wrong(
        "a country of all links that is none",
        mapping(
            associations=[{"object_type": "contacts", "source": "phone", "match_by": "phone"}], default_country="UK"
        ),
        told=("mappings[0].default_country: no country UK has phone numbers (the United Kingdom is GB)",),
    ),
    Wrong(
        "a country by name, of all links",
        mapping(default_country="Germany"),
        told=("mappings[0].default_country: must be a country's two-letter ISO code, like DE or US",),
    ),
    Wrong(
        "a time zone with a slip",
        mapping(time_zone="Europe/Berln"),
        told=(
            "mappings[0].time_zone: is not a time zone; did you mean Europe/Berlin? Enter an IANA name, like Europe/Berlin, or account for the HubSpot account's own",
        ),
    ),
    Wrong(
        "a time zone by its city",
        mapping(time_zone="new york"),
        told=(
            "mappings[0].time_zone: is not a time zone; did you mean America/New_York? Enter an IANA name, like Europe/Berlin, or account for the HubSpot account's own",
        ),
    ),
    Wrong(
        "a time zone as an offset",
        mapping(time_zone="+02:00"),
        told=(
            "mappings[0].time_zone: is not a time zone. Enter an IANA name, like Europe/Berlin, or account for the HubSpot account's own",
        ),
    ),
    Wrong(
        "an unknown date order",
        mapping(date_order="dd/mm/yyyy"),
        told=("mappings[0].date_order: choose day_first or month_first",),
    ),
    Wrong(
        "a recipe with a slip",
        {"mappings": [{"stream_name": "calls", "recipe": "air call"}]},
        told=("mappings[0].recipe: is not a recipe; did you mean aircall?",),
    ),
    Wrong(
        "a rule of a recipe that does not fit the account",
        token(FEW) | {"mappings": [{"stream_name": "calls", "recipe": "aircall", "external_id_property": "nope"}]},
        told=(
            "credentials: the token lacks the scope crm.objects.owners.read (to find owners by e-mail address). Tick it for the service key or private app in HubSpot's settings, under Integrations",
            "mappings[0].external_id_property: calls have no property nope. There is dialer_call_id, which would do. "
            + how_to_make("nope", "Nope", entered=True),
        ),
        world=few(READ, WRITE),
    ),
    Wrong(
        "an own rule beside a recipe's",
        {
            "mappings": [
                {
                    "stream_name": "calls",
                    "recipe": "aircall",
                    "properties": [{"property": "hs_call_status", "default": "DONE"}],
                }
            ]
        },
        told=(
            'mappings[0].properties[0].default: hs_call_status: "DONE" is none of the options (INVALID_OPTION). There are BUSY, CALLING_CRM_USER, CANCELED, COMPLETED, CONNECTING, FAILED, IN_PROGRESS, MISSED, NO_ANSWER, QUEUED, RINGING',
        ),
    ),
    Wrong(
        "a rule that is kept in its own way",
        rule("hs_call_title", on_update="never"),
        told=("mappings[0].properties[1].on_update: choose overwrite, keep or if_empty",),
    ),
    Wrong(
        "a share that is none",
        {"max_rejected_percent": 120},
        told=("max_rejected_percent: must be 100 or less",),
    ),
    Wrong(
        "a run property that is not there",
        {"run_property": "airbyte_run"},
        told=(
            f"run_property: calls have no property airbyte_run. HubSpot lists them under Settings > Properties > Call properties. {SETUP}",
        ),
    ),
    Wrong(
        "a run property by its label",
        {"run_property": "Run name"},
        told=("run_property: must be HubSpot's internal name, like hs_call_title, which has no blanks; not the label",),
    ),
    Wrong(
        "a run property that is unique",
        {"run_property": "dialer_call_id"},
        told=("run_property: dialer_call_id must have unique values, and a run makes many calls: name another",),
    ),
    Wrong(
        "a run property that is the external id",
        mapping(external_id_property="dialer_call_id", external_id_source="id") | {"run_property": "dialer_call_id"},
        told=("run_property: dialer_call_id is the external id property, which differs for each call: name another",),
    ),
    Wrong(
        "a run property that is calculated",
        {"run_property": "dialer_score"},
        told=("run_property: dialer_score is filled by HubSpot itself: name another",),
    ),
    Wrong(
        "a run property for a choice",
        {"run_property": "hs_call_direction"},
        told=("run_property: hs_call_direction is not a text property, and a run's name is text: name another",),
    ),
    Wrong(
        "an unknown version",
        {"api_version": "v4"},
        told=("api_version: choose v3 or 2026-03",),
        remarks=(NOBODY_TO_ASK,),
        asked=False,
    ),
    Wrong(
        "a token of Europe that another host does not know",
        token("pat-eu1-0d5c1b1e-7a55-4c1f-9a3e-1f2b3c4d5e6f"),
        told=(
            "credentials.access_token: HubSpot does not accept the token: it is wrong, was revoked, or has expired. Copy the token of the Service Key or private app again. It is a token of the region eu1: if api_base_url is not https://api-eu1.hubapi.com yet, try that, or choose Europe as the region.",
        ),
        remarks=(ACCOUNT_UNASKED,),
        asked=False,
    ),
    Wrong(
        "the United Kingdom's other code",
        link(match_by="phone", default_country="UK"),
        told=(
            "mappings[0].associations[0].default_country: no country UK has phone numbers (the United Kingdom is GB)",
        ),
    ),
    Wrong(
        "a country that is none",
        link(match_by="phone", default_country="XX"),
        told=("mappings[0].associations[0].default_country: no country XX has phone numbers",),
    ),
    Wrong(
        "a country by name",
        link(match_by="phone", default_country="Germany"),
        told=("mappings[0].associations[0].default_country: must be a country's two-letter ISO code, like DE or US",),
    ),
    Wrong(
        "an external id property that is not there",
        mapping(external_id_property="dialer_id", external_id_source="id"),
        told=(
            "mappings[0].external_id_property: calls have no property dialer_id. There is dialer_call_id, which would do. "
            + how_to_make("dialer_id", "Dialer id", entered=True),
        ),
    ),
    Wrong(
        "an external id property by its label",
        mapping(external_id_property="Dialer call id", external_id_source="id"),
        told=(
            'mappings[0].external_id_property: "Dialer call id" is the label of dialer_call_id: enter dialer_call_id',
        ),
    ),
    Wrong(
        "an external id property of HubSpot's own",
        mapping(external_id_property="hs_call_external_id", external_id_source="id"),
        told=(
            "mappings[0].external_id_property: hs_call_external_id may hold one value twice, and HubSpot makes only new properties unique. There is dialer_call_id, which would do. "
            + how_to_make("call_external_id_unique", "Call external id unique"),
        ),
    ),
    Wrong(
        "an external id property that is not unique",
        mapping(external_id_property="dialer_note", external_id_source="id"),
        told=(
            "mappings[0].external_id_property: dialer_note may hold one value twice, and HubSpot makes only new properties unique. There is dialer_call_id, which would do. "
            + how_to_make("dialer_note_unique", "Dialer note unique"),
        ),
    ),
    Wrong(
        "an external id property for numbers",
        mapping(external_id_property="dialer_number", external_id_source="id"),
        told=(
            "mappings[0].external_id_property: dialer_number is not a text property, and a key is text. There is dialer_call_id, which would do. "
            + how_to_make("dialer_number_unique", "Dialer number unique"),
        ),
        world=defined(
            name="dialer_number",
            label="Dialer number",
            type="number",
            fieldType="number",
            groupName="callinformation",
            hasUniqueValue=True,
        ),
    ),
    Wrong(
        "an external id property that is calculated",
        mapping(external_id_property="dialer_score", external_id_source="id"),
        told=(
            "mappings[0].external_id_property: dialer_score is filled by HubSpot itself. There is dialer_call_id, which would do. "
            + how_to_make("dialer_score_unique", "Dialer score unique"),
        ),
    ),
    Wrong(
        "an external id property that is archived",
        mapping(external_id_property="dialer_gone", external_id_source="id"),
        told=(
            "mappings[0].external_id_property: dialer_gone is archived in HubSpot: restore it under Settings > Properties, or name another. There is dialer_call_id, which would do. "
            + how_to_make("dialer_gone_unique", "Dialer gone unique"),
        ),
    ),
    Wrong(
        "an external id's source alone",
        mapping(external_id_source="id"),
        told=("mappings[0].external_id_property: is missing; external_id_source says only where its value comes from",),
    ),
    Wrong(
        "a store that cannot be written",
        {"object_storage_config": {"storage_type": "LOCAL", "path": "/dev/null/rejects"}},
        told=(
            "object_storage_config: The folder for rejected records, /dev/null/rejects, cannot be written (Not a directory): mount a folder there that the connector's user (uid 1000) may write, or choose another store in object_storage_config",
        ),
    ),
    Wrong(
        "half a key pair",
        {
            "object_storage_config": {
                "storage_type": "S3",
                "s3_bucket_name": "b",
                "s3_bucket_region": "eu-west-1",
                "bucket_path": "x",
                "access_key_id": "AKIAEXAMPLE",
            }
        },
        told=(
            "object_storage_config.secret_access_key: is missing; enter both keys, or neither to use the machine's role",
        ),
    ),
    Wrong(
        "an unknown store",
        {"object_storage_config": {"storage_type": "GCS"}},
        told=("object_storage_config.storage_type: choose None, LOCAL or S3",),
    ),
    Wrong(
        "another host",
        {"api_base_url": "https://hubapi.example.com"},
        told=(
            "api_base_url: must be https:// and one of api-ap1.hubapi.com, api-eu1.hubapi.com, api-na2.hubapi.com, api-na3.hubapi.com, api.hubapi.com, or a loopback address",
        ),
        remarks=(NOBODY_TO_ASK,),
        asked=False,
    ),
    Wrong(
        "two mappings for a stream",
        {"mappings": [{"stream_name": "calls", "properties": [TIME]}, {"stream_name": "calls", "properties": [TIME]}]},
        told=("mappings[1]: is for the same stream and namespace as mappings[0]; keep one of them",),
    ),
    Wrong(
        "two mappings whose keys would meet",
        {
            "mappings": [
                {"stream_name": n, "properties": [TIME], "external_id_property": "dialer_call_id"} for n in ("a", "b")
            ]
        },
        told=(
            "mappings[0].external_id_source: is missing; mappings[1] uses the same external id property, so each must say where its value comes from and keep them apart, for example join('-', ['twilio', sid])",
            "mappings[1].external_id_source: is missing; mappings[0] uses the same external id property, so each must say where its value comes from and keep them apart, for example join('-', ['twilio', sid])",
        ),
    ),
    Wrong("a key with a slip", {"mapings": []}, told=("mapings: is not a known key; did you mean mappings?",)),
    Wrong("fewer than no records", {"max_rejected_records": -1}, told=("max_rejected_records: must be 0 or more",)),
    Wrong(
        "many things at once",
        token(FEW)
        | {
            "dry_run": "yes",
            "object_storage_config": {"storage_type": "LOCAL", "path": "/dev/null/rejects"},
            "mappings": [
                {
                    "stream_name": "a",
                    "properties": [
                        TIME,
                        {"property": "Call title", "source": "t"},
                        {"source": "x"},
                        {"property": "hs_call_titel", "source": "t", "conversion": "bold"},
                        {"property": "hs_call_direction", "source": "d", "values": ["in", "out=OUT"]},
                    ],
                    "associations": [{"source": "x"}, {"object_type": "contacts", "source": "a", "label": "193"}],
                },
                {"properties": [{"property": "hs_call_body", "source": "b"}], "external_id_property": "nope"},
            ],
        },
        told=(
            "credentials: the token lacks the scope crm.objects.contacts.write (to write calls). Tick it for the service key or private app in HubSpot's settings, under Integrations",
            'mappings[0].properties[1].property: "Call title" is the label of hs_call_title: enter hs_call_title',
            "mappings[0].properties[2].property: is missing",
            "mappings[0].properties[3].conversion: choose automatic, seconds_to_milliseconds, minutes_to_milliseconds, text_to_html or markdown_to_html",
            "mappings[0].properties[3].property: calls have no property hs_call_titel. Did you mean hs_call_title?",
            "mappings[0].properties[4].values[0]: must have a \"=\" between the source's value and HubSpot's, like in=INBOUND; write %2C for a comma in it",
            'mappings[0].properties[4].values[1]: hs_call_direction: "OUT" is none of the options (INVALID_OPTION). There are INBOUND, OUTBOUND',
            "mappings[0].associations[0].object_type: is missing",
            "mappings[0].associations[1].label: 193 is the link from contacts to calls. The one from calls to contacts is 194: enter that, or leave the label empty",
            "mappings[1].stream_name: is missing",
            "mappings[1].properties: no rule fills hs_timestamp, the time of the call, which HubSpot requires: add it, with the field that holds the time as its source",
            "mappings[1].external_id_property: calls have no property nope. There is dialer_call_id, which would do. "
            + how_to_make("nope", "Nope", entered=True),
            "object_storage_config: The folder for rejected records, /dev/null/rejects, cannot be written (Not a directory): mount a folder there that the connector's user (uid 1000) may write, or choose another store in object_storage_config",
            "dry_run: must be true or false",
        ),
        world=few(READ),
    ),
)
