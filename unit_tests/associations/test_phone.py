"""Phone numbers: one key for one number, however it is written, and none for what may be several numbers."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from destination_hubspot_calls.associations.phone import Phone, WrittenPhone
from destination_hubspot_calls.messages import MissCause


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("+49 30 1234567", None, "+49301234567"),
        ("+49 (0)30 123 45-67", None, "+49301234567"),
        ("\uff0b49 30 1234567", None, "+49301234567"),
        ("tel:+1-415-555-0102", None, "+14155550102"),
        ("sip:+14155550102@sip.example.com", None, "+14155550102"),
        ("sip:4155550102@10.1.1.1", "US", "+14155550102"),
        ("+1 (415) 555-0102 ext. 5", None, "+14155550102"),
        ("0049 30 1234567", None, "+49301234567"),
        ("0049 30 1234567", "US", "+49301234567"),
        ("011 49 30 1234567", "US", "+49301234567"),
        ("030 1234567", "DE", "+49301234567"),
        ("49301234567", "DE", "+49301234567"),
        ("+36 30 1234567", "DE", "+36301234567"),
        ("(415) 555-0102", "US", "+14155550102"),
        ("1-415-555-0102", "US", "+14155550102"),
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("06 1234567", "IT", "+39061234567"),
        ("+52 1 55 1234 5678", None, "+525512345678"),
        ("+52 55 1234 5678", None, "+525512345678"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("+54 9 11 2345-6789", None, "+541123456789"),
        ("011 15-2345-6789", "AR", "+541123456789"),
        ("+54 11 2345-6789", None, "+541123456789"),
        ("49301234567", None, "+49301234567"),
        ("4930123456789", "US", "+4930123456789"),
        ("14155550102", "DE", "+14155550102"),
        ("0049 30 123456789", "DE", "+4930123456789"),
        ("4155550132.0", "US", "+14155550132"),  # of a table whose other rows are empty
        ("14155550132.0", None, "+14155550132"),
        ("1.4155550132E+10", None, "+14155550132"),
        ("4.930123456789E+12", None, "+4930123456789"),
        ("030123456 mobil", "DE", "+4930123456"),
        ("+1 (415) 555-0132 (mobile)", None, "+14155550132"),
        ("(415) 555-0132 home", "US", "+14155550132"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("1 800 FLOWERS", "US", "+18003569377"),
        ("493015876184929", None, "+493015876184929"),  # of fifteen digits
        ("123-555-0102", "US", "+11235550102"),  # by its length
        ("1111", "DE", "+491111"),
        ("+14155550102".ljust(300), None, "+14155550102"),
        ("+52 1234567890", None, "+521234567890"),  # the 1 is no prefix
        ("+52 155 1234 56789", None, "+52155123456789"),
    ],
)
def test_a_number_is_read_as_it_is_written(written: str, country: str | None, number: str) -> None:
    """Every way of writing that sources and people have, as E.164."""
    assert Phone(country).normalize(written) == number


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("030 1234567", None),
        ("4930123456", None),
        ("4930123456+7", None),
        ("4.930123456789E+11", None),
        ("99999012345678", None),
        ("5550102", "US"),
        ("101", "DE"),
        ("anonymous", "DE"),
        ("+", None),
        ("+1415555010212345678", None),
        ("0000", None),
        ("00123", None),
        ("", "DE"),
    ],
)
def test_what_may_be_several_numbers_is_none(written: str, country: str | None) -> None:
    """Without a country, without an area code, or no number at all: a link to it would be a guess."""
    assert Phone(country).normalize(written) is None


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("+49301234567", ("301234567",)),
        ("+33655555555", ("655555555",)),
        ("+5511999999999", ("11999999999",)),
        ("+14155550102", ("4155550102",)),
        ("+39061234567", ("61234567", "061234567")),
        ("+74951234567", ("4951234567", "84951234567")),
    ],
)
def test_the_search_is_for_area_code_and_local_number(number: str, digits: tuple[str, ...]) -> None:
    """As HubSpot's calculated properties have it: digits, without the country."""
    assert Phone(None).variants(number) == digits


def test_a_property_without_a_calculated_one_is_searched_as_people_write() -> None:
    """What is stored as text is found only by the same text."""
    assert WrittenPhone(Phone("DE")).variants("+49301234567") == (
        "+49301234567",
        "+49 30 1234567",
        "49301234567",
        "030 1234567",
        "0301234567",
    )
    assert WrittenPhone(Phone("DE")).normalize("030 1234567") == "+49301234567"


def test_the_words_for_a_number_that_cannot_be_read_tell_what_would_help() -> None:
    """A country in the configuration, where there is none."""
    assert "default_country" in Phone(None).invalid_reason
    assert "of DE" in WrittenPhone(Phone("DE")).invalid_reason


