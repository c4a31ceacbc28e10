"""Records → calls: what config.md promises of sources, defaults, values, copies, links and keys."""

import json
import math
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.config import model
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.config.reading import placed
from destination_hubspot_calls.conversion import Vocabulary
from destination_hubspot_calls.hubspot import standard_properties
from destination_hubspot_calls.hubspot.models import Disposition, Owner, Property
from destination_hubspot_calls.mapping import Mapper, Router, StreamPlan
from destination_hubspot_calls.mapping.copies import MAX_FIELDS
from destination_hubspot_calls.messages import Call, Key, MissCause, Record, Rejection, Skipped, Stream
from destination_hubspot_calls.results import Count

STREAM = Stream("calls", "dialer")
APPEND = StreamPlan()
TIME = "2024-01-15T10:15:30Z"
STAMP = "1705313730000"


def _property(name: str, kind: str, **others: object) -> Property:
    return Property.model_validate({"name": name, "type": kind, **others})


VOCABULARY = Vocabulary(
    {
        **standard_properties.PROPERTIES,
        "dialer_call_id": _property("dialer_call_id", "string", hasUniqueValue=True),
        "score": _property("score", "number"),
        "total": _property("total", "number", calculated=True),
        "gone": _property("gone", "string", archived=True),
        "tags": _property("tags", "enumeration", fieldType="checkbox", options=[{"value": "a"}, {"value": "b"}]),
    },
    (*standard_properties.DISPOSITIONS, Disposition(id="gone", label="Gone", deleted=True)),
    (Owner(id="77", email="agent@example.com"),),
)


def rule(name: str, source: str | None = None, **others: Any) -> dict[str, Any]:
    return {"property": name, "source": source, **others}


TIMED = rule("hs_timestamp", "at")


def mapper(*properties: dict[str, Any], plan: StreamPlan = APPEND, **others: Any) -> Mapper:
    mapping = model.Mapping.model_validate({"stream_name": "calls", "properties": properties, **others})
    return Router([placed(mapping)], VOCABULARY, {STREAM: plan}).mapper(STREAM)


def record(**data: Any) -> Record:
    return Record(STREAM, data, b"the line")


def call(mapper: Mapper, **data: Any) -> Call:
    mapped = mapper.map(record(**data))
    assert isinstance(mapped, Call), mapped
    return mapped


def rejection(mapper: Mapper, **data: Any) -> Rejection:
    mapped = mapper.map(record(**data))
    assert isinstance(mapped, Rejection), mapped
    return mapped


def properties(mapper: Mapper, **data: Any) -> dict[str, str]:
    found: dict[str, str] = json.loads(call(mapper, **data).properties)
    return found


class TestNoValue:
    """null, a missing field, blank text and [] are no value."""

    @pytest.mark.parametrize("data", [{"x": None}, {}, {"x": ""}, {"x": " \t\n"}, {"x": []}], ids=str)
    def test_the_property_is_left_out(self, data: dict[str, Any]) -> None:
        """Without a default nothing is sent, so that nothing is cleared."""
        assert properties(mapper(TIMED, rule("hs_call_title", "x")), at=TIME, **data) == {"hs_timestamp": STAMP}

    @pytest.mark.parametrize("data", [{"x": None}, {}, {"x": ""}, {"x": " "}, {"x": []}], ids=str)
    def test_the_default_takes_its_place(self, data: dict[str, Any]) -> None:
        """A default is converted as a value of the source is."""
        mapped = mapper(
            TIMED,
            rule("score", "x", default="1.0"),
            rule("hs_call_duration", "x", default="2", conversion="minutes_to_milliseconds"),
            rule("hs_call_disposition", "x", default="Busy"),
        )
        found = properties(mapped, at=TIME, **data)
        assert found["score"] == "1"
        assert found["hs_call_duration"] == "120000"
        assert found["hs_call_disposition"] == "9d9162e7-6cf3-4944-bf63-4dff82258764"

    @pytest.mark.parametrize("value", [0, False, {}, "0", [None]], ids=str)
    def test_these_are_values(self, value: object) -> None:
        """What is merely small or false is sent."""
        assert "hs_call_title" in properties(mapper(TIMED, rule("hs_call_title", "x")), at=TIME, x=value)

    @pytest.mark.parametrize("value", [[None], [""], ";"], ids=str)
    def test_checkboxes_of_nothing(self, value: object) -> None:
        """Checkboxes of which none is ticked are no value either."""
        assert properties(mapper(TIMED, rule("tags", "x", default="a")), at=TIME, x=value)["tags"] == "a"

    def test_a_default_alone(self) -> None:
        """A constant needs no source."""
        found = properties(mapper(TIMED, rule("hs_call_status", default="completed")), at=TIME)
        assert found["hs_call_status"] == "COMPLETED"

    def test_a_rule_with_neither_is_ignored(self) -> None:
        """The form opens with such rows; they do not keep a field from being copied."""
        found = properties(mapper(TIMED, rule("hs_call_title"), rule("hs_call_body", " ")), at=TIME, hs_call_title="x")
        assert found == {"hs_timestamp": STAMP, "hs_call_title": "x"}


