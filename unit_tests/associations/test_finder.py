"""Look-ups in HubSpot: what is asked, and what an answer means for each key."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson
import pytest

from destination_hubspot_calls.associations.domain import Domain
from destination_hubspot_calls.associations.finder import WrongRule, finder_for, needs_definitions
from destination_hubspot_calls.associations.match import NoMatch
from destination_hubspot_calls.associations.normalizer import Caseless, Email, Exact, RecordId
from destination_hubspot_calls.associations.phone import Phone
from destination_hubspot_calls.associations.read_finder import ReadFinder
from destination_hubspot_calls.associations.search_finder import SearchFinder
from destination_hubspot_calls.hubspot.batch_read import MAX_ATTEMPTS
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.hubspot.query import MAX_FOUND, MAX_PAGED, Query
from destination_hubspot_calls.messages import LinkRule
from unit_tests.wire import Json, Wire, answers, index, record

PAGE = MAX_FOUND
SHORT: tuple[Json, ...] = (
    {},
    {"status": "COMPLETE", "results": []},
    {"status": "PENDING", "results": []},
    {"status": "PENDING", "results": [], "errors": [{"category": "OBJECT_NOT_FOUND", "context": {}}]},
    {"status": "COMPLETE", "results": [], "errors": [{"category": "INTERNAL_ERROR", "message": "internal error"}]},
)
"""Answers that say nothing of any key."""


# ReadFinder properties


def by_email(wire: Wire) -> ReadFinder:
    return ReadFinder(wire.client, "contacts", "email", Email(), others=("hs_additional_emails",))


def test_contacts_are_found_by_primary_and_secondary_addresses() -> None:
    """One contact may be what two keys mean, and comes once."""
    contact = record(1, email="One@Example.com", hs_additional_emails="two@example.com; THREE@example.com")
    wire = answers({"results": [contact]})
    found = by_email(wire).find(["one@example.com", "three@example.com", "two@example.com"])
    assert set(found.values()) == {"1"}
    assert len(wire.asked) == 1
    assert wire.asked[0]["idProperty"] == "email"
    assert wire.asked[0]["properties"] == ["email", "hs_additional_emails", "hs_merged_object_ids"]


def test_what_hubspot_names_as_missing_has_no_match() -> None:
    """No second request for it."""
    wire = answers(
        {"results": [record(1, email="a@b.example")], "errors": [{"context": {"ids": ["x@b.example"]}}]},
    )
    found = by_email(wire).find(["a@b.example", "x@b.example"])
    assert found == {"a@b.example": "1", "x@b.example": NoMatch.NONE}


def test_what_an_answer_says_nothing_of_is_asked_again() -> None:
    """A 2xx with fewer results than it should have is seen in production."""
    wire = answers({"results": [record(1, email="a@b.example")]}, {"results": [record(2, email="c@b.example")]})
    assert by_email(wire).find(["a@b.example", "c@b.example"]) == {"a@b.example": "1", "c@b.example": "2"}
    assert wire.asked[1]["inputs"] == [{"id": "c@b.example"}]


def test_only_what_an_answer_says_nothing_of_is_asked_again() -> None:
    """Not what it names as missing, nor the second address of a contact that it gave."""
    contact = record(1, email="a@b.example", hs_additional_emails="b@b.example")
    named = {"errors": [{"context": {"ids": ["s@b.example"]}}]}
    wire = answers({"results": [contact], "errors": [{"context": {"ids": ["x@b.example"]}}]}, named)
    found = by_email(wire).find(["a@b.example", "b@b.example", "x@b.example", "s@b.example"])
    assert list(found.values()) == ["1", "1", NoMatch.NONE, NoMatch.NONE]
    assert wire.asked[1]["inputs"] == [{"id": "s@b.example"}]


@pytest.mark.parametrize("short", SHORT)
def test_one_short_answer_is_no_miss(short: Json) -> None:
    """What is taken for a miss stays one for the whole sync, so no single answer makes it one."""
    contacts = {"results": [record(1, email="a@b.example"), record(2, email="c@b.example")]}
    wire = answers(short, short, contacts)
    assert by_email(wire).find(["a@b.example", "c@b.example"]) == {"a@b.example": "1", "c@b.example": "2"}
    assert len(wire.pauses) == 2


@pytest.mark.parametrize("short", SHORT)
def test_silence_three_times_is_a_miss(short: Json) -> None:
    """An answer that leaves out what is missing, instead of naming it, must not be asked for ever."""
    wire = answers(*[short] * MAX_ATTEMPTS)
    assert by_email(wire).find(["a@b.example"])["a@b.example"] is NoMatch.NONE
    assert len(wire.asked) == MAX_ATTEMPTS == 3


def test_the_earlier_id_of_a_merged_record_leads_to_the_one_it_lives_on_in() -> None:
    """HubSpot answers the winner under its own id; the source still has the other."""
    wire = answers({"results": [record(2, hs_merged_object_ids="1;7"), record(3)]})
    found = ReadFinder(wire.client, "deals", "hs_object_id", RecordId()).find(["1", "3"])
    assert found == {"1": "2", "3": "3"}
    assert wire.asked[0]["properties"] == ["hs_object_id", "hs_merged_object_ids"]


def test_a_unique_value_of_a_merged_record_leads_to_the_one_it_lives_on_in() -> None:
    """The winner has a value of its own, so nothing in the answer is what was asked for."""
    winner = record(2, serial="B", hs_merged_object_ids="1")
    wire = answers({"results": [winner, record(3, serial="C")]})
    assert ReadFinder(wire.client, "machines", "serial", Exact()).find(["A", "C"]) == {"A": "2", "C": "3"}
    assert len(wire.asked) == 1


def test_of_several_values_of_merged_records_each_is_read_alone() -> None:
    """Which winner is whose is not in the answer to all of them."""
    one, two = (record(number, serial=f"W{number}", hs_merged_object_ids="1") for number in (11, 12))
    none = {"errors": [{"category": "OBJECT_NOT_FOUND", "context": {"ids": ["X"]}}]}
    wire = answers({"results": [one, two], **none}, {"results": [two]}, {"results": [one]})
    found = ReadFinder(wire.client, "machines", "serial", Exact()).find(["A", "X", "B"])
    assert found == {"A": "12", "X": NoMatch.NONE, "B": "11"}
    assert [page["inputs"] for page in wire.asked[1:]] == [[{"id": "A"}], [{"id": "B"}]]


def test_a_stranger_that_was_never_merged_is_nobodys() -> None:
    """An answer about another record must not link a call to it."""
    wire = answers({"results": [record(2, serial="B")]})
    assert ReadFinder(wire.client, "machines", "serial", Exact()).find(["A"]) == {"A": NoMatch.NONE}


def test_unique_texts_are_compared_with_case_where_that_tells_them_apart() -> None:
    """Whether HubSpot does is not known: what it gives for a key is what the key means."""
    both = answers({"results": [record(1, serial="m-1"), record(2, serial="M-1")]})
    assert ReadFinder(both.client, "machines", "serial", Exact()).find(["m-1", "M-1"]) == {"m-1": "1", "M-1": "2"}
    apart = answers({"results": [record(2, serial="M-1")]}, {"results": [record(1, serial="m-1")]})
    assert ReadFinder(apart.client, "machines", "serial", Exact()).find(["m-1", "M-1"]) == {"m-1": "1", "M-1": "2"}
    folded = answers({"results": [record(2, serial="M-1")]})
    assert ReadFinder(folded.client, "machines", "serial", Exact()).find(["m-1"]) == {"m-1": "2"}


# Searches


def by_domain(wire: Wire) -> SearchFinder:
    return SearchFinder(wire.client, "companies", ("domain",), ("domain",), Domain())


def test_companies_are_found_by_domain_however_it_is_stored() -> None:
    """With www and in capitals too; two companies with one domain are no match."""
    wire = index([record(1, domain="a.example"), record(2, domain="WWW.B.example"), *_twice("c.example")])
    found = by_domain(wire).find(["a.example", "b.example", "c.example", "d.example"])
    assert found == {
        "a.example": "1",
        "b.example": "2",
        "c.example": NoMatch.SEVERAL,
        "d.example": NoMatch.NONE,
    }


def test_one_record_that_is_found_twice_is_one() -> None:
    """A contact whose phone is its mobile too."""
    wire = Wire(lambda *_: {"results": [record(1, phone="+49 30 1234567", mobilephone="030/1234567")] * 2})
    assert by_phone(wire, "DE").find(["+49301234567"]) == {"+49301234567": "1"}


def by_phone(wire: Wire, country: str | None = None) -> SearchFinder:
    return SearchFinder(
        wire.client,
        "contacts",
        ("hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number"),
        ("phone", "mobilephone"),
        Phone(country),
    )


def test_only_contacts_with_the_same_number_are_kept() -> None:
    """The search key has no country: a German and a Hungarian number share it."""
    contacts = [
        record(1, phone="+49 30 1234567", hs_searchable_calculated_phone_number="301234567"),
        record(2, phone="+36 30 1234567", hs_searchable_calculated_phone_number="301234567"),
        record(3, mobilephone="030 1234568", hs_searchable_calculated_mobile_number="301234568"),
    ]
    keys = ["+49301234567", "+36301234567", "+49301234568"]
    found = by_phone(index(contacts), "DE").find(keys)
    assert found == dict(zip(keys, ["1", "2", "3"], strict=True))
    assert by_phone(index(contacts)).find(keys)["+49301234568"] is NoMatch.NONE


def _twice(domain: str, times: int = 2) -> list[Json]:
    return [record(f"{domain} {number}", domain=domain) for number in range(times)]


def test_pages_are_read_to_the_end() -> None:
    """What is found once is one match only if no further page has another."""
    keys = [f"d{number}.example" for number in range(60)]
    companies = [record(key, domain=key) for key in keys]
    companies += [item for key in keys[20:] for item in _twice(key, 4)] + _twice("d0.example", 1)
    assert len(companies) > PAGE
    found = by_domain(index(companies)).find(keys)
    assert found["d0.example"] is NoMatch.SEVERAL
    assert [found[key] for key in keys[1:20]] == keys[1:20]
    assert {found[key] for key in keys[20:]} == {NoMatch.SEVERAL}


def test_pages_full_of_other_numbers_are_passed_over() -> None:
    """The one that is meant may be the last of those with its area code and local number."""
    others = [record(n, phone="+36 30 1234567", hs_searchable_calculated_phone_number="301234567") for n in range(450)]
    meant = record("meant", phone="+49 30 1234567", hs_searchable_calculated_phone_number="301234567")
    wire = index([*others, meant])
    assert by_phone(wire).find(["+49301234567"]) == {"+49301234567": "meant"}
    assert [body["after"] for body in wire.asked] == ["0", "200", "400"]


def test_a_key_with_thousands_of_records_does_not_cost_all_their_pages() -> None:
    """A mail provider's domain: once it was found twice, it is left out."""
    wire = index([*_twice("mail.example", 15_000), record(1, domain="a.example")])
    found = by_domain(wire).find(["mail.example", "a.example"])
    assert found == {"mail.example": NoMatch.SEVERAL, "a.example": "1"}
    assert len(wire.asked) == 2


