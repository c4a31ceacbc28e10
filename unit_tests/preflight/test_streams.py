"""The mappings against the streams that a connection selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from destination_hubspot_calls.airbyte.catalog import Selected
from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.messages import Stream
from destination_hubspot_calls.preflight import Findings
from destination_hubspot_calls.preflight.external_id import check_shared_property
from destination_hubspot_calls.preflight.sources import check_source, sources
from destination_hubspot_calls.preflight.streams import Streams

TIME = {"property": "hs_timestamp", "source": "at"}
KEY = {"external_id_property": "dialer_call_id"}
FIELDS = frozenset({"id", "at", "title"})
APART = "a source that keeps them apart, like join('-', ['twilio', sid])"


def config(*mappings: dict[str, Any]) -> Config:
    credentials = {"auth_type": "access_token", "access_token": "pat-na1-x"}
    return read_config({"credentials": credentials, "mappings": list(mappings)})


def mapping(stream: str = "calls", *rules: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"stream_name": stream, "properties": [TIME, *rules], **others}


def stream(name: str = "calls", namespace: str | None = None, **others: Any) -> Selected:
    return Selected(Stream(name, namespace), **{"primary_key": (("id",),), "fields": FIELDS, **others})


def found(mappings: Sequence[dict[str, Any]], *selected: Selected) -> Findings:
    """What the catalog makes wrong, and the sources."""
    read = config(*mappings)
    streams = Streams(read, {item.stream: item for item in selected})
    findings = Findings()
    streams.check(findings)
    for item in read.mappings:
        check_shared_property(item, read, findings)
        for place, source in sources(item):
            check_source(place, source, streams.fields(item), findings)
    return findings


def test_what_fits_is_silent() -> None:
    """A warning that comes always is read never."""
    findings = found([mapping(**KEY)], stream(sync_mode="append_dedup"))
    assert (findings.problems, findings.warnings) == ([], [])


@pytest.mark.parametrize(
    ("mappings", "selected", "told"),
    [
        (
            [mapping("call")],
            [stream(), stream("users")],
            (
                'mappings: none is for the streams "calls", "users", which the connection selects; there are those for '
                '"call". Is "call" meant for "calls"? stream_name must be the name as it arrives, prefix included, or * for '
                "all; or deselect what is not a call"
            ),
        ),
        (
            [],
            [stream()],
            (
                'mappings: none is for the stream "calls", which the connection selects; there are none at all. stream_name '
                "must be the name as it arrives, prefix included, or * for all; or deselect what is not a call"
            ),
        ),
        (
            [mapping(stream_namespace="dialer")],
            [stream(namespace="pbx")],
            (
                'mappings: none is for the stream "pbx.calls", which the connection selects; there are those for '
                '"dialer.calls". Is "dialer.calls" meant for "pbx.calls"? stream_name must be the name as it arrives, prefix '
                "included, or * for all; or deselect what is not a call"
            ),
        ),
        (
            [mapping("*")],
            [stream(sync_mode="overwrite"), stream("users", sync_mode="overwrite")],
            (
                'connection: the streams "calls", "users": the sync mode overwrite is not supported, as nothing is ever '
                "removed from HubSpot: choose append, or append + deduped, in the connection"
            ),
        ),
        (
            [mapping()],
            [stream(sync_mode="append_dedup")],
            (
                'mappings[0].external_id_property: is missing, and the stream "calls" is append + deduped, which finds calls '
                "by it. Name a text property of calls with unique values, or choose append in the connection"
            ),
        ),
        (
            [mapping(**KEY)],
            [stream(primary_key=())],
            (
                'mappings[0].external_id_source: is missing, and the stream "calls" has no primary key to stand for it: enter '
                "the field or expression that tells its records apart"
            ),
        ),
        (
            [mapping(**KEY)],
            [stream(namespace="a"), stream(namespace="b")],
            (
                'mappings[0].external_id_source: is missing, and the streams "a.calls", "b.calls" are all called "calls", so '
                f"their primary keys may meet: give each a mapping with its stream_namespace and {APART}"
            ),
        ),
        (
            [mapping("calls", {"property": "hs_call_title", "source": "Call titel"})],
            [stream(fields=FIELDS | {"Call title"})],
            (
                'mappings[0].properties[1].source: "Call titel" is not a JMESPath expression, so it can only be a field\'s name, '
                'and the stream "calls" has no field of this name. Did you mean Call title?'
            ),
        ),
        (
            [mapping("calls", external_id_source="call id", **KEY)],
            [stream()],
            (
                'mappings[0].external_id_source: "call id" is not a JMESPath expression, so it can only be a field\'s name, and '
                'the stream "calls" has no field of this name. There are at, id, title'
            ),
        ),
        (
            [{"stream_name": "calls"}],
            [stream()],
            (
                "mappings[0].properties: no rule fills hs_timestamp, the time of the call, which HubSpot requires, and the "
                'stream "calls" has no field of this name: add a rule, with the field that holds the time as its source'
            ),
        ),
    ],
    ids=[
        "a stream without a mapping",
        "no mapping at all",
        "another namespace",
        "overwrite",
        "updates without a key",
        "no primary key",
        "two namespaces",
        "a name that is none",
        "a key that is none",
        "no time",
    ],
)
def test_what_stops_a_sync(mappings: list[dict[str, Any]], selected: list[Selected], told: str) -> None:
    """What would go wrong with every record is told before the first."""
    assert [str(problem) for problem in found(mappings, *selected).problems] == [told]


@pytest.mark.parametrize(
    ("mappings", "selected", "told"),
    [
        (
            [mapping("calls", {"property": "hs_call_title", "source": "titel"})],
            [stream()],
            ['mappings[0].properties[1].source: the stream "calls" has no field "titel". Did you mean title?'],
        ),
        (
            [mapping("*", {"property": "hs_call_title", "source": "Call title"})],
            [stream(fields=FIELDS | {"Call title"}), stream("others")],
            ['mappings[0].properties[1].source: the stream "others" has no field "Call title". Did you mean title?'],
        ),
        (
            [mapping(associations=[{"object_type": "contacts", "source": "caller.contact_id"}])],
            [stream()],
            ['mappings[0].associations[0].source: the stream "calls" has no field "caller". There are at, id, title'],
        ),
        (
            [mapping(external_id_source="id", **KEY)],
            [stream(namespace="a"), stream(namespace="b")],
            [
                (
                    'mappings[0].external_id_source: is one field for the streams "a.calls", "b.calls", and keys must be unique across all streams that use a property. Unless its values are '
                    f"unique everywhere, give each a mapping with its stream_namespace and {APART}"
                )
            ],
        ),
        (
            [
                mapping("a", external_id_source="id", **KEY),
                mapping("b", external_id_source="join('-', ['b', id])", **KEY),
            ],
            [stream("a"), stream("b")],
            [
                (
                    "mappings[0].external_id_source: mappings[1] is for the same property, and keys must be unique across all "
                    f"streams that use it: records with equal keys are taken for one call. Unless the values of id are unique everywhere, enter {APART}"
                )
            ],
        ),
    ],
    ids=["a slip in a path", "a name that one stream has", "a nested path", "one key for two streams", "one property"],
)
def test_what_looks_wrong(mappings: list[dict[str, Any]], selected: list[Selected], told: list[str]) -> None:
    """A schema need not name every field, and ids may be unique everywhere: a person decides."""
    findings = found(mappings, *selected)
    assert (findings.problems, [str(warning) for warning in findings.warnings]) == ([], told)


@pytest.mark.parametrize(
    ("mappings", "selected"),
    [
        ([], [stream(object_name="calls")]),
        ([{"stream_name": "calls"}], [stream(fields=frozenset())]),
        ([{"stream_name": "calls"}], [stream(fields=FIELDS | {"hs_timestamp"})]),
        ([{"stream_name": "calls"}], [stream(fields=FIELDS | {"HS_TIMESTAMP"})]),
        ([mapping("calls", {"property": "hs_call_title", "source": "Call titel"})], [stream(fields=frozenset())]),
        ([mapping("calls", {"property": "hs_call_duration", "source": "Len(s"})], [stream(fields=FIELDS | {"Len(s"})]),
        (
            [mapping("calls", {"property": "hs_call_duration", "source": "len(s)"})],
            [stream(fields=FIELDS | {"len(s)"})],
        ),
        ([mapping("calls", {"property": "hs_call_title", "source": "join(' ', [a, b])"})], [stream()]),
        ([mapping("*", **KEY)], [stream(), stream("others")]),
        ([mapping(), mapping("gone", **KEY)], [stream()]),
        ([mapping("*", **KEY)], [stream(namespace="a"), stream(namespace="b")]),
        ([mapping("*", external_id_source="id", **KEY)], [stream(namespace="a"), stream(namespace="b")]),
    ],
    ids=[
        "mapped by Airbyte",
        "no schema, the time by its name",
        "the time by its name",
        "the time by its name in capitals",
        "no schema, a name",
        "a field like half an expression",
        "a field like a function",
        "an expression",
        "streams kept apart by *",
        "a mapping for no stream",
        "namespaces kept apart by *",
        "namespaces kept apart by * under a source",
    ],
)
def test_what_may_be_right_stops_nothing(mappings: list[dict[str, Any]], selected: list[Selected]) -> None:
    """A check that refuses what works is worse than none."""
    assert found(mappings, *selected).problems == []


@pytest.mark.parametrize(
    "source",
    ["Call title", "call-id", "Dauer (Sek.)", "From/To", "Kunde: Name", "100 %", "was_answered?", "{a: b}", "[{a: b}]"],
)
def test_a_columns_heading_is_nothing_to_talk_of(source: str) -> None:
    """Most of those who bring a CSV file have nothing else."""
    findings = Findings()
    check_source("place", source, frozenset(), findings)
    assert (findings.problems, findings.warnings) == ([], [])


@pytest.mark.parametrize("source", ["agent.first name", "agent->name", "a.b c"])
def test_half_a_path_may_be_wrong(source: str) -> None:
    """It is taken for a field's name, and few fields are called so."""
    findings = Findings()
    check_source("place", source, frozenset(), findings)
    assert (findings.problems, len(findings.warnings)) == ([], 1)