class TestTime:
    """hs_timestamp is what HubSpot requires."""

    @pytest.mark.parametrize("data", [{}, {"at": None}, {"at": " "}], ids=str)
    def test_missing(self, data: dict[str, Any]) -> None:
        """A record without a time is rejected, by the rule that should have filled it."""
        found = rejection(mapper(rule("score", "s"), TIMED), **data)
        assert found.reason == 'hs_timestamp: the value of "at" is missing, and every call needs a time (REQUIRED)'
        assert found.rule == "mappings[0].properties[1]"

    def test_no_rule(self) -> None:
        """Where nothing fills it, every record is rejected."""
        found = rejection(mapper(copy_matching_fields=False), hs_timestamp=TIME)
        assert found.reason.startswith("hs_timestamp: no rule fills it, and every call needs a time (REQUIRED)")
        assert found.rule == "mappings[0].properties"

    def test_it_cannot_be_skipped(self) -> None:
        """if_invalid does not go for the time, even where there is a default."""
        found = rejection(mapper(rule("hs_timestamp", "at", if_invalid="skip", default=TIME)), at="soon")
        assert found.reason.startswith('hs_timestamp: the value of "at" is not a time')

    def test_a_default_takes_its_place(self) -> None:
        """A missing time may have a default."""
        assert properties(mapper(rule("hs_timestamp", "at", default="1705313730")))["hs_timestamp"] == STAMP

    def test_it_may_be_copied(self) -> None:
        """A field of this name is enough."""
        assert properties(mapper(), hs_timestamp=1705313730) == {"hs_timestamp": STAMP}

    def test_a_copy_that_does_not_fit_rejects(self) -> None:
        """The reason says what is wrong with it, not that it is missing."""
        found = rejection(mapper(), hs_timestamp="soon")
        assert found.reason.startswith('hs_timestamp: the value of "hs_timestamp" is not a time')
        assert found.rule == "mappings[0].leave_out_matching_fields"

    def test_left_out_by_values(self) -> None:
        """`from=` leaves the time out, and then it is missing."""
        assert "is missing" in rejection(mapper(rule("hs_timestamp", "at", values=["never="])), at="never").reason


class TestOnlyIf:
    """`only_if` says which records are to become calls."""

    @pytest.mark.parametrize("value", ["call", 0, {"a": 1}, [0], True], ids=str)
    def test_what_is_true_goes_on(self, value: object) -> None:
        """A record that has what is asked for becomes a call as ever."""
        assert properties(mapper(TIMED, only_if="type"), at=TIME, type=value) == {"hs_timestamp": STAMP}

    EMPTY: tuple[dict[str, Any], ...] = ({}, {"type": None}, {"type": False}, {"type": " "}, {"type": []}, {"type": {}})

    @pytest.mark.parametrize("data", EMPTY, ids=str)
    def test_what_is_false_or_empty_is_skipped(self, data: dict[str, Any]) -> None:
        """It becomes no call and no rejection, whatever else is wrong with it; and it is counted."""
        mapped = mapper(TIMED, only_if="type")
        assert mapped.map(record(**data)) == Skipped(STREAM)
        assert mapped.tally.counts == {Count.SKIPPED: 1}

    def test_an_expression(self) -> None:
        """A stream of several kinds of activities has a field that tells them apart."""
        mapped = mapper(TIMED, only_if="lower(type) == 'call' && !(meta.private)")
        call(mapped, at=TIME, type="Call", meta={"private": False})
        assert isinstance(mapped.map(record(at=TIME, type="Call", meta={"private": True})), Skipped)
        assert isinstance(mapped.map(record(at=TIME, type="Mail")), Skipped)

    def test_one_that_fails_on_a_record_is_null(self) -> None:
        """As everywhere: what cannot be told is not a call."""
        assert isinstance(mapper(TIMED, only_if="length(type)").map(record(at=TIME, type=5)), Skipped)