def test_nothing_is_asked_once_every_key_is_decided() -> None:
    """A search for no value at all would be refused."""
    wire = index(_twice("mail.example", 300))
    assert by_domain(wire).find(["mail.example"]) == {"mail.example": NoMatch.SEVERAL}
    assert len(wire.asked) == 1


def test_a_search_has_no_more_keys_than_half_a_page() -> None:
    """So a page that is not the last has two records of some key, which is decided then."""
    way = SearchFinder(index([]).client, "companies", ("code",), ("code",), Caseless())
    assert way.room // way.size("a") <= PAGE // 2 + 1


def test_no_page_beyond_the_ten_thousandth_record_is_asked_for() -> None:
    """HubSpot refuses it; what was not seen until then is not there for us."""
    others = [
        record(n, phone="+36 30 1234567", hs_searchable_calculated_phone_number="301234567") for n in range(10500)
    ]
    wire = index(others)
    assert by_phone(wire).find(["+49301234567"]) == {"+49301234567": NoMatch.NONE}
    assert len(wire.asked) == MAX_PAGED // PAGE


def test_texts_are_searched_in_lower_case() -> None:
    """HubSpot's IN finds nothing else."""
    wire = index([record(1, name="ACME Ltd")])
    way = SearchFinder(wire.client, "companies", ("name",), ("name",), Caseless())
    assert way.find([str(way.normalizer.normalize("Acme LTD"))]) == {"acme ltd": "1"}


