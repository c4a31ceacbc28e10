"""Mappings that the connector ships, one for each kind of source: `NAME.json` in this folder."""

from destination_hubspot_calls.recipes.shelf import names, read

__all__ = ["names", "read"]