class TestManner:
    """A mapping's own way to read values goes for all its rules, its functions, and its copies."""

    def test_zone(self) -> None:
        """`time_zone` is where times without an offset belong."""
        mapped = mapper(TIMED, rule("hs_call_duration", "seconds_between(at, end)"), time_zone="Europe/Berlin")
        found = properties(mapped, at="2024-01-15 11:15:30", end="2024-01-15T10:16:30Z")
        assert found == {"hs_timestamp": STAMP, "hs_call_duration": "60"}
        assert mapped.tally.counts == {}

    def test_zone_of_a_copy(self) -> None:
        """A field that is copied by its name is read the same way."""
        found = properties(mapper(time_zone="Europe/Berlin"), hs_timestamp="15.01.2024 11:15:30")
        assert found["hs_timestamp"] == STAMP

    def test_the_accounts_zone(self) -> None:
        """`account` is the zone that the account's details tell."""
        vocabulary = Vocabulary(VOCABULARY.properties, zone="Europe/Berlin")
        mapping = model.Mapping.model_validate({"stream_name": "calls", "properties": [TIMED], "time_zone": "account"})
        mapped = Router([mapping], vocabulary, {STREAM: APPEND}).mapper(STREAM)
        assert properties(mapped, at="2024-01-15 11:15:30")["hs_timestamp"] == STAMP

    def test_order(self) -> None:
        """`date_order` says how 01/02/2024 is read."""
        assert "date_order" in rejection(mapper(TIMED), at="01/02/2024").reason
        assert properties(mapper(TIMED, date_order="day_first"), at="01/02/2024")["hs_timestamp"] == "1706745600000"

    def test_times_taken_for_utc_are_counted(self) -> None:
        """Who forgot the zone is told how many times it went for."""
        mapped = mapper(TIMED)
        for _ in range(3):
            call(mapped, at="2024-01-15 10:15:30")
        call(mapped, at=TIME)
        assert list(mapped.tally.counts.values()) == [3]
        assert re.search("hs_timestamp.*offset.*UTC.*time_zone", next(iter(mapped.tally.counts)))

    def test_what_is_rejected_is_not_counted(self) -> None:
        """The counts are of calls."""
        mapped = mapper(TIMED, rule("score", "s"))
        rejection(mapped, at="2024-01-15 10:15:30", s="many")
        call(mapped, at=TIME)
        assert mapped.tally.counts == {}

    def test_long_text_is_cut_and_counted(self) -> None:
        """By property, as it is worth a look."""
        mapped = mapper(TIMED, rule("hs_call_body", "notes"))
        assert len(properties(mapped, at=TIME, notes="x" * 70_000)["hs_call_body"]) == 65_536
        assert mapped.tally.counts == {"values of hs_call_body cut to 65,536 characters": 1}

    def test_long_text_is_not_cut_where_if_invalid_says_so(self) -> None:
        """Who sets it wants the whole text or none."""
        skipping = mapper(TIMED, rule("hs_call_body", "notes", if_invalid="skip"))
        assert properties(skipping, at=TIME, notes="x" * 70_000) == {"hs_timestamp": STAMP}
        assert skipping.tally.counts == {"skipped: hs_call_body (did not fit)": 1}
        rejecting = mapper(TIMED, rule("hs_call_body", "notes", if_invalid="reject"))
        assert "TOO_LONG" in rejection(rejecting, at=TIME, notes="x" * 70_000).reason

    def test_an_external_id_is_never_cut(self) -> None:
        """Two keys would become one."""
        mapped = mapper(TIMED, external_id_property="dialer_call_id", external_id_source="id")
        assert "TOO_LONG" in rejection(mapped, at=TIME, id="x" * 65_537).reason


class TestTimeHint:
    """A record that lacks its time may have one under another name."""

    def test_the_likeliest_comes_first(self) -> None:
        """The same name in other letters, then what starts; no numbers that are no times."""
        data = {
            "id": "1705313730",
            "ended_at": TIME,
            "phone": 4155550111,
            "startTime": 1705313730,
            "AT": TIME,
            "n": "x",
        }
        reason = rejection(mapper(TIMED), **data).reason
        assert reason.endswith("(REQUIRED). What looks like one: AT, startTime, ended_at")

    def test_nothing_looks_like_one(self) -> None:
        """Then nothing is said."""
        assert rejection(mapper(TIMED), note="soon", duration=95).reason.endswith("(REQUIRED)")

    def test_records_of_the_same_fields_have_the_same_reason(self) -> None:
        """Reasons are counted, so a record's values must not make them many."""
        mapped = mapper(TIMED)
        assert rejection(mapped, STARTED=TIME).reason == rejection(mapped, STARTED="later").reason


