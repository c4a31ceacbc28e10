"""What records hold and what a mapping makes of it, seen from outside: counts, states, and what the log says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integration_tests.conftest import Connectors
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, Source, record, state

MEGABYTE = "a" * 1_000_000
DEEP = "[" * 10_000 + "]" * 10_000


def mapping(*rules: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The numbered source's mapping with further rules and keys."""
    time, title = {"property": "hs_timestamp", "source": "at"}, {"property": "hs_call_title", "source": "title"}
    return {"properties": [time, title, *rules], **more}


def sent(*records: Mapping[str, Any]) -> Iterable[bytes]:
    """Numbered records with these fields, and a state."""
    yield from (record(number, **fields) for number, fields in enumerate(records, 1))
    yield state(len(records))


def test_only_if_skips_and_counts(sandbox: Sandbox, connectors: Connectors) -> None:
    """A record that is skipped is neither a call nor rejected; a state that does not count it would fail the sync."""
    config = connectors.configuration(mapping=mapping(only_if="contains(['call-1', 'call-2'], id)"))
    connector = connectors(config=config)
    assert connector.run(Source(14, state_every=7).lines()) == 0
    assert sandbox.created() == 2
    assert connector.counts == [(7.0, 0.0), (7.0, 0.0)]
    assert "12 records skipped by only_if" in connector.said


def test_a_zone_and_what_was_taken_for_utc(sandbox: Sandbox, connectors: Connectors) -> None:
    """The same local time in two mappings: in the zone that one says, and in UTC, which the log tells of the other."""
    local = [{"at": "31.07.2026 12:11"}] * 3
    zoned = connectors(config=connectors.configuration(mapping=mapping(time_zone="Europe/Berlin")))
    assert zoned.run(sent(*local)) == 0
    assert {call["properties"]["hs_timestamp"] for call in sandbox.calls()} == {"2026-07-31T10:11:00.000Z"}
    assert "taken for UTC" not in zoned.said
    config = connectors.configuration(mapping=mapping(external_id_source="join('', [id, '-utc'])"))
    unsaid = connectors(config=config)
    assert unsaid.run(sent(*local)) == 0
    assert "3 times of hs_timestamp without an offset, taken for UTC" in unsaid.said


def test_the_accounts_own_zone(sandbox: Sandbox, connectors: Connectors) -> None:
    """`account` is for who does not know the zone's name, but that HubSpot shows the right hours."""
    connector = connectors(config=connectors.configuration(mapping=mapping(time_zone="account")))
    assert connector.run(sent({"at": "2026-01-31 05:11:12"})) == 0
    assert [call["properties"]["hs_timestamp"] for call in sandbox.calls()] == ["2026-01-31T10:11:12.000Z"]


def test_a_missing_time_is_told_with_the_field_that_has_it(sandbox: Sandbox, connectors: Connectors) -> None:
    """A warehouse writes names in capitals; who reads the log need not look into the source."""
    connector = connectors()
    connector.run(sent(*[{"at": None, "STARTED_AT": "2026-01-31T10:11:12Z"}] * 3))
    assert "is missing, and every call needs a time (REQUIRED). What looks like one: STARTED_AT" in connector.said
    assert sandbox.created() == 0


def test_hostile_values_cost_their_record_at_most(sandbox: Sandbox, connectors: Connectors) -> None:
    """A megabyte of one letter, 10,000 levels, and 10,000 digits: each costs its record at most."""
    rules = mapping(
        {"property": "hs_call_body", "source": "notes", "conversion": "text_to_html"},
        {"property": "hs_call_duration", "source": "length", "conversion": "seconds_to_milliseconds"},
        {"property": "hs_call_to_number", "source": "deep.a[0].b || match(notes, '(a+)+b')"},
        {"property": "hs_call_from_number", "source": "replace(notes, '[a]', 'b')"},
        associations=[
            {"object_type": "contacts", "source": "contact"},
            {"object_type": "contacts", "source": "notes", "match_by": "email"},
        ],
    )
    connector = connectors(config=connectors.configuration(mapping=rules))
    bad = [{"notes": MEGABYTE}, {"deep": DEEP}, {"at": "1" * 10_000}, {"length": "9" * 10_000}, {"at": MEGABYTE}]
    assert connector.run(sent(*bad, {"notes": "good", "length": "01:35"})) == 0
    calls = {call["properties"][KEY]: call["properties"] for call in sandbox.calls()}
    assert sorted(calls) == ["call-1", "call-2", "call-6"]
    assert calls["call-1"]["hs_call_body"] == "a" * 65_535 + "…"
    assert calls["call-6"]["hs_call_duration"] == "95000"
    assert "1 values of hs_call_body cut to 65,536 characters" in connector.said
    assert connector.counts == [(3.0, 3.0)]
