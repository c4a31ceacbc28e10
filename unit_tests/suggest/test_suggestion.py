"""`suggest`: the right recipe for each source that has one, and rules that fit for those that have none."""

from __future__ import annotations

from typing import Any

import pytest

from destination_hubspot_calls import recipes
from destination_hubspot_calls.messages import Stream
from destination_hubspot_calls.suggest.recipe_fit import GENERIC, best_fit
from destination_hubspot_calls.suggest.sample import sample
from destination_hubspot_calls.suggest.suggestion import Suggestion, suggest
from unit_tests.recipe_runs import recorded

STREAM = Stream("phone calls")
NOBODY = None
AT = "2026-09-29T10:00:00Z"
ANN = "+4930231250"
OURS = "+442079460112"
VENDORS = sorted(set(recipes.names()) - GENERIC)


def suggested(*records: dict[str, Any], answers: dict[str, str] | None = None, has_key: bool = False) -> Suggestion:
    """`answers` by a word of the question."""

    def ask(question: str, _choices: tuple[str, ...]) -> str | None:
        return next((answer for word, answer in (answers or {}).items() if word in question), NOBODY)

    return suggest(STREAM, sample(records), ask, has_key=has_key)


def rules(found: Suggestion) -> dict[str, dict[str, Any]]:
    return {rule["property"]: rule for rule in found.mapping["properties"]}


def comment(found: Suggestion, place: str) -> str:
    return next(said.reason for said in found.comments if said.place == place)


@pytest.mark.parametrize("name", VENDORS)
def test_each_vendor_s_records_are_known(name: str) -> None:
    """Whoever has a vendor with a recipe is told so, with how many of its fields were found."""
    records = [case["data"] for case in recorded(name)["cases"]]
    found = suggested(*records)
    assert found.mapping["recipe"] == name
    assert f"that the recipe {name} reads are there" in comment(found, "recipe")
    assert found.calls


@pytest.mark.parametrize("name", VENDORS)
def test_a_few_records_are_enough(name: str) -> None:
    """A new account has made two calls."""
    records = [case["data"] for case in recorded(name)["cases"] if "properties" in case][:2]
    fit = best_fit(sample(records))
    assert fit
    assert fit.name == name


def test_a_recipe_that_would_make_no_call_is_not_suggested() -> None:
    """A warehouse's table of Twilio's calls has most of its fields, but for the key: each record would be rejected."""
    twilio = [
        {key: value for key, value in case["data"].items() if key != "sid"} for case in recorded("twilio")["cases"]
    ]
    found = suggested(*({**data, "id": number} for number, data in enumerate(twilio)))
    assert "recipe" not in found.mapping
    assert found.mapping["external_id_source"] == "id"
    assert found.calls == len(twilio)


ROWS = [
    {
        "Ref": f"r{number}",
        "Began": f"2026-09-{number + 1:02} 10:00:00",
        "How long": str(60 + number),
        "Way": way,
        "Their phone": phone,
    }
    for number, (way, phone) in enumerate([("in", "+4930231250"), ("out", "+4930231251"), ("in", "+4930231252")])
]


def dialed(number: int, way: str, status: str) -> dict[str, object]:
    """What a dialer says of a call."""
    return {
        "call_ref_id": f"k{number}",
        "start_time": f"2026-09-29T10:0{number}:00Z",
        "duration": 30 * number + 5,
        "direction": way,
        "status": status,
        "from": "+4930231250",
        "to": "+442079460112",
        "agent_email": "agent1@example.com",
        "customer_email": "ann@example.com",
        "notes": "Wants <to> know what it costs, and when it can be there, as soon as possible.",
        "recording_url": "https://example.com/r.mp3",
    }


