"""A HubSpot that is silent, forgets, confuses calls, or cannot stand one: it costs requests, never another record."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from integration_tests.conftest import Connectors
from integration_tests.connector import Connector
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import CONTACTS, KEY, Source, catalog, contact, record, state

pytestmark = pytest.mark.waits

BAD = "<script>"
DEFAULT = "HUBSPOT_DEFINED=194"


def stats(connector: Connector) -> tuple[float, float]:
    """Records written and rejected, as the last state counts them."""
    told = connector.states[-1]["destinationStats"]
    return told["recordCount"], told["rejectedRecordCount"]


def lines(count: int, *bad: int, **more: Any) -> list[bytes]:
    """Records 1 to `count`, some of which hold what HubSpot cannot stand, and a state."""
    titles = {number: f"{BAD} {number}" for number in bad}
    return [*(record(n, title=titles.get(n, f"Call {n}"), **more) for n in range(1, count + 1)), state(count)]


def keys(sandbox: Sandbox) -> Counter[str]:
    return Counter(call["properties"][KEY] for call in sandbox.calls())


@pytest.mark.parametrize("answer", ["firewall", "fail", "silent", "silent_input"])
@pytest.mark.parametrize("count", [3, 120])
def test_one_row_that_hubspot_cannot_stand_costs_one_row(
    sandbox: Sandbox, connectors: Connectors, answer: str, count: int
) -> None:
    """A title that a firewall stops, or that HubSpot is silent of, would end this sync, and each one after it."""
    sandbox.settings(poison=[{"answer": answer, "property": "hs_call_title", "contains": BAD}])
    connector = connectors()
    assert connector.run(lines(count, 2)) == 0
    assert stats(connector) == (count - 1, 1)
    assert keys(sandbox) == {f"call-{number}": 1 for number in range(1, count + 1) if number != 2}
    assert all(len(call["associations"]) == 1 for call in sandbox.calls())
    assert sandbox.count("create") <= 30
    assert BAD not in connector.said
    words = "answers, but does not confirm" if answer.startswith("silent") else "HubSpot answers"
    assert any(words in line and "however often it is sent" in line for line in connector.log)


@pytest.mark.parametrize("mode", ["append", "append_dedup"])
def test_a_key_that_a_firewall_stops_costs_one_row(sandbox: Sandbox, connectors: Connectors, mode: str) -> None:
    """It stands in each request that looks for it, too, and these would be asked again for ten minutes."""
    connector = connectors(catalog=catalog(mode=mode))
    rows = [record(n) for n in range(1, 101)]
    assert connector.run([*rows, state(100)]) == 0
    sandbox.settings(poison=[{"answer": "firewall", "property": KEY, "contains": BAD}])
    rows[41] = record(42, id=f"{BAD} 42")
    connector = connectors(catalog=catalog(mode=mode))
    assert connector.run([*rows, state(100)]) == 0
    assert stats(connector) == (99, 1)
    assert len(keys(sandbox)) == len(sandbox.calls()) == 100
    assert any("HubSpot answers 403 to the call, and to looking up its key" in line for line in connector.log)


def test_an_address_that_a_firewall_stops_costs_its_link(sandbox: Sandbox, connectors: Connectors) -> None:
    """The addresses beside it are looked up as ever, and its call is written without that link."""
    addresses = [f"contact.{name}@example.com" for name in ("one", "two")]
    sandbox.seed_contacts(*({"email": address} for address in addresses))
    sandbox.settings(poison=[{"answer": "firewall", "property": "email", "contains": "union-select"}])
    rule = {"object_type": "contacts", "source": "contact", "match_by": "email"}
    connector = connectors(connectors.configuration(mapping={"associations": [rule]}))
    found = [*addresses, "union-select@example.com"]
    assert connector.run([*(record(n, contact=found[n % 3]) for n in range(60)), state(60)]) == 0
    assert stats(connector) == (60, 0)
    assert Counter(len(call["associations"]) for call in sandbox.calls()) == {1: 40, 0: 20}
    assert any("HubSpot cannot look it up" in line for line in connector.log)


def test_a_silent_answer_about_a_call_that_is_there_is_no_rejection(sandbox: Sandbox, connectors: Connectors) -> None:
    """Silence says nothing: a look shows that HubSpot has it."""
    sandbox.settings(poison=[{"answer": "silent", "when": "after", "property": "hs_call_title", "contains": BAD}])
    connector = connectors()
    assert connector.run(lines(50, 7)) == 0
    assert stats(connector) == (50, 0)
    assert set(keys(sandbox).values()) == {1}


def test_without_a_key_a_row_that_a_firewall_stops_costs_one_row(sandbox: Sandbox, connectors: Connectors) -> None:
    """Its page shows that nothing came to HubSpot, so that sending again makes no copy."""
    sandbox.settings(poison=[{"answer": "firewall", "property": "hs_call_title", "contains": BAD}])
    connector = connectors(connectors.configuration(keyed=False))
    assert connector.run(lines(100, 42)) == 0
    assert stats(connector) == (99, 1)
    titles = Counter(call["properties"]["hs_call_title"] for call in sandbox.calls())
    assert titles == {f"Call {number}": 1 for number in range(1, 101) if number != 42}


@pytest.mark.parametrize("answer", ["silent", "silent_input"])
def test_without_a_key_a_silent_row_is_sent_three_times_at_most(
    sandbox: Sandbox, connectors: Connectors, answer: str
) -> None:
    """Each time may create it again."""
    sandbox.settings(poison=[{"answer": answer, "when": "after", "property": "hs_call_title", "contains": BAD}])
    connector = connectors(connectors.configuration(keyed=False))
    assert connector.run(lines(100, 42)) == 0
    assert stats(connector) == (99, 1)
    titles = Counter(call["properties"]["hs_call_title"] for call in sandbox.calls())
    assert len(titles) == 100
    assert titles[f"{BAD} 42"] <= 3
    assert max(titles.values()) <= 3


def test_without_a_key_answers_that_are_lost_after_the_work_end_the_sync(
    sandbox: Sandbox, connectors: Connectors
) -> None:
    """A gateway that gives up too early would have each call made again and again, for ten minutes."""
    sandbox.faults(
        rates=[{"kind": "status", "status": 504, "when": "after", "rate": 1.0, "endpoints": ["create:calls"]}]
    )
    connector = connectors(connectors.configuration(keyed=False))
    assert connector.run(lines(100)) == 1
    assert connector.failure["failure_type"] == "transient_error"
    assert "up to 100 calls may be in HubSpot twice" in connector.failure["message"]
    assert len(sandbox.calls()) == 200
    assert connector.states == []


def test_without_a_key_an_error_that_names_nobody_makes_no_copies(sandbox: Sandbox, connectors: Connectors) -> None:
    """What the results hold tells which call of a batch is missing."""
    sandbox.settings(
        poison=[{"answer": "input", "property": "hs_call_title", "contains": BAD}],
        error_context="no",
        echo_trace_id="no",
        group_errors="no",
    )
    connector = connectors(connectors.configuration(keyed=False))
    assert connector.run(lines(100, 42)) == 0
    assert stats(connector) == (99, 1)
    titles = Counter(call["properties"]["hs_call_title"] for call in sandbox.calls())
    assert titles == {f"Call {number}": 1 for number in range(1, 101) if number != 42}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("keyed", [True, False])
def test_an_answer_about_other_people_proves_nothing(
    sandbox: Sandbox, connectors: Connectors, when: str, *, keyed: bool
) -> None:
    """As many results as calls, and none of them ours: a state that leaves for them would be untrue."""
    for echo in ("yes", "no"):
        sandbox.clear()
        sandbox.settings(echo_trace_id=echo)
        sandbox.faults({"kind": "stranger", "when": when, "endpoint": "create:calls"})
        connector = connectors(connectors.configuration(keyed=keyed))
        assert connector.run(Source(100).lines()) == 0
        titles = Counter(call["properties"]["hs_call_title"] for call in sandbox.calls())
        assert titles.keys() == {f"Call {number}" for number in range(1, 101)}
        assert not keyed or set(titles.values()) == {1}


@pytest.mark.parametrize("results", ["some", "none"])
def test_links_that_are_not_confirmed_are_read_back(sandbox: Sandbox, connectors: Connectors, results: str) -> None:
    """Whether linking names each pair is not documented; today's sync must not wait for what never comes."""
    sandbox.settings(link_results=results)
    sandbox.faults({"kind": "no_links", "endpoint": "create:calls"})
    connector = connectors()
    assert connector.run(Source(100).lines()) == 0
    assert all(len(call["associations"]) == 1 for call in sandbox.calls())
    assert len(sandbox.calls()) == 100
    assert sandbox.count("associate") == 1