class TestMisfit:
    """A value that fits none of what its property accepts."""

    def test_it_rejects(self) -> None:
        """The reason names field, property and rule; the rule is named by its place."""
        found = rejection(mapper(TIMED, rule("hs_call_direction", "type")), at=TIME, type="sideways")
        assert (
            found.reason
            == 'hs_call_direction: the value of "type" is none of the options INBOUND, OUTBOUND (INVALID_OPTION)'
        )
        assert found.rule == "mappings[0].properties[1]"
        assert found.line == b"the line"
        assert found.stream == STREAM

    def test_all_problems_are_told(self) -> None:
        """A person wants to hear it all at once, in the mapping's order."""
        found = rejection(mapper(rule("score", "s"), TIMED, rule("hs_call_direction", "d")), s="x", d="y")
        assert [part.partition(":")[0] for part in found.reason.split("; ")] == [
            "score",
            "hs_call_direction",
            "hs_timestamp",
        ]
        assert found.rule == "mappings[0].properties[0]"
        assert [(reason.about, reason.rule, reason.value) for reason in found.reasons] == [
            ("score", "mappings[0].properties[0]", "x"),
            ("hs_call_direction", "mappings[0].properties[2]", "y"),
            ("hs_timestamp", "mappings[0].properties[1]", ""),
        ]

    @pytest.mark.parametrize(
        ("value", "kept"),
        [
            ("a\n b", "a b"),
            ("x" * 90, "x" * 79 + "…"),
            ({"a": [1]}, '{"a":[1]}'),
            ("\ud800", "'\\ud800'"),
            (math.nan, "(float)"),
        ],
    )
    def test_what_did_not_fit_is_kept_as_a_person_is_shown_it(self, value: object, kept: str) -> None:
        """Whatever a value is, showing it must neither fail nor fill a screen."""
        found = rejection(mapper(TIMED, rule("hs_call_direction", "d")), at=TIME, d=value)
        assert [reason.value for reason in found.reasons] == [kept]

    def test_it_may_be_skipped(self) -> None:
        """Then the property is left out, and counted."""
        mapped = mapper(TIMED, rule("hs_call_disposition", "o", if_invalid="skip"))
        assert properties(mapped, at=TIME, o="Delighted") == {"hs_timestamp": STAMP}
        call(mapped, at=TIME, o="Gone")
        assert mapped.tally.counts == {"skipped: hs_call_disposition (did not fit)": 2}

    def test_a_default_takes_its_place(self) -> None:
        """A skipped value's default is sent, and counted as that."""
        mapped = mapper(TIMED, rule("hs_call_status", "s", if_invalid="skip", default="COMPLETED"))
        assert properties(mapped, at=TIME, s="WON")["hs_call_status"] == "COMPLETED"
        assert mapped.tally.counts == {"default sent: hs_call_status (did not fit)": 1}

    def test_a_default_that_does_not_fit(self) -> None:
        """Defaults can be tried before the first record: each wrong one is named."""
        with pytest.raises(ConfigError) as error:
            mapper(TIMED, rule("hs_call_status", default="WON"), rule("score", "s", default="many", if_invalid="skip"))
        status, score = map(str, error.value.problems)
        assert status == (
            "mappings[0].properties[1].default: the default of hs_call_status is none of the options (INVALID_OPTION)"
        )
        assert score.startswith("mappings[0].properties[2].default: the default of score is not a number")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("hs_timestamp", 93),
            ("hs_timestamp", "20240115"),
            ("hubspot_owner_id", 9_000_001),
            ("hs_call_disposition", "Delighted"),
            ("hs_call_duration", "1:33"),
        ],
        ids=["duration for time", "date for time", "user id for owner", "unknown outcome", "clock for duration"],
    )
    def test_mistakes_that_others_let_through(self, name: str, value: object) -> None:
        """What HubSpot would refuse, or worse, believe."""
        assert name in rejection(mapper(rule(name, "x")), x=value).reason


class TestValues:
    """`values` come before the conversion, and not before a default."""

    def test_before_the_conversion(self) -> None:
        """What they say is converted as a value of the source is."""
        mapped = mapper(TIMED, rule("hs_call_direction", "type", values=["in=Inbound", "*=OUTBOUND"]))
        assert properties(mapped, at=TIME, type="IN")["hs_call_direction"] == "INBOUND"
        assert properties(mapped, at=TIME, type=5)["hs_call_direction"] == "OUTBOUND"

    def test_left_out(self) -> None:
        """`from=` leaves the property out, default or not."""
        mapped = mapper(TIMED, rule("hs_call_status", "s", values=["test="], default="COMPLETED"))
        assert properties(mapped, at=TIME, s="test") == {"hs_timestamp": STAMP}

    def test_not_for_defaults(self) -> None:
        """A default is HubSpot's word already; `*` is for what came."""
        mapped = mapper(TIMED, rule("hs_call_status", "s", values=["COMPLETED=FAILED", "*=BUSY"], default="COMPLETED"))
        assert properties(mapped, at=TIME)["hs_call_status"] == "COMPLETED"

    def test_element_by_element(self) -> None:
        """Each of a list is looked up by itself."""
        mapped = mapper(TIMED, rule("tags", "t", values=["one=a", "two=b", "three="]))
        assert properties(mapped, at=TIME, t=["Two", "three", "one"])["tags"] == "b;a"