def test_rules_by_names_and_values() -> None:
    """Time, length, direction, numbers, owner, notes, title and key are found by what they are called and hold."""
    ways = [("inbound", "answered"), ("outbound", "no-answer"), ("inbound", "missed")]
    found = suggested(*(dialed(number, way, status) for number, (way, status) in enumerate(ways)))
    made = rules(found)
    assert made["hs_timestamp"] == {"property": "hs_timestamp", "source": "start_time"}
    assert made["hs_call_duration"]["conversion"] == "seconds_to_milliseconds"
    assert set(made["hs_call_direction"]["values"]) == {"inbound=INBOUND", "outbound=OUTBOUND", "*="}
    assert {"missed inbound=MISSED", "answered=COMPLETED", "no-answer=NO_ANSWER"} <= set(
        made["hs_call_status"]["values"]
    )
    assert made["hubspot_owner_id"] == {"property": "hubspot_owner_id", "source": "agent_email", "if_invalid": "skip"}
    assert made["hs_call_body"]["source"] == "notes"
    assert made["hs_call_recording_url"]["source"] == "recording_url"
    assert {rule["match_by"] for rule in found.mapping["associations"]} == {"email", "phone"}
    assert found.mapping["external_id_source"] == "call_ref_id"
    assert (found.calls, found.open_questions) == (3, ())
    values = {said.place: said.values for said in found.comments}
    assert values["hs_timestamp"][0] == "2026-09-29 10:00:00 UTC"
    assert values["hs_call_status"] == ("COMPLETED", "NO_ANSWER", "MISSED")
    assert values["hs_call_has_voicemail"] == ("false",)


@pytest.mark.parametrize(
    ("column", "values", "more", "conversion", "why"),
    [
        ("duration", [95, 30, 600], {}, "seconds_to_milliseconds", "seconds by their size"),
        ("duration", [95_000, 30_000, 600_000], {}, None, "milliseconds by their size"),
        ("duration_ms", [95, 30, 600], {}, None, "milliseconds by its name"),
        ("duration_minutes", [1, 2, 3], {}, "minutes_to_milliseconds", "minutes by its name"),
        ("duration", ["1.5", "0.25", "12.75"], {}, "minutes_to_milliseconds", "minutes by their size and fractions"),
        ("duration", ["00:01:35", "00:00:30", "01:00:00"], {}, "seconds_to_milliseconds", "they say their units"),
        ("duration", [2, 2, 2], {"end_time": "2026-09-29T10:02:00Z"}, "minutes_to_milliseconds", "as end_time is"),
    ],
)
def test_the_unit_of_a_length(
    column: str, values: list[object], more: dict[str, object], conversion: str | None, why: str
) -> None:
    """A call of 26 hours in HubSpot is milliseconds that were taken for seconds."""
    found = suggested(
        *(
            {"id": number, "start_time": "2026-09-29T10:00:00Z", column: value, **more}
            for number, value in enumerate(values)
        )
    )
    assert rules(found)["hs_call_duration"].get("conversion") == conversion
    assert why in comment(found, "hs_call_duration")


def test_what_cannot_be_told_is_asked() -> None:
    """Zone, order of day and month, and country: guessed, they would put calls on other days and other people."""
    rows = [{"id": number, "start time": "03/04/2026 10:00", "phone": "030 23125001"} for number in range(3)]
    asked = suggested(*rows, answers={"zone": "Europe/Berlin", "slashes": "day_first", "country": "DE"})
    assert (asked.mapping["time_zone"], asked.mapping["date_order"], asked.mapping["default_country"]) == (
        "Europe/Berlin",
        "day_first",
        "DE",
    )
    assert (asked.calls, asked.open_questions) == (3, ())
    unasked = suggested(*rows)
    assert [question.partition(":")[0] for question in unasked.open_questions] == [
        "date_order",
        "time_zone",
        "default_country",
    ]
    assert not {"time_zone", "date_order", "default_country"} & unasked.mapping.keys()


def test_an_answer_that_is_none_is_left_open() -> None:
    """A zone that does not exist would keep the configuration from being saved."""
    found = suggested({"id": 1, "start time": "2026-04-03 10:00"}, answers={"zone": "Middle Earth"})
    assert [question.partition(":")[0] for question in found.open_questions] == ["time_zone"]


def test_the_order_of_day_and_month_can_show() -> None:
    """A day above twelve settles it for all."""
    found = suggested(*({"id": day, "start time": f"{day}/01/2026 10:00"} for day in (3, 31)), answers={"zone": "UTC"})
    assert found.mapping["date_order"] == "day_first"
    assert found.calls == 2


def test_no_time_is_said() -> None:
    """Nothing can be made of records without one, and a guess would date all calls wrong."""
    found = suggested({"id": 1, "name": "Ann"})
    assert "no field looks like the time" in comment(found, "hs_timestamp")
    assert found.calls == 0


def test_the_catalog_s_key_is_enough() -> None:
    """What the connection knows need not be said again."""
    found = suggested({"id": 1, "start_time": "2026-09-29T10:00:00Z"}, has_key=True)
    assert "external_id_source" not in found.mapping
    assert found.calls == 1


