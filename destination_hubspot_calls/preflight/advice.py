"""What is configured as it may be, and costs something: a person should know it before the first sync."""

from __future__ import annotations

import os
from collections.abc import Mapping as Map

from destination_hubspot_calls.airbyte.catalog import Catalog
from destination_hubspot_calls.config.model import Config, LocalStorage, Mapping, NoStorage
from destination_hubspot_calls.preflight.findings import Findings

_CONTAINER = ("KUBERNETES_SERVICE_HOST", "AIRBYTE_ENTRYPOINT")
"""What is set where Airbyte runs the connector, and not at a terminal."""


def advise(
    config: Config, catalog: Catalog | None, findings: Findings, environment: Map[str, str] | None = None
) -> None:
    """Say what each full refresh repeats, what nobody will see, and what is kept nowhere.

    `catalog` None: the streams are not known.
    """
    for mapping in config.mappings:
        _advise_of_mapping(mapping, findings)
    if not config.mappings and catalog is None:
        findings.advise(
            "mappings",
            "is empty, which is right only if each stream is mapped to calls on the connection's own mapping page; "
            "otherwise add one entry for each stream",
        )
    _advise_of_store(config, findings, os.environ if environment is None else environment)
    if config.dry_run:
        findings.advise("dry_run", "is on: a sync writes no call, and the next one reads the same records again")


def _advise_of_mapping(mapping: Mapping, findings: Findings) -> None:
    if mapping.external_id_property is None:
        findings.advise(
            mapping.place,
            "has no external_id_property: each full refresh creates all calls again, and so does a sync that was cut "
            "short, for those since its last state. Append + Deduped, which Airbyte proposes, needs one",
        )
    if not mapping.associations:
        findings.advise(
            mapping.place,
            "has no association: HubSpot shows a call only on the records that it is linked to, so nobody will see "
            "these calls on a timeline",
        )


def _advise_of_store(config: Config, findings: Findings, environment: Map[str, str]) -> None:
    match config.object_storage_config:
        case NoStorage():
            findings.advise(
                "object_storage_config",
                "rejected records are counted and kept nowhere: choose a store, to fix them and send them again",
            )
        case LocalStorage(path=path) if any(environment.get(name) for name in _CONTAINER):
            findings.advise(
                "object_storage_config.path",
                f"{path} is a folder in the connector's container: what is stored there is gone when that ends, unless "
                "a volume is mounted there",
            )
        case _:
            pass