class TestCopies:
    """Top-level fields that are named like a writable property."""

    def test_copied(self) -> None:
        """They need no rule; they are converted as any value is."""
        found = properties(mapper(TIMED), at=TIME, score=1.0, tags=["a", "b"], hs_call_direction="inbound", other=1)
        assert found == {"hs_timestamp": STAMP, "score": "1", "tags": "a;b", "hs_call_direction": "INBOUND"}

    def test_copied_whatever_their_case(self) -> None:
        """A warehouse writes names in capitals."""
        mapped = mapper()
        found = properties(mapped, HS_TIMESTAMP=TIME, SCORE=5, Hs_Call_Title="x")
        assert found == {"hs_timestamp": STAMP, "score": "5", "hs_call_title": "x"}
        assert call(mapped, HS_TIMESTAMP=TIME, SCORE=5).fields["score"] == "SCORE"

    def test_the_exact_name_comes_first(self) -> None:
        """Of two fields that differ in case, one is meant more than the other."""
        for fields in ({"score": 1, "SCORE": 2}, {"SCORE": 2, "score": 1}):
            assert properties(mapper(TIMED), at=TIME, **fields)["score"] == "1"

    def test_many_fields_cost_no_memory(self) -> None:
        """A source that makes names of values must not fill it."""
        mapped = mapper(TIMED)
        for number in range(3):
            call(mapped, at=TIME, **{f"field {number} {name}": 1 for name in range(MAX_FIELDS)})
        assert properties(mapped, at=TIME, Score=5)["score"] == "5"
        assert len(mapped._rules.copies._seen) <= 2 * MAX_FIELDS

    @pytest.mark.parametrize("name", ["total", "gone", "hs_object_id", "hs_call_source", "unknown"])
    def test_never_copied(self, name: str) -> None:
        """What HubSpot computes, archived, would act on, or does not have."""
        assert properties(mapper(TIMED), at=TIME, **{name: "INTEGRATIONS_PLATFORM"}) == {"hs_timestamp": STAMP}

    def test_never_the_external_id(self) -> None:
        """A key comes from where it is configured to come from."""
        mapped = mapper(TIMED, external_id_property="dialer_call_id", external_id_source="id")
        assert properties(mapped, at=TIME, id="1", dialer_call_id="2")["dialer_call_id"] == "1"

    def test_not_what_a_rule_names(self) -> None:
        """A rule that finds nothing has still decided."""
        assert properties(mapper(TIMED, rule("score", "s")), at=TIME, score=5) == {"hs_timestamp": STAMP}

    def test_a_misfit_is_left_out(self) -> None:
        """Nobody asked for it, so it rejects no record; but it is counted."""
        mapped = mapper(TIMED)
        assert properties(mapped, at=TIME, score="many") == {"hs_timestamp": STAMP}
        assert mapped.tally.counts == {"skipped: score (did not fit)": 1}

    @pytest.mark.parametrize("value", [None, "", []], ids=str)
    def test_no_value_is_not_counted(self, value: object) -> None:
        """Nothing was lost."""
        mapped = mapper(TIMED)
        assert properties(mapped, at=TIME, score=value) == {"hs_timestamp": STAMP}
        assert mapped.tally.counts == {}

    def test_switched_off(self) -> None:
        """Then nothing is sent but what a rule says."""
        assert properties(mapper(TIMED, copy_matching_fields=False), at=TIME, score=1) == {"hs_timestamp": STAMP}

    def test_top_level_only(self) -> None:
        """A field further down is another thing."""
        assert properties(mapper(TIMED), at=TIME, call={"score": 1}) == {"hs_timestamp": STAMP}


def association(source: str = "x", **others: Any) -> dict[str, Any]:
    return {"object_type": "contacts", "source": source, **others}


SEVERAL: dict[str, tuple[str, object, list[str]]] = {
    "ids": ("record_id", "1; 2|3,4 5\n6", ["1", "2", "3", "4", "5", "6"]),
    "ids as JSON": ("record_id", '[1, "2"]', ["1", "2"]),
    "ids in a list": ("record_id", ["1,2", 3], ["1", "2", "3"]),
    "ids by their property": ("hs_object_id", "1,2", ["1", "2"]),
    "addresses": ("email", "Ann <ann@example.com>, cleo@example.org", ["ann@example.com", "cleo@example.org"]),
    "an address as a link": ("email", "mailto:ann@example.com", ["ann@example.com"]),
    "addresses as JSON": ("email", '["ann@example.com", null]', ["ann@example.com"]),
    "what is no address": ("email", "ann at example", ["ann at example"]),
    "domains": ("domain", "example.com, example.org", ["example.com", "example.org"]),
    "domains of addresses": ("domain", "Ann <ann@example.com>, example.org", ["ann@example.com", "example.org"]),
    "what is no domain": ("domain", "Example Company", ["Example Company"]),
    "numbers": ("phone", "+1 415-555-0111; +44 20 7946 0112", ["+1 415-555-0111", "+44 20 7946 0112"]),
    "numbers on lines": ("mobilephone", "+1 415|+44 20\r\n+49 30", ["+1 415", "+44 20", "+49 30"]),
    "a number with its extension": ("phone", "+1 415-555-0111, ext. 12", ["+1 415-555-0111, ext. 12"]),
    "texts of another property are one": ("customer_number", "a; b, c|d", ["a; b, c|d"]),
    "in an object's text": ("email", {"a": 1}, []),
}