def test_several_fields_are_the_key_where_none_is() -> None:
    """Without a key each sync would make all calls again."""
    rows = [{"start_time": f"2026-09-29T10:0{number}:00Z", "phone": "+4930231250"} for number in (0, 1, 1)]
    found = suggested(*rows)
    assert found.mapping["external_id_source"].startswith("join('|', [start_time")
    assert found.calls == 3


def test_names_with_blanks_and_objects() -> None:
    """Headings of spreadsheets and nested fields are written as an expression has them."""
    found = suggested(
        {"Call ID": 1, "call": {"Started at": "2026-09-29T10:00:00Z", "title": "Hi"}, "contact": {"title": "CEO"}}
    )
    assert rules(found)["hs_timestamp"]["source"] == 'call."Started at"'
    assert rules(found)["hs_call_title"]["source"] == "call.title"
    assert found.calls == 1


def test_who_is_called_is_in_the_title() -> None:
    """A title that names one's own people at each outgoing call tells nothing."""
    rows = [
        {"id": 1, "start time": AT, "type": "inbound", "caller name": "Ann", "callee name": "Sam", "caller": ANN},
        {"id": 2, "start time": AT, "type": "outbound", "caller name": "Sam", "callee name": "Bob", "callee": ANN},
        {"id": 3, "start time": AT, "type": "outbound", "caller name": "Sam", "callee name": "", "callee": ANN},
    ]
    found = suggested(*({"caller": OURS, "callee": OURS, **row} for row in rows))
    titles = next(said.values for said in found.comments if said.place == "hs_call_title")
    assert titles == ("Call from Ann", "Call to Bob", f"Call to {ANN}")


def test_a_person_s_id_is_no_key() -> None:
    """Whoever calls again would change the call before."""
    rows = [{"Contact ID": str(number), "Start": f"2026-09-0{number} 10:00:00Z", "Phone": ANN} for number in (1, 2)]
    assert suggested(*rows).mapping["external_id_source"] == "join('|', [Start, Phone][?@].to_string(@))"


@pytest.mark.parametrize(
    ("row", "status", "voicemail"),
    [
        ({"type": "incoming", "status": "answered"}, "COMPLETED", None),
        ({"type": "incoming", "status": "voicemail"}, "MISSED", "true"),
        ({"type": "incoming", "status": "rejected"}, "MISSED", "false"),
        ({"type": "outgoing", "status": "voicemail"}, "NO_ANSWER", None),
        ({"type": "missed"}, "MISSED", "false"),
        ({"type": "voicemail"}, "MISSED", "true"),
    ],
)
def test_who_took_no_call(row: dict[str, str], status: str, voicemail: str | None) -> None:
    """A missed call without the voicemail's property shows as not taken, with it as missed, or with a recording."""
    rows = [{"id": number, "start time": AT, **row} for number in (1, 2)]
    others = [{"id": number, "start time": AT, "type": way} for number, way in enumerate(("incoming", "outgoing"), 3)]
    found = suggested(*rows, *others)
    values = {said.place: said.values for said in found.comments}
    assert values["hs_call_status"] == (status,)
    assert values.get("hs_call_has_voicemail", ()) == ((voicemail,) if voicemail else ())


@pytest.mark.parametrize(
    ("row", "properties"),
    [
        (
            {"Datum/Uhrzeit": "01.09.2026 08:15", "Dauer": "00:01:35", "Richtung": "eingehend", "Ergebnis": "verpasst"},
            {"hs_call_duration": "95000", "hs_call_direction": "INBOUND", "hs_call_status": "MISSED"},
        ),
        (
            {"Date d'appel": "2026-09-01 08:15", "Durée (min)": "1,5", "Sens": "Sortant", "Résultat": "Répondu"},
            {"hs_call_duration": "90000", "hs_call_direction": "OUTBOUND", "hs_call_status": "COMPLETED"},
        ),
        (
            {"Fecha y hora": "2026-09-01 08:15", "Duración": "95", "Tipo": "entrante", "Resultado": "Contestada"},
            {"hs_call_duration": "95000", "hs_call_direction": "INBOUND", "hs_call_status": "COMPLETED"},
        ),
        (
            {"Begintijd": "2026-09-01 08:15", "Duur": "95", "Richting": "uitgaand", "Resultaat": "geen gehoor"},
            {"hs_call_duration": "95000", "hs_call_direction": "OUTBOUND", "hs_call_status": "NO_ANSWER"},
        ),
    ],
)
def test_headings_of_other_languages(row: dict[str, str], properties: dict[str, str]) -> None:
    """Phone systems write their exports in the language of the office."""
    found = suggested(row, row)
    values = {said.place: said.values for said in found.comments}
    assert values["hs_timestamp"] == ("2026-09-01 08:15:00 UTC",)
    assert {name: values[name] for name in properties} == {name: (value,) for name, value in properties.items()}


