"""Which mapping a stream's records go through."""

from typing import Any

import pytest

from destination_hubspot_calls.config.model import Mapping
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.config.reading import placed
from destination_hubspot_calls.conversion import Vocabulary
from destination_hubspot_calls.hubspot import standard_properties
from destination_hubspot_calls.mapping import Mapper, Router, StreamPlan, UnmappedStream
from destination_hubspot_calls.mapping.link_rules import link_rules
from destination_hubspot_calls.messages import Call, Link, Record, Rejection, Stream

KEYED = StreamPlan((("id",),))


def mapping(name: str, namespace: str | None = None, **others: Any) -> Mapping:
    return Mapping.model_validate({"stream_name": name, "stream_namespace": namespace, **others})


def router(*mappings: Mapping, streams: dict[Stream, StreamPlan] | None = None) -> Router:
    vocabulary = Vocabulary(standard_properties.PROPERTIES, standard_properties.DISPOSITIONS)
    return Router([placed(mapping, index) for index, mapping in enumerate(mappings)], vocabulary, streams or {})


def place(router: Router, stream: Stream) -> str:
    """The place of the mapping that a stream's records go through, as a rejection tells it."""
    found = router.mapper(stream).map(Record(stream, {}, b""))
    assert isinstance(found, Rejection)
    return found.rule.partition(".")[0]


ALL = (mapping("*"), mapping("calls"), mapping("calls", "b"), mapping("*", "c"), mapping("calls", ""))


@pytest.mark.parametrize(
    ("stream", "index"),
    [
        (Stream("calls", "b"), 2),
        (Stream("calls", "a"), 1),
        (Stream("calls", "c"), 1),
        (Stream("calls"), 4),
        (Stream("calls", ""), 4),
        (Stream("other", "c"), 3),
        (Stream("other"), 0),
        (Stream("*"), 0),
    ],
    ids=str,
)
def test_the_nearest_mapping_wins(stream: Stream, index: int) -> None:
    """Name and namespace before name alone before the rest."""
    assert place(router(*ALL), stream) == f"mappings[{index}]"


@pytest.mark.parametrize("namespace", [None, ""], ids=["none", "empty"])
@pytest.mark.parametrize("stream", [Stream("calls"), Stream("calls", ""), Stream("calls", "dialer")], ids=str)
def test_no_namespace_takes_any(namespace: str | None, stream: Stream) -> None:
    """An empty namespace is none, on both sides."""
    assert place(router(mapping("calls", namespace)), stream) == "mappings[0]"


def test_another_namespace_is_another_stream() -> None:
    """A mapping with a namespace is for that one only."""
    with pytest.raises(UnmappedStream):
        router(mapping("calls", "a")).mapper(Stream("calls", "b"))


def test_the_error_lists_what_came_and_what_is_mapped() -> None:
    """Most often a prefix is missing: both names side by side show it."""
    streams = {Stream("aircall_calls", "raw"): StreamPlan(), Stream("users"): StreamPlan()}
    with pytest.raises(UnmappedStream) as error:
        router(mapping("calls"), mapping("users"), streams=streams).mapper(Stream("aircall_calls", "raw"))
    text = str(error.value)
    for name in ("raw.aircall_calls", "users", "calls"):
        assert name in text


def test_one_mapper_per_stream() -> None:
    """A stream's counts are in one place."""
    routes = router(mapping("*"))
    assert routes.mapper(Stream("a")) is routes.mapper(Stream("a"))
    assert routes.mapper(Stream("a")) is not routes.mapper(Stream("b"))


def test_rules_are_equal_wherever_they_are_made() -> None:
    """What a check finds for a rule is for the links of all the streams that its mapping serves."""
    any_stream = mapping("*", associations=[{"object_type": "deals", "source": "deal"}])
    routes = router(any_stream)
    made = [
        routes.mapper(stream).map(Record(stream, {"hs_timestamp": 1705313730, "deal": 5}, b""))
        for stream in (Stream("a"), Stream("b"))
    ]
    link = Link(link_rules(placed(any_stream))[0], "5")
    assert [call.links for call in made if isinstance(call, Call)] == [(link,), (link,)]


