"""Links by what a source knows: right ones, few requests, and words where there are none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from integration_tests.conftest import Connectors
from integration_tests.connector import Connector
from integration_tests.lookups import DOMAIN, EMAIL, PHONE, Rule, World, linked, lookups
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import record, state


def configured(connectors: Connectors, *rules: Rule, **more: Any) -> dict[str, Any]:
    """The numbered source's configuration with these association rules."""
    return connectors.configuration(mapping={"associations": list(rules)}, **more)


def written(connector: Connector, lines: Iterable[bytes]) -> Connector:
    """Run it to a good end."""
    assert connector.run(lines) == 0, connector.said[-3000:]
    return connector


# In bulk


def test_every_link_is_right_and_no_key_is_asked_for_twice(sandbox: Sandbox, connectors: Connectors) -> None:
    """Keys in order take one read for a hundred of them, and searches are shared by batches."""
    world = World(records=5_000, contacts=500, companies=80, phones=200)
    ends = world.seed(sandbox)
    connector = written(connectors(configured(connectors, EMAIL, DOMAIN, PHONE)), world.lines(ends))
    assert linked(sandbox) == world.links(ends)
    asked = lookups(sandbox)
    assert asked["read:contacts"] == {"requests": 5, "keys": 500, "asked_again": 0}
    assert asked["search:companies"]["asked_again"] == asked["search:contacts"]["asked_again"] == 0
    assert asked["search:companies"]["requests"] <= 3
    assert asked["search:contacts"]["requests"] <= 4
    assert sandbox.stats()["rate_limit"]["refused"]["search"] == 0
    assert any("15,000 links made" in line for line in connector.log)


# In every way


EVERY_KIND = (
    {"object_type": "contacts", "source": "emails", "match_by": "email"},
    {"object_type": "contacts", "source": "boss", "match_by": "email", "label": "Supervisor"},
    {"object_type": "contacts", "source": "mobile", "match_by": "phone", "default_country": "US"},
    {"object_type": "companies", "source": "customer", "match_by": "customer_number"},
    {"object_type": "company", "source": "name", "match_by": "name"},
    {"object_type": "companies", "source": "line", "match_by": "phone", "default_country": "GB"},
    {"object_type": "deals", "source": "seats", "match_by": "seats"},
    {"object_type": "deals", "source": "deal", "match_by": "hs_object_id"},
    {"object_type": "machines", "source": "serials", "match_by": "serial"},
)
BY_KEYS: tuple[dict[str, Any], ...] = (
    {"emails": ["Contact.One@example.com", "third.address@example.com"]},
    {"boss": "contact.three@example.com"},
    {"mobile": "(415) 555-0102"},
    {"customer": "C-1"},
    {"name": "acme LTD"},
    {"line": "020 7946 0001"},
    {"seats": 500.0},
    {"deal": "3000000001"},
    {"emails": ["second.address@example.com", "contact.two@example.com"]},
)
"""Fields of records 1 to 9: each is found by another rule of `EVERY_KIND`, the last by the first again."""


def test_every_kind_of_key_leads_to_its_record(sandbox: Sandbox, connectors: Connectors) -> None:
    """Unique and searched properties, standard and custom objects, lists, labels, several rules on one object."""
    sandbox.add_property("deals", name="seats", label="Seats", type="number", fieldType="number")
    (deal,) = sandbox.seed_deals({"dealname": "Big One", "seats": "500"})
    (company,) = sandbox.seed_companies({"name": "ACME Ltd", "phone": "+44 20 7946 0001"})
    machine = sandbox.calls("machines")[0]
    fields = [*BY_KEYS, {"serials": [machine["properties"]["serial"], "M-404"]}]
    lines = [record(number, **more) for number, more in enumerate(fields, 1)]
    connector = written(connectors(configured(connectors, *EVERY_KIND)), lines)
    assert linked(sandbox) == {
        "call-1": {("contacts", "100001"), ("contacts", "100002")},
        "call-2": {("contacts", "100003")},
        "call-3": {("contacts", "100002")},
        "call-4": {("companies", "20000001")},
        "call-5": {("companies", company)},
        "call-6": {("companies", company)},
        "call-7": {("deals", deal)},
        "call-8": {("deals", "3000000001")},
        "call-9": {("contacts", "100002")},
        "call-10": {("machines", machine["id"])},
    }
    boss = next(call for call in sandbox.calls() if call["properties"]["dialer_call_id"] == "call-2")
    assert boss["associations"][0]["typeIds"] == [22, 194]
    assert any("11 links made" in line and "1 link without a match" in line for line in connector.log)