class TestLinks:
    """What a record says of the records that its call is to be linked to."""

    @pytest.mark.parametrize(
        ("match_by", "value", "expected"),
        [
            (None, "101.0", ["101"]),
            (None, "101.0;102.00", ["101", "102"]),
            (None, "123", ["123"]),
            (None, " 123 ", ["123"]),
            ("record_id", 123, ["123"]),
            (None, 123.0, ["123"]),
            (None, [1, "2", 3.0], ["1", "2", "3"]),
            (None, [1, [2, [3]], []], ["1", "2", "3"]),
            (None, [1, "1", 1.0, None, ""], ["1"]),
            (None, None, []),
            (None, [], []),
            (None, " ", []),
            ("email", " Ann@Example.com ", ["Ann@Example.com"]),
            ("email", ["a@b", None, "c@d", "a@b"], ["a@b", "c@d"]),
            ("phone", 49301234567, ["49301234567"]),
            ("sku", 1.5, ["1.5"]),
        ],
        ids=str,
    )
    def test_values(self, match_by: str | None, value: object, expected: list[str]) -> None:
        """Lists are flat, numbers have no fraction, texts no blanks around; each value is there once."""
        mapped = mapper(TIMED, associations=[association(match_by=match_by)])
        found = call(mapped, at=TIME, x=value)
        assert [link.value for link in found.links] == expected
        assert mapped.tally.counts == {}

    def test_the_rules(self) -> None:
        """A link holds its rule, which says where it stands and what it asks for."""
        rules = [association("a"), association("b", label="Boss", match_by="phone", default_country="de")]
        mapped = mapper(TIMED, associations=[*rules, association("a", object_type="deals", if_missing="reject")])
        found = call(mapped, at=TIME, a=1, b="2").links
        first, second, third = (link.rule for link in found)
        assert (first.place, first.source, first.match_by) == ("mappings[0].associations[0]", "a", "record_id")
        assert (second.label, second.match_by, second.default_country) == ("Boss", "phone", "DE")
        assert (third.object_type, third.rejects_missing) == ("deals", True)

    def test_one_value_in_two_rules(self) -> None:
        """Two rules may find the same record, with two labels."""
        mapped = mapper(TIMED, associations=[association(label="A"), association(label="B")])
        assert [link.value for link in call(mapped, at=TIME, x=5).links] == ["5", "5"]

    NO_IDS = ("ann@example.com", -5, 1.5, True, {"id": 5}, "1" * 20, 10**5000, math.nan, "٣", "\ud800", "no id")

    @pytest.mark.parametrize("value", NO_IDS, ids=range(len(NO_IDS)))
    def test_no_record_id(self, value: object) -> None:
        """What can be no record's id is no match: left out and counted."""
        mapped = mapper(TIMED, associations=[association()])
        made = call(mapped, at=TIME, x=[value, 7])
        assert [link.value for link in made.links] == ["7"]
        assert [miss.cause for miss in made.misses] == [MissCause.NOT_AN_ID]

    @pytest.mark.parametrize("value", [True, {"id": 5}, "x" * 1001, "a\ud800"], ids=["true", "object", "long", "half"])
    def test_no_name(self, value: object) -> None:
        """What can be no e-mail address, number or key of anything is no match."""
        mapped = mapper(TIMED, associations=[association(match_by="email", if_missing="skip")])
        made = call(mapped, at=TIME, x=value)
        assert made.links == ()
        assert [miss.cause for miss in made.misses] == [MissCause.NOT_A_NAME]

    def test_what_says_nothing_is_a_miss_of_its_own(self) -> None:
        """Whoever asks why calls have no contact has to be told that their source was empty."""
        mapped = mapper(TIMED, associations=[association(), association(source="y")])
        made = call(mapped, at=TIME, x=[" ", None], y=5)
        assert [(miss.rule.source, miss.cause) for miss in made.misses] == [("x", MissCause.EMPTY)]

    def test_it_may_reject(self) -> None:
        """`if_missing: reject` wants the link or not the call."""
        found = rejection(mapper(TIMED, associations=[association(if_missing="reject")]), at=TIME, x="ann@example.com")
        assert found.reason == 'contacts: the value of "x" is not a record id, which has digits only (no match)'
        assert found.rule == "mappings[0].associations[0]"

    @pytest.mark.parametrize(("match_by", "value", "expected"), SEVERAL.values(), ids=SEVERAL.keys())
    def test_several_in_one_text(self, match_by: str, value: object, expected: list[str]) -> None:
        """What a source packs into one text is told apart."""
        made = call(mapper(TIMED, associations=[association(match_by=match_by)]), at=TIME, x=value)
        assert [link.value for link in made.links] == expected

    def test_a_text_without_an_id_is_one_miss(self) -> None:
        """Not one a word."""
        made = call(mapper(TIMED, associations=[association()]), at=TIME, x="Ann of Example")
        assert [miss.cause for miss in made.misses] == [MissCause.NOT_AN_ID]

    def test_the_mappings_country_is_for_rules_that_name_none(self) -> None:
        """One country for all its phone rules is entered once."""
        rules = [association(match_by="phone"), association(match_by="phone", default_country="US")]
        mapped = mapper(TIMED, associations=rules, default_country="de")
        links = call(mapped, at=TIME, x="030 12345").links
        assert [link.rule.default_country for link in links] == ["DE", "US"]

    def test_a_rule_that_never_finds_anything_is_named(self) -> None:
        """An association's source may be misspelt as well as a property's."""
        mapped = mapper(TIMED, associations=[association(), association(source="y")])
        for _ in range(20):
            call(mapped, at=TIME, y=5)
        assert [words.partition("]")[0] for words in mapped.never_filled] == ["mappings[0"]
        assert mapped.never_filled[0].endswith(".source (x)")

    def test_no_value_is_not_missing(self) -> None:
        """A record that names nobody misses nobody."""
        assert call(mapper(TIMED, associations=[association(if_missing="reject")]), at=TIME).links == ()

    def test_a_link_is_required(self) -> None:
        """A call that nothing can be linked to is rejected, as nobody would see it."""
        mapped = mapper(TIMED, associations=[association()], require_association=True)
        assert call(mapped, at=TIME, x=5).needs_link
        found = rejection(mapped, at=TIME, x="no id")
        assert found.reason.startswith("no association")
        assert found.rule == "mappings[0].require_association"

    def test_a_link_is_not_required(self) -> None:
        """By default such a call is written."""
        assert not call(mapper(TIMED, associations=[association()]), at=TIME).needs_link


