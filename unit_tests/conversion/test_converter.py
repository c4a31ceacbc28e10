"""Values → HubSpot's text, type by type: one row is one case."""

import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.config.fields import Conversion
from destination_hubspot_calls.conversion import InvalidValue, Manner, Vocabulary, converter
from destination_hubspot_calls.hubspot.models import Disposition, Owner, Property

GUID = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
CUSTOM_GUID = "11111111-2222-3333-4444-555555555555"

OUTCOMES = (
    Disposition(id=GUID, label="Connected"),
    Disposition(id="9d9162e7-6cf3-4944-bf63-4dff82258764", label="Busy"),
    Disposition(id="aaaaaaaa-6cf3-4944-bf63-4dff82258764", label="Called back"),
    Disposition(id="bbbbbbbb-6cf3-4944-bf63-4dff82258764", label="Called Back"),
    Disposition(id=CUSTOM_GUID, label="Old outcome", deleted=True),
)
OWNERS = (
    Owner(id="77", email="Agent@Example.com"),
    Owner(id="78", email="two.desks@example.com"),
    Owner(id="79", email="two.desks@example.com"),
    Owner(id="80", email="returned@example.com", archived=True),
    Owner(id="81", email="returned@example.com"),
    Owner(id="82", email="former@example.com", archived=True),
)
VOCABULARY = Vocabulary({}, OUTCOMES, OWNERS)


def definition(kind: str, name: str = "p", **others: Any) -> Property:
    return Property.model_validate({"name": name, "type": kind, **others})


def enumeration(*options: tuple[str, str], field_type: str = "select", **others: Any) -> Property:
    known = [{"value": value, "label": label} for value, label in options]
    return definition("enumeration", fieldType=field_type, options=known, **others)


STRING = definition("string")
NUMBER = definition("number")
DATETIME = definition("datetime")
DATE = definition("date")
BOOL = definition("bool")
DIRECTION = enumeration(("INBOUND", "Incoming"), ("OUTBOUND", "Outgoing"))
SHIFTING = enumeration(("a", "b"), ("b", "c"), ("X", "Same"), ("Y", "Same"), ("z1", "Zed"), ("Z1", "zed"), ("Q", "x"))
BOXES = enumeration(("red", "Red"), ("blue", "Blue"), ("g;n", "Green; natural"), field_type="checkbox")
ELSEWHERE = enumeration(("1", "One"), externalOptions=True)
UNKNOWN = enumeration()
YES_NO = enumeration(("true", "Answered"), ("false", "Not answered"))
OUTCOME = definition("enumeration", "hs_call_disposition", options=[{"value": "unused", "label": "Unused"}])
OWNER = definition("enumeration", "hubspot_owner_id", externalOptions=True)
OTHER_OWNER = definition("enumeration", "reviewer", referencedObjectType="OWNER", fieldType="select")
RECORDING = definition("string", "hs_call_recording_url")
OWNER_BOXES = definition("enumeration", "team", referencedObjectType="OWNER", fieldType="checkbox")


def convert(
    prop: Property, value: object, conversion: Conversion | None = None, vocabulary: Vocabulary = VOCABULARY
) -> str | None:
    return converter(prop, conversion, vocabulary)(value)


