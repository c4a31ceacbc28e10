"""What a configuration asks for, held against what the account and the connection have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from destination_hubspot_calls import config
from destination_hubspot_calls.associations import LinkKind, Way
from destination_hubspot_calls.catalog import Catalog
from destination_hubspot_calls.config import Config
from destination_hubspot_calls.connection import Connection
from destination_hubspot_calls.conversion import Vocabulary
from destination_hubspot_calls.hubspot import standard
from destination_hubspot_calls.hubspot.models import Disposition, Owner, Page, Property
from destination_hubspot_calls.mapping.links import link_rules
from destination_hubspot_calls.messages import LinkRule
from destination_hubspot_calls.preflight.draft import Draft
from destination_hubspot_calls.preflight.external_id import check_external_id
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.hint import labelled, nearest
from destination_hubspot_calls.preflight.holder import Holder, read_holder, read_portal
from destination_hubspot_calls.preflight.links import Links
from destination_hubspot_calls.preflight.properties import Definitions, check_rule, check_time, named_rules
from destination_hubspot_calls.preflight.readings import Reading, Readings
from destination_hubspot_calls.preflight.scopes import LEGACY, READ_CALLS, READ_OWNERS, Lacks, check_write
from destination_hubspot_calls.preflight.sources import check_source, sources
from destination_hubspot_calls.preflight.streams import Streams

OUTCOME = "hs_call_disposition"


@dataclass(frozen=True, slots=True)
class Account:
    """What an account has of what a configuration asks for. Where there are findings, something may be missing."""

    vocabulary: Vocabulary
    kinds: Mapping[LinkRule, LinkKind]
    ways: Mapping[LinkRule, Way]
    findings: Findings


def inspect(
    connection: Connection,
    config: Config,
    catalog: Catalog | None = None,
    *,
    draft: Draft | None = None,
    findings: Findings | None = None,
) -> Account:
    """Read what the configuration needs of the account, and name all that does not fit. Writes nothing.

    Without a `catalog` what the connection's streams must have is left out. `draft`: `config` is what is left of it.
    Raises HubSpotError; what was found before that is in `findings`.
    """
    findings = Findings() if findings is None else findings
    inspection = _Inspection(connection, config, catalog, draft or Draft(config, None), findings)
    inspection.check_offline()
    with Readings() as readings:
        return inspection.check_account(readings)


class _Inspection:
    """One look at a configuration."""

    def __init__(
        self, connection: Connection, config: Config, catalog: Catalog | None, draft: Draft, findings: Findings
    ) -> None:
        self._connection = connection
        self._client = connection.client
        self._config = config
        self._draft = draft
        self._findings = findings
        self._mappings = [(f"mappings[{index}]", mapping) for index, mapping in enumerate(config.mappings)]
        self._streams = None if catalog is None else Streams(config, catalog)
        self._lacks = Lacks()

    # ---- without HubSpot

    def check_offline(self) -> None:
        """What can be told without asking HubSpot."""
        streams = self._streams
        if not self._mappings and streams is None:
            self._findings.problem(
                "mappings",
                "is empty: add one entry for each stream whose records become calls (where Airbyte's own page maps "
                "fields to those of calls, one for the stream * is enough)",
            )
        for place, mapping in self._mappings:
            if self._draft.original(place) not in self._draft.torn:
                check_time(mapping, place, self._findings)
            for where, source in sources(mapping, place):
                check_source(where, source, streams.fields(place) if streams else frozenset(), self._findings)
        if streams:
            streams.check(self._findings)

    # ---- with HubSpot

    def check_account(self, readings: Readings) -> Account:
        """What only the account can tell, in as few round trips as its answers need."""
        holder_read = readings.start(lambda: read_holder(self._connection, self._config))
        portal_read = readings.start(lambda: read_portal(self._connection))
        properties_read = readings.start(lambda: self._client.properties("calls"))
        # Asked for first: where the token is not accepted, this raises, and nothing else is asked.
        known = properties_read.value
        holder, self._findings.portal = _settle(holder_read, portal_read)
        self._check_holder(holder)
        properties = {item.name: item for item in known if not item.archived} if known else standard.PROPERTIES
        if known is None:
            self._tell_unread_definitions(properties_read)

        links = Links(self._client, self._link_rules(), holder.scopes, readings)
        archived = self._start_archived(properties, readings) if known else None
        calls_read = self._start_reading_calls(holder, readings)
        vocabulary = self._vocabulary(properties, readings)
        definitions = Definitions(vocabulary, known=known is not None, archived=_names(archived))
        self._check_properties(definitions)
        ends = links.ends(self._findings, self._lacks)
        if calls_read is not None and calls_read.missing:
            self._lacks.add(READ_CALLS, "find calls by their external id")
        self._lacks.tell(self._config, self._findings)
        return Account(vocabulary, ends.kinds, ends.ways, self._findings)

    def _check_holder(self, holder: Holder) -> None:
        check_write(holder.scopes, self._config, self._lacks, self._findings)
        if holder.passes:
            self._findings.problem(
                "credentials.access_token",
                "is an OAuth app's access token, which ends within half an hour: enter the token of a service key or "
                "private app (pat-…), or choose OAuth",
            )

    def _tell_unread_definitions(self, read: Reading[tuple[Property, ...]]) -> None:
        missing = f": the token lacks {', '.join(read.missing.scopes) or READ_CALLS}" if read.missing else ""
        self._findings.note(
            f"the account's own call properties, which cannot be read{missing}; those that every account has are known"
        )

    def _link_rules(self) -> list[LinkRule]:
        return [rule for place, mapping in self._mappings for rule in link_rules(mapping, place)]

    def _start_archived(
        self, properties: Mapping[str, Property], readings: Readings
    ) -> Reading[tuple[Property, ...]] | None:
        named = {name for _, mapping in self._mappings for name in _named(mapping)}
        if named <= properties.keys():
            return None
        return readings.start(lambda: self._client.properties("calls", archived=True))

    def _start_reading_calls(self, holder: Holder, readings: Readings) -> Reading[Page] | None:
        """What a call's external id is for: to find it again."""
        if all(mapping.external_id_property is None for _, mapping in self._mappings):
            return None
        if holder.scopes is not None and holder.scopes & {READ_CALLS, LEGACY}:
            return None
        return readings.start(lambda: self._client.first_record("calls"))

    def _check_properties(self, definitions: Definitions) -> None:
        for place, mapping in self._mappings:
            for where, rule in named_rules(mapping, place):
                if rule.property != mapping.external_id_property:
                    check_rule(where, rule, definitions, self._findings)
            check_external_id(mapping, place, definitions, self._config.api_base_url, self._findings)
        for where, entered in self._draft.labels.items():
            if labelled(entered, definitions.labels) or nearest(entered, definitions.labels):
                self._findings.entered_problem(where, definitions.unknown(entered))

    # ---- what values may be called

    def _vocabulary(self, properties: Mapping[str, Property], readings: Readings) -> Vocabulary:
        outcomes = owners = former = None
        if self._is_used(lambda item: item.name == OUTCOME, properties):
            outcomes = readings.start(self._client.dispositions)
        if self._is_used(lambda item: item.is_owner, properties):
            owners = readings.start(lambda: tuple(self._client.owners()))
            former = readings.start(lambda: tuple(self._client.owners(archived=True)))
        return Vocabulary(properties, self._outcomes(outcomes), self._owners(owners, former, properties))

    def _is_used(self, is_it: Callable[[Property], bool], properties: Mapping[str, Property]) -> bool:
        """Whether a rule fills such a property, or a stream may have a field that is copied to one."""
        names = {name for name, item in properties.items() if is_it(item)}
        for place, mapping in self._mappings:
            if any(rule.property in names for _, rule in named_rules(mapping, place)):
                return True
            if mapping.copy_matching_fields and self._streams is not None:
                fields = self._streams.fields(place)
                if not fields or names & fields:
                    return True
        return False

    def _outcomes(self, read: Reading[tuple[Disposition, ...]] | None) -> tuple[Disposition, ...] | None:
        if read is None or read.value is not None:
            return read.value if read else None
        self._findings.note(
            "the account's own call outcomes, which the token may not read; those of every account are known"
        )
        return None

    def _owners(
        self,
        present: Reading[tuple[Owner, ...]] | None,
        former: Reading[tuple[Owner, ...]] | None,
        properties: Mapping[str, Property],
    ) -> tuple[Owner, ...] | None:
        if present is None or former is None:
            return None
        if present.value is not None:
            return (*present.value, *(former.value or ()))
        if self._names_owners_by_email(properties):
            self._lacks.add(READ_OWNERS, "find owners by e-mail address")
        else:
            self._findings.note(
                f"the owners, as the token lacks {READ_OWNERS}: their ids are taken, their e-mail addresses are not"
            )
        return None

    def _names_owners_by_email(self, properties: Mapping[str, Property]) -> bool:
        """Whether a rule gives an owner's e-mail address, as far as its texts show."""
        owning = {name for name, item in properties.items() if item.is_owner}
        return any(
            "mail" in (rule.source or "").lower() or "@" in " ".join((rule.default or "", *rule.values))
            for place, mapping in self._mappings
            for _, rule in named_rules(mapping, place)
            if rule.property in owning
        )


def _settle(holder: Reading[Holder], portal: Reading[int | None]) -> tuple[Holder, int | None]:
    held = holder.value or Holder()
    return held, held.portal or portal.value


def _named(mapping: config.Mapping) -> Iterator[str]:
    for _, rule in named_rules(mapping, ""):
        yield rule.property
    if mapping.external_id_property is not None:
        yield mapping.external_id_property


def _names(read: Reading[tuple[Property, ...]] | None) -> frozenset[str]:
    return frozenset(item.name for item in (read.value if read else None) or ())