@given(st.text("+0123456789 ()-/.", max_size=25), st.sampled_from([None, "DE", "US", "IT", "RU", "MX", "AR"]))
def test_the_key_of_a_key_is_the_key(written: str, country: str | None) -> None:
    """What is remembered under a number must be found by it, and any number that has a key can be searched for."""
    key = Phone(country).normalize(written)
    if key is not None:
        assert Phone(country).normalize(key) == key
        assert all(spelling.isdigit() for spelling in Phone(country).variants(key))
        assert all(WrittenPhone(Phone(country)).variants(key))


@given(st.sampled_from(["DE", "US", "IT", "GB", "FR", "JP", "BR", "IN", "ZA"]), st.data())
def test_all_formats_of_a_number_are_one_key(country: str, data: st.DataObject) -> None:
    """A source and HubSpot need not write alike."""
    example = phonenumbers.example_number(country)
    assert example is not None
    last = data.draw(st.integers(0, 999))
    example.national_number = int(example.national_number or 0) // 1000 * 1000 + last
    formats = (
        PhoneNumberFormat.E164,
        PhoneNumberFormat.INTERNATIONAL,
        PhoneNumberFormat.NATIONAL,
        PhoneNumberFormat.RFC3966,
    )
    keys = {Phone(country).normalize(phonenumbers.format_number(example, form)) for form in formats}
    assert keys == {phonenumbers.format_number(example, PhoneNumberFormat.E164)}


@pytest.mark.parametrize(
    ("country", "value", "cause"),
    [
        (None, "030 1234567", MissCause.NO_COUNTRY),
        (None, "the one with the blue door", MissCause.NOT_A_NUMBER),
        (None, "anonymous", MissCause.WITHHELD),
        ("US", "0000000000", MissCause.WITHHELD),
        ("DE", "12", MissCause.NOT_A_NUMBER),
        (None, "+1", MissCause.NOT_A_NUMBER),
        (None, "12345", MissCause.NO_COUNTRY),
        (None, "1234", MissCause.NOT_A_NUMBER),
        ("DE", "11", MissCause.NOT_A_NUMBER),
    ],
)
def test_why_a_value_is_no_number_can_be_counted(country: str | None, value: str, cause: str) -> None:
    """A missing default_country is the mapping's fault, a word in place of a number the source's."""
    assert Phone(country).cause(value) == cause
    assert WrittenPhone(Phone(country)).cause(value) == cause


@pytest.mark.parametrize("country", [None, "US", "DE"])
@pytest.mark.parametrize(
    "value",
    [
        "0000000000",
        "+1 000 000 0000",
        "+15555555555",
        "555-555-5555",
        "9999999999",
        "+49 11111111",
        "0",
        "11111",
        "anonymous",
        "Anonymous",
        "RESTRICTED",
        "No Caller ID",
        "private number",
        "sip:anonymous@anonymous.invalid",
        "+266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
    ],
)
def test_a_withheld_number_is_nobodys(value: str, country: str | None) -> None:
    """Every such call would be linked to the one contact that someone gave it, too."""
    assert Phone(country).normalize(value) is None
    assert Phone(country).cause(value) == MissCause.WITHHELD


def test_a_word_on_the_keypad_is_known_without_its_plus() -> None:
    """Some sources keep digits only."""
    assert Phone(None).cause("266696687") == Phone("US").cause("266696687") == MissCause.WITHHELD


def test_a_number_that_also_spells_a_word_is_a_number_where_it_can_be_one() -> None:
    """In Austin, 737-874-2833 is a telephone."""
    assert Phone("US").normalize("(737) 874-2833") == "+17378742833"


def test_a_number_with_digits_in_a_row_is_one() -> None:
    """Only those of one digit alone are placeholders."""
    assert Phone("DE").normalize("030 1111112") == "+49301111112"


@pytest.mark.parametrize(("key", "searched"), [("+525512345678", "15512345678"), ("+541123456789", "91123456789")])
def test_a_mobile_number_is_searched_with_and_without_what_is_dialled_from_abroad(key: str, searched: str) -> None:
    """A contact may have been saved either way."""
    variants = Phone(None).variants(key)
    assert key[3:] in variants
    assert searched in variants
    assert f"+{key[1:3]}{searched}" in WrittenPhone(Phone(None)).variants(key)


@pytest.mark.parametrize("country", [None, "US", "DE"])
def test_a_number_of_which_a_spreadsheet_lost_digits_is_none(country: str | None) -> None:
    """Zeros in their place are somebody else's number."""
    assert Phone(country).normalize("1.41556E+10") is None
    assert Phone(country).normalize("4155550132.0") != "+41555501320", "ten digits, not eleven"