FITS: dict[str, tuple[Property, object, str]] = {
    # string
    "text": (STRING, "Grüße, 世界 👋", "Grüße, 世界 👋"),
    "text with blanks around": (STRING, "  a ", "  a "),
    "text with NUL": (STRING, "a\0b", "a\0b"),
    "integer as text": (STRING, 42, "42"),
    "2^70 as text": (STRING, 2**70, "1180591620717411303424"),
    "float as JSON has it": (STRING, 1.5, "1.5"),
    "true as text": (STRING, True, "true"),
    "false as text": (STRING, False, "false"),
    "zero as text": (STRING, 0, "0"),
    "object as JSON": (STRING, {"a": [1, None, "ü"]}, '{"a":[1,null,"ü"]}'),
    "list as JSON": (STRING, ["a", 2**70], '["a",1180591620717411303424]'),
    "empty object as JSON": (STRING, {}, "{}"),
    "65,536 characters": (STRING, "x" * 65_536, "x" * 65_536),
    "phone number": (definition("phone_number"), "+49 30 1234", "+49 30 1234"),
    "number for json": (definition("json"), {"a": 1}, '{"a":1}'),
    "type that nobody knows": (definition("hologram"), "x", "x"),
    # number
    "integer": (NUMBER, 7, "7"),
    "negative": (NUMBER, -7, "-7"),
    "float": (NUMBER, 1.25, "1.25"),
    "float without fraction": (NUMBER, 1.0, "1"),
    "minus zero": (NUMBER, -0.0, "0"),
    "large float without fraction": (NUMBER, 1e22, "10000000000000000000000"),
    "small float without exponent": (NUMBER, 1e-7, "0.0000001"),
    "largest float": (NUMBER, 1e308, "1" + "0" * 308),
    "2^70": (NUMBER, 2**70, "1180591620717411303424"),
    "numeric text": (NUMBER, " 12.50 ", "12.50"),
    "text without fraction": (NUMBER, "1.0", "1"),
    "text with exponent": (NUMBER, "1e3", "1000"),
    "text with E and sign": (NUMBER, "+1.5E-1", "0.15"),
    "digits beyond a float": (NUMBER, "1234567890123456789.123456789", "1234567890123456789.123456789"),
    "leading zeros": (NUMBER, "007", "7"),
    "point first": (NUMBER, ".5", "0.5"),
    "point last": (NUMBER, "5.", "5"),
    "zero of any size": (NUMBER, "0e999", "0"),
    # bool
    "true": (BOOL, True, "true"),
    "false": (BOOL, False, "false"),
    "TRUE in text": (BOOL, " TRUE ", "true"),
    "no in text": (BOOL, "No", "false"),
    "yes in text": (BOOL, "yes", "true"),
    "1": (BOOL, 1, "true"),
    "1.0": (BOOL, 1.0, "true"),
    "0 in text": (BOOL, "0", "false"),
    "y": (BOOL, "Y ", "true"),
    "n": (BOOL, "n", "false"),
    "t": (BOOL, "t", "true"),
    "f": (BOOL, "F", "false"),
    "boolean options, by a word": (YES_NO, "y", "true"),
    "boolean options, by a boolean": (YES_NO, False, "false"),
    "boolean options, by a number": (YES_NO, 1.0, "true"),
    "boolean options, by their label first": (enumeration(("true", "No"), ("false", "Yes")), "no", "true"),
    # date
    "date": (DATE, "2024-02-29", "2024-02-29"),
    "date without dashes": (DATE, "20240229", "2024-02-29"),
    "date of a time": (DATE, "2024-02-29T23:59:59Z", "2024-02-29"),
    "date as written, where there is no offset": (DATE, "2024-02-29 23:59:59", "2024-02-29"),
    "day of an instant, in UTC": (DATE, "2024-02-29T23:59:59-08:00", "2024-03-01"),
    "day of an epoch": (DATE, 1705313730, "2024-01-15"),
    "American date, which is no other": (DATE, "01/15/2024", "2024-01-15"),
    "date with blanks around": (DATE, " 2024-02-29\n", "2024-02-29"),
    # enumeration
    "value": (DIRECTION, "INBOUND", "INBOUND"),
    "label": (DIRECTION, "Incoming", "INBOUND"),
    "value without case": (DIRECTION, "inbound", "INBOUND"),
    "label without case": (DIRECTION, "OUTgoing", "OUTBOUND"),
    "value with blanks around": (DIRECTION, " INBOUND ", "INBOUND"),
    "value before label": (SHIFTING, "b", "b"),
    "label where no value": (SHIFTING, "c", "b"),
    "label as it is before value without case": (SHIFTING, "x", "Q"),
    "value as it is though another differs in case": (SHIFTING, "z1", "z1"),
    "number for a value": (enumeration(("1", "One")), 1, "1"),
    "float for a value": (enumeration(("1", "One")), 1.0, "1"),
    "boolean for a value": (enumeration(("true", "Yes")), True, "true"),
    "hidden option": (definition("enumeration", options=[{"value": "h", "label": "H", "hidden": True}]), "h", "h"),
    "the same option twice": (enumeration(("a", "A"), ("a", "A")), "a", "a"),
    "options kept elsewhere": (ELSEWHERE, "anything", "anything"),
    "no options known": (UNKNOWN, "anything", "anything"),
    # checkboxes
    "list": (BOXES, ["red", "Blue"], "red;blue"),
    "joined text": (BOXES, "Red; BLUE", "red;blue"),
    "list of joined text": (BOXES, ["red;blue"], "red;blue"),
    "one of several": (BOXES, "red", "red"),
    "each once": (BOXES, ["red", "RED", "red;red"], "red"),
    "nulls and blanks in a list": (BOXES, [None, "red", " "], "red"),
    "label with a semicolon": (BOXES, "Green; natural", "g;n"),
    "attachments": (definition("string", "hs_attachment_ids"), [12, "34"], "12;34"),
    # outcomes
    "GUID": (OUTCOME, GUID, GUID),
    "GUID in capitals": (OUTCOME, GUID.upper(), GUID),
    "outcome's label": (OUTCOME, "Connected", GUID),
    "outcome's label without case": (OUTCOME, " connected", GUID),
    "one of two labels that differ in case": (OUTCOME, "Called back", "aaaaaaaa-6cf3-4944-bf63-4dff82258764"),
    # owners
    "owner's id": (OWNER, "77", "77"),
    "owner's id as number": (OWNER, 77, "77"),
    "owner's id as float": (OWNER, 77.0, "77"),
    "owner's id as a decimal in text": (OWNER, "77.0", "77"),
    "owner's address": (OWNER, "agent@example.com", "77"),
    "present owner before former": (OWNER, "returned@example.com", "81"),
    "former owner": (OWNER, "former@example.com", "82"),
    "other owner property": (OTHER_OWNER, "AGENT@example.com", "77"),
    "recording": (RECORDING, " HTTPS://example.com/1.mp3 ", "HTTPS://example.com/1.mp3"),
    "owner's address with a name": (OWNER, "Agent One <Agent@example.com>", "77"),
    "owner's address as a link": (OWNER, "mailto:agent@example.com", "77"),
    "several owners": (OWNER_BOXES, ["agent@example.com", "80"], "77;80"),
}  # fmt: skip