def test_what_the_account_calls_things_is_known_in_properties_too(sandbox: Sandbox, connectors: Connectors) -> None:
    """Owners by e-mail address, former ones too; outcomes and activity types by what people see."""
    owner = sandbox.add_owner("former@example.com", archived=True)
    properties = [
        {"property": "hs_timestamp", "source": "at"},
        {"property": "hubspot_owner_id", "source": "agent"},
        {"property": "hs_call_disposition", "source": "outcome"},
        {"property": "hs_activity_type", "source": "kind"},
    ]
    config = connectors.configuration(mapping={"properties": properties, "associations": []})
    written(
        connectors(config), [record(1, agent="Former@example.com", outcome="callback requested", kind="DISCOVERY call")]
    )
    (call,) = sandbox.calls()
    assert call["properties"]["hubspot_owner_id"] == owner
    assert call["properties"]["hs_call_disposition"] == "5b3c2f1e-0a64-4d1c-9d8f-2f6c1a7e4b90"
    assert call["properties"]["hs_activity_type"] == "Discovery call"


# Where there is no link


def test_a_link_without_a_match_is_left_out_and_counted(sandbox: Sandbox, connectors: Connectors) -> None:
    """No contact, several companies, a number of no country, and calls that nobody will see."""
    foreign = {**PHONE, "default_country": None}
    lines = [
        record(1, email="contact.one@example.com", site="two.example.com"),
        record(2, email="nobody@example.com"),
        record(3, phone="030 1234567"),
        record(4, phone="+44 20 7946 0999"),
    ]
    connector = written(connectors(configured(connectors, EMAIL, DOMAIN, foreign)), lines)
    assert linked(sandbox) == {"call-1": {("contacts", "100001")}, "call-2": set(), "call-3": set(), "call-4": set()}
    summary = next(line for line in connector.log if "link made" in line)
    assert "1 link made" in summary
    assert "2 links without a match" in summary
    assert "2 links with several matches" in summary
    assert "3 calls without any link" in summary


def test_a_record_that_needs_its_link_is_kept_with_the_reason(
    sandbox: Sandbox, connectors: Connectors, tmp_path: Path
) -> None:
    """The reason is in our words and names the rule; the values are in the stored record only."""
    rules = [{**rule, "if_missing": "reject"} for rule in (EMAIL, DOMAIN, PHONE)]
    store = {"storage_type": "LOCAL", "path": str(tmp_path / "kept")}
    lines = [
        record(1, email="contact.one@example.com"),
        record(2, email="nobody@example.com"),
        record(3, site="https://two.example.com"),
        record(4, phone="the one with the blue door"),
    ]
    connector = written(connectors(configured(connectors, *rules, object_storage_config=store)), lines)
    assert set(linked(sandbox)) == {"call-1"}
    (file,) = (tmp_path / "kept").glob("rejected-*.jsonl")
    kept = [json.loads(line) for line in file.read_text().splitlines()]
    assert [item["rejection"]["rule"] for item in kept] == [f"mappings[0].associations[{place}]" for place in (0, 1, 2)]
    assert [item["rejection"]["reason"] for item in kept] == [
        'contacts: none whose email is the value of "email" (no match)',
        'companies: several whose domain is the value of "site" (several matches are no match)',
        'contacts: the value of "phone" is not a phone number, neither with a country code nor of DE (no match)',
    ]
    assert "nobody@example.com" not in connector.said


def test_a_call_that_no_rule_can_link_is_rejected_where_it_must_be_linked(
    sandbox: Sandbox, connectors: Connectors
) -> None:
    """Nobody would ever see it."""
    config = configured(connectors, EMAIL)
    config["mappings"][0]["require_association"] = True
    lines = [record(1, email="contact.one@example.com"), record(2, email="nobody@example.com")]
    connector = written(connectors(config), lines)
    assert set(linked(sandbox)) == {"call-1"}
    assert any("call-2" in line and "require_association" in line for line in connector.log)


def test_wrong_ids_cost_one_refused_request(sandbox: Sandbox, connectors: Connectors) -> None:
    """Once HubSpot has refused an id, the batches after that leave it out."""
    connector = connectors(configured(connectors, {"object_type": "contacts", "source": "contact"}))
    connector.send([*(record(number, contact="404404") for number in range(100)), state(100)])
    connector.await_states(1)
    refused = sandbox.count("create")
    written(connector, (record(number, contact="404404") for number in range(100, 1000)))
    assert sandbox.created() == 1000
    assert sandbox.count("create") == refused + 9