class TestKey:
    """The external id, and what a person knows a record by."""

    PLAN = StreamPlan((("id",), ("at",)), updates=True)

    def test_by_primary_key(self) -> None:
        """The key is in the properties too, or HubSpot would not keep it."""
        found = call(mapper(TIMED, external_id_property="dialer_call_id", plan=self.PLAN), at=TIME, id=7.0)
        assert found.key == Key("dialer_call_id", f"7|{TIME}")
        assert json.loads(found.properties)["dialer_call_id"] == f"7|{TIME}"
        assert found.name == f"7|{TIME}"
        assert found.updates

    def test_missing(self) -> None:
        """Without its key a record is rejected, whatever if_invalid says elsewhere."""
        found = rejection(mapper(TIMED, external_id_property="dialer_call_id", plan=self.PLAN), at=TIME)
        assert found.reason.startswith('dialer_call_id: the value of "id" is missing')
        assert found.rule == "mappings[0].external_id_property"

    def test_the_external_id_is_no_property_rule(self) -> None:
        """A rule for the same property does not get in its way."""
        mapped = mapper(
            TIMED,
            rule("dialer_call_id", "other"),
            external_id_property="dialer_call_id",
            external_id_source="id",
        )
        found = call(mapped, at=TIME, id="1", other="2")
        assert json.loads(found.properties)["dialer_call_id"] == "1"

    def test_a_name_without_a_key(self) -> None:
        """The primary key serves for a name, cut and fit to be logged."""
        mapped = mapper(TIMED, plan=self.PLAN)
        found = call(mapped, at=TIME, id="a\n" + "x" * 100)
        assert found.key is None
        assert found.name == "a�" + "x" * 62

    def test_no_name(self) -> None:
        """Where a part of the primary key is missing, or there is none, so is the name."""
        assert call(mapper(TIMED, plan=self.PLAN), at=TIME).name == ""
        assert call(mapper(TIMED), at=TIME, id=5).name == ""

    def test_a_rejection_has_a_name(self) -> None:
        """It is how a person finds the row."""
        assert rejection(mapper(TIMED, plan=StreamPlan((("id",),))), id=7).name == "7"


