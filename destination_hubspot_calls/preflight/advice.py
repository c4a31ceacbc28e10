"""What is configured as it may be, and costs something: a person should know it before the first sync."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from destination_hubspot_calls.airbyte.activation import MAPPED
from destination_hubspot_calls.airbyte.catalog import Catalog
from destination_hubspot_calls.config.model import Config, LocalStorage, Mapping, NoStorage
from destination_hubspot_calls.preflight.findings import Findings


def advise(
    config: Config, catalog: Catalog | None, findings: Findings, is_mounted: Callable[[str], bool] | None = None
) -> None:
    """Say what each full refresh repeats, what nobody will see, and what is kept nowhere.

    `catalog` None: the streams are not known. `is_mounted` tells whether a folder outlives a container.
    """
    for mapping in config.mappings:
        _advise_of_mapping(mapping, findings)
    if not config.mappings and catalog is None:
        findings.advise(
            "mappings",
            "is empty, which is right only if each stream is mapped to calls on the connection's own mapping page; "
            "otherwise add one entry for each stream",
        )
    _advise_of_store(config, findings, is_mounted or is_on_a_mount)
    if config.dry_run:
        findings.advise("dry_run", "is on: a sync writes no call, and the next one reads the same records again")


def _advise_of_mapping(mapping: Mapping, findings: Findings) -> None:
    is_mapped = mapping.place.startswith(MAPPED)
    if mapping.external_id_property is None:
        lacks = "was mapped without a matching key" if is_mapped else "has no external_id_property"
        findings.advise(
            mapping.place,
            f"{lacks}: each full refresh creates all calls again, and so does a sync that was cut short, for those "
            "since its last state. Append + Deduped, which Airbyte proposes, needs one",
        )
    if not mapping.associations:
        lacks = "was mapped without a field to link by, like contact_email" if is_mapped else "has no association"
        findings.advise(
            mapping.place,
            f"{lacks}: HubSpot shows a call only on the records that it is linked to, so nobody will see these calls "
            "on a timeline",
        )


def is_on_a_mount(path: str) -> bool:
    """Whether a folder, or the nearest one above it that exists, is on a volume of its own, as a mounted one is."""
    return any(folder.is_mount() for folder in (Path(path), *Path(path).parents) if folder.parent != folder)


def _advise_of_store(config: Config, findings: Findings, is_mounted: Callable[[str], bool]) -> None:
    match config.object_storage_config:
        case NoStorage():
            findings.advise(
                "object_storage_config",
                "rejected records are counted and kept nowhere: choose a store, to fix them and send them again",
            )
        case LocalStorage(path=path) if not is_mounted(path):
            findings.advise(
                "object_storage_config.path",
                f"{path} is not on a mounted volume: in Airbyte's pods it is gone with the pod, and what was rejected "
                "with it; mount a volume there, or choose S3",
            )
        case _:
            pass