@pytest.mark.parametrize("value", [None, "", [], {}, [[]], [{"a": [1]}], "x" * 100_000, float("inf"), 10**400, "\x00"])
def test_odd_values_break_nothing(value: object) -> None:
    """A sample is whatever a source sends."""
    assert suggested({"id": 1, "start_time": "2026-09-29T10:00:00Z", "odd": value, "duration": value}).calls == 1


@pytest.mark.parametrize(
    ("row", "properties"),
    [
        (
            {
                "call_sid": "1",
                "started_at_utc": AT,
                "dir": "I",
                "caller_e164": ANN,
                "callee_e164": OURS,
                "note_text": "a",
            },
            {"hs_call_from_number": "caller_e164", "hs_call_to_number": "callee_e164", "hs_call_body": "note_text"},
        ),
        (
            {"id": "1", "ts": "1790675996123456", "dur_s": "30", "phone": ANN},
            {"hs_timestamp": "ts", "hs_call_duration": "dur_s"},
        ),
        (
            {"id": "1", "date (TZ incl.)": "2026-09-29 12:00", "datetime (UTC)": "2026-09-29 10:00"},
            {"hs_timestamp": '"datetime (UTC)"'},
        ),
        ({"id": "1", "Start (a.m.)": AT, 'Call "length" (sec.)': "30"}, {"hs_timestamp": '"Start (a.m.)"'}),
        (
            {"id": "1", "at": AT, "Activity date": AT, "Activity assigned to": "Ann (ann@example.com)"},
            {"hubspot_owner_id": '"Activity assigned to"'},
        ),
        ({"id": "1", "Date": AT, "Direzione": "In uscita"}, {"hs_call_direction": "Direzione"}),
        ({"id": "1", "Date": AT, "Action Result": "Call connected"}, {"hs_call_status": '"Action Result"'}),
    ],
)
def test_more_headings(row: dict[str, str], properties: dict[str, str]) -> None:
    """As warehouses, HubSpot's own export, and phone systems write them."""
    found = suggested(row)
    assert {name: rules(found)[name]["source"] for name in properties} == properties
    assert found.calls == 1


def test_a_heading_with_quotes_can_be_read() -> None:
    """An expression that is none would find nothing in any record."""
    found = suggested({'Call "ID"': "a1", "start": AT}, {'Call "ID"': "a2", "start": AT})
    assert found.calls == 2


def test_who_calls_is_no_key() -> None:
    """They call more than once, though not in each sample: later calls would be taken for the first."""
    found = suggested(*({"Caller ID": f"Ann ({number})", "Call Time": f"{AT[:-3]}:0{number}Z"} for number in range(3)))
    assert found.mapping["external_id_source"] != '"Caller ID"'


def test_times_of_which_the_name_says_utc_are_not_asked_about() -> None:
    """There is nothing to be told."""
    assert suggested({"id": "1", "started_at_utc": "2026-09-29 10:00"}).open_questions == ()
    assert suggested({"id": "1", "started_at": "2026-09-29 10:00"}).open_questions != ()


def test_notes_that_are_html_stay_so() -> None:
    """Escaped, their tags would be seen."""
    assert (
        "conversion" not in rules(suggested({"id": "1", "at": AT, "start": AT, "notes": "<p>Hi</p>"}))["hs_call_body"]
    )
    assert "conversion" in rules(suggested({"id": "1", "at": AT, "start": AT, "notes": "a < b"}))["hs_call_body"]


@pytest.mark.parametrize(("more", "status"), [({}, "MISSED"), ({"direction": "outbound"}, "NO_ANSWER")])
def test_what_is_missed_is_inbound_unless_a_field_says_otherwise(more: dict[str, str], status: str) -> None:
    """HubSpot's MISSED is for inbound calls."""
    found = suggested({"id": "1", "start": AT, "result": "Missed", **more})
    assert f"Missed={status}" in rules(found)["hs_call_status"]["values"]


