"""Which mapping a stream's records go through."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from destination_hubspot_calls.config import model
from destination_hubspot_calls.config.fields import ANY_STREAM
from destination_hubspot_calls.config.problems import ConfigError, Problem
from destination_hubspot_calls.conversion import Vocabulary
from destination_hubspot_calls.mapping.mapper import Mapper, StreamPlan
from destination_hubspot_calls.mapping.rules import Rules
from destination_hubspot_calls.messages import Stream
from destination_hubspot_calls.results import Tally


class UnmappedStream(ConfigError):
    """Records came of a stream that no mapping names."""


def serving(mappings: Sequence[model.Mapping], stream: Stream) -> int | None:
    """Which of the mappings a stream's records go through; None where there is none."""
    by_stream = {(mapping.stream_name, mapping.stream_namespace): place for place, mapping in enumerate(mappings)}
    for name in (stream.name, ANY_STREAM):
        # No namespace and an empty one take any; where a mapping has each, the empty one has those without.
        for namespace in (stream.namespace or "", None, ""):
            place = by_stream.get((name, namespace))
            if place is not None:
                return place
    return None


class Router:
    """One mapping per stream: the one for its name and namespace, else for its name, else `*`."""

    def __init__(
        self, mappings: Sequence[model.Mapping], vocabulary: Vocabulary, plans: Mapping[Stream, StreamPlan]
    ) -> None:
        self._rules = tuple(Rules(mapping, vocabulary) for mapping in mappings)
        self._plans = {_plain(stream): plan for stream, plan in plans.items()}
        self._mappers: dict[Stream, Mapper] = {}

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The streams that came so far."""
        return tuple(self._mappers)

    @property
    def tallies(self) -> Iterator[tuple[Stream, Tally]]:
        """What mapping counted so far, by stream."""
        for stream, mapper in self._mappers.items():
            yield stream, mapper.tally

    @property
    def never_filled(self) -> Iterator[tuple[Stream, tuple[str, ...]]]:
        """By stream, the rules whose source found no value in any record."""
        for stream, mapper in self._mappers.items():
            if mapper.never_filled:
                yield stream, mapper.never_filled

    def mapper(self, stream: Stream) -> Mapper:
        """The stream's mapper, always the same one; raises ConfigError, of which UnmappedStream is a kind."""
        mapper = self._mappers.get(stream)
        if mapper is None:
            mapper = self._mappers[stream] = self._made(_plain(stream))
        return mapper

    def _made(self, stream: Stream) -> Mapper:
        rules = self._serving(stream)
        if rules is None:
            raise UnmappedStream(Problem("mappings", _unmapped(stream, self._plans, self._rules)))
        self._forbid_shared_keys(stream, rules)
        shares_name = any(other.name == stream.name and other != stream for other in self._plans)
        return Mapper(rules, stream, self._plans.get(stream, StreamPlan())._replace(shares_name=shares_name))

    def _serving(self, stream: Stream) -> Rules | None:
        place = serving([rules.mapping for rules in self._rules], stream)
        return None if place is None else self._rules[place]

    def _forbid_shared_keys(self, stream: Stream, rules: Rules) -> None:
        """Primary keys tell the records of one stream apart, not those of two in one mapping that names a stream."""
        mapping = rules.mapping
        if mapping.external_id_property is None or mapping.external_id_source is not None:
            return
        if mapping.stream_name == ANY_STREAM:
            return  # what tells the streams apart stands before their keys
        for other in self._plans:
            if other != stream and other.name == stream.name and self._serving(other) is rules:
                raise ConfigError(
                    Problem(
                        rules.place,
                        f"serves the streams {stream} and {other}, whose primary keys may be the same; "
                        "give each a mapping with its stream_namespace and an external_id_source that tells them apart",
                    )
                )


def _plain(stream: Stream) -> Stream:
    """An empty namespace is none."""
    return stream if stream.namespace else Stream(stream.name)


def _unmapped(stream: Stream, plans: Iterable[Stream], mappings: Iterable[Rules]) -> str:
    came = ", ".join(sorted({str(stream), *map(str, plans)}))
    mapped = ", ".join(str(Stream(rules.mapping.stream_name, rules.mapping.stream_namespace)) for rules in mappings)
    return (
        f"none is for the stream {stream}; the connection's streams are {came}; "
        f"the mappings are for {mapped or 'none'}. stream_name must be the name as it arrives, prefix included, or *; "
        "stream_namespace its namespace, or empty for any"
    )
