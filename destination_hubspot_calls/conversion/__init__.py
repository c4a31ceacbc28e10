"""A value → HubSpot's text, by the property's definition (pure)."""

from destination_hubspot_calls.conversion.converter import Convert, Manner, Vocabulary, converter
from destination_hubspot_calls.conversion.errors import InvalidValue

__all__ = ["Convert", "InvalidValue", "Manner", "Vocabulary", "converter"]