def test_what_is_before_the_end_is_the_start() -> None:
    """A call is when it began, whatever a phone system calls that."""
    rows = [{"id": str(n), "originTime": 1790675996000 + n, "endTime": 1790676996000 + n} for n in range(3)]
    assert rules(suggested(*rows))["hs_timestamp"]["source"] == "originTime"


def test_extensions_stand_beside_numbers() -> None:
    """A phone system knows its own phones by a few digits."""
    row = {"id": "1", "start": AT, "direction": "out", "callingPartyNumber": "100", "calledPartyNumber": ANN}
    back = {"id": "2", "start": AT, "direction": "in", "callingPartyNumber": ANN, "calledPartyNumber": "100"}
    found = suggested(row, back)
    assert rules(found)["hs_call_from_number"]["source"] == "callingPartyNumber"
    assert [rule["match_by"] for rule in found.mapping["associations"]] == ["phone"]


@pytest.mark.parametrize(
    ("name", "object_type"),
    [
        ("HUBSPOT_CONTACT_ID", "contacts"),
        ("Associated Contact IDs", "contacts"),
        ("hs_company_id", "companies"),
        ("hubspotDealId", "deals"),
    ],
)
def test_ids_of_hubspot_link(name: str, object_type: str) -> None:
    """They need not be looked up."""
    associations = suggested({"id": "1", "start": AT, name: "101;102"}).mapping["associations"]
    assert [(rule["object_type"], rule.get("match_by")) for rule in associations] == [(object_type, None)]
    assert suggested({"id": "1", "start": AT, "contact_id": "101"}).mapping["associations"] == []


def test_mongodb_s_types_are_not_names() -> None:
    """`$numberInt` says nothing of what a value is for."""
    found = suggested({"id": "1", "startedAt": {"$date": AT}, "durationSec": {"$numberInt": "303"}})
    assert rules(found)["hs_call_duration"]["source"] == 'durationSec."$numberInt"'


def test_extensions_tell_the_way_where_no_field_does() -> None:
    """A phone system's own records have none: who has an extension is one of us."""
    found = suggested(
        {"uniqueid": "1.1", "start": AT, "src": "101", "dst": ANN},
        {"uniqueid": "1.2", "start": AT, "src": ANN, "dst": "101"},
    )
    (place,) = (said.values for said in found.comments if said.place == "hs_call_direction")
    assert place == ("OUTBOUND", "INBOUND")
    (linked,) = (said.values for said in found.comments if said.place == "contacts by phone")
    assert linked == (ANN,)


def test_the_time_of_day_is_part_of_a_key_of_several() -> None:
    """Else the second call of a day is taken for the first."""
    rows = ({"Date": "2026-09-29", "Time (PST)": f"10:0{n}", "Phone no.": f"+1415555010{n}"} for n in range(3))
    found = suggested(*rows)
    assert found.mapping["external_id_source"].startswith('join(\'|\', [Date, "Time (PST)", "Phone no."]')


@pytest.mark.parametrize("name", ["Numero", "Nummer", "Number", "Telefone"])
def test_a_number_of_any_side_is_the_customer_s(name: str) -> None:
    """Exports of one's own phone know one number beside it."""
    found = suggested({"id": "1", "start": AT, name: ANN})
    assert [rule["source"] for rule in found.mapping["associations"]] == [name]


def test_a_column_of_json_text_is_looked_into() -> None:
    """As a webhook's payload in a table: a path goes on inside it."""
    payload = '{"started_at": "2026-09-29T10:00:00Z", "duration": 303, "from": {"email": "ann@example.com"}}'
    found = suggested({"id": "1", "payload": payload})
    assert rules(found)["hs_timestamp"]["source"] == "payload.started_at"
    assert [rule["source"] for rule in found.mapping["associations"]] == ["payload.from.email"]
    assert found.calls == 1


def test_who_works_for_us_is_not_called() -> None:
    """Each title would name the agent."""
    found = suggested({"id": "1", "start": AT, "direction": "inbound", "user": {"name": "Ann"}, "raw_digits": ANN})
    assert "user.name" not in rules(found)["hs_call_title"]["source"]
    assert comment(found, "external_id_source") == "id holds an id"