@pytest.mark.parametrize(("if_missing", "written"), [("skip", 100), ("reject", 80)])
def test_a_link_that_is_never_made_is_refused_as_its_rule_says(
    sandbox: Sandbox, connectors: Connectors, if_missing: str, written: int
) -> None:
    """HubSpot says nothing against it and does not make it, for ever."""
    sandbox.settings(link_lost_to=[CONTACTS[0]])
    sandbox.faults({"kind": "no_links", "endpoint": "create:calls"})
    associations = [{"object_type": "contacts", "source": "contact", "if_missing": if_missing}]
    connector = connectors(connectors.configuration(mapping={"associations": associations}))
    assert connector.run(lines(100)) == 0
    assert stats(connector) == (written, 100 - written)
    assert if_missing == "skip" or any("does not confirm the link" in line for line in connector.log)


def test_calls_created_without_their_links_get_them_before_a_state_leaves(
    sandbox: Sandbox, connectors: Connectors
) -> None:
    """The answer says nothing of it; the first batch shows it, and from then on every batch is looked at."""
    sandbox.settings(unlinked_share=0.3, latency_ms=50)
    connector = connectors()
    connector.send_aside(Source(1500, state_every=100).lines())
    connector.await_states(1)
    first = connector.states[0]["stream"]["stream_state"]["sent"]
    linked = {call["properties"][KEY] for call in sandbox.calls() if call["associations"]}
    assert {f"call-{number}" for number in range(1, first + 1)} <= linked
    connector.end()
    assert connector.wait() == 0
    assert len(sandbox.calls()) == 1500
    assert all(len(call["associations"]) == 1 for call in sandbox.calls())
    assert any("WARN" in line and "created calls without links" in line for line in connector.log)


