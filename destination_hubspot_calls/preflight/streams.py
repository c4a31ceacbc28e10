"""The mappings, held against the streams that the connection selected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from destination_hubspot_calls.airbyte.catalog import Catalog, Selected
from destination_hubspot_calls.config.fields import ANY_STREAM
from destination_hubspot_calls.config.model import Config, Mapping
from destination_hubspot_calls.hubspot.standard_properties import TIME
from destination_hubspot_calls.mapping import StreamPlan, serving
from destination_hubspot_calls.mapping.expression import breaks_off, plain_path
from destination_hubspot_calls.messages import Stream
from destination_hubspot_calls.preflight.external_id import APART
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.properties import named_rules
from destination_hubspot_calls.preflight.sources import sources
from destination_hubspot_calls.preflight.suggestions import closest, did_you_mean, listed, named, quoted

MODES = ("append", "append_dedup")
_UPDATING = "append_dedup"


def plans(catalog: Catalog) -> dict[Stream, StreamPlan]:
    """What the mapping needs to know of the selected streams."""
    return {item.stream: StreamPlan(item.primary_key, updates=item.sync_mode == _UPDATING) for item in catalog.values()}


class Streams:
    """The selected streams, by the mapping that serves them. Those that Airbyte mapped itself need none."""

    def __init__(self, config: Config, catalog: Catalog) -> None:
        self._config = config
        self._selected = tuple(catalog.values())
        self._served: dict[str, list[Selected]] = {}
        self._unmapped: list[Stream] = []
        for item in self._selected:
            place = serving(config.mappings, item.stream)
            if place is not None:
                self._served.setdefault(config.mappings[place].place, []).append(item)
            elif item.object_name is None:
                self._unmapped.append(item.stream)

    def fields(self, mapping: Mapping) -> frozenset[str]:
        """The fields that any stream of a mapping is known to have; empty if one of them tells none."""
        served = self._served.get(mapping.place, [])
        if not served or not all(item.fields for item in served):
            return frozenset()
        return frozenset().union(*(item.fields for item in served))

    def check(self, findings: Findings) -> None:
        """Say what does not fit."""
        self._check_modes(findings)
        if self._unmapped:
            findings.problem("mappings", self._unmapped_words())
        for mapping in self._config.mappings:
            self._check_keys(mapping, findings)
            self._check_sources(mapping, findings)
            self._check_time(mapping, findings)

    def _check_modes(self, findings: Findings) -> None:
        wrong: dict[str, list[str]] = {}
        for item in self._selected:
            if item.sync_mode not in MODES:
                wrong.setdefault(item.sync_mode, []).append(str(item.stream))
        for mode, names in wrong.items():
            why = ", as nothing is ever removed from HubSpot" if mode.startswith("overwrite") else ""
            findings.problem(
                f"connection: {_streams(names)}",
                f"the sync mode {mode} is not supported{why}: choose append, or append + deduped, in the connection",
            )

    def _unmapped_words(self) -> str:
        mapped = [Stream(item.stream_name, item.stream_namespace) for item in self._config.mappings]
        there = [str(stream) for stream in mapped]
        near = {
            stream: [str(other) for other in mapped if other.name == stream.name]
            or closest(str(stream), dict.fromkeys(there, ""))
            for stream in self._unmapped
        }
        hint = "".join(f" Is {quoted(names[0])} meant for {named(str(name))}?" for name, names in near.items() if names)
        are = f"there are those for {listed(map(quoted, there))}" if there else "there are none at all"
        return (
            f"none is for {_streams(map(str, self._unmapped))}, which the connection selects; {are}.{hint} "
            "stream_name must be the name as it arrives, prefix included, or * for all; or deselect what is not a call"
        )

    # ---- keys

    def _check_keys(self, mapping: Mapping, findings: Findings) -> None:
        served = self._served.get(mapping.place, [])
        updating = [str(item.stream) for item in served if item.sync_mode == _UPDATING]
        if mapping.external_id_property is None:
            if updating:
                findings.problem(
                    mapping.place_of("external_id_property"),
                    f"is missing, and {_streams(updating)} {_is(updating)} append + deduped, which finds calls by it. "
                    "Name a text property of calls with unique values, or choose append in the connection",
                )
            return
        if mapping.external_id_source is None:
            self._check_primary_keys(mapping, served, findings)
        elif mapping.stream_name != ANY_STREAM and plain_path(mapping.external_id_source) is not None:
            self._check_plain_key(mapping, served, findings)

    def _check_primary_keys(self, mapping: Mapping, served: Sequence[Selected], findings: Findings) -> None:
        """Whether each stream has a primary key, and none may have the same as another."""
        without = [str(item.stream) for item in served if not item.primary_key]
        if without:
            findings.problem(
                mapping.place_of("external_id_source"),
                f"is missing, and {_streams(without)} {_has(without)} no primary key to stand for it: enter the "
                "field or expression that tells its records apart",
            )
        if mapping.stream_name == ANY_STREAM:
            return  # what tells the streams apart stands before their keys
        for name, same in _of_one_name(served).items():
            findings.problem(
                mapping.place_of("external_id_source"),
                f"is missing, and {_streams(same)} are all called {named(name)}, so their primary keys may meet: give "
                f"each a mapping with its stream_namespace and {APART}",
            )

    def _check_plain_key(self, mapping: Mapping, served: Sequence[Selected], findings: Findings) -> None:
        """Whether one field tells apart the records of all streams that a mapping names."""
        for same in _of_one_name(served).values():
            findings.warn(
                mapping.place_of("external_id_source"),
                f"is one field for {_streams(same)}, and keys must be unique across all streams that use a property. "
                f"Unless its values are unique everywhere, give each a mapping with its stream_namespace and {APART}",
            )

    # ---- fields

    def _check_sources(self, mapping: Mapping, findings: Findings) -> None:
        for where, source in sources(mapping):
            path = plain_path(source)
            lacking = [
                item
                for item in self._served.get(mapping.place, [])
                if item.fields and not {source, *(path or ())[:1]} & item.fields
            ]
            if path is None or not lacking:
                continue
            names = _streams(str(item.stream) for item in lacking)
            near = did_you_mean(closest(path[0], dict.fromkeys(sorted(lacking[0].fields), "")))
            there = near or f" There are {listed(sorted(lacking[0].fields))}"
            if breaks_off(source) is not None and source not in self.fields(mapping):
                findings.problem(
                    where,
                    f"{quoted(source)} is not a JMESPath expression, so it can only be a field's name, and {names} "
                    f"{_has(lacking)} no field of this name.{there}",
                )
            else:
                findings.warn(where, f"{names} {_has(lacking)} no field {quoted(path[0])}.{there}")

    def _check_time(self, mapping: Mapping, findings: Findings) -> None:
        if any(rule.property == TIME for rule in named_rules(mapping)) or not mapping.copies_matching_fields:
            return
        served = self._served.get(mapping.place, [])
        lacking = [str(item.stream) for item in served if item.fields and not _has_field(TIME, item.fields)]
        if lacking:
            findings.problem(
                mapping.place_of("properties"),
                f"no rule fills {TIME}, the time of the call, which HubSpot requires, and {_streams(lacking)} "
                f"{_has(lacking)} no field of this name: add a rule, with the field that holds the time as its source",
            )


def _has_field(name: str, fields: Iterable[str]) -> bool:
    """Whether a field is copied to the property of this name, whatever its case."""
    return any(field.casefold() == name for field in fields)


def _of_one_name(served: Iterable[Selected]) -> dict[str, list[str]]:
    """The streams that differ by their namespace only, by name."""
    named: dict[str, list[str]] = {}
    for item in served:
        named.setdefault(item.stream.name, []).append(str(item.stream))
    return {name: streams for name, streams in named.items() if len(streams) > 1}


def _streams(names: Iterable[str]) -> str:
    known = [named(name) for name in names]
    return f"{'the stream' if len(known) == 1 else 'the streams'} {listed(known)}"


def _is(names: Sequence[object]) -> str:
    return "is" if len(names) == 1 else "are"


def _has(names: Sequence[object]) -> str:
    return "has" if len(names) == 1 else "have"