@pytest.mark.parametrize(("prop", "value", "expected"), FITS.values(), ids=FITS.keys())
def test_a_value_that_fits(prop: Property, value: object, expected: str) -> None:
    """What a property's type accepts becomes the text that HubSpot takes for it."""
    assert convert(prop, value) == expected


TIMES: dict[str, tuple[object, int]] = {
    "Z": ("2024-01-15T10:15:30Z", 1705313730000),
    "no offset is UTC": ("2024-01-15T10:15:30", 1705313730000),
    "blank between": ("2024-01-15 10:15:30", 1705313730000),
    "lower case": ("2024-01-15t10:15:30z", 1705313730000),
    "blanks around": (" 2024-01-15T10:15:30Z\n", 1705313730000),
    "offset": ("2024-01-15T10:15:30+01:00", 1705310130000),
    "offset without colon": ("2024-01-15T10:15:30-0530", 1705333530000),
    "offset in hours": ("2024-01-15T10:15:30+01", 1705310130000),
    "offset of less than an hour": ("2024-01-15T10:15:30-00:30", 1705315530000),
    "no seconds": ("2024-01-15T10:15Z", 1705313700000),
    "no minutes": ("2024-01-15T10", 1705312800000),
    "date only": ("2024-01-15", 1705276800000),
    "basic format": ("20240115T101530Z", 1705313730000),
    "basic format with offset and fraction": ("20240115T101530.25+0100", 1705310130250),
    "tenths": ("2024-01-15T10:15:30.5Z", 1705313730500),
    "milliseconds": ("2024-01-15T10:15:30.123Z", 1705313730123),
    "microseconds are cut": ("2024-01-15T10:15:30.123999Z", 1705313730123),
    "nanoseconds are cut": ("2024-01-15T10:15:30.123999999+00:00", 1705313730123),
    "decimal comma": ("2024-01-15T10:15:30,5", 1705313730500),
    "before 1970": ("1969-12-31T23:59:59.9999Z", -1),
    "year 1": ("0001-01-01T00:00:00Z", -62135596800000),
    "epoch seconds": (1705313730, 1705313730000),
    "epoch seconds as float": (1705313730.123, 1705313730123),
    "epoch seconds as text": ("1705313730", 1705313730000),
    "epoch seconds with fraction as text": ("1705313730.1239", 1705313730123),
    "epoch seconds with exponent as text": ("1.70531373e9", 1705313730000),
    "epoch milliseconds": (1705313730123, 1705313730123),
    "epoch milliseconds as text": (" 1705313730123 ", 1705313730123),
    "epoch milliseconds as float": (1705313730123.75, 1705313730123),
    "epoch microseconds": (1705313730123999, 1705313730123),
    "epoch nanoseconds": (1705313730123999999, 1705313730123),
    "smallest seconds": (10**8, 10**11),
    "largest seconds": (10**11 - 1, 99_999_999_999_000),
    "smallest milliseconds": (10**11, 10**11),
    "largest milliseconds": (10**14 - 1, 10**14 - 1),
    "smallest microseconds": (10**14, 10**11),
    "largest microseconds": (10**17 - 1, 10**14 - 1),
    "smallest nanoseconds": (10**17, 10**11),
    "negative seconds": (-(10**8), -(10**11)),
    "negative milliseconds": (-(10**11), -(10**11)),
    "negative microseconds are cut towards the past": (-(10**14) - 1, -(10**11) - 1),
    "nine digits as text": ("100000000", 10**11),
}


