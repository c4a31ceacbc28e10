"""What a configuration asks for, held against what the account and the connection have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from destination_hubspot_calls.airbyte.catalog import Catalog
from destination_hubspot_calls.associations import Finder, LinkType
from destination_hubspot_calls.config import model
from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.config.reading import PartialConfig
from destination_hubspot_calls.connection import Connection
from destination_hubspot_calls.conversion import Vocabulary
from destination_hubspot_calls.hubspot import standard_properties
from destination_hubspot_calls.hubspot.concurrent import ConcurrentReads, PendingRead
from destination_hubspot_calls.hubspot.models import AccountDetails, Page, Property
from destination_hubspot_calls.mapping.link_rules import link_rules
from destination_hubspot_calls.messages import LinkRule
from destination_hubspot_calls.preflight.advice import advise
from destination_hubspot_calls.preflight.associations import AssociationCheck, check_country, wrong_countries
from destination_hubspot_calls.preflight.external_id import check_external_id, check_shared_property
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.identity import Identity, identity, read_details
from destination_hubspot_calls.preflight.properties import Definitions, check_rule, check_time, named_rules
from destination_hubspot_calls.preflight.run_property import check_run_property
from destination_hubspot_calls.preflight.scopes import LEGACY, READ_CALLS, Lacks, check_write
from destination_hubspot_calls.preflight.sensitive import sensitive_properties
from destination_hubspot_calls.preflight.sources import check_source, sources
from destination_hubspot_calls.preflight.streams import Streams
from destination_hubspot_calls.preflight.suggestions import closest, labelled
from destination_hubspot_calls.preflight.token import TokenOwner, read_token_owner
from destination_hubspot_calls.preflight.vocabulary import VocabularyReader
from destination_hubspot_calls.preflight.zone import account_zone


@dataclass(frozen=True, slots=True)
class Account:
    """What an account has of what a configuration asks for. If there are findings, something may be missing.

    `dropped`: the places of recipes' association rules that this account has nothing for.
    """

    vocabulary: Vocabulary
    link_types: Mapping[LinkRule, LinkType]
    finders: Mapping[LinkRule, Finder]
    findings: Findings
    identity: Identity | None = None
    dropped: frozenset[str] = frozenset()


def check_account(
    connection: Connection,
    config: Config,
    catalog: Catalog | None = None,
    *,
    draft: PartialConfig | None = None,
    findings: Findings | None = None,
) -> Account:
    """Read what the configuration needs of the account, and name all that does not fit. Writes nothing.

    Without a `catalog` what the connection's streams must have is left out. `draft`: `config` is what is left of it.
    Raises HubSpotError; what was found before that is in `findings`.
    """
    findings = Findings() if findings is None else findings
    inspection = _Inspection(connection, config, catalog, draft or PartialConfig(config, None), findings)
    inspection.check_offline()
    with ConcurrentReads() as readings:
        return inspection.check_account(readings)


class _Inspection:
    """One look at a configuration."""

    def __init__(
        self, connection: Connection, config: Config, catalog: Catalog | None, draft: PartialConfig, findings: Findings
    ) -> None:
        self._connection = connection
        self._client = connection.client
        self._config = config
        self._draft = draft
        self._findings = findings
        self._mappings = config.mappings
        self._catalog = catalog
        self._streams = None if catalog is None else Streams(config, catalog)
        self._lacks = Lacks()
        self._wrong_countries = wrong_countries(config.mappings)

    # ---- without HubSpot

    def check_offline(self) -> None:
        """What can be told without asking HubSpot."""
        streams = self._streams
        advise(self._config, self._catalog, self._findings)
        for mapping in self._mappings:
            if mapping.place not in self._draft.incomplete and not (streams and mapping.copies_matching_fields):
                check_time(mapping, self._findings)
            check_country(mapping, self._findings)
            check_shared_property(mapping, self._config, self._findings)
            for where, source in sources(mapping):
                check_source(where, source, streams.fields(mapping) if streams else frozenset(), self._findings)
        if streams:
            streams.check(self._findings)

    # ---- with HubSpot

    def check_account(self, readings: ConcurrentReads) -> Account:
        """What only the account can tell, in as few round trips as its answers need."""
        owner_read = readings.start(lambda: read_token_owner(self._connection, self._config))
        details_read = readings.start(lambda: read_details(self._connection))
        properties_read = readings.start(lambda: self._client.properties("calls"))
        # Asked for first: if the token is not accepted, this raises, and nothing else is asked.
        properties = self._properties(properties_read)
        owner = owner_read.value or TokenOwner()
        known_as = self._name(details_read.value or AccountDetails(), owner)
        self._check_owner(owner)
        known = properties_read.value is not None
        if known:
            properties = {**properties, **self._sensitive(properties, owner, readings)}

        links = AssociationCheck(self._client, self._link_rules(), owner.scopes, self._wrong_countries, readings)
        reader = VocabularyReader(self._client, self._mappings, self._streams, properties, readings)
        calls_read = self._start_reading_calls(owner, readings)
        archived = self._start_archived(properties, readings) if known else None
        zone = account_zone(self._mappings, known_as.time_zone if known_as else "", self._findings)
        vocabulary = replace(reader.vocabulary(self._findings, self._lacks), zone=zone)
        self._check_properties(Definitions(vocabulary, known=known, archived=_names(archived)))
        ends = links.ends(self._findings, self._lacks)
        self._report_lacks(calls_read)
        return Account(vocabulary, ends.link_types, ends.finders, self._findings, known_as, ends.dropped)

    def _report_lacks(self, calls_read: PendingRead[Page] | None) -> None:
        if calls_read is not None and calls_read.missing:
            self._lacks.add(READ_CALLS, "find calls by their external id")
        self._lacks.tell(self._config, self._findings)

    def _sensitive(
        self, properties: Mapping[str, Property], owner: TokenOwner, readings: ConcurrentReads
    ) -> Mapping[str, Property]:
        is_missed = not self._named() <= properties.keys()
        return sensitive_properties(self._client, owner.scopes, is_missed=is_missed, readings=readings)

    def _name(self, details: AccountDetails, owner: TokenOwner) -> Identity | None:
        """Which account it is, for the text."""
        known_as = identity(details, owner.portal, self._config.address)
        if known_as is not None:
            self._findings.portal = known_as.portal
            self._findings.account = known_as.sentence(self._connection.limiter.told)
        return known_as

    def _properties(self, read: PendingRead[tuple[Property, ...]]) -> Mapping[str, Property]:
        """The account's call properties by name, or those of every account."""
        if read.value is not None:
            return {item.name: item for item in read.value if not item.archived}
        missing = f": the token lacks {', '.join(read.missing.scopes) or READ_CALLS}" if read.missing else ""
        self._findings.note(
            f"the account's own call properties, which cannot be read{missing}; those that every account has are known"
        )
        return standard_properties.PROPERTIES

    def _check_owner(self, owner: TokenOwner) -> None:
        check_write(owner.scopes, self._config, self._lacks, self._findings)
        if owner.is_short_lived:
            self._findings.problem(
                "credentials.access_token",
                "is an OAuth app's access token, which ends within half an hour: enter the token of a service key or "
                "private app (pat-…), or choose OAuth",
            )

    def _link_rules(self) -> list[LinkRule]:
        return [rule for mapping in self._mappings for rule in link_rules(mapping)]

    def _start_archived(
        self, properties: Mapping[str, Property], readings: ConcurrentReads
    ) -> PendingRead[tuple[Property, ...]] | None:
        if self._named() <= properties.keys():
            return None
        return readings.start(lambda: self._client.properties("calls", archived=True))

    def _named(self) -> set[str]:
        """The properties that the configuration speaks of."""
        run = self._config.run_property
        return {name for mapping in self._mappings for name in _named(mapping)} | ({run} if run is not None else set())

    def _start_reading_calls(self, owner: TokenOwner, readings: ConcurrentReads) -> PendingRead[Page] | None:
        """What a call's external id is for: to find it again."""
        if all(mapping.external_id_property is None for mapping in self._mappings):
            return None
        if owner.scopes is not None and owner.scopes & {READ_CALLS, LEGACY}:
            return None
        return readings.start(lambda: self._client.first_record("calls"))

    def _check_properties(self, definitions: Definitions) -> None:
        for mapping in self._mappings:
            for rule in named_rules(mapping):
                if rule.property != mapping.external_id_property:
                    check_rule(rule, mapping, definitions, self._findings)
            check_external_id(mapping, definitions, self._config.address, self._findings)
        check_run_property(self._config, definitions, self._findings)
        for where, entered in self._draft.labels.items():
            if labelled(entered, definitions.labels) or closest(entered, definitions.labels):
                self._findings.problem(where, definitions.unknown(entered))


def _named(mapping: model.Mapping) -> Iterator[str]:
    for rule in named_rules(mapping):
        yield rule.property
    if mapping.external_id_property is not None:
        yield mapping.external_id_property


def _names(read: PendingRead[tuple[Property, ...]] | None) -> frozenset[str]:
    return frozenset(item.name for item in (read.value if read else None) or ())