@pytest.mark.parametrize("way", [by_domain, by_phone])
def test_as_many_keys_as_the_room_holds_make_no_body_too_long(way: Callable[[Wire], SearchFinder]) -> None:
    """Beyond 3,000 characters HubSpot answers 400 (Wire looks at it)."""
    wire = index([])
    searched = way(wire)
    keys, left = [], searched.room
    for number in range(1000):
        key = searched.normalizer.normalize(f"+4930{1234567 + number}" if way is by_phone else f"a{number}.example")
        assert key
        left -= searched.size(key)
        if left < 0:
            break
        keys.append(key)
    searched.find(keys)
    assert len(keys) > 50


def test_a_query_says_all_that_the_schema_requires() -> None:
    """Whether HubSpot insists on it is not known."""
    body = orjson.loads(Query(("a", "b"), ("x",), ("c",)).body("0"))
    assert body == {
        "filterGroups": [
            {"filters": [{"propertyName": name, "operator": "IN", "values": ["x"]}]} for name in ("a", "b")
        ],
        "properties": ["c"],
        "sorts": [],
        "limit": PAGE,
        "after": "0",
    }


# Which way a rule takes


def rule(object_type: str, match_by: str, country: str | None = None) -> LinkRule:
    return LinkRule("mappings[0].associations[0]", object_type, match_by, None, False, country, "field")


