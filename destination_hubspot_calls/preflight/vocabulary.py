"""What the account calls outcomes and owners, as far as a configuration needs to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from destination_hubspot_calls.config import model
from destination_hubspot_calls.conversion import Vocabulary
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.concurrent import ConcurrentReads, PendingRead
from destination_hubspot_calls.hubspot.models import Disposition, Owner, Property
from destination_hubspot_calls.preflight.findings import Findings
from destination_hubspot_calls.preflight.properties import named_rules
from destination_hubspot_calls.preflight.scopes import READ_OWNERS, Lacks
from destination_hubspot_calls.preflight.streams import Streams

OUTCOME = "hs_call_disposition"


class VocabularyReader:
    """Reads at once what is needed. `streams` None: they are not known."""

    def __init__(
        self,
        client: Client,
        mappings: Sequence[model.Mapping],
        streams: Streams | None,
        properties: Mapping[str, Property],
        readings: ConcurrentReads,
    ) -> None:
        self._mappings = mappings
        self._streams = streams
        self._properties = properties
        self._outcomes_read: PendingRead[tuple[Disposition, ...]] | None = None
        self._owners_read: PendingRead[tuple[Owner, ...]] | None = None
        self._former_read: PendingRead[tuple[Owner, ...]] | None = None
        if self._is_used(lambda item: item.name == OUTCOME):
            self._outcomes_read = readings.start(client.dispositions)
        if self._is_used(lambda item: item.is_owner):
            self._owners_read = readings.start(lambda: tuple(client.owners()))
            self._former_read = readings.start(lambda: tuple(client.owners(archived=True)))

    def vocabulary(self, findings: Findings, lacks: Lacks) -> Vocabulary:
        """What was read. What the token may not read is told."""
        return Vocabulary(self._properties, self._outcomes(findings), self._owners(findings, lacks))

    def _is_used(self, is_it: Callable[[Property], bool]) -> bool:
        """Whether a rule fills such a property, or a stream may have a field that is copied to one."""
        names = {name for name, item in self._properties.items() if is_it(item)}
        return any(self._fills(mapping, names) for mapping in self._mappings)

    def _fills(self, mapping: model.Mapping, names: set[str]) -> bool:
        if any(rule.property in names for rule in named_rules(mapping)):
            return True
        if not mapping.copies_matching_fields or self._streams is None:
            return False
        fields = self._streams.fields(mapping)
        return not fields or not names.isdisjoint(map(str.casefold, fields))

    def _outcomes(self, findings: Findings) -> tuple[Disposition, ...] | None:
        read = self._outcomes_read
        if read is not None and read.value is None:
            findings.note(
                "the account's own call outcomes, which the token may not read; those of every account are known"
            )
        return read.value if read else None

    def _owners(self, findings: Findings, lacks: Lacks) -> tuple[Owner, ...] | None:
        if self._owners_read is None:
            return None
        if self._owners_read.value is not None:
            former = self._former_read.value if self._former_read else None
            return (*self._owners_read.value, *(former or ()))
        if self._names_owners_by_email():
            lacks.add(READ_OWNERS, "find owners by e-mail address")
        else:
            findings.note(
                f"the owners, as the token lacks {READ_OWNERS}: their ids are accepted, their e-mail addresses are not"
            )
        return None

    def _names_owners_by_email(self) -> bool:
        """Whether a rule gives an owner's e-mail address, as far as its texts show."""
        owning = {name for name, item in self._properties.items() if item.is_owner}
        return any(
            "mail" in (rule.source or "").lower() or "@" in " ".join((rule.default or "", *rule.values))
            for mapping in self._mappings
            for rule in named_rules(mapping)
            if rule.property in owning
        )