def test_links_are_read_back_of_one_batch_in_a_hundred_only(sandbox: Sandbox, connectors: Connectors) -> None:
    """Where HubSpot keeps its word, it costs a hundredth of the requests."""
    assert connectors().run(Source(2000).lines()) == 0
    assert sandbox.count("read_links") == 1
    assert sandbox.count("create") == 20


@pytest.mark.parametrize("relinking", ["replace", "labels"])
def test_labels_that_others_gave_are_kept(sandbox: Sandbox, connectors: Connectors, relinking: str) -> None:
    """The labels that are sent replace those there: nothing is ever unlinked, so all of them are sent."""
    sandbox.settings(relinking=relinking)
    ours, theirs = sandbox.add_label("contacts", "Caller"), sandbox.add_label("contacts", "Important")
    assert connectors().run(Source(20).lines()) == 0
    for call in sandbox.calls():
        (end,) = call["associations"]
        spec = [{"associationCategory": "USER_DEFINED", "associationTypeId": theirs}]
        body = {"inputs": [{"from": {"id": call["id"]}, "to": {"id": end["id"]}, "types": spec}]}
        sandbox_link(sandbox, body)
    associations = [{"object_type": "contacts", "source": "contact", "label": "Caller"}]
    for _ in range(2):
        connector = connectors(
            connectors.configuration(mapping={"associations": associations}), catalog(mode="append_dedup")
        )
        assert connector.run([record(n, title="again") for n in range(1, 21)]) == 0
    for call in sandbox.calls():
        (end,) = call["associations"]
        assert set(end["types"]) == {DEFAULT, f"USER_DEFINED={ours}", f"USER_DEFINED={theirs}"}
    assert sandbox.count("associate") == 20 + 1  # the test's own, and one


def sandbox_link(sandbox: Sandbox, body: dict[str, Any]) -> None:
    """Link as a person does, with a label of theirs."""
    import requests

    answer = requests.post(
        f"{sandbox.url}/crm/v4/associations/calls/contacts/batch/create",
        json=body,
        headers={"Authorization": f"Bearer {sandbox.token}"},
        timeout=10,
    )
    answer.raise_for_status()


@pytest.mark.parametrize("where", ["input", "request"])
@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize("transaction", ["one", "two"])
def test_a_refused_link_that_is_not_named_is_found(
    sandbox: Sandbox, connectors: Connectors, where: str, count: int, transaction: str
) -> None:
    """Only "One or more associations are invalid", and a call with two links, of which one is good.

    Whether HubSpot leaves the call behind without any link ("two" transactions) or not.
    """
    sandbox.settings(association_context="no", bad_association=where, transaction=transaction)
    gone = "999999"
    associations = [{"object_type": "contacts", "source": name} for name in ("contact", "boss")]
    connector = connectors(connectors.configuration(mapping={"associations": associations}))
    rows = [record(n, boss=gone if n % 10 == 1 else CONTACTS[(n + 1) % 5]) for n in range(1, count + 1)]
    assert connector.run([*rows, state(count)]) == 0
    assert stats(connector) == (count, 0)
    for call in sandbox.calls():
        number = int(call["properties"][KEY].removeprefix("call-"))
        ends = {end["id"] for end in call["associations"]}
        assert ends == ({contact(number)} if number % 10 == 1 else {contact(number), CONTACTS[(number + 1) % 5]})
    assert sandbox.count("create") <= 40