@pytest.mark.parametrize(("value", "expected"), TIMES.values(), ids=TIMES.keys())
def test_a_time(value: object, expected: int) -> None:
    """ISO 8601 of any shape and epochs of any unit become milliseconds, on every version of Python alike."""
    assert convert(DATETIME, value) == str(expected)


NO_FIT: dict[str, tuple[Property, object]] = {
    "65,537 characters": (STRING, "x" * 65_537),
    "JSON of more than 65,536 characters": (STRING, ["x" * 65_536]),
    "lone surrogate": (STRING, "a\ud800b"),
    "lone surrogate inside": (STRING, {"a": ["\udfff"]}),
    "NaN as text": (STRING, math.nan),
    "infinity inside": (STRING, [math.inf]),
    "integer that Python does not write": (STRING, 10**5000),
    "words for a number": (NUMBER, "seven"),
    "hexadecimal": (NUMBER, "0x10"),
    "digits with underscore": (NUMBER, "1_000"),
    "thousands": (NUMBER, "1,000"),
    "digits of another script": (NUMBER, "١٢"),
    "NaN": (NUMBER, math.nan),
    "NaN in text": (NUMBER, "NaN"),
    "infinity": (NUMBER, -math.inf),
    "1e400 in text": (NUMBER, "1e400"),
    "exponent that would fill the memory": (NUMBER, "1e999999999"),
    "boolean for a number": (NUMBER, True),
    "list for a number": (NUMBER, [1]),
    "object for a number": (NUMBER, {}),
    "integer beyond numbers": (NUMBER, 10**5000),
    "two for a boolean": (BOOL, 2),
    "word for a boolean": (BOOL, "maybe"),
    "list for a boolean": (BOOL, [True]),
    "no such day": (DATE, "2023-02-29"),
    "day of a week": (DATE, "2024-W03-1"),
    "date of which day and month may be meant": (DATE, "01/02/2024"),
    "word for boolean options": (YES_NO, "maybe"),
    "a word of booleans for other options": (DIRECTION, "y"),
    "mixed formats": (DATE, "2024-0115"),
    "word for a time": (DATETIME, "tomorrow"),
    "true for a time": (DATETIME, True),
    "small number for a time": (DATETIME, 99_999_999),
    "small negative number for a time": (DATETIME, -99_999_999),
    "eight digits as text": (DATETIME, "20240115"),
    "eight digits with blanks": (DATETIME, " 20240115 "),
    "eight digits as number": (DATETIME, 20240115),
    "zero": (DATETIME, 0),
    "year 10000 in nanoseconds": (DATETIME, 253402300800 * 10**9),
    "far too large": (DATETIME, 10**30),
    "infinity for a time": (DATETIME, math.inf),
    "NaN for a time": (DATETIME, math.nan),
    "exponent for a time": (DATETIME, "1e999999999"),
    "hour 25": (DATETIME, "2024-01-15T25:00:00Z"),
    "offset of a day": (DATETIME, "2024-01-15T10:00:00+24:00"),
    "year 0": (DATETIME, "0000-01-01T00:00:00Z"),
    "time only": (DATETIME, "10:15:30"),
    "zone by letters": (DATETIME, "2024-01-15 10:15:30 CET"),
    "digits of another script for a time": (DATETIME, "٢٠٢٤-01-15T10:15:30Z"),
    "list for a time": (DATETIME, ["2024-01-15"]),
    "no option": (DIRECTION, "sideways"),
    "list for one option": (DIRECTION, ["INBOUND"]),
    "object for an option": (DIRECTION, {"value": "INBOUND"}),
    "label of two options": (SHIFTING, "Same"),
    "label of two options without case": (SHIFTING, "same"),
    "two values that differ in case": (enumeration(("z1", "A"), ("Z1", "B")), "zed"),
    "neither of two values that differ in case": (enumeration(("aB", "1"), ("Ab", "2"), ("c", "AB")), "ab"),
    "one wrong of several": (BOXES, "red;mauve"),
    "list in a list": (BOXES, [["red"]]),
    "object among several": (BOXES, [{"a": 1}]),
    "lone surrogate for an option": (UNKNOWN, "\ud800"),
    "object for options kept elsewhere": (ELSEWHERE, {"a": 1}),
    "unknown outcome": (OUTCOME, "Delighted"),
    "unknown GUID": (OUTCOME, "22222222-2222-3333-4444-555555555555"),
    "deleted outcome": (OUTCOME, "Old outcome"),
    "deleted outcome's GUID": (OUTCOME, CUSTOM_GUID),
    "outcome's label that two have without case": (OUTCOME, "CALLED BACK"),
    "user id for an owner": (OWNER, 9_000_001),
    "unknown address": (OWNER, "zoe@example.com"),
    "recording without TLS": (RECORDING, "http://example.com/1.mp3"),
    "address of two owners": (OWNER, "two.desks@example.com"),
    "true for an owner": (OWNER, True),
    "addresses of several owners for one": (OWNER, "agent@example.com, two.desks@example.com"),
    "recording of an endless address": (RECORDING, "https://example.com/" + "x" * 65_536),
}