def test_a_call_is_of_the_stream_that_its_record_is_of() -> None:
    """States count by stream."""
    routes = router(mapping("*"), streams={Stream("b", "n"): StreamPlan(updates=True)})
    found = routes.mapper(Stream("b", "n")).map(Record(Stream("b", "n"), {"hs_timestamp": 1705313730}, b""))
    assert isinstance(found, Call)
    assert found.stream == Stream("b", "n")
    assert found.updates


@pytest.mark.parametrize("namespace", [None, ""], ids=["none", "empty"])
def test_a_stream_keeps_its_namespace(namespace: str | None) -> None:
    """Whoever counts by stream finds the call where the record was."""
    stream = Stream("a", namespace)
    plans = {Stream("a", None if namespace == "" else ""): StreamPlan(updates=True)}
    found = router(mapping("a"), streams=plans).mapper(stream).map(Record(stream, {"hs_timestamp": 1705313730}, b""))
    assert isinstance(found, Call)
    assert found.stream is stream
    assert found.updates


def key(routes: Router, stream: Stream) -> str:
    """The external id of a record of this stream."""
    found = routes.mapper(stream).map(Record(stream, {"hs_timestamp": 1705313730, "id": 7}, b""))
    assert isinstance(found, Call)
    assert found.key is not None
    return found.key.value


class TestSharedKeys:
    """A key must be unique across all streams that use its property."""

    def test_two_streams_of_one_name(self) -> None:
        """Primary keys of two namespaces may meet, which would take one call for another."""
        streams = {Stream("calls", "a"): KEYED, Stream("calls", "b"): KEYED}
        with pytest.raises(ConfigError, match=r"mappings\[0\].*a\.calls.*b\.calls"):
            router(mapping("calls", external_id_property="k"), streams=streams).mapper(Stream("calls", "a"))

    def test_two_streams_of_one_name_under_star(self) -> None:
        """Their namespaces tell them apart, with primary keys and with a source: 20 records became 10 calls."""
        streams = {Stream("calls", "a"): KEYED, Stream("calls", "b"): KEYED}
        for more in ({}, {"external_id_source": "id"}):
            routes = router(mapping("*", external_id_property="k", **more), streams=streams)
            assert {key(routes, stream) for stream in streams} == {"a.calls|7", "b.calls|7"}

    def test_a_namespace_alone_changes_no_key(self) -> None:
        """Calls that were written under the name would be created once more."""
        streams = {Stream("calls", "a"): KEYED, Stream("mails", "b"): KEYED}
        assert key(router(mapping("*", external_id_property="k"), streams=streams), Stream("calls", "a")) == "calls|7"

    def test_a_mapping_each(self) -> None:
        """Where the other stream has a mapping of its own, there is nothing to mix up."""
        streams = {Stream("calls", "a"): KEYED, Stream("calls", "b"): KEYED}
        routes = router(mapping("calls", external_id_property="k"), mapping("calls", "b"), streams=streams)
        assert isinstance(routes.mapper(Stream("calls", "a")), Mapper)

    def test_a_source_of_their_own(self) -> None:
        """A source is chosen to be unique."""
        streams = {Stream("calls", "a"): KEYED, Stream("calls", "b"): KEYED}
        keyed = mapping("calls", external_id_property="k", external_id_source="uuid")
        assert isinstance(router(keyed, streams=streams).mapper(Stream("calls", "a")), Mapper)

    def test_two_names_under_star(self) -> None:
        """Names stand before the keys."""
        streams = {Stream("in"): KEYED, Stream("out"): KEYED}
        assert isinstance(router(mapping("*", external_id_property="k"), streams=streams).mapper(Stream("in")), Mapper)

    def test_no_primary_key(self) -> None:
        """A stream without one needs a source."""
        with pytest.raises(ConfigError, match="external_id_source"):
            router(mapping("calls", external_id_property="k")).mapper(Stream("calls"))


def test_wrong_defaults_are_found_at_once() -> None:
    """Before the first record, whichever stream it is of."""
    with pytest.raises(ConfigError, match="default"):
        router(mapping("a"), mapping("b", properties=[{"property": "hs_call_status", "default": "WON"}]))