def test_a_refused_link_that_is_not_named_rejects_as_its_rule_says(sandbox: Sandbox, connectors: Connectors) -> None:
    """The reason names the rule, and no call without its link is left behind."""
    sandbox.settings(association_context="no")
    associations = [
        {"object_type": "contacts", "source": "contact"},
        {"object_type": "contacts", "source": "boss", "if_missing": "reject"},
    ]
    connector = connectors(connectors.configuration(mapping={"associations": associations}))
    rows = [record(n, boss="999999" if n == 3 else CONTACTS[(n + 1) % 5]) for n in range(1, 31)]
    assert connector.run([*rows, state(30)]) == 0
    assert stats(connector) == (29, 1)
    assert "call-3" not in keys(sandbox)
    assert any('the id in field "boss"' in line for line in connector.log)


def test_a_word_in_a_text_is_no_refused_link(sandbox: Sandbox, connectors: Connectors) -> None:
    """HubSpot's texts repeat values: a key with "association" in it must not cost other calls their links."""
    sandbox.settings(poison=[{"answer": "input", "property": KEY, "contains": "17", "message": "call_associations|17"}])
    connector = connectors()
    assert connector.run([*lines(16), record(17), *lines(30)[20:]]) == 0
    assert "call-17" not in keys(sandbox)
    assert all(len(call["associations"]) == 1 for call in sandbox.calls())


@pytest.mark.parametrize("refusal", ["edit_associations", "suspended", "record_limit", "everything"])
@pytest.mark.parametrize("told_for", ["request", "input"])
def test_what_the_account_refuses_ends_the_sync(
    sandbox: Sandbox, connectors: Connectors, refusal: str, told_for: str
) -> None:
    """It is not the rows: a thousand good ones would be rejected, and the sync end well."""
    connector = connectors()
    connector.send([record(1), state(1)])
    connector.await_states(1)
    sandbox.settings(account_refusal=refusal, account_refusal_as=told_for)
    began = time.monotonic()
    assert connector.run(Source(500).lines(after=1)) == 1
    assert time.monotonic() - began < 30
    assert connector.failure["failure_type"] == "config_error"
    category = {"suspended": "ACCOUNT_SUSPENDED", "record_limit": "LIMIT_REACHED"}.get(refusal, "VALIDATION_ERROR")
    assert category in connector.failure["message"]
    if refusal == "edit_associations":
        assert "Missing 'Edit Associations' permission" in connector.failure["message"]
    assert Source.reached(connector.states) == 1
    assert len(sandbox.calls()) == 1


@pytest.mark.parametrize("code", ["MISSING_REQUIRED_PROPERTY", "MISSING_CONDITIONAL_REQUIRED_PROPERTY", "REQUIRED"])
@pytest.mark.parametrize("where", ["input", "request"])
def test_a_value_that_the_account_requires_is_named(
    sandbox: Sandbox, connectors: Connectors, code: str, where: str
) -> None:
    """The person has to see which property it is, and that no rule fills it; finding out must not cost 83 requests."""
    sandbox.add_property("calls", name="custom_reason", label="Reason", type="string", fieldType="text")
    sandbox.settings(required_properties=[{"property": "custom_reason", "code": code}], missing_required=where)
    connector = connectors(connectors.configuration(max_rejected_records=0))
    assert connector.run(lines(100)) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert "HubSpot requires a value for custom_reason, and no rule fills it" in connector.failure["message"]
    assert sandbox.count("create") <= (2 if code != "MISSING_CONDITIONAL_REQUIRED_PROPERTY" or where == "input" else 4)


def test_a_value_that_is_required_of_some_costs_those(sandbox: Sandbox, connectors: Connectors) -> None:
    """The account requires it of calls of one direction: the others lack it, and are right."""
    sandbox.add_property("calls", name="custom_reason", label="Reason", type="string", fieldType="text")
    rule = {
        "property": "custom_reason",
        "code": "MISSING_CONDITIONAL_REQUIRED_PROPERTY",
        "when": {"hs_call_direction": "INBOUND"},
    }
    sandbox.settings(required_properties=[rule], missing_required="request")
    config = connectors.configuration()
    config["mappings"][0]["properties"].append({"property": "hs_call_direction", "source": "way"})
    connector = connectors(config)
    ways = {n: "INBOUND" if n % 10 == 0 else "OUTBOUND" for n in range(1, 101)}
    assert connector.run([*(record(n, way=way) for n, way in ways.items()), state(100)]) == 0
    assert stats(connector) == (90, 10)
    assert sandbox.count("create") <= 5


