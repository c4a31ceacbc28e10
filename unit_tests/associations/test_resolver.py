"""A batch's links → their other ends: kinds of link, misses, reasons, counts, and what HubSpot refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from destination_hubspot_calls.associations import (
    LinkResolver,
    LinkType,
    Target,
    UnknownLabel,
    Unlinkable,
    finder_for,
    link_type,
)
from destination_hubspot_calls.associations.match import Match
from destination_hubspot_calls.associations.normalizer import Normalizer, RecordId
from destination_hubspot_calls.associations.resolver import REFUSAL_LASTS
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.hubspot.errors import MissingScopes, Refusal
from destination_hubspot_calls.hubspot.models import AssociationType, Problem, Property
from destination_hubspot_calls.messages import Call, Link, LinkRule, MissCause, Stream
from destination_hubspot_calls.results import Misses
from unit_tests.wire import Json, Wire, read_batch, record, search

STREAM = Stream("calls")
TYPES = (
    AssociationType(category="HUBSPOT_DEFINED", typeId=194),
    AssociationType(category="USER_DEFINED", typeId=22, label="Supervisor"),
)
RECORDS = {
    "contacts": [
        record(1, email="one@b.example"),
        record(2, email="two@b.example", phone="+49 30 1234567", hs_searchable_calculated_phone_number="301234567"),
    ],
    "companies": [
        record(7, domain="one.example", name="One"),
        record(8, domain="two.example", name="Two"),
        record(9, domain="two.example", name="Two"),
    ],
}
DEFINITIONS = {"name": Property(name="name")}


def rule(index: int, object_type: str, match_by: str = "record_id", *, rejects: bool = False) -> LinkRule:
    place = f"mappings[0].associations[{index}]"
    return LinkRule(place, object_type, match_by, None, rejects, None, f"field{index}")


ID = rule(0, "contacts")
EMAIL = rule(1, "contacts", "email")
EMAIL_TOO = rule(2, "contacts", "email")
PHONE = rule(3, "contacts", "phone")
DOMAIN = rule(4, "companies", "domain")
NAME = rule(5, "companies", "name")


def account(path: str, body: Json) -> Json:
    """HubSpot, with these records."""
    object_type = path.split("/")[4]
    if path.endswith("/batch/read"):
        return read_batch(RECORDS[object_type], body)
    if path.endswith("/search"):
        return search(RECORDS[object_type], body)
    raise AssertionError(path)


def resolver(wire: Wire, *rules: LinkRule) -> LinkResolver:
    client = wire.client
    found = {rule: finder_for(rule, rule.object_type, client, DEFINITIONS) for rule in rules}
    finders = {rule: way for rule, way in found.items() if way}
    return LinkResolver({rule: link_type(rule, TYPES) for rule in rules}, finders)


def call(*links: tuple[LinkRule, str]) -> Call:
    return Call(STREAM, b"{}", tuple(Link(*link) for link in links), b"the line", "call-1")


def ids(ends: list[Target] | Unlinkable) -> list[str]:
    assert not isinstance(ends, Unlinkable)
    return [target.id for target in ends]


@pytest.fixture
def wire() -> Wire:
    return Wire(account)


# Kinds of link


def test_a_labelled_link_is_of_the_default_kind_too() -> None:
    """A label alone would leave the call off the record's timeline."""
    kind = link_type(ID._replace(label="supervisor "), TYPES)
    assert [item.type_id for item in kind.types] == [194, 22]
    assert link_type(ID._replace(label="22"), TYPES) == kind
    assert link_type(ID, TYPES) == LinkType("contacts", TYPES[:1], kind.encoded[:1])


def test_a_standard_object_has_its_default_kind_even_if_it_cannot_be_read() -> None:
    """The numbers are HubSpot's own."""
    assert [item.type_id for item in link_type(rule(0, "deal"), ()).types] == [206]
    with pytest.raises(UnknownLabel, match="machines"):
        link_type(rule(0, "machines"), ())


def test_a_label_that_is_not_there_is_answered_with_those_that_are() -> None:
    """A person picks one of them."""
    with pytest.raises(UnknownLabel, match=r'associations\[0\].label: no label "Boss".*"Supervisor" \(22\)'):
        link_type(ID._replace(label="Boss"), TYPES)


# Ends