@pytest.mark.parametrize(("prop", "value"), NO_FIT.values(), ids=NO_FIT.keys())
def test_a_value_that_does_not_fit(prop: Property, value: object) -> None:
    """What a property's type does not accept is refused here, with a reason, not by HubSpot."""
    with pytest.raises(InvalidValue) as misfit:
        convert(prop, value)
    assert str(misfit.value)


@pytest.mark.parametrize("value", [[None], ["", " "], ";", [None, ";"]], ids=str)
def test_checkboxes_of_which_none_is_left(value: object) -> None:
    """A list of nothing is no value, so that a default can take its place."""
    assert convert(BOXES, value) is None


def test_too_many_levels() -> None:
    """A value that is too deep to be written is refused, and does not crash."""
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidValue):
        convert(STRING, deep)


ON_TOP: dict[str, tuple[Conversion, Property, object, str]] = {
    "seconds": ("seconds_to_milliseconds", NUMBER, 93, "93000"),
    "seconds as text": ("seconds_to_milliseconds", NUMBER, "93", "93000"),
    "seconds with fraction": ("seconds_to_milliseconds", NUMBER, 1.005, "1005"),
    "seconds with a long fraction": ("seconds_to_milliseconds", NUMBER, "0." + 12 * "123", "123." + 11 * "123"),
    "any number of seconds": ("seconds_to_milliseconds", NUMBER, 2**70, str(2**70 * 1000)),
    "minutes": ("minutes_to_milliseconds", NUMBER, 1.5, "90000"),
    "minutes for text": ("minutes_to_milliseconds", STRING, 2, "120000"),
    "seconds for a time": ("seconds_to_milliseconds", DATETIME, 1705313730, "1705313730000"),
    "automatic": ("automatic", NUMBER, 1.0, "1"),
    "HTML": ("text_to_html", STRING, "a < b & c\nd\r\ne\rf", "a &lt; b &amp; c<br>d<br>e<br>f"),
    "HTML of an object": ("text_to_html", STRING, {"a": "<b>"}, '{"a":"&lt;b&gt;"}'),
    "HTML of a number": ("text_to_html", STRING, 5, "5"),
}  # fmt: skip


