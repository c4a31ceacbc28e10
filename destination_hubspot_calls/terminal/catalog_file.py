"""A configured catalog in a file."""

from __future__ import annotations

from destination_hubspot_calls.airbyte.catalog import Catalog, WrongCatalog, read_catalog
from destination_hubspot_calls.config.json_file import WrongFile, read_json


def read_catalog_file(path: str) -> Catalog:
    """The streams that it selects, one at least. Raises WrongFile."""
    try:
        catalog = read_catalog(read_json(path))
    except WrongCatalog as error:
        raise WrongFile(f"{path} is not a configured catalog: {error}") from None
    if not catalog:
        raise WrongFile(f"{path} is not a configured catalog: it has no streams")
    return catalog