def test_record_ids_are_not_looked_up(wire: Wire) -> None:
    """Without a rule that needs it, no look-up request is made."""
    ends = resolver(wire, ID).resolve([call((ID, "100001"), (ID, "100002")), call()], {})
    assert [ids(each) for each in ends] == [["100001", "100002"], []]
    assert wire.paths == []


def test_all_rules_of_a_batch_are_looked_up_at_once(wire: Wire) -> None:
    """One request a rule, for all calls; rules that look up alike share one."""
    calls = [
        call((EMAIL, "One@B.example"), (DOMAIN, "https://one.example/")),
        call((EMAIL_TOO, "one@b.example"), (EMAIL, "two@b.example"), (PHONE, "0049 30 1234567")),
    ]
    ends = resolver(wire, EMAIL, EMAIL_TOO, PHONE, DOMAIN).resolve(calls, {})
    assert [ids(each) for each in ends] == [["1", "7"], ["1", "2", "2"]]
    assert len(wire.paths) == 3


def test_links_without_a_match_and_with_several_are_counted(wire: Wire) -> None:
    """Each for itself; the call goes without them."""
    misses: Misses = {}
    links = [(EMAIL, "x@b.example"), (EMAIL, "no address"), (EMAIL, "two@b.example"), (DOMAIN, "two.example")]
    ends = resolver(wire, EMAIL, DOMAIN).resolve([call(*links)], misses)
    assert ids(ends[0]) == ["2"]
    assert [(miss.rule, miss.cause, miss.value) for miss in misses[0]] == [
        (EMAIL, MissCause.NOBODY, "x@b.example"),
        (EMAIL, MissCause.NOT_AN_ADDRESS, "no address"),
        (DOMAIN, MissCause.SEVERAL, "two.example"),
    ]


@pytest.mark.parametrize(
    ("looked_up", "value", "words"),
    [
        (EMAIL, "x@b.example", 'contacts: none whose email is the value of "field1"'),
        (DOMAIN, "two.example", 'companies: several whose domain is the value of "field4"'),
        (PHONE, "030 1234567", 'contacts: the value of "field3" is not a phone number with a country code'),
        (PHONE, "anonymous", 'contacts: the value of "field3" is a withheld number (no match)'),
        (EMAIL, "no address", 'contacts: the value of "field1" is not an e-mail address'),
        (NAME, "x" * 3000, 'companies: HubSpot cannot look up the value of "field5"'),
    ],
)
def test_a_rule_that_needs_its_link_rejects_the_call(wire: Wire, looked_up: LinkRule, value: str, words: str) -> None:
    """With the rule and a reason that holds no value; nothing is counted of a call that is not written."""
    misses: Misses = {}
    needed = looked_up._replace(rejects_missing=True)
    (end,) = resolver(wire, needed, ID).resolve([call((ID, "1"), (needed, value))], misses)
    assert isinstance(end, Unlinkable)
    assert end.reason.startswith(words)
    assert end.rule == needed.place
    assert value not in end.reason
    assert misses == {}


def test_what_hubspot_refused_is_a_miss_from_then_on(wire: Wire) -> None:
    """A wrong id in every batch must not cost each of them a second request."""
    misses: Misses = {}
    made = resolver(wire, ID, EMAIL)
    links = call((ID, "404"), (ID, "1"), (EMAIL, "one@b.example"))
    (first,) = made.resolve([links], misses)
    assert not isinstance(first, Unlinkable)
    made.forget([first[0], first[2]])
    (second,) = made.resolve([links], misses)
    assert [(target.rule, target.id) for target in second if isinstance(target, Target)] == [(ID, "1")]
    assert [(miss.cause, miss.value) for miss in misses[0]] == [
        (MissCause.NOBODY, "404"),
        (MissCause.NOBODY, "one@b.example"),
    ]