@pytest.mark.waits
def test_a_contact_that_is_made_anew_in_mid_sync_gets_the_later_links(sandbox: Sandbox, connectors: Connectors) -> None:
    """Its id was looked up before: all its later calls would lose their links."""
    sandbox.settings(archived_unique="free")
    (old,) = sandbox.seed_contacts({"email": "erika@example.com"})
    connector = connectors(configured(connectors, EMAIL))
    connector.send([record(1, email="erika@example.com"), state(1)])
    connector.await_states(1)
    sandbox.archive("contacts", old)
    (new,) = sandbox.seed_contacts({"email": "erika@example.com"})
    connector.send([*(record(number, email="Erika@example.com") for number in range(2, 50)), state(49)])
    connector.await_states(2)
    written(connector, [*(record(number, email="erika@example.com") for number in range(50, 150)), state(149)])
    ends = linked(sandbox)
    assert len(ends) == 149
    assert all(ends[f"call-{number}"] == {("contacts", new)} for number in range(50, 150))
    assert sandbox.count("read:contacts") <= 4


@pytest.mark.parametrize("unique", ["winner", "gone"])
def test_what_a_source_knows_of_a_merged_record_leads_to_the_one_it_lives_on_in(
    sandbox: Sandbox, connectors: Connectors, unique: str
) -> None:
    """By an earlier id, and by an earlier unique value where HubSpot still finds one by it."""
    sandbox.settings(merged_unique=unique)
    sandbox.add_property("deals", name="serial", label="No", type="string", fieldType="text", hasUniqueValue=True)
    kept, gone, other = sandbox.seed_deals({"serial": "A"}, {"serial": "B"}, {"serial": "C"})
    assert sandbox.merge("deals", gone, winner=kept) == kept
    rules = [
        {"object_type": "deals", "source": "deal", "match_by": "hs_object_id"},
        {"object_type": "deals", "source": "serial", "match_by": "serial"},
    ]
    lines = [record(1, deal=gone), record(2, serial="B"), record(3, serial="C"), record(4, serial="A")]
    written(connectors(configured(connectors, *rules)), lines)
    assert linked(sandbox) == {
        "call-1": {("deals", kept)},
        "call-2": {("deals", kept)} if unique == "winner" else set(),
        "call-3": {("deals", other)},
        "call-4": {("deals", kept)},
    }


def test_ids_that_are_none_do_not_end_a_sync_of_good_ones(sandbox: Sandbox, connectors: Connectors) -> None:
    """Beyond 64 bits, three at the start, and a hundred good ones behind them."""
    sandbox.generate("contacts", 100, start=0, email="person{i}@example.com")
    ids = [item["id"] for item in sandbox.calls("contacts")][-100:]
    rule = {"object_type": "contacts", "source": "contact", "match_by": "hs_object_id"}
    odd = [record(number, contact="9" * 25) for number in range(1, 4)]
    good = [record(number, contact=contact) for number, contact in enumerate(ids, 4)]
    written(connectors(configured(connectors, rule)), [*odd, *good])
    assert sorted(len(ends) for ends in linked(sandbox).values()) == [0] * 3 + [1] * 100


def test_a_withheld_number_is_nobodys(sandbox: Sandbox, connectors: Connectors) -> None:
    """Someone saved it with a contact, and every anonymous call would be that contact's."""
    sandbox.seed_contacts({"email": "a@example.com", "phone": "+266696687"}, {"phone": "+49 0000000000"})
    numbers = ["anonymous", "+266696687", "0000000000", "+490000000000", "Restricted"]
    lines = [record(number, phone=phone) for number, phone in enumerate(numbers, 1)]
    connector = written(connectors(configured(connectors, PHONE)), lines)
    assert all(not ends for ends in linked(sandbox).values())
    assert any("withheld number" in line for line in connector.log)
    assert sandbox.count("search:contacts") == 0


def test_numbers_are_one_however_they_are_dialled(sandbox: Sandbox, connectors: Connectors) -> None:
    """With the country code and no plus, and mobile numbers of Mexico and Argentina with a digit more or less."""
    mexican, argentine, german = sandbox.seed_contacts(
        {"phone": "+52 1 55 1234 5678"}, {"mobilephone": "+54 11 2345-6789"}, {"phone": "030 7654321"}
    )
    lines = [
        record(1, phone="+525512345678"),
        record(2, phone="+54 9 11 2345-6789"),
        record(3, phone="49307654321"),
        record(4, phone="+49 30 7654321"),
    ]
    written(connectors(configured(connectors, PHONE)), lines)
    assert linked(sandbox) == {
        "call-1": {("contacts", mexican)},
        "call-2": {("contacts", argentine)},
        "call-3": {("contacts", german)},
        "call-4": {("contacts", german)},
    }