@pytest.mark.parametrize(("conversion", "prop", "value", "expected"), ON_TOP.values(), ids=ON_TOP.keys())
def test_a_named_conversion(conversion: Conversion, prop: Property, value: object, expected: str) -> None:
    """A named conversion comes on top of what the property's definition asks for."""
    assert convert(prop, value, conversion) == expected


@pytest.mark.parametrize("value", ["soon", True, [90], math.nan, {}], ids=str)
def test_no_duration(value: object) -> None:
    """What is neither a number nor a length in text is no duration."""
    with pytest.raises(InvalidValue):
        convert(NUMBER, value, "seconds_to_milliseconds")


def test_the_limit_counts_what_is_sent() -> None:
    """Escaping makes text longer, and HubSpot counts what it gets."""
    with pytest.raises(InvalidValue, match="65,536"):
        convert(STRING, "<" * 20_000, "text_to_html")


ADVISED: dict[str, tuple[object, str]] = {
    "clock": ("00:01:35", "seconds_to_milliseconds"),
    "length in words": ("1 min 35 sec", "minutes_to_milliseconds"),
    "decimal comma": ("1,5", r"replace\(field, ',', '.'\)"),
    "thousands": ("1,234,567.8", r"replace\(field, ',', ''\)"),
    "word": ("many", "95.25"),
}


@pytest.mark.parametrize(("value", "key"), ADVISED.values(), ids=ADVISED.keys())
def test_what_to_do_about_a_text_that_is_not_a_number(value: object, key: str) -> None:
    """Who sees INVALID_NUMBER wants to know which key to set."""
    with pytest.raises(InvalidValue, match=rf"{key}.*INVALID_NUMBER"):
        convert(NUMBER, value)


def test_what_can_be_chosen_is_named() -> None:
    """Who sees INVALID_OPTION in the log need not look into the account; a long list is named as far as it helps."""
    many = enumeration(*((f"o{number}", f"Option {number}") for number in range(20)))
    dozen = enumeration(*((f"o{number}", f"Option {number}") for number in range(12)))
    for prop, words in (
        (dozen, "o10, o11 (INVALID_OPTION)"),
        (DIRECTION, "options INBOUND, OUTBOUND"),
        (many, "o11, and 8 more"),
        (OUTCOME, "Connected, Busy"),
    ):
        with pytest.raises(InvalidValue) as invalid:
            convert(prop, "sideways")
        assert words in invalid.value.in_full


class TestCut:
    """Text that is longer than HubSpot holds is cut where the mapping has no other wish."""

    BODY = definition("string", "hs_call_body", fieldType="html")

    def cut(self, value: object, conversion: Conversion | None = None, prop: Property = STRING) -> tuple[str, Manner]:
        manner = Manner(cuts=True)
        converted = converter(prop, conversion, VOCABULARY, manner)(value)
        assert converted is not None
        assert len(converted) <= 65_536
        return converted, manner

    def test_text(self) -> None:
        """Nearly all of a long text is worth more than nothing of it, and the summary tells."""
        converted, manner = self.cut("x" * 65_537)
        assert converted == "x" * 65_535 + "…"
        assert manner.remarks == {"values of p cut to 65,536 characters": 1}

    def test_what_fits_is_left_alone(self) -> None:
        """Nothing is remarked of it."""
        converted, manner = self.cut("x" * 65_536)
        assert converted == "x" * 65_536
        assert not manner.remarks

    @pytest.mark.parametrize("conversion", [None, "text_to_html", "markdown_to_html"])
    def test_html_is_cut_as_html(self, conversion: Conversion | None) -> None:
        """Half an entity would be shown as letters."""
        value = "&amp;" * 20_000 if conversion is None else "&" * 70_000
        converted, manner = self.cut(value, conversion, self.BODY if conversion is None else STRING)
        assert converted.removeprefix("<p>").removesuffix("</p>").removesuffix("…").replace("&amp;", "") == ""
        assert sum(manner.remarks.values()) == 1

    def test_markdown_keeps_its_tags(self) -> None:
        """What is cut in bold ends in bold."""
        converted, _ = self.cut(f"**{'x' * 70_000}**", "markdown_to_html")
        assert converted.endswith("</p>")

    def test_an_address_is_never_cut(self) -> None:
        """Half an address leads nowhere."""
        with pytest.raises(InvalidValue, match="TOO_LONG"):
            self.cut(f"https://example.com/{'x' * 65_536}", prop=RECORDING)