def definitions(**types: str) -> Mapping[str, Property]:
    return {name: Property.model_validate({"name": name, "type": kind}) for name, kind in types.items()}


CLIENT = answers().client
SERIAL = {"serial": Property.model_validate({"name": "serial", "type": "string", "hasUniqueValue": True})}


@pytest.mark.parametrize(
    ("object_type", "match_by"),
    [("contacts", "email"), ("contacts", "phone"), ("contacts", "mobilephone"), ("companies", "domain")],
)
def test_well_known_properties_need_no_definitions(object_type: str, match_by: str) -> None:
    """They are alike in every account, so nothing is asked about them."""
    assert not needs_definitions(rule(object_type, match_by), object_type, CLIENT)
    assert finder_for(rule(object_type, match_by), object_type, CLIENT, None)


def test_secondary_addresses_of_contacts_are_read_too() -> None:
    """HubSpot finds a contact by them, and only the record tells which it was."""
    way = finder_for(rule("contacts", "email"), "contacts", CLIENT, None)
    assert isinstance(way, ReadFinder)
    assert way.others == ("hs_additional_emails",)


def test_record_ids_need_no_way() -> None:
    """HubSpot tells which it does not know when the call is created."""
    assert finder_for(rule("deals", "record_id"), "deals", CLIENT, None) is None
    assert not needs_definitions(rule("deals", "record_id"), "deals", CLIENT)


def test_unique_properties_are_read_and_others_searched() -> None:
    """Reading is not limited to five requests a second."""
    assert needs_definitions(rule("machines", "serial"), "machines", CLIENT)
    assert isinstance(finder_for(rule("machines", "serial"), "machines", CLIENT, SERIAL), ReadFinder)
    assert isinstance(finder_for(rule("machines", "hs_object_id"), "machines", CLIENT, SERIAL), ReadFinder)
    searched = finder_for(rule("companies", "name"), "companies", CLIENT, definitions(name="string"))
    assert isinstance(searched, SearchFinder)


def test_without_definitions_a_property_is_searched_as_text() -> None:
    """A token may read records and not what they are made of."""
    way = finder_for(rule("machines", "serial"), "machines", CLIENT, None)
    assert isinstance(way, SearchFinder)
    assert way.normalizer == Caseless()


@pytest.mark.parametrize(("kind", "key"), [("string", "a"), ("number", None), ("enumeration", "A")])
def test_values_are_compared_by_their_type(kind: str, key: str | None) -> None:
    """HubSpot's search compares texts without case, options with it."""
    way = finder_for(rule("deals", "field"), "deals", CLIENT, definitions(field=kind))
    assert way is not None
    assert way.normalizer.normalize("A") == key


def test_phones_of_other_objects_are_searched_by_what_there_is() -> None:
    """In calculated properties where HubSpot has them, else as text."""
    calculated = definitions(phone="string", hs_searchable_calculated_phone_number="string")
    one = finder_for(rule("companies", "phone", "DE"), "companies", CLIENT, calculated)
    other = finder_for(rule("machines", "phone", "DE"), "machines", CLIENT, definitions(phone="string"))
    assert isinstance(one, SearchFinder)
    assert one.where == ("hs_searchable_calculated_phone_number",)
    assert isinstance(other, SearchFinder)
    assert other.where == other.read == ("phone",)
    assert other.normalizer.normalize("030 1234567") == "+49301234567"


def test_rules_that_look_up_alike_go_one_way() -> None:
    """So that they share what they find."""
    finders = {
        finder_for(rule("contacts", "phone", country), "contacts", CLIENT, None) for country in ("DE", "DE", "US")
    }
    assert len(finders) == 2


@pytest.mark.parametrize(
    ("wrong", "known", "words"),
    [
        (rule("machines", "seriall"), SERIAL, r"match_by: machines have no property seriall; the nearest are serial"),
        (rule("contacts", "phone", "UK"), {}, r"default_country: no country UK .*GB"),
        (rule("contacts", "phone", "XX"), {}, r"default_country: no country XX"),
    ],
)
def test_a_rule_that_cannot_find_anything_says_what_to_change(
    wrong: LinkRule, known: Mapping[str, Property], words: str
) -> None:
    """Instead of calls without links."""
    with pytest.raises(WrongRule, match=r"^mappings\[0\].associations\[0\]." + words):
        finder_for(wrong, wrong.object_type, CLIENT, known)