# What goes wrong


def test_no_look_up_is_made_without_a_rule_that_needs_it(sandbox: Sandbox, connectors: Connectors) -> None:
    """Record ids, and records without a value to look up."""
    rules = [EMAIL, {"object_type": "contacts", "source": "contact"}]
    written(connectors(configured(connectors, *rules)), [record(1), record(2, email=" ")])
    assert lookups(sandbox) == {}
    assert all(len(ends) == 1 for ends in linked(sandbox).values())


@pytest.mark.waits
@pytest.mark.parametrize("kind", ["rate_burst", "drop", "status", "cut_body"])
def test_a_look_up_that_fails_in_passing_is_tried_again(sandbox: Sandbox, connectors: Connectors, kind: str) -> None:
    """As every other request: no link is lost for it."""
    for endpoint in ("read:contacts", "search:companies"):
        sandbox.fault(kind, endpoint)
    lines = [record(1, email="contact.one@example.com", site="one.example.com")]
    written(connectors(configured(connectors, EMAIL, DOMAIN)), lines)
    assert linked(sandbox) == {"call-1": {("companies", "20000001"), ("contacts", "100001")}}
    met = sandbox.stats()["faults"]["met"]
    assert met == {kind: 2}


def test_answers_that_leave_contacts_out_are_asked_for_the_rest(sandbox: Sandbox, connectors: Connectors) -> None:
    """A contact that an answer says nothing of is not a contact that is not there."""
    sandbox.generate("contacts", 100, start=0, email="person{i}@example.com")
    sandbox.fault("omit", "read:contacts", share=0.3)
    lines = [record(number, email=f"person{number}@example.com") for number in range(100)]
    written(connectors(configured(connectors, EMAIL)), lines)
    assert all(len(ends) == 1 for ends in linked(sandbox).values())
    assert sandbox.count("read:contacts") == 2


@pytest.mark.waits
@pytest.mark.parametrize("kind", ["empty", "omit", "batch_status"])
def test_one_short_answer_costs_no_link(sandbox: Sandbox, connectors: Connectors, kind: str) -> None:
    """Of nobody it says anything: taken for misses, these keys would have no links for the whole sync."""
    sandbox.generate("contacts", 20, start=0, email="person{i}@example.com")
    sandbox.fault(kind, "read:contacts", share=1.0)
    lines = [record(number, email=f"person{number}@example.com") for number in range(20)]
    written(connectors(configured(connectors, EMAIL)), lines)
    assert sandbox.stats()["faults"]["met"] == {kind: 1}
    assert [len(ends) for ends in linked(sandbox).values()] == [1] * 20
    assert sandbox.count("read:contacts") == 2


def test_a_scope_that_is_missing_is_named(sandbox: Sandbox, connectors: Connectors) -> None:
    """It is the configuration's fault, and a person can mend it."""
    sandbox.add_token("pat-na1-narrow", ["crm.objects.contacts.read", "crm.objects.contacts.write"])
    config = configured(connectors, DOMAIN)
    config["credentials"]["access_token"] = "pat-na1-narrow"
    connector = connectors(config)
    assert connector.run([record(1, site="one.example.com")]) != 0
    assert connector.failure["failure_type"] == "config_error"
    assert "crm.objects.companies.read" in connector.failure["message"]
    assert sandbox.created() == 0


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({**EMAIL, "match_by": "emial"}, ["associations[0].match_by", "email"]),
        ({**PHONE, "default_country": "UK"}, ["associations[0].default_country", "GB"]),
        ({**DOMAIN, "object_type": "companys"}, ["associations[0].object_type", "companys"]),
    ],
)
def test_a_wrong_rule_tells_what_to_change(
    sandbox: Sandbox, connectors: Connectors, rule: Rule, words: list[str]
) -> None:
    """Before the first call, not as calls without links."""
    connector = connectors(configured(connectors, rule))
    assert connector.run([record(1, email="contact.one@example.com")]) != 0
    assert connector.failure["failure_type"] == "config_error"
    for word in words:
        assert word in connector.failure["message"]
    assert sandbox.created() == 0
