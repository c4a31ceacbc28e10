"""Record → call, by the configured rules (pure)."""

from destination_hubspot_calls.mapping.mapper import Mapper, StreamPlan
from destination_hubspot_calls.mapping.router import Router, UnmappedStream, serving
from destination_hubspot_calls.mapping.rules import Rules

__all__ = ["Mapper", "Router", "Rules", "StreamPlan", "UnmappedStream", "serving"]