class TestMarkdown:
    """`markdown_to_html` renders what AI notes are written in."""

    def test_it_is_rendered(self) -> None:
        """HubSpot would show the stars."""
        converted = convert(STRING, "- **Price** agreed\n- Next steps", "markdown_to_html")
        assert converted == "<ul>\n<li><strong>Price</strong> agreed</li>\n<li>Next steps</li>\n</ul>"

    def test_html_in_it_is_escaped(self) -> None:
        """What a caller dictates must not become a script on a page."""
        converted = convert(STRING, "a <script>x</script> [l](javascript:x) b", "markdown_to_html")
        assert converted is not None
        assert "<script" not in converted
        assert "href" not in converted


class TestNotRead:
    """What a token may not read is not checked more than it can be."""

    VOCABULARY = Vocabulary({})

    @pytest.mark.parametrize("value", ["Connected", "connected", GUID], ids=str)
    def test_standard_outcomes_are_known(self, value: str) -> None:
        """Every account has the six standard outcomes."""
        assert convert(OUTCOME, value, vocabulary=self.VOCABULARY) == GUID

    def test_any_guid_is_an_outcome(self) -> None:
        """An account's own outcomes can still be given by GUID."""
        assert convert(OUTCOME, CUSTOM_GUID.upper(), vocabulary=self.VOCABULARY) == CUSTOM_GUID

    def test_an_unknown_label_is_none(self) -> None:
        """A label can be no outcome that is not known."""
        with pytest.raises(InvalidValue):
            convert(OUTCOME, "Delighted", vocabulary=self.VOCABULARY)

    @pytest.mark.parametrize("value", ["4711", 4711, 4711.0], ids=str)
    def test_any_id_is_an_owner(self, value: object) -> None:
        """Ids need no look-up."""
        assert convert(OWNER, value, vocabulary=self.VOCABULARY) == "4711"

    def test_an_address_is_none(self) -> None:
        """An e-mail address would be refused by HubSpot, whoever has it."""
        with pytest.raises(InvalidValue, match="were not read"):
            convert(OWNER, "agent@example.com", vocabulary=self.VOCABULARY)


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text(st.characters(categories=["Cs", "Cc", "Nd", "Zs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
ANY_PROPERTY = st.sampled_from(
    [
        STRING,
        NUMBER,
        DATETIME,
        DATE,
        BOOL,
        DIRECTION,
        YES_NO,
        SHIFTING,
        BOXES,
        ELSEWHERE,
        UNKNOWN,
        OUTCOME,
        OWNER,
        OWNER_BOXES,
    ]
)
ANY_CONVERSION: st.SearchStrategy[Conversion | None] = st.sampled_from(
    [None, "automatic", "seconds_to_milliseconds", "minutes_to_milliseconds", "text_to_html", "markdown_to_html"]
)


@given(ANY_PROPERTY, ANY_CONVERSION, ANY_JSON)
def test_a_value_fits_or_does_not(prop: Property, conversion: Conversion | None, value: object) -> None:
    """Any JSON value becomes text that can be sent, or a misfit: nothing else is ever raised."""
    try:
        converted = convert(prop, value, conversion)
    except InvalidValue:
        return
    if converted is not None:
        converted.encode()


@given(st.integers(-(10**300), 10**300))
def test_integers_are_exact(value: int) -> None:
    """No digit of an integer is lost, as a number or as text."""
    assert convert(NUMBER, value) == convert(NUMBER, str(value)) == convert(STRING, value) == str(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_exact(value: float) -> None:
    """A number is written without an exponent and read back as the same."""
    written = convert(NUMBER, value)
    assert written is not None
    assert float(written) == value
    assert "e" not in written.lower()
    assert not written.endswith(".0")


@given(st.datetimes(), st.sampled_from(["T", " "]), st.sampled_from(["", "Z", "+00:00"]))
def test_times_keep_their_milliseconds(moment: datetime, between: str, offset: str) -> None:
    """A time as Python writes it is read to the millisecond."""
    since = moment.replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert convert(DATETIME, moment.isoformat(between) + offset) == str(since // timedelta(milliseconds=1))