def test_a_contact_that_is_made_anew_gets_the_links_of_later_calls() -> None:
    """It was deleted in mid-sync and has another id now: all its later calls would lose their links."""
    now, holder = 1000.0, ["1"]

    def answer(_: str, body: Json) -> Json:
        return read_batch([record(holder[0], email="one@b.example"), record(5, email="five@b.example")], body)

    wire = Wire(answer)
    finder = finder_for(EMAIL, "contacts", wire.client, None)
    assert finder
    made = LinkResolver({EMAIL: link_type(EMAIL, TYPES)}, {EMAIL: finder}, lambda: now)
    links = call((EMAIL, "One@b.example"), (EMAIL, "five@b.example"))

    def found() -> list[str]:
        return ids(made.resolve([links, links], {})[1])

    assert found() == ["1", "5"]
    (first,) = made.resolve([links], {})
    assert not isinstance(first, Unlinkable)
    made.forget(first[:1])
    assert [found(), found()] == [["5"], ["5"]]  # it is asked once whether it is another now
    assert (wire.asked[-1]["inputs"], len(wire.asked)) == ([{"id": "one@b.example"}], 2)
    holder[0] = "9"
    assert found() == ["5"]
    now += REFUSAL_LASTS
    assert ([found(), found()], len(wire.asked)) == ([["9", "5"], ["9", "5"]], 3)


@pytest.mark.parametrize(
    ("refused", "words"),
    [(ID, 'no record with the id in field "field0"'), (EMAIL, "is no longer in HubSpot")],
)
def test_a_refused_end_that_is_needed_rejects_the_call(wire: Wire, refused: LinkRule, words: str) -> None:
    """The words tell an id of the source's from one that was looked up."""
    needed = refused._replace(rejects_missing=True)
    made = resolver(wire, needed)
    value = "1" if refused is ID else "one@b.example"
    (first,) = made.resolve([call((needed, value))], {})
    assert not isinstance(first, Unlinkable)
    made.forget(first)
    (second,) = made.resolve([call((needed, value))], {})
    assert isinstance(second, Unlinkable)
    assert words in second.reason


def test_no_more_refused_ends_are_remembered_than_fit() -> None:
    """A source full of wrong ids must not fill the memory."""
    made = resolver(Wire(account), ID)
    kind = link_type(ID, TYPES)
    made.forget(Target(ID, kind, str(number)) for number in range(100_000))
    assert len(made._refused) <= 20_000


class EchoFinder:
    """Finds for each key a record of that name, and counts the keys it was asked for."""

    normalizer: Normalizer = RecordId()
    room = 1_000_000

    def __init__(self) -> None:
        self.asked = 0

    def size(self, _: str) -> int:
        return 1

    def find(self, keys: Sequence[str]) -> dict[str, Match]:
        self.asked += len(keys)
        return {key: key for key in keys}


def test_the_look_ups_of_a_sync_share_one_bound_of_what_they_remember() -> None:
    """Ten rules would fill ten times the memory."""
    by_email, by_phone = EchoFinder(), EchoFinder()
    rules = {EMAIL: by_email, PHONE: by_phone}
    made = LinkResolver({rule: link_type(rule, TYPES) for rule in rules}, rules)
    many = [call(*((EMAIL, str(number)) for number in range(start, start + 1000))) for start in range(0, 120_000, 1000)]
    made.resolve(many, {})
    made.resolve(many[-50:], {})
    assert by_email.asked == 120_000
    made.resolve(many[:10], {})
    assert (by_email.asked, by_phone.asked) == (130_000, 0)


# What goes wrong


def refusing(error: Exception, *, of: str) -> Callable[[str, Json], Json]:
    def answer(path: str, body: Json) -> Json:
        if of in path:
            raise error
        return account(path, body)

    return answer


def test_a_property_that_hubspot_refuses_to_look_up_is_a_mistake_in_the_configuration() -> None:
    """The message names the rule, and repeats nothing that HubSpot said."""
    wire = Wire(refusing(Refusal(400, Problem(category="VALIDATION_ERROR", message="one@b.example")), of="/search"))
    calls = [call((DOMAIN, f"d{number}.example")) for number in range(50)]
    with pytest.raises(ConfigError) as told:
        resolver(wire, DOMAIN).resolve(calls, {})
    assert str(told.value).startswith("mappings[0].associations[4].match_by: HubSpot refuses to look up companies")
    assert "VALIDATION_ERROR" in str(told.value)
    assert "b.example" not in str(told.value)
    assert len(wire.paths) < 15


def test_a_missing_scope_goes_up_as_it_is() -> None:
    """It names the scope, and ends the sync as an error of the configuration."""
    missing = MissingScopes("POST /crm/v3/objects/companies/search", ("crm.objects.companies.read",))
    wire = Wire(refusing(missing, of="/search"))
    with pytest.raises(MissingScopes, match="companies"):
        resolver(wire, DOMAIN).resolve([call((DOMAIN, "one.example"))], {})