def test_a_value_that_some_calls_lack_costs_those(sandbox: Sandbox, connectors: Connectors) -> None:
    """A whole 400 that names the property is matched to the calls that lack it: one more request."""
    sandbox.add_property("calls", name="custom_reason", label="Reason", type="string", fieldType="text")
    sandbox.settings(required_properties=[{"property": "custom_reason"}], missing_required="request")
    config = connectors.configuration()
    config["mappings"][0]["properties"].append({"property": "custom_reason", "source": "why"})
    connector = connectors(config)
    rows = [record(n, **({} if n % 10 == 0 else {"why": "x"})) for n in range(1, 101)]
    assert connector.run([*rows, state(100)]) == 0
    assert stats(connector) == (90, 10)
    assert sandbox.count("create") == 2
    assert any('HubSpot requires a value for custom_reason, and field "why" has none' in line for line in connector.log)


@pytest.mark.parametrize("habit", [{"unique_case": "lowered"}, {"unique_blanks": "trimmed"}])
@pytest.mark.parametrize("clash", ["input", "request"])
@pytest.mark.parametrize("mode", ["append", "append_dedup"])
def test_a_second_refresh_finds_keys_that_hubspot_spells_otherwise(
    sandbox: Sandbox, connectors: Connectors, habit: dict[str, str], clash: str, mode: str
) -> None:
    """Whether HubSpot keeps unique values as they are sent is not known: all would be rejected the second time."""
    sandbox.settings(**habit, unique_clash=clash)
    rows = [*(record(n, id=f" CA-{n}A") for n in range(1, 251)), state(250)]
    for run in range(2):
        connector = connectors(catalog=catalog(mode=mode))
        assert connector.run(rows) == 0
        assert stats(connector) == (250, 0), run
        assert len(sandbox.calls()) == 250


@pytest.mark.parametrize("if_missing", ["reject", "skip"])
def test_the_last_version_wins_though_its_link_is_gone(
    sandbox: Sandbox, connectors: Connectors, if_missing: str
) -> None:
    """The older one of the same batch must not be written over it."""
    assert connectors().run([record(1), state(1)]) == 0
    associations = [{"object_type": "contacts", "source": "contact", "if_missing": if_missing}]
    config = connectors.configuration(
        mapping={"associations": associations, "require_association": if_missing == "skip"}
    )
    connector = connectors(config, catalog(mode="append_dedup"))
    assert connector.run([record(1, title="v1"), record(1, title="v2", contact="999999"), state(2)]) == 0
    (call,) = sandbox.calls()
    assert call["properties"]["hs_call_title"] == "v2"
    assert stats(connector) == (1, 1)


def test_an_update_that_hubspot_cannot_stand_costs_one_row(sandbox: Sandbox, connectors: Connectors) -> None:
    """Of calls that exist too."""
    assert connectors().run(Source(100).lines()) == 0
    sandbox.settings(poison=[{"answer": "firewall", "property": "hs_call_title", "contains": BAD}])
    connector = connectors(catalog=catalog(mode="append_dedup"))
    rows = [record(n, title=f"{BAD} {n}" if n == 42 else f"new {n}") for n in range(1, 101)]
    assert connector.run([*rows, state(100)]) == 0
    assert stats(connector) == (99, 1)
    assert sum(call["properties"]["hs_call_title"].startswith("new") for call in sandbox.calls()) == 99


def test_values_that_are_equal_already_are_not_sent(sandbox: Sandbox, connectors: Connectors) -> None:
    """A full refresh of what has not changed must not touch the calls, nor what others changed in them since."""
    assert connectors().run(Source(100).lines()) == 0
    connector = connectors(catalog=catalog(mode="append_dedup"))
    rows = [record(n, title="changed" if n == 5 else f"Call {n}") for n in range(1, 101)]
    assert connector.run([*rows, state(100)]) == 0
    assert stats(connector) == (100, 0)
    assert sandbox.count("update") == 1
    changed = [call["properties"][KEY] for call in sandbox.calls() if call["properties"]["hs_call_title"] == "changed"]
    assert changed == ["call-5"]