def test_fields_are_named_for_messages() -> None:
    """What HubSpot says of a property can be told of the field that it came from."""
    mapped = mapper(TIMED, rule("hs_call_status", default="BUSY"), rule("score", "a || b"))
    fields = call(mapped, at=TIME, tags="a").fields
    assert (fields["hs_timestamp"], fields["score"], fields["tags"]) == ("at", "a || b", "tags")
    assert "hs_call_status" not in fields


def test_an_undefined_property_is_text() -> None:
    """Where definitions could not be read, an account's own properties can still be written."""
    assert properties(mapper(TIMED, rule("own", "x")), at=TIME, x={"a": 1})["own"] == '{"a":1}'


MARK = "Zq9"
"""Stands in every hostile text, so that a reason that repeats one can be told."""

hostile = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([TIME, 1705313730, "Busy", "INBOUND", "agent@example.com", 10**4000, 2**70, 1e308])
    | st.text().map(MARK.__add__)
    | st.text(st.characters(categories=["Cs", "Cc", "Zs", "Nd"])).map(MARK.__add__),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
)
NAMES = ["at", "x", "s", "d", "o", "id", "who", "hs_timestamp", "score", "tags", "hs_call_body", "hubspot_owner_id"]
data = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), hostile)


def everything() -> Mapper:
    return mapper(
        rule("hs_timestamp", "at"),
        rule("hs_call_title", "join(' ', [x.name, 'called', who][?@])"),
        rule("hs_call_body", "x", conversion="text_to_html"),
        rule("hs_call_duration", "s", conversion="seconds_to_milliseconds", if_invalid="skip"),
        rule("hs_call_direction", "d", values=["in=INBOUND", "*=OUTBOUND"]),
        rule("hs_call_disposition", "o", if_invalid="skip", default="Busy"),
        rule("hubspot_owner_id", "x.a"),
        rule("own", "@"),
        associations=[association("who"), association("x[].a", match_by="email", if_missing="reject")],
        external_id_property="dialer_call_id",
        plan=StreamPlan((("id",),)),
    )


MAPPER = everything()


@given(data)
def test_any_record_becomes_a_call_or_a_rejection(data: dict[str, Any]) -> None:
    """Nothing that a record holds raises; a call has text in every property; a rejection repeats nothing."""
    mapped = MAPPER.map(Record(STREAM, data, b""))
    assert not isinstance(mapped, Skipped)
    if isinstance(mapped, Call):
        found = json.loads(mapped.properties)
        assert all(isinstance(text, str) and text for text in found.values())
        assert found["dialer_call_id"] == (mapped.key and mapped.key.value)
        assert all(link.value and link.value.encode() for link in mapped.links)
    else:
        assert MARK not in mapped.reason
        assert mapped.reason.isprintable()
        assert mapped.rule.startswith("mappings[0].")
    assert mapped.name.isprintable()
    assert len(mapped.name) <= 64


@given(data)
def test_mapping_is_pure(data: dict[str, Any]) -> None:
    """A record stays as it was, and comes out the same again: of another mapper too."""
    before = deepcopy(data)
    first, second = (mapper.map(Record(STREAM, data, b"")) for mapper in (MAPPER, everything()))
    assert repr(data) == repr(before)
    match first, second:
        case Call(), Call():
            assert first.properties == second.properties
            assert first.links == second.links
        case Rejection(), Rejection():
            assert first == second
        case _:
            pytest.fail("a call and a rejection of one record")


def test_records_are_not_mixed_up() -> None:
    """What one record holds is not in the next one's call."""
    mapped = mapper(TIMED, rule("score", "s"))
    call(mapped, at=TIME, s=1, tags=["a"])
    assert properties(mapped, at=TIME) == {"hs_timestamp": STAMP}


def test_wide_records() -> None:
    """Five hundred columns more or less make no difference."""
    wide: Mapping[str, Any] = {f"column_{index}": index for index in range(500)}
    assert properties(mapper(TIMED), at=TIME, **wide) == {"hs_timestamp": STAMP}


def test_rules_that_never_find_anything_are_named() -> None:
    """A misspelt path, or an expression that fails on every record, would leave a property empty without a word."""
    rules = (
        TIMED,
        rule("hs_call_title", "titel"),
        rule("hs_call_body", "join(' ', at)"),
        rule("score", "s", default="1"),
    )
    mapped = mapper(*rules)
    for _ in range(19):
        call(mapped, at=TIME)
    assert not list(mapped.never_filled)
    call(mapped, at=TIME, s=3)
    assert mapped.never_filled == (
        "mappings[0].properties[1].source (titel)",
        "mappings[0].properties[2].source (join(' ', at))",
    )
    call(mapped, at=TIME, titel="found after all")
    assert len(mapped.never_filled) == 1
